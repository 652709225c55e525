"""A film as a source: shown at its own speed, and from the start again at its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from avatar_core.driving.film_reader import FilmReader
from avatar_core.driving.frame_source import CapturedImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import av

_GIVE_UP_S = 0.5
# A film this late goes on from where it is instead of hurrying after its clock.


class VideoFileSource:
    """The pictures of a video file.

    Args:
        path: the file.
        paced: whether pictures come when they are due, late ones being skipped; otherwise each
            read gives the next one at once.
        loop: whether the film begins again at its end.
        clock: seconds that only grow.
        sleep: waits for seconds.

    Raises:
        AssetError: the file is damaged, no video, or holds no picture.
    """

    def __init__(
        self,
        path: Path,
        *,
        paced: bool = True,
        loop: bool = True,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._film = FilmReader(path)
        self._paced = paced
        self._loop = loop
        self._clock = clock
        self._sleep = sleep
        self._frames: Iterator[tuple[float, av.VideoFrame]] = self._film.frames()
        self._pending: tuple[float, av.VideoFrame] | None = None
        self._start_s: float | None = None
        self._index = -1
        self._looped = 0
        self._ended = False

    @property
    def uri(self) -> str:
        return f"file:{self._path}"

    @property
    def fps(self) -> float:
        return self._film.fps

    @property
    def size(self) -> tuple[int, int]:
        return self._film.size

    @property
    def duration_s(self) -> float | None:
        return self._film.duration_s

    @property
    def audio_path(self) -> Path | None:
        return self._path if self._film.has_sound else None

    @property
    def ended(self) -> bool:
        return self._ended

    def read(self, timeout_s: float) -> CapturedImage | None:
        until_s = self._clock() + timeout_s
        while (upcoming := self._upcoming()) is not None:
            if self._paced and not self._is_due(upcoming[0], until_s):
                return None
            self._pending = None
            if self._paced and self._is_overtaken(upcoming[0]):
                continue
            time_s, frame = upcoming
            image = self._film.image(frame)
            return CapturedImage(image, time_s, self._clock(), self._index, self._looped)
        return None

    def close(self) -> None:
        self._ended = True
        self._pending = None
        self._frames = iter(())  # lets go of the generator, which closes the file

    def _upcoming(self) -> tuple[float, av.VideoFrame] | None:
        """The picture to show next; None when the film is over."""
        if self._pending is None and not self._ended:
            self._pending = next(self._frames, None)
            if self._pending is None and self._loop:
                self._looped += 1
                self._frames = self._film.frames()
                self._pending = next(self._frames, None)
            if self._pending is None:
                self.close()
            self._index += 1
        return self._pending

    def _is_due(self, time_s: float, until_s: float) -> bool:
        """Wait for a picture's time, but not beyond `until_s`."""
        due_s = self._due_s(time_s)
        early_s = due_s - self._clock()
        if early_s > 0:
            self._sleep(max(0.0, min(early_s, until_s - self._clock())))
        return due_s <= until_s

    def _is_overtaken(self, time_s: float) -> bool:
        """Whether the picture after this one is due already, too."""
        late_s = self._clock() - self._due_s(time_s)
        if late_s > _GIVE_UP_S:
            self._start_s = (self._start_s or 0.0) + late_s
            return False
        return late_s > 1 / self.fps

    def _due_s(self, time_s: float) -> float:
        film_s = self._looped * self._film.duration_s + time_s
        if self._start_s is None:
            self._start_s = self._clock() - film_s
        return self._start_s + film_s
