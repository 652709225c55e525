"""Points that ride on a FLAME head, and how they move with each of its parameters.

Skinning is linear in the rest position and in its products with the skinning weights, so the three
corners that carry a point are summed up beforehand, one sum a joint. A pose then costs one small
matrix product for all points, and so do the derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.heads.flame import PARENTS

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads.base import HeadParameters
    from avatar_core.heads.flame import FlameHead

    Moved: TypeAlias = tuple[Float64, Float64]

_JOINTS = 5
_TURNS = 3 * _JOINTS
_CORRECTIVES = 36
_TINY_RAD = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class FlamePoints:
    """Points on a head of one identity.

    Args:
        weights: [P, 5] how far each joint carries a point.
        moments: [15, P, 1 + E + 36] sums over a point's corners of barycentric weight times
            skinning weight times (rest position, expression directions, pose correctives); rows
            are the coordinates of joint 0, joint 1 and so on.
        joints: [5, 3, 1 + E] places of the joints, and how each expression moves them.
        is_corrected: whether there are pose correctives at all.
    """

    weights: Float64
    moments: Float64
    joints: Float64
    is_corrected: bool

    @classmethod
    def on_faces(cls, head: FlameHead, faces: Int32, barycentric: Float32) -> FlamePoints:
        """Points on triangles.

        Args:
            head: whose identity is taken as well.
            faces: [P] triangles of its mesh.
            barycentric: [P, 3] places on them.
        """
        expect_shapes(faces=(faces, "P"), barycentric=(barycentric, "P 3"))
        mesh = head.mesh
        corners = mesh.faces[faces]
        own = mesh.template + mesh.shape_directions @ head.shape
        rest = np.concatenate(
            [
                own[corners][..., None],
                mesh.expression_directions[corners],
                mesh.pose_directions[corners],
            ],
            axis=-1,
        ).astype(np.float64)
        carried = barycentric[:, :, None] * mesh.skin_weights[corners].astype(np.float64)
        moments = np.einsum("pcj,pcxk->jxpk", carried, rest)
        directions = np.concatenate([own[..., None], mesh.expression_directions], axis=-1)
        return cls(
            carried.sum(1),
            np.ascontiguousarray(moments).reshape(_TURNS, len(faces), rest.shape[-1]),
            np.tensordot(mesh.joint_regressor, directions, axes=1).astype(np.float64),
            bool(np.any(mesh.pose_directions)),
        )

    @classmethod
    def on_vertices(cls, head: FlameHead, vertices: Int32) -> FlamePoints:
        """Points [P] that are vertices of the mesh, each of which belongs to a triangle."""
        corners = head.mesh.faces.ravel()
        order = np.argsort(corners, kind="stable")
        first = order[np.searchsorted(corners[order], vertices)]
        faces, corner = np.divmod(first, 3)
        return cls.on_faces(head, faces.astype(np.int32), np.eye(3, dtype=np.float32)[corner])

    @classmethod
    def landmarks(cls, head: FlameHead) -> FlamePoints:
        """The head's landmarks [L]."""
        return cls.on_faces(head, head.landmark_face_ids, head.landmark_barycentric)

    def followed_by(self, others: FlamePoints) -> FlamePoints:
        """These and then other points of the same head."""
        return replace(
            self,
            weights=np.concatenate([self.weights, others.weights]),
            moments=np.concatenate([self.moments, others.moments], axis=1),
        )

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def expressions(self) -> int:
        """How many expression coefficients E the head has."""
        return int(self.joints.shape[2]) - 1

    def places(self, parameters: HeadParameters) -> Float64:
        """Where the points of a posed head are, [P, 3] metres."""
        turns = _turns(parameters.joints)
        rest = self._rest(parameters.expression, turns)
        linear, shifts = _transforms(turns, self._joints(parameters.expression))
        return self._carried(linear, shifts, rest) + parameters.translation

    def derivatives(self, parameters: HeadParameters) -> Moved:
        """Where the points are, and how each parameter moves them.

        Returns:
            places [P, 3], metres, and derivatives [P, 3, E + 18] after the expression (E), the
            axis-angles of the five joints (15) and the translation (3).
        """
        expressions = self.expressions
        turns = _turns(parameters.joints)
        rest, joints = self._rest(parameters.expression, turns), self._joints(parameters.expression)
        linear, shifts = _transforms(turns, joints)
        columns = np.empty((len(self), 3, expressions + _TURNS + 3))
        columns[..., :expressions] = self._by_expression(turns, linear)
        turned = _turn_derivatives(parameters.joints, turns)
        by_turn = _transform_derivatives(turned, turns, linear, joints)
        for column, (linear_by, shift_by) in enumerate(zip(*by_turn, strict=True)):
            columns[..., expressions + column] = self._carried(linear_by, shift_by, rest)
        if self.is_corrected:
            columns[..., expressions : expressions + _TURNS] += self._by_correctives(turned, linear)
        columns[..., -3:] = np.eye(3)
        return self._carried(linear, shifts, rest) + parameters.translation, columns

    def _joints(self, expression: Float32) -> Float64:
        joints: Float64 = self.joints[..., 0] + self.joints[..., 1:] @ expression
        return joints

    def _rest(self, expression: Float32, turns: Float64) -> Float64:
        """[15, P] moments of the rest positions that an expression and correctives give."""
        parts: list[Float64 | Float32] = [np.ones(1), expression]
        count = 1 + len(expression)
        if self.is_corrected:
            parts.append((turns[1:] - np.eye(3)).ravel())
            count += _CORRECTIVES
        rest: Float64 = self.moments[..., :count] @ np.concatenate(parts)
        return rest

    def _carried(self, linear: Float64, shifts: Float64, rest: Float64) -> Float64:
        """[P, 3] points of moments [15, P] under joint transforms [5, 3, 3] and [5, 3]."""
        flat = linear.transpose(1, 0, 2).reshape(3, _TURNS)
        carried: Float64 = (flat @ rest).T + self.weights @ shifts
        return carried

    def _by_expression(self, turns: Float64, linear: Float64) -> Float64:
        """[P, 3, E] what expressions do, by the points themselves and by the joints."""
        count = self.expressions
        flat = linear.transpose(1, 0, 2).reshape(3, _TURNS)
        own = np.tensordot(flat, self.moments[..., 1 : 1 + count], axes=1)
        shifts = np.zeros((_JOINTS, 3, count))
        for joint, parent in enumerate(PARENTS):
            before = linear[parent] if parent >= 0 else np.eye(3)
            shifts[joint] = before @ (np.eye(3) - turns[joint]) @ self.joints[joint, :, 1:]
            if parent >= 0:
                shifts[joint] += shifts[parent]
        moved: Float64 = own.transpose(1, 0, 2) + np.tensordot(self.weights, shifts, axes=1)
        return moved

    def _by_correctives(self, turned: Float64, linear: Float64) -> Float64:
        """[P, 3, 15] what the turns do by their correctives alone."""
        flat = linear.transpose(1, 0, 2).reshape(3, _TURNS)
        entries = turned[:, 1:].reshape(_TURNS, _CORRECTIVES)
        moments = self.moments[..., -_CORRECTIVES:] @ entries.T
        return np.tensordot(flat, moments, axes=1).transpose(1, 0, 2)


def _turns(vectors: Float32 | Float64) -> Float64:
    """[5, 3, 3] rotation matrices, in double precision: small differences of them matter here."""
    turns = np.empty((_JOINTS, 3, 3))
    for joint, vector in enumerate(vectors.astype(np.float64)):
        angle = float(np.linalg.norm(vector))
        cross = _crossing(vector)
        # sin(a)/a and (1 - cos(a))/a^2 written with sinc stay exact down to no turn at all.
        half = float(np.sinc(0.5 * angle / np.pi))
        turns[joint] = (
            np.eye(3) + float(np.sinc(angle / np.pi)) * cross + 0.5 * half**2 * cross @ cross
        )
    return turns


def _transforms(turns: Float64, joints: Float64) -> Moved:
    """Linear parts [5, 3, 3] and shifts [5, 3] from rest positions to posed ones."""
    linear, shifts = np.empty((_JOINTS, 3, 3)), np.zeros((_JOINTS, 3))
    for joint, parent in enumerate(PARENTS):
        shift = joints[joint] - turns[joint] @ joints[joint]
        if parent < 0:
            linear[joint], shifts[joint] = turns[joint], shift
        else:
            linear[joint] = linear[parent] @ turns[joint]
            shifts[joint] = linear[parent] @ shift + shifts[parent]
    return linear, shifts


def _transform_derivatives(
    turned: Float64, turns: Float64, linear: Float64, joints: Float64
) -> Moved:
    """[15, 5, 3, 3] and [15, 5, 3]: `_transforms` by each axis-angle entry."""
    by_linear, by_shift = np.zeros((_TURNS, _JOINTS, 3, 3)), np.zeros((_TURNS, _JOINTS, 3))
    for joint, parent in enumerate(PARENTS):
        own = turned[:, joint]
        place = joints[joint]
        if parent < 0:
            by_linear[:, joint], by_shift[:, joint] = own, -own @ place
            continue
        before = by_linear[:, parent]
        by_linear[:, joint] = before @ turns[joint] + linear[parent] @ own
        by_shift[:, joint] = (
            before @ (place - turns[joint] @ place)
            - linear[parent] @ own @ place
            + by_shift[:, parent]
        )
    return by_linear, by_shift


def _turn_derivatives(vectors: Float32 | Float64, turns: Float64) -> Float64:
    """[15, 5, 3, 3] rotation matrices by each axis-angle entry; zero where it is another joint's.

    Source:
        Gallego and Yezzi 2015, A compact formula for the derivative of a 3-D rotation in
        exponential coordinates, arXiv:1312.0788.
    """
    by_entry = np.zeros((_TURNS, _JOINTS, 3, 3))
    for joint, (vector, turn) in enumerate(zip(vectors.astype(np.float64), turns, strict=True)):
        square = float(vector @ vector)
        for axis in range(3):
            direction = np.eye(3)[axis]
            if square > _TINY_RAD**2:
                away = np.cross(vector, (np.eye(3) - turn)[:, axis])
                direction = (vector[axis] * vector + away) / square
            by_entry[3 * joint + axis, joint] = _crossing(direction) @ turn
    return by_entry


def _crossing(vector: Float64) -> Float64:
    """The matrix [3, 3] that crosses a vector with what it is multiplied by."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
