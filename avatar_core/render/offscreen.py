"""Pictures without a window: for the command line, films and tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cv2
import moderngl
import numpy as np

from avatar_core.errors import RenderError
from avatar_core.render.picture_target import PictureTarget
from avatar_core.render.renderer import Renderer
from avatar_core.render.scene import SceneOptions
from avatar_core.render.software import make_way

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame, Paint
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.project.asset import AvatarAsset


def create_offscreen_context() -> moderngl.Context:
    """An OpenGL 4.1 context of its own, current on the calling thread; EGL where there is any.

    It stays current until a `with` block of it ends, even when it is released: use it in one, or
    no window of this thread can draw any more.

    Raises:
        RenderError: the computer offers none.
    """
    problems = []
    for make in (_egl_context, _native_context):
        try:
            return make()
        except Exception as error:  # noqa: BLE001 - back ends raise what they like
            problems.append(str(error))
    raise RenderError(
        f"No OpenGL 4.1 context can be made without a window ({'; '.join(problems)}).",
        "Install the graphics driver, or Mesa's software rasteriser (libegl1, libgl1-mesa-dri).",
    )


def _egl_context() -> moderngl.Context:
    return moderngl.create_context(410, standalone=True, backend="egl")  # type: ignore[arg-type]


def _native_context() -> moderngl.Context:
    return moderngl.create_context(410, standalone=True)


class OffscreenRenderer:
    """A renderer with a context and a framebuffer of its own.

    Belongs to the thread that made it. That thread must have no window's context current.

    Args:
        width: of the pictures, pixels.
        height: likewise.

    Raises:
        RenderError: the computer draws nothing without a window, or no pictures of that size.
    """

    def __init__(self, width: int, height: int) -> None:
        self._asset: AvatarAsset | None = None
        self._paint: Paint | None = None
        self._context = create_offscreen_context()
        try:
            with self._context:
                self.renderer = Renderer(self._context)
                self._picture = PictureTarget(self._context)
            self.resize(width, height)
        except BaseException:
            self._context.release()
            raise

    def resize(self, width: int, height: int) -> None:
        """Change the size of the pictures.

        Raises:
            RenderError: the graphics card draws no pictures of that size.
        """
        with self._context:
            self._target = self._picture.of_size((width, height))

    def render(
        self,
        asset: AvatarAsset,
        frame: AvatarFrame,
        camera: Camera,
        scene: SceneOptions | None = None,
        paint: Paint | None = None,
    ) -> UInt8:
        """One picture, top row first.

        Args:
            asset: the avatar.
            frame: the moment of it.
            camera: where it is seen from.
            scene: what is shown; the defaults when left out.
            paint: on its face; no longer written.

        Returns:
            [H, W, 3] uint8; with `scene.transparent` [H, W, 4], colour premultiplied by alpha.
        """
        scene = SceneOptions() if scene is None else scene
        with self._context:
            if asset is not self._asset:
                self.renderer.upload_avatar(asset)
                self._asset, self._paint = asset, None
            if paint is not self._paint:
                self.renderer.upload_paint(paint)
                self._paint = paint
            self.renderer.upload_frame(frame)
            self.renderer.draw(camera, self._target, scene)
            make_way(self._context)
            channels = 4 if scene.transparent else 3
            pixels = self._target.read(components=channels, alignment=1)
        width, height = self._target.size
        bottom_up = np.frombuffer(pixels, np.uint8).reshape(height, width, channels)
        return np.ascontiguousarray(bottom_up[::-1])

    def release(self) -> None:
        """Free the pictures, the renderer and the context."""
        with self._context:
            self._picture.release()
            self.renderer.release()
        self._context.release()


_of_thread = threading.local()


def render_frame(
    asset: AvatarAsset,
    frame: AvatarFrame,
    camera: Camera,
    scene: SceneOptions | None = None,
    supersample: int = 1,
) -> UInt8:
    """One picture of the camera's size; the context is made once per thread and kept.

    Args:
        asset: the avatar.
        frame: the moment of it.
        camera: gives the picture's size too.
        scene: what is shown; the defaults when left out.
        supersample: draws this many times larger in both directions and averages.

    Returns:
        As `OffscreenRenderer.render`.
    """
    width, height = camera.width_px, camera.height_px
    large = (width * supersample, height * supersample)
    offscreen: OffscreenRenderer | None = getattr(_of_thread, "offscreen", None)
    if offscreen is None:
        offscreen = _of_thread.offscreen = OffscreenRenderer(*large)
    offscreen.resize(*large)
    image = offscreen.render(asset, frame, camera.resized(*large), scene)
    if supersample == 1:
        return image
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def release_offscreen() -> None:
    """Free what `render_frame` keeps on this thread."""
    offscreen: OffscreenRenderer | None = getattr(_of_thread, "offscreen", None)
    if offscreen is not None:
        offscreen.release()
        _of_thread.offscreen = None
