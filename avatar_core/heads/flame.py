"""FlameHead: the user's own FLAME model, with MeGA's mesh.

Source:
    Li et al. 2017, Learning a model of facial shape and expression from 4D scans (FLAME).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, Int32, expect_shapes, matrix_from_quat
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.heads.arkit import (
    damped_shift,
    eye_rotations_from_gaze,
    limited_weights,
    weights_from_eye_rotations,
)
from avatar_core.heads.base import HeadParameters, HeadTopology
from avatar_core.heads.flame_topology import FlameMesh, SplitMesh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import AnyArray

JOINT_NAMES = ("root", "neck", "jaw", "left_eye", "right_eye")
PARENTS = np.array([-1, 0, 1, 1, 1], np.int32)
_ANGLE_OFFSET = 1e-8
_MOST_PARTS = 255
_ARKIT_MAPS = {"arkit_to_expression": "52 E", "arkit_to_jaw": "52 3", "arkit_to_eyes": "52 2 3"}


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
        arkit_to_eyes: [52, 2, 3] the same for the axis-angle of the (left, right) eye.

    Raises:
        ShapeError: arrays disagree.
    """

    mesh: FlameMesh
    split: SplitMesh
    shape: Float32
    landmark_face_ids: Int32
    landmark_barycentric: Float32
    arkit_to_expression: Float32 | None = None
    arkit_to_jaw: Float32 | None = None
    arkit_to_eyes: Float32 | None = None

    topology: HeadTopology = field(init=False, repr=False)
    _own_shape: Float32 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        mesh = self.mesh
        expect_shapes(
            template=(mesh.template, "V 3"),
            shape_directions=(mesh.shape_directions, "V 3 S"),
            expression_directions=(mesh.expression_directions, "V 3 E"),
            pose_directions=(mesh.pose_directions, "V 3 36"),
            joint_regressor=(mesh.joint_regressor, "5 V"),
            skin_weights=(mesh.skin_weights, "V 5"),
            faces=(mesh.faces, "F 3"),
            uv=(mesh.uv, "T 2"),
            uv_faces=(mesh.uv_faces, "F 3"),
            shape=(self.shape, "S"),
            split_faces=(self.split.faces, "F 3"),
            vertex_uv=(self.split.vertex_uv, "V 2"),
            landmark_face_ids=(self.landmark_face_ids, "L"),
            landmark_barycentric=(self.landmark_barycentric, "L 3"),
            **{
                name: (getattr(self, name), shape)
                for name, shape in _ARKIT_MAPS.items()
                if getattr(self, name) is not None
            },
        )
        if "scalp" not in mesh.parts or len(mesh.parts) > _MOST_PARTS:
            raise ShapeError(f"parts: expected at most {_MOST_PARTS}, the scalp among them")
        # Both are asked for with every picture and never change.
        object.__setattr__(self, "topology", self._described())
        object.__setattr__(self, "_own_shape", self._shaped(self.shape))

    @property
    def expression_names(self) -> tuple[str, ...]:
        return tuple(f"expr_{i:03d}" for i in range(self.mesh.expression_directions.shape[2]))

    @property
    def joint_names(self) -> tuple[str, ...]:
        return JOINT_NAMES

    @property
    def rest_joints(self) -> Float32:
        """[5, 3] places of the joints in this person's head at rest, metres."""
        joints: Float32 = self.mesh.joint_regressor @ self._own_shape
        return joints

    def pose(self, parameters: HeadParameters) -> Float32:
        """Posed vertices [V, 3], metres; extra render vertices of uv seams are not among them."""
        expect_shapes(
            expression=(parameters.expression, str(self.mesh.expression_directions.shape[2])),
            joints=(parameters.joints, "5 3"),
            translation=(parameters.translation, "3"),
        )
        own = self._own_shape if parameters.shape is None else self._shaped(parameters.shape)
        shaped = own + _weighted(self.mesh.expression_directions, parameters.expression)
        joints = self.mesh.joint_regressor @ shaped
        turns = _rotations(parameters.joints)
        feature = (turns[1:] - np.eye(3, dtype=np.float32)).ravel()
        rest = shaped + _weighted(self.mesh.pose_directions, feature)
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

        Weights are limited as by `BlendshapeHead`, the eyes turn by the gaze or the eyeLook
        weights, and the lids follow either. The head turns about the neck joint.

        Args:
            unit_names: [K] names in the order that the maps were made for.
            weights: [K] 0..1.
            head_rotation: [3] axis-angle, radians.
            head_translation: [3] metres; damped, see `heads.arkit.damped_shift`.
            gaze: [2, 2] (yaw, pitch) radians of (left, right) eye, or None.
        """
        limited = limited_weights(unit_names, weights)
        joints = np.zeros((5, 3), np.float32)
        joints[1] = head_rotation
        look = self.arkit_to_eyes
        if gaze is not None:
            joints[3:] = eye_rotations_from_gaze(gaze)
            if look is not None:
                limited[np.any(look != 0, axis=(1, 2))] = 0
                limited += weights_from_eye_rotations(joints[3:], look)
        elif look is not None:
            joints[3:] = np.einsum("k,ksc->sc", limited, look)
        if self.arkit_to_jaw is not None:
            joints[2] = limited @ self.arkit_to_jaw
        expression = np.zeros(self.mesh.expression_directions.shape[2], np.float32)
        if self.arkit_to_expression is not None:
            expression = limited @ self.arkit_to_expression
        return HeadParameters(expression, joints, damped_shift(head_translation))

    def arrays(self) -> dict[str, AnyArray]:
        """Everything as named arrays, for files; `from_arrays` takes them back."""
        mesh, split = self.mesh, self.split
        arrays: dict[str, AnyArray] = {
            "template": mesh.template,
            "shape_directions": mesh.shape_directions,
            "expression_directions": mesh.expression_directions,
            "pose_directions": mesh.pose_directions,
            "joint_regressor": mesh.joint_regressor,
            "skin_weights": mesh.skin_weights,
            "faces": mesh.faces,
            "uv": mesh.uv,
            "uv_faces": mesh.uv_faces,
            "part_names": np.array(list(mesh.parts), np.str_),
            "part_sizes": np.array([len(ids) for ids in mesh.parts.values()], np.int32),
            "part_vertex_ids": np.concatenate(list(mesh.parts.values())).astype(np.int32),
            "extra_vertex_ids": split.extra_vertex_ids,
            "split_faces": split.faces,
            "vertex_uv": split.vertex_uv,
            "render_uv": split.render_uv,
            "shape": self.shape,
            "landmark_face_ids": self.landmark_face_ids,
            "landmark_barycentric": self.landmark_barycentric,
        }
        maps = {name: getattr(self, name) for name in _ARKIT_MAPS}
        return arrays | {name: values for name, values in maps.items() if values is not None}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> FlameHead:
        """A head from named arrays, as `arrays` gives them.

        Raises:
            ShapeError: an array is missing, has a wrong shape, points outside the mesh, or is not
                finite.
        """
        reader = NamedArrays(arrays)
        mesh = _mesh_from(reader)
        vertex_count, extra = len(mesh.template), reader["extra_vertex_ids"].size
        split = SplitMesh(
            extra_vertex_ids=reader.ints("extra_vertex_ids", below=vertex_count),
            faces=reader.ints("split_faces", below=vertex_count + extra),
            vertex_uv=reader.floats("vertex_uv"),
            render_uv=reader.floats("render_uv"),
        )
        expect_shapes(render_uv=(split.render_uv, f"{vertex_count + extra} 2"))
        return cls(
            mesh=mesh,
            split=split,
            shape=reader.floats("shape"),
            landmark_face_ids=reader.ints("landmark_face_ids", below=len(mesh.faces)),
            landmark_barycentric=reader.floats("landmark_barycentric"),
            **{name: reader.floats(name) for name in _ARKIT_MAPS if name in reader},
        )

    def _shaped(self, shape: Float32) -> Float32:
        expect_shapes(shape=(shape, str(self.mesh.shape_directions.shape[2])))
        return self.mesh.template + _weighted(self.mesh.shape_directions, shape)

    def _described(self) -> HeadTopology:
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


def _weighted(directions: Float32, weights: Float32) -> Float32:
    """[V, 3] sum of directions [V, 3, K] times weights [K]."""
    flat = directions.reshape(-1, directions.shape[2]) @ weights
    return flat.reshape(-1, 3).astype(np.float32)


def _mesh_from(reader: NamedArrays) -> FlameMesh:
    template, uv = reader.floats("template"), reader.floats("uv")
    return FlameMesh(
        template=template,
        shape_directions=reader.floats("shape_directions"),
        expression_directions=reader.floats("expression_directions"),
        pose_directions=reader.floats("pose_directions"),
        joint_regressor=reader.floats("joint_regressor"),
        skin_weights=reader.floats("skin_weights"),
        faces=reader.ints("faces", below=len(template)),
        uv=uv,
        uv_faces=reader.ints("uv_faces", below=len(uv)),
        parts=_parts_from(reader, len(template)),
    )


def _parts_from(reader: NamedArrays, vertex_count: int) -> dict[str, Int32]:
    names = reader.names("part_names")
    ids = reader.ints("part_vertex_ids", below=vertex_count)
    sizes = reader.ints("part_sizes", below=len(ids) + 1)
    expect_shapes(
        part_names=(reader["part_names"], "P"), part_sizes=(sizes, "P"), part_vertex_ids=(ids, "*")
    )
    if sizes.sum() != len(ids):
        raise ShapeError("part_sizes: do not add up to the vertices of the parts")
    return dict(zip(names, np.split(ids, np.cumsum(sizes)[:-1]), strict=True))
