from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    GroupSettings,
    Mixer,
    MixerSettings,
    MotionFrame,
    mirrored,
    units_of_group,
)

RAW = MixerSettings(groups={group: GroupSettings(smoothing=0) for group in ChannelGroup})
NEUTRAL = MotionFrame()
CAMERA = "camera:0"


def mix_once(
    driver: MotionFrame | None, settings: MixerSettings = RAW, sliders: MotionFrame = NEUTRAL
) -> MotionFrame:
    return mix(Mixer(), driver, sliders, settings, 0.0)


def mix(
    mixer: Mixer,
    driver: MotionFrame | None,
    sliders: MotionFrame,
    settings: MixerSettings,
    time_s: float,
) -> MotionFrame:
    """What one driver alone, or none, gives."""
    drivers = {} if driver is None and mixer.tracking == "idle" else {CAMERA: driver}
    return mixer.mix(drivers, CAMERA, sliders, settings, time_s)


def with_group(group: ChannelGroup, **changes: float) -> MixerSettings:
    return RAW.with_group(group, replace(RAW.groups[group], **changes))  # type: ignore[arg-type]


def vivid(seed: int = 0) -> MotionFrame:
    rng = np.random.default_rng(seed)
    return MotionFrame(
        time_s=123.0,
        weights=rng.uniform(0.1, 0.9, 52).astype(np.float32),
        head_rotation=rng.normal(0, 0.2, 3).astype(np.float32),
        head_translation=rng.normal(0, 0.05, 3).astype(np.float32),
        gaze=rng.normal(0, 0.2, (2, 2)).astype(np.float32),
        confidence=0.8,
    )


def test_untouched_controls_pass_the_driver() -> None:
    driver = vivid()
    result = mix_once(driver)
    assert result.weights == pytest.approx(driver.weights)
    assert result.head_rotation == pytest.approx(driver.head_rotation, abs=1e-6)
    assert result.gaze == pytest.approx(driver.gaze)
    assert result.confidence == pytest.approx(0.8)
    assert result.time_s == 0.0


def test_without_a_driver_the_sliders_are_the_performance() -> None:
    sliders = vivid(1)
    mixer = Mixer()
    result = mix(mixer, None, sliders, RAW, 4.0)
    assert mixer.tracking == "idle"
    assert result.weights == pytest.approx(sliders.weights)
    assert result.confidence == 1.0
    assert result.time_s == 4.0


def test_sliders_add_and_the_sum_is_cut() -> None:
    result = mix_once(
        MotionFrame.from_units(jawOpen=0.3, mouthSmileLeft=0.8),
        sliders=MotionFrame.from_units(jawOpen=0.2, mouthSmileLeft=0.8),
    )
    assert result.weight("jawOpen") == pytest.approx(0.5)
    assert result.weight("mouthSmileLeft") == 1.0


def test_turns_are_composed_not_added() -> None:
    nod = np.array([0.5, 0, 0], np.float32)
    turn = np.array([0, 0.5, 0], np.float32)
    result = mix_once(MotionFrame(head_rotation=nod), sliders=MotionFrame(head_rotation=turn))
    expected = matrix_from_axis_angle(nod) @ matrix_from_axis_angle(turn)
    assert matrix_from_axis_angle(result.head_rotation) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("group", ChannelGroup)
def test_gain_scales_its_group_and_no_other(group: ChannelGroup) -> None:
    driver = vivid()
    result = mix_once(driver, with_group(group, gain=0.5))
    for other in ChannelGroup:
        factor = 0.5 if other is group else 1.0
        for unit in units_of_group(other):
            assert result.weight(unit) == pytest.approx(factor * driver.weight(unit))
    turned = 0.5 if group is ChannelGroup.HEAD_TURN else 1.0
    moved = 0.5 if group is ChannelGroup.HEAD_POSITION else 1.0
    looked = 0.5 if group is ChannelGroup.GAZE else 1.0
    assert result.head_rotation == pytest.approx(turned * driver.head_rotation, abs=1e-6)
    assert result.head_translation == pytest.approx(moved * driver.head_translation)
    assert result.gaze == pytest.approx(looked * driver.gaze)


@pytest.mark.parametrize("group", ChannelGroup)
def test_muted_group_follows_the_sliders_only(group: ChannelGroup) -> None:
    settings = RAW.with_group(group, GroupSettings(muted=True, offset=1.0, smoothing=0))
    result = mix_once(vivid(), settings)
    assert all(result.weight(unit) == 0 for unit in units_of_group(group))
    if group is ChannelGroup.HEAD_TURN:
        assert not result.head_rotation.any()
    if group is ChannelGroup.HEAD_POSITION:
        assert not result.head_translation.any()
    if group is ChannelGroup.GAZE:
        assert result.gaze is not None
        assert not result.gaze.any()


@pytest.mark.parametrize(
    ("group", "offset", "raised"),
    [
        (ChannelGroup.BROWS, 0.4, "browInnerUp"),
        (ChannelGroup.BROWS, -0.4, "browDownLeft"),
        (ChannelGroup.LIDS, -0.4, "eyeBlinkRight"),
        (ChannelGroup.LIPS, 0.4, "mouthSmileLeft"),
        (ChannelGroup.JAW, 0.4, "jawOpen"),
        (ChannelGroup.TONGUE, 0.4, "tongueOut"),
    ],
)
def test_offset_moves_along_the_main_movement(
    group: ChannelGroup, offset: float, raised: str
) -> None:
    result = mix_once(NEUTRAL, with_group(group, offset=offset))
    assert result.weight(raised) == pytest.approx(0.4)


def test_offset_of_head_and_gaze_is_upwards() -> None:
    looking = MotionFrame(gaze=np.zeros((2, 2), np.float32))
    nod_up = mix_once(looking, with_group(ChannelGroup.HEAD_TURN, offset=1.0))
    # The face points along +z: turning it up moves the forward axis towards +y.
    assert (matrix_from_axis_angle(nod_up.head_rotation) @ [0, 0, 1])[1] > 0.3
    higher = mix_once(looking, with_group(ChannelGroup.HEAD_POSITION, offset=1.0))
    assert higher.head_translation == pytest.approx([0, 0.1, 0])
    up = mix_once(looking, with_group(ChannelGroup.GAZE, offset=1.0))
    assert up.gaze is not None
    assert (up.gaze[:, 1] > 0.2).all()


def test_neutral_is_taken_off_before_mirroring() -> None:
    rest = MotionFrame.from_units(mouthSmileLeft=0.2)
    driver = MotionFrame.from_units(mouthSmileLeft=0.5)
    settings = replace(RAW, profiles={CAMERA: DriverProfile(rest)}, mirror=True)
    result = mix_once(driver, settings)
    assert result.weight("mouthSmileRight") == pytest.approx(0.3)
    assert result.weight("mouthSmileLeft") == 0


def test_mirror_shows_the_mirror_image() -> None:
    driver = vivid()
    result = mix_once(driver, replace(RAW, mirror=True))
    assert result.weights == pytest.approx(mirrored(driver).weights)


@pytest.mark.parametrize("lost", [None, MotionFrame(confidence=0.0)])
def test_lost_face_eases_to_the_sliders_and_returns_without_a_jump(
    lost: MotionFrame | None,
) -> None:
    settings, fps = MixerSettings(), 30
    sliders = MotionFrame.from_units(jawOpen=0.1)
    smiling = MotionFrame(
        weights=MotionFrame.from_units(mouthSmileLeft=0.9).weights,
        head_rotation=np.array([0, 0.5, 0], np.float32),
    )
    mixer = Mixer()
    shown = [smiling] * 20 + [lost] * 40 + [smiling] * 40
    states, smiles, turns = [], [], []
    for index, frame in enumerate(shown):
        result = mix(mixer, frame, sliders, settings, index / fps)
        states.append((mixer.tracking, result.confidence))
        smiles.append(result.weight("mouthSmileLeft"))
        turns.append(result.head_rotation[1])
        assert result.weight("jawOpen") == pytest.approx(0.1)
    assert np.abs(np.diff(smiles)).max() <= 0.1
    assert np.abs(np.diff(turns)).max() <= 0.06
    assert smiles[59] == 0
    assert smiles[-1] == pytest.approx(0.9)
    assert states[19] == ("tracked", 1.0)
    assert states[20] == states[59] == ("lost", 0.0)
    assert states[-1] == ("tracked", 1.0)


def test_a_driver_that_is_off_eases_away_and_is_idle_not_lost() -> None:
    mixer = Mixer()
    mix(mixer, MotionFrame.from_units(jawOpen=1.0), NEUTRAL, RAW, 0.0)
    eased = mixer.mix({}, CAMERA, NEUTRAL, RAW, 0.05)
    assert mixer.tracking == "idle"
    assert eased.weight("jawOpen") == 1.0
    assert mixer.mix({}, CAMERA, NEUTRAL, RAW, 2.0).weight("jawOpen") == 0.0


def test_reset_forgets_the_driver() -> None:
    mixer = Mixer()
    mix(mixer, MotionFrame.from_units(jawOpen=1.0), NEUTRAL, RAW, 0.0)
    mixer.reset()
    assert mix(mixer, None, NEUTRAL, RAW, 0.05).weight("jawOpen") == 0.0
    assert mixer.tracking == "idle"


def test_smoothing_starts_afresh_after_a_loss() -> None:
    settings = MixerSettings(groups={g: GroupSettings(smoothing=1.0) for g in ChannelGroup})
    mixer = Mixer()
    mix(mixer, MotionFrame.from_units(jawOpen=1.0), NEUTRAL, settings, 0.0)
    mix(mixer, None, NEUTRAL, settings, 5.0)
    mix(mixer, None, NEUTRAL, settings, 5.9)
    # One step after the return has begun the eased pose comes from neutral, not from the old jaw.
    mix(mixer, NEUTRAL, NEUTRAL, settings, 6.0)
    assert mix(mixer, NEUTRAL, NEUTRAL, settings, 6.1).weight("jawOpen") == 0.0


def test_limits_of_neck_and_eyes() -> None:
    wild = MotionFrame(
        head_rotation=np.array([0, 3, 0], np.float32),
        head_translation=np.array([0, 0, -2], np.float32),
        gaze=np.full((2, 2), 2.0, np.float32),
    )
    result = mix_once(wild)
    assert np.linalg.norm(result.head_rotation) == pytest.approx(1.2)
    assert result.head_translation == pytest.approx([0, 0, -0.3])
    assert result.gaze == pytest.approx(np.array([[0.8, 0.6], [0.8, 0.6]]))


def test_gaze_slider_moves_a_driver_that_gives_only_weights() -> None:
    driver = MotionFrame.from_units(eyeLookOutLeft=0.5, eyeLookInRight=0.5)
    aside = MotionFrame(gaze=np.array([[0.1, 0], [0.1, 0]], np.float32))
    result = mix_once(driver, sliders=aside)
    assert result.gaze is not None
    assert result.gaze[:, 0] == pytest.approx(0.5 * 0.45 + 0.1)


def test_centred_gaze_slider_leaves_the_weights_in_charge() -> None:
    driver = MotionFrame.from_units(eyeLookOutLeft=0.5)
    assert mix_once(driver, sliders=MotionFrame(gaze=np.zeros((2, 2), np.float32))).gaze is None


def test_look_sliders_move_a_driver_that_gives_angles() -> None:
    driver = MotionFrame(gaze=np.zeros((2, 2), np.float32))
    result = mix_once(driver, sliders=MotionFrame.from_units(eyeLookUpLeft=1.0))
    assert result.gaze is not None
    assert result.gaze[0, 1] == pytest.approx(0.35)
