from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import FaceNotFoundError
from avatar_core.motion import UNIT_INDEX, DriverProfile, MotionFrame, profiled
from avatar_core.motion.range_calibration import GESTURES, REST, best_neutral, with_range

FPS = 30


def held(seconds: float = 1.0, **units: float) -> list[MotionFrame]:
    """A pose held under a little jitter."""
    rng = np.random.default_rng(2)
    pose = MotionFrame.from_units(**units)
    return [
        replace(
            pose,
            time_s=at / FPS,
            weights=np.clip(pose.weights + rng.normal(0, 0.01, 52), 0, 1).astype(np.float32),
        )
        for at in range(int(seconds * FPS))
    ]


def test_the_strongest_gestures_of_a_person_reach_all_the_way() -> None:
    shown = {
        REST: held(mouthSmileLeft=0.1, jawOpen=0.05),
        "smile": held(mouthSmileLeft=0.5, mouthSmileRight=0.5, cheekSquintLeft=0.3),
        "jaw": held(jawOpen=0.65),
        "brows": held(browInnerUp=0.4, browOuterUpLeft=0.8, browOuterUpRight=0.6),
    }
    profile = with_range(DriverProfile(), shown)
    for name, gesture in GESTURES.items():
        result = profiled(shown[name][0], profile)
        for unit in gesture.units:
            assert result.weight(unit) == pytest.approx(1.0, abs=0.1)
    rest = profiled(shown[REST][0], profile)
    assert rest.weights.max() < 0.1
    assert profile.gains[UNIT_INDEX["mouthClose"]] == profile.gains[UNIT_INDEX["jawOpen"]]
    assert profile.gains[UNIT_INDEX["mouthFrownLeft"]] == 1.0


def test_gestures_that_are_left_out_leave_gains_and_neutral_alone() -> None:
    gains = np.ones(52, np.float32)
    gains[UNIT_INDEX["browInnerUp"]] = 2.0
    before = DriverProfile(MotionFrame.from_units(jawOpen=0.1), gains)
    after = with_range(before, {"jaw": held(jawOpen=0.6)})
    assert after.neutral is before.neutral
    assert after.gains[UNIT_INDEX["browInnerUp"]] == 2.0
    assert after.gains[UNIT_INDEX["jawOpen"]] == pytest.approx(2.0, abs=0.1)
    assert with_range(before, {}) == before


def test_a_second_calibration_does_not_build_on_the_gains_of_the_first() -> None:
    shown = {"jaw": held(jawOpen=0.5)}
    once = with_range(DriverProfile(), shown)
    assert with_range(once, shown) == once


def test_a_side_that_is_hardly_seen_follows_the_other() -> None:
    shown = {"smile": held(mouthSmileLeft=0.8, mouthSmileRight=0.05)}
    gains = with_range(DriverProfile(), shown).gains
    assert gains[UNIT_INDEX["mouthSmileRight"]] == pytest.approx(2.5, abs=0.1)


def test_one_twitch_is_not_the_range() -> None:
    frames = held(jawOpen=0.5)
    frames[7] = MotionFrame.from_units(jawOpen=1.0)
    gains = with_range(DriverProfile(), {"jaw": frames}).gains
    assert gains[UNIT_INDEX["jawOpen"]] == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([], "no face"),
        ([MotionFrame(confidence=0.0)], "no face"),
        (held(mouthSmileLeft=0.05), "face at rest"),
    ],
)
def test_what_was_not_shown_is_said(frames: list[MotionFrame], words: str) -> None:
    with pytest.raises(FaceNotFoundError, match=words) as caught:
        with_range(DriverProfile(), {"smile": frames})
    assert "skip" in caught.value.hint


def test_gestures_nobody_knows_are_refused() -> None:
    with pytest.raises(ValueError, match="wink"):
        with_range(DriverProfile(), {"wink": held(eyeBlinkLeft=1.0)})


def film() -> list[MotionFrame]:
    """Talks and turns all the time but from 6 to 7 seconds; its face is smiling by nature."""
    frames = []
    for at in range(10 * FPS):
        time_s = at / FPS
        calm = 6 <= time_s < 7
        wave = 0.0 if calm else 0.3 + 0.3 * np.sin(9 * time_s)
        aside = 0.0 if calm else 0.2 * np.sin(time_s)
        frame = MotionFrame.from_units(time_s, jawOpen=wave, mouthSmileLeft=0.25)
        frames.append(replace(frame, head_rotation=np.array([0, aside, 0], np.float32)))
    return frames


def test_the_calmest_moment_of_a_film_is_its_rest() -> None:
    neutral = best_neutral(film())
    assert 6 <= neutral.time_s <= 7
    assert neutral.weight("jawOpen") == pytest.approx(0.0)
    assert neutral.weight("mouthSmileLeft") == pytest.approx(0.25)


def test_a_held_expression_is_not_taken_for_rest() -> None:
    frames = film()
    grin = [
        replace(MotionFrame.from_units(10 + at / FPS, mouthSmileLeft=0.9, jawOpen=0.4))
        for at in range(2 * FPS)
    ]
    assert 6 <= best_neutral([*frames, *grin]).time_s <= 7


def test_moments_without_a_face_are_passed_over() -> None:
    frames = [
        replace(frame, confidence=0.0) if 6 <= frame.time_s < 7 else frame for frame in film()
    ]
    neutral = best_neutral(frames)
    assert not 6 <= neutral.time_s <= 7
    assert neutral.confidence == 1.0


def test_short_films_and_stills_have_a_rest_too() -> None:
    assert best_neutral(film()[:3]).weight("mouthSmileLeft") == pytest.approx(0.25)
    assert best_neutral(film()[:1]).weight("mouthSmileLeft") == pytest.approx(0.25)
    with pytest.raises(FaceNotFoundError):
        best_neutral([MotionFrame(confidence=0.0)])
