"""Dye: hue and chroma are the dye's, and the play of light and dark remains the hair's own.

What makes a strand of Gaussians look like hair is how their lightness differs. A dye replaces the
rest: it moves all of them together to its own lightness, or leaves that alone, and shadows of a
colour are less vivid than the colour. Harmonics that depend on the view follow with the basic
colour, see `harmonics.turned_and_dyed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.geometry import expect_shapes
from avatar_core.hair.colour import displayable, oklab_from_srgb
from avatar_core.hair.edited import basic_colours

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.strands import Strands

Colour: TypeAlias = tuple[float, float, float]
"""Display RGB 0..1."""

_LEAST_ROOM = 1e-3


def dyed(
    colours: Float32,
    target: ArrayLike,
    keep_lightness: float = 1.0,
    details: Float32 | None = None,
) -> Float32:
    """Colours with all of a dye.

    Args:
        colours: [n, 3] before, display RGB.
        target: [3] or [n, 3] colour of the dye, display RGB.
        keep_lightness: 1 leaves the lightness as it is, 0 moves it to the dye's as a whole.
        details: [n] by how much each is to be lighter than the dye, OKLab; None for what it is
            lighter now than the mean.

    Returns:
        [n, 3] display RGB 0..1.
    """
    expect_shapes(colours=(colours, "n 3"))
    if not len(colours):
        return colours.copy()
    before, dye = oklab_from_srgb(colours), oklab_from_srgb(target)
    if details is None:
        details = before[:, 0] - before[:, 0].mean()
    kept, share = before[:, 0].clip(0, 1), np.float32(keep_lightness)
    lab = np.empty_like(before)
    lab[:, 0] = share * kept + (1 - share) * (dye[..., 0] + _eased(details, dye[..., 0]))
    shade = lab[:, 0] / np.maximum(dye[..., 0], np.float32(_LEAST_ROOM))
    lab[:, 1:] = dye[..., 1:] * np.minimum(shade, 1)[:, None]
    return displayable(lab)


def dye(
    canvas: HairCanvas, target: Colour, amount: float = 1.0, keep_lightness: float = 0.0
) -> None:
    """Dye the hair, as far as its mask lets.

    Args:
        canvas: the hair.
        target: the colour of the dye.
        amount: 0..1, how much of the dye takes.
        keep_lightness: see `dyed`.
    """
    rows = masked_rows(canvas)
    colours = dyed(canvas.colours[rows], target, keep_lightness, lightness_details(canvas)[rows])
    lay_on(canvas, rows, colours, np.float32(amount) * canvas.mask[rows])


def gradient(
    canvas: HairCanvas,
    root: Colour | None,
    tip: Colour | None,
    start: float = 0.0,
    end: float = 1.0,
    amount: float = 1.0,
    keep_lightness: float = 0.0,
) -> None:
    """Dye the hair from one colour at the roots to another at the tips.

    Args:
        canvas: the hair, with its strands.
        root: at the roots; None leaves those as they are.
        tip: at the tips; None leaves those as they are.
        start: 0..1 along the strand, where the one begins to become the other.
        end: where it has become the other.
        amount: 0..1, how much of the dye takes.
        keep_lightness: see `dyed`.

    Raises:
        AssetError: the strands are not known yet.
    """
    ends = [oklab_from_srgb(each) for each in (root, tip) if each is not None]
    if not ends:
        return
    rows = masked_rows(canvas)
    parts = (strands_of(canvas).progress[rows] - np.float32(start)) / np.float32(
        max(end - start, 1e-3)
    )
    turned, taken = ramp(parts), np.float32(amount) * canvas.mask[rows]
    if root is None:
        taken = taken * turned
    elif tip is None:
        taken = taken * (1 - turned)
    target = displayable(ends[0] + turned[:, None] * (ends[-1] - ends[0]))
    details = lightness_details(canvas)[rows]
    lay_on(canvas, rows, dyed(canvas.colours[rows], target, keep_lightness, details), taken)


def lay_on(canvas: HairCanvas, rows: Int32, colours: Float32, shares: Float32) -> None:
    """Bring colours of rows [n] towards others [n, 3] by shares [n]; those of 0 stay untouched."""
    taken = np.flatnonzero(shares > 0)
    rows, share = rows[taken], shares[taken, None]
    canvas.recolour(rows, (1 - share) * canvas.colours[rows] + share * colours[taken])


def masked_rows(canvas: HairCanvas) -> Int32:
    """Rows that may be changed."""
    return np.flatnonzero(canvas.mask > 0).astype(np.int32)


def undyed(canvas: HairCanvas) -> Float32:
    """[M, 3] basic colours of the hairstyle as it came, display RGB."""
    return basic_colours(canvas.base.sh)[canvas.edited.rows]


def lightness_details(canvas: HairCanvas) -> Float32:
    """[M] how much lighter each is than what the mask holds on average, before any dye.

    The hairstyle's own, so that dyeing twice is dyeing once, and strokes join without a seam.
    """
    lightness = oklab_from_srgb(undyed(canvas))[:, 0]
    weights = canvas.mask * canvas.base.opacities[canvas.edited.rows]
    middle = float(weights @ lightness) / max(float(weights.sum()), 1e-9)
    return lightness - np.float32(middle)


def strands_of(canvas: HairCanvas) -> Strands:
    """The strands of the hair.

    Raises:
        AssetError: they are not known yet.
    """
    if canvas.strands is None:
        raise AssetError("The strands of this hair are still being found.", "Wait a moment.")
    return canvas.strands


def _eased(details: Float32, lightness: Float32) -> Float32:
    """Details that end softly at black and at white, where a dye leaves little room."""
    room = np.where(details > 0, 1 - lightness, lightness)
    room = np.maximum(room, np.float32(_LEAST_ROOM))
    eased: Float32 = room * np.tanh(details / room)
    return eased


def ramp(parts: Float32) -> Float32:
    """From 0 to 1, without a corner at either end."""
    t: Float32 = parts.clip(0, 1)
    return t * t * (3 - 2 * t)
