from __future__ import annotations

import numpy as np
import pytest

from avatar_core.recording.slots import SlotFiller


def fill(fps: float, times: list[float], end_s: float | None = None) -> tuple[str, SlotFiller[str]]:
    """Name pictures a, b, c...; give the letters in the slots of the finished clip."""
    filler: SlotFiller[str] = SlotFiller(fps)
    runs = [filler.push(chr(ord("a") + index), time_s) for index, time_s in enumerate(times)]
    runs.append(filler.finish(end_s))
    return "".join(run.picture * run.count for run in runs if run is not None), filler


def test_exact_times_give_one_slot_each_for_a_long_time():
    fps = 30000 / 1001
    filler: SlotFiller[int] = SlotFiller(fps)
    for index in range(200_000):
        run = filler.push(index, index / fps)
        assert index == 0 or (run.picture, run.count) == (index - 1, 1)
    assert (filler.repeated, filler.dropped) == (0, 0)


def test_jitter_below_half_a_frame_changes_nothing():
    rng = np.random.default_rng(1)
    times = [index / 30 + rng.uniform(-0.49, 0.49) / 30 for index in range(26)]

    slots, filler = fill(30, times)

    assert slots == "abcdefghijklmnopqrstuvwxyz"
    assert (filler.repeated, filler.dropped) == (0, 0)


@pytest.mark.parametrize(
    ("times", "slots", "repeated", "dropped"),
    [
        ([], "", 0, 0),
        ([0.0], "a", 0, 0),
        ([0.3], "aaaa", 3, 0),
        ([0.0, 0.3], "aaab", 2, 0),
        ([0.0, 0.01, 0.02, 0.1], "cd", 0, 2),
        ([0.0, 0.2, 0.1], "aac", 1, 1),
        ([-5.0, 0.1], "ab", 0, 0),
    ],
)
def test_gaps_are_filled_and_surplus_is_replaced(times, slots, repeated, dropped):
    result, filler = fill(10, times)

    assert result == slots
    assert (filler.repeated, filler.dropped, filler.given) == (repeated, dropped, len(slots))


def test_the_end_holds_the_last_picture_but_never_cuts():
    assert fill(10, [0.0, 0.1], end_s=0.5)[0] == "abbbb"
    assert fill(10, [0.0, 0.1, 0.2], end_s=0.1)[0] == "abc"


@pytest.mark.parametrize("time_s", [float("nan"), float("inf")])
def test_a_time_that_is_no_time_is_refused(time_s):
    with pytest.raises(ValueError, match="finite"):
        SlotFiller(10).push("a", time_s)
