"""Hue and chroma, to measure what dyeing and grading did."""

from __future__ import annotations

import numpy as np

from avatar_core.hair.colour import oklab_from_srgb


def lightness_chroma_hue(colours: np.ndarray) -> np.ndarray:
    """[..., 3] of display RGB: OKLab lightness, chroma, and hue in radians, -pi..pi."""
    lightness, a, b = np.moveaxis(oklab_from_srgb(colours), -1, 0)
    return np.stack([lightness, np.hypot(a, b), np.arctan2(b, a)], axis=-1)
