from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.handlers.groom_space import HeadSpace
from avatar_core.frame import AvatarFrame
from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.motion import MotionFrame


def _cloud(count: int) -> GaussianCloud:
    random = np.random.default_rng(3)
    return replace(
        GaussianCloud.empty(),
        means=random.normal(0, 0.1, (count, 3)).astype(np.float32),
        quats=np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        scales=np.full((count, 3), 0.001, np.float32),
        opacities=np.ones(count, np.float32),
        sh=np.zeros((count, 1, 3), np.float32),
        flags=np.zeros(count, np.uint8),
    )


def _frame(base: GaussianCloud, turn: np.ndarray, shift: np.ndarray) -> AvatarFrame:
    means = (base.means @ turn.T + shift).astype(np.float32)
    return AvatarFrame(MotionFrame(), np.zeros((3, 3), np.float32), means, base.quats, turn)


_TURN = matrix_from_axis_angle(np.array([[0.2, -0.5, 0.1]], np.float32))[0]
_SHIFT = np.array([0.3, -0.2, 0.05], np.float32)


def test_it_leads_there_and_back() -> None:
    base = _cloud(500)
    space = HeadSpace.of(_frame(base, _TURN, _SHIFT), base)
    np.testing.assert_allclose(space.turn, _TURN, atol=1e-6)
    np.testing.assert_allclose(space.shift, _SHIFT, atol=1e-5)
    places = base.means[:7]
    np.testing.assert_allclose(space.local(space.world(places)), places, atol=1e-6)
    np.testing.assert_allclose(space.world(places), places @ _TURN.T + _SHIFT, atol=1e-5)
    up = space.local_direction(_TURN @ np.array([0, 1, 0], np.float32))
    np.testing.assert_allclose(up, [0, 1, 0], atol=1e-6)


def test_a_few_that_fly_about_do_not_count() -> None:
    base = _cloud(100)
    frame = _frame(base, _TURN, _SHIFT)
    means = frame.hair_means.copy()
    means[:30] += 5.0
    space = HeadSpace.of(replace(frame, hair_means=means), base)
    np.testing.assert_allclose(space.shift, _SHIFT, atol=1e-5)


def test_a_turn_that_is_not_quite_one_becomes_one() -> None:
    base = _cloud(50)
    space = HeadSpace.of(_frame(base, 1.01 * _TURN, _SHIFT), base)
    np.testing.assert_allclose(space.turn @ space.turn.T, np.eye(3), atol=1e-6)


def test_without_hair_there_is_no_shift() -> None:
    base = _cloud(0)
    assert not HeadSpace.of(_frame(base, _TURN, _SHIFT), base).shift.any()
