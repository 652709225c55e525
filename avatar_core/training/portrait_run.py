"""A portrait run that tells what it does: progress, a record in its folder, an ear for "stop"."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from avatar_core.training.portrait_batch import batch_of, joined
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_sheets import pixels, write_sheet
from avatar_core.training.run_record import PREVIEW
from avatar_core.training.told_run import ToldRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.portrait_trainer import PortraitTrainer
    from avatar_core.training.run_events import RunEvent
    from avatar_core.training.run_record import RunRecord
    from avatar_core.training.told_run import StepStatus

_SHOWN_PEOPLE, _SHOWN_FRAMES = 3, 6


class PortraitRun(ToldRun["PortraitTrainer"]):
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
        super().__init__(record, folder, tell, clock)
        self._trainer: PortraitTrainer | None = None

    def begin(self, trainer: PortraitTrainer) -> None:
        """Take the trainer, where it is the one of several processes that leads."""
        if not trainer.processes.leads:
            return
        super().begin(trainer)
        self._trainer = trainer

    def _show(self, status: StepStatus) -> None:
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
