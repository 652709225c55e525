"""A run that tells what it does: progress, previews, a record in its folder, an ear for "stop"."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from avatar_core.training.preview import Previews
from avatar_core.training.run_events import PreviewTold, StepTold
from avatar_core.training.run_record import PREVIEW
from avatar_core.training.settings import Stage
from avatar_core.training.told_run import ToldRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.mega_trainer import MegaTrainer
    from avatar_core.training.run_events import RunEvent
    from avatar_core.training.run_record import RunRecord
    from avatar_core.training.told_run import StepStatus


class LiveRun(ToldRun["MegaTrainer"]):
    """What `train_avatar` reports to, for a program that watches the run.

    Args:
        record: of the run, as it begins.
        folder: of the run.
        tell: gets every event.
        preview_every_s: least seconds between two previews; 0 for none.
        clock: seconds that only grow.
    """

    tell_every_s = 0.1
    record_every_s = 10.0

    def __init__(
        self,
        record: RunRecord,
        folder: Path,
        tell: Callable[[RunEvent], None],
        preview_every_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(record, folder, tell, clock)
        self._preview_every_s = preview_every_s
        self._trainer: MegaTrainer | None = None
        self._previews: Previews | None = None

    def begin(self, trainer: MegaTrainer) -> None:
        """Take the trainer, for previews of what it has learnt; see `ToldRun.begin`."""
        super().begin(trainer)
        self._trainer = trainer
        if self._preview_every_s > 0:
            every_s = self._preview_every_s
            self._previews = Previews(trainer.capture, self._folder, every_s, self._clock)

    def _told(self, status: StepStatus) -> StepTold:
        trainer = self._trainer
        planned = 0 if trainer is None else trainer.settings.plans[Stage(status.stage)].steps
        done = status.step if trainer is None else trainer.state.step
        return StepTold(
            status.stage,
            done,
            planned,
            status.step,
            status.total,
            status.seconds,
            self._pace.eta_s(status.total),
            status.losses,
        )

    def _show(self, status: StepStatus) -> None:
        if self._previews is None or self._trainer is None:
            return
        model = self._trainer.model
        note = self._previews.make_when_due(
            model, status.stage, status.step, is_last=status.step == status.total
        )
        if note is not None:
            self._tell(PreviewTold(str(self._folder / PREVIEW), note))
