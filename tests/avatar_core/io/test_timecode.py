from __future__ import annotations

import numpy as np
import pytest

from avatar_core.io.timecode import (
    telling_timecodes,
    timecodes,
    times_from_timecodes,
)
from avatar_core.motion.timecode import BASES, Timecode, frame_base


@pytest.mark.parametrize(
    ("fps", "base"), [(24, 24), (23.976, 24), (29.97, 30), (30, 30), (31, 48), (60, 60), (999, 240)]
)
def test_base_gives_every_frame_its_own_number(fps: float, base: int) -> None:
    assert frame_base(fps) == base


def test_codes_count_frames_and_begin_at_the_last_of_a_second() -> None:
    assert timecodes(np.array([0, 1 / 30, 2 / 30, 1.5]), Timecode(29, 30)) == [
        "00:00:00:29.000", "00:00:01:00.000", "00:00:01:01.000", "00:00:02:14.000",
    ]  # fmt: skip


def test_rounding_never_writes_a_full_second_of_frames() -> None:
    assert timecodes(np.array([0, 0.0333333 + 0.9999999]), Timecode(29, 30))[1] == "00:00:02:00.000"


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("count", [1, 2, 3, 10, 400])
def test_base_is_found_again(base: int, count: int) -> None:
    times_s = np.arange(count) / base
    found, rows, _ = times_from_timecodes(telling_timecodes(times_s, base, None))
    assert found == pytest.approx(times_s, abs=1e-4)
    assert rows == list(range(count))


def test_uneven_times_come_back() -> None:
    rng = np.random.default_rng(0)
    times_s = np.cumsum(rng.uniform(0.02, 0.05, 200))
    times_s -= times_s[0]
    found, *_ = times_from_timecodes(telling_timecodes(times_s, 30, None))
    assert found == pytest.approx(times_s, abs=1e-4)


def test_recording_within_one_second_counts_at_sixty() -> None:
    found, *_ = times_from_timecodes(["14:03:52:28.000", "14:03:52:31.000"])
    assert found == pytest.approx([0, 3 / 60])


def test_recording_with_missing_frames_keeps_its_base() -> None:
    kept = [index for index in range(300) if index % 7]
    codes = [timecodes(np.arange(300) / 30, Timecode(29, 30))[index] for index in kept]
    found, *_ = times_from_timecodes(codes)
    assert found == pytest.approx((np.array(kept) - kept[0]) / 30, abs=1e-4)


def test_midnight_is_not_the_end() -> None:
    found, *_ = times_from_timecodes(["23:59:59:58.0", "23:59:59:59.0", "00:00:00:00.0"])
    assert found == pytest.approx([0, 1 / 60, 2 / 60])


def test_rows_that_are_not_later_are_left_out() -> None:
    codes = ["00:00:01:58.0", "00:00:01:59.0", "00:00:01:59.0", "00:00:01:57.0", "00:00:02:00.0"]
    found, rows, _ = times_from_timecodes(codes)
    assert rows == [0, 1, 4]
    assert found == pytest.approx([0, 1 / 60, 2 / 60])


@pytest.mark.parametrize("codes", [["x", "y"], ["", ""], ["00:00:00:01", "1.5"], ["0:0:0:5"] * 9])
def test_unusable_codes_are_replaced_by_counting(codes: list[str]) -> None:
    found, rows, _ = times_from_timecodes(codes)
    assert found == pytest.approx(np.arange(len(codes)) / 60)
    assert rows == list(range(len(codes)))


@pytest.mark.parametrize("count", [1, 2, 20, 200])
@pytest.mark.parametrize("base", [24, 25, 30, 60, 120])
@pytest.mark.parametrize("code", ["11:42:03:05", "00:00:00:00", "23:59:59:20.500"])
def test_the_moment_of_the_shoot_comes_back(code: str, base: int, count: int) -> None:
    start = Timecode.parse(code, base)
    times_s = np.arange(count) / base
    found, rows, again = times_from_timecodes(telling_timecodes(times_s, base, start))
    assert found == pytest.approx(times_s, abs=1e-4)
    assert len(rows) == count
    assert again is not None
    assert again.seconds == pytest.approx(start.seconds, abs=1e-4)
    if count == 200:
        assert again == start


def test_a_take_at_another_rate_than_its_timecode_keeps_both() -> None:
    start, times_s = Timecode.parse("10:00:00:12", 25), np.arange(300) / 90
    found, _, again = times_from_timecodes(telling_timecodes(times_s, 90, start))
    assert found == pytest.approx(times_s, abs=1e-4)
    assert again is not None
    assert again.seconds == pytest.approx(start.seconds, abs=1e-4)


def test_counted_rows_have_no_moment() -> None:
    assert times_from_timecodes(["x", "y"])[2] is None
    assert times_from_timecodes(["00:00:01:05.5", "00:00:01:06"])[2] == Timecode(65.5, 60)


def test_no_codes_give_no_times() -> None:
    found, rows, _ = times_from_timecodes([])
    assert len(found) == 0
    assert rows == []
