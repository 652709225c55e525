"""Smoothing that is calm on a still face and quick on a moving one.

The artist sets one amount from 0 to 1 per channel group. What it costs is stated as the lag it
adds at a natural pace, so that nobody has to know what a cutoff frequency is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.motion.channels import ChannelGroup
from avatar_core.motion.frame_channels import (
    CHANNELS,
    GAZE,
    GROUP_CHANNELS,
    channels_of_frame,
    with_channels,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion.motion import MotionFrame

_STILL_LAG_S = 0.8
"""Time constant at amount 1 while nothing moves."""
_QUICKNESS = (4.0, 0.3)
"""Hertz per (span / second) at amount 0 and 1: how much movement opens the filter."""
_NATURAL_PACE = 2.0
"""Spans per second of an unhurried expression: there and back in a second."""


@dataclass(frozen=True, slots=True)
class _Character:
    """What sets a group apart: its full swing in its own unit, its share of the amount."""

    span: float = 1.0
    share: float = 1.0


_CHARACTERS: dict[ChannelGroup, _Character] = {
    ChannelGroup.HEAD_TURN: _Character(span=0.5),
    ChannelGroup.HEAD_POSITION: _Character(span=0.1),
    # A blink lasts a few frames: lids take little smoothing even when everything else is calm.
    ChannelGroup.LIDS: _Character(share=0.3),
    ChannelGroup.GAZE: _Character(share=0.6),
}
_GAZE_ANGLE_SPAN_RAD = 0.4


class OneEuro:
    """A low-pass filter over any number of channels whose cutoff rises with their speed.

    Args:
        min_cutoff_hz: scalar or [n]; the cutoff at rest. Infinity passes a channel unchanged.
        beta: scalar or [n]; hertz added per unit per second of speed.
        derivative_cutoff_hz: cutoff of the speed estimate.

    Source:
        Casiez, Roussel, Vogel 2012, "1 Euro Filter", CHI, doi:10.1145/2207676.2208639; the
        speed is taken from the raw input, as in the authors' own programs.
    """

    def __init__(
        self,
        min_cutoff_hz: float | Float64,
        beta: float | Float64,
        derivative_cutoff_hz: float = 1.0,
    ) -> None:
        self.min_cutoff_hz = min_cutoff_hz
        self.beta = beta
        self.derivative_cutoff_hz = derivative_cutoff_hz
        self._started = False
        self._inputs: Float64 = np.zeros(0)
        self._values: Float64 = np.zeros(0)
        self._speeds: Float64 = np.zeros(0)
        self._time_s = 0.0

    def reset(self) -> None:
        """Forget the past; the next values pass unchanged."""
        self._started = False

    def filter(self, values: Float32 | Float64, time_s: float) -> Float64:
        """The smoothed values.

        Args:
            values: [n], the same n on each call.
            time_s: when they were true. The same time again gives the same answer again; a time
                before the last one starts afresh, as a looping film does.

        Raises:
            ShapeError: another number of channels than last time.
        """
        fresh = np.array(values, np.float64)
        if not self._started or time_s < self._time_s:
            self._started = True
            self._inputs, self._values, self._speeds = fresh, fresh.copy(), np.zeros_like(fresh)
        elif fresh.shape != self._values.shape:
            raise ShapeError(f"values: expected {self._values.shape}, got {fresh.shape}")
        elif time_s > self._time_s:
            self._advance(fresh, time_s - self._time_s)
        self._time_s = time_s
        return self._values.copy()

    def _advance(self, fresh: Float64, step_s: float) -> None:
        # Speed of the input, not of the correction: a lag must not pass for movement.
        speeds = (fresh - self._inputs) / step_s
        self._inputs = fresh
        self._speeds += _share_of_new(self.derivative_cutoff_hz, step_s) * (speeds - self._speeds)
        cutoff_hz = self.min_cutoff_hz + self.beta * np.abs(self._speeds)
        share = _share_of_new(cutoff_hz, step_s)
        # Written as a blend, not a correction, so that a share of 1 returns the input exactly.
        self._values = share * fresh + (1 - share) * self._values


def _share_of_new(cutoff_hz: float | Float64, step_s: float) -> float | Float64:
    lag_s = 1 / (2 * np.pi * np.asarray(cutoff_hz, np.float64))
    share: Float64 = step_s / (step_s + lag_s)
    return share


def one_euro_parameters(group: ChannelGroup, amount: float) -> tuple[float, float]:
    """Cutoff at rest (Hz) and beta (Hz per span per second) for an amount of smoothing 0..1."""
    effective = _character(group).share * min(max(amount, 0.0), 1.0)
    if effective == 0:
        return float("inf"), 0.0
    quick, slow = _QUICKNESS
    return 1 / (2 * np.pi * _STILL_LAG_S * effective), quick + (slow - quick) * effective


def added_lag_s(group: ChannelGroup, amount: float) -> float:
    """Seconds by which smoothing delays a movement of natural pace in this group."""
    cutoff_hz, beta = one_euro_parameters(group, amount)
    return float(1 / (2 * np.pi * (cutoff_hz + beta * _NATURAL_PACE)))


class GroupSmoother:
    """Smooths whole frames, each channel group by its own amount.

    Axis-angle turns are smoothed as vectors, which is fair below about 60 degrees.
    """

    def __init__(self) -> None:
        self._filter = OneEuro(np.inf, 0.0)
        self._amounts: dict[ChannelGroup, float] = {}
        self._has_gaze = False

    def reset(self) -> None:
        """Forget the past; the next frame passes unchanged."""
        self._filter.reset()

    def smooth(
        self, frame: MotionFrame, amounts: Mapping[ChannelGroup, float], time_s: float
    ) -> MotionFrame:
        """The smoothed frame.

        Args:
            frame: the newest frame; its own time is not looked at.
            amounts: 0..1 per group; groups left out pass unchanged.
            time_s: the clock that smoothing runs on.
        """
        if (frame.gaze is not None) != self._has_gaze:
            self._has_gaze = frame.gaze is not None
            self.reset()
        smoothed = self.smooth_channels(channels_of_frame(frame), amounts, time_s)
        return with_channels(frame, smoothed)

    def smooth_channels(
        self, channels: Float32, amounts: Mapping[ChannelGroup, float], time_s: float
    ) -> Float32:
        """The same for a vector [62] in the order of `frame_channels`."""
        self._tune(amounts)
        return self._filter.filter(channels, time_s).astype(np.float32)

    def _tune(self, amounts: Mapping[ChannelGroup, float]) -> None:
        if amounts == self._amounts:
            return
        self._amounts = dict(amounts)
        cutoff_hz, beta = np.empty(CHANNELS), np.empty(CHANNELS)
        for group, channels in GROUP_CHANNELS.items():
            cutoff_hz[channels], beta[channels] = one_euro_parameters(group, amounts.get(group, 0))
        self._filter.min_cutoff_hz = cutoff_hz
        self._filter.beta = beta / _SPANS


def _character(group: ChannelGroup) -> _Character:
    return _CHARACTERS.get(group, _Character())


_SPANS = np.ones(CHANNELS)
for _group, _channels in GROUP_CHANNELS.items():
    _SPANS[_channels] = _character(_group).span
_SPANS[GAZE] = _GAZE_ANGLE_SPAN_RAD
