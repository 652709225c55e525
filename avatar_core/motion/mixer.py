"""The mixer: what the drivers do and what the sliders hold become one performance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.motion.driver_profile import DriverProfile, profiled
from avatar_core.motion.frame_channels import (
    CHANNELS,
    GAZE,
    channels_of_frame,
    frame_of_channels,
)
from avatar_core.motion.gaze import gaze_from_weights
from avatar_core.motion.mirror import mirrored
from avatar_core.motion.mixer_settings import GroupSettings, MixerSettings
from avatar_core.motion.motion import MotionFrame
from avatar_core.motion.presence import PresenceEase
from avatar_core.motion.response import Response
from avatar_core.motion.shares import ShareEase, wanted_shares
from avatar_core.motion.smoothing import GroupSmoother

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32

__all__ = ["GroupSettings", "Mixer", "MixerSettings", "Tracking", "mirrored"]

Tracking: TypeAlias = Literal["tracked", "lost", "idle"]
"""Whether a driver's face is seen, is missing, or the driver does not drive."""

_MOST_TURN_RAD = 1.2
_MOST_TRAVEL_M = 0.3
_MOST_GAZE_RAD = np.array([0.8, 0.6], np.float32)


class _Voice:
    """What the mixer remembers of one driver."""

    def __init__(self) -> None:
        self.ease = PresenceEase()
        self.tracking: Tracking = "idle"
        self.newest = MotionFrame()
        self.has_gaze = False
        self._smoother = GroupSmoother()

    def hear(
        self, frame: MotionFrame | None, profile: DriverProfile, response: Response, time_s: float
    ) -> None:
        """Take in the newest frame; None or confidence 0 where the face is lost."""
        if frame is None or frame.confidence == 0:
            self.tracking = "idle" if frame is None and self.tracking == "idle" else "lost"
            self.ease.update(None, time_s)
            return
        self.tracking = "tracked"
        self.newest = frame
        if not self.ease.is_live:
            self._smoother.reset()
        shaped = profiled(frame, profile, response.relative)
        shaped = self._smoother.smooth(shaped, response.smoothing, time_s)
        self.has_gaze = shaped.gaze is not None
        self.ease.update(channels_of_frame(shaped), time_s)

    def leave(self, time_s: float) -> None:
        """The driver is no longer among those that drive."""
        self.tracking = "idle"
        self.ease.update(None, time_s)


class Mixer:
    """Mixes one performance after another; remembers only what smoothing and easing need.

    Each driver is calibrated to its own person and smoothed. Then the drivers of each channel
    group are blended by their shares, shaped by curve, gain and offset, and mirrored. A driver
    that is lost hands over to the others of its group, or to rest, and takes over again when it
    is back, without a jump. The sliders are added on top.
    """

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}
        self._shares = ShareEase()
        self._response = Response(MixerSettings())
        self._order: tuple[object, ...] = ()
        self._main = ""
        self._time_s = -np.inf

    @property
    def tracking(self) -> Tracking:
        """How the main driver was doing at the last `mix`."""
        return self.tracking_of(self._main)

    def tracking_of(self, driver: str) -> Tracking:
        """How a driver was doing at the last `mix`."""
        voice = self._voices.get(driver)
        return "idle" if voice is None else voice.tracking

    def reset(self) -> None:
        """Forget all drivers: the next frames are the first, and nothing eases in."""
        self._voices.clear()
        self._shares.reset()
        self._time_s = -np.inf

    def mix(
        self,
        drivers: Mapping[str, MotionFrame | None],
        main: str,
        sliders: MotionFrame,
        settings: MixerSettings,
        time_s: float,
    ) -> MotionFrame:
        """The performance now.

        Args:
            drivers: the newest frame of each driver that is on, by URI; None or confidence 0
                where its face is lost. A driver that is left out is off, not lost.
            main: the driver that moves every group which names no others.
            sliders: the pose held under it; its confidence does not matter.
            settings: the mixer's controls.
            time_s: now, on a clock of the caller's choice; going back starts afresh.

        Returns:
            Weights 0..1; head turn, travel and gaze within what a neck and eyes can do;
            confidence of the driver that is surest, 0 while all are lost, 1 when nobody drives.
        """
        if time_s < self._time_s:
            self.reset()
        self._time_s, self._main = time_s, main
        self._hear(drivers, settings, time_s)
        blended = self._blended(self._shares_now(settings, time_s))
        if settings.mirror:
            blended = mirrored(blended)
        summed = _sum(blended, sliders)
        return replace(summed, time_s=time_s, confidence=self._confidence())

    def _hear(
        self, drivers: Mapping[str, MotionFrame | None], settings: MixerSettings, time_s: float
    ) -> None:
        self._response = self._response.renewed(settings)
        for uri, frame in drivers.items():
            voice = self._voices.setdefault(uri, _Voice())
            voice.hear(frame, settings.profile(uri), self._response, time_s)
        for uri in self._voices.keys() - drivers.keys():
            self._voices[uri].leave(time_s)
            if uri in self._shares.silent:
                del self._voices[uri]

    def _shares_now(self, settings: MixerSettings, time_s: float) -> Float32:
        """[drivers, 62] how much each driver has to say."""
        drivers = tuple(self._voices)
        self._shares.keep(drivers)
        order = (settings.groups, settings.speech.mouth_share, self._main)
        if order == self._order:
            turns_s = (voice.ease.turned_s for voice in self._voices.values())
            changed_s = max(turns_s, default=time_s)
        else:
            self._order, changed_s = order, time_s
        there = {uri for uri, voice in self._voices.items() if voice.ease.is_there}
        wanted = wanted_shares(settings, self._main, drivers, there)
        return self._shares.update(wanted, changed_s, time_s)

    def _blended(self, shares: Float32) -> MotionFrame:
        voices = self._voices.values()
        channels, given = np.zeros(CHANNELS, np.float32), np.zeros(CHANNELS, np.float32)
        for share, voice in zip(shares, voices, strict=True):
            channels += share * voice.ease.pose
            given += share
        has_gaze = any(
            voice.has_gaze and share[GAZE].any()
            for share, voice in zip(shares, voices, strict=True)
        )
        shaped = frame_of_channels(self._response.shaped(channels, given), has_gaze=has_gaze)
        main = self._voices.get(self._main)
        if main is None or main.newest.expression_latent is None:
            return shaped
        return replace(shaped, expression_latent=main.newest.expression_latent)

    def _confidence(self) -> float:
        states = [voice.tracking for voice in self._voices.values()]
        if "tracked" in states:
            return max(
                each.newest.confidence
                for each in self._voices.values()
                if each.tracking == "tracked"
            )
        return 0.0 if "lost" in states else 1.0


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
