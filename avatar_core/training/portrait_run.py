"""A portrait run that tells what it does: progress, a record in its folder, an ear for "stop"."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from avatar_core.training.portrait_batch import batch_of, joined
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_sheets import pixels, write_sheet
from avatar_core.training.portrait_trainer import STAGE
from avatar_core.training.run_events import StepTold
from avatar_core.training.run_record import PREVIEW
from avatar_core.training.told_run import ToldRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.portrait_trainer import PortraitStatus, PortraitTrainer
    from avatar_core.training.run_events import RunEvent
    from avatar_core.training.run_record import RunRecord

_SHOWN_PEOPLE, _SHOWN_FRAMES = 3, 6


class PortraitRun(ToldRun["PortraitStatus"]):
    """What `train_portrait` reports to.

    Args:
        record: of the run, as it begins; its `capture` is the folder of people.
        folder: of the run.
        tell: gets every event.
        clock: seconds that only grow.
    """

    tell_every_s = 0.5
    record_every_s = 30.0

    def __init__(
        self,
        record: RunRecord,
        folder: Path,
        tell: Callable[[RunEvent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(record, folder, tell, clock)
        self._trainer: PortraitTrainer | None = None

    def begin(self, trainer: PortraitTrainer) -> None:
        """Take the trainer; a run that begins anew drops the logs of one before it.

        Raises:
            AssetError: the folder cannot be written to.
        """
        if not trainer.processes.leads:
            return
        self._trainer = trainer
        self._begin(trainer.state.step, trainer.settings.steps, trainer.state.seconds)

    def _told(self, status: PortraitStatus) -> StepTold:
        step, total = status.step, status.total
        eta_s = self._pace.eta_s(total)
        return StepTold(STAGE, step, total, step, total, status.seconds, eta_s, status.losses)

    def _show(self, status: PortraitStatus) -> None:
        """Write `preview.png`, persons never trained on, where it is time for it."""
        trainer = self._trainer
        if trainer is not None and status.step % trainer.settings.preview_every == 0:
            write_preview(trainer, self._folder / PREVIEW)


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
