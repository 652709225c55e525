from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_core.gaussians import GaussianCloud
from avatar_core.mega import PlainAvatar, build, neutral_frame
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.project.asset import AvatarAsset

TURN = np.array([0.2, 0.5, -0.1], np.float32)


def test_neutral_frame_shows_the_avatar_as_it_is_stored(small_avatar: AvatarAsset) -> None:
    frame = neutral_frame(small_avatar)
    assert frame.hair_means is small_avatar.hair.means
    np.testing.assert_array_equal(frame.hair_turn, np.eye(3))
    np.testing.assert_allclose(frame.vertices, small_avatar.head.vertices, atol=1e-7)  # type: ignore[attr-defined]


def test_evaluating_no_motion_gives_the_neutral_frame(small_avatar: AvatarAsset) -> None:
    frame, neutral = build(small_avatar).evaluate(MotionFrame()), neutral_frame(small_avatar)
    np.testing.assert_allclose(frame.vertices, neutral.vertices, atol=1e-6)
    np.testing.assert_allclose(frame.hair_means, neutral.hair_means, atol=1e-6)
    np.testing.assert_allclose(frame.hair_quats, neutral.hair_quats, atol=1e-6)


def test_hair_turns_rigidly_about_the_neck(small_avatar: AvatarAsset) -> None:
    frame = build(small_avatar).evaluate(MotionFrame(head_rotation=TURN))
    neck = small_avatar.head.joints[1]  # type: ignore[attr-defined]
    turn = Rotation.from_rotvec(TURN)
    np.testing.assert_allclose(frame.hair_turn, turn.as_matrix(), atol=1e-6)
    expected = turn.apply(small_avatar.hair.means - neck) + neck
    np.testing.assert_allclose(frame.hair_means, expected, atol=1e-6)


def test_hair_orientations_turn_with_it(small_avatar: AvatarAsset) -> None:
    frame = build(small_avatar).evaluate(MotionFrame(head_rotation=TURN))
    before = Rotation.from_quat(small_avatar.hair.quats, scalar_first=True)
    after = Rotation.from_quat(frame.hair_quats, scalar_first=True)
    expected = Rotation.from_rotvec(TURN) * before
    np.testing.assert_allclose(after.as_matrix(), expected.as_matrix(), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(frame.hair_quats, axis=1), 1, atol=1e-6)


def test_the_mesh_follows_the_units(small_avatar: AvatarAsset) -> None:
    frame = build(small_avatar).evaluate(MotionFrame.from_units(jawOpen=1.0))
    moved = np.abs(frame.vertices - neutral_frame(small_avatar).vertices).max(axis=1)
    assert moved.max() > 1e-3
    assert moved[small_avatar.head.topology.scalp_vertex_ids].max() < 1e-6


def test_frames_carry_where_they_come_from(small_avatar: AvatarAsset) -> None:
    motion, stages = MotionFrame(time_s=3.0), {"track": 7.0}
    frame = PlainAvatar(small_avatar).evaluate(motion, captured_s=12.5, stage_ms=stages)
    assert frame.motion is motion
    assert frame.captured_s == 12.5
    assert frame.stage_ms["track"] == 7.0
    assert frame.stage_ms["pose"] > 0
    assert stages == {"track": 7.0}  # the caller's stays


@pytest.mark.parametrize("count", [0, 1])
def test_little_or_no_hair_is_fine(small_avatar: AvatarAsset, count: int) -> None:
    hair = small_avatar.hair.subset(slice(0, count)) if count else GaussianCloud.empty()
    frame = build(replace(small_avatar, hair=hair)).evaluate(MotionFrame(head_rotation=TURN))
    assert frame.hair_means.shape == (count, 3)
    assert frame.hair_quats.shape == (count, 4)


def test_a_head_without_scalp_moves_its_hair_with_the_whole(small_avatar: AvatarAsset) -> None:
    head = small_avatar.head
    bald = replace(head.topology, scalp_vertex_ids=np.zeros(0, np.int32))
    asset = replace(small_avatar, head=replace(head, topology=bald))  # type: ignore[type-var]
    frame = build(asset).evaluate(MotionFrame())
    np.testing.assert_allclose(frame.hair_means, asset.hair.means, atol=1e-6)
