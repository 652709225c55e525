"""Rates and distances in time that features, network and live motion share."""

from __future__ import annotations

RATE_HZ = 16_000
"""Samples per second of the sound that features are made from."""

WINDOW = 400
"""Samples a feature looks at: 25 ms."""

HOP = 160
"""Samples from one feature to the next: 10 ms."""

HOPS_PER_FRAME = 2
"""Features from one moment of motion to the next."""

FPS = RATE_HZ / (HOP * HOPS_PER_FRAME)
"""Moments of motion per second: 50."""

LOOKAHEAD_HOPS = 5
"""Hops of sound after a moment that its motion waits for."""

LOOKAHEAD_S = LOOKAHEAD_HOPS * HOP / RATE_HZ
"""The same in seconds: 50 ms, the windows of features included."""
