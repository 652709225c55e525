"""A folder of numbered pictures as a source: a film without a file of its own."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from avatar_core.driving.frame_source import CapturedImage
from avatar_core.driving.still_image import is_image, read_picture
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NUMBER = re.compile(r"(\d+)")


def numbered_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their numbers, 2 before 10.

    Raises:
        AssetError: there is no such folder, or it holds no picture.
    """
    try:
        paths = [path for path in folder.iterdir() if path.is_file() and is_image(path)]
    except FileNotFoundError as error:
        raise AssetError(
            f"There is no folder {folder.name or folder}.", "Choose a folder of numbered pictures."
        ) from error
    except OSError as error:
        raise AssetError(
            f"The folder {folder.name} cannot be read.", "Choose a folder of numbered pictures."
        ) from error
    if not paths:
        raise AssetError(
            f"The folder {folder.name} holds no pictures.",
            "Choose one with numbered PNG or JPEG files.",
        )
    return sorted(paths, key=lambda path: _natural(path.name))


class ImageSequenceSource:
    """The pictures of a folder, shown like a film.

    A picture that has gone or cannot be read is left out, as long as there are others.

    Args:
        folder: with the pictures.
        fps: how many of them a second.
        paced: whether each read waits until its picture is due; otherwise it gives the next one.
        loop: whether they begin again after the last one.
        clock: seconds that only grow.
        sleep: waits for seconds.

    Raises:
        AssetError: the folder is missing or holds no picture that can be read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fps: float,
        paced: bool = True,
        loop: bool = True,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._paths = numbered_pictures(folder)
        self._fps = fps
        self._paced = paced
        self._loop = loop
        self._clock = clock
        self._sleep = sleep
        first = read_picture(self._paths[0])
        self._size = (first.shape[1], first.shape[0])
        self._next = 0
        self._misses = 0
        self._start_s: float | None = None
        self._is_closed = False

    @property
    def uri(self) -> str:
        return f"sequence:{self._folder}?fps={self._fps:g}"

    @property
    def fps(self) -> float:
        return self._fps

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def duration_s(self) -> float | None:
        return len(self._paths) / self._fps

    @property
    def audio_path(self) -> Path | None:
        return None

    @property
    def ended(self) -> bool:
        return self._is_closed or (not self._loop and self._next >= len(self._paths))

    def read(self, timeout_s: float) -> CapturedImage | None:
        """The next picture, waiting up to `timeout_s`; None when there is none yet, or no more.

        Raises:
            AssetError: none of the pictures can be read any more.
        """
        if self.ended or (self._paced and not self._is_due(timeout_s)):
            return None
        index, self._next = self._next, self._next + 1
        looped, place = divmod(index, len(self._paths))
        try:
            image = read_picture(self._paths[place])
        except AssetError:
            self._misses += 1
            if self._misses >= len(self._paths):
                self.close()
                raise AssetError(
                    f"The pictures in {self._folder.name} have gone or are damaged.",
                    "Put them back, or choose another folder.",
                ) from None
            return None
        self._misses = 0
        self._size = (image.shape[1], image.shape[0])
        return CapturedImage(image, place / self._fps, self._clock(), index, looped)

    def close(self) -> None:
        self._is_closed = True

    def _is_due(self, timeout_s: float) -> bool:
        """Wait for the next picture's time, but no longer than that."""
        now_s = self._clock()
        if self._start_s is None:
            self._start_s = now_s
        early_s = self._start_s + self._next / self._fps - now_s
        if early_s > 0:
            self._sleep(min(early_s, timeout_s))
        # Whoever reads too slowly misses pictures, not time.
        late = int((self._clock() - self._start_s) * self._fps)
        self._next = max(self._next, late)
        return early_s <= timeout_s


def _natural(name: str) -> list[tuple[int, str]]:
    parts = _NUMBER.split(name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
