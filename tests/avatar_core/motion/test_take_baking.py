from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.motion import (
    NO_CORRECTIONS,
    UNIT_INDEX,
    ChannelGroup,
    Corrections,
    GroupSettings,
    Key,
    Marker,
    MixerSettings,
    MotionFrame,
    Take,
    TakeAudio,
)
from avatar_core.motion.take_baking import with_mixer_baked

CALM = {group: GroupSettings(smoothing=0.0) for group in ChannelGroup}
JAW, SMILE = UNIT_INDEX["jawOpen"], UNIT_INDEX["mouthSmileLeft"]


def take() -> Take:
    frames = [MotionFrame.from_units(i / 30, jawOpen=i / 60, mouthSmileLeft=0.4) for i in range(30)]
    sound = TakeAudio(np.zeros((100, 1), np.float32), 100)
    return replace(Take.from_frames("t", frames, 30, sound), markers=(Marker(0.5, "m"),))


def test_gain_and_offset_become_part_of_the_take() -> None:
    settings = MixerSettings(
        {**CALM, ChannelGroup.JAW: GroupSettings(gain=2.0, smoothing=0.0),
         ChannelGroup.LIPS: GroupSettings(gain=0.5, smoothing=0.0)}
    )  # fmt: skip
    before = take()
    baked = with_mixer_baked(before, settings)
    assert baked.weights[:, JAW] == pytest.approx(2 * before.weights[:, JAW], abs=1e-6)
    assert baked.weights[:, SMILE] == pytest.approx(0.2, abs=1e-6)
    assert np.array_equal(baked.times_s, before.times_s)
    assert (baked.audio, baked.markers) == (before.audio, before.markers)


def test_a_mixer_that_does_nothing_gives_the_same_performance() -> None:
    before = take()
    assert with_mixer_baked(before, MixerSettings(CALM)).weights == pytest.approx(
        before.weights, abs=1e-6
    )


def test_corrections_are_mixed_too_and_only_once() -> None:
    before = replace(take(), corrections=Corrections({"jawOpen": (Key(0, 0.1),)}))
    settings = MixerSettings({**CALM, ChannelGroup.JAW: GroupSettings(gain=2.0, smoothing=0.0)})
    baked = with_mixer_baked(before, settings)
    assert baked.corrections == NO_CORRECTIONS
    wanted = 2 * (before.weights[:, JAW] + 0.1)
    assert baked.weights[:, JAW] == pytest.approx(np.clip(wanted, 0, 1), abs=1e-6)


def test_frames_without_a_face_hold_what_they_play() -> None:
    before = replace(take(), confidence=np.zeros(30, np.float32))
    baked = with_mixer_baked(before, MixerSettings(CALM))
    assert baked.weights == pytest.approx(before.weights, abs=1e-6)
    assert not baked.confidence.any()


def test_sliders_are_held_under_it() -> None:
    baked = with_mixer_baked(take(), MixerSettings(CALM), MotionFrame.from_units(jawOpen=0.25))
    assert baked.weights[0, JAW] == pytest.approx(0.25)
