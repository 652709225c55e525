from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX, MotionFrame, blend, same_pose


def test_units_are_the_52_of_the_packet_in_its_order() -> None:
    assert len(ARKIT_UNITS) == len(set(ARKIT_UNITS)) == 52
    # Places in the published Live Link Face packet.
    assert [UNIT_INDEX[name] for name in ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen")] == [0, 7, 17]
    assert [UNIT_INDEX[name] for name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight")] == [
        15, 16, 21, 22,
    ]  # fmt: skip
    assert UNIT_INDEX["tongueOut"] == 51


def test_default_frame_is_neutral() -> None:
    frame = MotionFrame()
    assert not frame.weights.any()
    assert not frame.head_rotation.any()
    assert frame.gaze is None
    assert frame.confidence == 1.0


def test_frames_do_not_share_their_default_arrays() -> None:
    first, second = MotionFrame(), MotionFrame()
    first.weights[0] = 1
    assert second.weights[0] == 0


def test_named_units_land_in_their_places() -> None:
    frame = MotionFrame.from_units(2.5, jawOpen=0.5, tongueOut=1.0)
    assert frame.time_s == 2.5
    assert frame.weight("jawOpen") == 0.5
    assert frame.weights.sum() == 1.5


def test_unknown_unit_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="jawopen"):
        MotionFrame.from_units(jawopen=1.0)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("weights", np.zeros(51)),
        ("head_rotation", np.zeros(4)),
        ("head_translation", np.zeros((1, 3))),
        ("gaze", np.zeros(2)),
    ],
)
def test_wrong_shapes_are_named(name: str, array: np.ndarray) -> None:
    with pytest.raises(ShapeError, match=name):
        MotionFrame(**{name: array.astype(np.float32)})


def test_at_changes_only_the_time() -> None:
    frame = MotionFrame.from_units(jawOpen=0.5)
    assert frame.at(3.0).time_s == 3.0
    assert same_pose(frame, frame.at(3.0))


def test_blend_is_linear_and_keeps_the_ends() -> None:
    first = MotionFrame.from_units(1.0, jawOpen=0.2)
    second = MotionFrame(
        time_s=2.0,
        weights=MotionFrame.from_units(jawOpen=0.6).weights,
        head_rotation=np.array([0, 0.4, 0], np.float32),
        confidence=0.5,
    )
    half = blend(first, second, 0.5)
    assert half.time_s == 1.5
    assert half.weight("jawOpen") == pytest.approx(0.4)
    assert half.head_rotation[1] == pytest.approx(0.2)
    assert half.confidence == pytest.approx(0.75)
    assert same_pose(blend(first, second, 0.0), first)
    assert same_pose(blend(first, second, 1.0), second)
    assert half.weights.dtype == np.float32


@pytest.mark.parametrize(("amount", "expected"), [(0.4, 0.0), (0.6, 0.3)])
def test_blend_takes_gaze_and_latent_of_the_nearer_frame_when_only_one_has_them(
    amount: float, expected: float
) -> None:
    gaze = np.full((2, 2), 0.3, np.float32)
    latent = np.ones(4, np.float32)
    bare = MotionFrame()
    full = MotionFrame(gaze=gaze, expression_latent=latent)
    mixed = blend(bare, full, amount)
    assert (mixed.gaze is not None) == (expected > 0)
    assert (mixed.expression_latent is not None) == (expected > 0)


def test_blend_of_two_gazes_is_linear() -> None:
    first = MotionFrame(gaze=np.zeros((2, 2), np.float32))
    second = MotionFrame(gaze=np.full((2, 2), 0.4, np.float32))
    mixed = blend(first, second, 0.25)
    assert mixed.gaze is not None
    assert mixed.gaze == pytest.approx(0.1)


def test_same_pose_ignores_time_but_nothing_else() -> None:
    frame = MotionFrame.from_units(jawOpen=0.5)
    assert same_pose(frame, frame.at(9))
    assert same_pose(None, None)
    assert not same_pose(frame, None)
    assert not same_pose(frame, MotionFrame.from_units(jawOpen=0.51))
    assert not same_pose(frame, MotionFrame(frame.time_s, frame.weights, confidence=0.1))
    assert not same_pose(
        frame, MotionFrame(frame.time_s, frame.weights, gaze=np.zeros((2, 2), np.float32))
    )
