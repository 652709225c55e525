"""The channels of a take as one table, with the columns of `frame_channels`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.frame_channels import (
    CHANNELS,
    GAZE,
    GROUP_CHANNELS,
    PLACE,
    TURN,
    WEIGHTS,
)
from avatar_core.motion.gaze import gaze_from_weights

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion.channels import ChannelGroup
    from avatar_core.motion.take import Take


def columns_of_groups(groups: Iterable[ChannelGroup]) -> list[int]:
    """Columns of several groups, rising."""
    return sorted({int(column) for group in groups for column in GROUP_CHANNELS[group]})


def table_of(take: Take) -> Float32:
    """The recorded channels [T, 62] of a take, its corrections left aside.

    Where a take has no gaze, those columns are zero.
    """
    gaze = np.zeros((len(take), 4), np.float32) if take.gaze is None else take.gaze.reshape(-1, 4)
    parts = [take.weights, take.head_rotation, take.head_translation, gaze]
    return np.hstack(parts).astype(np.float32, copy=False)


def with_table(take: Take, table: Float32) -> Take:
    """The take with other channels [T, 62] at the same times; it keeps having gaze, or none."""
    return replace(
        take,
        weights=table[:, WEIGHTS].copy(),
        head_rotation=table[:, TURN].copy(),
        head_translation=table[:, PLACE].copy(),
        gaze=None if take.gaze is None else table[:, GAZE].reshape(-1, 2, 2).copy(),
    )


def with_gaze(take: Take) -> Take:
    """The take with gaze angles; where it has none, those that its eyeLook weights stand for."""
    return take if take.gaze is not None else replace(take, gaze=gaze_from_weights(take.weights))


def woven(first: Float32, second: Float32, share: Float64) -> Float32:
    """Both by share; where it is 0 or 1, one of them bit for bit."""
    mixed = ((1 - share) * first + share * second).astype(np.float32)
    result: Float32 = np.where(share == 0, first, np.where(share == 1, second, mixed))
    return result


def sampled(take: Take, times_s: Float64) -> Take:
    """The recorded channels at other times, interpolated between frames; the ends are held.

    A time that a frame has gives that frame bit for bit. Corrections, marks and sound are kept,
    since none of them knows of frames.

    Args:
        take: what is sampled.
        times_s: [n] on the take's clock, rising; n >= 1. The first becomes time 0.
    """
    table = np.hstack([table_of(take), take.confidence[:, None]])
    later = np.searchsorted(take.times_s, times_s, side="right").clip(1, len(take) - 1)
    if len(take) == 1:
        rows = np.repeat(table, len(times_s), axis=0)
    else:
        start, end = take.times_s[later - 1], take.times_s[later]
        amount = ((times_s - start) / (end - start)).clip(0, 1)[:, None]
        rows = woven(table[later - 1], table[later], amount)
    moved = replace(
        take,
        times_s=times_s - times_s[0],
        weights=rows[:, WEIGHTS].copy(),
        head_rotation=np.zeros((len(rows), 3), np.float32),
        head_translation=np.zeros((len(rows), 3), np.float32),
        gaze=None if take.gaze is None else np.zeros((len(rows), 2, 2), np.float32),
        confidence=rows[:, CHANNELS].copy(),
    )
    return with_table(moved, rows[:, :CHANNELS])
