"""Take: a recorded performance that drives any avatar."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes
from avatar_core.motion.corrections import NO_CORRECTIONS, Corrections
from avatar_core.motion.motion import MotionFrame, blend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion.timecode import Timecode


_SHORTEST_STEP_S, _LOWEST_RATE = 1e-5, 1e-3
"""Frames that come faster or slower are counted as if they came like that."""


@dataclass(frozen=True, slots=True, eq=False)
class TakeAudio:
    """The sound of a take.

    Args:
        samples: [n, channels] -1..1.
        rate_hz: samples per second.

    Raises:
        ShapeError: samples are not [n, channels].
        ValueError: the rate is not positive.
    """

    samples: Float32
    rate_hz: int

    def __post_init__(self) -> None:
        expect_shapes(samples=(self.samples, "n c"))
        if self.rate_hz <= 0:
            raise ValueError(f"rate_hz: expected a positive rate, got {self.rate_hz}")

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz


@dataclass(frozen=True, slots=True)
class Marker:
    """A named moment of a take, seconds on its clock."""

    time_s: float
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "time_s", float(self.time_s))


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A performance as arrays over time; its latent codes, if any, are not kept.

    The arrays are what was recorded. `frame`, `frames` and `frame_at` give what plays: the
    recording with its corrections.

    Args:
        id: unique name, stable when the take is renamed.
        name: what the library calls it.
        fps: nominal frame rate; the true times are in `times_s`.
        times_s: [T] float64, rising, the first 0; T >= 1.
        weights: [T, 52] ARKit weights 0..1.
        head_rotation: [T, 3] axis-angle, radians, axes as in `MotionFrame`.
        head_translation: [T, 3] metres.
        gaze: [T, 2, 2] (yaw, pitch) radians of (left, right) eye, or None.
        confidence: [T] 0..1; 0 where no face was tracked.
        audio: the sound recorded with it, or None.
        audio_offset_s: time of the first audio sample on the take's clock.
        markers: named moments, in the order of their times.
        timecode: the clock of the shoot at the first frame, or None.
        corrections: keys on top of the recording.

    Raises:
        ShapeError: arrays disagree in T.
        ValueError: no frames, times that do not rise from 0, or a rate that is not positive.
    """

    id: str
    name: str
    fps: float
    times_s: Float64
    weights: Float32
    head_rotation: Float32
    head_translation: Float32
    gaze: Float32 | None
    confidence: Float32
    audio: TakeAudio | None = None
    audio_offset_s: float = 0.0
    markers: tuple[Marker, ...] = ()
    timecode: Timecode | None = None
    corrections: Corrections = NO_CORRECTIONS

    def __post_init__(self) -> None:
        expect_shapes(
            times_s=(self.times_s, "T"),
            weights=(self.weights, "T 52"),
            head_rotation=(self.head_rotation, "T 3"),
            head_translation=(self.head_translation, "T 3"),
            confidence=(self.confidence, "T"),
            **({} if self.gaze is None else {"gaze": (self.gaze, "T 2 2")}),
        )
        if len(self.times_s) == 0:
            raise ValueError("times_s: a take needs at least one frame")
        if self.times_s[0] != 0 or not (np.diff(self.times_s) > 0).all():
            raise ValueError("times_s: expected times that rise from 0")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise ValueError(f"fps: expected a positive rate, got {self.fps}")
        moments = [marker.time_s for marker in self.markers]
        if not np.isfinite(moments).all() or moments != sorted(moments):
            raise ValueError("markers: expected them in the order of their times")

    @classmethod
    def from_frames(
        cls,
        name: str,
        frames: Sequence[MotionFrame],
        fps: float,
        audio: TakeAudio | None = None,
        id: str | None = None,
        audio_offset_s: float = 0.0,
    ) -> Take:
        """A take of frames in the order of their times; the first becomes time 0.

        Frames without gaze, in a take that has gaze elsewhere, hold the last known one.
        """
        times_s = np.array([frame.time_s for frame in frames], np.float64)
        return cls(
            id=id or uuid.uuid4().hex,
            name=name,
            fps=float(fps),
            times_s=times_s - times_s[:1].sum(),
            weights=_stack([frame.weights for frame in frames], 52),
            head_rotation=_stack([frame.head_rotation for frame in frames], 3),
            head_translation=_stack([frame.head_translation for frame in frames], 3),
            gaze=_held_gaze(frames),
            confidence=np.array([frame.confidence for frame in frames], np.float32),
            audio=audio,
            audio_offset_s=audio_offset_s,
        )

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame until the last one has been shown for its time."""
        return float(self.times_s[-1]) + 1.0 / self.fps

    def frame(self, index: int) -> MotionFrame:
        """The frame at a position; negative positions count from the end."""
        frame = self._recorded(index)
        return self.corrections.applied(frame, frame.time_s)

    def _recorded(self, index: int) -> MotionFrame:
        return MotionFrame(
            time_s=float(self.times_s[index]),
            weights=self.weights[index],
            head_rotation=self.head_rotation[index],
            head_translation=self.head_translation[index],
            gaze=None if self.gaze is None else self.gaze[index],
            confidence=float(self.confidence[index]),
        )

    def frames(self) -> Iterator[MotionFrame]:
        """All frames at the times they were recorded."""
        return (self.frame(index) for index in range(len(self)))

    def frame_at(self, time_s: float) -> MotionFrame:
        """The pose at any time, interpolated between frames; the ends are held."""
        return self.corrections.applied(self._recorded_at(time_s), time_s)

    def _recorded_at(self, time_s: float) -> MotionFrame:
        later = int(np.searchsorted(self.times_s, time_s, side="right"))
        if later == 0 or later == len(self):
            return self._recorded(min(later, len(self) - 1)).at(time_s)
        start, end = self.times_s[later - 1], self.times_s[later]
        amount = float((time_s - start) / (end - start))
        return blend(self._recorded(later - 1), self._recorded(later), amount).at(time_s)

    def renamed(self, name: str) -> Take:
        return replace(self, name=name)


def usual_rate(times_s: Float64 | Sequence[float], otherwise: float = 30.0) -> float:
    """Frames per second of rising times [T]: those of the usual step, so that gaps do not count.

    Args:
        times_s: seconds.
        otherwise: the rate of fewer than two.

    Returns:
        A rate that a take can have, to a thousandth.
    """
    if len(times_s) < 2:
        return otherwise
    step_s = float(np.median(np.diff(times_s)))
    return max(round(1 / max(step_s, _SHORTEST_STEP_S), 3), _LOWEST_RATE)


def _stack(rows: list[Float32], width: int) -> Float32:
    return np.array(rows, np.float32).reshape(len(rows), width)


def _held_gaze(frames: Sequence[MotionFrame]) -> Float32 | None:
    known = next((frame.gaze for frame in frames if frame.gaze is not None), None)
    if known is None:
        return None
    held = []
    for frame in frames:
        known = known if frame.gaze is None else frame.gaze
        held.append(known)
    return np.array(held, np.float32)
