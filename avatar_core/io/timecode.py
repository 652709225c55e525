"""Timecodes `HH:MM:SS:FF.sub`, where FF counts frames at a rate that the code does not tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.timecode import BASES, Timecode, frame_base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry.shapes import Float64

DEFAULT_BASE = 60

_CODE = re.compile(r"\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[:;](\d{1,3}(?:\.\d+)?)\s*")
_DAY_S = 86_400
_TOLERANCE_S = 1e-4


def telling_timecodes(times_s: Float64, fps: float, start: Timecode | None) -> list[str]:
    """Codes of times [T] from which a reader, who is not told the base, finds the times again.

    Args:
        times_s: seconds, rising from 0.
        fps: nominal frame rate.
        start: when the first of them was; unknown, any moment will do.
    """
    bases = [frame_base(fps), DEFAULT_BASE, *BASES]
    if start is None:
        # The last frame of a second, so that the count of even a short recording turns over once.
        starts = [Timecode(base - 1, base) for base in bases]
    else:
        starts = [start, *(Timecode(round(start.seconds * base, 3), base) for base in bases)]
    for each in starts:
        codes = timecodes(times_s, each)
        if _tell(codes, times_s, each):
            return codes
    return timecodes(times_s, starts[0])


def _tell(codes: Sequence[str], times_s: Float64, start: Timecode) -> bool:
    """Whether a reader finds the times and the moment of the first."""
    found, rows, moment = times_from_timecodes(codes)
    return (
        moment is not None
        and len(rows) == len(codes)
        and np.abs(found - times_s).max(initial=0) < _TOLERANCE_S
        and abs(moment.seconds - start.seconds) < _TOLERANCE_S
    )


def timecodes(times_s: Float64, start: Timecode) -> list[str]:
    """Codes of times [T] that rise from 0 at `start`, to a thousandth of a frame."""
    base = start.base
    ticks = np.rint((times_s * base + start.frames) * 1000).astype(np.int64)
    seconds, ticks = np.divmod(ticks, base * 1000)
    seconds %= _DAY_S
    return [
        f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}:{t // 1000:02d}.{t % 1000:03d}"
        for s, t in zip(seconds.tolist(), ticks.tolist(), strict=True)
    ]


def times_from_timecodes(codes: Sequence[str]) -> tuple[Float64, list[int], Timecode | None]:
    """Seconds since the first code, and the rows they belong to.

    The base is the one that makes the step across a full second most like the other steps.
    Rows that are not later than those before are left out. Codes that cannot be read, or that
    mostly do not rise, are replaced by counting rows at 60 per second.

    Returns:
        times [T] rising from 0, the T row numbers, and the moment of the first; None where rows
        were counted.
    """
    parsed = [_CODE.fullmatch(code) for code in codes]
    by_row = np.arange(len(codes)) / DEFAULT_BASE, list(range(len(codes))), None
    if not parsed or not all(parsed):
        return by_row
    groups = [match.groups() for match in parsed if match]
    seconds = np.array([int(h) * 3600 + int(m) * 60 + int(s) for h, m, s, _ in groups], np.float64)
    frames = np.array([float(f) for *_, f in groups])
    seconds[1:] += _DAY_S * np.cumsum(np.diff(seconds) < -_DAY_S / 2)
    base = _likely_base(seconds, frames)
    times_s = seconds + frames / base
    start = Timecode((seconds[0] % _DAY_S) * base + frames[0] % base, base)
    times_s -= times_s[0]
    later = np.r_[True, times_s[1:] > np.maximum.accumulate(times_s)[:-1]]
    if later.sum() * 2 < len(codes):
        return by_row
    return times_s[later], np.flatnonzero(later).tolist(), start


def _likely_base(seconds: Float64, frames: Float64) -> int:
    possible = [base for base in BASES if base > np.floor(frames.max())] or [BASES[-1]]
    turns = np.diff(seconds) > 0
    if not turns.any():
        return max(possible[0], DEFAULT_BASE)
    if turns.all():
        return possible[0]

    def unevenness(base: int) -> float:
        steps = np.diff(seconds + frames / base)
        usual = float(np.median(steps[~turns]))
        return abs(float(np.median(steps[turns])) - usual) / max(abs(usual), 1e-9)

    return min(possible, key=unevenness)
