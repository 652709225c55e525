"""The published way of training on a tiny capture: batches, growing hair, poses that learn."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.errors import Cancelled, DeviceError
from avatar_core.heads.flame import FlameHead
from avatar_core.project.mega_options import OFFICIAL
from avatar_core.training.captures import open_capture
from avatar_core.training.densification import PicturesSeen
from avatar_core.training.hair_settings import DensifyPlan
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.settings import (
    ReleasedFaults,
    Stage,
    StagePlan,
    TrainerSettings,
    preset,
)

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead
    from avatar_core.training.told_run import StepStatus

GROWTH = DensifyPlan(start=3, every=6, gradient=1e-6, reset_every=8, large_after=10**6)
PLANS = {
    Stage.HAIR: StagePlan(8, pictures=2),
    Stage.HEAD: StagePlan(2, pictures=2),
    Stage.JOINT: StagePlan(2, pictures=2),
}


def tiny(**changes: object) -> TrainerSettings:
    settings = replace(
        preset("official"),
        tex_size=16,
        gaussians=60,
        plans=PLANS,
        densify=GROWTH,
        device="cpu",
        checkpoint_every=2,
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


def trainer(
    capture_folder: Path, head: BlendshapeHead, run: Path, **changes: object
) -> MegaTrainer:
    return MegaTrainer(open_capture(capture_folder), head, tiny(**changes), run)


class History:
    """Collects totals and how many Gaussians there are; stops the run after a number of steps."""

    def __init__(self, run: MegaTrainer, stop_after: int = 10**6) -> None:
        self.totals: list[float] = []
        self.counts: list[int] = []
        self._run = run
        self._stop_after = stop_after

    def __call__(self, status: StepStatus) -> None:
        self.totals.append(sum(status.losses.values()))
        self.counts.append(len(self._run.model.networks.canonical_gs._xyz))
        if len(self.totals) == self._stop_after:
            raise Cancelled


def test_hair_grows_in_its_stage_alone(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    """Two pictures a step: rounds after 6 and 12 pictures, in steps 3 and 6."""
    run = trainer(capture_folder, ball_head, tmp_path / "run")
    history = History(run)
    run.run(history)
    changes = np.flatnonzero(np.diff([60, *history.counts])) + 1
    assert changes.tolist() == [3, 6]
    assert history.counts[-1] > 60
    assert all(math.isfinite(total) for total in history.totals)


@pytest.mark.parametrize("stop_after", [3, 4, 9, 11])
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(
    stop_after: int, capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    """Before and after a round, at a reset, while poses learn."""
    whole = trainer(capture_folder, ball_head, tmp_path / "whole")
    expected = History(whole)
    whole.run(expected)
    stopped = trainer(capture_folder, ball_head, tmp_path / "parts")
    first = History(stopped, stop_after)
    with pytest.raises(Cancelled):
        stopped.run(first)
    resumed = trainer(capture_folder, ball_head, tmp_path / "parts")
    assert resumed.resume()
    second = History(resumed)
    resumed.run(second)
    assert first.counts + second.counts == expected.counts
    assert first.totals + second.totals == pytest.approx(expected.totals, rel=1e-6)
    ours, theirs = resumed.model.networks.state_dict(), whole.model.networks.state_dict()
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, msg=name)


def test_gradients_of_a_batch_are_the_mean_of_its_pictures(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    """With statistics that do not depend on the batch; decoded together or one by one."""
    run = trainer(
        capture_folder, ball_head, tmp_path / "run", plans={Stage.HEAD: PLANS[Stage.HEAD]}
    )
    run.model.networks.eval()
    texture = run.model.networks.neural_texture.texture
    weight = run.model.networks.dynamic_texture.z_fc[0].weight
    displacement = run.model.networks.disp_decoder.z_fc[0].weight
    assert run.tracked is not None
    learners = (texture, weight, displacement, run.tracked.expression)
    run._gradients(Stage.HEAD)
    together = [parameter.grad.clone() for parameter in learners if parameter.grad is not None]
    sums = [torch.zeros_like(parameter) for parameter in learners]
    for sample in run._samples(Stage.HEAD):
        run._optimizer.zero_grad()
        torch.stack(list(run._terms(Stage.HEAD, sample)[0].values())).sum().backward()
        for total, parameter in zip(sums, learners, strict=True):
            assert parameter.grad is not None
            total += parameter.grad / PLANS[Stage.HEAD].pictures
    for mean, gradient in zip(sums, together, strict=True):
        torch.testing.assert_close(gradient, mean, rtol=1e-4, atol=1e-7)


def test_batch_norm_sees_all_pictures_of_a_step(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(
        capture_folder, ball_head, tmp_path / "run", plans={Stage.HEAD: PLANS[Stage.HEAD]}
    )
    norm = run.model.networks.view_texture.upsample[0].conv1.bn  # type: ignore[union-attr]
    run._gradients(Stage.HEAD)
    assert int(norm.num_batches_tracked) == 1  # type: ignore[union-attr,arg-type]


def test_pictures_of_a_step_differ(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(capture_folder, ball_head, tmp_path / "run")
    for step in range(5):
        drawn = run._frames.drawn(Stage.HEAD, step, 6)
        assert len({frame.name for frame in drawn}) == 6
    assert len(run._frames.drawn(Stage.HAIR, 0, 7)) == 7  # of three


def test_the_joint_stage_freezes_gaussians_geometry_and_poses(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(capture_folder, ball_head, tmp_path / "run", plans={Stage.JOINT: StagePlan(3)})
    before = {n: v.clone() for n, v in run.model.networks.state_dict().items()}
    assert run.tracked is not None
    poses = {n: v.clone() for n, v in run.tracked.state_dict().items()}
    run.run(lambda _status: None)
    changed = {
        name.split(".")[0]
        for name, value in run.model.networks.named_parameters()
        if not torch.equal(value, before[name])
    }
    assert changed == {
        "neural_texture", "dynamic_texture", "view_texture", "pe", "head_mlp", "deform_mlp",
    }  # fmt: skip
    for name, value in run.tracked.state_dict().items():
        assert torch.equal(value, poses[name]), name


def test_faults_of_the_released_trainer_can_be_repeated(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    faults = ReleasedFaults(gaussians_in_joint=True, turns_in_joint=True)
    plans = {Stage.JOINT: StagePlan(3)}
    run = trainer(capture_folder, ball_head, tmp_path / "run", plans=plans, faults=faults)
    before = run.model.networks.canonical_gs._xyz.detach().clone()
    assert run.tracked is not None
    turns, rotation = run.tracked.turns.detach().clone(), run.tracked.rotation.detach().clone()
    run.run(lambda _status: None)
    assert not torch.equal(run.model.networks.canonical_gs._xyz, before)
    assert not torch.equal(run.tracked.turns, turns)
    assert torch.equal(run.tracked.rotation, rotation)


def test_the_last_reset_needs_time_to_recover_unless_the_fault_is_repeated(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    """The published counts: resets at steps 375, 750, ... of 6002; the last would be 6000."""
    for late, expected in ((False, 15), (True, 16)):
        faults = ReleasedFaults(late_reset=late)
        run = trainer(capture_folder, ball_head, tmp_path / str(late), faults=faults)
        plan, resets = DensifyPlan(), 0
        assert run._densifier is not None
        run._densifier.plan = replace(plan, until=0)
        for step in range(6002):
            with torch.no_grad():
                run.model.networks.canonical_gs._opacity.fill_(1.0)
            seen = PicturesSeen(8 * step, 8 * step + 8, 8 * 6002)
            run._densifier.advance(
                run.model.networks.canonical_gs,
                run._optimizer,
                seen,
                np.random.default_rng(0),
                late_reset=late,
            )
            resets += int(run.model.networks.canonical_gs._opacity[0, 0] < 0)
        assert resets == expected


def test_rates_are_the_published_ones(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    """The cameras stand half a metre away: 0.5 rad to the left, in front, to the right."""
    middle = (2 * math.cos(0.5) + 1) / 3
    extent = 1.1 * 0.5 * math.hypot(math.sin(0.5), math.cos(0.5) - middle)
    run = trainer(capture_folder, ball_head, tmp_path / "run")
    rates = {
        name: group["lr"]
        for (name, _), group in zip(
            run.model.networks.canonical_gs.named_parameters(),
            run._optimizer.param_groups,
            strict=True,
        )
    }
    assert rates == {
        "_xyz": pytest.approx(1.6e-4 * extent),
        "_features_dc": 2.5e-3,
        "_features_rest": 1.25e-4,
        "_scaling": 5e-3,
        "_rotation": 1e-3,
        "_opacity": 0.05,
    }
    run.state.step = 15_000
    run._set_rates(Stage.HAIR)
    assert run._optimizer.param_groups[0]["lr"] == pytest.approx(1.6e-5 * extent)
    run._enter(Stage.HEAD)
    assert [group["lr"] for group in run._optimizer.param_groups] == [
        1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-5, 1e-5, 1e-6,
    ]  # fmt: skip


def test_settings_of_the_official_preset() -> None:
    settings = preset("official")
    assert {stage: plan.pictures for stage, plan in settings.plans.items()} == {
        Stage.HAIR: 8,
        Stage.HEAD: 16,
        Stage.JOINT: 16,
    }
    assert settings.faults == ReleasedFaults(False, False, False)
    assert settings.weights.scalp_colour == 0


def test_avatars_for_the_released_code_are_drawn_as_it_draws_them(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(capture_folder, ball_head, tmp_path / "run", released_options=True)
    assert run.model.options == replace(OFFICIAL, pose_conditioned=False)


def test_unknown_devices_are_refused(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    with pytest.raises(DeviceError, match="tpu"):
        trainer(capture_folder, ball_head, tmp_path / "run", device="tpu")
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="CUDA"):
            trainer(capture_folder, ball_head, tmp_path / "run", device="cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("stage", list(Stage))
def test_cuda_learns_what_the_cpu_learns(
    stage: Stage,
    capture_folder: Path,
    ball_head: BlendshapeHead,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One step of each stage: the same losses, and gradients up to rounding."""
    # Convolutions in TF32 differ in the third digit, which the sine layers enlarge.
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    runs = {}
    for device in ("cpu", "cuda"):
        plans = {stage: replace(PLANS[stage], steps=1)}
        run = trainer(
            capture_folder, ball_head, tmp_path / device, device=device, plans=plans, densify=None
        )
        losses, finite = run._gradients(stage)
        assert finite
        gradients = {
            name: value.grad.cpu()
            for name, value in run.model.networks.named_parameters()
            if value.grad is not None
        }
        runs[device] = (losses, gradients)
        assert run.model.networks.neural_texture.texture.device.type == device
    assert runs["cuda"][0] == pytest.approx(runs["cpu"][0], rel=1e-3, abs=1e-5)
    assert runs["cuda"][1].keys() == runs["cpu"][1].keys()
    for name, gradient in runs["cpu"][1].items():
        difference = (runs["cuda"][1][name] - gradient).norm()
        assert difference <= 2e-2 * gradient.norm() + 1e-6, name


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_run_on_cuda_grows_resumes_and_comes_back_to_the_cpu(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(capture_folder, ball_head, tmp_path / "run", device="cuda")
    with pytest.raises(Cancelled):
        run.run(History(run, 6))
    resumed = trainer(capture_folder, ball_head, tmp_path / "run", device="cuda")
    assert resumed.resume()
    history = History(resumed)
    resumed.run(history)
    assert all(math.isfinite(total) for total in history.totals)
    assert resumed.finished().device.type == "cpu"
    assert isinstance(resumed.head, FlameHead) or resumed.tracked_arrays() == {}
