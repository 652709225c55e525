"""Smooth: waves along strands and stray neighbours are made even."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.hair.brushes.smooth import SMOOTH
from avatar_core.hair.canvas import HairCanvas
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.brushes.bending import stroke, tangents_of

PLACE = np.array([0.0, 0.0, 0.2], np.float32)


def _canvas(known_hair, known_strands, directions: np.ndarray) -> HairCanvas:
    """Strands away from the head, side by side, with parts along [150, 23, 3] unit vectors."""
    roots = np.zeros((150, 1, 3))
    roots[:, 0, 0] = np.linspace(-0.01, 0.01, 150)
    roots[:, 0, 1:] = [0.045, 0.2]
    curves = np.concatenate([roots, roots + np.cumsum(0.004 * directions, axis=1)], axis=1)
    curves = curves.astype(np.float32)
    strands = replace(known_strands, guides=curves)
    cloud = replace(known_hair.cloud, means=curves.reshape(-1, 3).copy())
    return HairCanvas(cloud, HairEdits(), strands=strands)


@pytest.fixture
def wavy(known_hair, known_strands) -> HairCanvas:
    angles = np.broadcast_to(0.6 * np.sin(np.arange(23) * 1.6), (150, 23))
    return _canvas(known_hair, known_strands, _down(angles))


@pytest.fixture
def stray(known_hair, known_strands) -> HairCanvas:
    angles = np.random.default_rng(0).normal(scale=0.1, size=(150, 1))
    return _canvas(known_hair, known_strands, _down(np.broadcast_to(angles, (150, 23))))


def test_waves_along_a_strand_are_taken_out(wavy):
    before = _kinks(wavy.means)
    stroke(wavy, SMOOTH, PLACE, samples=30, options={"along": 1.0, "across": 0.0})
    assert _kinks(wavy.means) < 0.6 * before


def test_neighbours_are_made_to_run_alike(stray):
    before = _spread(stray.means)
    stroke(stray, SMOOTH, PLACE, samples=30, options={"along": 0.0, "across": 1.0})
    assert _spread(stray.means) < 0.5 * before


def test_both_can_be_switched_off(wavy):
    stroke(wavy, SMOOTH, PLACE, samples=5, options={"along": 0.0, "across": 0.0})
    assert np.abs(wavy.edited.offsets).max() < 1e-5


def test_a_straight_strand_of_its_own_stays(known_hair, known_strands):
    canvas = _canvas(known_hair, known_strands, _down(np.zeros((150, 23))))
    stroke(canvas, SMOOTH, PLACE, samples=10)
    assert np.abs(canvas.edited.offsets).max() < 1e-5


def _down(angles: np.ndarray) -> np.ndarray:
    """[..., 3] unit vectors downwards, turned to the side by angles [...]."""
    return np.stack([np.sin(angles), -np.cos(angles), np.zeros_like(angles)], -1)


def _middle(means: np.ndarray) -> np.ndarray:
    """[150, n, 3] tangents where the brush works."""
    return tangents_of(means).reshape(150, 24, 3)[:, 8:15]


def _kinks(means: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(_middle(means), axis=1), axis=2).mean())


def _spread(means: np.ndarray) -> float:
    return float(_middle(means).std(axis=0).mean())
