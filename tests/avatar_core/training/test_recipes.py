"""From a capture to an avatar file and its scores, through the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core import cli
from avatar_core.errors import AssetError, Cancelled
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega.assets import model_of
from avatar_core.project import FaceKind
from avatar_core.training import bench_lock, recipes, settings
from avatar_core.training.settings import Stage, StagePlan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.told_run import StepStatus

PLANS = {stage: StagePlan(2) for stage in Stage}


@pytest.fixture
def trained(capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An avatar made by the command, with a preset that takes a moment."""
    compact = replace(settings.preset("compact"), tex_size=16, gaussians=60, plans=PLANS)
    monkeypatch.setattr(settings, "preset", lambda name, seed: replace(compact, seed=seed))
    (capture_folder / "transforms_full.json").rename(capture_folder / "transforms_test.json")
    arguments = [str(capture_folder), "--out", str(tmp_path / "run"), "--seed", "3"]
    arguments += ["--licence", "CC0-1.0"]
    assert cli.main(["train-mega", *arguments, "--threads", "1"]) == 0
    return tmp_path / "run" / "ball.avatar"


def test_the_avatar_knows_how_it_was_made(trained: Path) -> None:
    asset = load_avatar(trained)
    assert asset.face.kind is FaceKind.NEURAL
    assert (asset.name, len(asset.hair)) == ("Ball", 60)
    assert asset.provenance["seed"] == 3
    assert asset.provenance["command"].startswith("main.py train-mega ball --out run")
    assert asset.provenance["command"].endswith("--licence CC0-1.0")
    assert asset.provenance["licence"] == "CC0-1.0"
    assert asset.provenance["scores"]["series"]["test"]["frames"] == 6
    assert asset.face.texture.shape == (16, 16, 3)


def test_the_file_gives_the_model_back(trained: Path, capture_folder: Path) -> None:
    model = model_of(load_avatar(trained))
    capture = recipes.open_capture(capture_folder)
    scores = recipes.evaluate_series(model, capture, ("test",))
    stored = load_avatar(trained).provenance["scores"]
    assert scores["psnr_masked_db"] == pytest.approx(stored["psnr_masked_db"], abs=0.05)


def test_evaluate_prints_scores_and_writes_a_sheet(
    trained: Path, capture_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    sheet = tmp_path / "sheet.png"
    arguments = [str(trained), str(capture_folder), "--sheet", str(sheet), "--json"]
    assert cli.main(["evaluate", *arguments, "--threads", "1"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert {"psnr_masked_db", "ssim", "flip", "flip_masked", "series"} <= scores.keys()
    assert scores["series"]["test"].keys() == (scores.keys() - {"series", "samples"}) | {"frames"}
    assert np.fromfile(sheet, np.uint8)[:4].tobytes() == b"\x89PNG"


def test_evaluate_says_what_does_not_fit(
    trained: Path, capture_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", str(trained), str(capture_folder), "--series", "none"]) == 2
    assert "has no series" in capsys.readouterr().err


def test_training_waits_for_a_bench_and_can_be_cancelled_meanwhile(
    capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "bench.lock"
    monkeypatch.setattr(bench_lock, "lock_path", lambda: lock)
    monkeypatch.setattr(bench_lock, "_BENCH_POLL_S", 0.001)
    compact = replace(settings.preset("compact", 0), tex_size=16, gaussians=60, plans=PLANS)
    steps: list[int] = []
    more: list[int] = []
    job = recipes.TrainingJob(capture_folder, tmp_path / "run", compact)
    with bench_lock.bench_lock(lock), pytest.raises(Cancelled):
        recipes.train_avatar(job, report_to(steps, 7))
    assert steps == [steps[0]] * 7
    with pytest.raises(Cancelled):
        recipes.train_avatar(job, report_to(more, 2), resume=True)
    assert more == [steps[0] + 1, steps[0] + 2]


def report_to(steps: list[int], last: int) -> Callable[[StepStatus], None]:
    """Notes the steps and cancels after so many."""

    def report(status: StepStatus) -> None:
        steps.append(status.step)
        if len(steps) == last:
            raise Cancelled

    return report


def test_a_run_is_not_overwritten(trained: Path, capture_folder: Path) -> None:
    job = recipes.TrainingJob(capture_folder, trained.parent, settings.preset("compact", 3))
    with pytest.raises(AssetError, match="already holds a run"):
        recipes.train_avatar(job, lambda status: None)
