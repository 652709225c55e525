"""A run that is watched: what it tells, what it keeps, how it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import Cancelled
from avatar_core.training.capture_head import read_capture_head
from avatar_core.training.captures import open_capture
from avatar_core.training.live_run import LiveRun
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.run_events import FinishedTold, PreviewTold, RunEvent, StepTold
from avatar_core.training.run_record import PREVIEW, RunRecord, holds_run, read_record
from avatar_core.training.settings import Stage, StagePlan, preset
from avatar_core.training.told_run import Pace

if TYPE_CHECKING:
    from pathlib import Path

RUN = RunRecord("/captures/ball", "Ball", "compact", 7)


@pytest.fixture
def trainer(capture_folder: Path, tmp_path: Path) -> MegaTrainer:
    plans = {stage: StagePlan(4) for stage in Stage}
    settings = replace(preset("compact"), tex_size=16, gaussians=60, plans=plans)
    capture = open_capture(capture_folder)
    return MegaTrainer(capture, read_capture_head(capture), settings, tmp_path / "run")


def steps_of(told: list[RunEvent]) -> list[StepTold]:
    return [event for event in told if isinstance(event, StepTold)]


def test_steps_previews_and_the_end_are_told_and_kept(trainer: MegaTrainer) -> None:
    told: list[RunEvent] = []
    clock = iter(range(10_000))
    live = LiveRun(RUN, trainer.folder, told.append, 2.0, lambda: float(next(clock)))
    live.begin(trainer)
    assert read_record(trainer.folder) == replace(RUN, step=0, total=12)
    trainer.run(live.report)
    steps = steps_of(told)
    assert [event.step for event in steps] == list(range(1, 13))
    assert [(event.stage, event.stage_step) for event in steps[4:6]] == [("head", 1), ("head", 2)]
    assert {event.stage_steps for event in steps} == {4}
    assert steps[0].eta_s is None
    assert steps[-1].eta_s == 0.0
    assert steps[2].losses
    previews = [event for event in told if isinstance(event, PreviewTold)]
    assert previews
    assert previews[0].path == str(trainer.folder / PREVIEW)
    live.finish(trainer.folder / "ball.avatar")
    assert told[-1] == FinishedTold(str(trainer.folder / "ball.avatar"))
    record = read_record(trainer.folder)
    assert record is not None
    assert (record.step, record.total) == (12, 12)
    assert record.avatar == str(trainer.folder / "ball.avatar")
    assert record.seconds > 0


def test_a_stop_ends_it_after_the_step_with_all_that_was_reached(trainer: MegaTrainer) -> None:
    told: list[RunEvent] = []
    live = LiveRun(RUN, trainer.folder, told.append, 0.0)
    live.begin(trainer)

    def report(status: object) -> None:
        if trainer.state.step == 3:
            live.stop()
        live.report(status)  # type: ignore[arg-type]

    with pytest.raises(Cancelled):
        trainer.run(report)
    assert steps_of(told)[-1].step == 3
    assert holds_run(trainer.folder)
    record = read_record(trainer.folder)
    assert record is not None
    assert record.step == 3
    assert trainer.resume()
    assert trainer.state.step == 3


def test_quick_steps_are_not_all_told(trainer: MegaTrainer) -> None:
    told: list[RunEvent] = []
    live = LiveRun(RUN, trainer.folder, told.append, 0.0, clock=lambda: 1.0)
    live.begin(trainer)
    trainer.run(live.report)
    assert [event.step for event in steps_of(told)] == [1, 12]


def test_the_pace_is_that_of_the_last_minute() -> None:
    pace = Pace()
    for step in range(100):
        pace.add(step * 1.0, step)
    for step in range(100, 400):
        pace.add(99 + (step - 99) * 3.0, step)
    assert pace.eta_s(500) == pytest.approx(101 * 3.0)
