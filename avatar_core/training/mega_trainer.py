"""Trains a MeGA avatar from a capture: hair, head, joint; resumable at any step.

Every step draws its picture from a generator seeded by (seed, stage, step), so a run that was
killed and resumed sees the same pictures in the same order as one that was not.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.5 and the released trainers.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor, nn

from avatar_core.errors import AssetError
from avatar_core.heads.flame import FlameHead
from avatar_core.mega.decoders import tiled_view
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.mega.options import MegaOptions
from avatar_core.training.hair_start import read_strands, start_along_strands, start_in_shell
from avatar_core.training.mesh_terms import MeshTables
from avatar_core.training.run_state import (
    RunState,
    append_log,
    load_checkpoint,
    save_checkpoint,
)
from avatar_core.training.settings import Stage, TrainerSettings
from avatar_core.training.stage_losses import (
    Sample,
    Terms,
    hair_terms,
    head_terms,
    joint_terms,
)
from avatar_core.training.texture_start import read_painting, start_from_painting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.heads import ParametricHead
    from avatar_core.training.captures import Capture, CaptureFrame

_EYE_POSE_WIDTH = 6
_JOINTS_POSE_WIDTH = 15
_MOST_MEASURED = 2_048
_NEIGHBOURS = 7
_LOG_EVERY = 10
_HAIR_SERIES = ("hair", "hair_small")
_FACE_SERIES = ("face", "face_small")
_JOINT_SHARES = {"full": 0.6, "hair": 0.25, "face": 0.15}
_GAUSSIAN_RATES = {
    "_xyz": 1.8e-4,
    "_features_dc": 1e-2,
    "_features_rest": 5e-4,
    "_opacity": 2e-2,
    "_scaling": 5e-3,
    "_rotation": 2e-3,
}
_JOINT_GAUSSIAN_FACTOR = 0.1


@dataclass(frozen=True, slots=True)
class TrainerStatus:
    """Told after every step: stage, steps done and planned over all stages, loss by term."""

    stage: Stage
    step: int
    total: int
    losses: dict[str, float]
    seconds: float


@dataclass(slots=True)
class MegaTrainer:
    """One training run in one folder.

    Args:
        capture: the pictures.
        head: the parametric head of the captured person.
        settings: stages, rates, weights.
        folder: where checkpoints and the log go; made when missing.
    """

    capture: Capture
    head: ParametricHead
    settings: TrainerSettings
    folder: Path
    model: MegaModel = field(init=False)
    bald_offset: nn.Parameter = field(init=False)
    state: RunState = field(init=False)
    _tables: MeshTables = field(init=False)
    _neighbours: Tensor = field(init=False)
    _optimizer: torch.optim.Adam = field(init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(self.settings.seed)
        # A FLAME head opens its jaw by its joint, ours by blendshapes.
        posed = isinstance(self.head, FlameHead)
        config = MegaConfig(
            n_expr=len(self.head.expression_names),
            n_pose=_JOINTS_POSE_WIDTH if posed else _EYE_POSE_WIDTH,
            tex_size=self.settings.tex_size,
            deform_layers=self.settings.deform_layers,
            num_freqs=self.settings.num_freqs,
            gaussians=self.settings.gaussians,
            sh_coefficients=(self.settings.sh_degree + 1) ** 2,
        )
        networks = MegaNetworks(config)
        networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        options = MegaOptions(pose_conditioned=posed)
        self.model = MegaModel.of(self.head, networks, options, self.capture.canonical)
        self.bald_offset = nn.Parameter(torch.zeros_like(networks.neural_texture.texture))
        self._tables = MeshTables.of(self.model.surface.faces, self.model.canonical_vertices)
        self.folder.mkdir(parents=True, exist_ok=True)
        first = next(iter(self._stages()))
        self.state = RunState(first.value)
        self._start_hair()
        self._enter(first)

    def resume(self) -> bool:
        """Go on where the folder's last checkpoint stopped. False when there is none."""
        found = load_checkpoint(self.folder)
        if found is None:
            return False
        self.state, tensors = found
        self.model.networks.load_state_dict(tensors["networks"])
        with torch.no_grad():
            self.bald_offset.copy_(tensors["bald_offset"])
        self._enter(Stage(self.state.stage), calibrate=False)
        self._optimizer.load_state_dict(tensors["optimizer"])
        return True

    def save(self) -> None:
        """Write a checkpoint."""
        tensors: dict[str, Any] = {
            "networks": self.model.networks.state_dict(),
            "bald_offset": self.bald_offset.detach(),
            "optimizer": self._optimizer.state_dict(),
        }
        save_checkpoint(self.folder, self.state, tensors)

    def run(self, report: Callable[[TrainerStatus], None]) -> None:
        """Train to the end of the last stage.

        Args:
            report: called after every step; raising `Cancelled` there stops the run, which can be
                resumed at that step.
        """
        try:
            for stage in self._remaining():
                if self.state.stage != stage.value:
                    self.state = RunState(stage.value, 0, self.state.seconds, self.state.extra)
                    self._enter(stage)
                while self.state.step < self.settings.plans[stage].steps:
                    self._one_step(stage, report)
        finally:
            self.save()

    def _one_step(self, stage: Stage, report: Callable[[TrainerStatus], None]) -> None:
        started = time.perf_counter()
        self._set_rates(stage)
        terms = self._terms(stage, self._sample(stage))
        total = torch.stack(list(terms.values())).sum()
        self._optimizer.zero_grad(set_to_none=True)
        if torch.isfinite(total):
            total.backward()
            self._optimizer.step()
        self.state.step += 1
        self.state.seconds += time.perf_counter() - started
        losses = {name: float(value.detach()) for name, value in terms.items()}
        if self.state.step % _LOG_EVERY == 0:
            entry = {"stage": stage.value, "step": self.state.step, **losses}
            append_log(self.folder, entry)
        if self.state.step % self.settings.checkpoint_every == 0:
            self.save()
        done, planned = self.progress()
        report(TrainerStatus(stage, done, planned, losses, self.state.seconds))

    def progress(self) -> tuple[int, int]:
        """Steps done and planned over all stages."""
        done = self.state.step
        for stage in self._stages():
            if stage.value == self.state.stage:
                break
            done += self.settings.plans[stage].steps
        return done, sum(self.settings.plans[stage].steps for stage in self._stages())

    def _terms(self, stage: Stage, sample: Sample) -> Terms:
        weights = self.settings.weights
        if stage is Stage.HAIR:
            reached = self.state.step // self.settings.sh_interval
            degree = min(reached, self.settings.sh_degree)
            return hair_terms(self.model, sample, weights, degree)
        if stage is Stage.HEAD:
            return head_terms(self.model, sample, self._tables, weights)
        return joint_terms(self.model, sample, weights, self._neighbours, self.bald_offset)

    def _sample(self, stage: Stage) -> Sample:
        rng = np.random.default_rng([self.settings.seed, list(Stage).index(stage), self.state.step])
        frames = self._frames(stage, rng)
        frame = frames[int(rng.integers(len(frames)))]
        plan = self.settings.plans[stage]
        halved = self.state.step < plan.small_until * plan.steps
        return self.sample_of(frame, 0.5 if halved else 1.0)

    def sample_of(self, frame: CaptureFrame, scale: float) -> Sample:
        """A frame at a scale of its size, with its posed head."""
        width, height = (
            round(frame.camera.width_px * scale),
            round(frame.camera.height_px * scale),
        )
        return Sample(
            self.model.posed(frame.parameters),
            frame.camera.resized(width, height),
            self.capture.picture(frame, (width, height)),
            bald=not frame.has_hair,
        )

    def _frames(self, stage: Stage, rng: np.random.Generator) -> tuple[CaptureFrame, ...]:
        if stage is Stage.HAIR:
            return self._hair_frames()
        if stage is Stage.HEAD:
            return self._face_frames()
        groups = {
            "full": self.capture.frames("full"),
            "hair": self.capture.frames(*_HAIR_SERIES),
            "face": self.capture.frames(*_FACE_SERIES),
        }
        shares = {name: share for name, share in _JOINT_SHARES.items() if groups[name]}
        weights = np.array(list(shares.values()))
        return groups[list(shares)[int(rng.choice(len(shares), p=weights / weights.sum()))]]

    def _hair_frames(self) -> tuple[CaptureFrame, ...]:
        """What the hair stage learns from; without labels there is nothing in a picture for it."""
        frames = self.capture.frames(*_HAIR_SERIES)
        return tuple(frame for frame in frames if frame.parsing_path is not None)

    def _face_frames(self) -> tuple[CaptureFrame, ...]:
        """Pictures without hair; where nobody took any, all, whose hair the loss paints white."""
        return self.capture.frames(*_FACE_SERIES) or self.capture.frames("full")

    def _stages(self) -> list[Stage]:
        has = {
            Stage.HAIR: bool(self._hair_frames()),
            Stage.HEAD: bool(self._face_frames()),
            Stage.JOINT: bool(self.capture.frames("full", *_HAIR_SERIES)),
        }
        stages = [stage for stage in Stage if has[stage] and stage in self.settings.plans]
        if not stages:
            raise AssetError(
                f"The capture '{self.capture.folder}' has nothing to train on.",
                "It needs a series named hair, face or full.",
            )
        return stages

    def _remaining(self) -> Iterator[Stage]:
        stages = self._stages()
        yield from stages[[stage.value for stage in stages].index(self.state.stage) :]

    def _enter(self, stage: Stage, *, calibrate: bool = True) -> None:
        networks = self.model.networks
        if stage is Stage.HEAD and calibrate:
            self._start_texture()
        networks.train(not self.settings.frozen_statistics)
        if stage is Stage.HEAD and self.settings.frozen_statistics and calibrate:
            self._measure_statistics()
        if stage is Stage.JOINT:
            points = networks.canonical_gs._xyz.detach().numpy()
            nearest = np.asarray(cKDTree(points).query(points, _NEIGHBOURS + 1)[1], np.int64)
            self._neighbours = torch.from_numpy(nearest[:, 1:].copy())
        groups = self._groups(stage)
        networks.requires_grad_(False)
        for group in groups:
            for parameter in group["params"]:
                parameter.requires_grad_(True)
        self._optimizer = torch.optim.Adam(groups, eps=1e-15, fused=True)

    def _groups(self, stage: Stage) -> list[dict[str, Any]]:
        networks, settings = self.model.networks, self.settings
        groups: list[dict[str, Any]] = []
        if stage is not Stage.HEAD:
            factor = 1.0 if stage is Stage.HAIR else _JOINT_GAUSSIAN_FACTOR
            for name, value in networks.canonical_gs.named_parameters():
                groups.append({"params": [value], "rate": _GAUSSIAN_RATES[name] * factor})
        if stage is not Stage.HAIR:
            slow: list[nn.Module] = [
                networks.dynamic_texture,
                networks.view_texture,
                networks.head_mlp,
            ]
            slow.append(networks.disp_decoder if stage is Stage.HEAD else networks.deform_mlp)
            fast = [*networks.neural_texture.parameters(), *networks.pe.parameters()]
            if stage is Stage.JOINT:
                fast.append(self.bald_offset)
            parameters = [p for module in slow for p in module.parameters()]
            groups.append({"params": parameters, "rate": settings.network_rate})
            groups.append({"params": fast, "rate": settings.texture_rate})
        return [{**group, "lr": group["rate"]} for group in groups]

    def _set_rates(self, stage: Stage) -> None:
        plan = self.settings.plans[stage]
        factor = math.exp(math.log(plan.rate_end) * self.state.step / max(plan.steps, 1))
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * factor

    @torch.no_grad()
    def _measure_statistics(self) -> None:
        """Batch-norm statistics over all expressions and views of the capture, once."""
        frames = self._face_frames()
        frames = frames[:: math.ceil(len(frames) / _MOST_MEASURED)]
        posed = [self.model.posed(frame.parameters) for frame in frames]
        driving = torch.cat([p.driving for p in posed])
        views = torch.cat(
            [self.model.view_position(p, f.camera) for p, f in zip(posed, frames, strict=True)]
        )
        networks = self.model.networks
        inputs = (
            (networks.dynamic_texture, driving.unique(dim=0)),
            (networks.disp_decoder, driving.unique(dim=0)),
            (networks.view_texture, tiled_view(views).contiguous()),
        )
        for network, batch in inputs:
            norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
            for norm in norms:
                norm.reset_running_stats()
                norm.momentum = None
            network.train()
            for part in batch.split(8):
                network(part)
            network.eval()
            for norm in norms:
                norm.momentum = 0.1

    def _start_texture(self) -> None:
        painting = read_painting(self.capture.folder)
        if painting is not None:
            start_from_painting(self.model.networks, painting, self.settings.seed)

    def _start_hair(self) -> None:
        frames = self.capture.frames(*_HAIR_SERIES)
        if not frames:
            return
        colour = self._hair_colour(frames)
        gaussians = self.model.networks.canonical_gs
        strands = self.capture.folder / "hair_strands.npz"
        if strands.is_file():
            start_along_strands(gaussians, read_strands(strands), colour, self.settings.seed)
            return
        start_in_shell(
            gaussians,
            self.model.canonical_vertices,
            self.model.surface.faces,
            self.model.surface.scalp_vertex_ids,
            colour,
            self.settings.seed,
        )

    def _hair_colour(self, frames: tuple[CaptureFrame, ...]) -> np.ndarray[Any, Any]:
        picture = self.capture.picture(frames[0], (128, 128))
        if picture.hair is None or not (picture.hair > 0.5).any():
            return np.full(3, 0.3, np.float32)
        mean: np.ndarray[Any, Any] = picture.image[picture.hair > 0.5].mean(0)
        return mean
