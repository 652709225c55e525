from __future__ import annotations

import pytest

from avatar_core.motion import Timecode


@pytest.mark.parametrize(
    ("text", "base"),
    [("00:00:00:00", 24), ("10:20:30:12", 30), ("23:59:59:59", 60), ("01:02:03:04.250", 25),
     ("01:02:03:104", 120)],
)  # fmt: skip
def test_codes_come_back_as_they_were_typed(text: str, base: int) -> None:
    assert Timecode.parse(text, base).text == text


def test_counts_frames_since_midnight() -> None:
    assert Timecode.parse("01:00:01:05", 25) == Timecode(3601 * 25 + 5, 25)
    assert Timecode.parse("00:00:02:12", 24).seconds == 2.5


def test_later_turns_over_at_midnight_both_ways() -> None:
    last = Timecode.parse("23:59:59:12", 24)
    assert last.later(1).text == "00:00:00:12"
    assert Timecode(0, 24).later(-0.5).text == "23:59:59:12"
    assert last.later(86_400 * 3) == last


def test_a_hair_before_midnight_is_no_code_of_24_hours() -> None:
    assert Timecode(86_400 * 24 - 1e-6, 24).text == "23:59:59:23.999"


@pytest.mark.parametrize("text", ["", "1:2:3", "24:00:00:00", "00:60:00:00", "00:00:00:30", "x"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|no moment"):
        Timecode.parse(text, 30)


@pytest.mark.parametrize(("frames", "base"), [(-1, 24), (0, 0), (float("nan"), 24), (1e9, 24)])
def test_impossible_values_are_refused(frames: float, base: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Timecode(frames, base)
