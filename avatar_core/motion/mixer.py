"""The mixer: what the driver does and what the sliders hold become one performance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.motion.calibration import calibrated
from avatar_core.motion.channels import ChannelGroup, indices_of_group, offset_units
from avatar_core.motion.gaze import gaze_from_weights
from avatar_core.motion.mirror import mirrored
from avatar_core.motion.mixer_settings import GroupSettings, MixerSettings
from avatar_core.motion.motion import UNIT_INDEX, MotionFrame
from avatar_core.motion.presence import PresenceEase
from avatar_core.motion.smoothing import GroupSmoother

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

__all__ = ["GroupSettings", "Mixer", "MixerSettings", "Tracking", "mirrored"]

Tracking: TypeAlias = Literal["tracked", "lost", "idle"]
"""Whether the driver's face is seen, is missing, or nobody drives."""

_MOST_TURN_RAD = 1.2
_MOST_TRAVEL_M = 0.3
_MOST_GAZE_RAD = np.array([0.8, 0.6], np.float32)
_TURN_PER_OFFSET_RAD = 0.4
_TRAVEL_PER_OFFSET_M = 0.1
_GAZE_PER_OFFSET_RAD = 0.3


class Mixer:
    """Mixes one performance after another; remembers only what smoothing and easing need.

    The driver is calibrated against its own neutral, mirrored, smoothed, gained and shifted per
    channel group, and eased to neutral while its face is lost. The sliders are added on top.
    """

    def __init__(self) -> None:
        self._smoother = GroupSmoother()
        self._ease = PresenceEase()
        self._tracking: Tracking = "idle"

    @property
    def tracking(self) -> Tracking:
        """How the driver was doing at the last `mix`."""
        return self._tracking

    def reset(self) -> None:
        """Forget the driver: the next frame is the first."""
        self._smoother.reset()
        self._ease.reset()
        self._tracking = "idle"

    def release(self) -> None:
        """The driver is gone for good: ease to neutral, and call it idle, not lost."""
        self._tracking = "idle"

    def mix(
        self,
        driver: MotionFrame | None,
        sliders: MotionFrame,
        settings: MixerSettings,
        time_s: float,
    ) -> MotionFrame:
        """The performance now.

        Args:
            driver: the newest frame of the driver; None or confidence 0 when its face is lost.
            sliders: the pose held under it; its confidence does not matter.
            settings: the mixer's controls.
            time_s: now, on a clock of the caller's choice; going back starts afresh.

        Returns:
            Weights 0..1; head turn, travel and gaze within what a neck and eyes can do;
            confidence of the driver, 0 while lost, 1 when nobody drives.
        """
        live = None
        if driver is not None and driver.confidence > 0:
            if not self._ease.present:
                self._smoother.reset()
            live = self._shaped(driver, settings, time_s)
        self._tracking = self._tracking_after(driver, live)
        share = self._ease.update(live, time_s)
        confidence = {"tracked": share.confidence, "lost": 0.0, "idle": 1.0}[self._tracking]
        return replace(_sum(share, sliders), time_s=time_s, confidence=confidence)

    def _tracking_after(self, driver: MotionFrame | None, live: MotionFrame | None) -> Tracking:
        if live is not None:
            return "tracked"
        return "idle" if driver is None and self._tracking == "idle" else "lost"

    def _shaped(self, driver: MotionFrame, settings: MixerSettings, time_s: float) -> MotionFrame:
        frame = driver
        if settings.neutral is not None:
            frame = calibrated(frame, settings.neutral, settings.relative)
        if settings.mirror:
            frame = mirrored(frame)
        amounts = {group: row.smoothing for group, row in settings.groups.items()}
        return _gained(self._smoother.smooth(frame, amounts, time_s), settings)


def _gained(frame: MotionFrame, settings: MixerSettings) -> MotionFrame:
    weights = frame.weights.copy()
    for group, row in settings.groups.items():
        indices = _INDICES[group]
        weights[indices] *= 0.0 if row.muted else row.gain
        if row.offset and not row.muted:
            for unit in offset_units(group, row.offset):
                weights[UNIT_INDEX[unit]] += abs(row.offset)
    turn, place, gaze = (
        settings.groups[group]
        for group in (ChannelGroup.HEAD_TURN, ChannelGroup.HEAD_POSITION, ChannelGroup.GAZE)
    )
    nod = np.array([-_TURN_PER_OFFSET_RAD, 0, 0], np.float32)
    rise = np.array([0, _TRAVEL_PER_OFFSET_M, 0], np.float32)
    look = np.array([0, _GAZE_PER_OFFSET_RAD], np.float32)
    return replace(
        frame,
        weights=weights,
        head_rotation=_row_applied(frame.head_rotation, turn, nod),
        head_translation=_row_applied(frame.head_translation, place, rise),
        gaze=None if frame.gaze is None else _row_applied(frame.gaze, gaze, look),
    )


def _row_applied(values: Float32, row: GroupSettings, per_offset: Float32) -> Float32:
    if row.muted:
        return np.zeros_like(values)
    return (row.gain * values + row.offset * per_offset).astype(np.float32)


def _sum(driver: MotionFrame, sliders: MotionFrame) -> MotionFrame:
    turn = matrix_from_axis_angle(driver.head_rotation) @ matrix_from_axis_angle(
        sliders.head_rotation
    )
    place = driver.head_translation + sliders.head_translation
    return replace(
        driver,
        weights=np.clip(driver.weights + sliders.weights, 0, 1),
        head_rotation=_limited(axis_angle_from_matrix(turn), _MOST_TURN_RAD),
        head_translation=_limited(place, _MOST_TRAVEL_M),
        gaze=_sum_of_gazes(driver, sliders),
    )


def _sum_of_gazes(driver: MotionFrame, sliders: MotionFrame) -> Float32 | None:
    """Angles if anyone gives them; eyeLook weights speak for a driver that has none."""
    held = np.zeros((2, 2), np.float32) if sliders.gaze is None else sliders.gaze
    if driver.gaze is None and not held.any():
        return None
    total = gaze_from_weights(driver.weights) if driver.gaze is None else driver.gaze
    # An artist's eyeLook sliders and gaze are two wishes, not one look measured twice.
    total = total + gaze_from_weights(sliders.weights) + held
    return np.clip(total, -_MOST_GAZE_RAD, _MOST_GAZE_RAD)


def _limited(vector: Float32, length: float) -> Float32:
    actual = float(np.linalg.norm(vector))
    return vector if actual <= length else (vector * (length / actual)).astype(np.float32)


_INDICES = {group: indices_of_group(group) for group in ChannelGroup}
