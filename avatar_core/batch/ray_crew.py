"""RayCrew: the pieces of a batch are drawn on a Ray cluster, a process a graphics card or so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from avatar_core.batch import worker
from avatar_core.batch.crew import MOST_WORKERS, WORKER_LOST, Answer
from avatar_core.errors import AvatarError, DeviceError

if TYPE_CHECKING:
    from avatar_core.batch.worker import Piece

LOCAL = "local"
"""The address of a cluster that is started on this machine, for this batch alone."""

_CPUS = 2
_MOST_TAKES = 64
"""Performances that the cluster keeps; films are drawn in order, so older ones are done."""


class RayCrew:
    """Draws on the nodes of a cluster; these need the studio and the files at the same paths.

    Each piece is a task that Ray may place anywhere and that it never repeats by itself: a piece
    whose worker dies is told as lost, and whoever counts frames decides.

    Args:
        address: of the cluster, as `ray.init` takes it; `local` starts one here, on loopback.
        cpus: of the processor for each worker, on nodes without graphics cards.
        places: how many work at most; as many as the cluster has room for when left out.

    Raises:
        DeviceError: Ray is not installed, or there is no such cluster, or it has no room.
    """

    def __init__(self, address: str, cpus: int = _CPUS, places: int | None = None) -> None:
        self._ray = _ray(is_local=address == LOCAL)
        # What a worker says belongs into the log of its node.
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "warning"}
        if address == LOCAL:
            room = {} if places is None else {"num_cpus": places * cpus}
            options |= {"include_dashboard": False, **room}
        try:
            self._ray.init(address=address, **options)
        except (ConnectionError, RuntimeError, ValueError, OSError) as reason:
            raise DeviceError(
                f"There is no Ray cluster at {address}: {_words(reason)}.",
                "Start one with `ray start --head`, or take --ray local.",
            ) from reason
        resources = self._ray.cluster_resources()
        cards = int(resources.get("GPU", 0))
        room_for = cards or int(resources.get("CPU", 0)) // cpus
        if room_for < 1:
            self._ray.shutdown()
            raise DeviceError(
                "The Ray cluster has no room for a worker.",
                f"It needs a graphics card or {cpus} processors; see --cpus.",
            )
        self.places = min(places or room_for, room_for, MOST_WORKERS)
        needs = {"num_gpus": 1, "num_cpus": 1} if cards else {"num_cpus": cpus}
        # Frames are counted by the ledger alone: Ray must not draw anything a second time.
        self._task = self._ray.remote(max_retries=0, **needs)(worker.make_piece)
        self._takes: dict[str, Any] = {}
        self._running: dict[Any, Piece] = {}

    def submit(self, piece: Piece, take: bytes) -> None:
        if piece.film not in self._takes:
            self._takes[piece.film] = self._ray.put(take)
            while len(self._takes) > _MOST_TAKES:
                del self._takes[next(iter(self._takes))]
        self._running[self._task.remote(piece, self._takes[piece.film])] = piece

    def answer(self) -> Answer:
        done, _ = self._ray.wait(list(self._running), num_returns=1)
        piece = self._running.pop(done[0])
        try:
            return Answer(piece, self._ray.get(done[0]))
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, AvatarError):
                return Answer(piece, error=cause)
            said = f"A worker failed: {_words(cause or error)}."
            return Answer(piece, error=DeviceError(said, "The log of its node tells more."))
        except self._ray.exceptions.RayError:
            return Answer(piece, error=WORKER_LOST, is_lost=True)

    def close(self) -> None:
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._ray.shutdown()


def _words(reason: BaseException) -> str:
    """What an exception of several lines, or of none, comes down to."""
    lines = [line.strip() for line in str(reason).splitlines() if line.strip()]
    return f"{lines[-1]:.200}" if lines else type(reason).__name__


def _ray(*, is_local: bool) -> Any:
    """The package, which reads its environment when it is imported."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers
    if is_local:
        # Despite its name this is what keeps a node on loopback, on every system: Ray replaces
        # 127.0.0.1 by the address of the network card wherever else it is asked for.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    try:
        import ray
    except ImportError as reason:
        raise DeviceError(
            "Ray is not installed here.", 'Install it with `pip install "avatar-studio[ray]"`.'
        ) from reason
    return ray
