"""Several drivers in one performance: who is heard, and how they hand over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.io.take_file import load_take
from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    DriverShare,
    GroupSettings,
    IdleSettings,
    Mixer,
    MixerSettings,
    MotionFrame,
    SpeechStyle,
    Take,
    gaze_from_weights,
    indices_of_group,
)
from avatar_core.motion.mouth_space import spoken_space
from avatar_core.motion.presence import EASE_S
from avatar_core.resources import resource_path

CAMERA, PHONE, MIC = "camera:0", "livelink:11111", "mic:"
RAW = MixerSettings(groups={group: GroupSettings(smoothing=0) for group in ChannelGroup})
NEUTRAL = MotionFrame()
FPS = 30
STEEPEST = 1.5 / EASE_S / FPS + 1e-5  # of a smoothstep over EASE_S


def given_to(settings: MixerSettings, group: ChannelGroup, *drivers: str) -> MixerSettings:
    row = replace(settings.groups[group], drivers=tuple(DriverShare(each) for each in drivers))
    return settings.with_group(group, row)


def units(**weights: float) -> MotionFrame:
    return MotionFrame.from_units(**weights)


def pose(frame: MotionFrame) -> np.ndarray:
    """All numbers of a frame, in measures of a full movement each."""
    gaze = np.zeros(4) if frame.gaze is None else frame.gaze.ravel()
    return np.concatenate([frame.weights, frame.head_rotation, 10 * frame.head_translation, gaze])


def largest_step(frames: list[MotionFrame]) -> float:
    return float(np.abs(np.diff([pose(frame) for frame in frames], axis=0)).max())


def test_each_group_follows_its_own_driver() -> None:
    settings = given_to(RAW, ChannelGroup.JAW, MIC)
    drivers = {CAMERA: units(jawOpen=0.2, browInnerUp=0.4), MIC: units(jawOpen=0.7)}
    result = Mixer().mix(drivers, CAMERA, NEUTRAL, settings, 0.0)
    assert result.weight("jawOpen") == pytest.approx(0.7)
    assert result.weight("browInnerUp") == pytest.approx(0.4)


def test_shares_blend_weights_turns_and_gaze() -> None:
    settings = RAW
    for group in (ChannelGroup.BROWS, ChannelGroup.HEAD_TURN, ChannelGroup.GAZE):
        row = GroupSettings(
            smoothing=0, drivers=(DriverShare(CAMERA, 0.25), DriverShare(PHONE, 0.75))
        )
        settings = settings.with_group(group, row)
    turn = np.array([0, 0.4, 0], np.float32)
    angles = np.full((2, 2), 0.2, np.float32)
    drivers = {
        CAMERA: replace(units(browInnerUp=0.8), head_rotation=turn, gaze=angles),
        PHONE: units(eyeLookUpLeft=0.5, eyeLookUpRight=0.5),
    }
    result = Mixer().mix(drivers, CAMERA, NEUTRAL, settings, 0.0)
    assert result.weight("browInnerUp") == pytest.approx(0.2)
    assert result.head_rotation == pytest.approx([0, 0.1, 0])
    assert result.gaze is not None  # the phone's eyeLook weights stand for 0.175 rad
    assert result.gaze[0] == pytest.approx([0.05, 0.05 + 0.75 * 0.175])


def test_each_driver_is_told_from_its_own_persons_rest() -> None:
    settings = given_to(RAW, ChannelGroup.BROWS, PHONE)
    rest = {CAMERA: DriverProfile(units(jawOpen=0.2)), PHONE: DriverProfile(units(browInnerUp=0.1))}
    settings = replace(settings, profiles=rest)
    same = units(jawOpen=0.5, browInnerUp=0.5)
    result = Mixer().mix({CAMERA: same, PHONE: same}, CAMERA, NEUTRAL, settings, 0.0)
    assert result.weight("jawOpen") == pytest.approx(0.3)
    assert result.weight("browInnerUp") == pytest.approx(0.4)


def test_rest_is_taken_off_as_far_as_each_group_says() -> None:
    settings = replace(RAW, profiles={CAMERA: DriverProfile(units(jawOpen=0.2, browInnerUp=0.2))})
    settings = replace(settings, relative=0.5)
    row = replace(settings.groups[ChannelGroup.JAW], relative=0.5)
    settings = settings.with_group(ChannelGroup.JAW, row)
    driver = {CAMERA: units(jawOpen=0.6, browInnerUp=0.6)}
    result = Mixer().mix(driver, CAMERA, NEUTRAL, settings, 0.0)
    assert result.weight("jawOpen") == pytest.approx(0.55)
    assert result.weight("browInnerUp") == pytest.approx(0.5)


@pytest.mark.parametrize(("curve", "expected"), [(-1.0, 0.5), (0.0, 0.25), (1.0, 0.0625)])
def test_a_curve_raises_or_holds_back_small_weights_of_its_group(
    curve: float, expected: float
) -> None:
    settings = RAW.with_group(ChannelGroup.JAW, GroupSettings(smoothing=0, curve=curve, gain=0.5))
    driver = {CAMERA: units(jawOpen=0.25, jawLeft=1.0, browInnerUp=0.25)}
    result = Mixer().mix(driver, CAMERA, NEUTRAL, settings, 0.0)
    assert result.weight("jawOpen") == pytest.approx(0.5 * expected)
    assert result.weight("jawLeft") == pytest.approx(0.5)
    assert result.weight("browInnerUp") == pytest.approx(0.25)


def test_offsets_come_once_however_many_drivers_there_are() -> None:
    row = GroupSettings(smoothing=0, offset=0.4, drivers=(DriverShare(CAMERA), DriverShare(PHONE)))
    settings = RAW.with_group(ChannelGroup.JAW, row)
    result = Mixer().mix({CAMERA: NEUTRAL, PHONE: NEUTRAL}, CAMERA, NEUTRAL, settings, 0.0)
    assert result.weight("jawOpen") == pytest.approx(0.4)


MOUTH = (ChannelGroup.JAW, ChannelGroup.LIPS, ChannelGroup.CHEEKS, ChannelGroup.TONGUE)
SEEN = units(
    jawOpen=0.2, mouthSmileLeft=0.6, mouthSmileRight=0.2, mouthLeft=0.15, cheekSquintLeft=0.5,
    mouthPucker=0.3, mouthFunnel=0.3, mouthLowerDownLeft=0.35, mouthLowerDownRight=0.35,
    mouthUpperUpLeft=0.25, mouthUpperUpRight=0.25, mouthStretchLeft=0.3, mouthStretchRight=0.3,
    mouthDimpleLeft=0.2, mouthDimpleRight=0.2, browInnerUp=0.4,
)  # fmt: skip
SPOKEN = units(
    jawOpen=0.4, mouthFunnel=0.35, mouthPucker=0.2, mouthLowerDownLeft=0.3, mouthLowerDownRight=0.3,
    mouthUpperUpLeft=0.2, mouthUpperUpRight=0.2, mouthStretchLeft=0.25, mouthStretchRight=0.25,
    mouthDimpleLeft=0.15, mouthDimpleRight=0.15, mouthSmileLeft=0.2, mouthSmileRight=0.2,
)  # fmt: skip


def spoken_over(share: float, *groups: ChannelGroup) -> MotionFrame:
    """The voice of `SPOKEN` over the face of `SEEN`, in these groups."""
    settings = replace(RAW, speech=SpeechStyle(mouth_share=share))
    for group in groups:
        settings = given_to(settings, group, MIC, CAMERA)
    return Mixer().mix({CAMERA: SEEN, MIC: SPOKEN}, CAMERA, NEUTRAL, settings, 0.0)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_speech_takes_the_mouths_coordinates_and_leaves_their_complement(share: float) -> None:
    basis = spoken_space().basis
    mixed = spoken_over(share, *MOUTH).weights
    wanted = (1 - share) * SEEN.weights @ basis.T + share * SPOKEN.weights @ basis.T
    assert mixed @ basis.T == pytest.approx(wanted, abs=1e-5)
    aside = np.eye(52) - basis.T @ basis
    assert mixed @ aside == pytest.approx(SEEN.weights @ aside, abs=1e-5)
    twin = spoken_space().mixed(SEEN.weights, SPOKEN.weights, share)
    assert mixed == pytest.approx(twin, abs=1e-6)


def test_a_crooked_smile_and_what_no_speech_moves_stay_with_the_picture() -> None:
    mixed = spoken_over(1.0, *MOUTH)
    crooked = mixed.weight("mouthSmileLeft") - mixed.weight("mouthSmileRight")
    assert crooked == pytest.approx(0.4, abs=0.02)
    for unit in ("mouthLeft", "cheekSquintLeft", "browInnerUp"):
        assert mixed.weight(unit) == pytest.approx(SEEN.weight(unit), abs=0.02)
    assert mixed.weight("jawOpen") == pytest.approx(0.4, abs=0.05)


def test_a_wide_smile_is_kept_while_the_voice_moves_the_lips() -> None:
    smiling = units(mouthSmileLeft=0.7, mouthSmileRight=0.7, cheekSquintLeft=0.3)
    settings = replace(RAW, speech=SpeechStyle(mouth_share=1.0))
    for group in MOUTH:
        settings = given_to(settings, group, MIC, CAMERA)
    mixed = Mixer().mix({CAMERA: smiling, MIC: SPOKEN}, CAMERA, NEUTRAL, settings, 0.0)
    assert mixed.weight("mouthSmileLeft") > 0.5


def test_groups_that_the_voice_has_no_part_in_are_left_alone() -> None:
    mixed = spoken_over(1.0, ChannelGroup.LIPS)
    assert mixed.weight("jawOpen") == SEEN.weight("jawOpen")
    assert mixed.weight("mouthPucker") != pytest.approx(SEEN.weight("mouthPucker"), abs=0.05)
    assert spoken_over(0.0, *MOUTH).weights == pytest.approx(SEEN.weights)


def test_a_voice_that_begins_to_share_the_mouth_comes_in_softly() -> None:
    settings = replace(RAW, speech=SpeechStyle(mouth_share=1.0))
    for group in MOUTH:
        settings = given_to(settings, group, MIC, CAMERA)
    mixer = Mixer()
    frames = [mixer.mix({CAMERA: SEEN, MIC: None}, CAMERA, NEUTRAL, settings, 0.0)]
    for at in range(1, 40):
        voice = SPOKEN if at < 20 else None
        drivers = {CAMERA: SEEN, MIC: voice}
        frames.append(mixer.mix(drivers, CAMERA, NEUTRAL, settings, at / FPS))
    assert frames[0].weights == pytest.approx(SEEN.weights)
    assert frames[19].weights == pytest.approx(spoken_over(1.0, *MOUTH).weights, abs=1e-5)
    assert frames[-1].weights == pytest.approx(SEEN.weights, abs=1e-5)
    assert largest_step(frames) <= STEEPEST


def test_how_each_driver_does_is_told() -> None:
    mixer = Mixer()
    drivers = {CAMERA: replace(NEUTRAL, confidence=0.5), PHONE: None, MIC: NEUTRAL}
    result = mixer.mix(drivers, CAMERA, NEUTRAL, RAW, 0.0)
    states = [mixer.tracking_of(uri) for uri in (CAMERA, PHONE, MIC, "vmc:39539")]
    assert states == ["tracked", "idle", "tracked", "idle"]
    assert result.confidence == 1.0
    result = mixer.mix(
        {CAMERA: replace(NEUTRAL, confidence=0.0), MIC: None}, CAMERA, NEUTRAL, RAW, 1.0
    )
    assert (mixer.tracking, mixer.tracking_of(MIC)) == ("lost", "lost")
    assert result.confidence == 0.0


@pytest.fixture(scope="module")
def demo() -> Take:
    return load_take(resource_path("demo", "performance.take"))


def still(seed: int) -> MotionFrame:
    rng = np.random.default_rng(seed)
    return MotionFrame(
        weights=rng.uniform(0, 1, 52).astype(np.float32),
        head_rotation=rng.normal(0, 0.2, 3).astype(np.float32),
        head_translation=rng.normal(0, 0.02, 3).astype(np.float32),
        gaze=rng.normal(0, 0.2, (2, 2)).astype(np.float32),
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_drivers_that_come_and_go_never_make_the_face_jump(smoothing: float) -> None:
    """Still faces, so that every step is one of the hand-over."""
    rng = np.random.default_rng(11)
    settings = MixerSettings(
        groups={
            group: GroupSettings(
                smoothing=smoothing,
                drivers=(DriverShare(CAMERA), DriverShare(PHONE, 0.05), DriverShare(MIC, 0.5))[
                    : at % 4
                ],
            )
            for at, group in enumerate(ChannelGroup)
        }
    )
    faces = {CAMERA: still(1), PHONE: still(2), MIC: still(3)}
    mixer, frames = Mixer(), []
    state = dict.fromkeys(faces, True)
    seen_states = set()
    for at in range(900):
        for uri in faces:
            if rng.uniform() < 0.04:
                state[uri] = not state[uri]
        is_off = rng.uniform() < 0.3
        drivers = {
            uri: face if state[uri] else None
            for uri, face in faces.items()
            if state[uri] or not is_off
        }
        frames.append(mixer.mix(drivers, CAMERA, NEUTRAL, settings, at / FPS))
        seen_states.add(tuple(state.values()))
    assert len(seen_states) == 8
    # All of a weight's way may be made in EASE_S, and a little more when another driver's way
    # begins in the middle of it.
    assert largest_step(frames) <= 1.5 * STEEPEST


def test_another_main_driver_takes_over_softly_and_completely() -> None:
    mixer = Mixer()
    frames = [mixer.mix({CAMERA: still(1)}, CAMERA, NEUTRAL, RAW, 0.0)]
    for at in range(1, 31):
        frames.append(mixer.mix({PHONE: still(2)}, PHONE, NEUTRAL, RAW, at / FPS))
    assert largest_step(frames) <= STEEPEST
    assert pose(frames[-1]) == pytest.approx(
        pose(Mixer().mix({PHONE: still(2)}, PHONE, NEUTRAL, RAW, 0.0))
    )
    assert mixer.tracking_of(CAMERA) == "idle"


def test_a_driver_found_elsewhere_than_it_was_lost_does_not_jump() -> None:
    for lost in (1, 5, 12, 40):
        mixer = Mixer()
        shown = [still(1)] * 5 + [None] * lost + [still(2)] * 40
        frames = [
            mixer.mix({CAMERA: frame}, CAMERA, NEUTRAL, RAW, at / FPS)
            for at, frame in enumerate(shown)
        ]
        # The shortest way back takes 0.15 s.
        assert largest_step(frames) <= 1.5 / 0.15 / FPS + 0.1
        assert pose(frames[-1]) == pytest.approx(pose(frames[-2]))


def test_a_pause_of_the_mixer_is_no_reason_to_jump() -> None:
    """Nothing is mixed while nothing moves; the next event may come minutes later."""
    mixer = Mixer()
    settings = given_to(RAW, ChannelGroup.JAW, PHONE)
    drivers = {CAMERA: units(jawOpen=0.0), PHONE: units(jawOpen=1.0)}
    mixer.mix(drivers, CAMERA, NEUTRAL, RAW, 0.0)
    later = mixer.mix(drivers, CAMERA, NEUTRAL, settings, 60.0)
    assert later.weight("jawOpen") == 0.0
    assert mixer.mix(drivers, CAMERA, NEUTRAL, settings, 61.0).weight("jawOpen") == 1.0


def test_idle_motion_fills_what_no_driver_gives() -> None:
    settings = replace(RAW, idle=IdleSettings(1.0, 1.0, 1.0))
    speaking = given_to(settings, ChannelGroup.JAW, MIC)
    lids = indices_of_group(ChannelGroup.LIDS)

    def blinks(drivers: dict[str, MotionFrame | None], main: str, used: MixerSettings) -> float:
        mixer = Mixer()
        times_s = np.arange(0, 20, 1 / FPS)
        mixed = [mixer.mix(drivers, main, NEUTRAL, used, time_s) for time_s in times_s]
        return max(float(frame.weights[lids].max()) for frame in mixed)

    assert blinks({}, CAMERA, settings) > 0.8
    assert blinks({CAMERA: NEUTRAL}, CAMERA, settings) == 0
    assert blinks({MIC: NEUTRAL}, MIC, speaking) > 0.8
    muted = settings.with_group(ChannelGroup.LIDS, GroupSettings(muted=True))
    assert blinks({CAMERA: NEUTRAL}, CAMERA, muted) > 0.8


def test_without_idle_motion_nothing_moves_by_itself() -> None:
    mixer = Mixer()
    frames = [mixer.mix({}, CAMERA, NEUTRAL, RAW, at / FPS) for at in range(300)]
    assert largest_step(frames) == 0


def test_gaze_is_held_in_blinks_where_asked_for() -> None:
    looking, guessing = (np.full((2, 2), angle, np.float32) for angle in (0.1, -0.5))
    shut = replace(units(eyeBlinkLeft=1.0, eyeBlinkRight=1.0), gaze=guessing)
    for holds_gaze, expected in ((True, 0.1), (False, -0.5)):
        mixer, settings = Mixer(), replace(RAW, holds_gaze=holds_gaze)
        mixer.mix({CAMERA: replace(NEUTRAL, gaze=looking)}, CAMERA, NEUTRAL, settings, 0.0)
        held = mixer.mix({CAMERA: shut}, CAMERA, NEUTRAL, settings, 1 / FPS)
        assert held.gaze == pytest.approx(np.full((2, 2), expected))


def test_a_driver_is_smoothed_at_its_own_pace_whoever_else_is_heard(demo: Take) -> None:
    """What a camera does must not come later because a microphone has five times its rate."""
    settings = given_to(MixerSettings(), ChannelGroup.JAW, MIC)
    alone, beside = Mixer(), Mixer()
    brows = indices_of_group(ChannelGroup.BROWS)
    difference = 0.0
    for frame in list(demo.frames())[:300]:
        drivers = {CAMERA: frame, MIC: units(jawOpen=0.5)}
        first = alone.mix(drivers, CAMERA, NEUTRAL, settings, frame.time_s)
        second = beside.mix(drivers, CAMERA, NEUTRAL, settings, frame.time_s)
        for at in range(1, 5):
            drivers = {CAMERA: frame, MIC: units(jawOpen=0.5 - 0.01 * at)}
            beside.mix(drivers, CAMERA, NEUTRAL, settings, frame.time_s + at / 5 / FPS)
        step = np.abs(first.weights[brows] - second.weights[brows]).max()
        difference = max(difference, float(step))
    assert difference == 0.0


def test_a_pose_that_stays_is_reached_in_the_end() -> None:
    settings = MixerSettings(groups={group: GroupSettings(smoothing=1) for group in ChannelGroup})
    mixer = Mixer()
    mixer.mix({CAMERA: NEUTRAL}, CAMERA, NEUTRAL, settings, 0.0)
    held = units(browInnerUp=0.5)
    for at in range(1, 300):
        frame = mixer.mix({CAMERA: held}, CAMERA, NEUTRAL, settings, at / FPS)
    assert frame.weight("browInnerUp") == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_mixed_is_a_pose_that_can_be_shown(seed: int) -> None:
    """Wild frames (phones tell weights beyond 0..1) under every control at its ends."""
    rng = np.random.default_rng(seed)
    uris = (CAMERA, PHONE, MIC, "sliders", "vmc:39539")
    mixer = Mixer()
    for at in range(200):
        if at % 20 == 0:
            settings = MixerSettings(
                groups={
                    group: GroupSettings(
                        gain=2 * rng.integers(2),
                        offset=rng.integers(-1, 2),
                        smoothing=rng.integers(2),
                        drivers=tuple(
                            DriverShare(uri, rng.integers(2)) for uri in rng.permutation(uris)[:3]
                        ),
                        curve=rng.integers(-1, 2),
                        relative=rng.integers(2),
                    )
                    for group in ChannelGroup
                },
                profiles={
                    CAMERA: DriverProfile(still(seed), rng.uniform(0, 4, 52).astype(np.float32))
                },
                mirror=bool(rng.integers(2)),
                holds_gaze=bool(rng.integers(2)),
                idle=IdleSettings(1.0, 1.0, 1.0),
                speech=SpeechStyle(mouth_share=float(rng.integers(2))),
            )
        drivers = {}
        for uri in rng.permutation(uris)[: rng.integers(6)]:
            wild = replace(still(at), weights=rng.normal(0.5, 1, 52).astype(np.float32))
            drivers[uri] = None if rng.uniform() < 0.2 else wild
        frame = mixer.mix(drivers, str(rng.choice(uris)), still(seed), settings, at * rng.uniform())
        numbers = pose(frame)
        assert np.isfinite(numbers).all()
        assert ((frame.weights >= 0) & (frame.weights <= 1)).all()
        assert all(
            each.dtype == np.float32
            for each in (frame.weights, frame.head_rotation, frame.head_translation)
        )
        assert 0 <= frame.confidence <= 1


def performed(take: Take, rest: MotionFrame, relative: float = 1.0) -> np.ndarray:
    """[T, numbers] what the mixer makes of a take whose person rests like that."""
    settings = MixerSettings(profiles={CAMERA: DriverProfile(rest)}, relative=relative)
    mixer = Mixer()
    mixed = (
        mixer.mix({CAMERA: frame}, CAMERA, NEUTRAL, settings, frame.time_s)
        for frame in take.frames()
    )
    return np.array([pose(frame) for frame in mixed])


@pytest.mark.parametrize("seed", range(3))
def test_the_same_video_from_another_rest_is_the_same_performance(demo: Take, seed: int) -> None:
    """Another person, another camera: every weight, turn, place and look is shifted alike."""
    rng = np.random.default_rng(seed)
    rest = MotionFrame(
        weights=rng.uniform(0, 0.2, 52).astype(np.float32),
        head_rotation=rng.normal(0, 0.2, 3).astype(np.float32),
        head_translation=rng.normal(0, 0.1, 3).astype(np.float32),
        gaze=rng.normal(0, 0.05, (2, 2)).astype(np.float32),
    )
    gaze = gaze_from_weights(demo.weights) if demo.gaze is None else demo.gaze
    calm = replace(demo, weights=0.7 * demo.weights, gaze=gaze)  # a tracker tells no more than 1
    away = matrix_from_axis_angle(rest.head_rotation)
    turns = away @ matrix_from_axis_angle(calm.head_rotation)
    shifted = replace(
        calm,
        weights=calm.weights + rest.weights,
        head_rotation=axis_angle_from_matrix(turns),
        head_translation=calm.head_translation @ away.T + rest.head_translation,
        gaze=gaze + rest.gaze,
    )
    plain = performed(calm, replace(NEUTRAL, gaze=np.zeros((2, 2), np.float32)))
    assert plain[:, indices_of_group(ChannelGroup.LIDS)].max() > 0.6
    assert np.abs(performed(shifted, rest) - plain).max() <= 0.03
    assert np.abs(performed(shifted, rest, relative=0.0) - plain).max() > 0.1
