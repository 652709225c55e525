from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.phones import PacketError
from avatar_core.driving.phones.facial_mocap import FacialMocapReader, start_request, stop_request
from avatar_core.motion import ARKIT_UNITS
from tests.avatar_core.driving.phones.directions import gaze_degrees, lean, nose
from tests.avatar_core.driving.phones.senders import facial_mocap

# As a phone sends it: eyes down (eyeLookDown_R 17), each towards the nose (eyeLookIn 6 and 4).
SAMPLE = (
    b"eyeBlink_L-7|tongueOut-0|jawRight-0|eyeLookIn_R-6|eyeLookOut_R-0|jawOpen-12|mouthLeft-1|"
    b"eyeLookIn_L-4|eyeLookDown_R-17|browInnerUp-20|mouthSmile_L-3|trackingStatus-1|hapihapi-0|"
    b"=head#-21.488958,-6.038993,-6.6019735,-0.030653415,-0.10287084,-0.6584072|"
    b"rightEye#6.0297494,2.4403017,0.25649446|leftEye#6.034903,-1.6660284,-0.17520553|"
)


def motion_of(packet: bytes, reader: FacialMocapReader | None = None):
    return (reader or FacialMocapReader()).parse(packet, 1.5).motion


def test_a_packet_of_a_phone_is_read() -> None:
    motion = motion_of(SAMPLE)
    assert motion.weight("eyeBlinkLeft") == pytest.approx(0.07)
    assert motion.weight("eyeLookInRight") == pytest.approx(0.06)
    assert motion.weight("jawOpen") == pytest.approx(0.12)
    assert motion.weight("mouthLeft") == pytest.approx(0.01)
    assert motion.weight("browInnerUp") == pytest.approx(0.2)
    assert motion.time_s == 1.5
    np.testing.assert_allclose(motion.head_translation, [-0.030653, -0.102871, -0.658407], 1e-4)
    yaw, pitch = nose(motion)
    assert (yaw, pitch) == pytest.approx((-6.04, 21.49), abs=0.01)
    # The left eye looks towards the nose: to the person's right; the right one to the left.
    np.testing.assert_allclose(
        gaze_degrees(motion), [[-1.66603, -6.03490], [2.44030, -6.02975]], atol=1e-4
    )


@pytest.mark.parametrize("version", [1, 2])
def test_every_unit_arrives_in_both_versions_and_spellings(version: int) -> None:
    for spelled in (lambda unit: unit, short_name):
        values = {spelled(unit): n + 1 for n, unit in enumerate(ARKIT_UNITS)}
        motion = motion_of(facial_mocap(values, version=version))
        np.testing.assert_allclose(motion.weights, np.arange(1, 53) / 100, atol=1e-6)


def short_name(unit: str) -> str:
    if unit in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        return unit
    return unit.replace("Left", "_L").replace("Right", "_R")


def test_degrees_turn_the_head() -> None:
    assert nose(motion_of(facial_mocap({}, head=(0, 25, 0)))) == pytest.approx((25, 0), abs=1e-3)
    assert nose(motion_of(facial_mocap({}, head=(15, 0, 0)))) == pytest.approx((0, -15), abs=1e-3)
    assert lean(motion_of(facial_mocap({}, head=(0, 0, 10)))) == pytest.approx(10, abs=1e-3)


def test_negative_values_of_both_versions_mean_no_weight() -> None:
    assert motion_of(b"jawOpen--5|cheekPuff-9|").weight("jawOpen") == 0
    assert motion_of(b"jawOpen&-5|cheekPuff&9|").weight("cheekPuff") == pytest.approx(0.09)


def test_what_a_packet_leaves_out_stays() -> None:
    reader = FacialMocapReader()
    motion_of(facial_mocap({"jawOpen": 50, "cheekPuff": 10}, head=(0, 20, 0)), reader)
    motion = motion_of(facial_mocap({"cheekPuff": 30}, head=None, left_eye=None), reader)
    assert motion.weight("jawOpen") == pytest.approx(0.5)
    assert motion.weight("cheekPuff") == pytest.approx(0.3)
    assert nose(motion)[0] == pytest.approx(20, abs=1e-3)


def test_without_both_eyes_there_is_no_gaze() -> None:
    assert motion_of(facial_mocap({"jawOpen": 1}, left_eye=None)).gaze is None


def test_a_phone_that_tracks_nothing_has_no_confidence() -> None:
    assert motion_of(b"jawOpen-12|trackingStatus-0|").confidence == 0
    assert motion_of(b"jawOpen-12|trackingStatus-1|").confidence == 1


def test_parts_that_are_damaged_are_left_out() -> None:
    motion = motion_of(
        b"jawOpen-nan|cheekPuff-inf|tongueOut-900|mouthPucker-|=head#1,2|rightEye#a,b,c|"
        b"leftEye#nan,1,2|head#1e400,0,0,0,0,0|___iFacialMocap|34903,-1.6|mouthFunnel-40|#|&|-"
    )
    assert motion.weight("mouthFunnel") == pytest.approx(0.4)
    assert motion.weight("tongueOut") == 1
    assert motion.weight("jawOpen") == motion.weight("cheekPuff") == 0
    assert not motion.head_rotation.any()
    assert motion.gaze is None


def test_places_and_angles_stay_sane() -> None:
    motion = motion_of(facial_mocap({}, head=(1e300, 1e300, 0, 1e300, -1e300, 0)))
    assert np.isfinite(motion.head_rotation).all()
    assert np.abs(motion.head_translation).max() <= 5


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"|||||",
        b"hello",
        b"\xff\xfe\x00",
        b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719",
        b"a-1|" * 600,
    ],
)
def test_anything_else_is_refused(packet: bytes) -> None:
    with pytest.raises(PacketError):
        motion_of(packet)


def test_a_known_name_without_a_value_is_no_reason_to_refuse() -> None:
    assert motion_of(b"jawOpen|").weight("jawOpen") == 0


def test_phones_are_asked_in_the_words_of_their_app() -> None:
    assert start_request(49983) == (
        b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
    )
    assert stop_request(49983) is None
    assert start_request(49993) == b"FACEMOTION3D_OtherStreaming"
    assert stop_request(49993) == b"StopStreaming_FACEMOTION3D"
