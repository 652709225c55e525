from __future__ import annotations

import math

import numpy as np
import pytest

from avatar_core.driving.phones import PacketError
from avatar_core.driving.phones.vmc import VmcReader
from avatar_core.motion import ARKIT_UNITS
from tests.avatar_core.driving.phones.directions import gaze_degrees, lean, nose
from tests.avatar_core.driving.phones.senders import osc, osc_bundle, vmc, vmc_messages


def about(axis: str, degrees: float) -> tuple[float, float, float, float]:
    """A quaternion xyzw of Unity: clockwise about an axis that points at the viewer."""
    half = math.radians(degrees) / 2
    x, y, z = (math.sin(half) if axis == name else 0.0 for name in "xyz")
    return x, y, z, math.cos(half)


def motion_of(packet: bytes, reader: VmcReader | None = None):
    return (reader or VmcReader()).parse(packet, 0.5).motion


@pytest.mark.parametrize("spelled", [str, str.upper, str.lower, str.capitalize])
def test_perfect_sync_arrives_in_any_case(spelled) -> None:
    values = {spelled(unit): (n + 1) / 64 for n, unit in enumerate(ARKIT_UNITS)}
    motion = motion_of(vmc(values))
    np.testing.assert_allclose(motion.weights, np.arange(1, 53) / 64, atol=1e-6)
    assert motion.time_s == 0.5


def test_messages_one_by_one_make_the_same_frame() -> None:
    reader = VmcReader()
    values = dict.fromkeys(ARKIT_UNITS, 0.25)
    motions = [motion_of(m, reader) for m in vmc_messages(values, {"Head": about("y", 10)})]
    assert all(motion is None for motion in motions[:-1])
    assert motions[-1] is not None
    np.testing.assert_allclose(motions[-1].weights, 0.25)


def test_the_avatar_turns_as_in_unity() -> None:
    # Unity: x to the avatar's right, y up, z forward, turns clockwise seen along the axis.
    turned = motion_of(vmc({}, {"Head": about("y", 20)}))
    assert nose(turned) == pytest.approx((-20, 0), abs=1e-3)
    nodding = motion_of(vmc({}, {"Head": about("x", 15)}))
    assert nose(nodding) == pytest.approx((0, -15), abs=1e-3)
    leaning = motion_of(vmc({}, {"Head": about("z", 10)}))
    assert lean(leaning) == pytest.approx(-10, abs=1e-3)


def test_neck_and_head_turn_one_after_the_other() -> None:
    bones = {"Neck": about("y", -30), "Head": about("x", -10)}
    yaw, pitch = nose(motion_of(vmc({}, bones)))
    assert (yaw, pitch) == pytest.approx((30, 10), abs=1e-3)


def test_eyes_look_where_their_bones_point() -> None:
    bones = {"LeftEye": about("y", -12), "RightEye": about("x", 8)}
    np.testing.assert_allclose(
        gaze_degrees(motion_of(vmc({}, bones))), [[12, 0], [0, -8]], atol=1e-3
    )
    assert motion_of(vmc({}, {"LeftEye": about("y", 5)})).gaze is None


@pytest.mark.parametrize("name", ["A", "a", "aa", "AA"])
def test_vowels_open_the_mouth(name: str) -> None:
    motion = motion_of(vmc({name: 1.0}))
    assert motion.weight("jawOpen") == pytest.approx(0.7)
    assert motion_of(vmc({name: 0.5})).weight("jawOpen") == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("O", "mouthFunnel"), ("oh", "mouthFunnel"), ("U", "mouthPucker"), ("ou", "mouthPucker"),
        ("I", "mouthStretchLeft"), ("ih", "mouthStretchRight"), ("E", "jawOpen"),
        ("Blink_L", "eyeBlinkLeft"), ("blinkRight", "eyeBlinkRight"), ("Blink", "eyeBlinkRight"),
        ("Joy", "mouthSmileLeft"), ("happy", "mouthSmileRight"), ("Angry", "browDownLeft"),
        ("Sorrow", "mouthFrownLeft"), ("sad", "browInnerUp"), ("Fun", "mouthSmileLeft"),
        ("relaxed", "mouthSmileRight"), ("Surprised", "eyeWideLeft"), ("LookUp", "eyeLookUpLeft"),
        ("LookLeft", "eyeLookOutLeft"), ("lookRight", "eyeLookOutRight"),
    ],
)  # fmt: skip
def test_expressions_of_vrm_are_told_in_units(name: str, unit: str) -> None:
    assert motion_of(vmc({name: 1.0})).weight(unit) > 0.3


def test_a_wink_stays_on_its_side() -> None:
    motion = motion_of(vmc({"Blink_L": 1.0}))
    assert motion.weight("eyeBlinkLeft") == 1
    assert motion.weight("eyeBlinkRight") == 0


def test_perfect_sync_wins_over_expressions() -> None:
    values = dict.fromkeys(ARKIT_UNITS, 0.0) | {"A": 1.0, "Joy": 1.0}
    assert not motion_of(vmc(values)).weights.any()


def test_a_few_arkit_names_of_an_avatar_come_on_top_of_expressions() -> None:
    motion = motion_of(vmc({"tongueOut": 0.8, "A": 1.0}))
    assert motion.weight("tongueOut") == pytest.approx(0.8)
    assert motion.weight("jawOpen") == pytest.approx(0.7)


@pytest.mark.parametrize("arguments", [(0,), (1, 3, 0, 0)])
def test_an_avatar_that_is_not_tracked_has_no_confidence(arguments: tuple[int, ...]) -> None:
    frame = osc_bundle(osc("/VMC/Ext/OK", *arguments), osc("/VMC/Ext/Blend/Apply"))
    assert motion_of(frame).confidence == 0
    assert motion_of(vmc({"A": 1.0})).confidence == 1


def test_a_sender_that_never_applies_is_understood() -> None:
    reader = VmcReader()
    bundle = osc_bundle(*vmc_messages({"jawOpen": 0.5}, {}, applies=False))
    assert [motion_of(bundle, reader) is None for _ in range(3)] == [True, True, False]
    assert motion_of(bundle, reader).weight("jawOpen") == pytest.approx(0.5)


def test_parts_of_a_frame_wait_for_the_rest_however_many_they_are() -> None:
    reader = VmcReader()
    motion_of(vmc({"jawOpen": 0.1}), reader)
    part = osc_bundle(*vmc_messages({"jawOpen": 0.5}, {}, applies=False))
    assert all(motion_of(part, reader) is None for _ in range(9))
    assert motion_of(osc("/VMC/Ext/Blend/Apply"), reader).weight("jawOpen") == pytest.approx(0.5)


def test_a_sender_of_bones_alone_is_understood() -> None:
    reader = VmcReader()
    head = osc("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, *about("y", -10))
    motions = [motion_of(head, reader) for _ in range(4)]
    assert nose(motions[-1])[0] == pytest.approx(10, abs=1e-3)


def test_numbers_that_make_no_sense_are_left_out() -> None:
    reader = VmcReader()
    motion_of(vmc({"jawOpen": 0.5}, {"Head": about("y", -10)}), reader)
    motion = motion_of(
        vmc(
            {"jawOpen": math.nan, "cheekPuff": 3.0}, {"Head": (0, 0, 0, 0), "Neck": (math.nan,) * 4}
        ),
        reader,
    )
    assert motion.weight("jawOpen") == pytest.approx(0.5)
    assert motion.weight("cheekPuff") == 1
    assert nose(motion)[0] == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize(
    "message",
    [
        osc("/VMC/Ext/Blend/Val"),
        osc("/VMC/Ext/Blend/Val", 3.0, "jawOpen"),
        osc("/VMC/Ext/Bone/Pos", "Head"),
        osc("/VMC/Ext/Bone/Pos", "Head", "a", "b", "c", "d", "e", "f", "g"),
        osc("/VMC/Ext/OK"),
        osc("/VMC/Ext/T", "late"),
        osc("/VMC/Ext/Blend/Val", "jawOpen", "wide"),
    ],
)
def test_messages_with_other_arguments_change_nothing(message: bytes) -> None:
    motion = motion_of(osc_bundle(message, osc("/VMC/Ext/Blend/Apply")))
    assert not motion.weights.any()
    assert not motion.head_rotation.any()


def test_other_osc_is_refused() -> None:
    with pytest.raises(PacketError, match="VMC"):
        motion_of(osc("/W", 3, 0.5))
