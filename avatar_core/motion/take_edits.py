"""Edits of takes: each gives a new take and leaves the old one alone.

What an edit does not change stays bit for bit: frames that are kept, channels outside of the
chosen groups, samples of a sound that is cut. Markers, timecode and sound stay where they belong
on the performance. Edits that weave performances together make corrections part of the recording
first; the others carry them along.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.motion.corrections import with_corrections_baked
from avatar_core.motion.take_channels import (
    columns_of_groups,
    sampled,
    table_of,
    with_gaze,
    with_table,
    woven,
)
from avatar_core.motion.take_sound import RetimedSound, cut_sound, retimed_sound, sound_between

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion.channels import ChannelGroup
    from avatar_core.motion.take import Marker, Take, TakeAudio

SLOWEST, FASTEST = 0.1, 10.0
"""The range of speeds a take can be played at."""

MOST_FPS = 240.0
MOST_FRAMES = 1_000_000
"""No edit makes a longer take."""

_SLACK_S = 1e-9


def trimmed(take: Take, start_s: float, end_s: float) -> Take:
    """The frames from `start_s` up to `end_s`, as they are.

    The first frame that is kept becomes time 0. The sound is cut at the same places, between two
    of its samples, and keeps its distance from the frames.

    Raises:
        AssetError: no frame lies in that range.
    """
    inside = (take.times_s >= start_s - _SLACK_S) & (take.times_s < end_s - _SLACK_S)
    if not inside.any():
        raise AssetError(
            "No frame lies between the in and out points.", "Set them further apart and trim again."
        )
    first_s = float(take.times_s[inside][0])
    last_s = min(float(take.times_s[inside][-1]) + 1 / take.fps, end_s)
    audio, offset_s = cut_sound(take.audio, take.audio_offset_s, first_s, last_s)
    return replace(
        take,
        times_s=take.times_s[inside] - first_s,
        weights=take.weights[inside],
        head_rotation=take.head_rotation[inside],
        head_translation=take.head_translation[inside],
        gaze=None if take.gaze is None else take.gaze[inside],
        confidence=take.confidence[inside],
        audio=audio,
        audio_offset_s=offset_s,
        markers=_moved_markers(take, lambda time_s: time_s - first_s, last_s - first_s),
        timecode=None if take.timecode is None else take.timecode.later(first_s),
        corrections=take.corrections.retimed(lambda time_s: time_s - first_s),
    )


def retimed(take: Take, speed: float, sound: RetimedSound = RetimedSound.KEEP_PITCH) -> Take:
    """The same frames, played `speed` times as fast.

    Raises:
        AssetError: a speed out of `SLOWEST`..`FASTEST`.
    """
    if not SLOWEST <= speed <= FASTEST:
        raise AssetError(
            f"A take cannot be played at {speed:.3g} times its speed.",
            f"Choose a speed from {SLOWEST:g} to {FASTEST:g}, or do it in two steps.",
        )
    moved = replace(
        take,
        fps=take.fps * speed,
        times_s=take.times_s / speed,
        markers=_moved_markers(take, lambda time_s: time_s / speed),
        corrections=take.corrections.retimed(lambda time_s: time_s / speed),
    )
    return retimed_sound(moved, speed, sound)


def retimed_to(
    take: Take, duration_s: float, sound: RetimedSound = RetimedSound.KEEP_PITCH
) -> Take:
    """The same frames, played in `duration_s`; raises like `retimed`."""
    return retimed(take, take.duration_s / max(duration_s, 1e-6), sound)


def resampled(take: Take, fps: float) -> Take:
    """The same performance at another frame rate, frames evenly spaced from the first on.

    Raises:
        AssetError: no such rate.
    """
    if not 1 <= fps <= MOST_FPS:
        raise AssetError(
            f"A take cannot have {fps:.4g} frames per second.", f"Choose 1 to {MOST_FPS:g}."
        )
    last_s = float(take.times_s[-1])
    count = math.floor(last_s * fps + 1e-6) + 1
    _refuse_too_long(count)
    return replace(sampled(take, np.arange(count) / fps), fps=float(fps))


def looped(take: Take, fade_s: float, rounds: int = 1) -> Take:
    """A take that begins again without a jump, `rounds` times.

    Its last `fade_s` seconds cross-fade into the `fade_s` seconds that it begins with, which are
    left out at the start. So each round is that much shorter than the take, and all frames outside
    of the fade are those of the recording. The sound does the same.

    Raises:
        AssetError: the take is too short for such a fade.
    """
    take = with_corrections_baked(take)
    period_s = take.duration_s - fade_s
    if fade_s < 0 or period_s < fade_s or rounds < 1:
        raise AssetError(
            f"A fade of {fade_s:.2f} s does not fit twice into a take of {take.duration_s:.2f} s.",
            "Choose a shorter one.",
        )
    start = int(np.argmin(np.abs(take.times_s - fade_s)))  # a frame, so that frames stay exact
    fade_s = float(take.times_s[start])
    period_s = take.duration_s - fade_s
    _refuse_too_long((len(take) - start) * rounds)
    kept_s = take.times_s[start:]
    into_fade = (kept_s - period_s) / fade_s if fade_s else np.zeros(len(kept_s))
    share = _eased(into_fade)[:, None]
    beginning = table_of(sampled(take, kept_s - period_s))
    table = woven(table_of(take)[start:], beginning, share)
    times_s = np.concatenate([kept_s - fade_s + each * period_s for each in range(rounds)])
    audio = _looped_sound(take, fade_s, period_s, rounds)
    repeated = replace(
        take,
        times_s=times_s,
        weights=np.tile(take.weights[start:], (rounds, 1)),
        head_rotation=np.tile(take.head_rotation[start:], (rounds, 1)),
        head_translation=np.tile(take.head_translation[start:], (rounds, 1)),
        gaze=None if take.gaze is None else np.tile(take.gaze[start:], (rounds, 1, 1)),
        confidence=np.tile(take.confidence[start:], rounds),
        audio=audio,
        audio_offset_s=0.0,
        markers=_looped_markers(take, fade_s, period_s),
        timecode=None if take.timecode is None else take.timecode.later(fade_s),
    )
    return with_table(repeated, np.tile(table, (rounds, 1)))


def blended(first: Take, second: Take, shares: Mapping[ChannelGroup, float]) -> Take:
    """Two takes at once, side by side from their beginnings.

    Args:
        first: gives frames, length, sound, markers and what no share takes.
        second: its last pose is held where it is shorter.
        shares: how much of each group comes from the second take, 0..1; groups left out none.
    """
    first, second = with_corrections_baked(first), with_corrections_baked(second)
    share = np.zeros(62)
    for group, amount in shares.items():
        share[columns_of_groups([group])] = min(max(amount, 0.0), 1.0)
    if first.gaze is not None or second.gaze is not None:
        first, second = with_gaze(first), with_gaze(second)
    other = table_of(sampled(second, first.times_s))
    return with_table(first, woven(table_of(first), other, share))


def punched_in(
    take: Take,
    insert: Take,
    groups: Collection[ChannelGroup],
    start_s: float,
    end_s: float,
    fade_s: float = 0.1,
    insert_at_s: float | None = None,
) -> Take:
    """The take with some groups replaced, for a while, by another performance.

    Args:
        take: gives frames, length, sound and everything else.
        insert: what is punched in; its ends are held.
        groups: which channels it replaces.
        start_s: from here on the insert is on its way in.
        end_s: here the take has all to itself again.
        fade_s: length of the cross-fade at either end, within the range; at most half of it. An
            end that is also the take's has none.
        insert_at_s: where on the take the insert's first frame lies; `start_s`, when left out.

    Raises:
        AssetError: no frame lies in the range.
    """
    inside = (take.times_s >= start_s) & (take.times_s < end_s)
    if not inside.any():
        raise AssetError("No frame lies between the in and out points.", "Set them further apart.")
    take, insert = with_corrections_baked(take), with_corrections_baked(insert)
    if take.gaze is not None or insert.gaze is not None:
        take, insert = with_gaze(take), with_gaze(insert)
    place_s = start_s if insert_at_s is None else insert_at_s
    columns = columns_of_groups(groups)
    table = table_of(take)
    other = table_of(sampled(insert, take.times_s[inside] - place_s))
    share = _envelope(take, start_s, end_s, fade_s)[inside, None]
    rows = np.flatnonzero(inside)[:, None]
    table[rows, columns] = woven(table[rows, columns], other[:, columns], share)
    return with_table(take, table)


def confined(take: Take, edited: Take, start_s: float, end_s: float, fade_s: float = 0.1) -> Take:
    """An edit of all frames confined to a range: outside of it the take is as it was.

    Args:
        take: as it was.
        edited: the same frames at the same times, edited.
        start_s: from here on the edit is on its way in.
        end_s: here it is gone again.
        fade_s: how long it takes to come and to go, within the range; at most half of it.
    """
    inside = (take.times_s >= start_s) & (take.times_s < end_s)
    share = _envelope(take, start_s, end_s, fade_s) * inside
    return with_table(edited, woven(table_of(take), table_of(edited), share[:, None]))


def with_sound(take: Take, audio: TakeAudio | None, offset_s: float = 0.0) -> Take:
    """The take with another sound beside it, or none; `offset_s` is its first sample's time."""
    return replace(take, audio=audio, audio_offset_s=0.0 if audio is None else offset_s)


def with_marker(take: Take, marker: Marker) -> Take:
    """The take with one more marker, in its place."""
    markers = sorted((*take.markers, marker), key=lambda each: each.time_s)
    return replace(take, markers=tuple(markers))


def _envelope(take: Take, start_s: float, end_s: float, fade_s: float) -> Float64:
    """How much of an insert is heard at each frame, 0..1."""
    fade_s = min(fade_s, (end_s - start_s) / 2)
    share = np.ones(len(take))
    if fade_s > 0 and start_s > 0:
        share = _eased((take.times_s - start_s) / fade_s)
    if fade_s > 0 and end_s < take.duration_s - _SLACK_S:
        share = np.minimum(share, _eased((end_s - take.times_s) / fade_s))
    return share


def _eased(part: Float64) -> Float64:
    inside = np.clip(part, 0, 1)
    eased: Float64 = inside * inside * (3 - 2 * inside)
    return eased


def _moved_markers(
    take: Take, moved: Callable[[float], float], end_s: float | None = None
) -> tuple[Marker, ...]:
    """Markers at other times; with an end, those that are left between 0 and it."""
    markers = [replace(marker, time_s=moved(marker.time_s)) for marker in take.markers]
    if end_s is not None:
        markers = [each for each in markers if -_SLACK_S <= each.time_s < end_s]
    return tuple(markers)


def _looped_markers(take: Take, fade_s: float, period_s: float) -> tuple[Marker, ...]:
    """Those of the first round; what began within the fade now comes at its end."""
    markers = [
        replace(marker, time_s=(marker.time_s - fade_s) % period_s)
        for marker in take.markers
        if 0 <= marker.time_s < take.duration_s
    ]
    return tuple(sorted(markers, key=lambda each: each.time_s))


def _looped_sound(take: Take, fade_s: float, period_s: float, rounds: int) -> TakeAudio | None:
    audio = take.audio
    if audio is None:
        return None
    length = round(period_s * audio.rate_hz)
    fade = min(round(fade_s * audio.rate_hz), length)
    samples = sound_between(take, fade_s, length)
    if fade:
        beginning = sound_between(take, fade_s - fade / audio.rate_hz, fade)
        # Equal power: what comes and what goes are two sounds, not one.
        part = (np.arange(fade) + 0.5)[:, None] / fade * (np.pi / 2)
        mixed = np.cos(part) * samples[length - fade :] + np.sin(part) * beginning
        samples[length - fade :] = mixed.astype(np.float32)
    return replace(audio, samples=np.tile(samples, (rounds, 1)))


def _refuse_too_long(count: int) -> None:
    if count > MOST_FRAMES:
        raise AssetError(
            f"The take would have {count:,} frames, more than a take can.", "Make it shorter."
        )
