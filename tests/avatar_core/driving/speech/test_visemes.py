"""Phones, their visemes, and what is heard when."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.speech.visemes import (
    DIPHTHONGS,
    MAIN_VISEMES,
    PHONE_INDEX,
    PHONES,
    VISEME_OF_PHONE,
    Phone,
    Viseme,
    frame_phones,
    frame_visemes,
    lip_gap,
    split_diphthongs,
)
from avatar_core.errors import ShapeError
from avatar_core.motion import MotionFrame


def test_every_phone_has_one_viseme_or_two_vowels() -> None:
    assert len(set(PHONES)) == len(PHONES) == 41
    assert set(VISEME_OF_PHONE) | set(DIPHTHONGS) == set(PHONES)
    assert not set(VISEME_OF_PHONE) & set(DIPHTHONGS)
    assert {part for parts in DIPHTHONGS.values() for part in parts} <= set(VISEME_OF_PHONE)


def test_numbers_in_files_stay_what_they_are() -> None:
    told = {"pau": 0, "m": 1, "v": 5, "ax": 9, "uw": 14, "th": 20, "jh": 29, "hh": 35, "oy": 40}
    assert {name: PHONE_INDEX[name] for name in told} == told
    assert [viseme.value for viseme in Viseme] == list(range(10))
    assert Viseme.CLOSED == 1
    assert Viseme.NEUTRAL == 9


@pytest.mark.parametrize(
    ("names", "viseme"),
    [
        ("m b p", Viseme.CLOSED),
        ("f v", Viseme.TEETH_ON_LIP),
        ("aa ae", Viseme.OPEN),
        ("iy ih eh", Viseme.WIDE),
        ("uw w ao", Viseme.ROUND),
        ("th dh t d n l", Viseme.TONGUE),
        ("sh ch", Viseme.HUSH),
    ],
)
def test_sounds_that_look_alike_are_one_class(names: str, viseme: Viseme) -> None:
    assert {VISEME_OF_PHONE[name] for name in names.split()} == {viseme}


def test_main_visemes_are_six_with_labels_of_their_own() -> None:
    assert len(set(MAIN_VISEMES)) == 6
    assert len({viseme.label for viseme in Viseme}) == 10


def test_a_diphthong_is_its_two_vowels_in_turn() -> None:
    first, second = split_diphthongs([Phone("ow", 1.0, 1.2)])
    assert (first.name, second.name) == ("ao", "uw")
    assert (first.start_s, second.end_s) == (1.0, 1.2)
    assert first.end_s == second.start_s == pytest.approx(1.1)


def test_a_phone_lasts_until_the_next_begins() -> None:
    phones = (Phone("m", 0.1, 0.2), Phone("aa", 0.2, 0.3), Phone("p", 0.4, 0.5))
    heard = frame_phones(phones, np.array([0.0, 0.1, 0.199, 0.2, 0.35, 0.4, 0.5]))
    assert heard.tolist() == [-1, 0, 0, 1, -1, 2, -1]


def test_frames_show_the_viseme_that_is_heard_and_silence_elsewhere() -> None:
    phones = (Phone("m", 0.1, 0.2), Phone("ay", 0.2, 0.4))
    visemes = frame_visemes(phones, np.array([0.0, 0.15, 0.25, 0.35, 0.45]))
    assert visemes.dtype == np.uint8
    assert visemes.tolist() == [
        Viseme.SILENCE, Viseme.CLOSED, Viseme.OPEN, Viseme.WIDE, Viseme.SILENCE,
    ]  # fmt: skip


def test_nothing_said_is_silence() -> None:
    assert frame_visemes((), np.arange(3) / 60).tolist() == [0, 0, 0]
    assert frame_visemes((Phone("m", 0, 1),), np.zeros(0)).shape == (0,)


def test_a_phone_can_be_slowed_down_and_cut_off() -> None:
    assert Phone("m", 1.0, 2.0).scaled(1.5) == Phone("m", 1.5, 3.0)
    assert Phone("m", 1.0, 2.0).until(1.5) == Phone("m", 1.0, 1.5)
    assert Phone("m", 1.0, 2.0).until(0.5).duration_s == 0


def test_lips_are_together_at_rest_and_when_mouth_close_takes_back_the_jaw() -> None:
    assert lip_gap(MotionFrame().weights) == 0
    shut = MotionFrame.from_units(jawOpen=0.4, mouthClose=0.4).weights
    assert lip_gap(shut) == pytest.approx(0)
    assert lip_gap(MotionFrame.from_units(jawOpen=0.4).weights) == pytest.approx(0.4)


def test_lip_gap_keeps_the_leading_axes() -> None:
    assert lip_gap(np.zeros((3, 4, 52), np.float32)).shape == (3, 4)
    assert lip_gap(np.zeros((0, 52), np.float32)).shape == (0,)


def test_lip_gap_wants_all_units() -> None:
    with pytest.raises(ShapeError, match="52"):
        lip_gap(np.zeros((3, 51), np.float32))
