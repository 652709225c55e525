"""Faces without a head: a flat sheet whose atlas is known."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.heads import HeadTopology
from avatar_core.texture.presets.face_map import BOARD

_LOW, _HIGH = np.array([-4.0, -4.0]), np.array([4.0, 3.6])
_LIPS = np.array([0.62, 0.24])
"""Half the width and height of the lips around (0, -1.5)."""


def sheet(
    scale: float = 0.09, turn_rad: float = 0.0, lips: bool = True, cells: int = 40
) -> HeadTopology:
    """The board itself as a mesh, laid into the atlas by a scale and a turn about its middle.

    Its triangles are small, so landmarks ride on it where they lie on the board.
    """
    steps = np.linspace(0, 1, cells + 1)
    x, y = (low + (high - low) * steps for low, high in zip(_LOW, _HIGH, strict=True))
    board = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    uv = scale * board @ np.array([[cos, sin], [-sin, cos]]) + (0.5, 0.5)
    row, column = (each.ravel() for each in np.mgrid[:cells, :cells])
    first = row * (cells + 1) + column
    across, up = first + 1, first + cells + 1
    faces = np.concatenate(
        [np.stack([first, across, up], 1), np.stack([across, up + 1, up], 1)]
    ).astype(np.int32)
    centres = board[faces].mean(axis=1)
    is_lip = (((centres - (0, -1.5)) / _LIPS) ** 2).sum(axis=1) < 1
    face_ids, weights = _ridden(board, faces)
    return HeadTopology(
        faces=faces,
        uv=uv.astype(np.float32),
        uv_faces=faces,
        part_names=("skin", "lips") if lips else ("skin",),
        face_part=(is_lip & lips).astype(np.uint8),
        scalp_vertex_ids=np.zeros(0, np.int32),
        landmark_face_ids=face_ids,
        landmark_barycentric=weights,
    )


def _ridden(board: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangle and place in it of each landmark of the board."""
    a, b, c = (board[faces[:, corner]] for corner in range(3))
    ids, weights = [], []
    for point in BOARD.astype(np.float64):
        area = cross(b - a, c - a)
        second, third = cross(point - a, c - a) / area, cross(b - a, point - a) / area
        first = 1 - second - third
        place = np.stack([first, second, third], axis=1)
        best = int(place.min(axis=1).argmax())
        ids.append(best)
        weights.append(place[best])
    return np.array(ids, np.int32), np.array(weights, np.float32)


@pytest.fixture(scope="session")
def flat_face() -> HeadTopology:
    return sheet()


def cross(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """[n] twice the area between vectors [n, 2]."""
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
