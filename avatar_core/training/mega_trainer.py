"""Trains a MeGA avatar from a capture: hair, head, joint; resumable at any step.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.5 and the released trainers.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor, nn

from avatar_core.heads.flame import FlameHead
from avatar_core.mega.networks import Ablation
from avatar_core.training.decoded_batch import DecodedBatch
from avatar_core.training.densification import Densifier, PicturesSeen, resize
from avatar_core.training.devices import chosen_device
from avatar_core.training.hair_start import scene_extent, start_hair
from avatar_core.training.model_start import mesh_tables, new_model
from avatar_core.training.norm_statistics import measure_statistics
from avatar_core.training.optimizer_groups import Learners, RatedGroup
from avatar_core.training.run_state import (
    RunState,
    append_log,
    expect_fitting_moments,
    keep_stage_end,
    load_checkpoint,
    save_checkpoint,
)
from avatar_core.training.settings import Stage, TrainerSettings
from avatar_core.training.stage_frames import StageFrames
from avatar_core.training.stage_losses import (
    Sample,
    Terms,
    canonical_hair,
    hair_terms,
    head_terms,
    joint_terms,
)
from avatar_core.training.texture_start import read_painting, start_calmly
from avatar_core.training.told_run import StepStatus
from avatar_core.training.tracking import TrackedPoses
from avatar_core.training.trainer import LOG_EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import ParametricHead
    from avatar_core.mega.model import MegaModel, PosedHead
    from avatar_core.mega.networks import MegaNetworks
    from avatar_core.raster.splats import SplatImage
    from avatar_core.training.captures import Capture, CaptureFrame
    from avatar_core.training.mesh_terms import MeshTables

_NEIGHBOURS = 7
_SPLITTING = 100
"""Tells the random numbers of splits from those that draw pictures."""


@dataclass(slots=True)
class MegaTrainer:
    """One training run in one folder.

    Args:
        capture: the pictures.
        head: the parametric head of the captured person.
        settings: stages, rates, weights.
        folder: where checkpoints and the log go; made when missing.
        face: networks of an avatar of the same head, whose face is taken over and kept: only the
            canonical hair is trained.
    """

    capture: Capture
    head: ParametricHead
    settings: TrainerSettings
    folder: Path
    face: MegaNetworks | None = None
    model: MegaModel = field(init=False)
    bald_offset: nn.Parameter = field(init=False)
    tracked: TrackedPoses | None = field(init=False)
    state: RunState = field(init=False)
    _frames: StageFrames = field(init=False)
    _learners: Learners = field(init=False)
    _tables: MeshTables = field(init=False)
    _neighbours: Tensor = field(init=False)
    _groups: tuple[RatedGroup, ...] = field(init=False)
    _optimizer: torch.optim.Adam = field(init=False)
    _densifier: Densifier | None = field(init=False)

    def __post_init__(self) -> None:
        device = chosen_device(self.settings.device)
        torch.manual_seed(self.settings.seed)
        keeps_face = self.face is not None
        self._frames = StageFrames(self.capture, self.settings.seed, keeps_face=keeps_face)
        self.folder.mkdir(parents=True, exist_ok=True)
        first = self._stages()[0]
        self.state = RunState(first.value)
        self.model = new_model(self.capture, self.head, self.settings, self.face)
        hair = self._frames.hair()
        if hair:
            start_hair(self.model, self.capture, hair, self.settings)
        self.model = self.model.to(device)
        texture = self.model.networks.neural_texture.texture
        self.bald_offset = nn.Parameter(torch.zeros_like(texture))
        self.tracked = None
        if self.settings.tracking is not None:
            learnt = {id(f): f for stage in self._stages() for f in self._frames.of(stage)}
            self.tracked = TrackedPoses(self.head, learnt.values(), device)
        self._tables = mesh_tables(self.model, self.settings)
        extent_m = scene_extent(hair) if hair else 0.0
        self._learners = Learners(
            self.model.networks, self.bald_offset, self.tracked, extent_m, keeps_face=keeps_face
        )
        self._enter(first)

    def resume(self) -> bool:
        """Go on where the folder's last checkpoint stopped. False when there is none.

        Raises:
            WeightsError: it is damaged.
            RuntimeError, KeyError, ValueError: it is of another run.
        """
        found = load_checkpoint(self.folder)
        if found is None:
            return False
        self.state, tensors = found
        networks = self.model.networks
        resize(networks.canonical_gs, len(tensors["networks"]["canonical_gs._xyz"]))
        networks.load_state_dict(tensors["networks"])
        with torch.no_grad():
            self.bald_offset.copy_(tensors["bald_offset"])
        if self.tracked is not None:
            self.tracked.load_state_dict(tensors["tracked"])
        self._enter(Stage(self.state.stage), calibrate=False)
        self._optimizer.load_state_dict(tensors["optimizer"])
        expect_fitting_moments(self._optimizer)
        if self._densifier is not None:
            self._densifier.load_state(tensors["densifier"])
        return True

    def save(self) -> None:
        """Write a checkpoint."""
        tensors: dict[str, Any] = {
            "networks": self.model.networks.state_dict(),
            "bald_offset": self.bald_offset.detach(),
            "optimizer": self._optimizer.state_dict(),
        }
        if self.tracked is not None:
            tensors["tracked"] = self.tracked.state_dict()
        if self._densifier is not None:
            tensors["densifier"] = self._densifier.state()
        save_checkpoint(self.folder, self.state, tensors)

    def finished(self) -> MegaModel:
        """What was learnt, on the CPU and ready to evaluate; the run ends with it."""
        self._take_identity()
        self.model = self.model.to("cpu")
        self.model.networks.eval()
        return self.model

    def tracked_arrays(self) -> dict[str, AnyArray]:
        """The poses that were learnt, see `TrackedPoses.arrays`; none where a head has no FLAME."""
        if self.tracked is None or not isinstance(self.head, FlameHead):
            return {}
        return self.tracked.arrays()

    def run(self, report: Callable[[StepStatus], None]) -> None:
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
                self.save()
                keep_stage_end(self.folder, stage.value)
        finally:
            self.save()

    def _one_step(self, stage: Stage, report: Callable[[StepStatus], None]) -> None:
        started = time.perf_counter()
        self._set_rates(stage)
        self._optimizer.zero_grad(set_to_none=True)
        losses, finite = self._gradients(stage)
        if finite:
            self._optimizer.step()
            self._grow_hair(stage)
        self.state.step += 1
        self.state.seconds += time.perf_counter() - started
        if self.state.step % LOG_EVERY == 0:
            entry = {"stage": stage.value, "step": self.state.step, **losses}
            append_log(self.folder, entry)
        if self.state.step % self.settings.checkpoint_every == 0:
            self.save()
        done, planned = self.progress()
        report(StepStatus(stage.value, done, planned, losses, self.state.seconds))

    def _gradients(self, stage: Stage) -> tuple[dict[str, float], bool]:
        """Sum the gradients of one step's pictures; losses by term, and whether all are finite."""
        samples = self._samples(stage)
        batch = self._decoded(stage, samples)
        values: dict[str, list[float]] = {}
        finite = True
        for k, sample in enumerate(samples):
            if batch is not None:
                sample = replace(sample, maps=batch.of(k))
            terms, hair = self._terms(stage, sample)
            total = torch.stack(list(terms.values())).sum()
            for name, value in terms.items():
                values.setdefault(name, []).append(float(value.detach()))
            finite = finite and bool(torch.isfinite(total))
            if finite:
                (total / len(samples)).backward()
                if hair is not None and self._densifier is not None:
                    self._densifier.observe(hair.projected, sample.camera, len(samples))
        if finite and batch is not None:
            batch.backward()
        return {name: sum(each) / len(each) for name, each in values.items()}, finite

    def _decoded(self, stage: Stage, samples: list[Sample]) -> DecodedBatch | None:
        """One decoding of all pictures, where batch norm should see them together."""
        settings = self.settings
        if stage is Stage.HAIR or settings.frozen_statistics or settings.left_out:
            return None
        if len(samples) == 1:
            return None
        posed, cameras = [s.posed for s in samples], [s.camera for s in samples]
        return DecodedBatch(self.model.decoded(posed, cameras))

    def _grow_hair(self, stage: Stage) -> None:
        if self._densifier is None:
            return
        plan, step = self.settings.plans[stage], self.state.step
        seen = (plan.pictures * steps for steps in (step, step + 1, plan.steps))
        self._densifier.advance(
            self.model.networks.canonical_gs,
            self._optimizer,
            PicturesSeen(*seen),
            np.random.default_rng([self.settings.seed, _SPLITTING, step]),
            late_reset=self.settings.faults.late_reset,
        )

    def progress(self) -> tuple[int, int]:
        """Steps done and planned over all stages."""
        done = self.state.step
        for stage in self._stages():
            if stage.value == self.state.stage:
                break
            done += self.settings.plans[stage].steps
        return done, sum(self.settings.plans[stage].steps for stage in self._stages())

    def _terms(self, stage: Stage, sample: Sample) -> tuple[Terms, SplatImage | None]:
        """Losses of one picture, and in the hair stage the hair as it was drawn for it."""
        weights = self.settings.weights
        if stage is Stage.HAIR:
            reached = self.state.step // self.settings.sh_interval
            degree = min(reached, self.settings.sh_degree)
            hair = canonical_hair(self.model, sample.camera, degree)
            if self._densifier is not None:
                hair.projected.centres.retain_grad()
            return hair_terms(self.model, sample, hair, weights), hair
        if stage is Stage.HEAD:
            return head_terms(self.model, sample, self._tables, weights), None
        parts = Ablation(**dict.fromkeys(self.settings.left_out, False))
        terms = joint_terms(self.model, sample, weights, self._neighbours, self.bald_offset, parts)
        return terms, None

    def _samples(self, stage: Stage) -> list[Sample]:
        plan = self.settings.plans[stage]
        scale = 0.5 if self.state.step < plan.small_until * plan.steps else 1.0
        frames = self._frames.drawn(stage, self.state.step, plan.pictures)
        return [self.sample_of(frame, scale) for frame in frames]

    def sample_of(self, frame: CaptureFrame, scale: float) -> Sample:
        """A frame at a scale of its size, with its posed head."""
        width, height = (
            round(frame.camera.width_px * scale),
            round(frame.camera.height_px * scale),
        )
        return Sample(
            self._posed(frame),
            frame.camera.resized(width, height),
            self.capture.picture(frame, (width, height)),
            bald=not frame.has_hair,
        )

    def _posed(self, frame: CaptureFrame) -> PosedHead:
        if self.tracked is None or not self.tracked.knows(frame.parameters):
            return self.model.posed(frame.parameters)
        pose = self.tracked.tensors(frame.parameters)
        return self.model.posed_as(self.tracked.posed(pose), pose.expression, pose.joints)

    def _stages(self) -> list[Stage]:
        return self._frames.stages(self.settings.plans)

    def _remaining(self) -> Iterator[Stage]:
        stages = self._stages()
        yield from stages[[stage.value for stage in stages].index(self.state.stage) :]

    def _enter(self, stage: Stage, *, calibrate: bool = True) -> None:
        settings, networks = self.settings, self.model.networks
        if stage is Stage.HEAD and calibrate:
            self._start_face()
        networks.train(not settings.frozen_statistics and self.face is None)
        if stage is Stage.HEAD and settings.frozen_statistics and calibrate:
            measure_statistics(self.model, self._frames.of(Stage.HEAD))
        if stage is Stage.JOINT:
            self._take_identity()
            self._neighbours = _neighbours(networks.canonical_gs._xyz)
        self._groups = self._learners.groups(stage, settings)
        self._optimizer = self._learners.optimizer(self._groups)
        self._densifier = None
        if stage is Stage.HAIR and settings.densify is not None:
            extent_m = self._learners.extent_m
            self._densifier = Densifier.of(settings.densify, extent_m, networks.canonical_gs)

    def _take_identity(self) -> None:
        """Give the model's head the identity that was learnt."""
        if self.tracked is not None:
            self.model = replace(self.model, head=self.tracked.head_of(self.head))

    def _set_rates(self, stage: Stage) -> None:
        plan, step = self.settings.plans[stage], self.state.step
        factor = math.exp(math.log(plan.rate_end) * step / max(plan.steps, 1))
        for group, rated in zip(self._optimizer.param_groups, self._groups, strict=True):
            group["lr"] = rated.rate * factor * rated.decay(step)

    def _start_face(self) -> None:
        if self.settings.calm_start:
            painting = read_painting(self.capture.folder)
            start_calmly(self.model.networks, painting, self.settings.seed)


def _neighbours(points: Tensor) -> Tensor:
    """[N, K] the nearest other points of each of the points [N, 3]; none of a lone one."""
    places = points.detach().cpu().numpy()
    count = min(_NEIGHBOURS, len(places) - 1)
    if count < 1:
        return torch.zeros((len(places), 0), dtype=torch.int64, device=points.device)
    nearest = np.asarray(cKDTree(places).query(places, count + 1)[1], np.int64)
    return torch.from_numpy(nearest[:, 1:].copy()).to(points.device)
