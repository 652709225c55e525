"""The discriminator of the portrait trainer: it learns to tell drawn pictures from real ones.

Source:
    MegaPortraits, arXiv:2207.07621, section 3.2; EMOPortraits, arXiv:2404.19110: hinge loss over
    two scales and matching of features, one step of each network in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from avatar_core.emoportraits.discriminator import Discriminator
from avatar_core.training.portrait_losses import (
    feature_matching,
    hinge_discriminator,
    hinge_generator,
)
from avatar_core.training.run_state import expect_fitting_moments

if TYPE_CHECKING:
    from avatar_core.training.portrait_presets import PortraitSettings
    from avatar_core.training.portrait_processes import Processes


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """The discriminator and how it learns.

    Args:
        widths: channels behind its blocks.
        rate_end: of its learning rate, which otherwise is that of the generator.
    """

    widths: tuple[int, ...] = (64, 128, 256, 512)
    rate_end: float = 4e-6


class Adversary:
    """Discriminator and its optimizer.

    Args:
        settings: of the run.
        device: it computes on.
    """

    def __init__(self, settings: PortraitSettings, device: torch.device) -> None:
        self._settings = settings
        self.network = Discriminator(settings.config.image_size, settings.judge.widths).to(device)
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(),
            settings.rate,
            settings.betas,
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def terms(self, drawn: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """What the generator is told: how unreal its pictures look, and in which features."""
        self.network.requires_grad_(False)
        judged = self.network(drawn)
        with torch.no_grad():
            real = self.network(targets)
        self.network.requires_grad_(True)
        weights = self._settings.weights
        matching = feature_matching(real.features, judged.features)
        return {
            "adversarial": weights.adversarial * hinge_generator(judged.scores),
            "features": weights.features * matching,
        }

    def learn(self, drawn: Tensor, targets: Tensor, rate: float, processes: Processes) -> float:
        """One step of the discriminator; its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = max(rate, self._settings.judge.rate_end)
        self._optimizer.zero_grad(set_to_none=True)
        half = self._settings.half
        with torch.autocast(drawn.device.type, torch.bfloat16, enabled=half):
            judged = self.network(torch.cat([targets, drawn.detach()]))
        count = len(targets)
        real, made = (
            [s[rows] for s in judged.scores] for rows in (slice(count), slice(count, None))
        )
        loss = hinge_discriminator(real, made)
        loss.backward()
        processes.average_gradients(self.network.parameters())
        if processes.all_agree(bool(torch.isfinite(loss)), drawn.device):
            self._optimizer.step()
        return float(loss.detach())

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "discriminator": self.network.state_dict(),
            "discriminator_optimizer": self._optimizer.state_dict(),
        }

    def restore(self, tensors: dict[str, Any]) -> None:
        """Go on with what `state` wrote.

        Raises:
            RuntimeError, KeyError, ValueError: it is of another run.
        """
        self.network.load_state_dict(tensors["discriminator"])
        self._optimizer.load_state_dict(tensors["discriminator_optimizer"])
        expect_fitting_moments(self._optimizer)
