"""Hair whose strands are known: thirty locks on a ball, combed backwards and down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud, sh_from_colours
from avatar_core.geometry import quat_from_matrix
from avatar_core.geometry.topology import vertex_normals
from avatar_core.hair.strands import Strands

RADIUS_M = 0.09
LOCKS, STRANDS_OF_LOCK, NODES = 30, 5, 24
STEP_M = 0.004
"""Between Gaussians of a strand."""


@dataclass(frozen=True, eq=False)
class KnownHair:
    """A ball for a head, and hair of which every strand is known.

    cloud [N] in the order strand by strand, the root first; lock [N], strand [N] and order [N] of
    each Gaussian; vertices [V, 3], faces [F, 3] and normals [V, 3] of the ball; scalp_ids [S], its
    upper half.
    """

    cloud: GaussianCloud
    lock: np.ndarray
    strand: np.ndarray
    order: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    scalp_ids: np.ndarray

    @property
    def scalp(self) -> np.ndarray:
        return self.vertices[self.scalp_ids]

    @property
    def scalp_normals(self) -> np.ndarray:
        return self.normals[self.scalp_ids]

    def lengths_m(self, means: np.ndarray) -> np.ndarray:
        """[strands] the length of each along its Gaussians, which lie at `means` [N, 3]."""
        curves = means[: len(self.strand)].reshape(-1, NODES, 3)
        return np.linalg.norm(np.diff(curves, axis=1), axis=2).sum(axis=1)

    def heights_m(self, means: np.ndarray) -> np.ndarray:
        """[n] exact distances from the ball, negative inside."""
        return np.linalg.norm(means, axis=1) - RADIUS_M


@pytest.fixture(scope="session")
def known_hair() -> KnownHair:
    return make_known_hair()


@pytest.fixture(scope="session")
def known_strands(known_hair: KnownHair) -> Strands:
    """The true strands, one guide each."""
    hair = known_hair
    guides = hair.cloud.means.reshape(-1, NODES, 3).copy()
    count = len(hair.cloud)
    shares = np.zeros((count, 4), np.float32)
    shares[:, 0] = 1
    ids = np.zeros((count, 4), np.int32)
    ids[:, 0] = hair.strand
    places = np.zeros((count, 4), np.float32)
    places[:, 0] = hair.order
    tangents = np.gradient(guides, axis=1).reshape(-1, 3)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    distances = np.linalg.norm(hair.cloud.means[:, None] - hair.cloud.means[None], axis=2)
    neighbours = np.argsort(distances, axis=1)[:, 1:13].astype(np.int32)
    return Strands(
        guides=guides,
        guide_ids=ids,
        places=places,
        shares=shares,
        depths_m=(hair.order * STEP_M).astype(np.float32),
        progress=(hair.order / (NODES - 1)).astype(np.float32),
        tangents=tangents.astype(np.float32),
        neighbours=neighbours,
        node_rows=np.arange(count, dtype=np.int32).reshape(-1, NODES, 1),
    )


def make_known_hair(seed: int = 3) -> KnownHair:
    """Locks of strands that grow out of a ball, bend over and hang behind it."""
    rng = np.random.default_rng(seed)
    vertices, faces = _ball()
    curves, locks = [], []
    for lock in range(LOCKS):
        angle, height = 2.4 * lock, 0.15 + 0.8 * (lock + 0.5) / LOCKS
        level = np.sqrt(1 - height * height)
        middle = np.array([level * np.sin(angle), height, level * np.cos(angle)])
        for _ in range(STRANDS_OF_LOCK):
            root = middle + 0.04 * rng.normal(size=3)
            root /= np.linalg.norm(root)
            curves.append(_strand(root))
            locks.append(lock)
    means = np.concatenate(curves)
    tangents = np.gradient(np.stack(curves), axis=1).reshape(-1, 3)
    count = len(means)
    colours = np.repeat(rng.uniform(0.1, 0.9, (LOCKS, 3)), STRANDS_OF_LOCK * NODES, axis=0)
    strand = np.repeat(np.arange(len(curves)), NODES)
    sh = sh_from_colours(colours.astype(np.float32), 4)
    sh[:, 1:] = 0.05 * rng.normal(size=(count, 3, 3))
    cloud = GaussianCloud(
        means=means.astype(np.float32),
        quats=_along(tangents),
        scales=np.tile(np.array([0.003, 0.0008, 0.0008], np.float32), (count, 1)),
        opacities=np.full(count, 0.8, np.float32),
        sh=sh.astype(np.float32),
        flags=np.zeros(count, np.uint8),
    )
    upper = np.flatnonzero(vertices[:, 1] > 0).astype(np.int32)
    return KnownHair(
        cloud,
        np.repeat(np.array(locks), NODES),
        strand,
        np.tile(np.arange(NODES), len(curves)),
        vertices,
        faces,
        vertex_normals(vertices, faces),
        upper,
    )


def _strand(root: np.ndarray) -> np.ndarray:
    """[NODES, 3] from the ball outwards, then down, never into it."""
    point, points = root * (RADIUS_M + 0.002), []
    direction = root.copy()
    for _ in range(NODES):
        points.append(point.copy())
        direction = direction + np.array([0.0, -0.35, -0.08])
        outwards = point / np.linalg.norm(point)
        if np.linalg.norm(point) < RADIUS_M + 0.006:
            direction = direction - min(direction @ outwards, 0.0) * outwards
        direction /= np.linalg.norm(direction)
        point = point + STEP_M * direction
        distance = np.linalg.norm(point)
        if distance < RADIUS_M + 0.002:
            point *= (RADIUS_M + 0.002) / distance
    return np.stack(points)


def _along(tangents: np.ndarray) -> np.ndarray:
    """[N, 4] turns of the x axis onto unit tangents."""
    first = tangents / np.linalg.norm(tangents, axis=1, keepdims=True)
    helper = np.where(np.abs(first[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    second = np.cross(helper, first)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    return quat_from_matrix(np.stack([first, second, np.cross(first, second)], -1))


def _ball(rows: int = 24, columns: int = 48) -> tuple[np.ndarray, np.ndarray]:
    polar = np.linspace(0, np.pi, rows + 1)[1:-1]
    around = np.arange(columns) * 2 * np.pi / columns
    rings = np.stack(
        [
            np.sin(polar)[:, None] * np.sin(around),
            np.broadcast_to(np.cos(polar)[:, None], (rows - 1, columns)),
            np.sin(polar)[:, None] * np.cos(around),
        ],
        -1,
    ).reshape(-1, 3)
    poles = np.array([[0, 1.0, 0], [0, -1.0, 0]])
    vertices = RADIUS_M * np.concatenate([rings, poles]).astype(np.float32)
    top, bottom = len(rings), len(rings) + 1
    faces = []
    for column in range(columns):
        following = (column + 1) % columns
        faces.append([top, column, following])
        for row in range(rows - 2):
            a, b = row * columns + column, row * columns + following
            faces += [[a, a + columns, b], [b, a + columns, b + columns]]
        last = (rows - 2) * columns
        faces.append([bottom, last + following, last + column])
    return vertices.astype(np.float32), np.array(faces, np.int32)
