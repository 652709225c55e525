"""Crews: who draws the pieces of a batch. One in this process, or several beside it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avatar_core.batch import worker
from avatar_core.errors import AvatarError, RecordingError

if TYPE_CHECKING:
    from avatar_core.batch.worker import Piece, PieceMade

MOST_WORKERS = 256

WORKER_LOST = RecordingError(
    "A worker was ended from outside, or ran out of memory.", "Give it fewer neighbours."
)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What became of a piece: `made`, or why not.

    Args:
        piece: that was asked for.
        made: what came of it.
        error: why nothing did.
        is_lost: whether its worker is gone, through no fault of the piece.
    """

    piece: Piece
    made: PieceMade | None = None
    error: AvatarError | None = None
    is_lost: bool = False


class Crew(Protocol):
    """Draws pieces, in any order."""

    @property
    def places(self) -> int:
        """How many pieces are drawn at the same time."""

    def submit(self, piece: Piece, take: bytes) -> None:
        """Have a piece drawn.

        Args:
            piece: what to draw.
            take: the performance of its film, see `packed_take`.
        """

    def answer(self) -> Answer:
        """Wait for the next one to be done; only while some are submitted."""

    def close(self) -> None:
        """Stop all work."""


class LoneCrew:
    """Draws in this process, when it is asked for the answer."""

    places = 1

    def __init__(self) -> None:
        self._waiting: deque[tuple[Piece, bytes]] = deque()

    def submit(self, piece: Piece, take: bytes) -> None:
        self._waiting.append((piece, take))

    def answer(self) -> Answer:
        piece, take = self._waiting.popleft()
        try:
            return Answer(piece, worker.make_piece(piece, take))
        except AvatarError as error:
            return Answer(piece, error=error)

    def close(self) -> None:
        worker.let_go()


class PoolCrew:
    """Draws in processes beside this one. When one is killed, all are started anew.

    Args:
        places: how many.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._running: dict[Future[PieceMade], tuple[Piece, ProcessPoolExecutor]] = {}
        self._pool = self._new_pool()

    def submit(self, piece: Piece, take: bytes) -> None:
        try:
            future = self._pool.submit(worker.make_piece, piece, take)
        except BrokenProcessPool as reason:
            future = Future()
            future.set_exception(reason)
        self._running[future] = piece, self._pool

    def answer(self) -> Answer:
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        future = next(iter(done))
        piece, pool = self._running.pop(future)
        try:
            return Answer(piece, future.result())
        except AvatarError as error:
            return Answer(piece, error=error)
        except BrokenProcessPool:
            if pool is self._pool:  # all its pieces fail, but it is replaced once
                pool.shutdown(wait=False, cancel_futures=True)
                self._pool = self._new_pool()
            return Answer(piece, error=WORKER_LOST, is_lost=True)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        # Not forked: neither OpenGL nor torch survives that.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            self.places, mp_context=context, initializer=_end_with_whoever_asks
        )


def _end_with_whoever_asks() -> None:
    """Let this process end when the one that gives it work is killed: no work ever comes then."""
    asking = multiprocessing.parent_process()
    assert asking is not None

    def wait_for_end() -> None:
        asking.join()
        os._exit(1)

    threading.Thread(target=wait_for_end, name="end of the batch", daemon=True).start()
