"""AvatarView: the OpenGL viewport that shows the avatar, its camera and the HUD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Signal
from PySide6.QtOpenGLWidgets import QOpenGLWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.render.renderer import SceneOptions


class FrameMailbox(Protocol):
    """Where the newest frame lies; `app.workers.latest.Latest` is one."""

    def take(self) -> AvatarFrame | None: ...


class ClipTap(Protocol):
    """Wants every drawn frame at a size of its own, while a clip is being recorded."""

    @property
    def width_px(self) -> int: ...

    @property
    def height_px(self) -> int: ...

    def submit(self, image: UInt8, captured_s: float | None) -> None:
        """Take [H, W, 3] uint8 and when what it shows was captured. Returns at once."""
        ...


class AvatarView(QOpenGLWidget):
    """Shows one avatar; pulls new frames at display rate and repaints only when something changed.

    Signals:
        first_painted(): the avatar is on the screen for the first time.
        failed(AvatarError): OpenGL failed; the view says so in its own area too.
        hud_toggled(bool): the HUD was switched by its key.
    """

    first_painted = Signal()
    failed = Signal(object)
    hud_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)

    def connect_performance(self, frames: FrameMailbox, status: Callable[[], object]) -> None:
        """Pull frames from `frames` and what the HUD says from `status` (PerformanceStatus)."""

    def set_avatar(self, asset: AvatarAsset, neutral: AvatarFrame) -> None:
        """Show this avatar in its neutral pose at the next repaint, and frame it."""

    def set_scene(self, scene: SceneOptions) -> None:
        """Background, grid and what is drawn."""

    def set_hud_visible(self, is_visible: bool) -> None: ...

    def set_clip_tap(self, tap: ClipTap | None) -> None:
        """Also draw every new frame for a clip, through the camera as it is now; None ends it."""

    def look_from(self, side: str) -> None:
        """`front`, `back`, `left`, `right`, `top` or `bottom` of the avatar."""

    def reset_camera(self) -> None:
        """The view that `set_avatar` began with."""

    def frame_avatar(self) -> None:
        """Bring the whole avatar into the picture, seen from where the camera is."""

    def camera(self) -> Camera:
        """The camera of the viewport, in device pixels."""
        raise NotImplementedError
