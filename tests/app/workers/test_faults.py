"""What happens to a show when its devices fail: it goes on, says what happened, and recovers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from app.workers import driver_loop
from avatar_core.driving.sources import open_source
from avatar_core.errors import DeviceError
from avatar_core.io.audio import load_audio
from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    DriverShare,
    GroupSettings,
    MixerSettings,
    MotionFrame,
)
from avatar_core.recording.clip import VideoSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CAMERA, MICROPHONE, PHONE = "camera:0", "mic:", "livelink:11111"
CAMERA_GONE = DeviceError("Camera 0 no longer gives pictures.", "Check its cable.")
MICROPHONE_GONE = DeviceError("The microphone no longer gives sound.", "Check its cable.")

AT_REST = DriverProfile(MotionFrame())
UNSMOOTHED = MixerSettings(
    groups={group: GroupSettings(smoothing=0.0) for group in ChannelGroup},
    profiles={CAMERA: AT_REST, PHONE: AT_REST},
)
SPOKEN = UNSMOOTHED.with_group(
    ChannelGroup.JAW, GroupSettings(smoothing=0.0, drivers=(DriverShare(MICROPHONE),))
)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_loop, "_FIRST_RETRY_S", 0.05)


def _is_live(bench: Any, uri: str) -> Callable[[], bool]:
    return lambda: bench.state(uri) == "live"


def _screen(bench: Any) -> list[Any]:
    taps: list[Any] = []
    bench.engine.clip_tap_changed.connect(taps.append)
    return taps


def _draw(taps: list[Any], qtbot: QtBot, seconds: float) -> None:
    """Film the window for a while."""
    ends_s = time.perf_counter() + seconds
    while time.perf_counter() < ends_s:
        tap = taps[-1]
        tap.submit(np.zeros((tap.height_px, tap.width_px, 3), np.uint8), time.perf_counter())
        qtbot.wait(30)


def _grey_film(path: Path) -> Path:
    """Six pictures at ten a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height = 64, 48
        picture = np.full((48, 64, 3), 100, np.uint8)
        for _ in range(6):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_a_camera_unplugged_while_recording(
    bench: Any, fake: Any, clip_path: Path, qtbot: QtBot
) -> None:
    camera = fake.Source([255] * 10_000)
    bench.sources[CAMERA] = camera
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_source(CAMERA)
    taps = _screen(bench)
    qtbot.waitUntil(lambda: bench.jaw > 0.99, timeout=10_000)
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=10_000):
        bench.engine.start_recording(clip_path, VideoSettings(64, 48, 30.0))
    _draw(taps, qtbot, 0.3)
    del bench.sources[CAMERA]
    camera.unplug(CAMERA_GONE)
    qtbot.waitUntil(lambda: bench.state(CAMERA) == "lost", timeout=10_000)
    _draw(taps, qtbot, 0.8)
    assert bench.jaw == pytest.approx(0.0, abs=1e-3)  # eased to neutral
    bench.sources[CAMERA] = fake.Source([204] * 1000)
    qtbot.waitUntil(_is_live(bench, CAMERA), timeout=10_000)
    _draw(taps, qtbot, 0.8)
    assert bench.jaw == pytest.approx(0.8, abs=1e-2)
    with qtbot.waitSignal(bench.engine.clip_recorded, timeout=10_000) as blocker:
        bench.engine.stop_recording()
    report, take = blocker.args
    assert report.error is None
    assert bench.errors == [CAMERA_GONE]
    assert bench.notices == ["Camera 0 is back."]
    # The take has the whole story: there, gone, there again, and never a jump.
    jaws = np.array([frame.weight("jawOpen") for frame in take.frames()])
    assert jaws[0] > 0.9
    assert jaws.min() < 0.01
    assert jaws[-1] == pytest.approx(0.8, abs=1e-2)
    assert np.abs(np.diff(jaws)).max() < 0.35


def test_a_microphone_gone_while_recording(
    bench: Any, fake: Any, clip_path: Path, qtbot: QtBot
) -> None:
    bench.sources[CAMERA] = fake.Source([204] * 10_000)
    microphone = fake.Microphone(16_000)
    bench.microphones = [microphone]
    bench.engine.set_mixer(SPOKEN)
    bench.engine.set_source(CAMERA)
    bench.engine.set_drivers([MICROPHONE])
    taps = _screen(bench)
    qtbot.waitUntil(_is_live(bench, MICROPHONE), timeout=10_000)
    with qtbot.waitSignal(bench.engine.clip_tap_changed, timeout=10_000):
        bench.engine.start_recording(clip_path, VideoSettings(64, 48, 30.0))
    _draw(taps, qtbot, 0.6)
    assert bench.jaw == pytest.approx(0.5, abs=0.02)  # what is said, not what is seen
    microphone.unplug(MICROPHONE_GONE)
    qtbot.waitUntil(lambda: bench.state(MICROPHONE) == "lost", timeout=10_000)
    _draw(taps, qtbot, 0.8)
    assert bench.jaw == pytest.approx(0.8, abs=0.02)  # the camera has taken over
    bench.microphones = [fake.Microphone(8000)]  # it returns with another rate
    qtbot.waitUntil(_is_live(bench, MICROPHONE), timeout=10_000)
    _draw(taps, qtbot, 0.8)
    assert bench.jaw == pytest.approx(0.5, abs=0.02)
    with qtbot.waitSignal(bench.engine.clip_recorded, timeout=10_000) as blocker:
        bench.engine.stop_recording()
    report, take = blocker.args
    assert report.error is None
    assert bench.errors == [MICROPHONE_GONE]
    assert bench.notices == ["Microphone is back."]
    samples, rate_hz = load_audio(clip_path)
    loud = np.abs(samples[:, 0]) > 0.2
    assert loud[: rate_hz // 4].mean() > 0.5
    assert loud[-rate_hz // 4 :].mean() > 0.5
    assert loud.mean() < 0.9  # the outage is silent
    assert len(samples) / rate_hz == pytest.approx(take.duration_s, abs=0.2)
    assert take.audio is not None


def test_a_take_has_the_sound_of_the_microphone_beside_it(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    microphone = fake.Microphone(8000)
    bench.microphones = [microphone]
    bench.engine.set_mixer(UNSMOOTHED)
    microphone.level = 0.0
    bench.engine.set_source(MICROPHONE)
    qtbot.waitUntil(lambda: bench.state(MICROPHONE) != "opening", timeout=10_000)
    bench.engine.start_take_recording("Spoken")
    qtbot.wait(400)
    microphone.level = 0.6
    qtbot.waitUntil(lambda: bench.jaw > 0.5, timeout=10_000)
    qtbot.wait(200)
    with qtbot.waitSignal(bench.engine.take_recorded, timeout=2000) as blocker:
        bench.engine.stop_take_recording()
    take = blocker.args[0]
    assert take.audio is not None
    begins = int(np.flatnonzero(take.audio.samples[:, 0] > 0.3)[0])
    heard_s = take.audio_offset_s + begins / take.audio.rate_hz
    seen_s = next(frame.time_s for frame in take.frames() if frame.weight("jawOpen") > 0.3)
    assert seen_s - heard_s == pytest.approx(0.0, abs=0.1)
    assert take.audio_offset_s + len(take.audio.samples) / take.audio.rate_hz == pytest.approx(
        take.duration_s, abs=0.15
    )


def test_a_phone_out_of_range(bench: Any, fake: Any, qtbot: QtBot) -> None:
    phone = fake.Phone(0.7)
    bench.phones[PHONE] = phone
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_source(PHONE)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.7, abs=1e-2), timeout=10_000)
    phone.is_in_range = False
    qtbot.waitUntil(lambda: bench.state(PHONE) == "lost", timeout=10_000)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.0, abs=1e-2), timeout=10_000)
    phone.is_in_range = True
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.7, abs=1e-2), timeout=10_000)
    assert [error.message for error in bench.errors] == ["Live Link Face sends nothing."]
    assert bench.notices == ["Live Link Face is back."]


def test_a_film_deleted_while_it_plays(
    make_bench: Callable[..., Any], tmp_path: Path, qtbot: QtBot
) -> None:
    bench = make_bench(open_source=lambda uri: open_source(uri, paced=False))
    film = _grey_film(tmp_path / "film.mp4")
    uri = f"file:{film}"
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_source(uri)
    qtbot.waitUntil(_is_live(bench, uri), timeout=10_000)
    kept = film.read_bytes()
    film.unlink()
    qtbot.waitUntil(lambda: bench.state(uri) == "lost", timeout=10_000)
    qtbot.wait(300)
    assert [error.message for error in bench.errors] == ["film.mp4 has gone."]
    film.write_bytes(kept)
    qtbot.waitUntil(_is_live(bench, uri), timeout=10_000)
    assert bench.notices == ["film.mp4 is back."]


def test_all_at_once(bench: Any, fake: Any, qtbot: QtBot) -> None:
    """Everything fails in the same moment; sliders go on, and everything comes back."""
    camera, microphone = fake.Source([255] * 10_000), fake.Microphone(8000)
    bench.sources[CAMERA], bench.microphones = camera, [microphone]
    phone = fake.Phone()
    bench.phones[PHONE] = phone
    bench.engine.set_mixer(SPOKEN)
    bench.engine.set_source(CAMERA)
    bench.engine.set_drivers([MICROPHONE, PHONE])
    uris = (CAMERA, MICROPHONE, PHONE)
    qtbot.waitUntil(lambda: all(bench.state(uri) == "live" for uri in uris), timeout=10_000)
    del bench.sources[CAMERA]
    camera.unplug(CAMERA_GONE)
    microphone.unplug(MICROPHONE_GONE)
    phone.is_in_range = False
    qtbot.waitUntil(lambda: all(bench.state(uri) == "lost" for uri in uris), timeout=10_000)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.0, abs=1e-2), timeout=10_000)
    bench.sources[CAMERA] = fake.Source([255] * 1000)
    bench.microphones = [fake.Microphone(8000)]
    phone.is_in_range = True
    qtbot.waitUntil(lambda: all(bench.state(uri) == "live" for uri in uris), timeout=10_000)
    assert len(bench.errors) == 3
    assert sorted(bench.notices) == [
        "Camera 0 is back.",
        "Live Link Face is back.",
        "Microphone is back.",
    ]
