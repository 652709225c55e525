"""A run that tells what it does: progress, previews, a record in its folder, an ear for "stop"."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from avatar_core.errors import Cancelled
from avatar_core.training.preview import Previews
from avatar_core.training.run_events import FinishedTold, PreviewTold, StepTold
from avatar_core.training.run_record import PREVIEW, RunRecord, forget_logs, write_record
from avatar_core.training.settings import Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.mega_trainer import MegaTrainer, TrainerStatus
    from avatar_core.training.run_events import RunEvent

STOP = "stop"
"""The line that asks a listening run to end."""

_TELL_EVERY_S = 0.1
_RECORD_EVERY_S = 10.0
_PACE_S = 60.0
_LEAST_PACE_STEPS = 3


class LiveRun:
    """What `train_avatar` reports to, for a program that watches the run.

    Args:
        record: of the run, as it begins.
        folder: of the run.
        tell: gets every event.
        preview_every_s: least seconds between two previews; 0 for none.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        record: RunRecord,
        folder: Path,
        tell: Callable[[RunEvent], None],
        preview_every_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._record = record
        self._folder = folder
        self._tell = tell
        self._preview_every_s = preview_every_s
        self._clock = clock
        self._stopping = threading.Event()
        self._pace = Pace()
        self._told_s = self._recorded_s = -float("inf")
        self._trainer: MegaTrainer | None = None
        self._previews: Previews | None = None

    def stop(self) -> None:
        """Ask the run to end after the present step, from any thread."""
        self._stopping.set()

    def begin(self, trainer: MegaTrainer) -> None:
        """Take the trainer; the record says from now on what the folder holds.

        A run that begins anew drops the logs of one that came to no checkpoint.

        Raises:
            AssetError: the folder cannot be written to.
        """
        self._trainer = trainer
        step, total = trainer.progress()
        if step == 0:
            forget_logs(self._folder)
        self._keep(replace(self._record, step=step, total=total, seconds=trainer.state.seconds))
        if self._preview_every_s > 0:
            every_s = self._preview_every_s
            self._previews = Previews(trainer.capture, self._folder, every_s, self._clock)

    def report(self, status: TrainerStatus) -> None:
        """Tell a step, now and then a preview.

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
            self._keep(
                replace(self._record, step=status.step, total=status.total, seconds=status.seconds)
            )
        if is_stopping:
            raise Cancelled
        self._show(status)

    def finish(self, avatar: Path) -> None:
        """Tell and keep that the avatar is written."""
        self._keep(replace(self._record, avatar=str(avatar)))
        self._tell(FinishedTold(str(avatar)))

    def _told(self, status: TrainerStatus) -> StepTold:
        trainer = self._trainer
        planned = 0 if trainer is None else trainer.settings.plans[Stage(status.stage)].steps
        done = status.step if trainer is None else trainer.state.step
        return StepTold(
            status.stage.value,
            done,
            planned,
            status.step,
            status.total,
            status.seconds,
            self._pace.eta_s(status.total),
            status.losses,
        )

    def _show(self, status: TrainerStatus) -> None:
        if self._previews is None or self._trainer is None:
            return
        model = self._trainer.model
        note = self._previews.make_when_due(
            model, status.stage.value, status.step, is_last=status.step == status.total
        )
        if note is not None:
            self._tell(PreviewTold(str(self._folder / PREVIEW), note))

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


def listen(stream: TextIO, stop: Callable[[], None]) -> threading.Thread:
    """Call `stop` once the stream says "stop" or ends, as it does when its writer is gone."""

    def read() -> None:
        for line in stream:
            if line.strip() == STOP:
                break
        stop()

    thread = threading.Thread(target=read, name="ear", daemon=True)
    thread.start()
    return thread
