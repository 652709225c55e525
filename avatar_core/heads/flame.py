"""FlameHead: the user's own FLAME model, with MeGA's mesh.

Source:
    Li et al. 2017, Learning a model of facial shape and expression from 4D scans (FLAME).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes, matrix_from_quat
from avatar_core.heads.base import HeadParameters, HeadTopology

if TYPE_CHECKING:
    from avatar_core.heads.flame_topology import FlameMesh, SplitMesh

JOINT_NAMES = ("root", "neck", "jaw", "left_eye", "right_eye")
PARENTS = np.array([-1, 0, 1, 1, 1], np.int32)
_ANGLE_OFFSET = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class FlameHead:
    """Linear identity and expression, pose correctives, linear blend skinning. Metres.

    Args:
        mesh: subdivided and with teeth, see `flame_topology`.
        split: the same mesh with one uv per vertex.
        shape: [S] this person's identity.
        landmark_face_ids: [L] triangle of each landmark, in the final face list.
        landmark_barycentric: [L, 3].
        arkit_to_expression: [52, E] linear map of ARKit weights to expression, or None when no
            such map was made yet.
        arkit_to_jaw: [52, 3] the same for the jaw's axis-angle.
    """

    mesh: FlameMesh
    split: SplitMesh
    shape: Float32
    landmark_face_ids: Int32
    landmark_barycentric: Float32
    arkit_to_expression: Float32 | None = None
    arkit_to_jaw: Float32 | None = None

    @property
    def topology(self) -> HeadTopology:
        names, face_part = _parts_of_faces(self.mesh)
        return HeadTopology(
            faces=self.mesh.faces,
            uv=self.mesh.uv,
            uv_faces=self.mesh.uv_faces,
            part_names=names,
            face_part=face_part.astype(np.uint8),
            scalp_vertex_ids=self.mesh.parts["scalp"],
            landmark_face_ids=self.landmark_face_ids,
            landmark_barycentric=self.landmark_barycentric,
        )

    @property
    def expression_names(self) -> tuple[str, ...]:
        return tuple(f"expr_{i:03d}" for i in range(self.mesh.expression_directions.shape[2]))

    @property
    def joint_names(self) -> tuple[str, ...]:
        return JOINT_NAMES

    def pose(self, parameters: HeadParameters) -> Float32:
        """Posed vertices [V, 3], metres; extra render vertices of uv seams are not among them."""
        shape = self.shape if parameters.shape is None else parameters.shape
        expect_shapes(
            shape=(shape, str(self.mesh.shape_directions.shape[2])),
            expression=(parameters.expression, str(self.mesh.expression_directions.shape[2])),
            joints=(parameters.joints, "5 3"),
            translation=(parameters.translation, "3"),
        )
        shaped = (
            self.mesh.template
            + self.mesh.shape_directions @ shape
            + self.mesh.expression_directions @ parameters.expression
        )
        joints = self.mesh.joint_regressor @ shaped
        turns = _rotations(parameters.joints)
        feature = (turns[1:] - np.eye(3, dtype=np.float32)).ravel()
        rest = shaped + self.mesh.pose_directions @ feature
        transforms = _chained(joints, turns)
        transforms[:, :, 3] += parameters.translation
        blended = (self.mesh.skin_weights @ transforms.reshape(5, 12)).reshape(-1, 3, 4)
        posed: Float32 = np.einsum("vij,vj->vi", blended[:, :, :3], rest) + blended[:, :, 3]
        return posed.astype(np.float32)

    def parameters_from_arkit(
        self,
        unit_names: tuple[str, ...],
        weights: Float32,
        head_rotation: Float32,
        head_translation: Float32,
        gaze: Float32 | None,
    ) -> HeadParameters:
        """Parameters that show a performance, by the linear maps; without them only head and eyes.

        The head turns about the neck joint; gaze turns both eyes about up (yaw) and left (pitch).
        """
        expression = np.zeros(self.mesh.expression_directions.shape[2], np.float32)
        joints = np.zeros((5, 3), np.float32)
        joints[1] = head_rotation
        if self.arkit_to_expression is not None:
            expression = weights @ self.arkit_to_expression
        if self.arkit_to_jaw is not None:
            joints[2] = weights @ self.arkit_to_jaw
        if gaze is not None:
            joints[3:, 0], joints[3:, 1] = -gaze[:, 1], gaze[:, 0]
        return HeadParameters(expression, joints, head_translation)


def _rotations(axis_angles: Float32) -> Float32:
    """Rodrigues' formula with FLAME's angle ||r + 1e-8||."""
    angle = np.linalg.norm(axis_angles + _ANGLE_OFFSET, axis=-1, keepdims=True)
    half = 0.5 * angle
    return matrix_from_quat(
        np.concatenate([np.cos(half), np.sin(half) * axis_angles / angle], -1).astype(np.float32)
    )


def _chained(joints: Float32, turns: Float32) -> Float32:
    """World transforms [5, 3, 4] of rest-pose points."""
    transforms = np.zeros((5, 3, 4), np.float32)
    world = np.zeros((5, 4, 4))
    for j, parent in enumerate(PARENTS):
        local = np.eye(4)
        local[:3, :3] = turns[j]
        local[:3, 3] = joints[j] - (joints[parent] if parent >= 0 else 0.0)
        world[j] = local if parent < 0 else world[parent] @ local
        transforms[j, :, :3] = world[j, :3, :3]
        transforms[j, :, 3] = world[j, :3, 3] - world[j, :3, :3] @ joints[j]
    return transforms


def _parts_of_faces(mesh: FlameMesh) -> tuple[tuple[str, ...], Int32]:
    """Part names and the part of each face: the last part that holds all its corners, or skin."""
    names = ("skin", *mesh.parts)
    part = np.zeros(len(mesh.faces), np.int32)
    for index, ids in enumerate(mesh.parts.values(), start=1):
        part[np.isin(mesh.faces, ids).all(1)] = index
    return names, part
