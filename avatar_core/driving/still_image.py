"""A still image as a source: one expression held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from avatar_core.driving.frame_source import CapturedImage
from avatar_core.driving.quiet import quiet_stderr
from avatar_core.errors import AssetError
from avatar_core.picture_headers import is_cut_png, stated_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry import UInt8

_REPEATS_PER_S = 10.0
_MAX_BYTES = 512 * 2**20
_MOST_PIXELS = 1 << 27
"""Twice what the largest cameras give."""
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*")


def is_image(path: Path) -> bool:
    """Whether a readable file begins like a still image, whatever its name says."""
    with path.open("rb") as file:
        start = file.read(12)
    is_webp = start[:4] == b"RIFF" and start[8:] == b"WEBP"
    return start.startswith(_SIGNATURES) or is_webp or start[4:] == b"ftypavif"


class StillImageSource:
    """One image, repeated ten times a second so that what follows it sees a living source.

    Args:
        path: the file.
        loop: whether it repeats; otherwise it comes once and the source has ended.
        clock: seconds that only grow.
        sleep: waits for seconds.

    Raises:
        AssetError: the file is damaged or too large.
    """

    def __init__(
        self,
        path: Path,
        *,
        loop: bool = True,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._loop = loop
        self._clock = clock
        self._sleep = sleep
        self._image = read_picture(path)
        self._start_s = clock()
        self._next_index = 0
        self._is_closed = False

    @property
    def uri(self) -> str:
        return f"file:{self._path}"

    @property
    def fps(self) -> float:
        return _REPEATS_PER_S

    @property
    def size(self) -> tuple[int, int]:
        return self._image.shape[1], self._image.shape[0]

    @property
    def duration_s(self) -> float | None:
        return None

    @property
    def audio_path(self) -> Path | None:
        return None

    @property
    def ended(self) -> bool:
        return self._is_closed or (self._next_index > 0 and not self._loop)

    def read(self, timeout_s: float) -> CapturedImage | None:
        if self.ended:
            return None
        early_s = self._start_s + self._next_index / _REPEATS_PER_S - self._clock()
        if early_s > 0:
            self._sleep(min(early_s, timeout_s))
        if early_s > timeout_s:
            return None
        now_s = self._clock()
        self._next_index = max(
            self._next_index + 1, int((now_s - self._start_s) * _REPEATS_PER_S) + 1
        )
        index = self._next_index - 1
        return CapturedImage(self._image, index / _REPEATS_PER_S, now_s, index)

    def close(self) -> None:
        self._is_closed = True


def read_picture(path: Path) -> UInt8:
    """[H, W, 3] uint8 RGB, turned upright as its metadata says.

    Raises:
        AssetError: the file is damaged, missing or too large.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise AssetError(f"The image {path.name} is too large.", "Save it at a smaller size.")
        content = path.read_bytes()
        _expect_size(path, content)
        with quiet_stderr():
            image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    except (OSError, MemoryError, cv2.error) as error:
        raise _unreadable(path) from error
    if image is None:
        raise _unreadable(path)
    return cast("UInt8", image)


def _expect_size(path: Path, content: bytes) -> None:
    size = stated_size(content)
    if size is None or min(size) <= 0:
        raise _unreadable(path)
    width, height = size
    if width * height > _MOST_PIXELS:
        raise AssetError(
            f"The image {path.name} has {width} x {height} pixels, more than can be followed.",
            "Save it at a smaller size.",
        )
    if is_cut_png(content):
        raise _unreadable(path)


def _unreadable(path: Path) -> AssetError:
    return AssetError(
        f"The image {path.name} is damaged or of a kind the studio cannot read.",
        "Save it again as PNG or JPEG.",
    )
