"""What trainers have in common: who carries them out, and runs whose steps are all of one kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from avatar_core.training.bench_lock import giving_way
from avatar_core.training.run_state import RunState, append_log, resuming
from avatar_core.training.told_run import SomeTrainer, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG_EVERY = 10
"""Steps between lines of the log."""


def carry_out(
    trainer: SomeTrainer,
    report: Callable[[StepStatus], None],
    *,
    resume: bool,
    begun: Callable[[SomeTrainer], None] | None = None,
    anew: Callable[[], None] | None = None,
) -> None:
    """Begin a run or go on with it, and train to its last step.

    Args:
        trainer: of the run.
        report: called after every step, and twice a second while the next one waits for a bench;
            may raise `Cancelled`.
        resume: go on with the run that lies in the folder.
        begun: gets the trainer before its first step, for whoever shows what it has learnt.
        anew: called before that where there is no checkpoint to go on with.

    Raises:
        WeightsError: a checkpoint is damaged or of another run, or training diverged.
        Cancelled: by `report`; the run can be resumed.
    """
    is_resumed = False
    if resume:
        with resuming(trainer.folder):
            is_resumed = trainer.resume()
    if anew is not None and not is_resumed:
        anew()
    if begun is not None:
        begun(trainer)
    trainer.run(giving_way(report))


class StepSettings(Protocol):
    """What settings of a run of one stage say at least."""

    @property
    def steps(self) -> int:
        """In all."""

    @property
    def checkpoint_every(self) -> int:
        """Steps between checkpoints."""


Settings = TypeVar("Settings", bound=StepSettings)


class SteppedTrainer(ABC, Generic[Settings]):
    """A run of one stage: steps, and between them a log, checkpoints and reports.

    Args:
        stage: its name in log and checkpoint.
        settings: of the run.
        folder: gets checkpoints and the log; made when missing.
    """

    def __init__(self, stage: str, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.state = RunState(stage)
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def is_done(self) -> bool:
        return self.state.step >= self.settings.steps

    @abstractmethod
    def resume(self) -> bool:
        """Go on where the folder's checkpoint stands; whether there is one.

        Raises:
            WeightsError: it is damaged.
            RuntimeError, KeyError, ValueError: it is of another run.
        """

    @abstractmethod
    def save(self) -> None:
        """Write a checkpoint.

        Raises:
            WeightsError: a weight is not finite; the last checkpoint stands.
        """

    def progress(self) -> tuple[int, int]:
        """Steps done and planned."""
        return self.state.step, self.settings.steps

    def run(self, report: Callable[[StepStatus], None]) -> None:
        """Train to the last step.

        Args:
            report: called after every step; raising `Cancelled` there stops the run, which can be
                resumed at that step.
        """
        try:
            while not self.is_done:
                losses = self._one_step()
                step, total = self.progress()
                if step % LOG_EVERY == 0:
                    self._log(losses)
                if step % self.settings.checkpoint_every == 0:
                    self.save()
                    self._refresh()
                report(StepStatus(self.state.stage, step, total, losses, self.state.seconds))
        finally:
            self.save()

    @abstractmethod
    def _one_step(self) -> dict[str, float]:
        """Do a step and count it; its losses by name, weights included."""

    def _log(self, losses: dict[str, float]) -> None:
        append_log(self.folder, {"stage": self.state.stage, "step": self.state.step, **losses})

    def _refresh(self) -> None:
        """Look what has come to learn from since the last checkpoint; nothing, by default."""
