"""Make `performance.take`: half a minute of acting and one spoken line, from this script alone.

python resources/demo/make_demo_take.py [OUT]

Needs the program flite (`apt-get install flite`). The same versions give the same file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from take_making.acting import GLANCES, PERFORMANCE, SPEECH_START_S, Gesture, acted
from take_making.curves import restlessness
from take_making.eyes import blink_times, gaze_in_world, lid_closure
from take_making.speech import SpokenLine, loudness, spoken
from take_making.visemes import speech_weights

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.io.take_file import save_take
from avatar_core.motion import UNIT_INDEX, Take, TakeAudio, with_gaze_weights

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

SEED = 20
FPS = 30
DURATION_S = 30.0
VOICE = "slt"
LINE = (
    "Hello, I am Rosa. My whole face is made of numbers. Push a slider, or lend me your own smile."
)
_WANTED_BLINKS = (1.35, 5.05, 8.47, 12.45, 16.4, 18.97, 20.8, 27.75)
_BUSY = ((2.9, 4.6), (10.5, 12.2), (14.6, 16.1), (16.7, 17.8), (29.3, 30.0))
_MOST_EYE_DEG = np.array([24.0, 18.0])


def make_take() -> Take:
    """The demo performance."""
    generator = np.random.default_rng(SEED)
    times_s = np.arange(int(DURATION_S * FPS)) / FPS
    line = spoken(LINE, VOICE)
    gestures = (*PERFORMANCE, *_gestures_of_speech(line, generator))
    weights, angles, lean_m = acted(gestures, times_s, generator)
    said_s = times_s - SPEECH_START_S
    weights += speech_weights(line.phones, said_s, loudness(line, said_s))
    weights += _idle_weights(times_s, generator)
    angles += [1.1, 0.8, 0.7] * _restless(times_s, 3, 0.5, generator)
    _blink(weights, times_s, generator)
    gaze = _gaze_in_head(gaze_in_world(times_s, GLANCES, generator), angles)
    place_m = 0.0012 * _restless(times_s, 3, 0.4, generator)
    place_m[:, 2] += lean_m
    return Take(
        id="demo-performance",
        name="Performance",
        fps=FPS,
        times_s=times_s,
        weights=with_gaze_weights(np.clip(weights, 0, 1).astype(np.float32), gaze),
        head_rotation=_turn(np.radians(angles)),
        head_translation=place_m.astype(np.float32),
        gaze=gaze,
        confidence=np.ones(len(times_s), np.float32),
        audio=_sound(line),
    )


def _gestures_of_speech(line: SpokenLine, generator: np.random.Generator) -> list[Gesture]:
    """Brows flash and the head moves when a phrase begins; a nod marks its longest vowel."""
    gestures, phrase = [], []
    for phone in line.phones:
        if phone.name != "pau":
            phrase.append(phone.later(SPEECH_START_S))
            continue
        if phrase:
            turn = (generator.uniform(-4, 4), generator.uniform(0, 2), generator.uniform(-2, 2))
            length_s = phrase[-1].end_s - phrase[0].start_s
            brows = {"browInnerUp": 0.22, "browOuterUp": 0.3}
            start_s = phrase[0].start_s - 0.15
            gestures.append(Gesture(start_s, 0.25, 0.2, 0.5, brows))
            gestures.append(Gesture(start_s, 0.4, max(length_s - 0.4, 0.1), 0.6, turn=turn))
            vowels = [p for p in phrase if p.name[0] in "aeiou"]
            accent = max(vowels, key=lambda vowel: vowel.end_s - vowel.start_s)
            gestures.append(Gesture(accent.start_s - 0.12, 0.2, 0.02, 0.35, turn=(0, -3.5, 0)))
        phrase = []
    return gestures


def _idle_weights(times_s: Float64, generator: np.random.Generator) -> Float64:
    """Muscles are never quite still: a trace of movement in brows, lips and jaw."""
    weights = np.zeros((len(times_s), 52))
    for units, size in (
        (("browInnerUp",), 0.025),
        (("mouthSmileLeft", "mouthSmileRight"), 0.03),
        (("mouthPressLeft", "mouthPressRight"), 0.03),
        (("eyeSquintLeft", "eyeSquintRight"), 0.03),
    ):
        course = size * np.maximum(restlessness(times_s, DURATION_S, 0.4, generator), 0)
        for unit in units:
            weights[:, UNIT_INDEX[unit]] = course
    return weights


def _restless(
    times_s: Float64, count: int, fastest_hz: float, generator: np.random.Generator
) -> Float64:
    columns = [restlessness(times_s, DURATION_S, fastest_hz, generator) for _ in range(count)]
    return np.stack(columns, axis=1)


def _blink(weights: Float64, times_s: Float64, generator: np.random.Generator) -> None:
    """Close the lids over whatever they do; brows and cheeks follow by a trace."""
    blinks = blink_times(DURATION_S, _BUSY, _WANTED_BLINKS, generator)
    closure = lid_closure(times_s, blinks)
    for side in ("Left", "Right"):
        lid = UNIT_INDEX[f"eyeBlink{side}"]
        weights[:, lid] = np.maximum(weights[:, lid], closure)
        weights[:, UNIT_INDEX[f"eyeWide{side}"]] *= 1 - closure
        weights[:, UNIT_INDEX[f"eyeSquint{side}"]] *= 1 - 0.7 * closure
        weights[:, UNIT_INDEX[f"cheekSquint{side}"]] += 0.08 * closure
        weights[:, UNIT_INDEX[f"browDown{side}"]] += 0.04 * closure


def _gaze_in_head(gaze_deg: Float64, angles_deg: Float64) -> Float32:
    """Gaze [T, 2, 2] of both eyes: what they look at stays put while the head moves."""
    eyes = np.clip(gaze_deg - angles_deg[:, :2], -_MOST_EYE_DEG, _MOST_EYE_DEG)
    return np.repeat(np.radians(eyes)[:, None], 2, axis=1).astype(np.float32)


def _turn(angles: Float64) -> Float32:
    """Axis-angle [T, 3] of yaw (left), pitch (up) and roll (right shoulder), radians."""
    yaw, pitch, roll = (np.zeros((len(angles), 3), np.float32) for _ in range(3))
    yaw[:, 1], pitch[:, 0], roll[:, 2] = angles[:, 0], -angles[:, 1], angles[:, 2]
    matrices = (matrix_from_axis_angle(axis) for axis in (yaw, pitch, roll))
    first, second, third = matrices
    return axis_angle_from_matrix(first @ second @ third)


def _sound(line: SpokenLine) -> TakeAudio:
    """The line at its time, silence before and after."""
    samples = np.zeros((int(DURATION_S * line.rate_hz), 1), np.float32)
    start = int(SPEECH_START_S * line.rate_hz)
    samples[start : start + len(line.samples), 0] = line.samples
    return TakeAudio(samples, line.rate_hz)


def main() -> None:
    default = Path(__file__).resolve().parent / "performance.take"
    save_take(make_take(), Path(sys.argv[1]) if len(sys.argv) > 1 else default)


if __name__ == "__main__":
    main()
