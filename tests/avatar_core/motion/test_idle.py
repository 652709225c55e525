from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import UNIT_INDEX, IdleSettings, same_pose
from avatar_core.motion.idle import IdleMotion

FPS = 60
ALL = IdleSettings(1.0, 1.0, 1.0)
LID = UNIT_INDEX["eyeBlinkLeft"]


def closures(settings: IdleSettings, seconds: float = 120.0, seed: int = 0) -> np.ndarray:
    """How far the left lid is down at each moment."""
    idle = IdleMotion(seed)
    times_s = np.arange(0, seconds, 1 / FPS)
    return np.array([idle.at(time_s, settings).weights[LID] for time_s in times_s])


def blinks(lids: np.ndarray) -> int:
    """How often the lids came down."""
    return int((np.diff((lids > 0.5).astype(int)) > 0).sum())


def test_at_zero_nothing_moves() -> None:
    settings = IdleSettings()
    assert not settings.is_on
    for time_s in np.linspace(0, 60, 500):
        frame = IdleMotion().at(time_s, settings)
        assert not frame.weights.any()
        assert not frame.head_rotation.any()
        assert not frame.head_translation.any()
        assert frame.gaze is None


@pytest.mark.parametrize("seed", range(3))
def test_blinks_as_often_as_people_do_and_shuts_the_eyes(seed: int) -> None:
    lids = closures(ALL, 240.0, seed)
    assert 4 * 12 <= blinks(lids) <= 4 * 20
    assert lids.max() == pytest.approx(1.0)
    assert (lids == 0).mean() > 0.85


def test_lids_come_down_faster_than_they_go_up() -> None:
    lids = closures(ALL)
    first = int(np.argmax(lids > 0))
    shut = first + int(np.argmax(lids[first:] > 0.99))
    opened = shut + int(np.argmax(lids[shut:] == 0))
    assert shut - first < opened - shut
    assert 0.15 < (opened - first) / FPS < 0.35


def test_a_smaller_amount_gives_some_of_the_same_blinks_just_as_deep() -> None:
    every, some = closures(ALL), closures(IdleSettings(blinks=0.4))
    assert 0 < blinks(some) < blinks(every)
    assert some[some > 0] == pytest.approx(every[some > 0])


def test_the_same_time_gives_the_same_pose_in_whatever_order_and_before_zero() -> None:
    times_s = [12.3, -7.7, 0.0, 1e6]
    idle, again = IdleMotion(4), IdleMotion(4)
    poses = [idle.at(time_s, ALL) for time_s in times_s]
    for time_s, pose in list(zip(times_s, poses, strict=True))[::-1]:
        assert same_pose(again.at(time_s, ALL), pose)
    assert not same_pose(IdleMotion(5).at(12.3, ALL), poses[0])


def test_head_and_breath_are_small_soft_and_come_apart() -> None:
    idle = IdleMotion()
    times_s = np.arange(0, 120, 1 / FPS)
    drift = [idle.at(time_s, IdleSettings(head=1.0)) for time_s in times_s]
    breath = [idle.at(time_s, IdleSettings(breath=1.0)) for time_s in times_s]
    turns = np.array([frame.head_rotation for frame in drift])
    rises = np.array([frame.head_translation[1] for frame in breath])
    assert 0.02 < np.abs(turns).max() < 0.05
    assert np.abs(np.diff(turns, axis=0)).max() < 0.001
    assert 0.002 < rises.max() < 0.003
    assert rises.min() >= 0
    assert np.abs(np.diff(rises)).max() < 0.0002
    assert 12 <= ((rises[1:-1] > rises[:-2]) & (rises[1:-1] >= rises[2:])).sum() / 2 <= 16
    assert not np.array([frame.weights for frame in breath + drift]).any()


def test_half_an_amount_is_half_the_way() -> None:
    idle = IdleMotion()
    whole = idle.at(3.0, IdleSettings(head=1.0)).head_rotation
    assert idle.at(3.0, IdleSettings(head=0.5)).head_rotation == pytest.approx(whole / 2)
