"""What a clip shall be, and what it became."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError
from avatar_core.recording.film_format import H264, FilmFormat

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
        width: pixels; odd sizes are padded to the next even one where the format needs that.
        height: pixels.
        fps: constant frame rate of the file.
        audio_rate_hz: rate of the samples that will be submitted, or None for a silent clip.
        audio_channels: 1 or 2, in the submitted samples and in the file.
        quality: live or final.
        queue_frames: pictures that may wait for the encoder before new ones are refused.
        encoders: names of encoders to choose from, the best first; those of the format when left
            out.
        format: the kind of film.
        alpha: whether what is transparent in the pictures stays so.
        frame_name: how the files in a folder of pictures begin; as the folder is called when left
            out.
        first_number: of the first file in a folder of pictures.

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
    encoders: tuple[str, ...] = ()
    format: FilmFormat = H264
    alpha: bool = False
    frame_name: str = ""
    first_number: int = 0

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
        if self.alpha and not self.format.keeps_alpha:
            raise RecordingError(
                f"{self.format.name} cannot be transparent.",
                "Choose ProRes 4444, VP9, PNG or WebP, or give it a background.",
            )

    @property
    def even_width(self) -> int:
        """Width of the file: most codecs need whole pairs of pixels."""
        return self.width + (self.width % 2 if self.format.needs_even_size else 0)

    @property
    def even_height(self) -> int:
        return self.height + (self.height % 2 if self.format.needs_even_size else 0)

    @property
    def wanted_encoders(self) -> tuple[str, ...]:
        """Names of encoders to try, the best first."""
        return self.encoders or self.format.encoders

    @property
    def has_sound(self) -> bool:
        """Whether the file gets sound."""
        return self.audio_rate_hz is not None and self.format.has_sound

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
        encoder: name of the encoder, empty when none was opened.
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
