"""The face below all paint, the layers of a painting over it, and what of these can be baked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.asset import FaceKind
from avatar_core.texture.composite import Compositor

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
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


def paint_of_texture(colour: UInt8, side: int) -> Float32:
    """Paint where the texels of a neural texture lie.

    Args:
        colour: [S, S, 4] premultiplied, as in `PaintMaps`.
        side: of the texture; its texel j lies at u = j / (side - 1), row 0 at the bottom.

    Returns:
        [side, side, 4] 0..1; averaged over what lies around where the painting is finer.
    """
    import cv2

    size = colour.shape[0]
    smooth = colour.astype(np.float32) / np.float32(255)
    blur = 0.5 * max(size / side - 1, 0)
    if blur > 0:
        smooth = cv2.GaussianBlur(smooth, (0, 0), blur).astype(np.float32)
    place = (np.arange(side, dtype=np.float32) * np.float32(size / max(side - 1, 1))) - 0.5
    columns, rows = np.meshgrid(place, place[::-1])
    sampled = cv2.remap(smooth, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(sampled, np.float32)
