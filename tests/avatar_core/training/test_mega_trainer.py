"""The trainer on a tiny capture: it learns, resumes exactly, and never writes what is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.errors import AvatarError, Cancelled, WeightsError
from avatar_core.training.captures import open_capture
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.run_state import CHECKPOINT, LOG, stage_checkpoint
from avatar_core.training.settings import Stage, StagePlan, TrainerSettings, preset

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead
    from avatar_core.training.told_run import StepStatus

STEPS = {
    Stage.HAIR: StagePlan(6, small_until=0.5),
    Stage.HEAD: StagePlan(6),
    Stage.JOINT: StagePlan(6),
}


def tiny(**changes: object) -> TrainerSettings:
    settings = replace(preset("compact"), tex_size=16, gaussians=60, plans=STEPS)
    return replace(settings, checkpoint_every=2, **changes)  # type: ignore[arg-type]


def trainer(
    capture_folder: Path, head: BlendshapeHead, run: Path, **changes: object
) -> MegaTrainer:
    return MegaTrainer(open_capture(capture_folder), head, tiny(**changes), run)


class History:
    """Collects reports; stops the run after a number of steps."""

    def __init__(self, stop_after: int = 10**6) -> None:
        self.totals: list[float] = []
        self.colours: list[float] = []
        self.stages: list[Stage] = []
        self._stop_after = stop_after

    def __call__(self, status: StepStatus) -> None:
        self.totals.append(sum(status.losses.values()))
        self.colours.append(status.losses.get("rgb", 0.0))
        self.stages.append(status.stage)
        if len(self.totals) == self._stop_after:
            raise Cancelled


def test_all_stages_run_and_lower_their_losses(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    plans = {Stage.HEAD: StagePlan(150)}
    run = trainer(capture_folder, ball_head, tmp_path / "run", plans=plans)
    history = History()
    run.run(history)
    assert sum(history.colours[-12:]) < 0.7 * sum(history.colours[:12])
    everything = trainer(capture_folder, ball_head, tmp_path / "all")
    history = History()
    everything.run(history)
    assert history.stages == [Stage.HAIR] * 6 + [Stage.HEAD] * 6 + [Stage.JOINT] * 6


@pytest.mark.parametrize("stop_after", [3, 6, 11, 16])
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(
    stop_after: int, capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    whole, first, second = History(), History(stop_after), History()
    trainer(capture_folder, ball_head, tmp_path / "whole").run(whole)
    stopped = trainer(capture_folder, ball_head, tmp_path / "parts")
    with pytest.raises(Cancelled):
        stopped.run(first)
    resumed = trainer(capture_folder, ball_head, tmp_path / "parts")
    assert resumed.resume()
    resumed.run(second)
    assert first.totals + second.totals == pytest.approx(whole.totals, rel=1e-6)


def test_the_end_of_every_stage_is_kept_to_go_on_from(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    whole = History()
    trainer(capture_folder, ball_head, tmp_path / "whole").run(whole)
    again = tmp_path / "again"
    again.mkdir()
    (tmp_path / "whole" / stage_checkpoint("head")).rename(again / CHECKPOINT)
    joint = History()
    resumed = trainer(capture_folder, ball_head, again)
    assert resumed.resume()
    resumed.run(joint)
    assert joint.stages == [Stage.JOINT] * 6
    assert joint.totals == pytest.approx(whole.totals[-6:], rel=1e-4)


def test_a_new_folder_has_nothing_to_resume(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    assert not trainer(capture_folder, ball_head, tmp_path / "run").resume()


def test_damaged_checkpoints_are_refused(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(capture_folder, ball_head, tmp_path / "run")
    run.save()
    path = tmp_path / "run" / CHECKPOINT
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(WeightsError, match="cut off"):
        run.resume()


def test_values_that_are_not_finite_are_never_written(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(capture_folder, ball_head, tmp_path / "run")
    run.save()
    before = (tmp_path / "run" / CHECKPOINT).read_bytes()
    with torch.no_grad():
        run.model.networks.neural_texture.texture[0, 0, 0, 0] = torch.nan
    with pytest.raises(WeightsError, match="diverged"):
        run.save()
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == before


def test_the_log_lists_losses_by_name(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    plans = {Stage.JOINT: StagePlan(20)}
    trainer(capture_folder, ball_head, tmp_path / "run", plans=plans).run(History())
    entries = [json.loads(line) for line in (tmp_path / "run" / LOG).read_text().splitlines()]
    assert [entry["step"] for entry in entries] == [10, 20]
    assert {"stage", "step"} < entries[0].keys()


def test_captures_without_depth_or_labels_still_train(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    for kind in ("depth", "parsing"):
        for series in ("hair", "face", "full"):
            for path in (capture_folder / series / kind).iterdir():
                path.unlink()
    plans = {Stage.HEAD: StagePlan(3), Stage.JOINT: StagePlan(3)}
    history = History()
    trainer(capture_folder, ball_head, tmp_path / "run", plans=plans).run(history)
    assert len(history.totals) == 6


def test_unknown_presets_are_refused() -> None:
    with pytest.raises(AvatarError, match="no preset"):
        preset("fast")
