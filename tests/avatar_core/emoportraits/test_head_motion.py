from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar_core.emoportraits.head_motion import (
    PATCH,
    GlobalCritic,
    HeadMotionGenerator,
    HeadMotionShape,
    LocalCritic,
    motion_of,
    rotations_of,
    still_motion,
    translations_of,
)
from avatar_core.geometry.rotations import matrix_from_axis_angle

_SHAPE = HeadMotionShape(audio=6, width=16, heads=2, layers=1, blocks=1, segment=24, overlap=8)


def test_rotations_there_and_back() -> None:
    turns = np.random.default_rng(7).uniform(-2, 2, (9, 3)).astype("f4")
    matrices = torch.from_numpy(matrix_from_axis_angle(turns))
    shifts = torch.randn(9, 3)
    motion = motion_of(matrices, shifts)
    torch.testing.assert_close(rotations_of(motion), matrices, atol=1e-5, rtol=0)
    torch.testing.assert_close(translations_of(motion), shifts)


def test_any_six_numbers_give_a_rotation() -> None:
    matrices = rotations_of(torch.randn(50, 9))
    product = matrices @ matrices.transpose(1, 2)
    torch.testing.assert_close(product, torch.eye(3).expand(50, 3, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.linalg.det(matrices), torch.ones(50), atol=1e-5, rtol=0)


def test_the_first_column_keeps_its_direction() -> None:
    motion = torch.tensor([2.0, 0, 0, 5, 3, 0, 0, 0, 0])
    torch.testing.assert_close(rotations_of(motion), torch.eye(3))


def test_an_untrained_head_is_nearly_still() -> None:
    motion = HeadMotionGenerator(_SHAPE)(torch.randn(2, 24, 6))
    assert motion.shape == (2, 24, 9)
    assert (motion - still_motion()).abs().max() < 0.05


@pytest.mark.parametrize("count", [0, 5, 24, 25, 90])
def test_sound_of_any_length(count: int) -> None:
    torch.manual_seed(7)
    generator = HeadMotionGenerator(_SHAPE)
    audio = torch.randn(count, 6)
    whole = generator.whole(audio)
    assert whole.shape == (count, 9)
    if count > 24:
        # What only one segment has seen is that segment's.
        alone = generator(audio[None, :24])[0].detach()
        torch.testing.assert_close(whole[:1], alone[:1], atol=1e-5, rtol=0)


def test_the_local_critic_sees_eight_moments() -> None:
    critic = LocalCritic(_SHAPE)
    motion = torch.randn(1, 20, 9, requires_grad=True)
    scores = critic(motion)
    assert scores.shape == (1, 20 - PATCH + 1)
    scores[0, 5].backward()
    assert motion.grad is not None
    seen = motion.grad[0].abs().sum(-1).nonzero()[:, 0]
    assert (int(seen.min()), int(seen.max())) == (5, 5 + PATCH - 1)


def test_the_global_critic_hears_the_sound() -> None:
    critic = GlobalCritic(_SHAPE)
    motion = torch.randn(2, 20, 9)
    scores = critic(motion, torch.zeros(2, 20, 6))
    assert scores.shape == (2,)
    assert not torch.allclose(scores, critic(motion, torch.ones(2, 20, 6)))
