"""The colours of a face before view and expression change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.project.asset import FaceKind

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset


def diffuse_look(asset: AvatarAsset, size: int) -> UInt8:
    """Display colours over the atlas, top row first.

    Args:
        asset: the avatar.
        size: side of the picture; its texel j lies at u = (j + 0.5) / size.

    Returns:
        [size, size, 3] of a neural face, decoded as it is drawn between its texels; of a plain face
        its texture as it is.

    Raises:
        WeightsError: the weights of a neural face do not fit.
    """
    if asset.face.kind is not FaceKind.NEURAL:
        return asset.face.texture
    from avatar_core.mega.assets import model_of
    from avatar_core.mega.decoded_atlas import decoded_atlas

    return decoded_atlas(model_of(asset), size)
