"""Eyes that live: blinks at natural intervals, glances, small shifts of attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .curves import minimum_jerk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry.shapes import Float64

_CLOSING_S, _CLOSED_S, _OPENING_S = 0.075, 0.035, 0.17
_SACCADE_S = 0.055
_MEAN_INTERVAL_S = 3.0
_LEAST_INTERVAL_S = 1.1


def blink_times(
    end_s: float,
    busy: Sequence[tuple[float, float]],
    wanted: Sequence[float],
    generator: np.random.Generator,
) -> list[float]:
    """When to blink: at some wanted moments, and in between as people do.

    Intervals are log-normal: mostly three seconds, now and then long, never at once again.

    Args:
        end_s: how long the performance is.
        busy: spans (start, end) in which eyes are open wide or shut on purpose.
        wanted: moments at which a blink belongs, such as a large glance.
        generator: of the chance.
    """
    times, moment_s = list(wanted), 0.0
    while True:
        moment_s += max(generator.lognormal(np.log(_MEAN_INTERVAL_S) - 0.1, 0.45), 1.2)
        if moment_s > end_s - 1:
            return sorted(times)
        near = any(abs(moment_s - other) < _LEAST_INTERVAL_S for other in times)
        if not near and not any(start <= moment_s <= end for start, end in busy):
            times.append(moment_s)


def lid_closure(times_s: Float64, blinks: Sequence[float]) -> Float64:
    """How far the lids are closed, 0..1; they close twice as fast as they open.

    Args:
        times_s: [T] when to look.
        blinks: when each blink begins.
    """
    closure = np.zeros(len(times_s))
    for start_s in blinks:
        closing = minimum_jerk((times_s - start_s) / _CLOSING_S)
        opening = minimum_jerk((times_s - start_s - _CLOSING_S - _CLOSED_S) / _OPENING_S)
        closure = np.maximum(closure, closing - opening)
    return closure


def gaze_in_world(
    times_s: Float64, glances: Sequence[tuple[float, float, float]], generator: np.random.Generator
) -> Float64:
    """Where the eyes point, [T, 2] (yaw, pitch) degrees, jumping as eyes do.

    Args:
        times_s: [T] when to look.
        glances: moment, yaw and pitch of each; the first rest is straight ahead.
        generator: of the small shifts in between.
    """
    targets = _with_small_shifts(glances, float(times_s[-1]), generator)
    gaze, here = np.zeros((len(times_s), 2)), np.zeros(2)
    for start_s, yaw, pitch in targets:
        there = np.array([yaw, pitch])
        gaze += minimum_jerk((times_s - start_s) / _SACCADE_S)[:, None] * (there - here)
        here = there
    return gaze


def _with_small_shifts(
    glances: Sequence[tuple[float, float, float]], end_s: float, generator: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Glances and, around each resting place, the shifts between a viewer's eyes and mouth."""
    targets = []
    rests = [(0.0, 0.0, 0.0), *glances]
    ends = [start for start, *_ in glances] + [end_s - 0.5]
    for (start_s, yaw, pitch), until_s in zip(rests, ends, strict=True):
        targets.append((start_s, yaw, pitch))
        moment_s = start_s + generator.uniform(0.5, 1.2)
        while moment_s < until_s - 0.3:
            offset = generator.normal(0, (0.9, 0.6))
            targets.append((moment_s, yaw + offset[0], pitch + offset[1]))
            moment_s += generator.uniform(0.5, 1.6)
    return [*targets, (end_s - 0.4, 0.0, 0.0)]
