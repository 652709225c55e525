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


def duration(time_s: float) -> str:
    """A length of time in rough words: `40 s`, `12 min`, `2 h 05 min`, `3 days 4 h`."""
    seconds = max(0, round(time_s))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} day{'s' if days > 1 else ''} {hours} h"
