"""DriverVoice: one driver on its way into the mix: calibrated, smoothed, without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from avatar_core.motion.driver_profile import Calibration, DriverProfile
from avatar_core.motion.frame_channels import CHANNELS, channels_of_frame
from avatar_core.motion.gaze_hold import GazeHold
from avatar_core.motion.motion import MotionFrame
from avatar_core.motion.presence import PresenceEase
from avatar_core.motion.smoothing import GroupSmoother

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.motion.response import Response

Tracking: TypeAlias = Literal["tracked", "lost", "idle"]
"""Whether a driver's face is seen, is missing, or the driver does not drive."""

_PATIENCE_S = 0.1
"""How long the same pose counts as one that was heard already. A driver of fewer frames a second
is smoothed as if it held still between them."""


class DriverVoice:
    """What the mixer remembers of one driver."""

    def __init__(self) -> None:
        self.ease = PresenceEase()
        self.tracking: Tracking = "idle"
        self.newest = MotionFrame()
        self._calibration = Calibration(DriverProfile())
        self._gaze_hold = GazeHold()
        self._smoother = GroupSmoother()
        self._heard: Float32 = np.full(CHANNELS, np.nan, np.float32)
        self._shaped: Float32 = np.zeros(CHANNELS, np.float32)
        self._shaped_by: tuple[Response, bool] | None = None
        self._shaped_s = -np.inf

    @property
    def pose(self) -> Float32:
        """[62] what the driver does now, or did last."""
        return self.ease.pose

    @property
    def has_gaze(self) -> bool:
        """Whether it tells gaze in angles."""
        return self.newest.gaze is not None

    def hear(
        self,
        frame: MotionFrame | None,
        profile: DriverProfile,
        response: Response,
        *,
        holds_gaze: bool,
        time_s: float,
    ) -> None:
        """Take in the newest frame.

        It is smoothed at the pace of its own frames: while others bring theirs, the same pose
        comes again, and does not make the next one late.

        Args:
            frame: None or confidence 0 where the face is lost.
            profile: what is known of the person.
            response: says how much rest is taken off, and how much each group is smoothed.
            holds_gaze: whether shut eyes keep their direction.
            time_s: now; never before the last time.
        """
        if frame is None or frame.confidence == 0:
            self.tracking = "idle" if frame is None and self.tracking == "idle" else "lost"
            self.ease.update(None, time_s)
            return
        self.tracking = "tracked"
        self.newest = frame
        channels = channels_of_frame(frame)
        if not self.ease.is_live:
            self._smoother.reset()
            self._gaze_hold.reset()
            self._shaped_by = None
        shaped_by = response, holds_gaze
        if (
            shaped_by != self._shaped_by
            or profile is not self._calibration.profile
            or time_s - self._shaped_s >= _PATIENCE_S
            or not np.array_equal(channels, self._heard)
        ):
            self._shaped_by, self._heard = shaped_by, channels
            self._shape(channels, profile, response, holds_gaze=holds_gaze, time_s=time_s)
        self.ease.update(self._shaped, time_s)

    def leave(self, time_s: float) -> None:
        """The driver is no longer among those that drive."""
        self.tracking = "idle"
        self.ease.update(None, time_s)

    def _shape(
        self,
        channels: Float32,
        profile: DriverProfile,
        response: Response,
        *,
        holds_gaze: bool,
        time_s: float,
    ) -> None:
        if profile is not self._calibration.profile:
            self._calibration = Calibration(profile)
        channels = self._calibration.calibrated(channels, response.relative)
        if holds_gaze:
            channels = self._gaze_hold.held(channels)
        self._shaped = self._smoother.smooth_channels(channels, response.smoothing, time_s)
        self._shaped_s = time_s
