"""Filters over whole takes. They look both ways in time, so that they add no lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.channels import ChannelGroup
from avatar_core.motion.frame_channels import GROUP_CHANNELS
from avatar_core.motion.take_channels import table_of, with_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion.take import Take

LONGEST_SMOOTHING_S = 0.25
"""Standard deviation of the smoothing at amount 1."""

_REACH = 3.0
"""Standard deviations after which frames no longer count."""
_SPIKE_FRAMES = 2
"""Frames looked at on each side: two of five may be wrong, and a blink is longer."""
_LEAST_SPIKE = {ChannelGroup.HEAD_TURN: 0.03, ChannelGroup.HEAD_POSITION: 0.006}
_LEAST_SPIKE_WEIGHT = 0.06
"""Steps smaller than this are never taken for spikes."""
_SPIKE_DEVIATIONS = 3.0
_SIGMA_OF_MAD = 1.4826


def smoothed(take: Take, amounts: Mapping[ChannelGroup, float]) -> Take:
    """The take with each group smoothed by its own amount 0..1, without lag.

    A Gaussian over true times, so uneven frames are no matter; its standard deviation is the
    amount's square times `LONGEST_SMOOTHING_S`. Groups left out, or at 0, stay bit for bit.
    """
    table = table_of(take)
    for group, amount in amounts.items():
        sigma_s = LONGEST_SMOOTHING_S * min(max(amount, 0.0), 1.0) ** 2
        if sigma_s > 0:
            columns = GROUP_CHANNELS[group]
            table[:, columns] = _gaussian(table[:, columns], take.times_s, sigma_s)
    return with_table(take, table)


def despiked(take: Take, amounts: Mapping[ChannelGroup, float]) -> Take:
    """The take without frames that jump out of a group's movement and back.

    A frame is such a spike where it lies further from the median of five frames than noise
    explains; it gets the median. Movements that last three frames or more, blinks among them, and
    all other frames stay bit for bit.

    Args:
        take: what is filtered.
        amounts: 0..1 per group; more takes smaller jumps for spikes, 0 leaves the group alone.

    Source:
        Hampel 1974, "The influence curve and its role in robust estimation", J. Am. Stat. Assoc.
        69(346): the median and its deviation as a test for outliers.
    """
    table = table_of(take)
    if len(take) < 2 * _SPIKE_FRAMES + 1:
        return take
    for group, amount in amounts.items():
        if amount > 0:
            columns = GROUP_CHANNELS[group]
            least = _LEAST_SPIKE.get(group, _LEAST_SPIKE_WEIGHT) * (2 - min(amount, 1.0))
            table[:, columns] = _without_spikes(table[:, columns], least)
    return with_table(take, table)


def _gaussian(values: Float32, times_s: Float64, sigma_s: float) -> Float32:
    total = values.astype(np.float64)
    mass = np.ones(len(values))
    for step in range(1, len(values)):
        distance = times_s[step:] - times_s[:-step]
        if distance.min() > _REACH * sigma_s:
            break
        share = np.exp(-0.5 * (distance / sigma_s) ** 2) * (distance <= _REACH * sigma_s)
        total[step:] += share[:, None] * values[:-step]
        total[:-step] += share[:, None] * values[step:]
        mass[step:] += share
        mass[:-step] += share
    result: Float32 = (total / mass[:, None]).astype(np.float32)
    return result


def _without_spikes(values: Float32, least: float) -> Float32:
    padded = np.pad(values, ((_SPIKE_FRAMES, _SPIKE_FRAMES), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _SPIKE_FRAMES + 1, axis=0)
    median = np.median(windows, axis=-1)
    deviation = np.median(np.abs(windows - median[..., None]), axis=-1)
    bound = np.maximum(_SPIKE_DEVIATIONS * _SIGMA_OF_MAD * deviation, least)
    result: Float32 = np.where(np.abs(values - median) > bound, median, values)
    return result
