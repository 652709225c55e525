"""What drives the avatar: source, calibration, mixer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.dialogs.files import DRIVER, ask_open
from app.panels.driving import SourceChoice
from app.workers.tasks import TaskRunner
from avatar_core.commands import (
    MixerOption,
    SetActiveTake,
    SetDriverProfile,
    SetMixerGroup,
    SetMixerOption,
    SetSource,
)
from avatar_core.motion import ChannelGroup, GroupSettings
from avatar_core.project import SLIDERS, Change, Part, take_source

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.panels.driving import DrivingPanel
    from app.workers.performance import PerformanceEngine
    from app.workers.tasks import TaskContext
    from avatar_core.motion import MotionFrame

_SECOND_MS = 1000


class DrivingHandler(QObject):
    """Keeps engine and panel in step with the project's source and mixer."""

    def __init__(
        self, context: StudioContext, engine: PerformanceEngine, panel: DrivingPanel
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._engine = engine
        self._panel = panel
        self._seconds_left = 0
        self._cameras: tuple[SourceChoice, ...] = ()
        self._countdown = QTimer(self)
        self._countdown.setInterval(_SECOND_MS)
        self._countdown.timeout.connect(self._tick)
        self._lister = TaskRunner("camera list", self)
        self._lister.finished.connect(self._show_cameras)
        self._lister.failed.connect(lambda error: context.toast.show_error(str(error)))
        self._connect_panel()
        self._connect_actions()
        engine.calibrated.connect(self._keep_neutral)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Bring engine and panel to the project as it is now."""
        self._use_mixer()
        self._use_sliders()
        self._use_source(is_paused=True)
        self._show_sources()

    def list_cameras(self) -> None:
        """Look for cameras in the background; the panel shows them when they are known."""
        self._lister.start(_list_cameras)

    def drive_from(self, path: Path) -> None:
        """Drive from a video or picture."""
        self._set_source(f"file:{path.absolute()}")

    def shutdown(self) -> None:
        self._countdown.stop()
        self._lister.shutdown()

    # requests

    def _connect_panel(self) -> None:
        panel, session = self._panel, self._context.session
        panel.source_chosen.connect(self._set_source)
        panel.file_requested.connect(self._ask_file)
        panel.cameras_requested.connect(self.list_cameras)
        panel.calibrate_requested.connect(self._calibrate)
        panel.neutral_cleared.connect(lambda: self._keep_neutral(None))
        panel.relative_edited.connect(lambda value: self._set_option(MixerOption.RELATIVE, value))
        panel.mirror_edited.connect(lambda value: self._set_option(MixerOption.MIRROR, value))
        panel.group_edited.connect(self._set_group)
        panel.mixer_reset_requested.connect(self._reset_mixer)
        panel.gesture_started.connect(session.begin_gesture)
        panel.gesture_ended.connect(session.end_gesture)
        panel.gesture_cancelled.connect(session.cancel_gesture)

    def _connect_actions(self) -> None:
        actions = self._context.actions
        actions["perform.calibrate"].triggered.connect(lambda: self._calibrate(False))
        actions["perform.countdown"].triggered.connect(lambda: self._calibrate(True))
        actions["perform.mirror"].triggered.connect(
            lambda is_on: self._set_option(MixerOption.MIRROR, is_on)
        )
        actions["perform.open_driver"].triggered.connect(self._ask_file)
        actions["perform.sliders"].triggered.connect(lambda: self._set_source(SLIDERS))

    def _ask_file(self) -> None:
        folder = self._context.preferences.values.recordings_folder
        ask_open(
            self._context.window, "Drive from video or picture", folder, DRIVER, self.drive_from
        )

    def _set_source(self, uri: str) -> None:
        project, session = self._context.project, self._context.session
        if uri == project.source:  # asked for again: a camera that failed may be back
            self._use_source()
            return
        take_id = next((each for each in project.takes if take_source(each) == uri), None)
        with session.gesture():
            self._context.push(SetSource.of(project, uri))
            if take_id is not None:
                self._context.push(SetActiveTake.of(project, take_id))

    def _set_option(self, option: MixerOption, value: float | bool) -> None:
        self._context.push(SetMixerOption.of(self._context.project, option, value))

    def _set_group(self, group: ChannelGroup, settings: GroupSettings) -> None:
        self._context.push(SetMixerGroup.of(self._context.project, group, settings))

    def _reset_mixer(self) -> None:
        with self._context.session.gesture("Reset mixer"):
            for group in ChannelGroup:
                self._set_group(group, GroupSettings())

    # calibration

    def _calibrate(self, is_counted_down: bool) -> None:
        if self._countdown.isActive():  # pressed again: never mind
            self._seconds_left = 1
            self._countdown.stop()
            self._panel.show_countdown(0)
        elif is_counted_down:
            self._seconds_left = self._context.preferences.values.countdown_s
            self._panel.show_countdown(self._seconds_left)
            self._countdown.start()
        else:
            self._engine.calibrate()

    def _tick(self) -> None:
        self._seconds_left -= 1
        self._panel.show_countdown(self._seconds_left)
        if self._seconds_left == 0:
            self._countdown.stop()
            self._engine.calibrate()

    def _keep_neutral(self, neutral: MotionFrame | None) -> None:
        project = self._context.project
        profile = project.mixer.profile(project.source).with_neutral(neutral)
        self._context.push(SetDriverProfile.of(project, project.source, profile))
        if neutral is not None:
            self._context.toast.show_note("This face is neutral from now on.")

    # refreshing

    def _changed(self, change: Change) -> None:
        if Part.MIXER in change.parts:
            self._use_mixer()
        if Part.EXPRESSION in change.parts:
            self._use_sliders()
        if Part.DRIVING in change.parts:
            self._use_source()
        if change.parts & {Part.DRIVING, Part.TAKES}:
            self._show_sources()

    def _use_mixer(self) -> None:
        mixer = self._context.project.mixer
        self._engine.set_mixer(mixer)
        self._panel.show_mixer(mixer)
        self._context.actions["perform.mirror"].setChecked(mixer.mirror)

    def _use_sliders(self) -> None:
        self._engine.set_sliders(self._context.project.expression)

    def _use_source(self, *, is_paused: bool = False) -> None:
        project = self._context.project
        take = project.source_take
        if take is not None:
            self._engine.set_source(SLIDERS)
            self._engine.play_take(take, is_paused=is_paused)
        else:
            self._engine.set_source(project.source)

    def _show_sources(self) -> None:
        project = self._context.project
        takes = [
            SourceChoice(take_source(take.id), f"Take: {take.name}", "take")
            for take in project.takes.values()
        ]
        self._panel.show_sources([*self._cameras, *takes], project.source)

    def _show_cameras(self, cameras: tuple[SourceChoice, ...]) -> None:
        self._cameras = cameras
        self._show_sources()


def _list_cameras(_task: TaskContext) -> tuple[SourceChoice, ...]:
    from avatar_core.driving.camera import list_cameras  # OpenCV, on the task's thread

    return tuple(SourceChoice(camera.uri, camera.name, "camera") for camera in list_cameras())
