from __future__ import annotations

from dataclasses import replace

import pytest

from avatar_core.errors import AvatarError
from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    DriverShare,
    GroupSettings,
    Mixer,
    MixerSettings,
    MotionFrame,
)
from avatar_core.motion.frame_channels import GROUP_CHANNELS
from avatar_core.motion.mixer_presets import PRESETS, Mixing, with_preset
from avatar_core.motion.shares import MOUTH, WHOLE, wanted_shares

CAMERA, MIC, PHONE = "camera:0", "mic:", "livelink:11111"
EDITED = MixerSettings(
    groups={
        group: GroupSettings(0.5, 0.1, True, 0.7, (DriverShare("vmc:39539"),), 0.2, 0.9)
        for group in ChannelGroup
    },
    profiles={CAMERA: DriverProfile(MotionFrame.from_units(jawOpen=0.1))},
    mirror=True,
)
STYLES = ("Calm", "Lively", "As performed")
CASTS = ("Main driver", "Mouth from microphone", "Microphone", "Phone", "Face from phone")


def movers(name: str, *drivers: str, main: str = CAMERA) -> dict[ChannelGroup, list[str]]:
    """Who is heard in each group when all are there."""
    mixing = with_preset(name, Mixing(EDITED, drivers), main)
    rows = list(dict.fromkeys((main, *mixing.drivers)))
    wanted = wanted_shares(mixing.mixer, main, rows, set(rows))
    heard = (wanted[:, WHOLE] != 0) | (wanted[:, MOUTH] != 0)
    assert not any(each.muted for each in mixing.mixer.groups.values())
    return {
        group: [uri for uri, share in zip(rows, heard, strict=True) if share[channels].any()]
        for group, channels in GROUP_CHANNELS.items()
    }


def test_names_and_tips_fit_a_menu() -> None:
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert len(name) <= 24
        assert preset.tip.endswith(".")
    assert {*STYLES, *CASTS} <= set(PRESETS)


def test_speech_takes_the_mouth_and_the_camera_keeps_the_rest() -> None:
    heard = movers("Mouth from microphone", MIC)
    mouth = {ChannelGroup.JAW, ChannelGroup.LIPS, ChannelGroup.CHEEKS, ChannelGroup.TONGUE}
    for group, uris in heard.items():
        assert (MIC in uris) == (group in mouth)
        if group in (ChannelGroup.LIPS, ChannelGroup.BROWS, ChannelGroup.HEAD_TURN):
            assert CAMERA in uris
    assert heard[ChannelGroup.TONGUE] == [CAMERA, MIC]


def test_the_microphone_alone_leaves_the_eyes_to_idle_motion() -> None:
    heard = movers("Microphone", MIC)
    assert heard[ChannelGroup.JAW] == heard[ChannelGroup.HEAD_TURN] == [MIC]
    assert heard[ChannelGroup.LIDS] == heard[ChannelGroup.GAZE] == []
    mixed = with_preset("Microphone", Mixing(EDITED, (MIC,)), CAMERA).mixer
    assert mixed.idle.blinks == 1.0


def test_phones_move_the_face_or_all() -> None:
    assert set(map(tuple, movers("Phone", PHONE).values())) == {(PHONE,)}
    heard = movers("Face from phone", PHONE)
    assert heard[ChannelGroup.HEAD_TURN] == heard[ChannelGroup.HEAD_POSITION] == [CAMERA]
    assert heard[ChannelGroup.BROWS] == [PHONE]


def test_the_main_driver_moves_everything_again() -> None:
    assert set(map(tuple, movers("Main driver", MIC, PHONE).values())) == {(CAMERA,)}


def test_a_driver_that_is_needed_is_found_or_added() -> None:
    def drivers(name: str, *beside: str, main: str = CAMERA) -> tuple[str, ...]:
        return with_preset(name, Mixing(EDITED, beside), main).drivers

    assert drivers("Mouth from microphone") == (MIC,)
    assert drivers("Mouth from microphone", "sound:/a.wav") == ("sound:/a.wav",)
    assert drivers("Microphone", main="mic:Blue") == ()
    assert drivers("Phone", MIC) == (MIC, PHONE)
    assert drivers("Phone", "vmc:39539?open=1") == ("vmc:39539?open=1",)
    assert drivers("Calm", MIC) == (MIC,)
    assert movers("Phone", "vmc:39539")[ChannelGroup.JAW] == ["vmc:39539"]


@pytest.mark.parametrize("name", STYLES)
def test_styles_leave_casting_and_calibration_alone(name: str) -> None:
    mixed = with_preset(name, Mixing(EDITED, (MIC,)), CAMERA).mixer
    for group, before in EDITED.groups.items():
        after = mixed.groups[group]
        assert (after.drivers, after.muted, after.relative) == (before.drivers, True, 0.9)
    assert mixed.profiles == EDITED.profiles
    assert mixed.mirror


@pytest.mark.parametrize("name", CASTS)
def test_casting_leaves_style_alone(name: str) -> None:
    mixed = with_preset(name, Mixing(EDITED, ()), CAMERA).mixer
    for group, before in EDITED.groups.items():
        assert replace(mixed.groups[group], drivers=before.drivers, muted=True) == before
    assert mixed.profiles == EDITED.profiles


def test_styles_differ_in_the_direction_they_say() -> None:
    """A small raise of the brows, held: calm makes less of it, lively more."""

    def brow(name: str) -> float:
        settings = with_preset(name, Mixing(MixerSettings(), ()), CAMERA).mixer
        frame = MotionFrame.from_units(browInnerUp=0.3)
        return (
            Mixer().mix({CAMERA: frame}, CAMERA, MotionFrame(), settings, 0.0).weight("browInnerUp")
        )

    assert brow("Calm") < brow("As performed") - 0.05
    assert brow("As performed") < brow("Lively") - 0.05
    assert brow("As performed") == pytest.approx(0.3)


@pytest.mark.parametrize(("name", "moves_head"), [("Only head", True), ("Only face", False)])
def test_only_a_part_follows(name: str, moves_head: bool) -> None:
    groups = with_preset(name, Mixing(MixerSettings(), ()), CAMERA).mixer.groups
    for group, each in groups.items():
        is_head = group in (ChannelGroup.HEAD_TURN, ChannelGroup.HEAD_POSITION)
        assert each.muted != (is_head == moves_head)


@pytest.mark.parametrize("name", PRESETS)
def test_applied_twice_is_applied_once(name: str) -> None:
    once = with_preset(name, Mixing(EDITED, (MIC,)), CAMERA)
    assert with_preset(name, once, CAMERA) == once


def test_unknown_presets_are_refused_with_those_there_are() -> None:
    with pytest.raises(AvatarError, match="Wild") as caught:
        with_preset("Wild", Mixing(EDITED, ()), CAMERA)
    assert "Calm" in caught.value.hint
