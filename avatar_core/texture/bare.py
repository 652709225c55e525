"""The face below all paint, and the layers of a painting over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.asset import FaceKind
from avatar_core.texture.composite import Compositor

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset, Painting

_BASIC_TEXTURE = "neural_texture.texture"


def bare_face(look: UInt8, size: int) -> UInt8:
    """What paint is laid on, at the size of a painting.

    Args:
        look: [H, W, 3] the face's colours over its atlas: `mega.diffuse.diffuse_look`, which view
            and expression shade as they shade paint, or one for a quick picture.
        size: side of the painting.
    """
    import cv2

    if look.shape[:2] == (size, size):
        return look
    method = cv2.INTER_AREA if size < look.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(look, (size, size), interpolation=method), np.uint8)


def composed(asset: AvatarAsset, base: UInt8, painting: Painting) -> Compositor:
    """A compositor that knows a painting.

    Args:
        asset: without paint.
        base: see `bare_face`.
        painting: the layers.
    """
    compositor = Compositor(base, texture_side(asset))
    compositor.update(painting)
    return compositor


def texture_side(asset: AvatarAsset) -> int:
    """Side of the neural texture that paint can be baked into; 0 for a plain face."""
    if asset.face.kind is not FaceKind.NEURAL:
        return 0
    return int(asset.face.weights[_BASIC_TEXTURE].shape[-1])
