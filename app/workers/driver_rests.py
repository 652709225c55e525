"""DriverRests: the rest of drivers that were never calibrated, taken off by estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workers.rest_estimate import RestEstimate
from avatar_core.motion import calibrated
from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.workers.driver_frame import DriverFrame
    from avatar_core.motion import MixerSettings, MotionFrame

_TOLD_FROM_REST = ("take", "mic", "sound")


class DriverRests:
    """Estimates the rest of each driver that shows a person and has no neutral of its own."""

    def __init__(self) -> None:
        self._rests: dict[str, RestEstimate] = {}

    def forget(self, driver: str) -> None:
        """Somebody else may sit before it now."""
        self._rests.pop(driver, None)

    def motions(
        self, frames: Mapping[str, DriverFrame | None], settings: MixerSettings
    ) -> dict[str, MotionFrame | None]:
        """What each driver does, told from its rest; None while it gives nothing.

        Args:
            frames: the newest of each driver, by URI.
            settings: the mixer's, whose profiles say who was calibrated.
        """
        return {
            uri: None if frame is None else self._rested(uri, frame, settings)
            for uri, frame in frames.items()
        }

    def _rested(self, uri: str, frame: DriverFrame, settings: MixerSettings) -> MotionFrame:
        motion = frame.motion
        is_known = settings.profile(uri).neutral is not None
        if is_known or motion.confidence == 0 or _is_told_from_rest(uri):
            return motion
        rest = self._rests.setdefault(uri, RestEstimate())
        # On our own clock: that of a phone begins again with each connection.
        return calibrated(motion, rest.neutral(motion.at(frame.captured_s)))


def _is_told_from_rest(uri: str) -> bool:
    return DriverAddress.parse(uri).scheme in _TOLD_FROM_REST
