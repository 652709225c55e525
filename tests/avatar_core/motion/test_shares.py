from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import (
    ChannelGroup,
    DriverShare,
    GroupSettings,
    MixerSettings,
    SpeechStyle,
)
from avatar_core.motion.frame_channels import CHANNELS, GAZE, GROUP_CHANNELS, PLACE, TURN
from avatar_core.motion.presence import EASE_S
from avatar_core.motion.shares import MOUTH, SHARES, WHOLE, ShareEase, speaking, wanted_shares

CAMERA, PHONE, MIC = "camera:0", "livelink:11111", "mic:"
DRIVERS = (CAMERA, PHONE, MIC)
FPS = 30
STEEPEST = 1.5 / EASE_S / FPS + 1e-5  # of a smoothstep over EASE_S


def given_to(group: ChannelGroup, *shares: DriverShare, style: float = 1.0) -> MixerSettings:
    settings = MixerSettings(speech=SpeechStyle(mouth_share=style))
    return settings.with_group(group, GroupSettings(drivers=shares))


def portions(
    settings: MixerSettings, group: ChannelGroup, there: set[str] | None = None
) -> list[float]:
    """Shares of the three drivers in a group, alike in all its channels."""
    wanted = wanted_shares(settings, CAMERA, DRIVERS, set(DRIVERS) if there is None else there)
    of_group = wanted[:, WHOLE][:, GROUP_CHANNELS[group]]
    assert (np.ptp(of_group, axis=1) == 0).all()
    return of_group[:, 0].tolist()


def test_the_main_driver_moves_what_names_no_other() -> None:
    wanted = wanted_shares(MixerSettings(), CAMERA, DRIVERS, set(DRIVERS))
    assert wanted.shape == (3, SHARES)
    assert (wanted[:, WHOLE] == np.array([1, 0, 0])[:, None]).all()
    assert not wanted[:, MOUTH].any()


def test_weights_are_made_to_add_up_among_those_that_are_there() -> None:
    settings = given_to(ChannelGroup.BROWS, DriverShare(CAMERA, 0.25), DriverShare(PHONE, 0.75))
    assert portions(settings, ChannelGroup.BROWS) == [0.25, 0.75, 0]
    assert portions(settings, ChannelGroup.BROWS, {CAMERA, MIC}) == [1, 0, 0]
    assert portions(settings, ChannelGroup.JAW) == [1, 0, 0]
    halved = given_to(ChannelGroup.BROWS, DriverShare(CAMERA, 0.1), DriverShare(PHONE, 0.1))
    assert portions(halved, ChannelGroup.BROWS) == [0.5, 0.5, 0]


def test_the_main_driver_stands_in_where_none_of_a_group_is_there() -> None:
    settings = given_to(ChannelGroup.BROWS, DriverShare(PHONE))
    assert portions(settings, ChannelGroup.BROWS, {CAMERA}) == [1, 0, 0]
    assert portions(settings, ChannelGroup.BROWS, {MIC}) == [0, 0, 0]
    silenced = given_to(ChannelGroup.BROWS, DriverShare(PHONE, 0.0))
    assert portions(silenced, ChannelGroup.BROWS) == [1, 0, 0]


def test_a_share_of_the_sliders_is_left_to_them() -> None:
    settings = given_to(ChannelGroup.BROWS, DriverShare("sliders"), DriverShare(PHONE))
    assert portions(settings, ChannelGroup.BROWS) == [0, 0.5, 0]
    alone = given_to(ChannelGroup.BROWS, DriverShare("sliders"))
    assert portions(alone, ChannelGroup.BROWS) == [0, 0, 0]


def test_head_and_gaze_angles_go_with_their_groups() -> None:
    for group, channels in (
        (ChannelGroup.HEAD_TURN, TURN),
        (ChannelGroup.HEAD_POSITION, PLACE),
        (ChannelGroup.GAZE, GAZE),
    ):
        settings = given_to(group, DriverShare(PHONE))
        wanted = wanted_shares(settings, CAMERA, DRIVERS, set(DRIVERS))
        assert (wanted[1, channels] == 1).all()
        assert wanted[1].sum() == len(GROUP_CHANNELS[group])


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_speech_takes_its_share_of_mouth_coordinates_from_those_that_see(share: float) -> None:
    both = (DriverShare(MIC), DriverShare(CAMERA, 0.75), DriverShare(PHONE, 0.25))
    settings = given_to(ChannelGroup.LIPS, *both, style=share)
    wanted = wanted_shares(settings, CAMERA, DRIVERS, set(DRIVERS))
    lips = GROUP_CHANNELS[ChannelGroup.LIPS]
    whole, mouth = wanted[:, WHOLE], wanted[:, MOUTH]
    assert whole[:, lips] == pytest.approx(np.array([[0.75], [0.25], [0]]).repeat(len(lips), 1))
    assert mouth[:, lips[0]] == pytest.approx([-0.75 * share, -0.25 * share, share])
    others = np.delete(mouth, lips, axis=1)
    assert not others.any()


def test_the_voice_that_speaks_is_the_one_that_moves_the_mouth() -> None:
    other = "mic:B"
    drivers = (CAMERA, MIC, other)
    settings = given_to(ChannelGroup.LIPS, DriverShare(other), DriverShare(CAMERA))
    assert speaking(settings, CAMERA, drivers, (MIC, other)) == other
    assert speaking(settings, CAMERA, drivers, (MIC,)) == MIC
    assert speaking(settings, CAMERA, drivers, ()) is None
    more = given_to(ChannelGroup.JAW, DriverShare(other, 0.25), DriverShare(MIC, 0.75))
    assert speaking(more, CAMERA, drivers, (other, MIC)) == MIC
    assert speaking(MixerSettings(), CAMERA, drivers, (MIC, other)) == MIC
    assert speaking(MixerSettings(), other, (other, MIC), (MIC, other)) == other


def test_speech_alone_moves_all_of_the_mouth() -> None:
    settings = given_to(ChannelGroup.LIPS, DriverShare(MIC), DriverShare(PHONE))
    assert portions(settings, ChannelGroup.LIPS, {CAMERA, MIC}) == [0, 0, 1]


@pytest.mark.parametrize(
    "group", [ChannelGroup.LIDS, ChannelGroup.GAZE, ChannelGroup.HEAD_POSITION]
)
def test_nobody_hears_lids_eyes_or_where_a_head_is(group: ChannelGroup) -> None:
    settings = given_to(group, DriverShare(MIC), DriverShare(PHONE))
    assert portions(settings, group) == [0, 1, 0]
    deaf = wanted_shares(MixerSettings(), MIC, DRIVERS, set(DRIVERS))
    assert not deaf[:, GROUP_CHANNELS[group]].any()


def whole(*rows: float) -> np.ndarray:
    """The same shares in all channels."""
    return np.repeat(np.array(rows, np.float32)[:, None], CHANNELS, axis=1)


def test_the_first_order_holds_at_once_and_the_next_comes_softly() -> None:
    ease = ShareEase()
    ease.keep(("a", "b"))
    seen = [ease.update(whole(1, 0), 0.0, 0.0)[:, 0]]
    after = whole(0, 1)
    seen += [ease.update(after, 1.0, 1 + at / FPS)[:, 0] for at in range(20)]
    shares = np.array(seen)
    assert shares[0].tolist() == [1, 0]
    assert shares[-1].tolist() == [0, 1]
    assert shares.sum(1) == pytest.approx(1)
    assert np.abs(np.diff(shares, axis=0)).max() <= STEEPEST
    steps = np.abs(np.diff(shares[:, 0]))
    moving = steps[steps > 0]
    assert max(moving[0], moving[-1]) < 0.5 * moving.max()


def test_a_small_change_comes_quickly() -> None:
    ease = ShareEase()
    ease.keep(("a",))
    ease.update(whole(1.0), 0.0, 0.0)
    ease.update(whole(0.9), 1.0, 1.0)
    assert ease.update(whole(0.9), 1.0, 1.0 + 0.1 * EASE_S) == pytest.approx(0.9)


def test_orders_that_change_in_the_middle_of_the_way_never_jump() -> None:
    rng = np.random.default_rng(3)
    ease = ShareEase()
    ease.keep(("a", "b", "c"))
    wanted = whole(1, 0, 0)
    last = ease.update(wanted, 0.0, 0.0)
    changed_s = 0.0
    for at in range(1, 400):
        time_s = at / FPS
        if rng.uniform() < 0.15:
            row = np.eye(3)[rng.integers(3)] * (rng.uniform() < 0.8)
            wanted, changed_s = whole(*row), time_s
        now = ease.update(wanted, changed_s, time_s)
        assert np.abs(now - last).max() <= STEEPEST
        assert ((now >= 0) & (now.sum(0) <= 1 + 1e-6)).all()
        last = now


def test_channels_change_apart() -> None:
    ease = ShareEase()
    ease.keep(("a",))
    first = whole(1.0)
    ease.update(first, 0.0, 0.0)
    brows = first.copy()
    brows[0, 0] = 0
    ease.update(brows, 1.0, 1.0)
    both = brows.copy()
    both[0, 1] = 0
    ease.update(both, 1.25, 1.25)
    now = ease.update(both, 1.25, 1.0 + EASE_S)
    assert now[0, 0] == 0
    assert 0.4 < now[0, 1] < 0.6
    assert now[0, 2] == 1


def test_rows_follow_their_drivers() -> None:
    ease = ShareEase()
    ease.keep(("a", "b"))
    ease.update(whole(0.75, 0.25), 0.0, 0.0)
    ease.keep(("c", "b", "a"))
    now = ease.update(whole(0, 0.25, 0.75), 1.0, 1.0)
    assert now[:, 0].tolist() == [0, 0.25, 0.75]
    assert ease.silent == {"c"}


def test_without_drivers_there_are_no_shares() -> None:
    ease = ShareEase()
    ease.keep(())
    assert ease.update(np.zeros((0, CHANNELS), np.float32), 0.0, 0.0).shape == (0, CHANNELS)
