"""GazeHold: eyes keep their direction while their lids are down, when trackers only guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.frame_channels import GAZE
from avatar_core.motion.motion import UNIT_INDEX

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_OPEN, _SHUT = 0.35, 0.65
"""Closure up to which an eye is believed, and from which it is not."""

_LIDS = np.array([UNIT_INDEX["eyeBlinkLeft"], UNIT_INDEX["eyeBlinkRight"]])
_LOOKS = np.array(
    [
        [
            *(UNIT_INDEX[f"eyeLook{way}{side}"] for way in ("Down", "In", "Out", "Up")),
            *range(GAZE.start + 2 * at, GAZE.start + 2 * at + 2),
        ]
        for at, side in enumerate(("Left", "Right"))
    ]
)
"""[2, 6] channels that turn the left and the right eye."""


class GazeHold:
    """Holds the gaze of each eye as it was before its lid came down."""

    def __init__(self) -> None:
        self._held: Float32 | None = None

    def reset(self) -> None:
        """Forget where the eyes looked."""
        self._held = None

    def held(self, channels: Float32) -> Float32:
        """The vector [62] with the gaze of shut eyes replaced; between open and shut it fades."""
        looks = channels[_LOOKS]
        if self._held is None:
            self._held = looks
        closure = channels[_LIDS][:, None]
        believed = 1 - np.clip((closure - _OPEN) / (_SHUT - _OPEN), 0, 1)
        shown = self._held + believed * (looks - self._held)
        self._held = np.where(closure <= _OPEN, looks, self._held)
        if (believed == 1).all():
            return channels
        result = channels.copy()
        result[_LOOKS] = shown
        return result
