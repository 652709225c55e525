"""LDR-FLIP: how large a difference a viewer sees who flips between two pictures.

Source:
    Andersson et al. 2020, FLIP: A Difference Evaluator for Alternating Images, sections 4 and 5;
    computed by its authors' package `flip-evaluator`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

PIXELS_PER_DEGREE = 67.0
"""The authors' viewing condition: 0.7 m before a screen 3840 pixels and 0.7 m wide."""


def flip_map(reference: Float32, test: Float32) -> Float32 | None:
    """FLIP [H, W] of two pictures [H, W, 3], sRGB in 0..1: 0 for equal, at most 1.

    Seen at 67 pixels per degree. None where the package is not installed: it has no wheels for
    some platforms.

    Raises:
        ShapeError: the pictures disagree.
    """
    expect_shapes(reference=(reference, "H W 3"), test=(test, "H W 3"))
    try:
        import flip_evaluator
    except ImportError:
        return None
    errors, _, _ = flip_evaluator.evaluate(
        np.ascontiguousarray(reference, np.float32),
        np.ascontiguousarray(test, np.float32),
        "LDR",
        applyMagma=False,
        computeMeanError=False,
        parameters={"ppd": PIXELS_PER_DEGREE},
    )
    result: Float32 = errors[..., 0]
    return result
