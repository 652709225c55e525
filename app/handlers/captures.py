"""Captures: chosen, read, looked at and checked, all in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import ask_folder
from app.recent import RecentFiles
from app.widgets.camera_map import MappedCamera
from app.workers.capture_review import CaptureContents, check, look_at, open_contents
from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.panels.capture import CapturePanel
    from app.panels.capture_check import CaptureCheckPanel
    from app.panels.capture_pictures import CapturePictures
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import UInt8
    from avatar_core.training.capture_findings import Finding
    from avatar_core.training.capture_frames import CaptureFrame
    from avatar_core.training.capture_overlay import Overlays

_LAST = "capture"
_FLAME = "flame_folder"
_OVERLAYS = ("matte", "labels", "outline")


class CaptureHandler(QObject):
    """One capture at a time; choosing another stops whatever is done with the former."""

    opened = Signal(object)
    """`CaptureContents` of the capture that is open now, None where it could not be read."""

    def __init__(
        self,
        context: StudioContext,
        panel: CapturePanel,
        pictures: CapturePictures,
        checks: CaptureCheckPanel,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._panel = panel
        self._pictures = pictures
        self._checks = checks
        self._folder: Path | None = None
        self._contents: CaptureContents | None = None
        self._recent = RecentFiles(context.preferences, "recent_captures")
        self._opener = self._runner("The capture", self._opened, self._open_failed)
        self._checker = self._runner("The check", self._checked, self._check_failed)
        self._checker.progressed.connect(checks.show_progress)
        self._looker = self._runner("The picture", self._looked, self._look_failed)
        panel.choose_requested.connect(self.ask_capture)
        panel.recent_requested.connect(self.open)
        panel.series_chosen.connect(pictures.choose_series)
        panel.camera_chosen.connect(pictures.choose_camera)
        pictures.frame_chosen.connect(self._show_frame)
        checks.check_requested.connect(self.check)
        checks.stop_requested.connect(self._stop_check)
        checks.frame_requested.connect(pictures.choose_frame)
        self._connect_actions()
        panel.show_recent(self._recent.paths())

    @property
    def contents(self) -> CaptureContents | None:
        """The capture that is open, if any."""
        return self._contents

    @property
    def flame(self) -> Path | None:
        """The user's FLAME files as remembered; None for their usual folder."""
        kept = self._context.preferences.remembered(_FLAME)
        return Path(str(kept)) if kept else None

    def ask_capture(self) -> None:
        start = self._folder or Path(self._context.preferences.values.projects_folder)
        ask_folder(self._context.window, "Choose the folder of a capture", start, self.open)

    def restore(self) -> None:
        """Open the capture of last time, unless another one is open."""
        kept = self._context.preferences.remembered(_LAST)
        if self._folder is None and kept and Path(str(kept)).is_dir():
            self.open(Path(str(kept)))

    def open(self, folder: Path) -> None:
        """Read a capture, then check it."""
        self._folder, self._contents = folder, None
        self._checker.stop()
        self._looker.stop()
        self._panel.show_opening(folder)
        self._pictures.show_series({})
        self._checks.show_stopped("The capture is being read …")
        flame = self.flame
        self._opener.start(lambda task: open_contents(folder, flame, task))

    def use_flame(self, folder: Path) -> None:
        """Read the capture again with other FLAME files."""
        self._context.preferences.remember(_FLAME, str(folder))
        if self._folder is not None:
            self.open(self._folder)

    def check(self) -> None:
        """Look for mistakes in the capture."""
        folder, flame = self._folder, self.flame
        if folder is not None:
            self._checker.start(lambda task: check(folder, flame, task))

    def shutdown(self) -> None:
        for runner in (self._opener, self._checker, self._looker):
            runner.shutdown()

    # building

    def _runner(self, name: str, finished: object, failed: object) -> TaskRunner:
        runner = TaskRunner(name, self)
        runner.finished.connect(finished)
        runner.failed.connect(failed)
        return runner

    def _connect_actions(self) -> None:
        actions, preferences = self._context.actions, self._context.preferences
        actions["train.open_capture"].triggered.connect(self.ask_capture)
        actions["train.check"].triggered.connect(self.check)
        actions["train.previous"].triggered.connect(lambda: self._pictures.step(-1))
        actions["train.next"].triggered.connect(lambda: self._pictures.step(1))
        kept = preferences.remembered("capture_overlays")
        for name in _OVERLAYS:
            action = actions[f"train.{name}"]
            action.setChecked(isinstance(kept, list) and name in kept)
            action.toggled.connect(lambda _on: self._overlays_changed())

    # capture

    def _opened(self, contents: CaptureContents) -> None:
        self._contents = contents
        self._context.preferences.remember(_LAST, str(contents.folder))
        self._recent.add(contents.folder)
        self._panel.show_recent(self._recent.paths())
        cameras = tuple(
            MappedCamera(index, camera.position, camera.forward)
            for index, camera in contents.cameras.items()
        )
        self._panel.show_capture(contents.folder, contents.series, cameras, contents.centre)
        series = contents.capture.series
        self._pictures.show_series({each.name: series[each.name] for each in contents.series})
        self.opened.emit(contents)
        self.check()

    def _open_failed(self, error: AvatarError) -> None:
        if self._folder is not None:
            self._panel.show_failure(self._folder, error.message)
        self._context.toast.show_error(error.message, error.hint)
        self.opened.emit(None)
        self.check()  # it goes on where reading stops, and lists everything that is wrong

    # check

    def _checked(self, findings: tuple[Finding, ...]) -> None:
        self._checks.show_findings(findings)
        if self._contents is not None:
            capture = self._contents.capture
            named = {name for finding in findings for name in finding.frames}
            frames = capture.frames(*capture.series)
            faulty = {frame.camera_index for frame in frames if frame.name in named}
            self._panel.map.mark_faulty(frozenset(faulty))

    def _check_failed(self, error: AvatarError) -> None:
        self._checks.show_stopped(f"{error.message} {error.hint}".strip())

    def _stop_check(self) -> None:
        self._checker.stop()
        self._checks.show_stopped()

    # pictures

    def _overlays(self) -> Overlays:
        from avatar_core.training.capture_overlay import Overlays  # loads OpenCV

        shown = [self._context.actions[f"train.{name}"].isChecked() for name in _OVERLAYS]
        return Overlays(*shown)

    def _overlays_changed(self) -> None:
        actions = self._context.actions
        shown = [name for name in _OVERLAYS if actions[f"train.{name}"].isChecked()]
        self._context.preferences.remember("capture_overlays", shown)
        if self._pictures.frame is not None:
            self._show_frame(self._pictures.frame)

    def _show_frame(self, frame: CaptureFrame) -> None:
        contents = self._contents
        if contents is None:
            return
        self._panel.mark_series(frame.series)
        self._panel.map.mark(frame.camera_index)
        overlays = self._overlays()
        self._looker.start(lambda _task: look_at(contents, frame, overlays))

    def _looked(self, picture: UInt8) -> None:
        self._pictures.show_picture(picture)

    def _look_failed(self, error: AvatarError) -> None:
        self._pictures.show_failure(f"{error.message} {error.hint}".strip())
