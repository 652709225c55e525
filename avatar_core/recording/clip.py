"""What a clip shall be, and what it became."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

SMALLEST_PX, LARGEST_PX = 16, 8192
SLOWEST_FPS, FASTEST_FPS = 1.0, 240.0


class Quality(StrEnum):
    """What the encoder spends its time on."""

    LIVE = "live"
    """Keep up with the camera; a fragment is on the disk within about half a second."""
    FINAL = "final"
    """Small and clean; for clips rendered without a clock."""


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """How a clip is encoded.

    Args:
        width: pixels; odd sizes are padded to the next even one.
        height: pixels.
        fps: constant frame rate of the file.
        audio_rate_hz: rate of the samples that will be submitted, or None for a silent clip.
        audio_channels: 1 or 2, in the submitted samples and in the file.
        quality: live or final.
        queue_frames: pictures that may wait for the encoder before new ones are refused.
        encoders: names of H.264 encoders, the best first; the first that opens is used.

    Raises:
        RecordingError: a size, rate or channel count that cannot be encoded.
    """

    width: int
    height: int
    fps: float
    audio_rate_hz: int | None = None
    audio_channels: int = 2
    quality: Quality = Quality.LIVE
    queue_frames: int = 8
    encoders: tuple[str, ...] = ("h264_nvenc", "libx264")

    def __post_init__(self) -> None:
        if not all(SMALLEST_PX <= size <= LARGEST_PX for size in (self.width, self.height)):
            raise RecordingError(
                f"A clip cannot be {self.width} x {self.height} pixels.",
                f"Choose sizes between {SMALLEST_PX} and {LARGEST_PX}.",
            )
        if not (math.isfinite(self.fps) and SLOWEST_FPS <= self.fps <= FASTEST_FPS):
            raise RecordingError(
                f"A clip cannot have {self.fps:g} frames per second.",
                f"Choose a rate between {SLOWEST_FPS:g} and {FASTEST_FPS:g}.",
            )
        if self.audio_rate_hz is not None and self.audio_rate_hz <= 0:
            raise RecordingError(f"Sound cannot have {self.audio_rate_hz} samples per second.")
        if self.audio_channels not in (1, 2):
            raise RecordingError(
                f"A clip cannot have {self.audio_channels} sound channels.", "Choose 1 or 2."
            )

    @property
    def even_width(self) -> int:
        """Width of the file: 4:2:0 colour needs whole pairs of pixels."""
        return self.width + self.width % 2

    @property
    def even_height(self) -> int:
        return self.height + self.height % 2

    @property
    def rate(self) -> Fraction:
        """The frame rate as the fraction that broadcast rates really are (30000/1001)."""
        return Fraction(self.fps).limit_denominator(1001)


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """What is in the file after recording ended, one way or the other.

    Args:
        path: where the clip lies.
        frames: pictures in the file.
        repeated: of those, how often one stood in for a picture that never came.
        dropped: submitted pictures that are not in the file: refused because the encoder was
            behind, or replaced because a newer one came for the same moment.
        duration_s: length of the picture.
        size_bytes: length of the file.
        encoder: name of the H.264 encoder, empty when none was opened.
        notices: sentences for the user on what was done differently from what was asked.
        error: why recording ended early, or None. What was written until then can be played.
    """

    path: Path
    frames: int
    repeated: int
    dropped: int
    duration_s: float
    size_bytes: int
    encoder: str
    notices: tuple[str, ...] = ()
    error: RecordingError | None = None
