"""A film in the place of a camera, for benches and machines without one."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import cv2

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import UInt8

VARIABLE = "AVATAR_STUDIO_FILE_CAMERA"
"""Environment variable with the path of a film that every camera of the studio then shows."""


def film_in_place() -> Path | None:
    """The film that stands in for cameras, or None."""
    text = os.environ.get(VARIABLE, "")
    return Path(text) if text else None


class FilmCapture:
    """Gives the pictures of a film as a camera does: each when its time has come, for ever.

    Whoever reads too slowly misses pictures, as with a camera.

    Args:
        path: of the film.
        clock: seconds that only grow.
        sleep: waits for seconds.

    Raises:
        AssetError: it cannot be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._film = cv2.VideoCapture(str(path))
        self._clock = clock
        self._sleep = sleep
        if not self._film.isOpened():
            raise AssetError(
                f"{path.name} cannot stand in for a camera.", "Choose a film that can be played."
            )
        self._fps = self._film.get(cv2.CAP_PROP_FPS) or 30.0
        self._start_s: float | None = None
        self._count = 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._film.isOpened()

    def read(self) -> tuple[bool, UInt8 | None]:
        """[H, W, 3] uint8 BGR of the next picture; waits until it is due."""
        picture = self._next()
        if self._start_s is None:
            self._start_s = self._clock()
        late = int((self._clock() - self._start_s) * self._fps) - self._count
        for _ in range(late):
            picture = self._next()
        self._count += 1 + max(late, 0)
        early_s = self._start_s + (self._count - 1) / self._fps - self._clock()
        if early_s > 0:
            self._sleep(early_s)
        return picture is not None, picture

    def get(self, property_id: int, /) -> float:
        return float(self._film.get(property_id))

    def release(self) -> None:
        self._film.release()

    def _next(self) -> UInt8 | None:
        succeeded, picture = self._film.read()
        if not succeeded:
            self._film.set(cv2.CAP_PROP_POS_FRAMES, 0)
            succeeded, picture = self._film.read()
        return cast("UInt8", picture) if succeeded else None
