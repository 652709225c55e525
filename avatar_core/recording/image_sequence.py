"""ImageSequence: a film as a folder of PNG pictures, and its sound as a `.wav` beside them."""

from __future__ import annotations

import os
import re
import wave
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.io.png_picture import picture_to_png
from avatar_core.recording.alpha import straight
from avatar_core.recording.clip import Quality
from avatar_core.recording.colour import eight_bits
from avatar_core.recording.film_encoder import FilmEncoder
from avatar_core.recording.film_format import Codec
from avatar_core.recording.pictures import fitted

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.film_format import FilmImage

DIGITS = 6
_LEVELS = {Quality.LIVE: 1, Quality.FINAL: 4}
_MOST_THREADS = 4
_SAMPLE_BYTES = 2
_PARTIAL = ".part"


class ImageSequence(FilmEncoder):
    """Writes `NAME_000000.png`, `NAME_000001.png`, ... and `NAME.wav`.

    Colours are sRGB and say so; alpha is straight. Each file appears whole, under its name, or not
    at all. Pictures are compressed on threads of their own, a few at a time.

    Args:
        path: the folder; made where it does not exist. Pictures of this name that are there are
            replaced, unless the first number says that this goes on from them.
        settings: how to encode.
    """

    def __init__(self, path: Path, settings: VideoSettings) -> None:
        super().__init__(path, settings)
        self.name = "OpenCV"
        self._title = settings.frame_name or path.name
        self._is_deep = settings.format.codec is Codec.PNG_16
        self._threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[None]] = deque()
        self._sound: wave.Wave_write | None = None

    def open(self) -> None:
        self.path.mkdir(exist_ok=True)
        self.has_begun = True
        self._remove_unfinished()
        if self.settings.first_number == 0:
            for _, file in self._numbered():
                file.unlink()
        self._pool = ThreadPoolExecutor(self._threads, "picture writer")

    def picture_path(self, number: int) -> Path:
        """Of one frame."""
        return self.path / f"{self._title}_{number:0{DIGITS}d}.png"

    @property
    def sound_path(self) -> Path:
        return self.path / f"{self._title}.wav"

    def write_picture(self, image: FilmImage, count: int) -> None:
        assert self._pool is not None
        first = self.settings.first_number + self.pictures
        while len(self._waiting) >= self._threads:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._write, image, range(first, first + count)))
        self.pictures += count

    def write_sound(self, samples: Float32) -> None:
        if not self.settings.has_sound or not len(samples):
            return
        if self._sound is None:
            assert self.settings.audio_rate_hz is not None
            self._sound = wave.open(str(self.sound_path), "wb")  # noqa: SIM115 - until `release`
            self._sound.setnchannels(self.settings.audio_channels)
            self._sound.setsampwidth(_SAMPLE_BYTES)
            self._sound.setframerate(self.settings.audio_rate_hz)
        whole = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
        self._sound.writeframes(whole.tobytes())  # its header is brought up to date each time

    def finish(self) -> None:
        while self._waiting:
            self._waiting.popleft().result()

    def release(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        if self._sound is not None:
            self._sound.close()

    def salvage(self) -> int:
        """How many pictures follow one another without a gap; those after it go."""
        numbers = dict(self._numbered())
        number = first = self.settings.first_number
        while number in numbers:
            number += 1
        for late, file in numbers.items():
            if late > number:
                file.unlink(missing_ok=True)
        self._remove_unfinished()
        return number - first

    def discard(self) -> None:
        self.sound_path.unlink(missing_ok=True)
        if self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()

    def size_bytes(self) -> int:
        return sum(file.stat().st_size for _, file in self._numbered()) + (
            self.sound_path.stat().st_size if self.sound_path.is_file() else 0
        )

    def _write(self, image: FilmImage, numbers: range) -> None:
        data = picture_to_png(self._stored(image), _LEVELS[self.settings.quality])
        for number in numbers:
            file = self.picture_path(number)
            partial = file.with_suffix(_PARTIAL)
            partial.write_bytes(data)
            partial.replace(file)

    def _stored(self, image: FilmImage) -> FilmImage:
        image = fitted(image, self.settings.even_width, self.settings.even_height)
        if self.settings.alpha and image.shape[2] == 4:
            image = straight(image)
        elif image.shape[2] == 4:
            image = image[..., :3]
        if not self._is_deep:
            return eight_bits(image)
        if image.dtype == np.uint16:
            return image
        return np.asarray(image.astype(np.uint16) * np.uint16(257), np.uint16)

    def _remove_unfinished(self) -> None:
        """Of this film or of one that was killed."""
        for file in self.path.glob(f"*{_PARTIAL}"):
            if file.name.startswith(f"{self._title}_"):
                file.unlink(missing_ok=True)

    def _numbered(self) -> list[tuple[int, Path]]:
        """The pictures of this name that lie there, with their numbers."""
        pattern = re.compile(rf"{re.escape(self._title)}_(\d{{{DIGITS},}})\.png")
        found = [(pattern.fullmatch(file.name), file) for file in self.path.glob("*.png")]
        return [(int(match[1]), file) for match, file in found if match is not None]
