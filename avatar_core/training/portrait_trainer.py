"""Trains a portrait model; resumable at any step, alone or in several processes.

Source:
    EMOPortraits, arXiv:2404.19110, section 3 and its supplement; MegaPortraits, arXiv:2207.07621.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from avatar_core.errors import WeightsError
from avatar_core.training.perceptual_net import PerceptualNet
from avatar_core.training.portrait_adversary import Adversary
from avatar_core.training.portrait_average import WeightAverage
from avatar_core.training.portrait_batch import PortraitBatch, Sampling, draw_batch
from avatar_core.training.portrait_features import LossNets
from avatar_core.training.portrait_finish import let_learn, told_detail, told_warps
from avatar_core.training.portrait_networks import PortraitNetworks, arranged_for_speed
from avatar_core.training.portrait_pool import PicturePool
from avatar_core.training.portrait_presets import Part
from avatar_core.training.portrait_processes import ALONE, Processes
from avatar_core.training.portrait_steps import Pairs, StepPlan, draw_mixed, draw_pairs
from avatar_core.training.portrait_terms import (
    Terms,
    detail_terms,
    feature_terms,
    mixed_terms,
    picture_terms,
    warp_terms,
)
from avatar_core.training.run_state import (
    expect_fitting_moments,
    load_checkpoint,
    save_checkpoint,
)
from avatar_core.training.trainer import SteppedTrainer

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.training.portrait_data import People
    from avatar_core.training.portrait_presets import PortraitSettings

STAGE = "portrait"
_PAIRS, _READERS = 0, 1


class PortraitTrainer(SteppedTrainer["PortraitSettings"]):
    """A run of training.

    Args:
        people: to learn from.
        settings: of the run.
        folder: gets checkpoints and the log.
        processes: that train along.
        nets: networks that look at pictures; left out, `PerceptualNet` stands in for VGG19 and the
            terms of the others are left out.
    """

    def __init__(
        self,
        people: People,
        settings: PortraitSettings,
        folder: Path,
        processes: Processes = ALONE,
        nets: LossNets | None = None,
    ) -> None:
        self.people = people
        super().__init__(STAGE, settings, folder)
        self.processes = processes
        self.device = device_of(settings.device, processes)
        self._pool: PicturePool | None = None
        torch.manual_seed(settings.seed)
        self.networks = PortraitNetworks(settings.config)
        arranged_for_speed(self.networks)
        self.networks.to(self.device)
        self.average = WeightAverage(self.networks, settings.average)
        self._optimizer = torch.optim.AdamW(
            [{"params": group} for group in self.networks.groups()],
            settings.rate,
            settings.betas,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.nets = nets or LossNets(perceptual=PerceptualNet().to(self.device))
        self._adversary: Adversary | None = None
        if settings.weights.adversarial > 0:
            self._adversary = Adversary(settings, self.device)

    def resume(self) -> bool:
        found = load_checkpoint(self.folder)
        if found is None:
            return False
        self.state, tensors = found
        self.networks.load_state_dict(tensors["networks"])
        self.average.values = {
            name: tensors["average"][name].to(value).contiguous(memory_format=_format(value))
            for name, value in self.average.values.items()
        }
        self._optimizer.load_state_dict(tensors["optimizer"])
        expect_fitting_moments(self._optimizer)
        if self._adversary is not None:
            self._adversary.restore(tensors)
        return True

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin with the weights of another run instead of random ones.

        Args:
            weights: state of its networks; what lays the source's own pixels may be missing there.

        Raises:
            WeightsError: they are of other networks.
        """
        known = {
            name: value
            for name, value in self.networks.state_dict().items()
            if name.startswith("generator.detail_nw.")
        }
        try:
            self.networks.load_state_dict(known | weights)
        except (RuntimeError, AttributeError) as error:
            raise WeightsError(
                "The run to start from made a model of other sizes.",
                "Choose a run of the preset compact or compact-gpu.",
            ) from error
        self.average = WeightAverage(self.networks, self.settings.average)

    def save(self) -> None:
        if self.processes.leads:
            save_checkpoint(self.folder, self.state, self._tensors())

    def batch(self, step: int) -> PortraitBatch:
        """Sources and drivers of a step in this process."""
        return self._batch(step, _PAIRS, self.settings.sampling)

    def _readers(self, step: int) -> PortraitBatch | None:
        sampling = self.settings.sampling
        if not sampling.readers:
            return None
        return self._batch(step, _READERS, replace(sampling, people=sampling.readers, drivers=0))

    def _batch(self, step: int, use: int, sampling: Sampling) -> PortraitBatch:
        seed = (self.settings.seed, step, self.processes.rank, use)
        pool = self._kept_on_card()
        if pool is not None:
            return pool.draw(sampling, seed)
        return draw_batch(self.people, sampling, seed).to(self.device)

    def _kept_on_card(self) -> PicturePool | None:
        """All pictures on the graphics card, where there is one and they fit."""
        has_news = self._pool is None or self._pool.names != self.people.names
        if has_news and PicturePool.fits(self.people, self.device):
            self._pool = PicturePool(self.people, self.device)
        return self._pool

    def drawn(self, batch: PortraitBatch) -> Pairs:
        """A batch as the averaged weights draw it, poses being those the model finds itself."""
        networks = self.finished()
        plan = StepPlan(true_poses=False, asks_warps=False, mixed=False, judged=False, detail=True)
        with torch.inference_mode():
            return draw_pairs(networks, batch, plan, self.settings, torch.Generator())[0]

    def finished(self) -> PortraitNetworks:
        """The networks with averaged weights, ready to be used."""
        networks = PortraitNetworks(self.settings.config).to(self.device)
        networks.load_state_dict(self.average.values)
        return networks.eval().requires_grad_(False)

    def _log(self, losses: dict[str, float]) -> None:
        if self.processes.leads:
            super()._log(losses)

    def _refresh(self) -> None:
        self.people.refresh()

    def _one_step(self) -> dict[str, float]:
        started = time.perf_counter()
        settings, step = self.settings, self.state.step
        self._set_rate(step)
        torch.manual_seed(hash((settings.seed, step, self.processes.rank)) % (1 << 62))
        batch = self.batch(step)
        plan = StepPlan.at(step, settings)
        let_learn(self.networks, plan.part)
        self._optimizer.zero_grad(set_to_none=True)
        terms, pairs = self._terms(batch, self._readers(step), plan)
        total = torch.stack([value.float() for value in terms.values()]).sum()
        if self.processes.all_agree(bool(torch.isfinite(total)), self.device):
            total.backward()
            self.processes.average_gradients(self.networks.parameters())
            if self._clip():
                self._optimizer.step()
            self.processes.average_buffers(self.networks.buffers())
        values = torch.stack([value.detach().float() for value in terms.values()])
        losses = dict(zip(terms, values.tolist(), strict=True))
        if pairs is not None and plan.judged and self._adversary is not None:
            losses["discriminator"] = self._adversary.learn(
                pairs.drawn, pairs.targets, rate_at(step, settings), self.processes
            )
        self.average.update(self.networks, step)
        self.state.step += 1
        self.state.seconds += time.perf_counter() - started
        return losses

    def _terms(
        self, batch: PortraitBatch, readers: PortraitBatch | None, plan: StepPlan
    ) -> tuple[Terms, Pairs | None]:
        """Losses of a step, and the pairs that were drawn for it, where all of the model learns."""
        settings = self.settings
        random = torch.Generator().manual_seed(int(torch.randint(1 << 62, ())))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.half):
            if plan.part is Part.WARPS:
                warps = told_warps(self.networks, batch)
                return warp_terms(warps, batch, settings, random), None
            if plan.part is Part.DETAIL:
                return detail_terms(told_detail(self.networks, batch), batch, settings), None
            pairs, terms = draw_pairs(self.networks, batch, plan, settings, random, readers)
            terms |= picture_terms(pairs, batch, settings)
            if pairs.detailed is not None:
                terms |= detail_terms(pairs.detailed, batch, settings)
            if plan.asks_warps and settings.truth.warp > 0:
                terms |= warp_terms(pairs.warps, batch, settings, random)
            if plan.judged:
                terms |= feature_terms(pairs, batch, settings, self.nets)
                if self._adversary is not None:
                    terms |= self._adversary.terms(pairs.drawn, pairs.targets)
            if plan.mixed:
                mixed = draw_mixed(self.networks, batch, pairs, random)
                terms |= mixed_terms(self.networks, batch, pairs, mixed, settings, self.nets)
        return terms, pairs

    def _clip(self) -> bool:
        """Shorten long gradients; whether they are finite."""
        most = self.settings.clip or math.inf
        length: Tensor = torch.nn.utils.clip_grad_norm_(self.networks.parameters(), most)
        return bool(torch.isfinite(length))

    def _set_rate(self, step: int) -> None:
        rate = rate_at(step, self.settings)
        factors = (1.0, self.settings.reader_rate, self.settings.head_rate)
        for group, factor in zip(self._optimizer.param_groups, factors, strict=True):
            group["lr"] = rate * factor

    def _tensors(self) -> dict[str, Any]:
        return {
            "networks": self.networks.state_dict(),
            "average": self.average.values,
            "optimizer": self._optimizer.state_dict(),
            **({} if self._adversary is None else self._adversary.state()),
        }


def rate_at(step: int, settings: PortraitSettings) -> float:
    """Learning rate of a step: it rises over the first ones, then falls as a cosine.

    So it does twice, where the warps learn alone first.
    """
    start, end = 0, settings.warp_steps
    if step >= end:
        start, end = end, settings.steps
    done = step - start
    rise = min(1.0, (done + 1) / settings.warm_up) if settings.warm_up else 1.0
    fall = 0.5 + 0.5 * math.cos(math.pi * min(done / max(end - start, 1), 1.0))
    return rise * (settings.rate_end + (settings.rate - settings.rate_end) * fall)


def device_of(name: str, processes: Processes) -> torch.device:
    """What computes: a GPU for each process where there are some."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name != "cuda":
        return torch.device(name)
    torch.backends.cudnn.benchmark = True  # all steps have the same shapes
    return torch.device("cuda", processes.local_rank)


def _format(value: Tensor) -> torch.memory_format:
    is_last = value.dim() == 4 and value.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if is_last else torch.contiguous_format
