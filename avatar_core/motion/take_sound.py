"""The sound of a take, cut and retimed with it; where it is only cut, samples stay as they are."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.take import Take, TakeAudio

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_LOBES = 16
"""Zero crossings of the interpolation kernel on each side."""
_PHASES = 512
"""Places between two samples for which the kernel is known; others lie between two of them."""
_CHUNK = 16_384
_WINDOW_S = 0.04
"""Grains of a stretched sound: two to four periods of a voice."""
_SEARCH_S = 0.008
"""How far a grain may move to fit the one before: more than half a period of a deep voice."""
_COMPARED_HZ = 12_000
"""Rate at which grains are compared: what tells them apart in a voice lies lower."""
_SLACK = 1e-6
"""Samples by which a time may miss a sample and still mean it."""


class RetimedSound(StrEnum):
    """What becomes of the sound when a take plays faster or slower."""

    KEEP_PITCH = "keep_pitch"
    """It is stretched with the take; voices keep their pitch."""
    SHIFT_PITCH = "shift_pitch"
    """It runs faster or slower as a tape would; voices become higher or lower."""
    DETACH = "detach"
    """The take has no sound any more."""


def cut_sound(
    audio: TakeAudio | None, offset_s: float, start_s: float, end_s: float
) -> tuple[TakeAudio | None, float]:
    """The samples from `start_s` to `end_s`, untouched, for a clock that begins at `start_s`.

    Args:
        audio: the sound, or None.
        offset_s: time of its first sample.
        start_s: samples before this time are left out.
        end_s: samples at or after this time are left out.

    Returns:
        The sound, None when nothing is left of it, and the time of its first sample on the new
        clock.
    """
    if audio is None:
        return None, 0.0
    first = max(ceil((start_s - offset_s) * audio.rate_hz - _SLACK), 0)
    last = min(ceil((end_s - offset_s) * audio.rate_hz - _SLACK), len(audio.samples))
    if last <= first:
        return None, 0.0
    kept = TakeAudio(audio.samples[first:last], audio.rate_hz)
    return kept, offset_s + first / audio.rate_hz - start_s


def sound_between(take: Take, start_s: float, count: int) -> Float32:
    """`count` samples [count, channels] from `start_s` on; silence where there is no sound."""
    audio = take.audio
    if audio is None:
        return np.zeros((count, 1), np.float32)
    first = round((start_s - take.audio_offset_s) * audio.rate_hz)
    result = np.zeros((count, audio.samples.shape[1]), np.float32)
    low, high = max(first, 0), min(first + count, len(audio.samples))
    if high > low:
        result[low - first : high - first] = audio.samples[low:high]
    return result


def sound_on_clock(take: Take) -> tuple[Float32, int]:
    """The sound [n, channels] from the take's first frame to its end, and its rate."""
    rate_hz = 48_000 if take.audio is None else take.audio.rate_hz
    return sound_between(take, 0.0, round(take.duration_s * rate_hz)), rate_hz


def retimed_sound(take: Take, speed: float, choice: RetimedSound) -> Take:
    """The take with its sound played `speed` times as fast; its frames stay where they are."""
    audio = take.audio
    if audio is None or choice is RetimedSound.DETACH or not len(audio.samples):
        return replace(take, audio=None, audio_offset_s=0.0)
    samples = (
        stretched(audio.samples, audio.rate_hz, speed)
        if choice is RetimedSound.KEEP_PITCH
        else resampled(audio.samples, speed)
    )
    sound = TakeAudio(samples, audio.rate_hz)
    return replace(take, audio=sound, audio_offset_s=take.audio_offset_s / speed)


def resampled(samples: Float32, speed: float) -> Float32:
    """Samples [n, channels] read `speed` times as fast: [ceil(n / speed), channels].

    Band-limited: what the fewer samples cannot hold is taken away, not folded back.

    Source:
        Smith, "Digital Audio Resampling", CCRMA, Stanford: windowed-sinc interpolation.
    """
    if speed == 1:
        return samples
    cutoff = min(1.0, 1.0 / speed)
    reach = ceil(_LOBES / cutoff)
    padded = np.pad(samples, ((reach, reach + 1), (0, 0)))
    count = ceil(len(samples) / speed - _SLACK)
    steps = np.arange(-reach + 1, reach + 1)
    kernels = _kernel(steps[None, :] - np.linspace(0, 1, _PHASES + 1)[:, None], cutoff)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach, axis=0)
    parts = []
    for first in range(0, count, _CHUNK):
        places = np.arange(first, min(first + _CHUNK, count)) * speed
        whole = np.floor(places).astype(np.int64)
        phase = (places - whole) * _PHASES
        before = np.floor(phase).astype(np.int64)
        share = (phase - before).astype(np.float32)[:, None]
        kernel = (1 - share) * kernels[before] + share * kernels[before + 1]
        parts.append(np.einsum("nk,nck->nc", kernel, windows[whole + 1]))
    return np.concatenate(parts)


def _kernel(places: Float64, cutoff: float) -> Float32:
    window = np.cos(np.clip(places * cutoff / _LOBES, -1, 1) * (np.pi / 2)) ** 2
    kernel: Float32 = (cutoff * np.sinc(places * cutoff) * window).astype(np.float32)
    return kernel


def stretched(samples: Float32, rate_hz: int, speed: float) -> Float32:
    """Samples [n, channels] `speed` times as fast at the same pitch: [ceil(n / speed), channels].

    Source:
        Verhelst and Roelands 1993, "An overlap-add technique based on waveform similarity (WSOLA)
        for high quality time-scale modification of speech", ICASSP, doi:10.1109/ICASSP.1993.319366.
    """
    if speed == 1:
        return samples
    hop = max(round(_WINDOW_S * rate_hz / 2), 1)
    search = round(_SEARCH_S * rate_hz)
    count = ceil(len(samples) / speed - _SLACK)
    window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)).astype(np.float32)[:, None] ** 2
    padded = np.pad(samples, ((search + hop, search + 4 * hop), (0, 0)))
    mono = padded.mean(axis=1)
    step = max(rate_hz // _COMPARED_HZ, 1)
    result = np.zeros((count + 4 * hop, samples.shape[1]), np.float32)
    follow = 0
    for start in range(-hop, count, hop):
        middle = (start + hop) * speed  # grains keep their middles where the take has them
        place = min(round(middle), len(samples)) + search
        if start > -hop:
            place = _most_alike(mono, mono[follow : follow + 2 * hop], place, search, step)
        result[start + hop : start + 3 * hop] += window * padded[place : place + 2 * hop]
        follow = min(place + hop, len(padded) - 2 * hop)
    return result[hop : hop + count]


def _most_alike(sound: Float32, wanted: Float32, place: int, search: int, step: int) -> int:
    """Where, within `search` of a place, the sound goes on most like `wanted`, by every `step`."""
    low = max(place - search, 0)
    high = min(place + search, len(sound) - len(wanted))
    if high <= low:
        return max(high, 0)
    windows = np.lib.stride_tricks.sliding_window_view(sound[low : high + len(wanted)], len(wanted))
    windows, wanted = windows[:, ::step], wanted[::step]
    likeness = windows @ wanted
    energy = np.sqrt(np.einsum("ij,ij->i", windows, windows) + 1e-9)
    return low + int(np.argmax(likeness / energy))
