"""BlendshapeHead: an open head of 52 ARKit units, an identity basis and a few joints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, Int32, expect_shapes, matrix_from_axis_angle
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.heads.arkit import (
    damped_shift,
    eye_rotations_from_gaze,
    limited_weights,
    weights_from_eye_rotations,
)
from avatar_core.heads.base import HeadParameters, HeadTopology

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import AnyArray


@dataclass(frozen=True, slots=True, eq=False)
class BlendshapeHead:
    """Linear deltas, then linear blend skinning about the joints. Metres, head axes.

    Args:
        vertices: [V, 3] neutral.
        topology: faces, atlas, parts, scalp and landmarks.
        expression_names: [E] names of the units, ARKit's where they have one.
        expression_vertex_ids: [M] the vertices that any unit moves, ascending.
        expression_deltas: [E, M, 3] what each unit at weight 1 adds to those vertices.
        eye_look_axis_angle: [E, 2, 3] rotation of (left, right) eye per unit weight, radians.
        joint_names: [J] names; "neck", "left_eye" and "right_eye" have a meaning here.
        joints: [J, 3] places in the neutral head.
        parents: [J] index of the parent, which comes earlier; -1 for the root.
        skin_weights: [V, J] rows sum to 1.
        eye_centres: [2, 3] of (left, right) eye.
        shape_names: [S] names of the identity basis; may be empty.
        shape_deltas: [S, V, 3] at weight 1.
        joint_shape_deltas: [S, J, 3] at weight 1.

    Raises:
        ShapeError: arrays disagree, or a parent comes after its child.
    """

    vertices: Float32
    topology: HeadTopology
    expression_names: tuple[str, ...]
    expression_vertex_ids: Int32
    expression_deltas: Float32
    eye_look_axis_angle: Float32
    joint_names: tuple[str, ...]
    joints: Float32
    parents: Int32
    skin_weights: Float32
    eye_centres: Float32
    shape_names: tuple[str, ...]
    shape_deltas: Float32
    joint_shape_deltas: Float32
    _flat_deltas: Float32 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        sizes = expect_shapes(
            vertices=(self.vertices, "V 3"),
            expression_vertex_ids=(self.expression_vertex_ids, "M"),
            expression_deltas=(self.expression_deltas, "E M 3"),
            eye_look_axis_angle=(self.eye_look_axis_angle, "E 2 3"),
            joints=(self.joints, "J 3"),
            parents=(self.parents, "J"),
            skin_weights=(self.skin_weights, "V J"),
            eye_centres=(self.eye_centres, "2 3"),
            shape_deltas=(self.shape_deltas, "S V 3"),
            joint_shape_deltas=(self.joint_shape_deltas, "S J 3"),
        )
        for name, letter in (("expression_names", "E"), ("joint_names", "J"), ("shape_names", "S")):
            if len(getattr(self, name)) != sizes[letter]:
                raise ShapeError(f"{name}: expected {sizes[letter]} names")
        if np.any(self.parents >= np.arange(sizes["J"])):
            raise ShapeError("parents: a parent comes after its child")
        flat = np.ascontiguousarray(self.expression_deltas, np.float32).reshape(
            sizes["E"], 3 * sizes["M"]
        )
        object.__setattr__(self, "_flat_deltas", flat)

    def pose(self, parameters: HeadParameters) -> Float32:
        """Posed vertices.

        Args:
            parameters: expression [E], joints [J, 3], translation [3] and, where the head has an
                identity basis, shape [S].

        Returns:
            [V, 3] metres.

        Raises:
            ShapeError: a parameter has the wrong length.

        Source:
            Li et al. 2017, FLAME, section 3 (blendshapes, then linear blend skinning); the units'
            deltas are plain sums, without pose correctives.
        """
        expect_shapes(
            expression=(parameters.expression, str(len(self.expression_names))),
            joints=(parameters.joints, f"{len(self.joint_names)} 3"),
            translation=(parameters.translation, "3"),
        )
        rest, joints = self._with_identity(parameters.shape)
        rest = self._with_expression(rest, parameters.expression)
        transforms = self._joint_transforms(joints, parameters.joints)
        transforms[:, :, 3] += parameters.translation
        # One blended 3 x 4 matrix a vertex: a single matmul, and each vertex is moved once.
        blended = (self.skin_weights @ transforms.reshape(-1, 12)).reshape(-1, 3, 4)
        posed: Float32 = np.einsum("vij,vj->vi", blended[:, :, :3], rest)
        posed += blended[:, :, 3]
        return posed

    def parameters_from_arkit(
        self,
        unit_names: tuple[str, ...],
        weights: Float32,
        head_rotation: Float32,
        head_translation: Float32,
        gaze: Float32 | None,
    ) -> HeadParameters:
        """Parameters that show a performance.

        Weights are clamped to 0..1 and conflicting pairs scaled down (`heads.arkit.UNIT_LIMITS`).
        The eyes turn by the eyeLook weights, or by `gaze` where it is given; the lids follow
        either. The head turns about the neck joint, so the bust stays. The translation moves the
        whole figure, since the neck cannot stretch: at half its size for small movements and never
        beyond 8 cm, so that leaning towards the camera does not throw the bust about.

        Args:
            unit_names: [K] ARKit names; those the head does not know are left out.
            weights: [K] 0..1.
            head_rotation: [3] axis-angle, radians; x to the person's left, y up, z to the viewer.
            head_translation: [3] metres, same axes.
            gaze: [2, 2] (yaw, pitch) radians of (left, right) eye, or None.
        """
        expect_shapes(
            weights=(weights, str(len(unit_names))),
            head_rotation=(head_rotation, "3"),
            head_translation=(head_translation, "3"),
        )
        expression = self._expression_by_name(unit_names, weights)
        if gaze is not None:
            expect_shapes(gaze=(gaze, "2 2"))
            eyes = eye_rotations_from_gaze(gaze)
            turns_eyes = np.any(self.eye_look_axis_angle != 0, axis=(1, 2))
            expression[turns_eyes] = 0
            expression += weights_from_eye_rotations(eyes, self.eye_look_axis_angle)
        else:
            eyes = np.einsum("k,ksc->sc", expression, self.eye_look_axis_angle)
        joints = np.zeros((len(self.joint_names), 3), np.float32)
        for name, turn in (("left_eye", eyes[0]), ("right_eye", eyes[1])):
            if name in self.joint_names:
                joints[self.joint_names.index(name)] = turn
        neck = self.joint_names.index("neck") if "neck" in self.joint_names else 0
        joints[neck] = head_rotation
        return HeadParameters(expression, joints, damped_shift(head_translation))

    def arrays(self) -> dict[str, AnyArray]:
        """Everything as named arrays, for files; `from_arrays` takes them back."""
        topology = self.topology
        return {
            "vertices": self.vertices,
            "faces": topology.faces,
            "uv": topology.uv,
            "uv_faces": topology.uv_faces,
            "part_names": np.array(topology.part_names, np.str_),
            "face_part": topology.face_part,
            "scalp_vertex_ids": topology.scalp_vertex_ids,
            "landmark_face_ids": topology.landmark_face_ids,
            "landmark_barycentric": topology.landmark_barycentric,
            "expression_names": np.array(self.expression_names, np.str_),
            "expression_vertex_ids": self.expression_vertex_ids,
            "expression_deltas": self.expression_deltas,
            "eye_look_axis_angle": self.eye_look_axis_angle,
            "joint_names": np.array(self.joint_names, np.str_),
            "joints": self.joints,
            "parents": self.parents,
            "skin_weights": self.skin_weights,
            "eye_centres": self.eye_centres,
            "shape_names": np.array(self.shape_names, np.str_),
            "shape_deltas": self.shape_deltas,
            "joint_shape_deltas": self.joint_shape_deltas,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> BlendshapeHead:
        """A head from named arrays.

        Args:
            arrays: as `arrays` gives them. Without `expression_vertex_ids`, `expression_deltas` is
                [E, V, 3] over all vertices (the capture's head_model.npz); vertices that no unit
                moves are dropped from it. The identity basis may be missing.

        Raises:
            ShapeError: an array is missing, has a wrong shape, points outside the mesh, or is not
                finite.
        """
        reader = NamedArrays(arrays)
        vertices = reader.floats("vertices")
        ids, deltas = _compact_deltas(reader, len(vertices))
        topology = HeadTopology(
            faces=reader.ints("faces", below=len(vertices)),
            uv=reader.floats("uv"),
            uv_faces=reader.ints("uv_faces", below=len(reader.floats("uv"))),
            part_names=reader.names("part_names"),
            face_part=reader.ints("face_part", below=256).astype(np.uint8),
            scalp_vertex_ids=reader.ints("scalp_vertex_ids", below=len(vertices)),
            landmark_face_ids=reader.ints("landmark_face_ids", below=len(reader["faces"])),
            landmark_barycentric=reader.floats("landmark_barycentric"),
        )
        _expect_topology(topology)
        joints = reader.floats("joints")
        has_identity = "shape_names" in arrays
        return cls(
            vertices=vertices,
            topology=topology,
            expression_names=reader.names("expression_names"),
            expression_vertex_ids=ids,
            expression_deltas=deltas,
            eye_look_axis_angle=reader.floats("eye_look_axis_angle"),
            joint_names=reader.names("joint_names"),
            joints=joints,
            parents=reader.ints("parents", below=len(joints), lowest=-1),
            skin_weights=reader.floats("skin_weights"),
            eye_centres=reader.floats("eye_centres"),
            shape_names=reader.names("shape_names") if has_identity else (),
            shape_deltas=reader.floats("shape_deltas")
            if has_identity
            else np.zeros((0, len(vertices), 3), np.float32),
            joint_shape_deltas=reader.floats("joint_shape_deltas")
            if has_identity
            else np.zeros((0, len(joints), 3), np.float32),
        )

    def _with_identity(self, shape: Float32 | None) -> tuple[Float32, Float32]:
        if shape is None:
            return self.vertices, self.joints
        expect_shapes(shape=(shape, str(len(self.shape_names))))
        vertices = self.vertices + np.tensordot(shape, self.shape_deltas, axes=1)
        joints = self.joints + np.tensordot(shape, self.joint_shape_deltas, axes=1)
        return vertices.astype(np.float32), joints.astype(np.float32)

    def _with_expression(self, rest: Float32, expression: Float32) -> Float32:
        active = np.flatnonzero(expression)
        if len(active) == 0:
            return rest
        # Reading only the active units' rows is what makes a typical pose cheap.
        deltas = expression[active].astype(np.float32) @ self._flat_deltas[active]
        moved = rest.copy()
        moved[self.expression_vertex_ids] += deltas.reshape(-1, 3)
        return moved

    def _joint_transforms(self, joints: Float32, turns: Float32) -> Float32:
        """[J, 3, 4] matrices from the rest pose to the posed one, joint by joint from the root."""
        rotations = matrix_from_axis_angle(turns).astype(np.float64)
        transforms = np.zeros((len(joints), 3, 4))
        for index, parent in enumerate(self.parents):
            # About its own joint first, then wherever the parent carries the result.
            rotation = rotations[index]
            offset = joints[index] - rotation @ joints[index]
            if parent >= 0:
                offset = transforms[parent, :, :3] @ offset + transforms[parent, :, 3]
                rotation = transforms[parent, :, :3] @ rotation
            transforms[index, :, :3], transforms[index, :, 3] = rotation, offset
        return transforms.astype(np.float32)

    def _expression_by_name(self, unit_names: tuple[str, ...], weights: Float32) -> Float32:
        limited = limited_weights(unit_names, weights)
        if unit_names == self.expression_names:
            return limited
        given = dict(zip(unit_names, limited, strict=True))
        return np.array([given.get(name, 0.0) for name in self.expression_names], np.float32)


def _compact_deltas(reader: NamedArrays, vertex_count: int) -> tuple[Int32, Float32]:
    deltas = reader.floats("expression_deltas")
    if "expression_vertex_ids" in reader:
        return reader.ints("expression_vertex_ids", below=vertex_count), deltas
    expect_shapes(expression_deltas=(deltas, f"* {vertex_count} 3"))
    ids = np.flatnonzero(np.any(deltas != 0, axis=(0, 2))).astype(np.int32)
    return ids, np.ascontiguousarray(deltas[:, ids])


def _expect_topology(topology: HeadTopology) -> None:
    expect_shapes(
        faces=(topology.faces, "F 3"),
        uv=(topology.uv, "T 2"),
        uv_faces=(topology.uv_faces, "F 3"),
        face_part=(topology.face_part, "F"),
        scalp_vertex_ids=(topology.scalp_vertex_ids, "S"),
        landmark_face_ids=(topology.landmark_face_ids, "L"),
        landmark_barycentric=(topology.landmark_barycentric, "L 3"),
    )
    if len(topology.face_part) and topology.face_part.max() >= len(topology.part_names):
        raise ShapeError("face_part: names a part that does not exist")
