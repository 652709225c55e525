"""ShownAvatar: who is on the stage, in edited hair and under paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.viewport.worn_hair import WornHair
from app.viewport.worn_paint import WornPaint
from avatar_core.errors import ShapeError

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.project.asset import AvatarAsset


class ShownAvatar:
    """An avatar and what it wears.

    `hair` lays edits over its frames, `paint` paints and sculpts its face. Inference and all that
    is asked of it know neither.
    """

    def __init__(self) -> None:
        self.asset: AvatarAsset | None = None
        self.hair = WornHair()
        self.paint = WornPaint()

    @property
    def frame(self) -> AvatarFrame | None:
        """The newest frame as it is shown; the same object until something changes."""
        worn = self.hair.shown
        return None if worn is None else self.paint.worn(worn)

    def begin(self, asset: AvatarAsset, neutral: AvatarFrame) -> None:
        """Another avatar, at rest, without edits and without paint."""
        self.asset = asset
        self.hair.begin(neutral)
        self.paint.begin(asset.head.topology)

    def change_face(self, asset: AvatarAsset) -> None:
        """The same avatar with another texture: after a bake.

        Raises:
            ShapeError: it is another avatar.
        """
        if self.asset is None or asset.head is not self.asset.head:
            raise ShapeError("change_face: expected the avatar that is shown")
        self.asset = asset


def differ_in_texture_alone(one: AvatarAsset, other: AvatarAsset) -> bool:
    """Whether two avatars share all but the basic texture and the look of their faces."""
    mine, theirs = one.face, other.face
    if one.head is not other.head or one.hair is not other.hair:
        return False
    if mine.kind is not theirs.kind or mine.options != theirs.options:
        return False
    names = mine.weights.keys() | theirs.weights.keys()
    differing = {name for name in names if mine.weights.get(name) is not theirs.weights.get(name)}
    return differing == {"neural_texture.texture"}
