"""Timecode: the clock of a shoot, by which recordings of several machines are laid together."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_CODE = re.compile(r"\s*(\d{1,2}):(\d{1,2}):(\d{1,2})[:;](\d{1,3}(?:\.\d+)?)\s*")
_DAY_S = 86_400
HIGHEST_BASE = 1000
"""No timecode counts more frames per second."""

BASES = (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
"""Frames per second that timecodes are known to count."""


def frame_base(fps: float) -> int:
    """The base for a frame rate: the smallest that gives every frame its own number."""
    return next((base for base in BASES if base >= fps - 0.01), BASES[-1])


@dataclass(frozen=True, slots=True)
class Timecode:
    """A moment of a day, counted in frames.

    Args:
        frames: since midnight; a fraction is part of a frame.
        base: frames per second that the code counts.

    Raises:
        ValueError: no such moment, or no such base.
    """

    frames: float
    base: int

    def __post_init__(self) -> None:
        if not 1 <= self.base <= HIGHEST_BASE:
            raise ValueError(f"base: expected 1..{HIGHEST_BASE}, got {self.base}")
        # Comparisons with NaN are false, so this refuses NaN too.
        if not 0 <= self.frames < _DAY_S * self.base:
            raise ValueError(f"frames: expected a moment of a day, got {self.frames}")
        object.__setattr__(self, "frames", float(self.frames))

    @classmethod
    def parse(cls, text: str, base: int) -> Timecode:
        """The moment that `HH:MM:SS:FF` or `HH:MM:SS:FF.sub` names.

        Raises:
            ValueError: not such a code.
        """
        match = _CODE.fullmatch(text)
        if match is None:
            raise ValueError(f"expected HH:MM:SS:FF, got {text!r:.40}")
        hours, minutes, seconds = (int(each) for each in match.groups()[:3])
        frames = float(match[4])
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
            raise ValueError(f"there is no moment {text!r:.40} at {base} frames per second")
        return cls((hours * 3600 + minutes * 60 + seconds) * base + frames, base)

    @classmethod
    def at(cls, seconds: float, base: int) -> Timecode:
        """The moment so many seconds after midnight."""
        return cls(0.0, base).later(seconds)

    @property
    def seconds(self) -> float:
        """Since midnight."""
        return self.frames / self.base

    @property
    def text(self) -> str:
        """`HH:MM:SS:FF`, with `.sub` where the moment falls between two frames."""
        ticks = min(round(self.frames * 1000), _DAY_S * self.base * 1000 - 1)
        whole, sub = divmod(ticks, 1000)
        seconds, frame = divmod(whole, self.base)
        digits = len(str(self.base - 1))
        code = (
            f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
            f":{frame:0{max(digits, 2)}d}"
        )
        return f"{code}.{sub:03d}" if sub else code

    def later(self, seconds: float) -> Timecode:
        """The moment some seconds later, or earlier; after midnight the day begins again."""
        day = _DAY_S * self.base
        frames = math.fmod(self.frames + seconds * self.base, day)
        frames = frames + day if frames < 0 else frames
        return Timecode(frames if frames < day else 0.0, self.base)
