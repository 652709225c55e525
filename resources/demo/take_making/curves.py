"""Time courses of muscles: smooth starts and stops, and restless rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64


def minimum_jerk(part: Float64) -> Float64:
    """How far a movement has come, 0..1, at a part of its duration; flat beyond its ends.

    Source:
        Flash and Hogan 1985, "The coordination of arm movements", Journal of Neuroscience 5(7).
    """
    x = np.clip(part, 0.0, 1.0)
    course: Float64 = x**3 * (10 - 15 * x + 6 * x**2)
    return course


def swell(
    times_s: Float64, start_s: float, attack_s: float, hold_s: float, release_s: float
) -> Float64:
    """0 to 1 within the attack, 1 while held, back to 0 within the release."""
    rising = minimum_jerk((times_s - start_s) / attack_s)
    falling = minimum_jerk((times_s - start_s - attack_s - hold_s) / release_s)
    return rising - falling


def restlessness(
    times_s: Float64, period_s: float, fastest_hz: float, generator: np.random.Generator
) -> Float64:
    """Smooth noise of about unit size that repeats after a period, slower parts being larger."""
    waves = np.arange(1, int(fastest_hz * period_s) + 1)
    sizes = 1 / np.sqrt(waves)
    sizes /= np.sqrt(0.5 * (sizes**2).sum())
    phases = generator.uniform(0, 2 * np.pi, len(waves))
    angles = 2 * np.pi * waves * times_s[:, None] / period_s + phases
    noise: Float64 = (sizes * np.sin(angles)).sum(axis=1)
    return noise
