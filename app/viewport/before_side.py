"""BeforeSide: the avatar before it was edited, drawn over the left of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.render.picture_target import PictureTarget
from avatar_core.render.renderer import Renderer
from avatar_core.render.state import cover_whole

if TYPE_CHECKING:
    import moderngl

    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.render.scene import SceneOptions


class BeforeSide:
    """A renderer of its own, and a framebuffer from which a share of the picture is copied.

    Args:
        context: the viewport's; current for every call.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._renderer = Renderer(context)
        self._asset: AvatarAsset | None = None
        self._picture = PictureTarget(context)

    def draw(
        self,
        target: moderngl.Framebuffer,
        camera: Camera,
        scene: SceneOptions,
        shown: tuple[AvatarAsset, AvatarFrame],
        share: float,
    ) -> None:
        """Draw over the left share, 0..1, of a target; the rest of it stays as it is."""
        asset, frame = shown
        if asset is not self._asset:
            self._renderer.upload_avatar(asset)
            self._asset = asset
        self._renderer.upload_frame(frame)
        picture = self._picture.of_size(target.size)
        self._renderer.draw(camera, picture, scene)
        width, height = target.size
        # Copying obeys the scissor of the framebuffer in use.
        target.scissor = (0, 0, round(share * width), height)
        target.use()
        self._context.copy_framebuffer(target, picture)
        cover_whole(target)  # whoever draws next means all of it

    def release(self) -> None:
        self._picture.release()
        self._renderer.release()
