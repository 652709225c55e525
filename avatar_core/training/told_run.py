"""What runs that tell what they do have in common: pace, record, the wish to stop."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from avatar_core.errors import Cancelled
from avatar_core.training.run_events import FinishedTold, StepTold
from avatar_core.training.run_record import RunRecord, forget_logs, write_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.run_events import RunEvent
    from avatar_core.training.run_state import RunState

_PACE_S = 60.0
_LEAST_PACE_STEPS = 3


@dataclass(frozen=True, slots=True)
class StepStatus:
    """How far a run is, told after every step.

    Args:
        stage: that the step was one of.
        step: done, over all stages.
        total: planned, over all stages.
        losses: of the last step by name, weights included.
        seconds: spent on all steps so far.
    """

    stage: str
    step: int
    total: int
    losses: dict[str, float]
    seconds: float


class Trainer(Protocol):
    """One run in one folder."""

    folder: Path
    state: RunState

    def progress(self) -> tuple[int, int]:
        """Steps done and planned over all stages."""

    def resume(self) -> bool:
        """Go on where the folder's checkpoint stands; whether there is one."""

    def run(self, report: Callable[[StepStatus], None]) -> None:
        """Train to the last step; `report` is called after every one."""


SomeTrainer = TypeVar("SomeTrainer", bound=Trainer)


class ToldRun(Generic[SomeTrainer]):
    """What a trainer reports to; tells steps and keeps the record, each not too often.

    Args:
        record: of the run, as it begins.
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
        self._record = record
        self._folder = folder
        self._tell = tell
        self._clock = clock
        self._stopping = threading.Event()
        self._pace = Pace()
        self._told_s = self._recorded_s = -float("inf")

    def stop(self) -> None:
        """Ask the run to end after the present step, from any thread."""
        self._stopping.set()

    def begin(self, trainer: SomeTrainer) -> None:
        """Say in the record what the folder holds from now on.

        A run that begins anew drops the logs of one that came to no checkpoint.

        Raises:
            AssetError: the folder cannot be written to.
        """
        step, total = trainer.progress()
        if step == 0:
            forget_logs(self._folder)
        self._keep_progress(step, total, trainer.state.seconds)

    def report(self, status: StepStatus) -> None:
        """Tell a step, now and then a preview.

        Raises:
            Cancelled: `stop` was called.
            AssetError: the folder cannot be written to any more.
        """
        now_s = self._clock()
        is_stopping = self._stopping.is_set()
        must_tell = is_stopping or status.step == status.total
        self._pace.add(now_s, status.step)
        if must_tell or now_s - self._told_s >= self.tell_every_s:
            self._told_s = now_s
            self._tell(self._told(status))
        if must_tell or now_s - self._recorded_s >= self.record_every_s:
            self._recorded_s = now_s
            self._keep_progress(status.step, status.total, status.seconds)
        if is_stopping:
            raise Cancelled
        self._show(status)

    def finish(self, result: Path) -> None:
        """Tell and keep that the avatar or the model is written."""
        self._keep(replace(self._record, avatar=str(result)))
        self._tell(FinishedTold(str(result)))

    def _told(self, status: StepStatus) -> StepTold:
        """The event of a step, in a run of one stage."""
        step, total = status.step, status.total
        eta_s = self._pace.eta_s(total)
        return StepTold(
            status.stage, step, total, step, total, status.seconds, eta_s, status.losses
        )

    def _show(self, status: StepStatus) -> None:
        """Make a preview if it is time for one; there is nothing to see of a sound."""

    def _keep_progress(self, step: int, total: int, seconds: float) -> None:
        self._keep(replace(self._record, step=step, total=total, seconds=seconds))

    def _keep(self, record: RunRecord) -> None:
        self._record = record
        write_record(self._folder, record)


class Pace:
    """Steps of the last minute, and how long the rest takes at that pace."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque()

    def add(self, now_s: float, step: int) -> None:
        """A step was done."""
        self._steps.append((now_s, step))
        while len(self._steps) > _LEAST_PACE_STEPS and now_s - self._steps[0][0] > _PACE_S:
            self._steps.popleft()

    def eta_s(self, total: int) -> float | None:
        """Seconds until step `total`; None before a few steps are done."""
        if len(self._steps) < _LEAST_PACE_STEPS:
            return None
        (first_s, first), (last_s, last) = self._steps[0], self._steps[-1]
        return round((last_s - first_s) / max(last - first, 1) * (total - last), 1)
