from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from avatar_core.driving.phones import PacketError
from avatar_core.driving.phones.live_link import LiveLinkReader
from avatar_core.errors import DeviceError
from tests.avatar_core.driving.phones.directions import gaze_degrees, lean, nose
from tests.avatar_core.driving.phones.senders import LIVE_LINK_ORDER, live_link, meta_human


def motion_of(packet: bytes, reader: LiveLinkReader | None = None):
    return (reader or LiveLinkReader()).parse(packet, 2.5).motion


def test_every_weight_arrives_under_its_name() -> None:
    values = {name: (n + 1) / 64 for n, name in enumerate(LIVE_LINK_ORDER[:52])}
    motion = motion_of(live_link(values))
    assert motion is not None
    for name, value in values.items():
        assert motion.weight(name[0].lower() + name[1:]) == pytest.approx(value, abs=1e-7)
    assert motion.time_s == 2.5
    assert motion.confidence == 1


def test_a_packet_is_as_long_as_the_layout_says() -> None:
    assert len(live_link(subject="iPhone")) == 306 + len("iPhone")


def test_the_head_turns_left_looks_up_and_leans_right() -> None:
    assert nose(motion_of(live_link({"HeadYaw": 0.3}))) == pytest.approx((math.degrees(0.3), 0))
    assert nose(motion_of(live_link({"HeadPitch": 0.2}))) == pytest.approx((0, math.degrees(0.2)))
    assert lean(motion_of(live_link({"HeadRoll": 0.1}))) == pytest.approx(math.degrees(0.1))


def test_the_address_settles_unit_and_sense_of_angles() -> None:
    reader = LiveLinkReader.from_options({"angles": "degrees", "flip": "pitch"})
    motion = motion_of(live_link({"HeadYaw": 20, "HeadPitch": 10}), reader)
    assert nose(motion) == pytest.approx((20, -10), abs=1e-3)
    half_turns = LiveLinkReader.from_options({"angles": "half_turns"})
    assert nose(motion_of(live_link({"HeadYaw": 0.1}), half_turns))[0] == pytest.approx(18)


@pytest.mark.parametrize("options", [{"angles": "gons"}, {"flip": "nose"}])
def test_other_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(DeviceError, match="options"):
        LiveLinkReader.from_options(options)


@pytest.mark.parametrize("sign", [1, -1])
def test_eyes_look_where_their_weights_say(sign: int) -> None:
    reader = LiveLinkReader()
    told = {
        "EyeLookOutLeft": 0.5, "EyeLookInRight": 0.5, "EyeLookUpLeft": 0.4, "EyeLookUpRight": 0.4,
        "LeftEyeYaw": sign * 0.2, "RightEyeYaw": sign * 0.2,
        "LeftEyePitch": sign * 0.1, "RightEyePitch": sign * 0.1,
    }  # fmt: skip
    gaze = gaze_degrees(motion_of(live_link(told), reader))
    np.testing.assert_allclose(gaze, [[math.degrees(0.2), math.degrees(0.1)]] * 2, rtol=1e-5)


def test_without_eye_angles_the_weights_have_to_do() -> None:
    assert motion_of(live_link({"EyeLookUpLeft": 0.4})).gaze is None


def test_a_packet_without_values_is_a_moment_without_a_face() -> None:
    for packet in (live_link(has_face=False), live_link(has_face=False) + b"\0"):
        motion = motion_of(packet)
        assert motion.confidence == 0
        assert not motion.weights.any()


def test_frames_are_numbered_and_the_phone_has_a_name() -> None:
    packet = LiveLinkReader().parse(live_link({}, frame=1234, part=0.5, subject="Evas Hörer"), 0)
    assert packet.order == 1234.5
    assert packet.is_counted
    assert packet.subject == "Evas Hörer"


def test_weights_beyond_their_range_are_cut_and_nonsense_is_left_out() -> None:
    reader = LiveLinkReader()
    motion_of(live_link({"JawOpen": 0.6, "CheekPuff": 0.2}), reader)
    motion = motion_of(
        live_link({"JawOpen": math.nan, "CheekPuff": math.inf, "TongueOut": 7, "JawLeft": -2}),
        reader,
    )
    assert motion.weight("jawOpen") == pytest.approx(0.6)
    assert motion.weight("cheekPuff") == pytest.approx(0.2)
    assert motion.weight("tongueOut") == 1
    assert motion.weight("jawLeft") == 0


def test_angles_stay_sane() -> None:
    wild = {"HeadYaw": 1e30, "HeadPitch": math.nan, "HeadRoll": -math.inf, "LeftEyeYaw": 1e30}
    motion = motion_of(live_link(wild))
    assert np.isfinite(motion.head_rotation).all()
    assert np.linalg.norm(motion.head_rotation) <= np.radians(100) + 1e-6
    assert motion.gaze is not None
    assert np.abs(np.degrees(motion.gaze)).max() <= 60.001
    assert motion_of(live_link({"LeftEyeYaw": math.nan})).gaze is None


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_the_other_mode_of_the_app_is_refused_with_a_hint(byte_order: str) -> None:
    with pytest.raises(PacketError, match="switch the app to ARKit mode"):
        motion_of(meta_human(byte_order))


def test_cut_off_packets_are_refused() -> None:
    whole = live_link({"JawOpen": 0.5})
    no_face = len(live_link(has_face=False))
    for length in range(len(whole)):
        if length != no_face:
            with pytest.raises(PacketError):
                motion_of(whole[:length])


@pytest.mark.parametrize("length", [-1, 257, 1 << 30, -(1 << 31)])
def test_impossible_lengths_are_refused(length: int) -> None:
    with pytest.raises(PacketError):
        motion_of(b"\x06" + struct.pack(">i", length) + bytes(400))


def test_another_number_of_values_is_refused() -> None:
    packet = bytearray(live_link({}))
    packet[len(live_link(has_face=False))] = 17
    with pytest.raises(PacketError, match="17 values"):
        motion_of(bytes(packet))
