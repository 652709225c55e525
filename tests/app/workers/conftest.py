"""Stand-ins for cameras, trackers, avatars and speakers: small, exact, without any device."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers.backends import Backends
from app.workers.performance import PerformanceEngine
from avatar_core.driving.face_tracker import TrackedFace
from avatar_core.driving.frame_source import CapturedImage
from avatar_core.driving.microphone import SoundBlock
from avatar_core.errors import AssetError, DeviceError
from avatar_core.frame import AvatarFrame
from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.motion.speech_style import SpeechStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from avatar_core.geometry import Camera

LOST = 0
"""Brightness of a picture without a face; others are 255 times its jawOpen."""


def picture(brightness: int, time_s: float = 0.0, looped: int = 0) -> CapturedImage:
    image = np.full((4, 4, 3), brightness, np.uint8)
    return CapturedImage(image, time_s, time.perf_counter(), round(30 * time_s), looped)


class FakeSource:
    """Gives what was put into it; a film of its pictures when it has a duration."""

    def __init__(
        self,
        brightness: list[int],
        *,
        fps: float = 30.0,
        is_film: bool = False,
        has_sound: bool = False,
        error: Exception | None = None,
    ) -> None:
        self.uri = "fake"
        self.fps = fps
        self.size = (4, 4)
        self.duration_s = len(brightness) / fps if is_film else None
        self.audio_path = "sound" if has_sound else None
        self.ended = False
        self.is_closed = False
        self.reads = 0
        self._brightness = brightness
        self._error = error
        self._unplugged: Exception | None = None
        self._is_film = is_film

    def unplug(self, error: Exception) -> None:
        """From now on it only fails."""
        self._unplugged = error

    def read(self, timeout_s: float) -> CapturedImage | None:
        if self._unplugged is not None:
            raise self._unplugged
        count = self.reads
        if self._is_film:
            self.reads += 1
            looped, index = divmod(count, len(self._brightness))
            return picture(self._brightness[index], index / self.fps, looped)
        if count < len(self._brightness):
            self.reads += 1
            time.sleep(1 / self.fps)
            return picture(self._brightness[count], count / self.fps)
        if self._error is not None:
            raise self._error
        time.sleep(min(timeout_s, 0.02))
        return None

    def close(self) -> None:
        self.is_closed = True


class FakeTracker:
    """Reads jawOpen from the brightness."""

    def __init__(self, error: Exception | None = None) -> None:
        self.tracked = 0
        self._error = error

    def reset(self) -> None:
        pass

    def track(self, image: np.ndarray, time_s: float) -> TrackedFace | None:
        if self._error is not None:
            raise self._error
        self.tracked += 1
        brightness = int(image[0, 0, 0])
        if brightness == LOST:
            return None
        motion = MotionFrame.from_units(time_s, jawOpen=brightness / 255)
        empty = np.zeros((478, 3), np.float32)
        return TrackedFace(motion, empty, np.zeros(4, np.float32), 1.0)


class FakeMicrophone:
    """Gives blocks of 10 ms, each as loud as its number says; then what the test wants."""

    def __init__(
        self, rate_hz: int = 8000, blocks: int = 10**9, error: Exception | None = None
    ) -> None:
        self.rate_hz = rate_hz
        self.left = blocks
        self.level = 0.5
        self.is_closed = False
        self._error = error

    def unplug(self, error: Exception) -> None:
        """From now on it only fails."""
        self.left, self._error = 0, error

    def read(self, timeout_s: float) -> SoundBlock | None:
        if self.left <= 0:
            if self._error is not None:
                raise self._error
            time.sleep(min(timeout_s, 0.02))
            return None
        time.sleep(0.01)
        self.left -= 1
        samples = np.full(self.rate_hz // 100, self.level, np.float32)
        return SoundBlock(samples, samples, self.rate_hz, time.perf_counter())

    def close(self) -> None:
        self.is_closed = True


class FakeSpeech:
    """Opens the jaw as far as the sound is loud; a moment of it needs 40 ms of later sound."""

    lag_s = 0.04

    def __init__(self, note: str = "") -> None:
        self.note = note
        self.style = SpeechStyle()
        self._fed_s = 0.0
        self._given = 0

    def feed(self, samples: np.ndarray, rate_hz: int) -> list[MotionFrame]:
        self._fed_s += len(samples) / rate_hz
        frames = []
        while self._given / 50 + self.lag_s <= self._fed_s + 1e-9:
            jaw = float(np.abs(samples).max(initial=0.0)) * self.style.amount
            frames.append(MotionFrame.from_units(self._given / 50, jawOpen=min(jaw, 1.0)))
            self._given += 1
        return frames


class FakePhone:
    """Sends a motion every 10 ms while it is in range."""

    def __init__(self, jaw: float = 0.6) -> None:
        self.is_in_range = True
        self.is_closed = False
        self.reason = ""
        self._jaw = jaw

    def read(self, timeout_s: float) -> MotionFrame | None:
        time.sleep(0.01)
        if not self.is_in_range:
            return None
        return MotionFrame.from_units(time.perf_counter(), jawOpen=self._jaw)

    def close(self) -> None:
        self.is_closed = True


class FakeAvatar:
    """One vertex at x = jawOpen; each camera sees it anew."""

    def __init__(self, asset: Any, error: Exception | None = None) -> None:
        self.asset = asset
        self.evaluated = 0
        self.hurried: list[bool] = []
        self.is_behind = False
        self.camera: Camera | None = None
        self._error = error

    def evaluate(
        self,
        motion: MotionFrame,
        camera: Camera | None = None,
        *,
        captured_s: float | None = None,
        stage_ms: dict[str, float] | None = None,
        is_hurried: bool = False,
    ) -> AvatarFrame:
        self.hurried.append(is_hurried)
        self.is_behind = is_hurried
        if self._error is not None:
            raise self._error
        self.evaluated += 1
        self.camera = camera
        vertices = np.array([[motion.weight("jawOpen"), 0, 0]], np.float32)
        none = np.zeros((0, 3), np.float32)
        quats = np.zeros((0, 4), np.float32)
        stages = {**(stage_ms or {}), "pose": 0.5}
        return AvatarFrame(
            motion=motion,
            vertices=vertices,
            hair_means=none,
            hair_quats=quats,
            hair_turn=np.eye(3, dtype=np.float32),
            stage_ms=stages,
            captured_s=captured_s,
        )

    def is_seen_anew(self, camera: Camera) -> bool:
        return camera is not self.camera


class FakeOutput:
    """A speaker that takes samples when the test says so."""

    def __init__(self, rate_hz: int, channels: int, fill: Callable[..., np.ndarray]) -> None:
        self.rate_hz = rate_hz
        self.channels = channels
        self.is_alive = True
        self.is_closed = False
        self._fill = fill

    def play(self, seconds: float, latency_s: float = 0.0) -> np.ndarray:
        return self._fill(round(seconds * self.rate_hz), latency_s)

    def close(self) -> None:
        self.is_alive = False
        self.is_closed = True


class FakeClock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def forward(self, seconds: float) -> None:
        self.now_s += seconds


class Bench:
    """An engine on stand-ins, and everything it said."""

    def __init__(self, **overrides: Any) -> None:
        self.tracker = FakeTracker()
        self.avatars: list[FakeAvatar] = []
        self.sources: dict[str, FakeSource] = {}
        self.opened: list[str] = []
        self.microphones: list[FakeMicrophone] = []
        self.phones: dict[str, FakePhone] = {}
        backends = {
            "open_source": self._open_source,
            "make_tracker": lambda: self.tracker,
            "load_sound": lambda path: TakeAudio(np.full((8000, 1), 0.25, np.float32), 8000),
            "open_microphone": self._open_microphone,
            "make_speech": FakeSpeech,
            "open_phone": self._open_phone,
            "build_avatar": self._build,
            "open_output": no_speaker,
        }
        self.engine = PerformanceEngine(backends=Backends(**{**backends, **overrides}))
        self.errors: list[Exception] = []
        self.notices: list[str] = []
        self.engine.failed.connect(self.errors.append)
        self.engine.notice.connect(self.notices.append)

    @property
    def jaw(self) -> float:
        """jawOpen of the newest mixed motion."""
        motion = self.engine.status().motion
        return -1.0 if motion is None else motion.weight("jawOpen")

    def _open_source(self, uri: str) -> FakeSource:
        self.opened.append(uri)
        if uri not in self.sources:
            raise AssetError(f"There is no file {uri}.", "Choose another.")
        return self.sources[uri]

    def _open_microphone(self, address: Any) -> FakeMicrophone:
        if not self.microphones:
            raise DeviceError("There is no microphone.", "Connect one.")
        return self.microphones.pop(0)

    def _open_phone(self, uri: str) -> FakePhone:
        if uri not in self.phones:
            raise DeviceError("The port is in use.", "Close the other program.")
        return self.phones[uri]

    def state(self, uri: str) -> str:
        """How a driver is doing; empty when it is off."""
        states = {each.uri: each.state for each in self.engine.status().drivers}
        return states.get(uri, "")

    def _build(self, asset: Any) -> FakeAvatar:
        self.avatars.append(FakeAvatar(asset))
        return self.avatars[-1]


def no_speaker(rate_hz: int, channels: int, fill: Callable[..., np.ndarray]) -> FakeOutput:
    raise DeviceError("No sound device could be opened.", "Connect one.")


def sounding_take(seconds: float = 1.0, rate_hz: int = 8000) -> Take:
    """jawOpen rises from 0 to 1; the sound is a ramp too, so that each sample tells its time."""
    count = round(30 * seconds)
    frames = [MotionFrame.from_units(i / 30, jawOpen=i / count) for i in range(count)]
    ramp = np.linspace(0, 1, round(seconds * rate_hz), endpoint=False, dtype=np.float32)
    return Take.from_frames("Ramp", frames, 30.0, TakeAudio(ramp[:, None], rate_hz))


@pytest.fixture
def fake() -> Any:
    """The stand-ins by name: `fake.Source`, `fake.Tracker`, ..."""

    class Fakes:
        Source = FakeSource
        Tracker = FakeTracker
        Avatar = FakeAvatar
        Output = FakeOutput
        Microphone = FakeMicrophone
        Speech = FakeSpeech
        Phone = FakePhone
        Clock = FakeClock
        picture = staticmethod(picture)
        take = staticmethod(sounding_take)

    return Fakes


@pytest.fixture
def make_bench(qtbot: QtBot) -> Iterator[Callable[..., Bench]]:
    """Makes engines, and sees that each of them ends in time with all its threads."""
    benches: list[Bench] = []

    def make(**overrides: Any) -> Bench:
        benches.append(Bench(**overrides))
        return benches[-1]

    before = set(threading.enumerate())
    yield make
    for bench in benches:
        assert bench.engine.shutdown(2.0)
    assert set(threading.enumerate()) <= before


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def clip_path(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4"
