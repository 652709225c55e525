"""The motion of a whole sound at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from avatar_core.driving.speech.live import SpeechMotion
from avatar_core.driving.speech.model_file import load_speech_model
from avatar_core.driving.speech.timing import FPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.driving.speech.model_file import SpeechModel
    from avatar_core.motion import MotionFrame, TakeAudio
    from avatar_core.motion.speech_style import SpeechStyle

_PIECE_S = 2


def motion_of_sound(
    audio: TakeAudio,
    model: SpeechModel | None = None,
    style: SpeechStyle | None = None,
    *,
    moves_head: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> list[MotionFrame]:
    """The motion of a face that speaks a sound: the same as live, without its lag.

    Args:
        audio: what is said; its channels are averaged.
        model: the bundled one when left out.
        style: how it is performed.
        moves_head: whether the head follows the melody.
        progress: hears how many of all moments are done; may raise `Cancelled`.

    Returns:
        50 moments for each second of sound, at least one, the first at time 0.

    Raises:
        AvatarError: speech cannot be read from such a rate, or there is no model.
    """
    motion = SpeechMotion(model or load_speech_model(), style, moves_head=moves_head)
    count = max(1, math.ceil(audio.duration_s * FPS))
    mono = audio.samples.mean(1)
    piece = _PIECE_S * audio.rate_hz
    frames: list[MotionFrame] = []
    for start in range(0, len(mono), piece):
        frames += motion.feed(mono[start : start + piece], audio.rate_hz)
        if progress is not None:
            progress(min(len(frames), count), count)
    while len(frames) < count:
        frames += motion.flush()
    return frames[:count]
