"""What every head model offers, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8


@dataclass(frozen=True, slots=True, eq=False)
class HeadTopology:
    """Everything about a head that does not move.

    Args:
        faces: [F, 3] vertex ids, counter-clockwise from outside.
        uv: [T, 2] atlas coordinates 0..1, origin bottom left.
        uv_faces: [F, 3] rows of `uv` of each corner.
        part_names: names of the parts.
        face_part: [F] index into `part_names`.
        scalp_vertex_ids: [S] vertices that carry hair.
        landmark_face_ids: [L] triangle of each landmark (iBUG order when L = 68).
        landmark_barycentric: [L, 3] place in that triangle.
    """

    faces: Int32
    uv: Float32
    uv_faces: Int32
    part_names: tuple[str, ...]
    face_part: UInt8
    scalp_vertex_ids: Int32
    landmark_face_ids: Int32
    landmark_barycentric: Float32


@dataclass(frozen=True, slots=True, eq=False)
class HeadParameters:
    """One pose of a head, in the head's own terms; the argument list of `ParametricHead.pose`.

    Args:
        expression: [E] expression coefficients.
        joints: [J, 3] axis-angle of each joint, radians; joint 0 is the root.
        translation: [3] metres.
        shape: [S] identity coefficients, or None for the head's own identity.
    """

    expression: Float32
    joints: Float32
    translation: Float32 = field(default_factory=lambda: np.zeros(3, np.float32))
    shape: Float32 | None = None


class ParametricHead(Protocol):
    """A mesh with identity, expression and joints. Numpy; `mega.posing` is the torch twin."""

    @property
    def topology(self) -> HeadTopology: ...

    @property
    def expression_names(self) -> tuple[str, ...]: ...

    @property
    def joint_names(self) -> tuple[str, ...]: ...

    def pose(self, parameters: HeadParameters) -> Float32:
        """Posed vertices [V, 3], metres."""
        ...

    def parameters_from_arkit(
        self,
        unit_names: tuple[str, ...],
        weights: Float32,
        head_rotation: Float32,
        head_translation: Float32,
        gaze: Float32 | None,
    ) -> HeadParameters:
        """Head parameters of ARKit weights [K] (named), head turn [3], place [3], gaze [2, 2]."""
        ...


def neutral_parameters(head: ParametricHead) -> HeadParameters:
    """The head at rest."""
    return HeadParameters(
        np.zeros(len(head.expression_names), np.float32),
        np.zeros((len(head.joint_names), 3), np.float32),
    )
