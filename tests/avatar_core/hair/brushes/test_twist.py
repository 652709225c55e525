"""Twist: a bundle turns about its own middle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.hair.brushes.guide_brush import turned_about
from avatar_core.hair.brushes.twist import TWIST
from avatar_core.hair.canvas import HairCanvas
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.brushes.bending import stroke

SIDE_M = 0.15


def _bundle(known_hair, known_strands, side: float) -> HairCanvas:
    """All strands hang straight down, in a ring around a line beside the head."""
    around = np.linspace(0, 2 * np.pi, 150, endpoint=False)
    curves = np.zeros((150, 24, 3), np.float32)
    curves[:, :, 0] = side * SIDE_M + 0.01 * np.cos(around)[:, None]
    curves[:, :, 1] = 0.05 - 0.004 * np.arange(24)
    curves[:, :, 2] = 0.01 * np.sin(around)[:, None]
    cloud = replace(known_hair.cloud, means=curves.reshape(-1, 3).copy())
    return HairCanvas(cloud, HairEdits(), strands=replace(known_strands, guides=curves))


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("is_inverted", [False, True])
def test_a_bundle_turns_about_its_middle(known_hair, known_strands, side, is_inverted):
    canvas = _bundle(known_hair, known_strands, side)
    place = np.array([side * SIDE_M, 0.0, 0.0], np.float32)
    stroke(canvas, TWIST, place, samples=12, radius_m=0.04, is_inverted=is_inverted)
    ring = canvas.means.reshape(150, 24, 3)[:, 12] - place
    start = known_start(canvas) - place
    angles = np.arctan2(ring[:, 2], ring[:, 0]) - np.arctan2(start[:, 2], start[:, 0])
    angles = (angles + np.pi) % (2 * np.pi) - np.pi
    # Axis downwards, to the tips: right-handed about it is from z to x to the person's left.
    way = side * (-1 if is_inverted else 1)
    assert (way * angles > 0.1).all()
    assert angles.std() < 0.05
    radii = np.linalg.norm(ring[:, [0, 2]], axis=1)
    assert np.abs(radii / 0.01 - 1).max() < 0.1


def known_start(canvas: HairCanvas) -> np.ndarray:
    return canvas.base.means.reshape(150, 24, 3)[:, 12]


def test_turning_about_a_line():
    points = np.array([[1.0, 0, 0], [1, 5, 0], [0, 2, 0]], np.float32)
    axis = np.array([0, 1, 0], np.float32)
    turned = turned_about(points, np.zeros(3, np.float32), axis, np.full(3, np.pi / 2, np.float32))
    np.testing.assert_allclose(turned, [[0, 0, -1], [0, 5, -1], [0, 2, 0]], atol=1e-6)
