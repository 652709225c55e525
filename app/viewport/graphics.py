"""ViewportGraphics: everything the viewport owns on the GPU, for one OpenGL context."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import moderngl
import numpy as np
from PySide6.QtGui import QSurfaceFormat

from app.viewport.before_side import BeforeSide
from app.viewport.shown_avatar import differ_in_texture_alone
from avatar_core.errors import RenderError
from avatar_core.render.gpu_clock import GpuClock
from avatar_core.render.picture_target import PictureTarget
from avatar_core.render.renderer import Renderer
from avatar_core.render.software import is_software, make_way

if TYPE_CHECKING:
    from app.viewport.comparison import Comparison
    from app.viewport.shown_avatar import ShownAvatar
    from app.viewport.worn_hair import HairLook
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.render.scene import SceneOptions


def viewport_format() -> QSurfaceFormat:
    """What the viewport asks of OpenGL; also the application's default, set before it starts."""
    surface = QSurfaceFormat()
    surface.setVersion(4, 1)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setDepthBufferSize(24)
    return surface


def wrap_current_context() -> moderngl.Context:
    """The context that Qt made current.

    Raises:
        RenderError: there is none, or it is older than OpenGL 4.1.
    """
    problems = []
    # The default finds GLX, WGL and CGL contexts; under Wayland Qt makes EGL ones.
    for settings in ({}, {"backend": "egl"}) if sys.platform == "linux" else ({},):
        try:
            return moderngl.create_context(410, **settings)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 - back ends raise what they like
            problems.append(str(error))
    raise RenderError(
        f"The viewport got no OpenGL 4.1 context ({'; '.join(problems)}).",
        "Update the graphics driver; without one, Mesa's software rasteriser will do.",
    )


class ViewportGraphics:
    """A renderer, and a framebuffer for clips. Its context must be current for every call.

    Raises:
        RenderError: no usable context, or a shader does not compile.
    """

    def __init__(self) -> None:
        self._context = wrap_current_context()
        self.renderer = Renderer(self._context)
        self._asset: AvatarAsset | None = None
        self._look: HairLook | None = None
        self._clip = PictureTarget(self._context)
        self._before: BeforeSide | None = None
        # The processor's own drawing is over when the commands are: nothing more to be timed.
        software = is_software(self._context)
        self._gpu_clock = None if software else GpuClock(self._context)

    @property
    def earlier_gpu_ms(self) -> float | None:
        """What the graphics card spent on the picture before the last one, if that is known."""
        return None if self._gpu_clock is None else self._gpu_clock.earlier_ms

    @property
    def name(self) -> str:
        """The graphics card, as its driver calls it."""
        return self.renderer.name

    def load(self, shown: ShownAvatar) -> None:
        """Bring an avatar's moment to the GPU, if there is one; what is there is left alone."""
        asset, frame = shown.asset, shown.frame
        if asset is None or frame is None:
            return
        if asset is not self._asset:
            self._load_asset(asset, shown)
        look = shown.hair.look
        if look is not self._look:
            if look is None:
                self.renderer.upload_hair(asset.hair)
            else:
                self.renderer.upload_hair(look.cloud, look.weights)
            self._look = look
        shown.paint.load(self.renderer)
        self.renderer.upload_frame(frame)

    def _load_asset(self, asset: AvatarAsset, shown: ShownAvatar) -> None:
        if self._asset is not None and differ_in_texture_alone(self._asset, asset):
            self.renderer.upload_basic(asset)
        else:
            self.renderer.upload_avatar(asset)
            self._look = None
            shown.paint.forget_loaded()
        self._asset = asset

    def draw(
        self,
        framebuffer_id: int,
        camera: Camera,
        scene: SceneOptions,
        comparison: Comparison | None = None,
    ) -> None:
        """Draw into a framebuffer of Qt's; at the left before, where that is to be seen."""
        # Asked anew each time: Qt replaces its framebuffer when the widget is resized.
        target = self._context.detect_framebuffer(framebuffer_id)
        with nullcontext() if self._gpu_clock is None else self._gpu_clock.measured():
            self._draw_both(target, camera, scene, comparison)
        make_way(self._context)
        target.use()

    def _draw_both(
        self,
        target: moderngl.Framebuffer,
        camera: Camera,
        scene: SceneOptions,
        comparison: Comparison | None,
    ) -> None:
        shown = None if comparison is None else comparison.shown
        share = 0.0 if comparison is None else comparison.covered_share
        if share < 1.0:
            self.renderer.draw(camera, target, scene)
        if shown is None:
            self._drop_before()
        else:
            self._before = self._before or BeforeSide(self._context)
            self._before.draw(target, camera, scene, shown, share)

    def picture(self, camera: Camera, scene: SceneOptions) -> UInt8:
        """[H, W, 3] of what `load` brought, at the camera's size, top row first.

        With `scene.transparent` [H, W, 4], colour premultiplied by alpha.
        """
        channels = 4 if scene.transparent else 3
        target = self._clip.of_size((camera.width_px, camera.height_px))
        self.renderer.draw(camera, target, scene)
        make_way(self._context)
        pixels = target.read(components=channels, alignment=1)
        shape = camera.height_px, camera.width_px, channels
        bottom_up = np.frombuffer(pixels, np.uint8).reshape(shape)
        return np.ascontiguousarray(bottom_up[::-1])

    def release(self) -> None:
        self._clip.release()
        self._drop_before()
        self.renderer.release()

    def _drop_before(self) -> None:
        if self._before is not None:
            self._before.release()
            self._before = None
