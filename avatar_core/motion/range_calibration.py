"""Range calibration: how far a person's face goes, and where in a film it rests.

A tracker sees the strongest smile of one person as 0.9 and of another as 0.4. Shown once on
request, such gestures give each unit the gain with which it reaches all the way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import FaceNotFoundError
from avatar_core.motion.calibration import mean_neutral
from avatar_core.motion.driver_profile import MOST_GAIN, Calibration, DriverProfile
from avatar_core.motion.frame_channels import WEIGHTS, channels_of_frame
from avatar_core.motion.motion import UNIT_INDEX, MotionFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

REST = "rest"
"""The gesture that is none."""

_HELD_PERCENTILE = 80.0
"""Of the values of a unit while a gesture is held: what was reached, but for a twitch."""
_FAINTEST = 0.15
"""A gesture that moves its units less was not made, or not seen."""
_LEAST_GAIN = 0.5
_CALM_S = 0.4
"""How long a face has to be calm to be taken for its rest."""
_TURN_COST = 2.0
_PACE_COST_S = 0.15


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a person is asked to show, as strongly as they can.

    Args:
        label: what it is called in a sentence.
        units: what it moves all the way.
        together: units that have to keep up with the first of them.
    """

    label: str
    units: tuple[str, ...]
    together: tuple[str, ...] = ()


GESTURES: dict[str, Gesture] = {
    "smile": Gesture("The smile", ("mouthSmileLeft", "mouthSmileRight")),
    # Lips that stay closed over an open jaw are told by mouthClose: both go up alike.
    "jaw": Gesture("The open jaw", ("jawOpen",), ("mouthClose",)),
    "brows": Gesture("The raised brows", ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")),
}
"""The gestures of a range calibration by name."""


def with_range(profile: DriverProfile, shown: Mapping[str, Sequence[MotionFrame]]) -> DriverProfile:
    """The profile of a person who showed how far their face goes.

    Args:
        profile: what is known so far; gains of units that no gesture shows stay.
        shown: frames of the driver while each gesture was held, by its name in `GESTURES`, and
            the face at rest as `REST`; gestures may be left out.

    Raises:
        FaceNotFoundError: no face was tracked during a gesture, or it was hardly made.
        ValueError: there is no such gesture.
    """
    if REST in shown:
        profile = profile.with_neutral(mean_neutral(shown[REST]))
    told = Calibration(profile.with_gains(np.ones(52, np.float32)))
    gains = profile.gains.copy()
    for name, frames in shown.items():
        if name == REST:
            continue
        if name not in GESTURES:
            raise ValueError(f"there is no gesture {name!r}")
        _measure(GESTURES[name], frames, told, gains)
    return profile.with_gains(gains)


def _measure(
    gesture: Gesture, frames: Sequence[MotionFrame], told: Calibration, gains: Float32
) -> None:
    """Write the gains of one gesture's units."""
    seen = [frame for frame in frames if frame.confidence > 0]
    if not seen:
        raise FaceNotFoundError(
            f"{gesture.label} could not be measured, because no face was tracked.",
            "Face the camera and try again, or skip this step.",
        )
    weights = np.array([told.calibrated(channels_of_frame(frame))[WEIGHTS] for frame in seen])
    units = [UNIT_INDEX[unit] for unit in gesture.units]
    reached = np.percentile(weights[:, units], _HELD_PERCENTILE, axis=0)
    if reached.max() < _FAINTEST:
        raise FaceNotFoundError(
            f"{gesture.label} could not be told from the face at rest.",
            "Show it as strongly as you can, or skip this step.",
        )
    # A side that a tracker hardly sees follows the other one.
    reached = np.maximum(reached, 0.5 * reached.max())
    gains[units] = np.clip(1 / reached, _LEAST_GAIN, MOST_GAIN)
    for unit in gesture.together:
        gains[UNIT_INDEX[unit]] = gains[units[0]]


def best_neutral(frames: Iterable[MotionFrame]) -> MotionFrame:
    """The face at rest, found in a whole film: where it is calmest, still and seen from the front.

    Args:
        frames: a film's, in order of their times.

    Returns:
        The mean of a short calm moment; its time is the middle of that.

    Raises:
        FaceNotFoundError: no frame shows a face.
    """
    seen = [frame for frame in frames if frame.confidence > 0]
    if not seen:
        return mean_neutral(seen)  # says that there is no face
    times_s = np.array([frame.time_s for frame in seen])
    unrest = _unrest(seen, times_s)
    sums = np.concatenate([[0.0], np.cumsum(unrest)])
    first = np.arange(len(seen))
    last = np.searchsorted(times_s, times_s + _CALM_S, side="right")
    # The film's last moments are short ones; they count only where nothing is longer.
    is_whole = (times_s[-1] - times_s >= _CALM_S) | (times_s[-1] - times_s[0] < _CALM_S)
    mean = np.where(is_whole, (sums[last] - sums[first]) / (last - first), np.inf)
    start = int(np.argmin(mean))
    calm = seen[start : last[start]]
    middle_s = 0.5 * (calm[0].time_s + calm[-1].time_s)
    return replace(mean_neutral(calm), time_s=float(middle_s))


def _unrest(seen: Sequence[MotionFrame], times_s: Float64) -> Float64:
    """[T] how far each frame is from a face at rest, 0 and up."""
    weights = np.array([frame.weights for frame in seen], np.float64)
    turns = np.array([frame.head_rotation for frame in seen], np.float64)
    # What a unit seldom falls below is the shape of this face, not an expression.
    above = np.maximum(weights - np.percentile(weights, 10, axis=0), 0)
    expression = np.sqrt((above**2).sum(axis=1))
    turn = np.linalg.norm(turns - np.median(turns, axis=0), axis=1)
    steps = np.linalg.norm(np.diff(weights, axis=0, prepend=weights[:1]), axis=1)
    gaps_s = np.maximum(np.diff(times_s, prepend=times_s[0] - 1.0), 1e-3)
    unrest: Float64 = expression + _TURN_COST * turn + _PACE_COST_S * steps / gaps_s
    return unrest
