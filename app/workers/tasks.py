"""TaskRunner: single jobs in the background, each with progress and one result or one error."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.workers.latest import Latest
from app.workers.loop import as_avatar_error
from avatar_core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable


class TaskContext:
    """What a job sees of its surroundings."""

    def __init__(self, progressed: Callable[[], None]) -> None:
        self._cancelled = threading.Event()
        self._progressed = progressed
        self._is_announced = False
        self._progress: Latest[tuple[float, str]] = Latest()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def step(self, fraction: float, text: str = "") -> None:
        """Report progress 0..1 and notice a stop request.

        Raises:
            Cancelled: the job was stopped; let it pass.
        """
        if self.is_cancelled:
            raise Cancelled
        self._progress.put((fraction, text))
        # One announcement at a time: a job with a million steps must not flood the GUI's queue.
        if not self._is_announced:
            self._is_announced = True
            self._progressed()

    def take_progress(self) -> tuple[float, str] | None:
        """The newest progress not yet shown."""
        self._is_announced = False
        return self._progress.take()


class TaskRunner(QObject):
    """Runs one job at a time; starting a new one stops the old, whose answer is then dropped.

    Signals, all on the thread that made the runner:
        progressed(fraction, text), finished(result), failed(AvatarError), cancelled().
    """

    progressed = Signal(float, str)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    _progress_made = Signal(int)
    _answered = Signal(int, object, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._generation = 0
        self._context: TaskContext | None = None
        self._threads: list[threading.Thread] = []
        queued = Qt.ConnectionType.QueuedConnection
        self._progress_made.connect(self._show_progress, queued)
        self._answered.connect(self._deliver, queued)

    @property
    def is_running(self) -> bool:
        """A job was started and has not answered yet."""
        return self._context is not None

    def start(self, work: Callable[[TaskContext], Any]) -> None:
        """Run `work(context)` on a thread of its own."""
        self._abandon()
        generation = self._generation
        context = TaskContext(lambda: self._progress_made.emit(generation))
        self._context = context
        thread = threading.Thread(
            target=self._run, args=(generation, context, work), name=self._name, daemon=True
        )
        self._threads = [*(old for old in self._threads if old.is_alive()), thread]
        thread.start()

    def stop(self) -> None:
        """Ask the job to end; `cancelled` follows at once, whatever it still does is dropped."""
        if self.is_running:
            self._abandon()
            self.cancelled.emit()

    def shutdown(self, timeout_s: float = 2.0) -> bool:
        """Stop, and wait for the threads. Returns whether all ended in time."""
        self._abandon()
        for thread in self._threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._threads)

    def _abandon(self) -> None:
        self._generation += 1
        if self._context is not None:
            self._context.cancel()
            self._context = None

    def _run(
        self, generation: int, context: TaskContext, work: Callable[[TaskContext], Any]
    ) -> None:
        result: Any = None
        error: Exception | None = None
        try:
            result = work(context)
        except Cancelled as stopped:
            error = stopped
        except Exception as fault:  # noqa: BLE001 - errors arrive as values
            error = as_avatar_error(fault, self._name)
        if context.is_cancelled:
            return  # nobody waits for it, and the runner may be gone by now
        self._answered.emit(generation, result, error)

    @Slot(int)
    def _show_progress(self, generation: int) -> None:
        if generation == self._generation and self._context is not None:
            progress = self._context.take_progress()
            if progress is not None:
                self.progressed.emit(*progress)

    @Slot(int, object, object)
    def _deliver(self, generation: int, result: object, error: Exception | None) -> None:
        if generation != self._generation:
            return
        self._context = None
        if error is None:
            self.finished.emit(result)
        elif isinstance(error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(error)
