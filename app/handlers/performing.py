"""Transport and recording: play, scrub, record takes and clips."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.handlers.countdown import RecordingCountdown
from avatar_core.commands import AddClip, AddTake, SetActiveTake
from avatar_core.errors import RecordingError
from avatar_core.motion.take_names import next_take_name
from avatar_core.project import Change, Clip, Part
from avatar_core.recording.clip import VideoSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.panels.timeline import TimelinePanel
    from app.workers.performance import PerformanceEngine
    from avatar_core.errors import AvatarError
    from avatar_core.motion import Take
    from avatar_core.recording.clip import RecordingReport

    ClipFiles = Callable[[Path, VideoSettings], list[tuple[Path, VideoSettings]]]


class PerformingHandler(QObject):
    """Runs the engine's playback and recorder, and brings what was recorded into the project.

    Args:
        context: the document.
        engine: plays and records.
        timeline: shows what plays.
        clip_files: the files of a clip, one or two, of the file and settings that were asked for;
            these alone when left out.
        wanted_name: how the artist wants the next take to be called; empty for no wish.
    """

    playing_changed = Signal(object)
    """Id of the take that plays now, or None."""

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        timeline: TimelinePanel,
        clip_files: ClipFiles = lambda path, settings: [(path, settings)],
        wanted_name: Callable[[], str] = str,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._engine = engine
        self._timeline = timeline
        self._was_playing = False
        self._material: object = None
        self._clip_files = clip_files
        self._wanted_name = wanted_name
        self.countdown = RecordingCountdown(context, timeline.show_countdown, self)
        self._settings: dict[Path, VideoSettings] = {}
        self._kept: tuple[Take, str] | None = None
        actions = context.actions
        actions["perform.play"].triggered.connect(self.toggle_play)
        actions["perform.stop"].triggered.connect(engine.stop_take)
        actions["perform.loop"].toggled.connect(engine.set_looping)
        actions["perform.mute"].toggled.connect(engine.set_muted)
        actions["perform.record_take"].triggered.connect(self.toggle_take)
        actions["perform.record_clip"].triggered.connect(self.toggle_clip)
        timeline.seek_requested.connect(self._seek)
        timeline.scrub_started.connect(self._hold)
        timeline.scrub_ended.connect(self._let_go)
        engine.state_changed.connect(self.refresh)
        engine.take_recorded.connect(self._keep_take)
        engine.clip_recorded.connect(self._keep_clip)
        engine.failed.connect(self._tell)
        engine.notice.connect(context.toast.show_note)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Show on buttons and timeline what the engine does now."""
        status = self._engine.status()
        actions = self._context.actions
        self._show_play(status.is_playing)
        recording = status.recording
        is_take = recording is not None and not (recording.is_clip or recording.is_punch)
        actions["perform.record_take"].setChecked(self.countdown.is_running or is_take)
        actions["perform.record_clip"].setChecked(recording is not None and recording.is_clip)
        actions["perform.stop"].setEnabled(status.take_id is not None)
        self._show_material(status.take_id, status.duration_s)
        self.playing_changed.emit(status.take_id)

    # playing

    def toggle_play(self) -> None:
        """Play or pause what is there; without anything, the active take."""
        status = self._engine.status()
        if status.duration_s is None:
            self._play_active()
        elif status.is_playing:
            self._engine.pause()
        else:
            self._engine.resume()

    def play(self, take_id: str) -> None:
        """Play a take of the project from its beginning."""
        project = self._context.project
        self._context.push(SetActiveTake.of(project, take_id))
        self._engine.play_take(project.takes[take_id])

    def _play_active(self, start_s: float = 0.0) -> None:
        take = self._active
        if take is None:
            self._context.toast.show_note(
                "There is no take to play yet.", "Press R to record one, or import one."
            )
        else:
            self._engine.play_take(take, start_s)

    @property
    def _active(self) -> Take | None:
        project = self._context.project
        return project.takes.get(project.active_take or "")

    def _seek(self, time_s: float) -> None:
        status = self._engine.status()
        take = self._active
        if status.duration_s is None and take is not None:
            self._engine.play_take(take, time_s, is_paused=True)
        else:
            self._engine.seek(time_s)

    def _hold(self) -> None:
        self._was_playing = self._engine.status().is_playing
        self._engine.pause()

    def _let_go(self) -> None:
        if self._was_playing:
            self._engine.resume()

    # recording

    def toggle_take(self) -> None:
        """Begin or end the recording of a take."""
        recording = self._engine.status().recording
        if self.countdown.is_running:  # pressed again: never mind
            self.countdown.cancel()
        elif recording is None:
            self.countdown.start(lambda: self._engine.start_take_recording(self._next_name()))
        elif recording.is_clip:
            self._context.toast.show_note("A clip is being recorded.", "It brings its take along.")
        else:
            self._engine.stop_take_recording()
        self.refresh()

    def toggle_clip(self) -> None:
        """Begin or end the recording of a clip."""
        recording = self._engine.status().recording
        if recording is None:
            self._context.errors.attempt(self._start_clip)
        elif recording.is_clip:
            self._engine.stop_recording()
        else:
            self._context.toast.show_note("A take is being recorded.", "End it first (R).")
        self.refresh()

    def end_recording(self) -> bool:
        """Keep what is being recorded. Returns whether a clip and its take come only later."""
        self.countdown.cancel()
        return self._engine.end_recording()

    def _start_clip(self) -> None:
        folder = Path(self._context.preferences.values.recordings_folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordingError(
                f"The folder for recordings, {folder}, cannot be made.",
                "Choose another one in Edit → Preferences.",
            ) from error
        files = self._clip_files(self._free_path(folder), self._chosen_settings())
        self._settings.update(files)
        self._engine.start_recording(*files[0], self._next_name(), *files[1:])

    def _free_path(self, folder: Path) -> Path:
        """Of a clip; it may begin in the same second as one whose file is still to be opened."""
        stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H-%M-%S")
        title = f"{self._context.session.title} {stamp}"
        taken = {path.name for path in chain(folder.iterdir(), self._settings)}
        names = chain([title], (f"{title} {again}" for again in count(2)))
        free = (name for name in names if not any(each.startswith(name) for each in taken))
        return folder / f"{next(free)}.mp4"

    def _chosen_settings(self) -> VideoSettings:
        values = self._context.preferences.values
        return VideoSettings(values.clip_width_px, values.clip_height_px, values.clip_fps)

    def _next_name(self) -> str:
        return self._free_name(self._wanted_name())

    def _free_name(self, wanted: str) -> str:
        taken = {take.name for take in self._context.project.takes.values()}
        return next_take_name(wanted, taken)

    def _keep_take(self, take: Take) -> None:
        with self._context.session.gesture("Record take"):
            self._add_take(take)

    def _keep_clip(self, report: RecordingReport, take: Take | None) -> None:
        project, session = self._context.project, self._context.session
        with session.gesture("Record clip"):
            take_id = "" if take is None else self._add_take_once(take)
            self._context.push(AddClip.of(project, self._clip(report, take_id)))
        lost = f" {report.dropped} pictures were dropped." if report.dropped else ""
        self._context.toast.show_note(
            f"Recorded {report.path.name}.{lost}", str(report.path.parent)
        )

    def _clip(self, report: RecordingReport, take_id: str) -> Clip:
        settings = self._settings.pop(report.path, None) or self._chosen_settings()
        return Clip(
            str(report.path), take_id, settings.even_width, settings.even_height, settings.fps
        )

    def _add_take_once(self, take: Take) -> str:
        """The id of a take, which comes again with the second file of the same performance."""
        if self._kept is None or self._kept[0] is not take:
            self._kept = take, self._add_take(take)
        return self._kept[1]

    def _add_take(self, take: Take) -> str:
        project = self._context.project
        # Another one may have come under its name while it was recorded or its film was finished.
        command = AddTake.of(project, take.renamed(self._free_name(take.name)))
        self._context.push(command)
        self._context.push(SetActiveTake.of(project, command.take.id))
        return command.take.id

    # showing

    def _tell(self, error: AvatarError) -> None:
        # No lambda: the engine would hold the window for good.
        self._context.toast.show_error(error.message, error.hint)

    def _changed(self, change: Change) -> None:
        if Part.TAKES in change.parts:
            self._follow_active()
            self.refresh()

    def _follow_active(self) -> None:
        """The take that is chosen is the one in the timeline: while one plays, it takes over."""
        status, take = self._engine.status(), self._active
        if take is not None and status.take_id not in (None, take.id):
            self._engine.play_take(take, is_paused=not status.is_playing)

    def _show_play(self, is_playing: bool) -> None:
        if is_playing:
            self._context.actions.describe(
                "perform.play",
                text="&Pause",
                icon_name="pause",
                tip="Hold the take or film where it is",
            )
        else:
            self._context.actions.describe(
                "perform.play", text="&Play", icon_name="play", tip="Play the take or film"
            )

    def _show_material(self, take_id: str | None, duration_s: float | None) -> None:
        """Draw the strip of what plays, else of the active take; only when it is another one."""
        project = self._context.project
        take = project.takes.get(take_id or "")
        source = project.source.removeprefix("file:")
        if take is None and duration_s is None:
            take = self._active
        material: object = take if take is not None else (duration_s, source)
        if material == self._material:
            return
        self._material = material
        title = Path(source).name if duration_s is not None else ""
        self._timeline.show_material(take, title)
