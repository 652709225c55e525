"""ARKit units for a FLAME head, learned from a head that has them.

FLAME's expressions are principal components without names. Both heads carry the same landmarks,
which also say what skin of one is what skin of the other; so each unit becomes the expression (and,
for the jaw, the turn) that moves FLAME's landmarks and skin as the unit moves the other head's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry.topology import vertex_normals
from avatar_core.heads.base import HeadParameters, neutral_parameters
from avatar_core.heads.face_warp import FaceWarp, Neighbours, neighbours
from avatar_core.heads.flame_points import FlamePoints
from avatar_core.heads.landmarks import landmark_positions

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads.blendshape import BlendshapeHead
    from avatar_core.heads.flame import FlameHead

_TOLERANCE_M = 1e-3
_USUAL_EXPRESSION = 1.0
_USUAL_JAW_RAD = 0.2
_JAW_UNITS = ("jawOpen", "jawLeft", "jawRight", "jawForward")
_JAW_STEPS = 4

_MOST_SKIN_POINTS = 800
_SKIN_SHARE = 1.0
"""How much all skin weighs against all landmarks."""

_LEAST_MOVED_M = 0.0005
_SEAMS = (*range(36, 48), *range(60, 68))
"""Landmarks at which two skins meet, those of the lids and of the inner lips."""

_SEAM_M = 0.003
_SKIN_PARTS = ("skin", "lips")
_NO_SKIN = ("eyeball", "teeth", "tongue", "gums", "mouth_inside", "garment")


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """Points of the FLAME head, how much each counts [P], and how far units move them [K, P, 3]."""

    points: FlamePoints
    weights: Float64
    wanted: Float64


def with_arkit_maps(
    head: FlameHead, teacher: BlendshapeHead, unit_names: tuple[str, ...]
) -> FlameHead:
    """The head with linear maps from ARKit weights to expression, jaw and eyes.

    Ridge regression: a millimetre of error at a landmark weighs as much as one standard deviation
    of expression or 0.2 radians of jaw. Only the units named after the jaw may turn it; for these
    the map is exact at weight 1, where the jaw is at the end of its arc.

    Args:
        head: a FLAME head with landmarks, in whose identity the units are learned.
        teacher: a head with the same landmarks and named units.
        unit_names: [K] ARKit names in the order in which weights will come; a unit that the
            teacher does not know does nothing.

    Raises:
        ShapeError: the heads have not the same number of landmarks, or fewer than three.
    """
    count = len(head.landmark_face_ids)
    if count < 3 or count != len(teacher.topology.landmark_face_ids):
        raise ShapeError(
            f"landmarks: {count} here, {len(teacher.topology.landmark_face_ids)} there"
        )
    lesson = _lesson(head, teacher, unit_names)
    turns_jaw = np.array([name in _JAW_UNITS for name in unit_names])
    expression = np.zeros((len(unit_names), lesson.points.expressions))
    jaw = np.zeros((len(unit_names), 3))
    still = neutral_parameters(head)
    expression[~turns_jaw] = _linear(lesson, still, lesson.wanted[~turns_jaw])
    for row in np.flatnonzero(turns_jaw):
        expression[row], jaw[row] = _with_jaw(lesson, still, lesson.wanted[row])
    look = np.zeros((len(unit_names), 2, 3), np.float32)
    for unit, name in enumerate(unit_names):
        if name in teacher.expression_names:
            look[unit] = teacher.eye_look_axis_angle[teacher.expression_names.index(name)]
    return replace(
        head,
        arkit_to_expression=expression.astype(np.float32),
        arkit_to_jaw=jaw.astype(np.float32),
        arkit_to_eyes=look,
    )


def _lesson(head: FlameHead, teacher: BlendshapeHead, unit_names: tuple[str, ...]) -> _Lesson:
    vertices = head.pose(neutral_parameters(head))
    here = landmark_positions(head.topology, vertices)
    there = landmark_positions(teacher.topology, teacher.vertices)
    warp = FaceWarp(there, here)
    skin, beside = _common_skin(head, teacher, vertices, warp)
    landmarks = Neighbours(
        np.arange(len(here), dtype=np.int32),
        teacher.topology.faces[teacher.topology.landmark_face_ids],
        teacher.topology.landmark_barycentric,
    )
    deltas = _deltas(teacher, unit_names)
    wanted = [_movements(warp, teacher, deltas, places) for places in (landmarks, beside)]
    share = _SKIN_SHARE * len(here) / max(len(skin), 1)
    points = FlamePoints.landmarks(head)
    if len(skin):
        points = points.followed_by(FlamePoints.on_vertices(head, skin))
    weights = np.concatenate([np.ones(len(here)), np.full(len(skin), min(share, 1.0))])
    return _Lesson(points, weights, np.concatenate(wanted, axis=1))


def _movements(
    warp: FaceWarp, teacher: BlendshapeHead, deltas: Float32, places: Neighbours
) -> Float64:
    """[K, P, 3] how far units move places of the teacher, as seen on the other face."""
    return warp.moved(places.between(teacher.vertices), places.between(deltas))


def _deltas(teacher: BlendshapeHead, unit_names: tuple[str, ...]) -> Float32:
    """[K, V, 3] what each unit adds to the teacher's vertices."""
    deltas = np.zeros((len(unit_names), *teacher.vertices.shape), np.float32)
    for row, name in enumerate(unit_names):
        if name in teacher.expression_names:
            own = teacher.expression_deltas[teacher.expression_names.index(name)]
            deltas[row, teacher.expression_vertex_ids] = own
    return deltas


def _common_skin(
    head: FlameHead, teacher: BlendshapeHead, vertices: Float32, warp: FaceWarp
) -> tuple[Int32, Neighbours]:
    """Vertices of the FLAME head whose skin the teacher has too, and where it has it."""
    chosen = _moving_skin(head)
    if len(warp.target) == 68:  # numbered as iBUG's, so it is known where skins meet
        seams = warp.target[list(_SEAMS)]
        apart = np.linalg.norm(vertices[chosen][:, None] - seams[None], axis=2).min(1)
        chosen = chosen[apart > _SEAM_M]
    chosen = chosen[:: max(1, -(-len(chosen) // _MOST_SKIN_POINTS))]
    normals = vertex_normals(vertices, head.mesh.faces)[chosen]
    carried = warp.carried(teacher.vertices).astype(np.float32)
    found = neighbours(vertices[chosen], normals, carried, _skin_faces(teacher))
    return chosen[found.rows], found


def _moving_skin(head: FlameHead) -> Int32:
    """Vertices of skin that expressions or the jaw move."""
    mesh = head.mesh
    moves = np.linalg.norm(mesh.expression_directions, axis=(1, 2)) > _LEAST_MOVED_M
    moves |= mesh.skin_weights[:, 2] > 0
    for name, ids in mesh.parts.items():
        if any(part in name for part in _NO_SKIN):
            moves[ids] = False
    used = np.zeros(len(moves), bool)
    used[mesh.faces] = True
    return np.flatnonzero(moves & used).astype(np.int32)


def _skin_faces(teacher: BlendshapeHead) -> Int32:
    topology = teacher.topology
    wanted = [i for i, name in enumerate(topology.part_names) if name in _SKIN_PARTS]
    return topology.faces[np.isin(topology.face_part, wanted)]


def _linear(lesson: _Lesson, still: HeadParameters, wanted: Float64) -> Float64:
    """Expressions [K, E] that move the points by [K, P, 3]; without a turn FLAME is linear."""
    columns = lesson.points.derivatives(still)[1][..., : lesson.points.expressions]
    basis = columns.reshape(-1, lesson.points.expressions) * _USUAL_EXPRESSION
    solved = _ridge(basis, np.repeat(lesson.weights, 3), wanted.reshape(len(wanted), -1))
    return solved * _USUAL_EXPRESSION


def _with_jaw(lesson: _Lesson, still: HeadParameters, wanted: Float64) -> tuple[Float64, Float64]:
    """Expression [E] and turn of the jaw [3] that move the points by [P, 3], by Gauss-Newton."""
    count = lesson.points.expressions
    free = [*range(count), *range(count + 6, count + 9)]
    usual = np.array([_USUAL_EXPRESSION] * count + [_USUAL_JAW_RAD] * 3)
    target = lesson.points.places(still) + wanted
    values = np.zeros(count + 3)
    for _ in range(_JAW_STEPS):
        joints = np.zeros((5, 3), np.float32)
        joints[2] = values[count:]
        pose = HeadParameters(values[:count].astype(np.float32), joints)
        places, columns = lesson.points.derivatives(pose)
        basis = columns[..., free].reshape(-1, count + 3)
        left = (target - places).reshape(-1) + basis @ values
        weights = np.repeat(lesson.weights, 3)
        values = _ridge(basis * usual, weights, left[None])[0] * usual
    return values[:count], values[count:]


def _ridge(basis: Float64, weights: Float64, wanted: Float64) -> Float64:
    """[K, B] coefficients of each row of `wanted` [K, n] in `basis` [n, B], rows weighed [n]."""
    weighted = weights[:, None] * basis
    normal = weighted.T @ basis + _TOLERANCE_M**2 * np.eye(basis.shape[1])
    solution = np.linalg.solve(normal, weighted.T @ wanted.T).T
    return np.asarray(solution, np.float64)
