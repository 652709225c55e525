"""Corrections: keys that an artist sets on top of a recorded performance.

A recording stays as it is; each corrected channel gets a curve that is added to it. Curves run
smoothly through their keys without swinging beyond them, and hold their first and last value
outside. So one key alone shifts a whole take, and keys of zero on both sides of it keep a
correction to a moment.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.frame_channels import (
    CHANNELS,
    WEIGHTS,
    channels_of_frame,
    frame_of_channels,
)
from avatar_core.motion.motion import ARKIT_UNITS, MotionFrame
from avatar_core.motion.take_channels import table_of, with_gaze, with_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion.take import Take

CORRECTED_COLUMNS: dict[str, tuple[int, ...]] = {
    **{unit: (column,) for column, unit in enumerate(ARKIT_UNITS)},
    "headPitch": (52,), "headYaw": (53,), "headRoll": (54,),
    "headX": (55,), "headY": (56,), "headZ": (57,),
    "gazeYaw": (58, 60), "gazePitch": (59, 61),
}  # fmt: skip
"""Channels that can be corrected, and their columns: ARKit weights, the head's turn (radians,
about x, y and z), its position (metres), and the gaze of both eyes (radians)."""

_NEAR_S = 1e-6
"""Keys closer than this are one."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is added to a channel at a time, in the channel's own unit."""

    time_s: float
    value: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.time_s) and np.isfinite(self.value)):
            raise ValueError(f"key: expected finite numbers, got {self}")
        object.__setattr__(self, "time_s", float(self.time_s))
        object.__setattr__(self, "value", float(self.value))


Curve = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """All curves of a take.

    Args:
        curves: keys by channel, those of `CORRECTED_COLUMNS`; brought into their order, channels
            without keys left out.
        is_bypassed: they are kept, but the performance plays as it was recorded.

    Raises:
        ValueError: no such channel, or keys that do not rise in time.
    """

    curves: Mapping[str, Curve] = field(default_factory=dict)
    is_bypassed: bool = False

    def __post_init__(self) -> None:
        for channel, keys in self.curves.items():
            if channel not in CORRECTED_COLUMNS:
                raise ValueError(f"there is no channel {channel!r:.40}")
            if not (np.diff([key.time_s for key in keys]) > 0).all():
                raise ValueError(f"{channel}: expected keys that rise in time")
        ordered = {each: self.curves[each] for each in CORRECTED_COLUMNS if self.curves.get(each)}
        object.__setattr__(self, "curves", ordered)

    @property
    def is_active(self) -> bool:
        """Whether they change anything now."""
        return bool(self.curves) and not self.is_bypassed

    def keys(self, channel: str) -> Curve:
        return self.curves.get(channel, ())

    def with_keys(self, channel: str, keys: Curve) -> Corrections:
        """Other keys for a channel; none takes its correction away.

        Keys are brought into order; of two at the same time the later one given stays.
        """
        kept: list[Key] = []
        for key in sorted(keys, key=lambda each: each.time_s):
            if kept and key.time_s - kept[-1].time_s < _NEAR_S:
                kept.pop()
            kept.append(key)
        return replace(self, curves={**self.curves, channel: tuple(kept)})

    def with_bump(self, channel: str, time_s: float, value: float, reach_s: float) -> Corrections:
        """A correction of one moment that is gone `reach_s` before and after it.

        Keys that are there already stay; those of zero are set only where none lies in between.
        """
        keys = self.keys(channel)
        ends = [
            Key(end_s, value_at(keys, end_s))
            for end_s in (time_s - reach_s, time_s + reach_s)
            if not any(min(end_s, time_s) <= key.time_s <= max(end_s, time_s) for key in keys)
        ]
        return self.with_keys(channel, (*keys, *ends, Key(time_s, value)))

    def retimed(self, moved: Callable[[float], float]) -> Corrections:
        """The same keys at other times; `moved` must keep their order."""
        curves = {
            channel: tuple(Key(moved(key.time_s), key.value) for key in keys)
            for channel, keys in self.curves.items()
        }
        return replace(self, curves=curves)

    def offsets(self, times_s: Float64) -> Float64:
        """What is added [n, 62] at times [n], whether bypassed or not."""
        offsets = np.zeros((len(times_s), CHANNELS))
        for channel, keys in self.curves.items():
            columns = list(CORRECTED_COLUMNS[channel])
            offsets[:, columns] += values_at(keys, times_s)[:, None]
        return offsets

    def applied(self, frame: MotionFrame, time_s: float) -> MotionFrame:
        """A frame of the recording as the corrections have it at `time_s`."""
        if not self.is_active:
            return frame
        channels = channels_of_frame(frame).astype(np.float64)
        for channel, keys in self.curves.items():
            value = value_at(keys, time_s)
            for column in CORRECTED_COLUMNS[channel]:
                channels[column] += value
        channels = _played(channels[None])[0]
        has_gaze = frame.gaze is not None or self._turns_eyes
        return replace(
            frame_of_channels(channels, has_gaze=has_gaze),
            time_s=frame.time_s,
            confidence=frame.confidence,
        )

    @property
    def _turns_eyes(self) -> bool:
        return "gazeYaw" in self.curves or "gazePitch" in self.curves

    def baked_into(self, take: Take) -> Take:
        """The take with these corrections in its channels, unless bypassed, and none on top."""
        take = replace(take, corrections=NO_CORRECTIONS)
        if not self.is_active:
            return take
        take = with_gaze(take) if self._turns_eyes else take
        return with_table(take, _played(table_of(take) + self.offsets(take.times_s)))


NO_CORRECTIONS = Corrections()


def with_corrections_baked(take: Take) -> Take:
    """The take as it plays, its corrections part of the recording."""
    return take.corrections.baked_into(take)


def value_at(keys: Curve, time_s: float) -> float:
    """What a curve adds at one time, as `values_at` for one; 0 without keys.

    Playback asks for a few channels sixty times a second, which arrays of one would be slow for.
    """
    if not keys:
        return 0.0
    if time_s <= keys[0].time_s or len(keys) == 1:
        return keys[0].value
    if time_s >= keys[-1].time_s:
        return keys[-1].value
    at = bisect_right(keys, time_s, key=lambda key: key.time_s) - 1
    start, end = keys[at], keys[at + 1]
    step = end.time_s - start.time_s
    part = (time_s - start.time_s) / step
    rise, turn = part * part * (3 - 2 * part), part * (1 - part)
    bend = (1 - part) * _slope(keys, at) - part * _slope(keys, at + 1)
    return start.value + rise * (end.value - start.value) + step * turn * bend


def _slope(keys: Curve, at: int) -> float:
    """As `_slopes`, for one key."""
    if at in (0, len(keys) - 1):
        return 0.0
    before, key, after = keys[at - 1 : at + 2]
    steps = key.time_s - before.time_s, after.time_s - key.time_s
    paces = (key.value - before.value) / steps[0], (after.value - key.value) / steps[1]
    if paces[0] * paces[1] <= 0:
        return 0.0
    weight = (steps[0] + 2 * steps[1]) / (3 * (steps[0] + steps[1]))
    return paces[0] * paces[1] / (weight * paces[1] + (1 - weight) * paces[0])


def values_at(keys: Curve, times_s: Float64) -> Float64:
    """The curve through keys [k] at times [n]: cubic between two keys, held outside.

    Source:
        Fritsch and Butland 1984, "A method for constructing local monotone piecewise cubic
        interpolants", SIAM J. Sci. Stat. Comput. 5(2), equation 2.2 for the slopes; those of the
        first and last key are 0, so that a correction begins and ends gently.
    """
    if not keys:
        return np.zeros(len(times_s))
    at = np.array([key.time_s for key in keys])
    values = np.array([key.value for key in keys])
    if len(keys) == 1:
        return np.full(len(times_s), values[0])
    inside = np.clip(times_s, at[0], at[-1])
    piece = np.clip(np.searchsorted(at, inside, side="right") - 1, 0, len(at) - 2)
    steps = np.diff(at)
    slopes = _slopes(steps, np.diff(values))
    part = (inside - at[piece]) / steps[piece]
    rise, turn = part * part * (3 - 2 * part), part * (1 - part)
    result: Float64 = (
        values[piece] + rise * (values[piece + 1] - values[piece])
        + steps[piece] * turn * ((1 - part) * slopes[piece] - part * slopes[piece + 1])
    )  # fmt: skip
    return result


def _slopes(steps: Float64, rises: Float64) -> Float64:
    slopes = np.zeros(len(steps) + 1)
    pace = rises / steps
    before, after = pace[:-1], pace[1:]
    weight = (steps[:-1] + 2 * steps[1:]) / (3 * (steps[:-1] + steps[1:]))
    same = before * after > 0
    total = np.where(same, weight * after + (1 - weight) * before, 1.0)
    slopes[1:-1] = np.where(same, before * after / total, 0.0)
    return slopes


def _played(channels: Float64) -> Float32:
    """Channels [n, 62] with their weights in range."""
    result: Float32 = channels.astype(np.float32)
    result[:, WEIGHTS] = np.clip(result[:, WEIGHTS], 0, 1)
    return result
