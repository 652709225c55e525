"""DriverProfile: what is known of the person behind a driver, and what it does to their motion."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes
from avatar_core.motion.calibration import without_rest
from avatar_core.motion.frame_channels import (
    CHANNELS,
    GAZE,
    WEIGHTS,
    channels_of_frame,
    with_channels,
)
from avatar_core.motion.gaze import with_gaze_weights
from avatar_core.motion.motion import MotionFrame, same_pose

if TYPE_CHECKING:
    from typing import Self

MOST_GAIN = 4.0
"""A unit that a person moves less than a quarter as far as the avatar is not made up for."""


def _ones() -> Float32:
    return np.ones(52, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class DriverProfile:
    """Calibration of one driver to its person; two are equal when they calibrate alike.

    Args:
        neutral: the person's face at rest; None while nobody has shown it.
        gains: [52] factor on each unit after the rest is taken off, 0..`MOST_GAIN`; makes up for
            a tracker that sees a person's strongest smile as half of one.
        gaze_centre: [2, 2] radians like `MotionFrame.gaze`, where the person looks when they look
            straight ahead; in place of the neutral's gaze. None for none.

    Raises:
        ShapeError: an array does not have the shape above.
        ValueError: a gain is out of range, a number not finite or not float32.
    """

    neutral: MotionFrame | None = None
    gains: Float32 = field(default_factory=_ones)
    gaze_centre: Float32 | None = None

    def __post_init__(self) -> None:
        expect_shapes(gains=(self.gains, "52"))
        # Comparisons with NaN are false, so this refuses NaN too.
        if (
            self.gains.dtype != np.float32
            or not ((self.gains >= 0) & (self.gains <= MOST_GAIN)).all()
        ):
            raise ValueError(f"gains: expected float32 numbers 0..{MOST_GAIN:g}")
        centre = self.gaze_centre
        if centre is not None:
            expect_shapes(gaze_centre=(centre, "2 2"))
            if centre.dtype != np.float32 or not np.isfinite(centre).all():
                raise ValueError("gaze_centre: expected finite float32 numbers")

    @property
    def has_range(self) -> bool:
        """Whether gains were calibrated."""
        return bool((self.gains != 1).any())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return self == DriverProfile()

    def with_neutral(self, neutral: MotionFrame | None) -> Self:
        """The same person with another face at rest."""
        return replace(self, neutral=neutral)

    def with_gains(self, gains: Float32) -> Self:
        """The same person with another range."""
        return replace(self, gains=gains)

    def with_gaze_centre(self, centre: Float32 | None) -> Self:
        """The same person, looking straight ahead elsewhere."""
        return replace(self, gaze_centre=centre)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DriverProfile):
            return NotImplemented
        return (
            same_pose(self.neutral, other.neutral)
            and np.array_equal(self.gains, other.gains)
            and _same_optional(self.gaze_centre, other.gaze_centre)
        )

    __hash__ = None  # type: ignore[assignment]


def _same_optional(first: Float32 | None, second: Float32 | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def profiled(
    frame: MotionFrame, profile: DriverProfile, relative: float | Float32 = 1.0
) -> MotionFrame:
    """What the driver does, told from its person's rest and in the measure of their range.

    Args:
        frame: what the driver gives.
        profile: what is known of its person.
        relative: as in `Calibration.calibrated`.
    """
    calibration = Calibration(profile)
    return with_channels(frame, calibration.calibrated(channels_of_frame(frame), relative))


class Calibration:
    """A profile, ready to be used on one frame after another.

    Args:
        profile: what is known of the person.
    """

    def __init__(self, profile: DriverProfile) -> None:
        self.profile = profile
        self._gains = profile.gains if profile.has_range else None
        self._rest: Float32 = np.zeros(CHANNELS, np.float32)
        if profile.neutral is not None:
            self._rest = channels_of_frame(profile.neutral)
        if profile.gaze_centre is not None:
            self._rest[GAZE] = profile.gaze_centre.ravel()
            self._rest[WEIGHTS] = with_gaze_weights(self._rest[WEIGHTS], profile.gaze_centre)

    def calibrated(self, channels: Float32, relative: float | Float32 = 1.0) -> Float32:
        """What the person does.

        Args:
            channels: [62] what the driver gives, in the order of `frame_channels`.
            relative: how much of rest and gaze centre is taken off, 0..1; one number, or one per
                channel [62].

        Returns:
            [62] weights 0..1.
        """
        told = without_rest(channels, self._rest, relative)
        if self._gains is None:
            return told
        if told is channels:
            told = channels.copy()
        told[WEIGHTS] = np.minimum(told[WEIGHTS] * self._gains, 1)
        return told
