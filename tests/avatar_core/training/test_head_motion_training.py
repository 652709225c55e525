from __future__ import annotations

import math

import pytest
import torch

from avatar_core.emoportraits.head_motion import (
    HeadMotionShape,
    motion_of,
    rotations_of,
    translations_of,
)
from avatar_core.geometry.rotations import matrix_from_axis_angle
from avatar_core.training.head_motion_training import (
    HeadClip,
    HeadMotionSettings,
    HeadMotionTrainer,
    gradient_penalty,
)

_SHAPE = HeadMotionShape(audio=8, width=32, heads=4, layers=1, blocks=1, segment=30, overlap=6)


def _clip(seed: int, count: int = 60) -> HeadClip:
    """A head that turns up to 15 degrees and shifts up to 3 cm, and sound that tells how."""
    chance = torch.Generator().manual_seed(seed)
    times_s = torch.arange(count)[:, None] / 25
    phases = 2 * math.pi * torch.rand(6, generator=chance)
    rates = 0.3 + torch.rand(6, generator=chance)
    waves = torch.sin(2 * math.pi * rates * times_s + phases)
    turns = math.radians(15) * waves[:, :3]
    matrices = torch.from_numpy(matrix_from_axis_angle(turns.numpy()))
    mixing = torch.randn(6, 8, generator=torch.Generator().manual_seed(99))
    audio = waves @ mixing + 0.05 * torch.randn(count, 8, generator=chance)
    return HeadClip(audio, motion_of(matrices, 0.03 * waves[:, 3:]))


def _errors(trainer: HeadMotionTrainer, clip: HeadClip) -> tuple[float, float]:
    """Mean angle in degrees and mean distance in millimetres off the clip."""
    made = trainer.generator.whole(clip.audio)
    turned = rotations_of(made).transpose(1, 2) @ rotations_of(clip.motion)
    cosine = (turned.diagonal(dim1=1, dim2=2).sum(-1) - 1) / 2
    degrees = torch.rad2deg(torch.acos(cosine.clamp(-1, 1))).mean()
    shift = (translations_of(made) - translations_of(clip.motion)).norm(dim=-1).mean()
    return float(degrees), 1000 * float(shift)


@pytest.mark.slow
def test_it_learns_a_few_heads_by_heart() -> None:
    clips = [_clip(seed) for seed in range(2)]
    settings = HeadMotionSettings(steps=300, critic_steps=2, rate=2e-3, batch=4)
    trainer = HeadMotionTrainer(clips, _SHAPE, settings)
    before = [_errors(trainer, clip) for clip in clips]
    trainer.run(lambda _step, _terms: None)
    for clip, (degrees_before, _) in zip(clips, before, strict=True):
        degrees, millimetres = _errors(trainer, clip)
        assert degrees_before > 10
        assert degrees < 2
        assert millimetres < 4


def test_a_step_brings_both_sides_on() -> None:
    trainer = HeadMotionTrainer([_clip(1)], _SHAPE, HeadMotionSettings(steps=2))
    weights = {
        name: value.clone()
        for network in (trainer.generator, trainer.local_critic, trainer.global_critic)
        for name, value in network.named_parameters()
    }
    told: list[dict[str, float]] = []
    trainer.run(lambda _step, terms: told.append(terms))
    assert len(told) == 2
    assert set(told[0]) == {"rotation", "translation", "smoothness", "adversarial"}
    for network in (trainer.generator, trainer.local_critic, trainer.global_critic):
        assert any(not torch.equal(weights[n], v) for n, v in network.named_parameters())


def test_critics_learn_to_tell_real_from_made() -> None:
    trainer = HeadMotionTrainer([_clip(1)], _SHAPE, HeadMotionSettings(rate=1e-3))
    clip = _clip(1)
    audio, real = clip.audio[None, :30], clip.motion[None, :30]
    losses = [trainer.critics_step(audio, real) for _ in range(40)]
    assert losses[-1] < losses[0] - 0.1


def test_the_penalty_is_zero_at_slope_one() -> None:
    motion = torch.randn(3, 4, 9)
    size = math.sqrt(4 * 9)
    assert float(gradient_penalty(lambda m: m.flatten(1).sum(1) / size, motion)) < 1e-10
    twice = gradient_penalty(lambda m: 3 * m.flatten(1).sum(1) / size, motion)
    assert float(twice) == pytest.approx(4, abs=1e-4)


def test_clips_shorter_than_a_segment_are_refused() -> None:
    with pytest.raises(ValueError, match="30 moments"):
        HeadMotionTrainer([_clip(1, count=29)], _SHAPE, HeadMotionSettings())
    with pytest.raises(ValueError, match="clips"):
        HeadMotionTrainer([], _SHAPE, HeadMotionSettings())
