"""Response: what the controls of the channel groups amount to, channel by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.channels import ChannelGroup, offset_units
from avatar_core.motion.frame_channels import CHANNELS, GAZE, GROUP_CHANNELS, PLACE, TURN, WEIGHTS
from avatar_core.motion.motion import UNIT_INDEX

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.motion.mixer_settings import MixerSettings

_NOD_RAD = 0.4
_RISE_M = 0.1
_LOOK_RAD = 0.3


class Response:
    """The controls of all groups, ready to be used on a whole frame at once.

    Args:
        settings: the mixer's controls.
    """

    def __init__(self, settings: MixerSettings) -> None:
        self._settings = settings
        self.smoothing = {group: each.smoothing for group, each in settings.groups.items()}
        """Amount of smoothing per group."""
        self.relative: Float32 = np.ones(CHANNELS, np.float32)
        """[62] how much of a driver's rest is taken off."""
        self.heard: Float32 = np.ones(CHANNELS, np.float32)
        """[62] 0 where a group is muted, 1 elsewhere."""
        self._gains: Float32 = np.ones(CHANNELS, np.float32)
        self._exponents: Float32 = np.ones(CHANNELS, np.float32)
        self._offsets: Float32 = np.zeros(CHANNELS, np.float32)
        for group, each in settings.groups.items():
            channels = GROUP_CHANNELS[group]
            self.relative[channels] = settings.relative * each.relative
            self.heard[channels] = not each.muted
            self._gains[channels] = each.gain
            self._exponents[channels] = 2.0**each.curve
            self._offset(group, each.offset)
        self._gains *= self.heard
        self._is_curved = bool((self._exponents != 1).any())

    def renewed(self, settings: MixerSettings) -> Response:
        """The response to these controls, which is this one if they are the same."""
        mine = self._settings
        if settings is mine or (
            settings.relative == mine.relative and settings.groups == mine.groups
        ):
            return self
        return Response(settings)

    def shaped(self, channels: Float32, given: Float32) -> Float32:
        """The channels after curve, gain and offset.

        Args:
            channels: [62] what the drivers do.
            given: [62] how much of each channel drivers move, 0..1, none of what is muted;
                offsets come with them.
        """
        if self._is_curved:
            weights = np.power(np.clip(channels[WEIGHTS], 0, 1), self._exponents[WEIGHTS])
            channels = np.concatenate([weights, channels[TURN.start :]])
        shaped: Float32 = channels * self._gains + given * self._offsets
        return shaped

    def _offset(self, group: ChannelGroup, offset: float) -> None:
        for unit in offset_units(group, offset):
            self._offsets[UNIT_INDEX[unit]] = abs(offset)
        if group is ChannelGroup.HEAD_TURN:
            self._offsets[TURN] = (-_NOD_RAD * offset, 0, 0)
        elif group is ChannelGroup.HEAD_POSITION:
            self._offsets[PLACE] = (0, _RISE_M * offset, 0)
        elif group is ChannelGroup.GAZE:
            self._offsets[GAZE] = (0, _LOOK_RAD * offset, 0, _LOOK_RAD * offset)
