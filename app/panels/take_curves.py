"""The channels of a take as curves, in the units that an artist thinks in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.widgets.curve_lane import ShownCurve
from avatar_core.motion import CORRECTED_COLUMNS, UNIT_INDEX, Take
from avatar_core.motion.corrections import values_at
from avatar_core.motion.take_channels import table_of, with_gaze

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

_ROOM = 0.1
"""Of the range, left above and below."""


@dataclass(frozen=True, slots=True)
class CurveUnit:
    """How a channel is written: times `scale`, with a suffix, at least `span` to either side."""

    suffix: str
    scale: float
    span: float


_DEGREES = CurveUnit("°", 180 / math.pi, 15.0)
_CENTIMETRES = CurveUnit(" cm", 100.0, 2.0)
_WEIGHT = CurveUnit("", 1.0, 1.0)

_TITLES = {
    "headPitch": "Head turn: nod", "headYaw": "Head turn: left and right",
    "headRoll": "Head turn: tilt", "headX": "Head position: sideways",
    "headY": "Head position: up and down", "headZ": "Head position: to and fro",
    "gazeYaw": "Gaze: left and right", "gazePitch": "Gaze: up and down",
}  # fmt: skip


def unit_of(channel: str) -> CurveUnit:
    """How a channel of `CORRECTED_COLUMNS` is written."""
    if channel in UNIT_INDEX:
        return _WEIGHT
    return _CENTIMETRES if channel in ("headX", "headY", "headZ") else _DEGREES


def title_of(channel: str) -> str:
    """What the window calls a channel: ARKit's own name for its units."""
    return _TITLES.get(channel, channel)


def recorded_value(take: Take, channel: str, time_s: float) -> float:
    """The recording of a channel at a time, in its own unit (weight, radians, metres)."""
    return float(np.interp(time_s, take.times_s, _recorded(take, channel)))


def shown_curve(take: Take, channel: str) -> ShownCurve:
    """What a lane shows of a channel."""
    unit, keys = unit_of(channel), take.corrections.keys(channel)
    values = _recorded(take, channel) * unit.scale

    def recorded(times_s: Float64) -> Float64:
        sampled: Float64 = np.interp(times_s, take.times_s, values)
        return sampled

    def played(times_s: Float64) -> Float64:
        total = recorded(times_s) + unit.scale * values_at(keys, times_s)
        return np.clip(total, 0, 1) if channel in UNIT_INDEX else total

    low, high = _range(values, played(take.times_s), unit)
    if channel in UNIT_INDEX:
        low, high = 0.0, 1.0
    return ShownCurve(
        title=title_of(channel),
        unit=unit.suffix,
        low=low,
        high=high,
        recorded=recorded,
        played=played,
        keys=tuple(key.time_s for key in keys),
        is_bypassed=take.corrections.is_bypassed,
    )


def _recorded(take: Take, channel: str) -> Float64:
    take = with_gaze(take) if channel.startswith("gaze") else take
    columns = list(CORRECTED_COLUMNS[channel])
    values: Float64 = table_of(take)[:, columns].mean(axis=1, dtype=np.float64)
    return values


def _range(values: Float64, played: Float64, unit: CurveUnit) -> tuple[float, float]:
    low = min(float(values.min()), float(played.min()), -unit.span)
    high = max(float(values.max()), float(played.max()), unit.span)
    room = _ROOM * (high - low)
    return math.floor(low - room), math.ceil(high + room)
