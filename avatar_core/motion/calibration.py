"""Calibration: the driver's own face at rest becomes the avatar's neutral."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import FaceNotFoundError
from avatar_core.motion.frame_channels import (
    PLACE,
    TURN,
    WEIGHTS,
    channels_of_frame,
    with_channels,
)
from avatar_core.motion.motion import UNIT_INDEX, MotionFrame
from avatar_core.motion.turns import composed, turned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry import Float32

_OPPOSITES = [
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    ("eyeLookInLeft", "eyeLookOutLeft"),
    ("eyeLookInRight", "eyeLookOutRight"),
    ("eyeLookUpLeft", "eyeLookDownLeft"),
    ("eyeLookUpRight", "eyeLookDownRight"),
]
_ONE = np.array([UNIT_INDEX[pair[0]] for pair in _OPPOSITES])
_OTHER = np.array([UNIT_INDEX[pair[1]] for pair in _OPPOSITES])
_BLINKS = np.array([UNIT_INDEX["eyeBlinkLeft"], UNIT_INDEX["eyeBlinkRight"]])
_LID_BEND = 0.9
"""Closure from which a lid is nearly down and its rest position matters less and less."""


def mean_neutral(frames: Sequence[MotionFrame]) -> MotionFrame:
    """The face at rest, averaged over the tracked frames of a short calm moment.

    Raises:
        FaceNotFoundError: no frame shows a face.
    """
    seen = [frame for frame in frames if frame.confidence > 0]
    if not seen:
        raise FaceNotFoundError(
            "The neutral face could not be taken, because no face is being tracked.",
            "Face the camera with a relaxed expression and try again.",
        )
    gazes = [frame.gaze for frame in seen if frame.gaze is not None]
    return MotionFrame(
        time_s=seen[-1].time_s,
        weights=_mean([frame.weights for frame in seen]),
        head_rotation=_mean([frame.head_rotation for frame in seen]),
        head_translation=_mean([frame.head_translation for frame in seen]),
        gaze=_mean(gazes) if gazes else None,
        confidence=float(np.mean([frame.confidence for frame in seen])),
    )


def calibrated(
    frame: MotionFrame, neutral: MotionFrame, relative: float | Float32 = 1.0
) -> MotionFrame:
    """The frame with the driver's rest taken off.

    Args:
        frame: what the driver does.
        neutral: what the driver does at rest.
        relative: as in `without_rest`.
    """
    channels = without_rest(channels_of_frame(frame), channels_of_frame(neutral), relative)
    return with_channels(frame, channels)


def without_rest(channels: Float32, rest: Float32, relative: float | Float32 = 1.0) -> Float32:
    """What a driver does, told from its rest.

    Weights lose their rest value; where that would go below zero, the rest is given to the
    opposite unit if there is one (a jaw that rests to the left moves right from there). Lids keep
    their full closure, so an eye that rests half open can still blink. The head's turn and place
    are told from the resting head, as if the camera had been straight in front of it.

    Args:
        channels: [62] what the driver does, in the order of `frame_channels`.
        rest: [62] what it does at rest.
        relative: how much of the rest is taken off, 0..1; one number, or one per channel [62].

    Returns:
        [62] weights 0..1.
    """
    off = relative * rest
    if not off.any():
        return channels
    back = -off[TURN]
    left = channels - off
    left[WEIGHTS] = _weights_from_rest(channels[WEIGHTS], off[WEIGHTS])
    left[TURN] = composed(back, channels[TURN])
    left[PLACE] = turned(left[PLACE], back)
    return left


def _weights_from_rest(weights: Float32, rest: Float32) -> Float32:
    taken = rest.copy()
    closing = np.clip((weights[_BLINKS] - _LID_BEND) / (1 - _LID_BEND), 0, 1)
    taken[_BLINKS] *= 1 - closing
    left_over = weights - taken
    result = np.maximum(left_over, 0)
    result[_ONE] -= np.minimum(left_over[_OTHER], 0)
    result[_OTHER] -= np.minimum(left_over[_ONE], 0)
    limited: Float32 = np.minimum(result, 1)
    return limited


def _mean(arrays: list[Float32]) -> Float32:
    mean: Float32 = np.stack(arrays).mean(axis=0)
    return mean
