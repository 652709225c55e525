"""Tracked poses that learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.geometry import Camera
from avatar_core.heads import HeadParameters
from avatar_core.training.captures import CaptureFrame
from avatar_core.training.tracking import TrackedPoses

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead
    from avatar_core.heads.flame import FlameHead


def pose(seed: int, expressions: int, shape: int | None = None) -> HeadParameters:
    rng = np.random.default_rng(seed)
    return HeadParameters(
        0.3 * rng.standard_normal(expressions).astype(np.float32),
        0.3 * rng.standard_normal((5, 3)).astype(np.float32),
        0.1 * rng.standard_normal(3).astype(np.float32),
        None if shape is None else 0.3 * rng.standard_normal(shape).astype(np.float32),
    )


def frame(parameters: HeadParameters, timestep: int) -> CaptureFrame:
    view, intrinsics = np.eye(4, dtype=np.float32), np.eye(3, dtype=np.float32)
    return CaptureFrame(
        "full", timestep, "", 0, Camera(view, intrinsics, 8, 8), Path("a.png"),
        None, None, None, parameters, True,
    )  # fmt: skip


def test_poses_start_as_they_were_tracked(flame_head: FlameHead) -> None:
    person = replace(flame_head, shape=np.linspace(-0.5, 0.5, 10, dtype=np.float32))
    first, second = pose(1, 5), pose(2, 5, shape=10)
    poses = TrackedPoses(person, [frame(second, 7), frame(first, 3), frame(second, 7)])
    assert len(poses.expression) == 2
    for parameters in (first, second):
        posed = poses.posed(poses.tensors(parameters)).detach().numpy()
        np.testing.assert_allclose(posed, person.pose(parameters), atol=1e-6)
    assert poses.knows(first)
    assert not poses.knows(replace(first))


def test_a_loss_moves_its_own_pose_and_the_common_identity(flame_head: FlameHead) -> None:
    first, second = pose(1, 5), pose(2, 5)
    poses = TrackedPoses(flame_head, [frame(first, 0), frame(second, 1)])
    poses.posed(poses.tensors(second)).square().sum().backward()
    for parameter in (poses.expression, poses.rotation, poses.turns, poses.translation):
        assert parameter.grad is not None
        assert not parameter.grad[0].any()
        assert parameter.grad[1].any()
    assert poses.shape.grad is not None
    assert poses.shape.grad.any()


def test_what_became_of_the_poses_has_the_names_of_flame_files(flame_head: FlameHead) -> None:
    early, late = pose(1, 5), pose(2, 5)
    poses = TrackedPoses(flame_head, [frame(late, 9), frame(early, 2)])
    with torch.no_grad():
        poses.shape += 0.25
    arrays = poses.arrays()
    np.testing.assert_array_equal(arrays["expr"], np.stack([early.expression, late.expression]))
    np.testing.assert_array_equal(arrays["rotation"][1], late.joints[0])
    np.testing.assert_array_equal(arrays["neck_pose"][1], late.joints[1])
    np.testing.assert_array_equal(arrays["jaw_pose"][0], early.joints[2])
    np.testing.assert_array_equal(arrays["eyes_pose"][0], early.joints[3:].ravel())
    np.testing.assert_array_equal(arrays["translation"][0], early.translation)
    assert arrays["shape"].shape == (1, 10)
    moved = poses.head_of(flame_head)
    np.testing.assert_array_equal(moved.shape, np.full(10, 0.25, np.float32))  # type: ignore[attr-defined]


def test_saved_poses_come_back(flame_head: FlameHead) -> None:
    frames = [frame(pose(1, 5, shape=10), 0), frame(pose(2, 5), 1)]
    poses, others = TrackedPoses(flame_head, frames), TrackedPoses(flame_head, frames)
    with torch.no_grad():
        poses.expression += 1
    others.load_state_dict(poses.state_dict())
    assert torch.equal(others.expression, poses.expression)


@pytest.mark.parametrize("named", [True, False])
def test_heads_without_an_identity_learn_their_poses_too(
    named: bool, small_head: BlendshapeHead
) -> None:
    head = small_head
    if not named:
        head = replace(
            head,
            shape_names=(),
            shape_deltas=head.shape_deltas[:0],
            joint_shape_deltas=head.joint_shape_deltas[:0],
        )
    parameters = pose(4, 52)
    poses = TrackedPoses(head, [frame(parameters, 0)])
    assert poses.shape.shape == (2 if named else 0,)
    posed = poses.posed(poses.tensors(parameters)).detach().numpy()
    np.testing.assert_allclose(posed, head.pose(parameters), atol=1e-6)
    assert poses.head_of(head) is head
