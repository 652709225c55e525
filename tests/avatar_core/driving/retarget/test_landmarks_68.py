"""The table of 68 landmarks, found again on the reference face and held against another head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.retarget.landmarks_68 import IBUG_68, PUPILS, ibug_landmarks
from avatar_core.errors import ShapeError
from avatar_core.geometry import similarity_fit
from avatar_core.heads import landmark_positions

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead

MIRRORED = (
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1),
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
)  # fmt: skip
"""The iBUG point on the other side of the face."""

LINES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "outline": (
        (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
        (0, 1, 2, 3, 4, 5, 6, 7, 8),
    ),
    "brow": ((70, 63, 105, 66, 107), (17, 18, 19, 20, 21)),
    "ridge": ((168, 6, 197, 195, 5, 4), (27, 28, 29, 30)),
    "nostrils": ((98, 97, 2, 326, 327), (31, 32, 33, 34, 35)),
    "upper lid": ((33, 246, 161, 160, 159, 158, 157, 173, 133), (36, 37, 38, 39)),
    "lower lid": ((133, 155, 154, 153, 145, 144, 163, 7, 33), (39, 40, 41, 36)),
    "upper lip": ((61, 185, 40, 39, 37), (48, 49, 50)),
    "lower lip": (
        (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
        (48, 59, 58, 57, 56, 55, 54),
    ),
    "upper inner lip": (
        (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
        (60, 61, 62, 63, 64),
    ),
    "lower inner lip": (
        (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
        (60, 67, 66, 65, 64),
    ),
}
"""Contours of the face mesh, and which points of iBUG lie on each, its ends included."""


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """[468, 3] the reference face, metres."""
    return load_landmarker_bundle(None).reference.points.astype(np.float64)


def test_sixty_eight_different_points() -> None:
    assert len(IBUG_68) == len(set(IBUG_68)) == 68
    assert not set(PUPILS) & set(IBUG_68)
    assert max(IBUG_68) < 468


@pytest.mark.parametrize("line", LINES)
def test_points_lie_at_even_distances_along_their_line(line: str, face: np.ndarray) -> None:
    path, ibug = LINES[line]
    steps = np.linalg.norm(np.diff(face[list(path)], axis=0), axis=1)
    lengths = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
    found = [path[int(np.abs(lengths - place).argmin())] for place in np.linspace(0, 1, len(ibug))]
    assert found == [IBUG_68[point] for point in ibug]


def test_both_sides_are_mirror_images(face: np.ndarray) -> None:
    points = ibug_landmarks(face.astype(np.float32))
    np.testing.assert_allclose(points[list(MIRRORED)] * [-1, 1, 1], points, atol=1e-6)
    assert (points[:8, 0] < 0).all()  # x runs to the person's left


def test_another_head_has_them_at_the_same_places(
    face: np.ndarray, open_head: BlendshapeHead
) -> None:
    """Another person's features are elsewhere by millimetres, not in another order."""
    here = ibug_landmarks(face.astype(np.float32))
    there = landmark_positions(open_head.topology, open_head.vertices)
    size, turn, shift = similarity_fit(here, there)
    apart = np.linalg.norm(size * here @ turn.T + shift - there, axis=1)
    assert apart.mean() < 0.007
    assert apart[17:].max() < 0.012
    np.testing.assert_allclose(turn, np.eye(3), atol=0.1)


def test_irises_are_left_first(face: np.ndarray) -> None:
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:468] = face
    assert ibug_landmarks(landmarks).shape == (68, 3)
    assert PUPILS[0] > PUPILS[1] >= 468


@pytest.mark.parametrize("shape", [(68, 3), (0, 3), (478,)])
def test_what_is_no_face_mesh_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="landmarks"):
        ibug_landmarks(np.zeros(shape, np.float32))
