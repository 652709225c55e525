"""One person's riggable head: neutral vertices, face units, joints, skin weights.

Head frame: metres, y up, face towards +z, the person's left at +x. Origin: on the midline, at the
height of the eyes, half way between the front and the back of the skull in the neutral pose.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.joints import EYES, JOINTS, PARENTS, joint_positions, skin_weights
from synthetic_capture.head.posing import skinned
from synthetic_capture.mesh.rotations import axis_angle_from_matrix, fitted_rotation
from synthetic_capture.mesh.triangles import vertex_normals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.head.topology import Topology
    from synthetic_capture.mesh.arrays import Bool, Float, Float32, Int32

_CLOTH_THICKNESS_DM = 0.035
_LEAST_DELTA_M = 2e-6
_UNMOVED_PARTS = ("eye_left", "eye_right", "teeth_upper", "garment")
"""Face units leave these alone: eyes turn with their joints, the others are fixed to the bones."""


class HeadModel:
    """An identity on the shared topology.

    Args:
        data: MakeHuman's files.
        topology: made from the same data.
        targets: weights by name of identity target.

    Attributes:
        makehuman_vertices: [M, 3] dm, MakeHuman's mesh with the identity's targets.
        points_dm: [V, 3] the head in the same frame, for strands.
        vertices: [V, 3] the head in metres, head frame.
        joints: [5, 3] metres.
    """

    def __init__(self, data: MakeHuman, topology: Topology, targets: Mapping[str, float]) -> None:
        self.data = data
        self.topology = topology
        self.makehuman_vertices = data.identity_vertices(dict(targets))
        self.points_dm = _clothed(topology, topology.weights @ self.makehuman_vertices)
        joints_dm = joint_positions(data, self.makehuman_vertices)
        self._origin_dm = _origin(topology, self.points_dm, joints_dm)
        self.vertices = self.metres(self.points_dm)
        self.joints = self.metres(joints_dm)
        self.expression_names = data.face_unit_names
        self.skin_weights = skin_weights(topology)

    def metres(self, points_dm: Float) -> Float:
        """Points [..., 3] of the MakeHuman frame in the head frame."""
        moved: Float = (points_dm - self._origin_dm) * 0.1
        return moved

    def decimetres(self, points: Float) -> Float:
        """Points [..., 3] of the head frame in the MakeHuman frame."""
        moved: Float = points * 10 + self._origin_dm
        return moved

    @cached_property
    def expression_deltas(self) -> Float32:
        """[52, V, 3] metres that each face unit adds at weight 1."""
        units = (self.data.face_unit(name) for name in self.expression_names)
        deltas = np.stack([self.topology.weights @ unit for unit in units]) * 0.1
        deltas[:, self._is_unmoved()] = 0
        deltas[np.abs(deltas) < _LEAST_DELTA_M] = 0
        return deltas.astype(np.float32)

    @cached_property
    def eye_look(self) -> Float:
        """[52, 2, 3] rotation of the (left, right) eye per unit weight, axis-angle radians."""
        base = self.data.base_mesh
        rotations = np.zeros((len(self.expression_names), 2, 3))
        for k, name in enumerate(self.expression_names):
            if name.startswith("eyeLook"):
                side = 0 if name.endswith("Left") else 1
                ids = base.eye_vertices("lr"[side])
                moved = base.vertices + self.data.face_unit(name)
                matrix = fitted_rotation(base.vertices[ids], moved[ids])
                rotations[k, side] = axis_angle_from_matrix(matrix)
        return rotations

    def expression(self, weights: Mapping[str, float]) -> Float32:
        """[52] expression vector of weights by name."""
        vector = np.zeros(len(self.expression_names), np.float32)
        for name, weight in weights.items():
            vector[self.expression_names.index(name)] = weight
        return vector

    def eyes_pose(self, expression: Float32) -> Float:
        """[2, 3] rotation of the (left, right) eye that goes with an expression [52]."""
        pose: Float = np.einsum("k,ksc->sc", expression, self.eye_look)
        return pose

    def posed(self, expression: Float32) -> Float:
        """[V, 3] metres for an expression [52]; the eyes turn by its eyeLook weights."""
        rest = self.vertices + np.einsum("k,kvc->vc", expression, self.expression_deltas)
        rotations = np.zeros((len(JOINTS), 3))
        rotations[EYES] = self.eyes_pose(expression)
        return skinned(rest, self.skin_weights, self.joints, PARENTS, rotations)

    def indexed_uvs(self) -> tuple[Float32, Int32]:
        """Unique uv rows [T, 2] and the three of each face [F, 3]."""
        corners = np.round(self.topology.uv_corners.reshape(-1, 2), 6)
        uv, index = np.unique(corners, axis=0, return_inverse=True)
        return uv.astype(np.float32), index.reshape(-1, 3).astype(np.int32)

    def _is_unmoved(self) -> Bool:
        topology = self.topology
        return np.isin(topology.part_of_vertex, _UNMOVED_PARTS) | topology.is_upper_gum


def _clothed(topology: Topology, points: Float) -> Float:
    """Points [V, 3] with the garment pushed out along the normals of the skin below it."""
    without_cap = topology.faces[(topology.faces != topology.cap_centre).all(1)]
    thickness = np.where(topology.is_cloth, _CLOTH_THICKNESS_DM, 0.0)
    clothed: Float = points + thickness[:, None] * vertex_normals(points, without_cap)
    return clothed


def _origin(topology: Topology, points: Float, joints: Float) -> Float:
    """Origin [3] of the head frame, dm."""
    back = points[topology.part_of_vertex == "scalp"][:, 2].min()
    front = points[topology.part_of_vertex == "skin"][:, 2].max()
    return np.array([0, joints[EYES, 1].mean(), (front + back) / 2])
