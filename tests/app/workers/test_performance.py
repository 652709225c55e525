from __future__ import annotations

import errno
import threading
import time
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PySide6.QtCore import QTimer

from avatar_core.errors import DeviceError, FaceNotFoundError, RecordingError
from avatar_core.geometry import Camera
from avatar_core.io.audio import has_audio, load_audio
from avatar_core.motion import (
    ChannelGroup,
    GroupSettings,
    MixerSettings,
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
UNSMOOTHED = MixerSettings(groups={group: GroupSettings(smoothing=0.0) for group in ChannelGroup})


def _sliders(**units: float) -> Expression:
    expression = Expression()
    for name, value in units.items():
        expression = expression.with_weight(name, value)
    return expression


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


# Frames.


def test_sliders_pose_the_avatar(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_avatar("avatar")
    bench.engine.set_sliders(_sliders(jawOpen=0.5))

    def is_posed() -> bool:
        frame = bench.engine.latest_frame.take()
        return frame is not None and frame.vertices[0, 0] == pytest.approx(0.5)

    qtbot.waitUntil(is_posed, timeout=2000)


def test_at_rest_nothing_is_evaluated(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_avatar("avatar")
    bench.engine.set_sliders(_sliders(jawOpen=0.5))
    qtbot.wait(800)
    evaluated = bench.avatars[0].evaluated
    used_s = time.process_time()
    qtbot.wait(500)
    assert bench.avatars[0].evaluated == evaluated
    assert time.process_time() - used_s < 0.15


def test_a_camera_drives_the_avatar(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.sources["camera:0"] = fake.Source([128] * 1000)
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_avatar("avatar")
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(128 / 255, abs=1e-3), timeout=3000)
    status = bench.engine.status()
    assert status.source == "camera:0"
    assert status.tracking == "tracked"
    assert status.driver_fps > 5
    assert status.duration_s is None
    assert {"capture", "track", "mix", "pose"} <= set(status.stage_ms)


def test_nothing_piles_up_while_nobody_draws(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.sources["camera:0"] = fake.Source([40, 80, 120, 160] * 100, fps=200.0)
    bench.engine.set_avatar("avatar")
    bench.engine.set_source("camera:0")
    qtbot.wait(700)
    assert bench.engine.latest_frame.dropped > 5
    assert bench.engine.latest_frame.take() is not None
    qtbot.waitUntil(lambda: bench.engine._inference.motions.take() is None)


def test_asking_for_the_running_source_again_changes_nothing(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    bench.sources["camera:0"] = fake.Source([128] * 1000)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    bench.engine.set_source("camera:0")
    qtbot.wait(100)
    assert bench.opened == ["camera:0"]


def test_a_source_that_cannot_be_opened_is_said_once(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_source("file:gone.mp4")
    qtbot.waitUntil(lambda: bool(bench.errors), timeout=2000)
    qtbot.wait(150)
    assert [error.message for error in bench.errors] == ["There is no file file:gone.mp4."]
    bench.engine.set_source("file:gone.mp4")
    qtbot.waitUntil(lambda: len(bench.errors) == 2, timeout=2000)


def test_an_unplugged_camera_leaves_the_studio_alive(bench: Any, fake: Any, qtbot: QtBot) -> None:
    gone = DeviceError("Camera 0 no longer gives pictures.", "Check its cable.")
    bench.sources["camera:0"] = fake.Source([255] * 10, error=gone)
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bool(bench.errors), timeout=3000)
    assert bench.errors == [gone]
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.0, abs=1e-3), timeout=3000)
    bench.engine.set_sliders(_sliders(jawOpen=0.4))
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.4, abs=1e-3), timeout=2000)
    bench.sources["camera:0"] = fake.Source([255] * 1000)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)


def test_errors_and_notices_arrive_on_the_gui_thread(bench: Any, qtbot: QtBot) -> None:
    threads = []
    bench.engine.failed.connect(lambda error: threads.append(threading.current_thread()))
    bench.engine.set_source("file:gone.mp4")
    qtbot.waitUntil(lambda: bool(threads), timeout=2000)
    assert threads == [threading.current_thread()]


def test_requests_never_wait_for_a_slow_source(bench: Any, fake: Any, qtbot: QtBot) -> None:
    slow = fake.Source([10])
    slow.read = lambda timeout_s: time.sleep(0.5)
    bench.sources.update({"camera:0": slow, "camera:1": fake.Source([20])})
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: "camera:0" in bench.opened, timeout=2000)
    started_s = time.perf_counter()
    bench.engine.set_source("camera:1")
    bench.engine.set_avatar("avatar")
    bench.engine.status()
    assert time.perf_counter() - started_s < 0.1
    qtbot.waitUntil(lambda: "camera:1" in bench.opened, timeout=2000)


# Calibration.


def test_calibration_answers_with_the_face_before_the_mixer(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    bench.sources["camera:0"] = fake.Source([51] * 1000)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    with qtbot.waitSignal(bench.engine.calibrated, timeout=1000) as blocker:
        bench.engine.calibrate()
    assert blocker.args[0].weight("jawOpen") == pytest.approx(0.2)


def test_calibration_without_a_face_is_refused(bench: Any) -> None:
    bench.engine.calibrate()
    assert isinstance(bench.errors[0], FaceNotFoundError)


# Playback.


def test_a_take_plays_to_its_end_and_says_so(bench: Any, fake: Any, qtbot: QtBot) -> None:
    states = []
    bench.engine.state_changed.connect(lambda: states.append(bench.engine.status().is_playing))
    take = fake.take(0.6)
    bench.engine.play_take(take)
    assert bench.engine.status().take_id == take.id
    qtbot.waitUntil(lambda: states[-1:] == [True], timeout=1000)
    qtbot.waitUntil(lambda: states[-1:] == [False], timeout=3000)
    status = bench.engine.status()
    assert status.position_s == pytest.approx(take.duration_s)
    assert bench.jaw == pytest.approx(take.frame(-1).weight("jawOpen"), abs=0.01)


def test_without_a_speaker_takes_play_and_it_is_said_once(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    for _ in range(2):
        bench.engine.play_take(fake.take(0.3))
        qtbot.waitUntil(lambda: not bench.engine.status().is_playing, timeout=3000)
    qtbot.wait(50)
    assert bench.notices == ["No sound device could be opened. Connect one."]
    assert bench.errors == []


def test_takes_pause_seek_and_go_on(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.engine.play_take(fake.take(5.0), is_paused=True)
    bench.engine.seek(2.5)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.5, abs=0.01), timeout=2000)
    qtbot.wait(100)
    assert bench.engine.status().position_s == 2.5
    bench.engine.resume()
    qtbot.waitUntil(lambda: bench.jaw > 0.52, timeout=2000)
    bench.engine.pause()
    assert not bench.engine.status().is_playing


def test_takes_loop(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.engine.set_looping(True)
    bench.engine.play_take(fake.take(0.2))
    qtbot.wait(500)
    status = bench.engine.status()
    assert status.is_playing
    assert status.is_looping
    bench.engine.set_looping(False)
    qtbot.waitUntil(lambda: not bench.engine.status().is_playing, timeout=2000)


def test_after_a_take_the_live_source_drives_again(bench: Any, fake: Any, qtbot: QtBot) -> None:
    source = fake.Source([255] * 1000)
    bench.sources["camera:0"] = source
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.jaw > 0.99, timeout=3000)
    bench.engine.play_take(fake.take(5.0), is_paused=True)
    qtbot.waitUntil(lambda: bench.jaw < 0.01, timeout=2000)
    qtbot.waitUntil(lambda: source.is_closed, timeout=2000)  # the camera's light goes out
    bench.engine.stop_take()
    assert bench.engine.status().take_id is None
    qtbot.waitUntil(lambda: bench.jaw > 0.99, timeout=3000)
    assert bench.opened == ["camera:0", "camera:0"]


def test_films_have_a_place_and_a_sound(
    make_bench: Callable[..., Any], fake: Any, qtbot: QtBot
) -> None:
    outputs: list[Any] = []

    def open_output(*args: Any) -> Any:
        outputs.append(fake.Output(*args))
        return outputs[-1]

    bench = make_bench(open_output=open_output)
    bench.sources["film"] = fake.Source([50] * 60, is_film=True, has_sound=True)
    bench.engine.set_source("film")
    qtbot.waitUntil(lambda: bool(outputs), timeout=2000)
    qtbot.wait(50)
    assert bench.engine.status().position_s == 0.0  # the sound has not begun
    assert outputs[0].play(0.5).max() == pytest.approx(0.25)
    qtbot.waitUntil(lambda: bench.engine.status().position_s > 0.0, timeout=2000)
    assert bench.engine.status().duration_s == pytest.approx(2.0)
    bench.engine.set_muted(True)
    assert not outputs[0].play(0.1).any()
    bench.engine.set_source("sliders")
    qtbot.waitUntil(lambda: outputs[0].is_closed, timeout=2000)


def test_silence_is_that_of_everything_that_plays(
    make_bench: Callable[..., Any], fake: Any, qtbot: QtBot
) -> None:
    outputs: list[Any] = []

    def open_output(*args: Any) -> Any:
        outputs.append(fake.Output(*args))
        return outputs[-1]

    bench = make_bench(open_output=open_output)
    bench.sources["film"] = fake.Source([50] * 60, is_film=True, has_sound=True)
    bench.engine.set_source("film")
    bench.engine.set_drivers(["sound:talk.wav"])
    qtbot.waitUntil(lambda: len(outputs) == 2, timeout=5000)
    qtbot.waitUntil(lambda: all(out.play(0.1).any() for out in outputs), timeout=5000)
    bench.engine.set_muted(True)
    assert not any(out.play(0.1).any() for out in outputs)
    bench.engine.set_muted(False)
    assert all(out.play(0.1).any() for out in outputs)


def test_a_film_with_broken_sound_plays_silently(bench: Any, fake: Any, qtbot: QtBot) -> None:
    from avatar_core.errors import AssetError

    def load_sound(path: Any) -> Any:
        raise AssetError("The sound of film is damaged.", "Try another copy.")

    object.__setattr__(bench.engine._backends, "load_sound", load_sound)
    bench.sources["film"] = fake.Source([50] * 60, is_film=True, has_sound=True)
    bench.engine.set_source("film")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    qtbot.waitUntil(lambda: bool(bench.notices), timeout=2000)
    assert bench.notices == ["The sound of film is damaged. Try another copy."]


# Recording.


def test_records_a_take(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.engine.set_sliders(_sliders(jawOpen=0.3))
    bench.engine.start_take_recording("Wave")
    qtbot.wait(200)
    recording = bench.engine.status().recording
    assert recording is not None
    assert not recording.is_clip
    bench.engine.set_sliders(_sliders(jawOpen=0.6))
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
    bench.engine.set_sliders(_sliders(jawOpen=0.3))
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
    bench.engine.set_sliders(_sliders(jawOpen=0.8))
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


def test_ends_in_time_with_everything_running(
    make_bench: Callable[..., Any], fake: Any, qtbot: QtBot
) -> None:
    bench = make_bench()
    bench.sources["camera:0"] = fake.Source([128] * 10_000)
    bench.engine.set_avatar("avatar")
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    started_s = time.perf_counter()
    assert bench.engine.shutdown(2.0)
    assert time.perf_counter() - started_s < 2.0


def test_the_viewport_says_from_where_the_avatar_is_seen(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_avatar("avatar")
    qtbot.waitUntil(lambda: bool(bench.avatars) and bench.avatars[0].evaluated > 0)
    camera = Camera(np.eye(4, dtype=np.float32), np.eye(3, dtype=np.float32), 8, 8)
    bench.engine.set_camera(camera)
    qtbot.waitUntil(lambda: bench.avatars[0].camera is camera)
