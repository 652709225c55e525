"""Microphones on stand-ins for PortAudio: nothing lost, everything at its time."""

from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.driving import microphone, sound_stream
from avatar_core.driving.microphone import Microphone, list_microphones, open_microphone
from avatar_core.driving.noise_gate import NoiseGate, loudness_db
from avatar_core.driving.sound_input import open_sound_input
from avatar_core.driving.sound_ring import SoundRing
from avatar_core.driving.sound_stream import SoundStream
from avatar_core.errors import DeviceError
from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Callable


class _Input:
    """A device that gives samples when the test says so."""

    def __init__(self, rate_hz: int = 8000) -> None:
        self.rate_hz = rate_hz
        self.is_alive = True
        self.is_closed = False
        self.name = ""
        self.hear: Callable[[np.ndarray, float], None] = lambda samples, ended_s: None

    def open(self, name: str, hear: Callable[[np.ndarray, float], None]) -> _Input:
        self.name, self.hear = name, hear
        return self

    def close(self) -> None:
        self.is_closed = True


def _ramp(start: int, count: int) -> np.ndarray:
    return (np.arange(start, start + count) / 100_000).astype(np.float32)


# The ring.


def test_every_sample_comes_once_and_in_order() -> None:
    ring = SoundRing(8000)

    def speak() -> None:
        for index in range(200):
            ring.put(_ramp(80 * index, 80), 5.0 + 0.01 * index)
            time.sleep(0.0005)

    speaker = threading.Thread(target=speak)
    speaker.start()
    heard: list[np.ndarray] = []
    while sum(map(len, heard)) < 16_000:
        taken = ring.take(1.0)
        assert taken is not None
        heard.append(taken[0])
    speaker.join()
    np.testing.assert_array_equal(np.concatenate(heard), _ramp(0, 16_000))
    assert ring.lost == 0


def test_jitter_is_smoothed_and_gaps_are_silence() -> None:
    ring = SoundRing(1000)
    ring.put(np.ones(100, np.float32), 10.0)
    ring.put(np.ones(100, np.float32), 10.12)  # 20 ms late: jitter
    taken = ring.take(0.0)
    assert taken is not None
    assert len(taken[0]) == 200
    assert taken[1] == pytest.approx(10.102)
    ring.put(np.ones(100, np.float32), 10.702)  # half a second is missing
    taken = ring.take(0.0)
    assert taken is not None
    assert len(taken[0]) == 600
    assert not taken[0][:500].any()
    assert taken[0][500:].all()
    assert taken[1] == pytest.approx(10.702)


def test_only_who_never_reads_loses_the_oldest_and_it_is_counted() -> None:
    ring = SoundRing(1000, seconds=1.0)
    for index in range(15):
        ring.put(_ramp(100 * index, 100), 1 + 0.1 * index)
    taken = ring.take(0.0)
    assert taken is not None
    np.testing.assert_array_equal(taken[0], _ramp(500, 1000))
    assert ring.lost == 500
    assert ring.take(0.0) is None


# The gate.


def test_the_gate_opens_for_a_voice_and_not_for_hum() -> None:
    gate = NoiseGate(-40.0, 8000)
    times_s = np.arange(8000) / 8000
    hum = (0.002 * np.sin(2 * np.pi * 50 * times_s)).astype(np.float32)  # -57 dB
    voice = (0.2 * np.sin(2 * np.pi * 200 * times_s)).astype(np.float32)  # -17 dB
    assert not gate.apply(hum).any()
    passed = gate.apply(voice)
    np.testing.assert_array_equal(passed[80:], voice[80:])  # open after a window of 10 ms
    ending = gate.apply(hum)
    np.testing.assert_array_equal(ending[:1500], hum[:1500])  # held for the ends of words
    assert not ending[1800:].any()


def test_loudness_is_that_of_full_scale() -> None:
    assert loudness_db(np.ones(10, np.float32)) == pytest.approx(0.0)
    assert loudness_db(np.full(10, 0.1, np.float32)) == pytest.approx(-20.0, abs=1e-5)
    assert loudness_db(np.zeros(10, np.float32)) == -120.0
    assert loudness_db(np.zeros(0, np.float32)) == -120.0


# The microphone.


def test_gives_all_samples_with_their_times() -> None:
    device = _Input()
    heard = open_microphone(DriverAddress.parse("mic:USB Audio"), device.open)
    assert device.name == "USB Audio"
    assert heard.read(0.0) is None
    device.hear(_ramp(0, 80), 20.00)
    device.hear(_ramp(80, 80), 20.01)
    block = heard.read(0.0)
    assert block is not None
    np.testing.assert_array_equal(block.samples, _ramp(0, 160))
    np.testing.assert_array_equal(block.voice, block.samples)
    assert block.captured_s == pytest.approx(20.01)
    assert block.began_s == pytest.approx(19.99)
    heard.close()
    assert device.is_closed
    assert heard.read(0.0) is None


def test_gain_reaches_the_recording_and_the_gate_only_the_voice() -> None:
    device = _Input()
    heard = open_microphone(DriverAddress.parse("mic:?gain=20&gate=-10"), device.open)
    device.hear(np.full(80, 0.01, np.float32), 20.0)
    block = heard.read(0.0)
    assert block is not None
    np.testing.assert_allclose(block.samples, 0.1, rtol=1e-5)  # -20 dB
    assert not block.voice.any()
    device.hear(np.full(80, 0.5, np.float32), 20.01)
    block = heard.read(0.0)
    assert block is not None
    assert block.samples.max() == 1.0  # not beyond full scale
    heard.close()


@pytest.mark.parametrize("option", ["gain=loud", "gain=100", "gate=5", "gate="])
def test_settings_that_make_no_sense_are_told_in_words(option: str) -> None:
    with pytest.raises(DeviceError, match="Microphone cannot be opened with") as caught:
        open_microphone(DriverAddress.parse(f"mic:?{option}"), _Input().open)
    assert caught.value.hint


def test_a_device_that_stops_is_gone() -> None:
    device = _Input()
    heard = Microphone("Headset", open_input=device.open)
    device.hear(_ramp(0, 80), 20.0)
    device.is_alive = False
    assert heard.read(0.0) is not None  # what it said before is not lost
    with pytest.raises(DeviceError, match="'Headset' no longer gives sound") as caught:
        heard.read(0.0)
    assert caught.value.hint
    assert device.is_closed
    assert heard.read(0.0) is None


def test_a_device_that_hangs_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "_SILENCE_S", 0.05)
    device = _Input()
    heard = Microphone(open_input=device.open)
    device.hear(_ramp(0, 80), 20.0)
    assert heard.read(0.0) is not None
    with pytest.raises(DeviceError, match="The microphone no longer gives sound"):
        heard.read(0.1)


# PortAudio.


class _PortAudioError(Exception):
    pass


class _Stream:
    latency = 0.02
    error: Exception | None = None

    def __init__(self, **options: Any) -> None:
        if self.error is not None:
            raise self.error
        self.options = options
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def abort(self) -> None:
        raise _PortAudioError("device is gone")

    def close(self) -> None:
        self.calls.append("close")


class _PortAudio(SimpleNamespace):
    PortAudioError = _PortAudioError

    def __init__(self, names: list[str]) -> None:
        super().__init__(default=SimpleNamespace(device=[1, 0]), streams=[], rescans=0)
        self.rate_hz = 44_100.0
        self.names, self.later = names, names

    def query_devices(self, kind: str = "") -> Any:
        speaker = {"name": "Speaker", "max_input_channels": 0}
        devices = [speaker] + [
            {
                "name": name,
                "index": index,
                "max_input_channels": 8,
                "default_samplerate": self.rate_hz,
            }
            for index, name in enumerate(self.names, 1)
        ]
        if kind == "input" and not self.names:
            raise _PortAudioError("Error querying device -1")
        return devices[1] if kind == "input" else devices

    def InputStream(self, **options: Any) -> _Stream:  # noqa: N802 - sounddevice's name
        self.streams.append(_Stream(**options))
        stream: _Stream = self.streams[-1]
        return stream

    def _terminate(self) -> None:
        self.rescans += 1

    def _initialize(self) -> None:
        self.names = self.later


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> _PortAudio:
    module = _PortAudio(["Built-in", "Headset", "Headset"])
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    monkeypatch.setattr(sound_stream, "_streams", set())
    return module


def test_lists_each_microphone_once(portaudio: _PortAudio) -> None:
    found = list_microphones()
    assert [(each.uri, each.is_usual) for each in found] == [
        ("mic:Built-in", True),
        ("mic:Headset", False),
    ]


def test_no_sound_system_means_no_microphones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert list_microphones() == []
    with pytest.raises(DeviceError, match="PortAudio is not installed"):
        Microphone()


def test_channels_are_mixed_and_times_are_those_of_capture(portaudio: _PortAudio) -> None:
    heard: list[tuple[np.ndarray, float]] = []
    device = open_sound_input("Headset", lambda *block: heard.append(block))
    stream = portaudio.streams[0]
    assert stream.options["device"] == 2
    assert stream.options["channels"] == 2
    assert device.rate_hz == 44_100
    both = np.stack([np.full(441, 0.2), np.full(441, 0.4)], axis=1).astype(np.float32)
    times = SimpleNamespace(inputBufferAdcTime=9.97, currentTime=10.0)
    stream.options["callback"](both, 441, times, None)
    np.testing.assert_allclose(heard[0][0], 0.3, rtol=1e-6)
    assert time.perf_counter() - heard[0][1] == pytest.approx(0.02, abs=0.01)
    assert device.is_alive
    stream.options["finished_callback"]()
    assert not device.is_alive
    device.close()
    assert stream.calls == ["start", "close"]


def test_a_microphone_that_is_not_there_is_named(portaudio: _PortAudio) -> None:
    with pytest.raises(DeviceError, match="no microphone called 'Lapel'") as caught:
        open_sound_input("Lapel", lambda *block: None)
    assert caught.value.hint
    portaudio.names = portaudio.later = []
    with pytest.raises(DeviceError, match=r"There is no microphone\."):
        open_sound_input("", lambda *block: None)


def test_devices_are_looked_for_anew_only_where_nothing_else_sounds(
    portaudio: _PortAudio,
) -> None:
    portaudio.later = ["Lapel"]
    speaker = SoundStream(_Stream, lambda *block: None)
    with pytest.raises(DeviceError):
        open_sound_input("Lapel", lambda *block: None)
    assert portaudio.rescans == 0
    speaker.close()
    open_sound_input("Lapel", lambda *block: None)
    assert portaudio.rescans == 1
    with pytest.raises(DeviceError):  # the lapel microphone is heard now
        open_sound_input("Other", lambda *block: None)
    assert portaudio.rescans == 1


def test_a_sound_system_that_did_not_begin_again_is_tried_later(
    portaudio: _PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise _PortAudioError("PortAudio not initialized")

    portaudio.later = ["Lapel"]
    with monkeypatch.context() as broken:
        broken.setattr(portaudio, "_initialize", fails)
        with pytest.raises(DeviceError, match="'Lapel'"):
            open_sound_input("Lapel", lambda *block: None)
    monkeypatch.setattr(portaudio, "_terminate", fails)
    open_sound_input("Lapel", lambda *block: None)


def test_a_stream_that_does_not_start_is_given_back(
    portaudio: _PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(stream: _Stream) -> None:
        raise _PortAudioError("Device unavailable")

    monkeypatch.setattr(_Stream, "start", fails)
    with pytest.raises(DeviceError, match="'Headset' cannot be opened"):
        open_sound_input("Headset", lambda *block: None)
    assert [stream.calls for stream in portaudio.streams] == [["close"]] * 2


def test_a_device_that_has_changed_its_rate_is_opened_with_the_new_one(
    portaudio: _PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PortAudio goes on telling the old one until it looks anew."""
    monkeypatch.setattr(_Stream, "error", _PortAudioError("Invalid sample rate"))
    look_anew = portaudio._initialize

    def initialize() -> None:
        look_anew()
        portaudio.rate_hz = 16_000.0
        monkeypatch.setattr(_Stream, "error", None)

    monkeypatch.setattr(portaudio, "_initialize", initialize)
    device = open_sound_input("Headset", lambda *block: None)
    assert device.rate_hz == 16_000
    assert portaudio.rescans == 1


def test_a_microphone_in_use_is_told_in_words(
    portaudio: _PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Stream, "error", _PortAudioError("Device unavailable"))
    with pytest.raises(DeviceError, match="'Headset' cannot be opened") as caught:
        open_sound_input("Headset", lambda *block: None)
    assert "other programs" in caught.value.hint
