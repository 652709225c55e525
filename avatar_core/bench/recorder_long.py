"""A recording with sound while somebody edits: is everything in the file, and in its place?"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
import numpy as np

from avatar_core.bench.groom_subject import groom_subject
from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.commands import EditHair, History
from avatar_core.hair.brush import BrushSettings, Dab, Stroke
from avatar_core.hair.brushes.comb import COMB
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.strands import build_strands
from avatar_core.project import Project
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.video_writer import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.recording.clip import RecordingReport

SIZE = (1920, 1080)
_FPS = 30
_SOUND_HZ = 48_000
_MARK_EVERY_S = 10.0
_BEEP_S, _BEEP_HZ = 0.1, 1000.0
_LOUD = 0.2
"""What a beep reaches and the noise around it does not."""
_SOUND_LAG_S = 0.25
"""Sound comes from devices in pieces, after the pictures of the same moment."""
_FLASH_SHARE = 16
"""Of the height is the bar at the bottom that lights up."""
_DARK, _BRIGHT = 16, 235
_EDIT_GAUSSIANS, _EDIT_EVERY_S, _DABS = 20_000, 2.0, 6


@dataclass
class Marks:
    """Seconds of the clip at which a flash was drawn and a beep begins."""

    times_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """What a decoded file holds.

    Args:
        numbers: those of its pictures, in order.
        flashes_s: when flashes begin.
        beeps_s: when beeps begin.
    """

    numbers: list[int]
    flashes_s: list[float]
    beeps_s: list[float]


def record_while_editing(
    path: Path, seconds: float, size: tuple[int, int] = SIZE, *, is_live: bool = True
) -> dict[str, float]:
    """Record pictures of a generator, and look at the file.

    When the encoder's queue is full the next picture waits for room. Beside it, in the same
    process, hair is combed and undone.

    Args:
        path: of the clip.
        seconds: of the clip.
        size: of its pictures.
        is_live: pictures come at the clock's pace, each at the moment it was made, and frames that
            come due while one waits are repeats, as in the window. Else there is a picture for
            every frame, and the clip takes as long as the machine needs.

    Returns:
        `submitted` pictures, how many of them are `lost` (not in the file), `repeated` frames by
        the writer's count and `repeats_found` in the file, `drawn_fps`, `av_worst_ms` and
        `av_end_ms` (beep after flash, of all marks and of the last), how many `marks` and `edits`,
        `seconds` of the file and `took_s` to record.

    Raises:
        RecordingError: it could not be recorded.
    """
    started = time.perf_counter()
    with _Hands() as hands:
        submitted, report, marks = _record(path, seconds, size, is_live=is_live)
        took_s = time.perf_counter() - started
    if report.error is not None:
        raise report.error
    found = look_into(path)
    offsets_ms = av_offsets_ms(found)
    missing_marks = len(marks.times_s) - len(offsets_ms)
    worst = max((abs(offset) for offset in offsets_ms), default=float("inf"))
    return {
        "seconds": round(report.duration_s, 3),
        "submitted": submitted,
        "lost": submitted - len(set(found.numbers) & set(range(submitted))),
        "dropped": report.dropped,
        "repeated": report.repeated,
        "repeats_found": len(found.numbers) - len(set(found.numbers)),
        "drawn_fps": round(submitted / max(report.duration_s, 1e-9), 2),
        "av_worst_ms": round(worst if missing_marks == 0 else float("inf"), 1),
        "av_end_ms": round(offsets_ms[-1] if offsets_ms else float("inf"), 1),
        "marks": len(marks.times_s),
        "edits": hands.edits,
        "took_s": round(took_s, 1),
    }


def _record(
    path: Path, seconds: float, size: tuple[int, int], *, is_live: bool
) -> tuple[int, RecordingReport, Marks]:
    settings = VideoSettings(*size, _FPS, _SOUND_HZ, audio_channels=1)
    pictures, marks = MarkedPictures(*size), Marks()
    sound = _Sound(marks)
    submitted = 0
    with VideoWriter(path, settings) as writer:
        for time_s in _moments(seconds) if is_live else _every_frame(seconds):
            is_flash = time_s >= _MARK_EVERY_S * (len(marks.times_s) + 0.5)
            if is_flash:
                marks.times_s.append(time_s)
            writer.submit(_marked(pictures, submitted, is_flash=is_flash), time_s, wait=True)
            submitted += 1
            writer.submit_audio(sound.until(time_s - _SOUND_LAG_S))
        writer.submit_audio(sound.until(seconds))
        report = writer.close(end_s=seconds)
    return submitted, report, marks


def _moments(seconds: float) -> Iterator[float]:
    """Times of the clip at which there is a picture to draw: now, and one for each frame at most.

    Whoever takes longer than a frame finds the next moment later, as a window would.
    """
    start_s, frame = time.perf_counter(), 0
    while frame < round(seconds * _FPS):
        time.sleep(max(0.0, start_s + frame / _FPS - time.perf_counter()))
        now_s = time.perf_counter() - start_s
        if now_s > seconds - 0.5 / _FPS:
            return
        yield now_s
        passed = time.perf_counter() - start_s
        frame = max(round(now_s * _FPS) + 1, int(passed * _FPS))


def _every_frame(seconds: float) -> Iterator[float]:
    return (frame / _FPS for frame in range(round(seconds * _FPS)))


def _marked(pictures: MarkedPictures, number: int, *, is_flash: bool) -> UInt8:
    image = pictures.picture(number)
    image[-(image.shape[0] // _FLASH_SHARE) :] = _BRIGHT if is_flash else _DARK
    return image


class _Sound:
    """Faint noise with a beep at each mark, asked for piece by piece."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._given = 0
        self._noise = np.random.default_rng(0)

    def until(self, time_s: float) -> Float32:
        """The next samples [n] up to a time of the clip."""
        end = max(round(time_s * _SOUND_HZ), self._given)
        time = np.arange(self._given, end) / _SOUND_HZ
        samples = 0.01 * self._noise.standard_normal(len(time))
        for mark_s in self._marks.times_s[-2:]:
            inside = (time >= mark_s) & (time < mark_s + _BEEP_S)
            samples += 0.5 * inside * np.sin(2 * np.pi * _BEEP_HZ * (time - mark_s))
        self._given = end
        return samples.astype(np.float32)


class _Hands:
    """Combs hair and takes it back, on a thread of its own, until the block ends."""

    def __init__(self) -> None:
        self.edits = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._edit, name="hands")

    def __enter__(self) -> _Hands:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _edit(self) -> None:
        subject = groom_subject(_EDIT_GAUSSIANS)
        strands = build_strands(subject.hair, subject.scalp, subject.normals)
        project = Project()
        history = History(project)
        step = np.array([0.002, -0.001, 0.0], np.float32)
        view = np.array([0, 0, 1], np.float32)
        while not self._is_over.wait(_EDIT_EVERY_S):
            canvas = HairCanvas(subject.hair, project.hair_edits, strands=strands)
            stroke = Stroke(COMB, BrushSettings(radius_m=0.02), canvas, is_mirrored=False)
            place = subject.hair.means[(977 * self.edits) % len(subject.hair)]
            for index in range(_DABS):
                motion = step if index else np.zeros(3, np.float32)
                stroke.dab(Dab(place + index * step, motion, view, 0.02, 0.5))
            stroke.end()
            history.push(EditHair.between(project, canvas.result(), COMB.label))
            if self.edits % 2:
                history.undo()
            self.edits += 1


def look_into(path: Path) -> Found:
    """Decode a clip: its pictures by their luma alone, its sound by the first channel."""
    numbers: list[int] = []
    flashes, beeps = _Onsets(), _Onsets()
    with av.open(path) as clip:
        clip.streams.video[0].thread_type = "AUTO"
        for frame in clip.decode(video=0, audio=0):
            if isinstance(frame, av.VideoFrame):
                luma = _luma(frame)
                numbers.append(number_in(luma))
                bar = luma[-(luma.shape[0] // _FLASH_SHARE) + 2 :]
                flashes.note(_seconds(frame), is_on=bool(bar.mean() > 128))
            elif isinstance(frame, av.AudioFrame):
                loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > _LOUD)
                after_s = loud[0] / frame.sample_rate if len(loud) else 0.0
                beeps.note(_seconds(frame) + after_s, is_on=len(loud) > 0)
    return Found(numbers, flashes.times_s, beeps.times_s)


def av_offsets_ms(found: Found) -> list[float]:
    """For each flash how much later its beep begins; those without one are left out."""
    offsets = []
    for flash_s in found.flashes_s:
        nearest = min(found.beeps_s, key=lambda beep_s: abs(beep_s - flash_s), default=None)
        if nearest is not None and abs(nearest - flash_s) < _MARK_EVERY_S / 2:
            offsets.append(1000 * (nearest - flash_s))
    return offsets


class _Onsets:
    """When something that goes on and off went on."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self._is_on = False

    def note(self, time_s: float, *, is_on: bool) -> None:
        if is_on and not self._is_on:
            self.times_s.append(time_s)
        self._is_on = is_on


def _seconds(frame: av.VideoFrame | av.AudioFrame) -> float:
    assert frame.pts is not None
    assert frame.time_base is not None
    return float(frame.pts * frame.time_base)


def _luma(frame: av.VideoFrame) -> UInt8:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return np.asarray(rows[:, : plane.width])
