from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.motion import (
    NO_CORRECTIONS,
    ChannelGroup,
    Corrections,
    Key,
    Marker,
    MotionFrame,
    Take,
    TakeAudio,
    Timecode,
    indices_of_group,
)
from avatar_core.motion.take_channels import sampled, table_of
from avatar_core.motion.take_edits import (
    blended,
    confined,
    looped,
    punched_in,
    resampled,
    retimed,
    retimed_to,
    trimmed,
    with_marker,
)
from avatar_core.motion.take_sound import RetimedSound
from avatar_core.project import digest

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

RATE_HZ = 8000


def performance(frames: int = 60, fps: float = 30.0, seed: int = 0, gaze: bool = True) -> Take:
    """Anything at all, with uneven times, a click in the sound every quarter second, marks."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(frames) / fps + np.r_[0, rng.uniform(-0.2, 0.2, frames - 1) / fps]
    samples = np.zeros((int(frames / fps * RATE_HZ), 1), np.float32)
    samples[:: RATE_HZ // 4] = np.linspace(0.1, 1, len(samples[:: RATE_HZ // 4]))[:, None]
    return Take(
        id="t",
        name="T",
        fps=fps,
        times_s=times_s,
        weights=rng.random((frames, 52)).astype(np.float32),
        head_rotation=rng.normal(0, 0.1, (frames, 3)).astype(np.float32),
        head_translation=rng.normal(0, 0.1, (frames, 3)).astype(np.float32),
        gaze=rng.normal(0, 0.1, (frames, 2, 2)).astype(np.float32) if gaze else None,
        confidence=rng.random(frames).astype(np.float32),
        audio=TakeAudio(samples, RATE_HZ),
        audio_offset_s=0.0,
        markers=(Marker(0.5, "half"), Marker(1.0, "one"), Marker(1.9, "late")),
        timecode=Timecode.parse("10:00:00:00", 25),
    )


def jaw(take: Take) -> Float32:
    return take.weights[:, indices_of_group(ChannelGroup.JAW)[-1]]


def opening(seconds: float, fps: float = 30, first: float = 0.0, last: float = 1.0) -> Take:
    count = round(seconds * fps)
    values = np.linspace(first, last, count)
    return Take.from_frames(
        "o", [MotionFrame.from_units(i / fps, jawOpen=v) for i, v in enumerate(values)], fps
    )


def click_times(take: Take) -> list[float]:
    assert take.audio is not None
    peaks = np.flatnonzero(np.abs(take.audio.samples[:, 0]) > 0.05)
    return [take.audio_offset_s + peak / take.audio.rate_hz for peak in peaks]


# trimming


def test_trimming_keeps_frames_and_samples_bit_for_bit() -> None:
    take = performance()
    cut = trimmed(take, 0.5, 1.5)
    inside = (take.times_s >= 0.5) & (take.times_s < 1.5)
    assert cut.times_s[0] == 0
    assert np.diff(cut.times_s) == pytest.approx(np.diff(take.times_s[inside]))
    assert digest(table_of(cut)) == digest(table_of(take)[inside])
    assert np.array_equal(cut.confidence, take.confidence[inside])
    assert cut.audio is not None
    assert take.audio is not None
    first = next(
        at for at in range(len(take.audio.samples)) if at / RATE_HZ >= take.times_s[inside][0]
    )
    count = len(cut.audio.samples)
    assert np.array_equal(cut.audio.samples, take.audio.samples[first : first + count])


def test_trimming_leaves_sound_and_marks_where_the_face_has_them() -> None:
    take = performance()
    cut = trimmed(take, 0.45, 1.5)
    shift_s = float(take.times_s[take.times_s >= 0.45][0])
    assert click_times(cut) == pytest.approx(
        [t - shift_s for t in click_times(take) if shift_s <= t < 1.5], abs=1e-9
    )
    assert [marker.time_s + shift_s for marker in cut.markers] == pytest.approx([0.5, 1.0])
    assert cut.timecode is not None
    assert cut.timecode.seconds == pytest.approx(36_000 + shift_s)


def test_trimming_again_and_again_never_drifts() -> None:
    take = performance(frames=300)
    cut = take
    for _ in range(20):
        cut = trimmed(cut, 0.21, 99)
    shift_s = cut.timecode.seconds - 36_000 if cut.timecode else 0.0
    kept = [t - shift_s for t in click_times(take)]
    assert click_times(cut) == pytest.approx([t for t in kept if t >= 0], abs=1e-6)


def test_corrections_ride_along_when_a_take_is_cut() -> None:
    take = replace(
        performance(), corrections=Corrections({"headYaw": (Key(0, 0), Key(1, 0.5), Key(2, 0))})
    )
    cut = trimmed(take, 0.5, 1.5)
    shift_s = float(take.times_s[take.times_s >= 0.5][0])
    for moment_s in (0.1, 0.4, 0.8):
        assert cut.frame_at(moment_s).head_rotation == pytest.approx(
            take.frame_at(moment_s + shift_s).head_rotation, abs=1e-6
        )


def test_trimming_to_everything_changes_nothing() -> None:
    take = performance()
    cut = trimmed(take, 0, take.duration_s)
    assert digest(replace(cut, audio=take.audio)) == digest(take)
    one = trimmed(take, 1.0, 1.0 + 1.4 / 30)
    assert len(one) in (1, 2)


@pytest.mark.parametrize("span", [(5, 6), (1, 1), (1.5, 1.0), (0.001, 0.002)])
def test_trimming_to_nothing_is_refused(span: tuple[float, float]) -> None:
    with pytest.raises(AssetError, match="No frame"):
        trimmed(performance(), *span)


# retiming


@pytest.mark.parametrize("sound", list(RetimedSound))
def test_retiming_moves_frames_marks_and_sound_together(sound: RetimedSound) -> None:
    take = performance()
    fast = retimed(take, 2.0, sound)
    assert fast.duration_s == pytest.approx(take.duration_s / 2)
    assert digest(table_of(fast)) == digest(table_of(take))
    assert [marker.time_s for marker in fast.markers] == pytest.approx([0.25, 0.5, 0.95])
    assert fast.frame_at(0.4).weights == pytest.approx(take.frame_at(0.8).weights)
    if sound is RetimedSound.DETACH:
        assert fast.audio is None
    else:
        assert fast.audio is not None
        assert fast.audio.duration_s == pytest.approx(1.0, abs=1 / RATE_HZ)


def test_there_and_back_is_the_same_performance() -> None:
    take = performance()
    back = retimed(retimed(take, 2.0, RetimedSound.DETACH), 0.5, RetimedSound.DETACH)
    assert digest(table_of(back)) == digest(table_of(take))
    assert np.array_equal(back.times_s, take.times_s)  # halves and doubles are exact
    assert back.markers == take.markers


def test_retiming_to_a_length() -> None:
    assert retimed_to(performance(), 3.3).duration_s == pytest.approx(3.3)


@pytest.mark.parametrize("speed", [0, -1, 0.05, 20, float("nan")])
def test_impossible_speeds_are_refused(speed: float) -> None:
    with pytest.raises(AssetError, match="speed"):
        retimed(performance(), speed)


def test_resampling_gives_even_frames_of_the_same_performance() -> None:
    take = opening(2.0, fps=24)
    film = resampled(take, 60)
    assert film.fps == 60
    assert film.times_s == pytest.approx(np.arange(len(film)) / 60)
    assert jaw(film) == pytest.approx(np.interp(film.times_s, take.times_s, jaw(take)), abs=1e-6)
    assert film.times_s[-1] == pytest.approx(take.times_s[-1], abs=1 / 60)


def test_resampling_an_even_take_at_its_rate_keeps_it_bit_for_bit() -> None:
    take = replace(performance(), times_s=np.arange(60) / 30)
    assert digest(table_of(resampled(take, 30))) == digest(table_of(take))


def test_sampling_at_the_frames_gives_the_frames() -> None:
    take = performance()
    take.weights[3, 4] = -0.0
    assert digest(sampled(take, take.times_s)) == digest(take)


def test_a_single_frame_can_be_resampled_and_sampled() -> None:
    one = performance(frames=1)
    assert len(resampled(one, 60)) == 1
    assert sampled(one, np.array([0.0, 1.0])).weights[1] == pytest.approx(one.weights[0])


@pytest.mark.parametrize("fps", [0, 0.5, 1000, float("nan")])
def test_impossible_rates_are_refused(fps: float) -> None:
    with pytest.raises(AssetError, match="frames per second"):
        resampled(performance(), fps)


# loops


def test_a_loop_ends_where_it_begins() -> None:
    take = opening(2.0)
    loop = looped(take, 0.5)
    assert loop.duration_s == pytest.approx(1.5)
    step = float(np.abs(np.diff(jaw(loop))).max())
    assert abs(jaw(loop)[-1] - jaw(loop)[0]) <= step
    assert abs(jaw(take)[-1] - jaw(take)[0]) == 1  # as it was, it jumped


def test_frames_outside_of_the_fade_are_the_recording_s() -> None:
    take = performance()
    loop = looped(take, 0.5)
    start = int(np.argmin(np.abs(take.times_s - 0.5)))
    untouched = loop.times_s < loop.duration_s - take.times_s[start] - 1e-9
    assert untouched.sum() > 20
    assert digest(table_of(loop)[untouched]) == digest(table_of(take)[start:][untouched])


def test_rounds_repeat_face_and_sound_in_step() -> None:
    once, thrice = looped(performance(), 0.5), looped(performance(), 0.5, rounds=3)
    count = len(once)
    assert len(thrice) == 3 * count
    period_s = thrice.times_s[count]
    assert digest(table_of(thrice)[count : 2 * count]) == digest(table_of(once))
    assert once.audio is not None
    assert thrice.audio is not None
    assert thrice.audio.duration_s == pytest.approx(3 * period_s, abs=3 / RATE_HZ)
    length = len(once.audio.samples)
    assert np.array_equal(thrice.audio.samples[length : 2 * length], once.audio.samples)
    assert thrice.duration_s == pytest.approx(3 * period_s, abs=1e-6)


def test_a_loop_without_fade_is_the_take() -> None:
    take = performance()
    loop = looped(take, 0.0)
    assert digest(table_of(loop)) == digest(table_of(take))
    assert loop.markers == take.markers


def test_markers_before_the_loop_s_start_come_at_its_end() -> None:
    take = opening(2.0)
    take = with_marker(with_marker(take, Marker(1.0, "middle")), Marker(0.1, "early"))
    assert [m.name for m in take.markers] == ["early", "middle"]
    loop = looped(take, 0.5)
    assert [(m.name, pytest.approx(m.time_s)) for m in loop.markers] == [
        ("middle", 0.5), ("early", 1.1),
    ]  # fmt: skip


@pytest.mark.parametrize(("fade_s", "rounds"), [(1.5, 1), (-0.1, 1), (0.1, 0)])
def test_impossible_loops_are_refused(fade_s: float, rounds: int) -> None:
    with pytest.raises(AssetError, match="fade"):
        looped(opening(2.0), fade_s, rounds)


def test_endless_loops_are_refused() -> None:
    with pytest.raises(AssetError, match="more than a take can"):
        looped(opening(2.0), 0.1, rounds=100_000)


# two performances


def test_blending_takes_each_group_by_its_share() -> None:
    one, two = performance(seed=1), performance(seed=2)
    mixed = blended(one, two, {ChannelGroup.LIPS: 1.0, ChannelGroup.JAW: 0.25})
    lips, lids = indices_of_group(ChannelGroup.LIPS), indices_of_group(ChannelGroup.LIDS)
    other = sampled(two, one.times_s)
    assert np.array_equal(mixed.weights[:, lips], other.weights[:, lips])
    assert np.array_equal(mixed.weights[:, lids], one.weights[:, lids])
    assert np.array_equal(mixed.head_rotation, one.head_rotation)
    assert jaw(mixed) == pytest.approx(0.75 * jaw(one) + 0.25 * jaw(other), abs=1e-6)
    assert mixed.audio is one.audio
    assert np.array_equal(mixed.times_s, one.times_s)


def test_a_shorter_second_take_holds_its_last_pose() -> None:
    mixed = blended(opening(2.0), opening(1.0, first=0.5, last=0.7), {ChannelGroup.JAW: 1.0})
    assert jaw(mixed)[-1] == pytest.approx(0.7)
    assert jaw(mixed)[40] == pytest.approx(0.7)


def test_gaze_is_blended_where_only_one_take_has_it() -> None:
    one, two = performance(seed=1, gaze=False), performance(seed=2)
    mixed = blended(one, two, {ChannelGroup.GAZE: 1.0})
    assert mixed.gaze is not None
    assert mixed.gaze == pytest.approx(sampled(two, one.times_s).gaze)


def test_punching_in_replaces_only_its_groups_and_only_there() -> None:
    take, insert = performance(seed=1, frames=90), performance(seed=2)
    result = punched_in(take, insert, [ChannelGroup.LIPS], 1.0, 2.0, fade_s=0.2)
    lips = indices_of_group(ChannelGroup.LIPS)
    others = np.setdiff1d(np.arange(52), lips)
    assert digest(result.weights[:, others]) == digest(take.weights[:, others])
    assert digest(result.head_rotation) == digest(take.head_rotation)
    outside = (take.times_s < 1.0) | (take.times_s >= 2.0)
    assert digest(result.weights[outside]) == digest(take.weights[outside])
    full = (take.times_s >= 1.2) & (take.times_s <= 1.8)
    wanted = sampled(insert, take.times_s[full] - 1.0)
    assert np.array_equal(result.weights[np.ix_(full, lips)], wanted.weights[:, lips])
    assert result.audio is take.audio


def test_the_fades_of_a_punch_are_smooth() -> None:
    take, insert = opening(3.0, first=0, last=0), opening(3.0, first=1, last=1)
    result = jaw(punched_in(take, insert, [ChannelGroup.JAW], 1.0, 2.0, fade_s=0.3))
    assert result.max() == 1
    assert np.abs(np.diff(result)).max() < 0.2
    assert result[30] == 0  # at the very start of the range


def test_a_punch_over_the_whole_take_needs_no_fades() -> None:
    take, insert = opening(2.0, first=0, last=0), opening(2.0, first=1, last=1)
    assert (jaw(punched_in(take, insert, [ChannelGroup.JAW], 0, 2.0, 0.3)) == 1).all()


def test_an_insert_can_begin_before_its_range() -> None:
    take, insert = opening(3.0, first=0, last=0), opening(3.0)
    result = punched_in(take, insert, [ChannelGroup.JAW], 1, 2, 0.1, insert_at_s=0.0)
    middle = (take.times_s > 1.2) & (take.times_s < 1.8)
    assert jaw(result)[middle] == pytest.approx(jaw(insert)[middle])


def test_corrections_are_baked_where_performances_are_woven() -> None:
    take = replace(opening(2.0), corrections=Corrections({"headYaw": (Key(0, 0.3),)}))
    for result in (
        looped(take, 0.2),
        blended(take, opening(2.0), {ChannelGroup.JAW: 1}),
        punched_in(take, opening(2.0), [ChannelGroup.JAW], 0.5, 1.0),
    ):
        assert result.corrections == NO_CORRECTIONS
        assert result.head_rotation[:, 1] == pytest.approx(0.3)


def test_a_confined_edit_leaves_what_is_outside_bit_for_bit() -> None:
    take, other = performance(seed=1), performance(seed=2)
    other = replace(other, times_s=take.times_s)
    mixed = confined(take, other, 0.5, 1.5, fade_s=0.2)
    outside = (take.times_s < 0.5) | (take.times_s >= 1.5)
    full = (take.times_s >= 0.7) & (take.times_s <= 1.3)
    assert digest(table_of(mixed)[outside]) == digest(table_of(take)[outside])
    assert digest(table_of(mixed)[full]) == digest(table_of(other)[full])
    whole = confined(take, other, 0.0, take.duration_s)
    assert digest(table_of(whole)) == digest(table_of(other))
    hard = confined(take, other, 0.5, 1.5, fade_s=0)
    assert digest(table_of(hard)[outside]) == digest(table_of(take)[outside])


def test_edits_leave_the_take_they_were_given_alone() -> None:
    take, other = performance(seed=1), performance(seed=2)
    before = digest(take), digest(other)
    for arrays in (take.weights, take.times_s, other.weights):
        arrays.flags.writeable = False
    trimmed(take, 0.5, 1)
    retimed(take, 1.5, RetimedSound.KEEP_PITCH)
    resampled(take, 24)
    looped(take, 0.3, 2)
    blended(take, other, {ChannelGroup.LIPS: 0.5})
    punched_in(take, other, [ChannelGroup.GAZE], 0.5, 1)
    assert (digest(take), digest(other)) == before
