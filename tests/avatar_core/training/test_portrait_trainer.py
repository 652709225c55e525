from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.errors import AssetError, Cancelled, WeightsError
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_presets import Part, preset
from avatar_core.training.portrait_steps import StepPlan
from avatar_core.training.portrait_trainer import PortraitTrainer, rate_at
from tests.avatar_core.training.portrait_tiny import tiny_settings
from tests.avatar_core.training.toy_people import write_people

if TYPE_CHECKING:
    from avatar_core.training.told_run import StepStatus

STEPS = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people(tmp_path_factory.mktemp("people") / "eggs")


def trainer(folder: Path, out: Path, steps: int = STEPS) -> PortraitTrainer:
    settings = tiny_settings(steps)
    return PortraitTrainer(People(folder, "train", 32), settings, out)


def ignore(_status: StepStatus) -> None:
    pass


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_a_stopped_run_goes_on_as_if_nothing_had_been(folder: Path, tmp_path: Path) -> None:
    whole = trainer(folder, tmp_path / "whole")
    whole.run(ignore)

    def stop_at_2(status: StepStatus) -> None:
        if status.step == 2:
            raise Cancelled

    first = trainer(folder, tmp_path / "parts")
    with pytest.raises(Cancelled):
        first.run(stop_at_2)
    second = trainer(folder, tmp_path / "parts")
    assert second.resume()
    assert second.state.step == 2
    second.run(ignore)
    assert second.is_done
    assert same(second.networks.state_dict(), whole.networks.state_dict())
    assert same(second.average.values, whole.average.values)


def test_nothing_to_resume_is_told(folder: Path, tmp_path: Path) -> None:
    assert not trainer(folder, tmp_path).resume()


def test_learning_makes_the_pictures_better(folder: Path, tmp_path: Path) -> None:
    told: list[dict[str, float]] = []
    trainer(folder, tmp_path, steps=24).run(lambda status: told.append(status.losses))
    first, last = ([step["picture"] for step in part] for part in (told[:3], told[-3:]))
    assert sum(last) < 0.9 * sum(first)


def test_every_step_is_finite_and_logged(folder: Path, tmp_path: Path) -> None:
    trainer(folder, tmp_path, steps=20).run(ignore)
    lines = (tmp_path / "losses.jsonl").read_text().splitlines()
    assert len(lines) == 2
    entry = json.loads(lines[0])
    assert entry["step"] == 10
    assert {"picture", "pose", "motion", "warp_to", "warp_from"} <= entry.keys()


def test_a_step_that_is_not_finite_changes_no_weight(folder: Path, tmp_path: Path) -> None:
    run = trainer(folder, tmp_path)
    for name in run.people.names:
        run.people.person(name).weights[:] = float("nan")
    before = {k: v.clone() for k, v in run.networks.named_parameters()}
    run._one_step()
    assert same(dict(run.networks.named_parameters()), before)
    assert run.state.step == 1


def test_a_checkpoint_of_other_sizes_is_refused(folder: Path, tmp_path: Path) -> None:
    trainer(folder, tmp_path).save()
    settings = tiny_settings(STEPS)
    other = replace(settings, config=replace(settings.config, expression_size=8))
    run = PortraitTrainer(People(folder, "train", 32), other, tmp_path)
    with pytest.raises(RuntimeError):
        run.resume()


def test_weights_that_are_not_finite_are_not_saved(folder: Path, tmp_path: Path) -> None:
    run = trainer(folder, tmp_path)
    run.save()
    with torch.no_grad():
        run.networks.motion_of_latent.bias.fill_(float("nan"))
    with pytest.raises(WeightsError, match="diverged"):
        run.save()
    assert trainer(folder, tmp_path).resume()


def test_an_empty_set_is_said_in_words(folder: Path, tmp_path: Path) -> None:
    run = PortraitTrainer(People(folder, "val", 32), tiny_settings(STEPS), tmp_path)
    with pytest.raises(AssetError, match="no people"):
        run.batch(0)


def test_the_rate_rises_and_falls() -> None:
    settings = replace(preset("compact"), steps=1000, warm_up=100)
    assert rate_at(0, settings) == pytest.approx(settings.rate / 100, rel=1e-3)
    assert rate_at(99, settings) > 0.95 * settings.rate
    assert rate_at(1000, settings) == pytest.approx(settings.rate_end)


def test_the_plan_follows_the_shares_of_the_run() -> None:
    settings = replace(preset("compact"), steps=1000)
    start, end = StepPlan.at(0, settings), StepPlan.at(999, settings)
    assert start.true_poses
    assert start.asks_warps
    assert not start.mixed
    assert not end.true_poses
    assert not end.asks_warps
    mixed = [StepPlan.at(step, settings).mixed for step in range(900, 980)]
    assert sum(mixed) == 80 // settings.mixed_every
    first = round(settings.detail_from * 1000)
    detail = [StepPlan.at(step, settings).detail for step in (0, first - 1, first)]
    assert detail == [False, False, True]
    assert start.part is end.part is Part.ALL


@pytest.mark.slow
def test_two_processes_hold_the_same_weights(folder: Path, tmp_path: Path) -> None:
    script = Path(__file__).with_name("portrait_process.py")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(
            [sys.executable, str(script), str(folder), str(tmp_path)],
            env={**base, "MASTER_PORT": str(port), "RANK": str(rank), "LOCAL_RANK": str(rank)},
            cwd=Path(__file__).parents[3],
        )
        for rank in range(2)
    ]
    assert [process.wait(150) for process in running] == [0, 0]
    first, second = (
        torch.load(tmp_path / f"rank{rank}.pth", weights_only=True) for rank in range(2)
    )
    assert same(first["networks"], second["networks"])
    assert first["people"] != second["people"]
    alone = trainer(folder, tmp_path / "alone")
    alone.run(ignore)
    assert not same(first["networks"], alone.networks.state_dict())
