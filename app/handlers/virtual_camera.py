"""The virtual camera: the avatar in calls and streams, while the studio lives on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.viewport.ports import ClipTap
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import UInt8
    from avatar_core.recording.virtual_camera import VirtualCamera

ACTION = "perform.virtual_camera"
_WATCH_MS = 500


class CameraTap:
    """Asks a view for the pictures of a virtual camera, at its size and rate."""

    has_alpha = False

    def __init__(self, camera: VirtualCamera) -> None:
        self._camera = camera
        self._last_slot = -1

    @property
    def width_px(self) -> int:
        return self._camera.width

    @property
    def height_px(self) -> int:
        return self._camera.height

    @property
    def fps(self) -> float:
        return self._camera.fps

    def wants(self, captured_s: float) -> bool:
        """Whether the camera has not shown anything in this frame of its clock."""
        return self._slot(captured_s) > self._last_slot

    def submit(self, image: UInt8, captured_s: float) -> None:
        self._last_slot = self._slot(captured_s)
        self._camera.submit(image)

    def _slot(self, captured_s: float) -> int:
        return math.floor(captured_s * self.fps)


class SharedTap:
    """A clip's tap whose pictures the virtual camera shows, too."""

    def __init__(self, clip: ClipTap, camera: VirtualCamera) -> None:
        self._clip = clip
        self._camera = camera

    @property
    def width_px(self) -> int:
        return self._clip.width_px

    @property
    def height_px(self) -> int:
        return self._clip.height_px

    @property
    def fps(self) -> float:
        return self._clip.fps

    @property
    def has_alpha(self) -> bool:
        return self._clip.has_alpha

    def wants(self, captured_s: float) -> bool:
        """Whether the clip has room for a picture of this moment."""
        return self._clip.wants(captured_s)

    def submit(self, image: UInt8, captured_s: float) -> None:
        self._clip.submit(image, captured_s)
        self._camera.submit(image)


class VirtualCameraHandler(QObject):
    """Turns the camera on and off, and tells when it stops.

    Args:
        context: the action, and the size and rate of clips, which the camera takes over.
        open_camera: opens it, on a worker; the machine's own when left out.
    """

    tap_changed = Signal()
    """`joined` gives another tap from now on."""

    def __init__(
        self,
        context: StudioContext,
        open_camera: Callable[[int, int, float], VirtualCamera] | None = None,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._open = open_camera or _camera
        self._camera: VirtualCamera | None = None
        self._tap: CameraTap | None = None
        self._opening = TaskRunner("The virtual camera", self)
        self._opening.finished.connect(self._begin)
        self._opening.failed.connect(self._fail)
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self._look_after)
        self._action = context.actions[ACTION]
        self._action.triggered.connect(self._toggle)

    @property
    def is_on(self) -> bool:
        return self._camera is not None

    def joined(self, clip: ClipTap | None) -> ClipTap | None:
        """The tap for the view: the clip's, the camera's, both in one, or none."""
        if self._camera is None:
            return clip
        return self._tap if clip is None else SharedTap(clip, self._camera)

    def shutdown(self) -> None:
        self._opening.shutdown()
        self._end()

    def _toggle(self, is_wanted: bool) -> None:
        if not is_wanted:
            self._end()
            return
        values = self._context.preferences.values
        width, height, fps = values.clip_width_px, values.clip_height_px, float(values.clip_fps)
        opened = self._open

        def work(task: TaskContext) -> VirtualCamera:
            camera = opened(width, height, fps)
            if task.is_cancelled:  # nobody will get it
                camera.close()
            return camera

        if not self._opening.is_running:
            self._opening.start(work)

    def _begin(self, camera: VirtualCamera) -> None:
        if not self._action.isChecked():  # turned off meanwhile
            camera.close()
            return
        self._camera, self._tap = camera, CameraTap(camera)
        self._watch.start()
        self.tap_changed.emit()
        self._context.toast.show_note(
            f"The avatar is the camera {camera.name}.",
            "Choose it in a call or a stream. Its background is that of the view.",
        )

    def _end(self) -> None:
        self._watch.stop()
        camera, self._camera, self._tap = self._camera, None, None
        self._action.setChecked(False)
        if camera is not None:
            self.tap_changed.emit()
            camera.close()

    def _fail(self, error: AvatarError) -> None:
        self._end()
        self._context.toast.show_error(error.message, error.hint)

    def _look_after(self) -> None:
        error = None if self._camera is None else self._camera.error
        if error is not None:
            self._fail(error)


def _camera(width: int, height: int, fps: float) -> VirtualCamera:
    from avatar_core.recording.virtual_camera import VirtualCamera

    return VirtualCamera(width, height, fps)
