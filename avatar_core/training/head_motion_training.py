"""Trains the head motion generator against its two critics.

Source:
    Drobyshev et al. 2024, EMOPortraits, arXiv:2404.19110, supplement; WGAN-GP of Gulrajani et al.
    2017, arXiv:1704.00028. The coefficients of the terms are not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from avatar_core.emoportraits.head_motion import (
    GlobalCritic,
    HeadMotionGenerator,
    HeadMotionShape,
    LocalCritic,
    rotations_of,
    translations_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class HeadMotionSettings:
    """How it is trained.

    Args:
        steps: of the generator.
        critic_steps: of the critics, for each of the generator.
        penalty: weight of the gradient penalty.
        rotation, translation: weights of the mean differences of matrices, and of metres.
        smoothness: weight of the mean change from one moment to the next.
        adversarial: weight of the critics' opinion.
        rate: learning rate, which falls to nothing.
        batch: segments of a step.
        seed: of everything that chance decides.
    """

    steps: int = 2000
    critic_steps: int = 5
    penalty: float = 10.0
    rotation: float = 50.0
    translation: float = 300.0
    smoothness: float = 0.1
    adversarial: float = 0.01
    rate: float = 3e-4
    batch: int = 8
    seed: int = 7


@dataclass(frozen=True, slots=True, eq=False)
class HeadClip:
    """A head filmed while it spoke.

    Args:
        audio: [T, audio] sound, moment by moment.
        motion: [T, 9] of the head, relative to its reference frame; metres.
    """

    audio: Tensor
    motion: Tensor


class HeadMotionTrainer:
    """Generator and critics, and their optimizers.

    Args:
        clips: to learn from, each at least a segment long.
        shape: of the networks.
        settings: of the training.

    Raises:
        ValueError: no clip, or one shorter than a segment.
    """

    def __init__(
        self, clips: Sequence[HeadClip], shape: HeadMotionShape, settings: HeadMotionSettings
    ) -> None:
        if not clips or any(len(clip.motion) < shape.segment for clip in clips):
            raise ValueError(f"clips: expected some, of {shape.segment} moments at least")
        torch.manual_seed(settings.seed)
        self.clips = clips
        self.shape = shape
        self.settings = settings
        self.generator = HeadMotionGenerator(shape)
        self.local_critic, self.global_critic = LocalCritic(shape), GlobalCritic(shape)
        critics = [*self.local_critic.parameters(), *self.global_critic.parameters()]
        # Momentum disturbs critics that change with every step.
        self._critics = torch.optim.Adam(critics, settings.rate, betas=(0.0, 0.9))
        self._generator = torch.optim.Adam(
            self.generator.parameters(), settings.rate, betas=(0.0, 0.9)
        )
        self._batches = self._drawn()

    def run(self, report: Callable[[int, dict[str, float]], None]) -> None:
        """Train to the last step; `report` hears the step and its terms."""
        for step in range(1, self.settings.steps + 1):
            rate = self.settings.rate * (1 - (step - 1) / self.settings.steps)
            for group in [*self._critics.param_groups, *self._generator.param_groups]:
                group["lr"] = rate
            for _ in range(self.settings.critic_steps):
                self.critics_step(*next(self._batches))
            report(step, self.generator_step(*next(self._batches)))

    def critics_step(self, audio: Tensor, real: Tensor) -> float:
        """Let the critics tell real from made; returns how well they do, with the penalty."""
        with torch.no_grad():
            made = self.generator(audio)
        loss = self._opinion(made, audio) - self._opinion(real, audio)
        mixed = _between(real, made)
        loss = loss + self.settings.penalty * (
            gradient_penalty(self.local_critic, mixed)
            + gradient_penalty(lambda motion: self.global_critic(motion, audio), mixed)
        )
        self._critics.zero_grad(set_to_none=True)
        loss.backward()
        self._critics.step()
        return float(loss.detach())

    def generator_step(self, audio: Tensor, real: Tensor) -> dict[str, float]:
        """Bring the generator nearer to what is real and to what the critics believe."""
        made = self.generator(audio)
        settings = self.settings
        turned = rotations_of(made) - rotations_of(real)
        shifted = translations_of(made) - translations_of(real)
        terms = {
            "rotation": settings.rotation * turned.abs().mean(),
            "translation": settings.translation * shifted.abs().mean(),
            "smoothness": settings.smoothness * made.diff(dim=1).abs().mean(),
            "adversarial": -settings.adversarial * self._opinion(made, audio),
        }
        self._generator.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()
        self._generator.step()
        return {name: float(value.detach()) for name, value in terms.items()}

    def _opinion(self, motion: Tensor, audio: Tensor) -> Tensor:
        patches: Tensor = self.local_critic(motion)
        wholes: Tensor = self.global_critic(motion, audio)
        return patches.mean() + wholes.mean()

    def _drawn(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Segments of sound [B, S, audio] and motion [B, S, 9], for ever."""
        chance = torch.Generator().manual_seed(self.settings.seed)
        size = self.shape.segment
        while True:
            audio, motion = [], []
            for index in torch.randint(len(self.clips), (self.settings.batch,), generator=chance):
                clip = self.clips[int(index)]
                last = len(clip.motion) - size
                start = int(torch.randint(last + 1, (), generator=chance))
                audio.append(clip.audio[start : start + size])
                motion.append(clip.motion[start : start + size])
            yield torch.stack(audio), torch.stack(motion)


def gradient_penalty(critic: Callable[[Tensor], Tensor], motion: Tensor) -> Tensor:
    """How far the slope of a critic at motions [B, T, 9] is from 1, squared, on average."""
    motion = motion.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(motion).sum(), motion, create_graph=True)
    penalty: Tensor = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return penalty


def _between(real: Tensor, made: Tensor) -> Tensor:
    """Motions on the lines between real and made ones."""
    amount = torch.rand(len(real), 1, 1)
    return amount * real + (1 - amount) * made
