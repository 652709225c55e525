"""Whether recording keeps up, and what it loses: nothing, and a second when it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.bench.recorder_long import SIZE, record_while_editing
from avatar_core.bench.registry import SECONDS_VARIABLE
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.video_writer import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

_FPS = 30
_SIZE = 512
_SOUND_HZ = 48_000
_LARGE = SIZE
_LONG_S, _LIVE_S = 20.0, 20.0
_REPEATS = 3
_RECORD = """\
import sys
from avatar_core.bench.recorder import record_until_killed
record_until_killed(sys.argv[1], float(sys.argv[2]))
"""
_LARGE_PICTURES = 16
"""Different pictures of 1080p that are shown in turn, so that making them costs nothing."""


def run(
    seconds: float = 60.0,
    large_frames: int = 120,
    killed_after_s: float = 30.0,
    kills: int = 2,
    long_s: float | None = None,
) -> dict[str, float | str]:
    """Record with the live settings, with sound.

    Pictures carry their nominal times but come as fast as the encoder takes them, so a minute of
    clip needs less than a minute; only the last moments before a kill run in real time.

    Args:
        seconds: of 512 x 512 at 30 fps, of which no picture may be missing.
        large_frames: of 1080p, for the rate.
        killed_after_s: clip seconds after which a recording process is killed.
        kills: how often that is tried.
        long_s: seconds of 1080p recorded while hair is combed, a picture for every frame; what
            `SECONDS_VARIABLE` says, or 20, when left out. At most 20 of them also live, at the
            clock's pace.

    Returns:
        `recorder_lost` (submitted pictures that are not in the file in their place),
        `recorder_fps_512`, `recorder_fps_1080p` (with the final rewrite; the best of three, which
        other load on the machine disturbs least),
        `recorder_tail_lost_s` (the worst of all kills), `recorder_encoder`, and as
        `recorder_long_...` and `recorder_live_...` what `record_while_editing` gives.

    Raises:
        RecordingError: nothing can be recorded here.
    """
    long_s = long_s or float(os.environ.get(SECONDS_VARIABLE, _LONG_S))
    lost, fps_512, encoder = count_lost(round(seconds * _FPS))
    return {
        "recorder_lost": lost,
        "recorder_fps_512": round(fps_512, 1),
        "recorder_fps_1080p": round(max(_large_fps(large_frames) for _ in range(_REPEATS)), 1),
        "recorder_tail_lost_s": round(max(tail_lost_s(killed_after_s) for _ in range(kills)), 3),
        "recorder_encoder": encoder,
        **_edited("live", min(long_s, _LIVE_S), is_live=True),
        **_edited("long", long_s, is_live=False),
    }


def _edited(name: str, seconds: float, *, is_live: bool) -> dict[str, float]:
    with _scratch() as path:
        told = record_while_editing(path, seconds, is_live=is_live)
    return {f"recorder_{name}_{key}": value for key, value in told.items()}


def count_lost(frames: int) -> tuple[int, float, str]:
    """Pictures missing of so many, frames recorded a second, and the encoder's name."""
    with _scratch() as path:
        writer = VideoWriter(path, VideoSettings(_SIZE, _SIZE, _FPS, _SOUND_HZ))
        start = time.perf_counter()
        with writer:
            taken = sum(_submit(writer, MarkedPictures(_SIZE, _SIZE), frames))
            report = writer.close()
        spent_s = time.perf_counter() - start
        if report.error is not None:
            raise report.error
        in_place = sum(number == place for place, number in enumerate(numbers_in(path)))
        return frames - min(in_place, taken), frames / spent_s, report.encoder


@contextmanager
def _scratch() -> Iterator[Path]:
    """The path of a clip that is gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "clip.mp4"


def _submit(writer: VideoWriter, pictures: MarkedPictures, frames: int) -> Iterator[bool]:
    tone = (0.2 * np.sin(np.arange(_SOUND_HZ // _FPS) * 0.1)).astype(np.float32)
    for index in range(frames):
        writer.submit_audio(tone)
        yield writer.submit(pictures.picture(index), index / _FPS, wait=True)


def _large_fps(frames: int) -> float:
    marked = MarkedPictures(*_LARGE)
    pictures = [marked.picture(index) for index in range(_LARGE_PICTURES)]
    tone = np.zeros(_SOUND_HZ // _FPS, np.float32)
    start = time.perf_counter()
    with _scratch() as path, VideoWriter(path, VideoSettings(*_LARGE, _FPS, _SOUND_HZ)) as writer:
        for index in range(frames):
            writer.submit_audio(tone)
            writer.submit(pictures[index % len(pictures)], index / _FPS, wait=True)
        report = writer.close()
    if report.error is not None:
        raise report.error
    return report.frames / (time.perf_counter() - start)


def tail_lost_s(killed_after_s: float) -> float:
    """Clip seconds that are missing at the end of a recording whose process was killed.

    The process is killed with SIGKILL (on Windows by TerminateProcess) about a second after it has
    reached `killed_after_s`.
    """
    with _scratch() as path:
        process = subprocess.Popen(
            [sys.executable, "-c", _RECORD, str(path), str(killed_after_s)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        assert process.stdout is not None
        submitted = -1
        with process.stdout as lines:
            for line in lines:
                submitted = int(line)
                if submitted >= (killed_after_s + 1.2) * _FPS:
                    process.kill()
                    break
            rest = lines.read().split()
        process.wait()
        submitted = max([submitted, *(int(number) for number in rest if number.isdigit())])
        return (submitted - max(numbers_in(path), default=-1)) / _FPS


def record_until_killed(path: str, fast_s: float) -> None:
    """Record for ever, telling on stdout what was submitted; in real time after `fast_s`."""
    pictures = MarkedPictures(_SIZE, _SIZE)
    tone = np.zeros(_SOUND_HZ // _FPS, np.float32)
    writer = VideoWriter(Path(path), VideoSettings(_SIZE, _SIZE, _FPS, _SOUND_HZ))
    start_s: float | None = None
    for index in count():
        time_s = index / _FPS
        if time_s >= fast_s:
            now_s = time.perf_counter()
            start_s = now_s - time_s if start_s is None else start_s
            time.sleep(max(0.0, start_s + time_s - now_s))
        writer.submit_audio(tone)
        if not writer.submit(pictures.picture(index), time_s, wait=True):
            return
        sys.stdout.write(f"{index}\n")
        sys.stdout.flush()


def numbers_in(path: Path) -> list[int]:
    """The numbers of the pictures in a clip, as far as it can be read."""
    numbers: list[int] = []
    try:
        with av.open(path) as clip:
            for frame in clip.decode(video=0):
                image = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
                numbers.append(number_in(image))
    except (av.FFmpegError, OSError, IndexError):
        return numbers
    return numbers
