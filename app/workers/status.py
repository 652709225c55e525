"""What the performance is doing right now, as one frozen value for the HUD, plots and buttons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from avatar_core.project.model import SLIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.workers.portraits import PortraitMoment
    from avatar_core.motion import MotionFrame, Tracking


@dataclass(frozen=True, slots=True)
class RecordingStatus:
    """A recording under way.

    Args:
        is_clip: a clip and its take, or else a take alone.
        elapsed_s: since it began; 0 while the file of a clip is being opened.
        dropped: frames that the clip's writer could not take in time.
        is_punch: a take is recorded over another one that plays.
    """

    is_clip: bool
    elapsed_s: float
    dropped: int = 0
    is_punch: bool = False


DriverPhase: TypeAlias = Literal["off", "opening", "live", "silent", "lost", "failed"]
"""How a driver is doing:

off (not listening), opening, live, silent (open, but nothing to follow: no face, no voice, no
packets yet), lost (it was live and is being looked for again), failed (it could not be opened, and
is tried again now and then).
"""


@dataclass(frozen=True, slots=True)
class DriverState:
    """One driver, as the list of drivers shows it.

    Args:
        uri: its address.
        state: how it is doing.
        fps: motions a second that it gives, lately.
        age_ms: how long ago its newest motion was captured; None before the first.
        words: what went wrong or is waited for, one sentence; empty when all is well.
        motion: its newest motion before the mixer, for plots and calibration; None before the
            first, and while it gives none.
        level: loudness of what a microphone hears, 0..1; None for all others.
    """

    uri: str
    state: DriverPhase = "off"
    fps: float = 0.0
    age_ms: float | None = None
    words: str = ""
    motion: MotionFrame | None = None
    level: float | None = None


@dataclass(frozen=True, slots=True)
class PerformanceStatus:
    """A snapshot; every call of `PerformanceEngine.status` gives a new one.

    Args:
        source: URI of the live source, or `SLIDERS`.
        tracking: a face is followed, was lost, or nothing is being tracked.
        driver_motion: newest motion of the driver before the mixer; None when there is none.
        motion: newest motion the mixer gave; None before the first.
        stage_ms: milliseconds per stage of the newest frame, up to the pose.
        driver_fps: pictures per second that reach the driver.
        dropped: pictures and motions that were overtaken before anyone used them.
        take_id: the take that plays, or None while a live source drives.
        is_playing: a take or a driving film runs (not paused, not ended).
        position_s: place in the take or film, seconds; 0 without one.
        duration_s: length of the take or film, or None without one.
        is_looping, is_muted: how takes and films play.
        recording: the recording under way, or None.
        portraits: what each portrait is at, by id; those that are shown.
        drivers: all drivers that are on, the main one first.
    """

    source: str = SLIDERS
    tracking: Tracking = "idle"
    driver_motion: MotionFrame | None = None
    motion: MotionFrame | None = None
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    driver_fps: float = 0.0
    dropped: int = 0
    take_id: str | None = None
    is_playing: bool = False
    position_s: float = 0.0
    duration_s: float | None = None
    is_looping: bool = False
    is_muted: bool = False
    recording: RecordingStatus | None = None
    portraits: Mapping[str, PortraitMoment] = field(default_factory=dict)
    drivers: tuple[DriverState, ...] = ()
