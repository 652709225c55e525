from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers.clip_sound import ClipSound, Heard
from app.workers.playback import Transport
from app.workers.recording import ClipRecording
from app.workers.soundtrack import Soundtrack
from avatar_core.io.audio import load_audio
from avatar_core.motion import MotionFrame, TakeAudio
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.video_writer import VideoWriter

if TYPE_CHECKING:
    from pathlib import Path

RATE = 8000
SILENT = VideoSettings(64, 64, 10.0, queue_frames=64)


def _transport(clock: Any, *, is_looping: bool = False) -> Transport:
    """Two seconds whose samples tell their time; without a device, on the fake clock."""
    samples = np.arange(2 * RATE, dtype=np.float32)[:, None] / (2 * RATE)
    track = Soundtrack(TakeAudio(samples, RATE))
    transport = Transport(2.0, track, is_looping=is_looping, open_output=_no_device, clock=clock)
    transport.open()
    return transport


def _no_device(*_: Any) -> Any:
    from avatar_core.errors import DeviceError

    raise DeviceError("None.")


class Taker:
    """Asks a `ClipSound` every 50 ms and lays the pieces on the clip."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.start_s = clock()
        self.sound = ClipSound(RATE, 1)
        self.track = np.zeros(10 * RATE, np.float32)
        self.pieces: list[tuple[np.ndarray, float]] = []

    def run(self, transport: Transport | None, seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            self.clock.forward(0.05)
            self.ask(transport)

    def ask(self, transport: Transport | None) -> None:
        piece = self.sound.advance(transport, self.clock() - self.start_s)
        if piece is not None:
            samples, starts_s = piece
            first = round(starts_s * RATE)
            self.track[first : first + len(samples)] = samples[:, 0]
            self.pieces.append(piece)

    def at(self, clip_s: float) -> float:
        """Time of the medium that is heard at a time of the clip."""
        return 2.0 * float(self.track[round(clip_s * RATE)])


@pytest.fixture
def taker(fake: Any) -> Taker:
    return Taker(fake.Clock())


def test_sound_lies_where_it_was_heard(taker: Taker) -> None:
    transport = _transport(taker.clock)
    taker.run(transport, 0.5)  # paused
    transport.play()
    taker.ask(transport)
    taker.run(transport, 1.0)
    assert taker.at(0.25) == 0.0
    assert taker.at(1.0) == pytest.approx(0.5, abs=0.001)
    assert taker.at(1.4) == pytest.approx(0.9, abs=0.001)


def test_pieces_follow_without_gap_or_overlap(taker: Taker) -> None:
    transport = _transport(taker.clock)
    transport.play()
    taker.ask(transport)
    taker.run(transport, 1.5)
    ends = [start + len(samples) / RATE for samples, start in taker.pieces]
    starts = [start for _, start in taker.pieces]
    assert starts[1:] == pytest.approx(ends[:-1], abs=1e-9)


def test_a_pause_is_silence(taker: Taker) -> None:
    transport = _transport(taker.clock)
    transport.play()
    taker.ask(transport)
    taker.run(transport, 0.5)
    transport.pause()
    taker.run(transport, 0.5)
    transport.play()
    taker.ask(transport)
    taker.run(transport, 0.5)
    assert taker.at(0.4) == pytest.approx(0.4, abs=0.001)
    assert taker.at(0.75) == 0.0
    assert taker.at(1.25) == pytest.approx(0.75, abs=0.001)


@pytest.mark.parametrize("place_s", [0.2, 1.5])
def test_a_seek_is_heard_where_it_happened(taker: Taker, place_s: float) -> None:
    transport = _transport(taker.clock)
    transport.play()
    taker.ask(transport)
    taker.run(transport, 0.5)
    transport.seek(place_s)
    taker.run(transport, 0.4)
    assert taker.at(0.45) == pytest.approx(0.45, abs=0.001)
    assert taker.at(0.85) == pytest.approx(place_s + 0.35, abs=0.001)


def test_a_loop_goes_on_from_the_beginning(taker: Taker) -> None:
    transport = _transport(taker.clock, is_looping=True)
    transport.seek(1.5)
    transport.play()
    taker.ask(transport)
    taker.run(transport, 1.0)
    assert taker.at(0.45) == pytest.approx(1.95, abs=0.001)
    assert taker.at(0.75) == pytest.approx(0.25, abs=0.001)


def test_another_medium_takes_over(taker: Taker) -> None:
    first, second = _transport(taker.clock), _transport(taker.clock)
    first.play()
    taker.ask(first)
    taker.run(first, 0.5)
    second.play()
    taker.ask(second)
    taker.run(second, 0.5)
    assert taker.at(0.9) == pytest.approx(0.4, abs=0.001)
    taker.run(None, 0.5)
    assert taker.at(1.3) == 0.0


def test_settings_take_the_sound_of_what_plays(fake: Any) -> None:
    settings = VideoSettings(64, 64, 30.0, audio_rate_hz=48_000)
    assert Heard().settings(settings).audio_rate_hz is None
    assert Heard(Transport(1.0)).settings(settings).audio_rate_hz is None
    sounding = Heard(_transport(fake.Clock())).settings(settings)
    assert (sounding.audio_rate_hz, sounding.audio_channels) == (RATE, 1)


def _image(brightness: int) -> np.ndarray:
    return np.full((64, 64, 3), brightness, np.uint8)


def test_a_clip_has_its_pictures_its_sound_and_its_take(clip_path: Path, fake: Any) -> None:
    clock = fake.Clock()
    transport = _transport(clock)
    heard = Heard(transport)
    settings = heard.settings(VideoSettings(64, 64, 20.0, queue_frames=64))
    transport.play()
    clip = ClipRecording(VideoWriter(clip_path, settings), "Take", clock)
    clip.follow_sound(heard)
    for index in range(20):
        captured_s = clock()
        clip.recorder.append(MotionFrame.from_units(jawOpen=index / 20))
        clock.forward(0.05)
        assert clip.wants(captured_s)
        clip.submit(_image(10 * index), captured_s)
        clip.follow_sound(heard)
    clip.end(heard)
    finished = clip.finish()
    assert finished.report.frames == 20
    assert finished.report.dropped == 0
    samples, rate_hz = load_audio(clip_path)
    # AAC of a slow ramp is close to the ramp: sample values tell the time.
    middle = 2.0 * float(samples[round(0.5 * rate_hz)].mean())
    assert middle == pytest.approx(0.5, abs=0.05)
    take = finished.take
    assert take is not None
    assert take.name == "Take"
    assert take.duration_s == pytest.approx(1.0, abs=0.06)
    assert take.audio is not None
    heard = take.audio.samples[round((0.5 - take.audio_offset_s) * RATE), 0]
    assert 2.0 * float(heard) == pytest.approx(0.5, abs=0.01)


def test_more_pictures_than_the_clip_has_room_for_are_not_wanted(
    clip_path: Path, fake: Any
) -> None:
    clock = fake.Clock()
    clip = ClipRecording(
        VideoWriter(clip_path, VideoSettings(64, 64, 10.0, queue_frames=64)), "Take", clock
    )
    taken = 0
    for _ in range(60):
        clock.forward(1 / 60)
        if clip.wants(clock()):
            clip.submit(_image(50), clock())
            taken += 1
    clip.end(Heard())
    report = clip.finish().report
    assert 10 <= taken <= 11
    assert report.dropped == 0


def test_a_still_performance_is_as_long_as_it_was_recorded(clip_path: Path, fake: Any) -> None:
    clock = fake.Clock()
    clip = ClipRecording(
        VideoWriter(clip_path, VideoSettings(64, 64, 10.0, queue_frames=64)), "Take", clock
    )
    clip.submit(_image(50), clock())
    clock.forward(3.0)
    clip.end(Heard())
    finished = clip.finish()
    assert finished.report.duration_s == pytest.approx(3.0, abs=0.11)
    assert finished.take is None
