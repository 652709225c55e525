"""The colours of a face before view and expression change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.project.asset import FaceKind

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset


def diffuse_look(asset: AvatarAsset) -> UInt8:
    """[H, W, 3] display colours over the atlas, top row first; of a plain face, its texture.

    Raises:
        WeightsError: the weights of a neural face do not fit.
    """
    if asset.face.kind is not FaceKind.NEURAL:
        return asset.face.texture
    from avatar_core.mega.assets import basic_look, model_of

    return basic_look(model_of(asset))
