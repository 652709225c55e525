"""The open head in FLAME's layout: what drives FLAME is tried here without the licensed file.

Five joints, expressions without names, a regressor for the joints, linear blend skinning. Of the
units, what turns the jaw becomes its joint, what turns the eyes becomes theirs, and the rest
becomes principal components. Since it is known which unit became what, the head comes with exact
maps from ARKit's units, against which learned ones can be held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, Int32, matrix_from_axis_angle, rigid_fit
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.heads.flame import JOINT_NAMES, PARENTS, FlameHead
from avatar_core.heads.flame_topology import FlameMesh, split_at_seams

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads.base import HeadTopology
    from avatar_core.heads.blendshape import BlendshapeHead

COMPONENTS = 50
"""Expressions that are kept unless told otherwise: a tenth of a millimetre is lost."""

_NECK, _JAW = 1, 2
_USUAL_WEIGHT = 0.25
"""How far units usually are from rest; makes a coefficient of 1 a usual expression, as FLAME's."""

_OPENS = "jawOpen"
_TURNS_JAW = (_OPENS, "jawLeft", "jawRight")
_JAW_BONE = "teeth_lower"
_LEAST_SHARE_M = 0.002
"""A jaw that would carry a vertex less far than this cannot tell how much it carries it."""

_EYEBALLS = {"eye_left": "left_eyeball", "eye_right": "right_eyeball"}


@dataclass(frozen=True, slots=True, eq=False)
class _Jaw:
    """Where the jaw turns, how far each unit turns it ([52, 3] axis-angle), whom it carries [V]."""

    joint: Float64
    turns: Float64
    shares: Float64


def in_flame_layout(
    head: BlendshapeHead, unit_names: tuple[str, ...], components: int = COMPONENTS
) -> FlameHead:
    """The same head as FLAME would describe it.

    Args:
        head: an open head with the joints root, neck, jaw, left_eye and right_eye in this order, a
            unit jawOpen, and a part teeth_lower, which tells how that unit turns the jaw.
        unit_names: [52] ARKit's names in the order in which weights will come; a unit that the
            head does not know does nothing.
        components: most principal components to keep of the expressions.

    Returns:
        A head with the same vertices, faces and landmarks, whose maps from ARKit's units show what
        `head` shows: a unit at weight 1 to what the left out components hold; between 0 and 1
        chins move on an arc instead of a line.

    Raises:
        ShapeError: the head has other joints, no jawOpen, or a jaw that it does not turn.

    Source:
        Li et al. 2017, Learning a model of facial shape and expression from 4D scans, section 3.
    """
    if head.joint_names != JOINT_NAMES or not np.array_equal(head.parents, PARENTS):
        raise ShapeError(f"joints: expected {', '.join(JOINT_NAMES)}, each where FLAME has it")
    deltas, look = _units(head, unit_names)
    jaw = _jaw_of(head, unit_names, deltas)
    weights = _skin_weights(head, jaw.shares)
    rest = _without_jaw(head, deltas, jaw, weights)
    directions, coefficients = _components(rest, components)
    moving = np.flatnonzero(np.any(directions != 0, axis=(1, 2)))
    mesh = FlameMesh(
        template=head.vertices,
        shape_directions=np.ascontiguousarray(np.moveaxis(head.shape_deltas, 0, -1)),
        expression_directions=directions,
        pose_directions=np.zeros((len(head.vertices), 3, 36), np.float32),
        joint_regressor=_joint_regressor(head, jaw.joint, moving.astype(np.int32)),
        skin_weights=weights.astype(np.float32),
        faces=head.topology.faces,
        uv=head.topology.uv,
        uv_faces=head.topology.uv_faces,
        parts=_parts(head.topology),
    )
    return FlameHead(
        mesh,
        split_at_seams(mesh),
        np.zeros(len(head.shape_names), np.float32),
        head.topology.landmark_face_ids,
        head.topology.landmark_barycentric,
        arkit_to_expression=coefficients,
        arkit_to_jaw=jaw.turns.astype(np.float32),
        arkit_to_eyes=look,
    )


def _units(head: BlendshapeHead, names: tuple[str, ...]) -> tuple[Float64, Float32]:
    """[K, V, 3] what each unit adds, and [K, 2, 3] how far it turns the eyes."""
    deltas = np.zeros((len(names), *head.vertices.shape))
    look = np.zeros((len(names), 2, 3), np.float32)
    own = {name: row for row, name in enumerate(head.expression_names)}
    for row, name in enumerate(names):
        if name in own:
            deltas[row, head.expression_vertex_ids] = head.expression_deltas[own[name]]
            look[row] = head.eye_look_axis_angle[own[name]]
    return deltas, look


def _jaw_of(head: BlendshapeHead, names: tuple[str, ...], deltas: Float64) -> _Jaw:
    topology = head.topology
    if _OPENS not in names or _JAW_BONE not in topology.part_names:
        raise ShapeError(f"head: expected a unit {_OPENS} and a part {_JAW_BONE}")
    bone = np.unique(topology.faces[topology.face_part == topology.part_names.index(_JAW_BONE)])
    still = head.vertices[bone].astype(np.float64)
    opens = deltas[names.index(_OPENS)]
    turn, shift = rigid_fit(still, still + opens[bone])
    # The axis of the turn is where it moves nothing; along the axis the given joint will do.
    away = np.eye(3) - turn
    given = head.joints[_JAW].astype(np.float64)
    joint = given + np.linalg.lstsq(away, shift - away @ given, rcond=1e-3)[0]
    turns = np.zeros((len(deltas), 3))
    for row, name in enumerate(names):
        if name in _TURNS_JAW:
            turns[row] = _turn_about(joint, still, still + deltas[row, bone])
    carried = (turn - np.eye(3)) @ (head.vertices - joint).T
    reach = (carried**2).sum(0)
    if reach[bone].max(initial=0) < _LEAST_SHARE_M**2:
        raise ShapeError(f"{_OPENS}: does not turn the part {_JAW_BONE}")
    share = (opens.T * carried).sum(0) / np.maximum(reach, _LEAST_SHARE_M**2)
    return _Jaw(joint, turns, np.clip(share, 0, 1))


def _turn_about(joint: Float64, before: Float64, after: Float64) -> Float32:
    """Axis-angle [3] of the turn about a place that best carries points [n, 3] to others."""
    u, _, vt = np.linalg.svd((after - joint).T @ (before - joint))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    return axis_angle_from_matrix(((u * signs) @ vt).astype(np.float32))


def _skin_weights(head: BlendshapeHead, shares: Float64) -> Float64:
    """[V, 5] the head's, where the jaw takes its share of what the neck carries."""
    weights = head.skin_weights.astype(np.float64)
    both = weights[:, _NECK] + weights[:, _JAW]
    weights[:, _NECK], weights[:, _JAW] = (1 - shares) * both, shares * both
    return weights


def _without_jaw(head: BlendshapeHead, deltas: Float64, jaw: _Jaw, weights: Float64) -> Float64:
    """[K, V, 3] what to add before skinning, so that unit and jaw together move as before."""
    left = deltas.copy()
    for row in np.flatnonzero(np.any(jaw.turns != 0, axis=1)):
        turn = matrix_from_axis_angle(jaw.turns[row].astype(np.float32)).astype(np.float64)
        share = weights[:, _JAW, None, None]
        blended = (1 - share) * np.eye(3) + share * turn
        shift = weights[:, _JAW, None] * (jaw.joint - turn @ jaw.joint)
        wanted = head.vertices + deltas[row] - shift
        carried = weights[:, _JAW] > 0
        before = np.linalg.solve(blended[carried], wanted[carried, :, None])[:, :, 0]
        left[row, carried] = before - head.vertices[carried]
    return left


def _components(deltas: Float64, count: int) -> tuple[Float32, Float32]:
    """Directions [V, 3, E] and the coefficients [K, E] that make each unit of them."""
    flat = deltas.reshape(len(deltas), -1)
    lengths, units = np.linalg.eigh(flat @ flat.T)
    lengths, units = lengths[::-1], units[:, ::-1]
    kept = min(count, int((lengths > 1e-9 * max(lengths[0], 1e-30)).sum()))
    # units' * deltas = singular values * right vectors: a component at its usual size.
    directions = _USUAL_WEIGHT * (units[:, :kept].T @ flat).reshape(kept, -1, 3)
    moved = np.ascontiguousarray(np.moveaxis(directions, 0, -1), np.float32)
    return moved, (units[:, :kept] / _USUAL_WEIGHT).astype(np.float32)


def _joint_regressor(head: BlendshapeHead, jaw: Float64, moving: Int32) -> Float32:
    """[5, V] the smallest weights that give the joints of every identity, whatever the face does.

    Only vertices count that no expression moves, where there are enough of them.
    """
    joints = head.joints.astype(np.float64)
    joints[_JAW] = jaw
    count, shapes = len(head.vertices), len(head.shape_names)
    still = np.setdiff1d(np.arange(count), moving)
    used = still if len(still) >= 4 + 3 * shapes else np.arange(count)
    kept = np.concatenate([head.vertices[None, used], head.shape_deltas[:, used]])
    wanted = np.concatenate([joints[None], head.joint_shape_deltas])
    conditions = np.concatenate([np.ones((1, len(used))), _rows(kept)])
    results = np.concatenate([np.ones((1, 5)), _rows(wanted)])
    regressor = np.zeros((5, count))
    regressor[:, used] = np.linalg.lstsq(conditions, results, rcond=1e-12)[0].T
    return regressor.astype(np.float32)


def _rows(places: Float64 | Float32) -> Float64:
    """[3 S, n] coordinates of places [S, n, 3]."""
    return np.moveaxis(places, -1, 1).reshape(-1, places.shape[1]).astype(np.float64)


def _parts(topology: HeadTopology) -> dict[str, Int32]:
    """Vertex ids by FLAME's part names; what is skin has none."""
    parts = {
        _EYEBALLS.get(name, name): np.unique(topology.faces[topology.face_part == part])
        for part, name in enumerate(topology.part_names)
        if name not in ("skin", "scalp")
    }
    return {"scalp": topology.scalp_vertex_ids, **parts}
