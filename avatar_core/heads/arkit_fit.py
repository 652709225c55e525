"""ARKit units for a FLAME head, learned from a head that has them.

FLAME's expressions are principal components without names. Both heads carry the same 68 landmarks,
so each unit becomes the expression (and, for the jaw, the turn) that moves FLAME's landmarks as the
unit moves the other head's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, rigid_fit
from avatar_core.heads.base import HeadParameters
from avatar_core.heads.landmarks import landmark_positions

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads.blendshape import BlendshapeHead
    from avatar_core.heads.flame import FlameHead

_JAW = 2
_JAW_STEP_RAD = 0.05
_TOLERANCE_M = 1e-3
_USUAL_EXPRESSION = 1.0
_USUAL_JAW_RAD = 0.2
_JAW_UNITS = ("jawOpen", "jawLeft", "jawRight", "jawForward")


def with_arkit_maps(
    head: FlameHead, teacher: BlendshapeHead, unit_names: tuple[str, ...]
) -> FlameHead:
    """The head with linear maps from ARKit weights to expression, jaw and eyes.

    Ridge regression: a millimetre of error at a landmark weighs as much as one standard deviation
    of expression or 0.2 radians of jaw. Only the units named after the jaw may turn it.

    Args:
        head: a FLAME head with landmarks.
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
    wanted = _unit_movements(head, teacher, unit_names).reshape(len(unit_names), -1)
    expression = _expression_movements(head)
    jaw = _jaw_movements(head)
    basis = np.concatenate([expression * _USUAL_EXPRESSION, jaw * _USUAL_JAW_RAD], 1)
    turns = np.array([name in _JAW_UNITS for name in unit_names])
    both = np.zeros((len(unit_names), basis.shape[1]))
    both[turns] = _ridge(basis, wanted[turns])
    both[~turns, : expression.shape[1]] = _ridge(basis[:, : expression.shape[1]], wanted[~turns])
    own = expression.shape[1]
    eyes = {name: k for k, name in enumerate(teacher.expression_names)}
    look = np.zeros((len(unit_names), 2, 3), np.float32)
    for row, name in enumerate(unit_names):
        if name in eyes:
            look[row] = teacher.eye_look_axis_angle[eyes[name]]
    return replace(
        head,
        arkit_to_expression=(both[:, :own] * _USUAL_EXPRESSION).astype(np.float32),
        arkit_to_jaw=(both[:, own:] * _USUAL_JAW_RAD).astype(np.float32),
        arkit_to_eyes=look,
    )


def _unit_movements(
    head: FlameHead, teacher: BlendshapeHead, unit_names: tuple[str, ...]
) -> Float64:
    """[K, L, 3] how far each unit moves the landmarks, in the size and axes of `head`."""
    still = _landmarks(teacher, np.zeros(len(teacher.expression_names), np.float32))
    here = _landmarks(head, np.zeros(len(head.expression_names), np.float32))
    size = np.linalg.norm(here - here.mean(0)) / np.linalg.norm(still - still.mean(0))
    turn, _ = rigid_fit(still.astype(np.float32), here.astype(np.float32))
    movements = np.zeros((len(unit_names), *here.shape))
    for row, name in enumerate(unit_names):
        if name in teacher.expression_names:
            weights = np.zeros(len(teacher.expression_names), np.float32)
            weights[teacher.expression_names.index(name)] = 1.0
            movements[row] = size * (_landmarks(teacher, weights) - still) @ turn.T
    return movements


def _landmarks(head: FlameHead | BlendshapeHead, expression: Float32) -> Float64:
    joints = np.zeros((len(head.joint_names), 3), np.float32)
    vertices = head.pose(HeadParameters(expression, joints))
    return landmark_positions(head.topology, vertices).astype(np.float64)


def _expression_movements(head: FlameHead) -> Float64:
    """[3 L, E] landmarks per coefficient; without a pose FLAME is linear in them."""
    corners = head.mesh.faces[head.landmark_face_ids]
    directions = head.mesh.expression_directions[corners].astype(np.float64)
    moved: Float64 = np.einsum("lk,lkce->lce", head.landmark_barycentric, directions)
    return moved.reshape(-1, directions.shape[-1])


def _jaw_movements(head: FlameHead) -> Float64:
    """[3 L, 3] landmarks per radian about each axis, by central differences."""
    columns = []
    for axis in range(3):
        ends = []
        for sign in (-1, 1):
            joints = np.zeros((5, 3), np.float32)
            joints[_JAW, axis] = sign * _JAW_STEP_RAD
            still = np.zeros(len(head.expression_names), np.float32)
            vertices = head.pose(HeadParameters(still, joints))
            ends.append(landmark_positions(head.topology, vertices).astype(np.float64))
        columns.append((ends[1] - ends[0]).ravel() / (2 * _JAW_STEP_RAD))
    return np.stack(columns, 1)


def _ridge(basis: Float64, wanted: Float64) -> Float64:
    """[K, B] coefficients of each row of `wanted` [K, 3 L] in `basis` [3 L, B]."""
    normal = basis.T @ basis + _TOLERANCE_M**2 * np.eye(basis.shape[1])
    solution = np.linalg.solve(normal, basis.T @ wanted.T).T
    return np.asarray(solution, np.float64)
