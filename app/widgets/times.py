"""Times as an artist reads them."""

from __future__ import annotations


def clock(time_s: float) -> str:
    """Minutes, seconds and hundredths: `0:07.25`; hours only when there are any."""
    hundredths = round(max(time_s, 0.0) * 100)
    seconds, hundredths = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f"{seconds:02d}.{hundredths:02d}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
