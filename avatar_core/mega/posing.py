"""Heads posed in torch: differentiable twins of `FlameHead.pose` and `BlendshapeHead.pose`.

Source:
    Li et al. 2017, Learning a model of facial shape and expression from 4D scans (FLAME),
    section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from avatar_core.errors import ShapeError
from avatar_core.geometry import expect_shapes
from avatar_core.heads import BlendshapeHead
from avatar_core.heads.flame import PARENTS, FlameHead
from avatar_core.raster.projection import rotation_matrices

if TYPE_CHECKING:
    from avatar_core.heads import HeadParameters, ParametricHead

_ANGLE_OFFSET = 1e-8
_FLAME_PARENTS = tuple(int(parent) for parent in PARENTS)


class PoseTensors(NamedTuple):
    """`HeadParameters` as tensors: expression [E], joints [J, 3], translation [3], shape [S]."""

    expression: Tensor
    joints: Tensor
    translation: Tensor
    shape: Tensor | None = None


class TorchHead(Protocol):
    """What both twins offer."""

    def pose(self, pose: PoseTensors) -> Tensor:
        """Posed vertices [V, 3], metres; gradients flow to every part of the pose."""
        ...


def torch_head(head: ParametricHead, device: torch.device | str = "cpu") -> TorchHead:
    """The twin of a head.

    Raises:
        ShapeError: there is none for this kind of head.
    """
    if isinstance(head, FlameHead):
        return TorchFlameHead.of(head, device)
    if isinstance(head, BlendshapeHead):
        return TorchBlendshapeHead.of(head, device)
    raise ShapeError(f"head: {type(head).__name__} has no twin in torch")


def pose_tensors(parameters: HeadParameters, device: torch.device | str = "cpu") -> PoseTensors:
    """A pose as tensors of their own."""
    shape = parameters.shape
    return PoseTensors(
        torch.tensor(parameters.expression, device=device),
        torch.tensor(parameters.joints, device=device),
        torch.tensor(parameters.translation, device=device),
        None if shape is None else torch.tensor(shape, device=device),
    )


@dataclass(frozen=True, slots=True, eq=False)
class TorchFlameHead:
    """Twin of `FlameHead`.

    Args:
        template: [V, 3] metres.
        shape_directions: [3 V, S].
        expression_directions: [3 V, E].
        pose_directions: [3 V, 36].
        joint_regressor: [5, V].
        skin_weights: [V, 5].
        shape: [S] the head's own identity, for poses without one.
    """

    template: Tensor
    shape_directions: Tensor
    expression_directions: Tensor
    pose_directions: Tensor
    joint_regressor: Tensor
    skin_weights: Tensor
    shape: Tensor

    @classmethod
    def of(cls, head: FlameHead, device: torch.device | str) -> Self:
        def flat(values: np.ndarray[Any, Any]) -> Tensor:
            return _tensor(values.reshape(-1, values.shape[2]), device)

        mesh = head.mesh
        return cls(
            _tensor(mesh.template, device),
            flat(mesh.shape_directions),
            flat(mesh.expression_directions),
            flat(mesh.pose_directions),
            _tensor(mesh.joint_regressor, device),
            _tensor(mesh.skin_weights, device),
            _tensor(head.shape, device),
        )

    def pose(self, pose: PoseTensors) -> Tensor:
        """See `TorchHead.pose`.

        Raises:
            ShapeError: a parameter has the wrong length.
        """
        shape = self.shape if pose.shape is None else pose.shape
        expect_shapes(
            expression=(pose.expression, str(self.expression_directions.shape[1])),
            joints=(pose.joints, "5 3"),
            translation=(pose.translation, "3"),
            shape=(shape, str(self.shape_directions.shape[1])),
        )
        identity = self.template + (self.shape_directions @ shape).view(-1, 3)
        shaped = identity + (self.expression_directions @ pose.expression).view(-1, 3)
        joints = self.joint_regressor @ shaped
        angles = (pose.joints + _ANGLE_OFFSET).norm(dim=-1, keepdim=True)
        turns = _turns(pose.joints, angles)
        feature = (turns[1:] - torch.eye(3, device=turns.device)).reshape(-1)
        rest = shaped + (self.pose_directions @ feature).view(-1, 3)
        return _skinned(rest, joints, turns, _FLAME_PARENTS, self.skin_weights, pose.translation)


@dataclass(frozen=True, slots=True, eq=False)
class TorchBlendshapeHead:
    """Twin of `BlendshapeHead`.

    Args:
        vertices: [V, 3] metres.
        expression_vertex_ids: [M].
        expression_deltas: [E, 3 M].
        joints: [J, 3].
        parents: [J] of each joint.
        skin_weights: [V, J].
        shape_deltas: [S, 3 V].
        joint_shape_deltas: [S, 3 J].
    """

    vertices: Tensor
    expression_vertex_ids: Tensor
    expression_deltas: Tensor
    joints: Tensor
    parents: tuple[int, ...]
    skin_weights: Tensor
    shape_deltas: Tensor
    joint_shape_deltas: Tensor

    @classmethod
    def of(cls, head: BlendshapeHead, device: torch.device | str) -> Self:
        def flat(values: np.ndarray[Any, Any]) -> Tensor:
            return _tensor(values.reshape(len(values), int(np.prod(values.shape[1:]))), device)

        return cls(
            _tensor(head.vertices, device),
            torch.tensor(head.expression_vertex_ids, dtype=torch.int64, device=device),
            flat(head.expression_deltas),
            _tensor(head.joints, device),
            tuple(int(parent) for parent in head.parents),
            _tensor(head.skin_weights, device),
            flat(head.shape_deltas),
            flat(head.joint_shape_deltas),
        )

    def pose(self, pose: PoseTensors) -> Tensor:
        """See `TorchHead.pose`.

        Raises:
            ShapeError: a parameter has the wrong length.
        """
        expect_shapes(
            expression=(pose.expression, str(len(self.expression_deltas))),
            joints=(pose.joints, f"{len(self.joints)} 3"),
            translation=(pose.translation, "3"),
        )
        rest, joints = self.vertices, self.joints
        if pose.shape is not None:
            expect_shapes(shape=(pose.shape, str(len(self.shape_deltas))))
            rest = rest + (pose.shape @ self.shape_deltas).view(-1, 3)
            joints = joints + (pose.shape @ self.joint_shape_deltas).view(-1, 3)
        moved = (pose.expression @ self.expression_deltas).view(-1, 3)
        rest = rest.index_add(0, self.expression_vertex_ids, moved)
        angles = pose.joints.square().sum(-1, keepdim=True).clamp(min=_ANGLE_OFFSET**2).sqrt()
        turns = _turns(pose.joints, angles)
        return _skinned(rest, joints, turns, self.parents, self.skin_weights, pose.translation)


def _turns(axis_angles: Tensor, angles: Tensor) -> Tensor:
    """Rotations [J, 3, 3] of axis-angle vectors [J, 3] with their (never zero) angles [J, 1]."""
    half = 0.5 * angles
    return rotation_matrices(torch.cat([half.cos(), half.sin() * axis_angles / angles], -1))


def _skinned(
    rest: Tensor,
    joints: Tensor,
    turns: Tensor,
    parents: tuple[int, ...],
    skin_weights: Tensor,
    translation: Tensor,
) -> Tensor:
    """Linear blend skinning of rest vertices [V, 3] about joints [J, 3]."""
    rotations: list[Tensor] = []
    offsets: list[Tensor] = []
    for joint, turn, parent in zip(joints, turns, parents, strict=True):
        # About its own joint first, then wherever the parent carries the result.
        offset = joint - turn @ joint
        if parent >= 0:
            offset = rotations[parent] @ offset + offsets[parent]
            turn = rotations[parent] @ turn
        rotations.append(turn)
        offsets.append(offset)
    transforms = torch.cat([torch.stack(rotations), torch.stack(offsets)[..., None]], -1)
    blended = (skin_weights @ transforms.view(-1, 12)).view(-1, 3, 4)
    posed: Tensor = (blended[:, :, :3] @ rest[..., None])[..., 0] + blended[:, :, 3]
    return posed + skin_weights.sum(1, keepdim=True) * translation


def _tensor(values: np.ndarray[Any, Any], device: torch.device | str) -> Tensor:
    return torch.tensor(values, dtype=torch.float32, device=device)
