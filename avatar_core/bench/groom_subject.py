"""Hair to groom: strands out of a ball, combed backwards and down, as many as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.frame import AvatarFrame
from avatar_core.gaussians import GaussianCloud, sh_from_colours
from avatar_core.geometry import matrix_from_axis_angle, quat_from_matrix
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64

RADIUS_M = 0.09
_NODES = 25
_STEP_M = 0.006
_LOCKS = 60
_ROWS, _COLUMNS = 100, 200
_FALL = np.array([0.0, -0.3, -0.1])


class GroomSubject(NamedTuple):
    """A ball for a head, its hair, and a frame in which both have moved.

    Args:
        hair: [N] around the resting head, in no order.
        vertices: [V, 3] metres.
        faces: [F, 3].
        scalp: [S, 3] vertices that carry hair.
        normals: [S, 3] of these.
        frame: of the hair turned and stirred, as networks deform it: with every array.
    """

    hair: GaussianCloud
    vertices: Float32
    faces: Int32
    scalp: Float32
    normals: Float32
    frame: AvatarFrame


def groom_subject(count: int, seed: int = 0) -> GroomSubject:
    """Hair of about so many Gaussians, in 25 per strand; the same each time."""
    rng = np.random.default_rng(seed)
    vertices, faces = _ball()
    curves, locks = _strands(max(count // _NODES, 1), rng)
    hair = _gaussians(curves, locks, rng)
    scalp = vertices[vertices[:, 1] > 0]
    turn = matrix_from_axis_angle(np.array([0.1, 0.3, 0.05], np.float32))
    stirred = hair.means + 0.001 * np.sin(40 * hair.means[:, ::-1])
    frame = AvatarFrame(
        motion=MotionFrame(),
        vertices=vertices @ turn.T,
        hair_means=(stirred @ turn.T).astype(np.float32),
        hair_quats=hair.quats,
        hair_turn=turn,
        hair_scales=hair.scales,
        hair_opacities=hair.opacities,
        hair_constants=hair.sh[:, 0].copy(),
    )
    return GroomSubject(hair, vertices, faces, scalp, scalp / np.float32(RADIUS_M), frame)


def _strands(count: int, rng: np.random.Generator) -> tuple[Float64, Int32]:
    """[n, K, 3] from the ball outwards, then down, never into it; and the lock [n] of each."""
    middles = rng.normal(size=(_LOCKS, 3))
    middles[:, 1] = np.abs(middles[:, 1]) + 0.2
    locks = rng.integers(0, _LOCKS, count).astype(np.int32)
    roots = _unit(_unit(middles)[locks] + 0.18 * rng.normal(size=(count, 3)))
    point, direction = (RADIUS_M + 0.001) * roots, roots
    points = []
    for _ in range(_NODES):
        points.append(point)
        outwards = _unit(point)
        height = np.linalg.norm(point, axis=1, keepdims=True) - RADIUS_M
        direction = direction + _FALL
        inwards = np.minimum((direction * outwards).sum(axis=1, keepdims=True), 0)
        direction = _unit(direction - np.where(height < 0.015, inwards, 0) * outwards)
        point = point + _STEP_M * direction
        point = _unit(point) * np.maximum(
            np.linalg.norm(point, axis=1, keepdims=True), RADIUS_M + 0.001
        )
    return np.stack(points, axis=1), locks


def _gaussians(curves: Float64, locks: Int32, rng: np.random.Generator) -> GaussianCloud:
    """One Gaussian for each node, in the colour of its lock, shuffled."""
    count = len(curves) * _NODES
    order = rng.permutation(count)
    tangents = _unit(np.gradient(curves, axis=1).reshape(-1, 3))
    colours = rng.uniform(0.1, 0.9, (_LOCKS, 3)).astype(np.float32)[np.repeat(locks, _NODES)]
    sh = sh_from_colours(colours, 16)
    sh[:, 1:] = 0.03 * rng.standard_normal((count, 15, 3), np.float32)
    return GaussianCloud(
        means=curves.reshape(-1, 3).astype(np.float32),
        quats=_along(tangents),
        scales=np.tile(np.array([0.004, 0.0007, 0.0007], np.float32), (count, 1)),
        opacities=np.full(count, 0.8, np.float32),
        sh=sh,
        flags=np.zeros(count, np.uint8),
    ).subset(order)


def _along(tangents: Float64) -> Float32:
    """[N, 4] turns of the x axis onto unit tangents."""
    helper = np.where(np.abs(tangents[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    second = _unit(np.cross(helper, tangents))
    axes = np.stack([tangents, second, np.cross(tangents, second)], axis=-1)
    return quat_from_matrix(axes.astype(np.float32))


def _ball() -> tuple[Float32, Int32]:
    """Vertices of a ball, row by row from the top, and its faces."""
    polar, around = np.meshgrid(
        np.linspace(0.01, np.pi - 0.01, _ROWS),
        np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False),
        indexing="ij",
    )
    level = np.sin(polar)
    vertices = np.stack([level * np.sin(around), np.cos(polar), level * np.cos(around)], axis=-1)
    row, column = np.meshgrid(np.arange(_ROWS - 1), np.arange(_COLUMNS), indexing="ij")
    here, beside = row * _COLUMNS + column, row * _COLUMNS + (column + 1) % _COLUMNS
    below, across = here + _COLUMNS, beside + _COLUMNS
    faces = np.stack([here, below, beside, beside, below, across], axis=-1).reshape(-1, 3)
    return (RADIUS_M * vertices.reshape(-1, 3)).astype(np.float32), faces.astype(np.int32)


def _unit(vectors: Float64) -> Float64:
    unit: Float64 = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit
