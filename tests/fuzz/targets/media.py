"""Sounds and films."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from avatar_core.driving.film_reader import FilmReader
from avatar_core.io.audio import has_audio, load_audio, save_wav
from avatar_core.recording.fragments import trim_unfinished_fragment
from avatar_core.recording.remux import count_pictures
from tests.fuzz.target import MIB, Target, read_file, write_file
from tests.fuzz.targets.documents import written

if TYPE_CHECKING:
    from pathlib import Path

_MOST_FRAMES = 200


@cache
def _sounds() -> list[bytes]:
    rng = np.random.default_rng(1)
    samples = rng.uniform(-0.5, 0.5, (800, 2)).astype(np.float32)
    wav = written(lambda path: save_wav(path, samples, 16_000), "a.wav")
    made = [wav]
    for kind, codec in (("flac", "flac"), ("mp3", "mp3"), ("ogg", "libvorbis")):
        try:
            made.append(_encoded(samples, kind, codec))
        except (av.FFmpegError, ValueError):
            continue
    return made


def _encoded(samples: np.ndarray, kind: str, codec: str) -> bytes:
    stream = io.BytesIO()
    with av.open(stream, "w", format=kind) as file:
        track = file.add_stream(codec, rate=16_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            (samples.reshape(1, -1) * 30_000).astype(np.int16), format="s16", layout="stereo"
        )
        frame.rate = 16_000
        for packet in [*track.encode(frame), *track.encode(None)]:
            file.mux(packet)
    return stream.getvalue()


@cache
def _films() -> list[bytes]:
    return [_film("mp4", "libx264"), _film("webm", "libvpx-vp9"), _film("avi", "mjpeg")]


def film_of_grey(count: int) -> bytes:
    """An MP4 of so many pictures, each of one grey."""
    return _film("mp4", "libx264", count)


def _film(kind: str, codec: str, count: int = 3) -> bytes:
    stream = io.BytesIO()
    with av.open(stream, "w", format=kind) as file:
        track = file.add_stream(codec, rate=10)
        track.width = track.height = 16
        track.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for shade in np.linspace(0, 255, count).astype(int):
            frame = av.VideoFrame.from_ndarray(np.full((16, 16, 3), shade, np.uint8), "rgb24")
            for packet in track.encode(frame):
                file.mux(packet)
        for packet in track.encode(None):
            file.mux(packet)
    return stream.getvalue()


def _read_sound(path: Path) -> Any:
    has_audio(path)
    return load_audio(path, 16_000)


def _read_film(path: Path) -> Any:
    film = FilmReader(path)
    for count, (_, frame) in enumerate(film.frames()):
        image = film.image(frame)
        if count > _MOST_FRAMES:
            break
    return film.size, film.fps, film.duration_s, image.shape


def _read_fragments(path: Path) -> Any:
    return trim_unfinished_fragment(path), count_pictures(path)


def _write_sound(value: Any, path: Path) -> None:
    samples, rate_hz = value
    save_wav(path, samples, rate_hz)


TARGETS = (
    Target("sound", _sounds, read_file(_read_sound, "a.wav"), memory_bytes=300 * MIB,
           write=write_file(_write_sound, "a.wav")),
    Target("film", _films, read_file(_read_film, "a.mp4"), memory_bytes=600 * MIB),
    Target("clip after a crash", _films, read_file(_read_fragments, "a.mp4")),
)  # fmt: skip
