from __future__ import annotations

import errno
import threading
import time
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PySide6.QtCore import QTimer

from app.workers.tasks import TaskRunner
from avatar_core.errors import RecordingError
from avatar_core.io.audio import has_audio, load_audio
from avatar_core.motion import (
    MotionFrame,
    Take,
    TakeAudio,
)
from avatar_core.project import Expression
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.clip_file import ClipFile
from avatar_core.recording.video_writer import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from avatar_core.frame import AvatarFrame

SETTINGS = VideoSettings(64, 48, 30.0)


def _jaw(opened: float) -> Expression:
    return Expression().with_weight("jawOpen", opened)


def _image(tap: Any, brightness: int = 90) -> np.ndarray:
    return np.full((tap.height_px, tap.width_px, 3), brightness, np.uint8)


class Screen:
    """Takes clip taps as the viewport does, and draws when the test says so."""

    def __init__(self, engine: Any, tapped: Any = None) -> None:
        self.tap: Any = None
        (tapped or engine.clip_tap_changed).connect(self._set)

    def draw(self, count: int = 1) -> None:
        for index in range(count):
            if self.tap is not None:
                self.tap.submit(_image(self.tap, 40 + index), time.perf_counter())
            time.sleep(0.01)

    def _set(self, tap: Any) -> None:
        self.tap = tap


def test_records_a_take(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.engine.set_sliders(_jaw(0.3))
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.3, abs=1e-3), timeout=2000)
    bench.engine.start_take_recording("Wave")
    qtbot.waitUntil(lambda: len(bench.engine._desk._take) > 1, timeout=2000)
    recording = bench.engine.status().recording
    assert recording is not None
    assert not recording.is_clip
    bench.engine.set_sliders(_jaw(0.6))
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.6, abs=1e-3), timeout=2000)
    with qtbot.waitSignal(bench.engine.take_recorded, timeout=1000) as blocker:
        bench.engine.stop_take_recording()
    take = blocker.args[0]
    assert take.name == "Wave"
    assert take.frame(0).weight("jawOpen") == pytest.approx(0.3, abs=0.01)
    assert take.frame(-1).weight("jawOpen") == pytest.approx(0.6, abs=0.01)
    assert bench.engine.status().recording is None


def test_records_a_clip_with_its_take_and_sound(
    bench: Any, fake: Any, clip_path: Path, qtbot: QtBot
) -> None:
    screen = Screen(bench.engine)
    bench.engine.play_take(fake.take(3.0))
    qtbot.waitUntil(lambda: bench.jaw > 0.01, timeout=2000)
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=5000):
        bench.engine.start_recording(clip_path, SETTINGS, "Shown")
    screen.draw(30)
    qtbot.wait(100)
    assert bench.engine.status().recording.is_clip
    with qtbot.waitSignal(bench.engine.clip_recorded, timeout=10_000) as blocker:
        bench.engine.stop_recording()
    assert screen.tap is None
    report, take = blocker.args
    assert report.path == clip_path
    assert report.frames > 5
    assert report.error is None
    assert has_audio(clip_path)
    assert take.name == "Shown"
    assert take.audio is not None
    assert bench.errors == []


def test_clips_leave_no_runners_behind(bench: Any, clip_path: Path, qtbot: QtBot) -> None:
    screen = Screen(bench.engine)
    for number in range(4):
        with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=5000):
            bench.engine.start_recording(clip_path.with_stem(f"clip{number}"), SETTINGS)
        screen.draw(3)
        with qtbot.waitSignal(bench.engine.clip_recorded, timeout=10_000):
            bench.engine.stop_recording()
    # The one that opens files, the one that finished last, and at most one whose thread still ends.
    assert len(bench.engine.findChildren(TaskRunner)) <= 3


def _clapping_take(seconds: float = 4.0, rate_hz: int = 8000) -> Take:
    """The mouth opens for a quarter of each second, just when a tone begins."""
    frames = [
        MotionFrame.from_units(i / 60, jawOpen=float(i % 60 < 15))
        for i in range(round(60 * seconds))
    ]
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    tone = np.where(times_s % 1.0 < 0.25, 0.8 * np.sin(2 * np.pi * 500 * times_s), 0.0)
    audio = TakeAudio(tone.astype(np.float32)[:, None], rate_hz)
    return Take.from_frames("Claps", frames, 60.0, audio)


def _begin(is_on: np.ndarray, per_second: float) -> np.ndarray:
    """Times at which something begins after having been off for a while."""
    on = np.flatnonzero(is_on)
    quiet = np.flatnonzero(np.diff(on) > 0.3 * per_second) + 1
    return on[quiet] / per_second


def test_lips_and_sound_meet_in_the_clip(bench: Any, clip_path: Path, qtbot: QtBot) -> None:
    """However late a picture is drawn, it belongs to the moment it shows."""
    screen = Screen(bench.engine)
    bench.engine.set_avatar("avatar")
    bench.engine.play_take(_clapping_take())
    qtbot.waitUntil(lambda: bench.engine.status().position_s > 0.3, timeout=3000)
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=5000):
        bench.engine.start_recording(clip_path, SETTINGS)
    shown: AvatarFrame | None = None
    due_s: float | None = None
    while bench.engine.status().is_playing:
        qtbot.wait(5)
        frame = bench.engine.latest_frame.take()
        if frame is not None:
            shown, due_s = frame, frame.captured_s
        elif due_s is not None:
            due_s += 1 / SETTINGS.fps
        if shown is not None and due_s is not None and screen.tap.wants(due_s):
            qtbot.wait(20)  # drawing takes its time
            brightness = 255 if shown.motion.weight("jawOpen") > 0.5 else 0
            screen.tap.submit(_image(screen.tap, brightness), due_s)
            due_s = None
    with qtbot.waitSignal(bench.engine.clip_recorded, timeout=10_000):
        bench.engine.stop_recording()
    with av.open(clip_path) as film:
        lights = [
            float(picture.to_ndarray(format="gray").mean()) for picture in film.decode(video=0)
        ]
    samples, rate_hz = load_audio(clip_path)
    seen_s = _begin(np.array(lights) > 128, SETTINGS.fps)
    heard_s = _begin(np.abs(samples).max(axis=1) > 0.2, rate_hz)
    assert len(heard_s) >= 2
    late_s = [seen_s[np.abs(seen_s - moment).argmin()] - moment for moment in heard_s]
    assert abs(float(np.median(late_s))) < 0.05


def test_two_clips_of_one_performance_share_their_take_and_its_sound(
    bench: Any, fake: Any, clip_path: Path, qtbot: QtBot
) -> None:
    beside = clip_path.with_name("beside.mp4")
    screens = Screen(bench.engine), Screen(bench.engine, bench.engine.second_tap_changed)
    recorded: list[tuple[Any, Any]] = []
    bench.engine.clip_recorded.connect(lambda *clip: recorded.append(clip))
    bench.engine.play_take(fake.take(3.0))
    qtbot.waitUntil(lambda: bench.jaw > 0.01, timeout=2000)
    with qtbot.waitSignal(bench.engine.second_tap_changed, timeout=5000):
        bench.engine.start_recording(
            clip_path, SETTINGS, "Both", (beside, VideoSettings(32, 32, 30.0))
        )
    assert (screens[0].tap.width_px, screens[1].tap.width_px) == (64, 32)
    for _ in range(10):
        for screen in screens:
            screen.draw()
    qtbot.wait(100)
    bench.engine.stop_recording()
    qtbot.waitUntil(lambda: len(recorded) == 2, timeout=10_000)
    assert [screen.tap for screen in screens] == [None, None]
    assert [report.path for report, _ in recorded] == [clip_path, beside]
    assert recorded[0][1] is recorded[1][1]
    assert recorded[0][1].name == "Both"
    assert has_audio(clip_path)
    assert has_audio(beside)
    assert bench.errors == []


def test_where_the_second_file_cannot_be_written_neither_is_begun(
    bench: Any, clip_path: Path, qtbot: QtBot
) -> None:
    lost = clip_path.parent / "missing" / "clip.mp4"
    bench.engine.start_recording(clip_path, SETTINGS, "Both", (lost, SETTINGS))
    qtbot.waitUntil(lambda: bool(bench.errors), timeout=5000)
    assert bench.engine.status().recording is None
    assert len(bench.errors) == 1


def test_a_clip_without_sound_is_silent(bench: Any, clip_path: Path, qtbot: QtBot) -> None:
    screen = Screen(bench.engine)
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=5000):
        bench.engine.start_recording(clip_path, SETTINGS)
    screen.draw(10)
    with qtbot.waitSignal(bench.engine.clip_recorded, timeout=10_000):
        bench.engine.stop_recording()
    assert not has_audio(clip_path)


def test_stopping_while_the_file_opens_leaves_nothing_running(
    bench: Any, clip_path: Path, qtbot: QtBot
) -> None:
    bench.engine.start_recording(clip_path, SETTINGS)
    bench.engine.stop_recording()
    qtbot.waitUntil(lambda: bench.engine.status().recording is None, timeout=3000)
    qtbot.wait(300)
    assert bench.engine.status().recording is None
    bench.engine.start_take_recording("Next")
    assert bench.errors == []


def test_a_clip_counts_as_recorded_from_when_it_is_asked_for(
    make_bench: Callable[..., Any], clip_path: Path, qtbot: QtBot
) -> None:
    may_open = threading.Event()

    def open_slowly(path: Path, settings: VideoSettings) -> VideoWriter:
        may_open.wait(10.0)
        return VideoWriter(path, settings)

    engine = make_bench(open_writer=open_slowly).engine
    with qtbot.waitSignal(engine.state_changed, timeout=1000):
        engine.start_recording(clip_path, SETTINGS)
    recording = engine.status().recording
    assert (recording.is_clip, recording.elapsed_s) == (True, 0.0)
    engine.stop_recording()  # before it has begun
    may_open.set()
    qtbot.waitUntil(lambda: engine.status().recording is None, timeout=5000)


def test_a_folder_that_cannot_be_written_is_said(bench: Any, tmp_path: Path, qtbot: QtBot) -> None:
    bench.engine.start_recording(tmp_path / "missing" / "clip.mp4", SETTINGS)
    qtbot.waitUntil(lambda: bool(bench.errors), timeout=5000)
    assert isinstance(bench.errors[0], RecordingError)
    assert bench.engine.status().recording is None
    bench.engine.start_take_recording("Works")
    assert bench.engine.status().recording is not None


def test_a_second_recording_is_refused(bench: Any) -> None:
    bench.engine.start_take_recording("First")
    bench.engine.start_take_recording("Second")
    assert isinstance(bench.errors[0], RecordingError)


class _FullDisk(ClipFile):
    """Takes a little, and then nothing more."""

    room = 6000

    def write(self, data: bytes) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_a_full_disk_ends_the_clip_and_keeps_the_take(
    make_bench: Callable[..., Any], clip_path: Path, qtbot: QtBot
) -> None:
    bench = make_bench(open_writer=lambda path, settings: VideoWriter(path, settings, _FullDisk))
    screen = Screen(bench.engine)
    kept: list[Any] = []
    bench.engine.clip_recorded.connect(lambda report, take: kept.append(take))
    bench.engine.take_recorded.connect(kept.append)
    bench.engine.set_sliders(_jaw(0.3))
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=5000):
        bench.engine.start_recording(clip_path, SETTINGS, "Saved")
    rng = np.random.default_rng(1)
    deadline = time.perf_counter() + 10
    while screen.tap is not None and time.perf_counter() < deadline:
        noise = rng.integers(0, 255, (SETTINGS.height, SETTINGS.width, 3), dtype=np.uint8)
        screen.tap.submit(noise, time.perf_counter())
        qtbot.wait(20)
    qtbot.waitUntil(lambda: bool(kept), timeout=5000)
    assert "disk is full" in bench.errors[0].message
    assert len(bench.errors) == 1
    assert kept[0].name == "Saved"
    bench.engine.set_sliders(_jaw(0.8))
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.8, abs=1e-3), timeout=2000)


def test_leaving_during_a_recording_completes_the_file(
    make_bench: Callable[..., Any], clip_path: Path, qtbot: QtBot
) -> None:
    bench = make_bench()
    screen = Screen(bench.engine)
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=5000):
        bench.engine.start_recording(clip_path, SETTINGS)
    screen.draw(10)
    assert bench.engine.shutdown(5.0)
    assert clip_path.stat().st_size > 0


def test_leaving_while_a_take_plays_into_a_recording_leaves_no_timer(
    make_bench: Callable[..., Any], fake: Any, clip_path: Path, qtbot: QtBot
) -> None:
    bench = make_bench()
    bench.engine.play_take(fake.take(30.0))
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=5000):
        bench.engine.start_recording(clip_path, SETTINGS)
    assert bench.engine.shutdown(5.0)
    assert not any(timer.isActive() for timer in bench.engine.findChildren(QTimer))
