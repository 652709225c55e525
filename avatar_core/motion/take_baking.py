"""Baking: the mixer's controls become part of a recording."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avatar_core.motion.corrections import NO_CORRECTIONS
from avatar_core.motion.mixer import Mixer
from avatar_core.motion.motion import MotionFrame
from avatar_core.motion.take import Take

if TYPE_CHECKING:
    from avatar_core.motion.mixer_settings import MixerSettings

_DRIVER = "take:"


def with_mixer_baked(
    take: Take, settings: MixerSettings, sliders: MotionFrame | None = None
) -> Take:
    """The take as the mixer would perform it, were it the only driver.

    Takes play as they were recorded, past the mixer. Baked into it, gains, offsets, curves,
    smoothing with its lag, mirror and idle motion change the take itself.

    Args:
        take: the recording; its corrections become part of it first.
        settings: the mixer's controls. A calibration belongs to a person, so none applies here.
        sliders: a pose held under it.
    """
    mixer, held = Mixer(), sliders or MotionFrame()
    settings = replace(settings, profiles={})
    seen = (replace(frame, confidence=1.0) for frame in take.frames())
    mixed = [mixer.mix({_DRIVER: frame}, _DRIVER, held, settings, frame.time_s) for frame in seen]
    table = Take.from_frames(take.name, mixed, take.fps)
    return replace(
        take,
        weights=table.weights,
        head_rotation=table.head_rotation,
        head_translation=table.head_translation,
        gaze=table.gaze,
        corrections=NO_CORRECTIONS,
    )
