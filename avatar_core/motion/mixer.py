"""The mixer: what the drivers do and what the sliders hold become one performance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.driver_voice import DriverVoice, Tracking
from avatar_core.motion.frame_channels import (
    CHANNELS,
    GAZE,
    PLACE,
    TURN,
    WEIGHTS,
    channels_of_frame,
)
from avatar_core.motion.gaze import gaze_from_weights
from avatar_core.motion.idle import IdleMotion, IdleSettings
from avatar_core.motion.mirror import mirrored, mirrored_channels
from avatar_core.motion.mixer_settings import GroupSettings, MixerSettings
from avatar_core.motion.motion import MotionFrame
from avatar_core.motion.mouth_space import spoken_space
from avatar_core.motion.response import Response
from avatar_core.motion.shares import MOUTH, SHARES, WHOLE, ShareEase, wanted_shares
from avatar_core.motion.turns import composed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32

__all__ = ["GroupSettings", "Mixer", "MixerSettings", "Tracking", "mirrored"]

_MOST_TURN_RAD = 1.2
_MOST_TRAVEL_M = 0.3
_LEAST_SHARE = np.float32(1e-6)
_MOST_GAZE_RAD = np.array([0.8, 0.6], np.float32)


class Mixer:
    """Mixes one performance after another; remembers only what smoothing and easing need.

    Each driver is calibrated to its own person and smoothed. Then the drivers of each channel
    group are blended by their shares, shaped by curve, gain and offset, and mirrored. Where speech
    shares the mouth with a driver that sees it, it takes the mouth's coordinates, and what speech
    never moves stays (`MouthSpace.mixed`). A driver that is lost hands over to the others of its
    group, or to rest, and takes over again when it is back, without a jump. The sliders are added
    on top.
    """

    def __init__(self) -> None:
        self._voices: dict[str, DriverVoice] = {}
        self._shares = ShareEase(SHARES)
        self._response = Response(MixerSettings())
        self._idle_motion = IdleMotion()
        self._order: tuple[object, ...] = ()
        self._wanted_of: tuple[object, ...] | None = None
        self._wanted: Float32 = np.zeros((0, SHARES), np.float32)
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
        self._response = self._response.renewed(settings)
        self._hear(drivers, settings)
        shares = self._shares_now(settings)
        given = _given(shares) * self._response.heard
        channels = self._response.shaped(self._blended(shares), given)
        channels += self._idle(settings.idle, given)
        latent = self._latent()
        if settings.mirror:
            channels, latent = mirrored_channels(channels), None
        has_gaze = self._has_gaze(shares)
        turn = composed(channels[TURN], sliders.head_rotation)
        place = channels[PLACE] + sliders.head_translation
        return MotionFrame(
            time_s=time_s,
            weights=np.clip(channels[WEIGHTS] + sliders.weights, 0, 1),
            head_rotation=_limited(turn, _MOST_TURN_RAD),
            head_translation=_limited(place, _MOST_TRAVEL_M),
            gaze=_gaze_with_sliders(channels, sliders, has_gaze=has_gaze),
            confidence=self._confidence(),
            expression_latent=latent,
        )

    def _hear(self, drivers: Mapping[str, MotionFrame | None], settings: MixerSettings) -> None:
        for uri, frame in drivers.items():
            voice = self._voices.get(uri)
            if voice is None:
                voice = self._voices[uri] = DriverVoice()
            voice.hear(
                frame,
                settings.profile(uri),
                self._response,
                holds_gaze=settings.holds_gaze,
                time_s=self._time_s,
            )
        for uri in self._voices.keys() - drivers.keys():
            self._voices[uri].leave(self._time_s)
            if uri in self._shares.silent:
                del self._voices[uri]

    def _shares_now(self, settings: MixerSettings) -> Float32:
        """[drivers, SHARES] how much each driver has to say."""
        drivers = tuple(self._voices)
        self._shares.keep(drivers)
        there = frozenset(uri for uri, voice in self._voices.items() if voice.ease.is_there)
        turned_s = max((each.ease.turned_s for each in self._voices.values()), default=self._time_s)
        order = (settings.groups, settings.speech.mouth_share, self._main)
        if order != self._order:
            self._order, self._wanted_of = order, None
            turned_s = self._time_s
        if self._wanted_of != (drivers, there):
            self._wanted_of = drivers, there
            self._wanted = wanted_shares(settings, self._main, drivers, there)
        return self._shares.update(self._wanted, turned_s, self._time_s)

    def _blended(self, shares: Float32) -> Float32:
        channels = np.zeros(CHANNELS, np.float32)
        for share, voice in zip(shares[:, WHOLE], self._voices.values(), strict=True):
            channels += share * voice.pose
        if shares[:, MOUTH].any():
            channels[WEIGHTS] += self._spoken(shares[:, MOUTH][:, WEIGHTS])
        return channels

    def _spoken(self, shares: Float32) -> Float32:
        """[52] what the face gains by speech, for the shares [drivers, 52] of the mouth."""
        share = np.maximum(shares, 0).sum(axis=0)
        difference = np.zeros_like(share)
        for each, voice in zip(shares, self._voices.values(), strict=True):
            difference += each * voice.pose[WEIGHTS]
        difference /= np.maximum(share, _LEAST_SHARE)
        return spoken_space().exchanged(difference, share)

    def _has_gaze(self, shares: Float32) -> bool:
        return any(
            voice.has_gaze and share[GAZE].any()
            for share, voice in zip(shares[:, WHOLE], self._voices.values(), strict=True)
        )

    def _idle(self, settings: IdleSettings, given: Float32) -> Float32 | float:
        """[62] what the avatar does by itself where drivers give nothing."""
        if not settings.is_on:
            return 0.0
        return (1 - given) * channels_of_frame(self._idle_motion.at(self._time_s, settings))

    def _latent(self) -> Float32 | None:
        """The learned code of the main driver, which nobody can blend."""
        main = self._voices.get(self._main)
        return None if main is None else main.newest.expression_latent

    def _confidence(self) -> float:
        voices = self._voices.values()
        tracked = [each.newest.confidence for each in voices if each.tracking == "tracked"]
        if tracked:
            return max(tracked)
        return 0.0 if any(each.tracking == "lost" for each in voices) else 1.0


def _given(shares: Float32) -> Float32:
    """[62] how much of each channel drivers move, 0..1, for shares [drivers, SHARES]."""
    spoken = np.maximum(shares[:, MOUTH], 0).sum(axis=0)
    given: Float32 = np.minimum(shares[:, WHOLE].sum(axis=0) + spoken, 1)
    return given


def _gaze_with_sliders(
    channels: Float32, sliders: MotionFrame, *, has_gaze: bool
) -> Float32 | None:
    """Angles if anyone gives them; eyeLook weights speak for drivers that have none."""
    held = np.zeros((2, 2), np.float32) if sliders.gaze is None else sliders.gaze
    if not has_gaze and not held.any():
        return None
    seen = channels[GAZE].reshape(2, 2) if has_gaze else gaze_from_weights(channels[WEIGHTS])
    # An artist's eyeLook sliders and gaze are two wishes, not one look measured twice.
    total = seen + gaze_from_weights(sliders.weights) + held
    limited: Float32 = np.clip(total, -_MOST_GAZE_RAD, _MOST_GAZE_RAD)
    return limited


def _limited(vector: Float32, length: float) -> Float32:
    actual = math.sqrt(float(vector @ vector))
    return vector if actual <= length else (vector * (length / actual)).astype(np.float32)
