"""The bundled performance, and the parts of the script that makes it."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_core.io.take_file import load_take, take_to_bytes
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX, Take
from avatar_core.resources import resource_path

FPS = 30
TALKING_S = (21.1, 27.8)


@pytest.fixture(scope="module")
def take() -> Take:
    return load_take(resource_path("demo", "performance.take"))


@pytest.fixture
def making(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the script: `making("curves")`."""
    monkeypatch.syspath_prepend(str(resource_path("demo")))
    return lambda name: importlib.import_module(f"take_making.{name}")


def unit(take: Take, name: str) -> np.ndarray:
    return take.weights[:, UNIT_INDEX[name]]


def test_half_a_minute_in_a_small_file(take: Take) -> None:
    assert take.duration_s == pytest.approx(30)
    assert take.fps == FPS
    assert resource_path("demo", "performance.take").stat().st_size < 2_000_000


def test_values_are_those_of_a_face(take: Take) -> None:
    assert take.weights.min() >= 0
    assert take.weights.max() <= 1
    assert np.degrees(np.linalg.norm(take.head_rotation, axis=1)).max() < 30
    assert np.abs(take.head_translation).max() < 0.03
    assert take.gaze is not None
    assert np.degrees(np.abs(take.gaze)).max() <= 24.001
    assert (take.confidence == 1).all()


def test_it_shows_a_bit_of_everything(take: Take) -> None:
    strong = {ARKIT_UNITS[index] for index in np.flatnonzero(take.weights.max(axis=0) > 0.6)}
    assert strong >= {
        "mouthSmileLeft", "browInnerUp", "browOuterUpLeft", "eyeWideLeft", "browDownRight",
        "mouthFrownLeft", "mouthPucker", "cheekPuff", "tongueOut", "eyeBlinkLeft", "eyeLookOutLeft",
    }  # fmt: skip


def test_end_meets_the_beginning(take: Take) -> None:
    assert np.abs(take.weights[0] - take.weights[-1]).max() < 0.02
    assert np.degrees(np.abs(take.head_rotation[0] - take.head_rotation[-1])).max() < 0.5


def test_nothing_but_lids_and_eyes_is_abrupt(take: Take) -> None:
    quick = [n for n in ARKIT_UNITS if n.startswith(("eyeBlink", "eyeLook", "mouthRoll"))]
    slow = [UNIT_INDEX[name] for name in ARKIT_UNITS if name not in quick]
    assert np.abs(np.diff(take.weights[:, slow], axis=0)).max() < 0.35
    assert np.degrees(np.abs(np.diff(take.head_rotation, axis=0))).max() < 4


def test_blinks_come_as_often_as_with_people(take: Take) -> None:
    shut = (unit(take, "eyeBlinkLeft") > 0.5) & (unit(take, "eyeBlinkRight") > 0.5)
    starts = np.flatnonzero(shut[1:] & ~shut[:-1]) / FPS
    assert 7 <= len(starts) <= 15
    assert np.diff(starts).min() > 1
    assert np.diff(starts).std() > 0.3


def test_there_is_a_wink(take: Take) -> None:
    assert ((unit(take, "eyeBlinkLeft") > 0.95) & (unit(take, "eyeBlinkRight") < 0.2)).sum() > 5


def test_it_is_silent_but_for_the_line(take: Take) -> None:
    assert take.audio is not None
    assert take.audio.duration_s == pytest.approx(take.duration_s)
    moments = np.arange(len(take.audio.samples)) / take.audio.rate_hz
    talking = (moments >= TALKING_S[0]) & (moments <= TALKING_S[1])
    assert not take.audio.samples[~talking].any()
    assert 0.2 < np.abs(take.audio.samples[talking]).max() < 1


def test_the_jaw_goes_with_the_voice(take: Take) -> None:
    assert take.audio is not None
    step = take.audio.rate_hz // FPS
    sound = take.audio.samples[: len(take) * step, 0].reshape(len(take), step)
    loud = np.sqrt((sound**2).mean(axis=1))
    talking = slice(int(TALKING_S[0] * FPS), int(TALKING_S[1] * FPS))
    jaw = unit(take, "jawOpen")
    assert np.corrcoef(loud[talking], jaw[talking])[0, 1] > 0.4


@pytest.mark.skipif(shutil.which("flite") is None, reason="the program flite is not installed")
def test_script_makes_the_bundled_file_again(monkeypatch: pytest.MonkeyPatch, take: Take) -> None:
    monkeypatch.syspath_prepend(str(resource_path("demo")))
    again = importlib.import_module("make_demo_take").make_take()
    # Other versions of numpy may differ in the last bit; the voice of flite may not.
    assert again.weights == pytest.approx(take.weights, abs=1e-5)
    assert take.audio is not None
    assert np.array_equal(again.audio.samples, take.audio.samples)
    assert len(take_to_bytes(again)) == pytest.approx(
        Path(resource_path("demo", "performance.take")).stat().st_size, rel=0.05
    )


def phones(making: Any, *names: str, length_s: float = 0.1) -> list[Any]:
    phone = making("speech").Phone
    return [phone(name, i * length_s, (i + 1) * length_s) for i, name in enumerate(names)]


def mouth(making: Any, names: str, at_s: float, **options: Any) -> dict[str, float]:
    """Weights of a mouth saying some phones, 0.1 s each, at a moment."""
    weights = making("visemes").speech_weights(
        phones(making, *names.split()), np.array([at_s]), **options
    )
    return dict(zip(ARKIT_UNITS, weights[0].tolist(), strict=True))


@pytest.mark.parametrize("sound", ["m", "b", "p"])
def test_lips_meet_whatever_is_said_around(making: Any, sound: str) -> None:
    for around in ("aa", "uw", "iy", "t"):
        shut = mouth(making, f"{around} {sound} {around}", 0.15)
        assert shut["mouthClose"] >= shut["jawOpen"]
        assert shut["mouthLowerDownLeft"] == pytest.approx(0, abs=1e-6)
        apart = mouth(making, f"{around} {around} {around}", 0.15)
        assert apart["mouthClose"] == pytest.approx(0, abs=1e-6)


def test_lower_lip_goes_under_the_teeth_for_f(making: Any) -> None:
    assert mouth(making, "aa f aa", 0.15)["mouthRollLower"] > 0.5
    assert mouth(making, "aa t aa", 0.15)["mouthRollLower"] < 0.05


def test_vowels_differ_as_they_should(making: Any) -> None:
    wide, round_, open_ = (mouth(making, f"t {vowel} t", 0.15) for vowel in ("iy", "uw", "aa"))
    assert open_["jawOpen"] > 2 * max(wide["jawOpen"], round_["jawOpen"])
    assert wide["mouthStretchLeft"] > 3 * round_["mouthStretchLeft"]
    assert round_["mouthPucker"] > 0.4 > 0.1 > wide["mouthPucker"]


def test_lips_round_early_for_a_coming_vowel(making: Any) -> None:
    before_round = mouth(making, "iy t uw", 0.17)["mouthPucker"]
    before_wide = mouth(making, "iy t iy", 0.17)["mouthPucker"]
    assert before_round > before_wide + 0.1


def test_diphthong_moves_from_one_vowel_to_the_other(making: Any) -> None:
    first, last = mouth(making, "pau ay pau", 0.12), mouth(making, "pau ay pau", 0.19)
    assert first["jawOpen"] > last["jawOpen"]
    assert last["mouthStretchLeft"] > first["mouthStretchLeft"]


def test_a_loud_voice_opens_wider(making: Any) -> None:
    quiet = mouth(making, "t aa t", 0.15, loudness=np.array([0.0]))
    loud = mouth(making, "t aa t", 0.15, loudness=np.array([1.0]))
    assert loud["jawOpen"] > 1.3 * quiet["jawOpen"]


def test_silence_and_unknown_sounds_are_at_rest(making: Any) -> None:
    assert max(mouth(making, "pau pau", 0.1).values()) < 1e-6
    assert max(mouth(making, "xx", 0.05).values()) < 1e-6
    weights = making("visemes").speech_weights((), np.array([0.0]))
    assert not weights.any()


def test_phones_are_read_from_what_flite_says(making: Any) -> None:
    read = making("speech").read_phones("pau:0.164 hh:0.255 ax:0.304 \n")
    assert [(p.name, p.start_s, p.end_s) for p in read] == [
        ("pau", 0, 0.164), ("hh", 0.164, 0.255), ("ax", 0.255, 0.304),
    ]  # fmt: skip


def test_movement_starts_and_stops_softly(making: Any) -> None:
    course = making("curves").minimum_jerk(np.linspace(-0.5, 1.5, 201))
    assert course[0] == 0
    assert course[-1] == 1
    assert course[100] == pytest.approx(0.5)
    assert (np.diff(course) >= 0).all()
    assert np.diff(course)[[50, 149]].max() < 1e-3


def test_gesture_rises_holds_and_fades(making: Any) -> None:
    course = making("curves").swell(np.array([0.9, 1.2, 1.4, 2.4, 2.9, 9.0]), 1.0, 0.4, 1.0, 0.5)
    assert course == pytest.approx([0, 0.5, 1, 1, 0, 0])


def test_restlessness_repeats_and_has_unit_size(making: Any) -> None:
    times_s = np.arange(0, 20, 0.02)
    noise = making("curves").restlessness(times_s, 10.0, 0.5, np.random.default_rng(0))
    assert noise[:500] == pytest.approx(noise[500:], abs=1e-9)
    assert noise.std() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("seed", range(10))
def test_blinks_keep_their_distance_and_respect_busy_eyes(making: Any, seed: int) -> None:
    eyes, busy = making("eyes"), [(10.0, 20.0)]
    blinks = eyes.blink_times(60.0, busy, [5.0], np.random.default_rng(seed))
    assert 5.0 in blinks
    assert np.diff(blinks).min() >= 1.1
    assert not any(10 <= blink <= 20 for blink in blinks)


def test_lids_close_faster_than_they_open(making: Any) -> None:
    times_s = np.arange(0, 1, 0.001)
    closure = making("eyes").lid_closure(times_s, [0.3])
    shut = np.flatnonzero(closure > 0.999)
    assert closure.max() == 1
    assert shut[0] - 300 < 0.6 * (np.flatnonzero(closure > 0)[-1] - shut[-1])
    assert not closure[:300].any()


def test_eyes_rest_on_their_targets_between_jumps(making: Any) -> None:
    times_s = np.arange(0, 10, 0.005)
    gaze = making("eyes").gaze_in_world(times_s, ((4.0, 20.0, 5.0),), np.random.default_rng(0))
    assert np.abs(gaze[times_s < 4]).max() < 5
    assert gaze[times_s == 4.4][0] == pytest.approx([20, 5])
    still = np.abs(np.diff(gaze[:, 0])) < 1e-9
    assert still.mean() > 0.8
    assert gaze[-1] == pytest.approx([0, 0])
