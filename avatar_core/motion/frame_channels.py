"""A frame as one vector: 52 weights, the head's turn and place, the gaze of both eyes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.channels import ChannelGroup, indices_of_group
from avatar_core.motion.gaze import gaze_from_weights
from avatar_core.motion.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32

CHANNELS = 62
WEIGHTS = slice(0, 52)
TURN = slice(52, 55)
PLACE = slice(55, 58)
GAZE = slice(58, 62)

_EXTRA = {
    ChannelGroup.HEAD_TURN: TURN,
    ChannelGroup.HEAD_POSITION: PLACE,
    ChannelGroup.GAZE: GAZE,
}


def channels_of_frame(frame: MotionFrame) -> Float32:
    """[62] what a frame does; eyeLook weights speak for a gaze that is not given in angles."""
    gaze = gaze_from_weights(frame.weights) if frame.gaze is None else frame.gaze
    return np.concatenate(
        [frame.weights, frame.head_rotation, frame.head_translation, gaze.ravel()]
    )


def frame_of_channels(channels: Float32, *, has_gaze: bool) -> MotionFrame:
    """The frame of a vector [62]; without `has_gaze` its weights alone tell the gaze."""
    return MotionFrame(
        weights=channels[WEIGHTS],
        head_rotation=channels[TURN],
        head_translation=channels[PLACE],
        gaze=channels[GAZE].reshape(2, 2) if has_gaze else None,
    )


def with_channels(frame: MotionFrame, channels: Float32) -> MotionFrame:
    """A frame that does what a vector [62] says; without angles its weights tell the gaze."""
    return replace(
        frame,
        weights=channels[WEIGHTS],
        head_rotation=channels[TURN],
        head_translation=channels[PLACE],
        gaze=None if frame.gaze is None else channels[GAZE].reshape(2, 2),
    )


def channels_of_group(group: ChannelGroup) -> Int32:
    """Places of a group in the vector."""
    extra = _EXTRA.get(group, slice(0, 0))
    return np.concatenate(
        [indices_of_group(group), np.arange(extra.start, extra.stop, dtype=np.int32)]
    )


GROUP_CHANNELS = {group: channels_of_group(group) for group in ChannelGroup}
