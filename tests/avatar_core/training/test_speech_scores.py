from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.driving.speech.visemes import Phone, Viseme, frame_visemes
from avatar_core.motion import UNIT_INDEX
from avatar_core.training.speech_scores import (
    Spoken,
    closed_lips,
    correlation,
    lag_s,
    scores_of,
)

_PHONES = (
    Phone("pau", 0.0, 0.2),
    Phone("m", 0.2, 0.3),
    Phone("aa", 0.3, 0.6),
    Phone("s", 0.6, 0.7),
    Phone("p", 0.7, 0.8),
    Phone("uw", 0.8, 1.0),
)


def _scores(told: np.ndarray) -> np.ndarray:
    return np.eye(10, dtype=np.float32)[told]


@pytest.fixture
def right() -> Spoken:
    times_s = np.arange(50) / 50
    visemes = frame_visemes(_PHONES, times_s).astype(np.uint8)
    weights = np.zeros((50, 52), np.float32)
    weights[:, UNIT_INDEX["jawOpen"]] = np.interp(
        times_s, [0, 0.2, 0.3, 0.45, 0.7, 0.8, 0.9, 1], [0, 0, 0, 0.8, 0, 0, 0.3, 0]
    )
    return Spoken(_PHONES, weights, visemes, weights.copy(), _scores(visemes))


def test_what_is_right_scores_full(right: Spoken) -> None:
    scores = scores_of([right, right])
    assert scores.viseme_accuracy == scores.viseme_accuracy_all == scores.closure_rate == 1
    assert scores.jaw_correlation == pytest.approx(1)
    assert scores.lag_ms == pytest.approx(0, abs=0.1)


def test_only_the_six_main_classes_count_for_the_first_number(right: Spoken) -> None:
    told = right.visemes.copy()
    told[31:35] = 0  # while s is heard, which is none of them
    scores = scores_of([replace(right, scores=_scores(told))])
    assert scores.viseme_accuracy == scores.viseme_accuracy_ten == 1
    assert scores.viseme_accuracy_all == pytest.approx(36 / 40)


def test_silence_is_not_counted(right: Spoken) -> None:
    told = right.visemes.copy()
    told[:10] = 3
    assert scores_of([replace(right, scores=_scores(told))]).viseme_accuracy_all == 1


def test_what_is_none_of_the_six_does_not_take_their_place(right: Spoken) -> None:
    scores = right.scores.copy()
    scores[16:20, Viseme.HISS] = 2  # while the open mouth of aa is heard
    told = scores_of([replace(right, scores=scores)])
    assert told.viseme_accuracy == 1
    assert told.viseme_accuracy_ten == pytest.approx(31 / 35)


def test_lips_that_stay_apart_are_no_closure(right: Spoken) -> None:
    weights = right.weights.copy()
    weights[33:41, UNIT_INDEX["jawOpen"]] = 0.1
    assert closed_lips(_PHONES, weights).tolist() == [True, False]
    # The lips closed over a jaw that is open by 0.1, but no further than 0.15.
    weights[33:41, UNIT_INDEX["mouthClose"]] = 0.1
    assert closed_lips(_PHONES, weights).tolist() == [True, True]
    weights[33:41, [UNIT_INDEX["jawOpen"], UNIT_INDEX["mouthClose"]]] = 0.2
    assert closed_lips(_PHONES, weights).tolist() == [True, False]


@pytest.mark.parametrize("late_s", [-0.05, 0.0, 0.013, 0.06])
def test_the_lag_between_two_courses(late_s: float) -> None:
    times_s = np.arange(200) / 50
    course = lambda at_s: np.sin(2 * np.pi * 1.7 * at_s) + np.sin(2 * np.pi * 3.1 * at_s)  # noqa: E731
    assert lag_s(course(times_s - late_s), course(times_s)) == pytest.approx(late_s, abs=0.002)


def test_a_mouth_that_does_not_move_has_nothing_in_common() -> None:
    course = np.sin(np.arange(100)).astype("f4")
    assert correlation(np.ones(100, np.float32), course) == 0
    assert lag_s(np.ones(100, np.float32), course) == 0
