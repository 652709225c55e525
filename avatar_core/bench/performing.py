"""An avatar that performs a take, evaluated on a thread of its own as in the studio."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError

if TYPE_CHECKING:
    from types import TracebackType

    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera
    from avatar_core.motion import Take
    from avatar_core.project.asset import AvatarAsset

_PATIENCE_S = 60.0


class Performer:
    """Evaluates a take at its own rate; whoever is slower than that misses frames, the newest wins.

    Use it in a `with` statement: the thread runs inside.

    Args:
        asset: who performs.
        take: what; it begins again after its end.
        camera: from where the avatar is seen.
        threads: that torch may use.
    """

    def __init__(self, asset: AvatarAsset, take: Take, camera: Camera, threads: int) -> None:
        self._asset, self._take, self._camera = asset, take, camera
        self._threads = threads
        self._ready = threading.Condition()
        self._frame: AvatarFrame | None = None
        self._error: Exception | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="bench-inference")

    def __enter__(self) -> Performer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def newest(self) -> AvatarFrame:
        """The newest frame; waits for one that nobody had.

        Raises:
            AvatarError: none comes.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._frame or self._error, _PATIENCE_S)
            if self._frame is None:
                raise AvatarError("The avatar was not evaluated.") from self._error
            frame, self._frame = self._frame, None
            return frame

    def _work(self) -> None:
        try:
            self._perform()
        except Exception as error:  # noqa: BLE001 - told to whoever waits for a frame
            with self._ready:
                self._error = error
                self._ready.notify_all()

    def _perform(self) -> None:
        from avatar_core.mega import LIVE, build
        from avatar_core.training.threads import use_threads

        use_threads(self._threads)
        avatar = build(self._asset, LIVE)
        started_s = time.perf_counter()
        index = 0
        while not self._stopped.is_set():
            played_s = time.perf_counter() - started_s
            index = max(index + 1, int(played_s * self._take.fps))
            self._stopped.wait(index / self._take.fps - played_s)
            moment_s = index / self._take.fps % max(self._take.duration_s, 1e-6)
            frame = avatar.evaluate(self._take.frame_at(moment_s), self._camera)
            with self._ready:
                self._frame = frame
                self._ready.notify_all()
