"""Portraits over backgrounds: mattes, the green a model draws on, pasting back into the picture.

Source:
    Drobyshev et al., EMOPortraits, arXiv:2404.19110: drawn on green, composited with the matte of
    the output as the released code shapes it. Forte 2021, Approximate fast foreground colour
    estimation: people cut out of photographs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.crop import cropped, placed
from avatar_core.geometry import Float32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.project.portrait import CropBox

GREEN = (0, 255, 0)

_FAINTEST = 0.3
_POWER = 8
DEFAULT_FEATHER = 0.08
"""Width of the soft edge of a pasted crop, in sides of the crop."""
_RIM = 0.02
"""How far a rim of hair looks around for its colours, in longer sides of the picture."""
_SURELY = 4
"""To this power the matte tells whose colours those are."""


def on_green(image: UInt8, matte: UInt8) -> UInt8:
    """A person [H, W, 3] on pure green.

    Args:
        image: [H, W, 3].
        matte: [H, W], how much of each pixel is the person.
    """
    return composited(image, (matte / 255).astype(np.float32), np.array(GREEN, np.uint8))


def composited(image: UInt8, matte: Float32, background: UInt8) -> UInt8:
    """A picture [H, W, 3] over a background.

    Args:
        image: [H, W, 3].
        matte: [H, W], 0..1.
        background: [H, W, 3] or one colour [3].
    """
    expect_shapes(image=(image, "H W 3"), matte=(matte, "H W"))
    weight = matte[..., None]
    mixed = weight * image + (1 - weight) * background
    result: UInt8 = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return result


def cut_out(picture: UInt8, matte: UInt8) -> UInt8:
    """A person without what is around, [H, W, 4] premultiplied.

    Where both show through one another, at the rim of hair, what is around is taken out of the
    colours, so that it does not gleam over another background.

    Args:
        picture: [H, W, 3].
        matte: [H, W], how much of each pixel is the person.
    """
    expect_shapes(picture=(picture, "H W 3"), matte=(matte, "H W"))
    colours, weight = picture.astype(np.float32), (matte / 255).astype(np.float32)[..., None]
    person, around = _nearby(colours, weight**_SURELY), _nearby(colours, (1 - weight) ** _SURELY)
    person += weight * (colours - weight * person - (1 - weight) * around)
    cut = np.concatenate([np.clip(person, 0, 255) * weight, 255 * weight], -1)
    return np.asarray(np.rint(cut), np.uint8)


def _nearby(colours: Float32, weight: Float32) -> Float32:
    """The mean colour [H, W, 3] around each pixel, by weights [H, W, 1]."""
    import cv2

    reach = 2 * max(round(_RIM * max(colours.shape)), 1) + 1
    sums = cv2.blur(np.concatenate([weight * colours, weight], -1), (reach, reach))
    return np.asarray(sums[..., :3] / np.maximum(sums[..., 3:], 1e-4), np.float32)


def shaped_matte(matte: Float32) -> Float32:
    """A matte 0..1 pulled in: what is faint goes, and the eighth power keeps green rims out."""
    kept: Float32 = np.where(matte > _FAINTEST, matte, 0) ** _POWER
    return kept.astype(np.float32)


def edge_feather(size_px: int, width: float = DEFAULT_FEATHER) -> Float32:
    """Weights [S, S] that rise smoothly from 0 at the edges of a crop to 1 inside.

    Args:
        size_px: side S of the crop.
        width: of the slope, in sides of the crop; 0 for none.
    """
    if width <= 0:
        return np.ones((size_px, size_px), np.float32)
    place = (np.arange(size_px) + 0.5) / size_px
    ramp = np.clip(np.minimum(place, 1 - place) / width, 0, 1)
    slope = ramp * ramp * (3 - 2 * ramp)
    return np.outer(slope, slope).astype(np.float32)


def pasted(
    picture: UInt8,
    drawn: UInt8,
    matte: Float32,
    box: CropBox,
    *,
    backdrop: UInt8 | None = None,
    feather: float = DEFAULT_FEATHER,
) -> UInt8:
    """The drawn head back in the picture it was cropped from, [H, W, 3].

    Edges of the crop are feathered, so shoulders that the model does not move join without a seam.
    Pixels outside the crop stay exactly as they are.

    Args:
        picture: [H, W, 3] the whole source picture.
        drawn: [S, S, 3] what the model drew.
        matte: [S, S] 0..1 how much of it is the person, shaped already.
        box: the crop's place in the picture.
        backdrop: [H, W, 3] the picture without the person, where one is known; else the person of
            the source shows beside the drawn one where the two differ.
        feather: width of the soft edge, in sides of the crop; 0 for none.
    """
    expect_shapes(picture=(picture, "H W 3"), drawn=(drawn, "S S 3"), matte=(matte, "S S"))
    height, width = picture.shape[:2]
    edge = edge_feather(drawn.shape[0], feather)
    ground = picture
    if backdrop is not None:
        ground = composited(backdrop, placed(edge, box, width, height), picture)
    weight = matte * edge
    # Premultiplied, so that green of the crop does not bleed in where the matte ends.
    colours = placed(weight[..., None] * drawn, box, width, height)
    kept = 1 - placed(weight, box, width, height)[..., None]
    result: UInt8 = np.clip(np.rint(colours + kept * ground), 0, 255).astype(np.uint8)
    return result


def green_crop(image: UInt8, matte: UInt8, box: CropBox, size_px: int) -> UInt8:
    """What a model is shown of a person: the crop [S, S, 3] on green."""
    return on_green(cropped(image, box, size_px), cropped(matte, box, size_px))
