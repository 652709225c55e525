"""A portrait run that tells what it does: progress, a record in its folder, an ear for "stop"."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from avatar_core.errors import Cancelled
from avatar_core.training.live_run import Pace
from avatar_core.training.portrait_batch import batch_of, joined
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_sheets import pixels, write_sheet
from avatar_core.training.portrait_trainer import STAGE
from avatar_core.training.run_events import FinishedTold, StepTold
from avatar_core.training.run_record import PREVIEW, forget_logs, write_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.portrait_trainer import PortraitStatus, PortraitTrainer
    from avatar_core.training.run_events import RunEvent
    from avatar_core.training.run_record import RunRecord

_TELL_EVERY_S = 0.5
_RECORD_EVERY_S = 30.0
_SHOWN_PEOPLE, _SHOWN_FRAMES = 3, 6


class PortraitRun:
    """What `train_portrait` reports to.

    Args:
        record: of the run, as it begins; its `capture` is the folder of people.
        folder: of the run.
        tell: gets every event.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        record: RunRecord,
        folder: Path,
        tell: Callable[[RunEvent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._record = record
        self._folder = folder
        self._tell = tell
        self._clock = clock
        self._stopping = threading.Event()
        self._pace = Pace()
        self._told_s = self._recorded_s = -float("inf")
        self._trainer: PortraitTrainer | None = None

    def stop(self) -> None:
        """Ask the run to end after the present step, from any thread."""
        self._stopping.set()

    def begin(self, trainer: PortraitTrainer) -> None:
        """Take the trainer; a run that begins anew drops the logs of one before it.

        Raises:
            AssetError: the folder cannot be written to.
        """
        if not trainer.processes.leads:
            return
        self._trainer = trainer
        step = trainer.state.step
        if step == 0:
            forget_logs(self._folder)
        self._keep(step, trainer.settings.steps, trainer.state.seconds)

    def report(self, status: PortraitStatus) -> None:
        """Tell a step, now and then write `preview.png`: persons never trained on.

        Raises:
            Cancelled: `stop` was called.
            AssetError: the folder cannot be written to any more.
        """
        now_s = self._clock()
        is_stopping = self._stopping.is_set()
        must_tell = is_stopping or status.step == status.total
        self._pace.add(now_s, status.step)
        if must_tell or now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            self._tell(self._told(status))
        if must_tell or now_s - self._recorded_s >= _RECORD_EVERY_S:
            self._recorded_s = now_s
            self._keep(status.step, status.total, status.seconds)
        if is_stopping:
            raise Cancelled
        trainer = self._trainer
        if trainer is not None and status.step % trainer.settings.preview_every == 0:
            write_preview(trainer, self._folder / PREVIEW)

    def finish(self, model: Path) -> None:
        """Tell and keep that the model is written."""
        self._record = replace(self._record, avatar=str(model))
        write_record(self._folder, self._record)
        self._tell(FinishedTold(str(model)))

    def _told(self, status: PortraitStatus) -> StepTold:
        step, total = status.step, status.total
        eta_s = self._pace.eta_s(total)
        return StepTold(STAGE, step, total, step, total, status.seconds, eta_s, status.losses)

    def _keep(self, step: int, total: int, seconds: float) -> None:
        self._record = replace(self._record, step=step, total=total, seconds=seconds)
        write_record(self._folder, self._record)


def write_preview(trainer: PortraitTrainer, path: Path) -> None:
    """A sheet of held-out persons: what should be seen, and below it what is drawn.

    The first column holds the sources. Where nobody is held out yet, persons of the training set.
    """
    held = People(trainer.people.folder, "val", trainer.settings.config.image_size)
    people = held if len(held) else trainer.people
    parts = []
    for name in people.names[:_SHOWN_PEOPLE]:
        person = people.person(name)
        frames = [k * (len(person) - 1) // _SHOWN_FRAMES for k in range(_SHOWN_FRAMES)]
        parts.append(batch_of(person, frames))
    batch = joined(parts).to(trainer.device)
    drawn = trainer.drawn(batch).drawn.unflatten(0, (batch.people, batch.drivers))
    rows = []
    for wanted, made in zip(batch.targets, drawn, strict=True):
        rows += [pixels(wanted), pixels(torch.cat([wanted[:1], made]))]
    write_sheet(path, rows)
