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
            uri: None if frame is None else self._rested(uri, frame.motion, settings)
            for uri, frame in frames.items()
        }

    def _rested(self, uri: str, motion: MotionFrame, settings: MixerSettings) -> MotionFrame:
        is_known = settings.profile(uri).neutral is not None
        if is_known or motion.confidence == 0 or _is_told_from_rest(uri):
            return motion
        rest = self._rests.setdefault(uri, RestEstimate())
        return calibrated(motion, rest.neutral(motion))


def _is_told_from_rest(uri: str) -> bool:
    return DriverAddress.parse(uri).scheme in _TOLD_FROM_REST
