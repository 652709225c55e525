from __future__ import annotations

import numpy as np
import pytest

from app.workers.driver_frame import DriverFrame
from app.workers.driver_rests import DriverRests
from avatar_core.motion import DriverProfile, MixerSettings, MotionFrame

CAMERA, PHONE, MICROPHONE = "camera:0", "livelink:11111", "mic:"


def _frame(captured_s: float, jaw: float, time_s: float | None = None) -> DriverFrame:
    motion = MotionFrame.from_units(captured_s if time_s is None else time_s, jawOpen=jaw)
    return DriverFrame(motion, captured_s)


def _jaw(rests: DriverRests, uri: str, frame: DriverFrame) -> float:
    motion = rests.motions({uri: frame}, MixerSettings())[uri]
    assert motion is not None
    return motion.weight("jawOpen")


def test_a_face_that_rests_half_open_is_told_from_there_after_a_while() -> None:
    rests = DriverRests()
    jaws = [_jaw(rests, CAMERA, _frame(i / 30, 0.3)) for i in range(150)]
    assert jaws[0] == pytest.approx(0.3)
    assert jaws[-1] == pytest.approx(0.0, abs=1e-3)
    assert np.abs(np.diff(jaws)).max() < 0.05  # learned without a jump
    rests.forget(CAMERA)
    assert _jaw(rests, CAMERA, _frame(6.0, 0.3)) == pytest.approx(0.3)


def test_a_phone_whose_clock_begins_again_keeps_its_rest() -> None:
    rests = DriverRests()
    for i in range(150):
        _jaw(rests, PHONE, _frame(50 + i / 30, 0.3, time_s=i / 30))
    assert _jaw(rests, PHONE, _frame(56.0, 0.3, time_s=0.0)) == pytest.approx(0.0, abs=1e-3)


def test_speech_and_calibrated_drivers_are_left_alone() -> None:
    rests = DriverRests()
    known = MixerSettings(profiles={CAMERA: DriverProfile(MotionFrame.from_units(jawOpen=0.1))})
    for i in range(150):
        frame = _frame(i / 30, 0.3)
        motions = rests.motions({MICROPHONE: frame, CAMERA: frame, PHONE: None}, known)
        assert motions[MICROPHONE] is frame.motion
        assert motions[CAMERA] is frame.motion
        assert motions[PHONE] is None


def test_a_lost_face_teaches_nothing() -> None:
    rests = DriverRests()
    lost = DriverFrame(MotionFrame(confidence=0.0), 1.0)
    assert rests.motions({CAMERA: lost}, MixerSettings())[CAMERA] is lost.motion
