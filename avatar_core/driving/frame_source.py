"""What every source of driving pictures offers, and the pictures themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8


@dataclass(frozen=True, slots=True, eq=False)
class CapturedImage:
    """One picture of the driving person. Its array is no longer written by its maker.

    Args:
        image: [H, W, 3] uint8 RGB, upright, square pixels, not mirrored.
        time_s: when it was taken: seconds since the start of the film or of the camera.
        captured_s: `time.perf_counter()` when it became available.
        index: its number since the source was opened, skipped ones counted.
        looped: how often a film had begun again before it.
    """

    image: UInt8
    time_s: float
    captured_s: float
    index: int
    looped: int = 0


class FrameSource(Protocol):
    """A camera, a film or a still. Read and closed by one thread, which owns it."""

    @property
    def uri(self) -> str:
        """What `open_source` was asked for, written in full."""

    @property
    def fps(self) -> float:
        """Pictures a second, nominally."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, pixels."""

    @property
    def duration_s(self) -> float | None:
        """Length of a film; None for cameras and stills."""

    @property
    def audio_path(self) -> Path | None:
        """The file that holds the sound belonging to the pictures, if there is any."""

    @property
    def ended(self) -> bool:
        """Whether no picture will come any more."""

    def read(self, timeout_s: float) -> CapturedImage | None:
        """The next picture, waiting up to `timeout_s`; None when there is none yet, or no more.

        Raises:
            DeviceError: the camera is gone; said once, `ended` from then on.
        """

    def close(self) -> None:
        """Give the device or file back; harmless to call twice."""
