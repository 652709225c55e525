from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.workers.speaker import open_speaker
from avatar_core.errors import DeviceError


class _PortAudioError(Exception):
    pass


class _Stream:
    """A stream as sounddevice makes them."""

    latency = 0.25
    is_refused = False

    def __init__(self, **options: Any) -> None:
        if self.is_refused:
            raise _PortAudioError("Error querying device -1")
        self.options = options
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def abort(self) -> None:
        self.calls.append("abort")
        raise _PortAudioError("device is gone")

    def close(self) -> None:
        self.calls.append("close")

    def ask(self, frames: int, dac_s: float, now_s: float) -> np.ndarray:
        out = np.zeros((frames, self.options["channels"]), np.float32)
        times = SimpleNamespace(outputBufferDacTime=dac_s, currentTime=now_s)
        self.options["callback"](out, frames, times, None)
        return out


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[_Stream]:
    made: list[_Stream] = []

    def output_stream(**options: Any) -> _Stream:
        made.append(_Stream(**options))
        return made[-1]

    module = SimpleNamespace(OutputStream=output_stream, PortAudioError=_PortAudioError)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return made


class _Fill:
    def __init__(self) -> None:
        self.asked: list[tuple[int, float]] = []

    def __call__(self, count: int, heard_in_s: float) -> np.ndarray:
        self.asked.append((count, heard_in_s))
        return np.full((count, 1), 0.5, np.float32)


def test_asks_for_samples_and_says_when_they_are_heard(streams: list[_Stream]) -> None:
    fill = _Fill()
    speaker = open_speaker(8000, 1, fill)
    heard = streams[0].ask(64, dac_s=10.12, now_s=10.0)
    assert (heard == 0.5).all()
    assert fill.asked[0][0] == 64
    assert fill.asked[0][1] == pytest.approx(0.12)
    assert speaker.is_alive


@pytest.mark.parametrize(("dac_s", "now_s"), [(0.0, 0.0), (0.0, 5.0), (99.0, 5.0)])
def test_without_usable_times_the_streams_latency_serves(
    streams: list[_Stream], dac_s: float, now_s: float
) -> None:
    fill = _Fill()
    open_speaker(8000, 1, fill)
    streams[0].ask(64, dac_s, now_s)
    assert fill.asked[0][1] == _Stream.latency


def test_a_stream_that_ends_by_itself_is_dead(streams: list[_Stream]) -> None:
    speaker = open_speaker(8000, 1, _Fill())
    streams[0].options["finished_callback"]()
    assert not speaker.is_alive


def test_closing_a_device_that_is_gone_is_harmless(streams: list[_Stream]) -> None:
    speaker = open_speaker(8000, 1, _Fill())
    speaker.close()
    assert streams[0].calls == ["start", "abort", "close"]
    assert not speaker.is_alive


def test_no_device_is_a_sentence(streams: list[_Stream], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Stream, "is_refused", True)
    with pytest.raises(DeviceError, match="No sound device") as caught:
        open_speaker(8000, 1, _Fill())
    assert caught.value.hint


def test_no_portaudio_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(DeviceError, match="PortAudio") as caught:
        open_speaker(8000, 1, _Fill())
    assert "libportaudio2" in caught.value.hint
