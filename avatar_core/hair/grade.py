"""Grade: brightness, contrast, saturation, hue and temperature of hair, as sliders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.hair.colour import displayable, oklab_from_srgb, warming

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.hair.canvas import HairCanvas


@dataclass(frozen=True, slots=True)
class Grade:
    """What the sliders say; as it comes, nothing changes.

    Args:
        brightness: stops; 1 is twice the light.
        contrast: -1..1, of lightness around its mean; -1 is none.
        saturation: -1..1; -1 is grey, 1 twice as vivid.
        hue_turn_rad: turn of all hues, from red towards yellow.
        temperature: -1 cold..1 warm, see `colour.warming`.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue_turn_rad: float = 0.0
    temperature: float = 0.0

    @property
    def is_neutral(self) -> bool:
        """Whether nothing changes."""
        return self == Grade()


def graded(colours: Float32, settings: Grade, weights: Float32 | None = None) -> Float32:
    """Colours [n, 3] with a grade, display RGB 0..1; the very same for a neutral one.

    Args:
        colours: [n, 3] display RGB.
        settings: the grade.
        weights: [n] how much each counts in the mean that contrast leaves alone; None for alike.
    """
    expect_shapes(colours=(colours, "n 3"))
    if settings.is_neutral or not len(colours):
        return colours.copy()
    lab = oklab_from_srgb(colours) @ _matrix(settings).T.astype(np.float32)
    if settings.contrast:
        middle = np.float32(np.average(lab[:, 0], weights=weights))
        lab[:, 0] = middle + np.float32(1 + settings.contrast) * (lab[:, 0] - middle)
    return displayable(lab)


def grade(canvas: HairCanvas, settings: Grade, start: Float32) -> None:
    """Grade the hair, as far as its mask lets.

    Args:
        canvas: the hair.
        settings: the grade.
        start: [M, 3] `canvas.colours.copy()` from when the first slider moved: sliders may be
            dragged to and fro without adding up.
    """
    expect_shapes(start=(start, "M 3"), mask=(canvas.mask, "M"))
    rows = np.flatnonzero(canvas.mask > 0).astype(np.int32)
    before, share = start[rows], canvas.mask[rows, None]
    after = before
    if not settings.is_neutral:
        after = (1 - share) * before + share * graded(before, settings, canvas.mask[rows])
    changed = np.flatnonzero((after != canvas.colours[rows]).any(axis=1))
    canvas.recolour(rows[changed], after[changed])


def _matrix(settings: Grade) -> Float64:
    """[3, 3] on OKLab: everything but contrast, which needs a mean."""
    vividness = 1 + settings.saturation
    along = vividness * np.cos(settings.hue_turn_rad)
    across = vividness * np.sin(settings.hue_turn_rad)
    turned = np.array([[1, 0, 0], [0, along, -across], [0, across, along]])
    # Light times 2 is OKLab times the cube root of 2: it is made of cube roots.
    exposed: Float64 = 2 ** (settings.brightness / 3) * turned @ warming(settings.temperature)
    return exposed
