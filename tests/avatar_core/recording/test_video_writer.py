from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.errors import RecordingError, ShapeError
from avatar_core.recording import clip_encoder
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.clip_file import ClipFile
from avatar_core.recording.video_writer import VideoWriter

ROOT = Path(__file__).resolve().parents[3]


def record(path: Path, count: int, settings: VideoSettings, **writer) -> VideoWriter:
    """Submit `count` numbered pictures at their exact times, and close."""
    pictures = MarkedPictures(settings.width, settings.height)
    with VideoWriter(path, settings, **writer) as clip:
        for index in range(count):
            clip.submit(pictures.picture(index), index / settings.fps, wait=True)
    return clip


def top_level_boxes(path: Path) -> list[str]:
    data, start, kinds = path.read_bytes(), 0, []
    while start + 8 <= len(data):
        kinds.append(data[start + 4 : start + 8].decode("latin-1"))
        start += int.from_bytes(data[start : start + 4], "big")
    return kinds


def test_every_picture_is_in_the_clip_once_and_in_order(tmp_path, decode):
    writer = record(tmp_path / "clip.mp4", 100, VideoSettings(256, 128, 30))

    clip = decode(tmp_path / "clip.mp4")
    report = writer.report
    assert [number_in(image) for image in clip.pictures] == list(range(100))
    np.testing.assert_allclose(clip.times_s, np.arange(100) / 30, atol=1e-4)
    assert (report.frames, report.repeated, report.dropped, report.error) == (100, 0, 0, None)
    assert report.duration_s == pytest.approx(100 / 30)
    assert report.size_bytes == (tmp_path / "clip.mp4").stat().st_size
    assert report.encoder in ("libx264", "h264_nvenc")
    assert report.notices == ()


def test_a_clean_stop_leaves_a_plain_mp4_with_its_index_in_front(tmp_path):
    record(tmp_path / "clip.mp4", 40, VideoSettings(128, 128, 30, audio_rate_hz=44100))

    kinds = top_level_boxes(tmp_path / "clip.mp4")
    assert "moof" not in kinds
    assert kinds.index("moov") < kinds.index("mdat")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_colours_are_tagged_and_come_back(tmp_path):
    swatches = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (118, 118, 118), (224, 172, 140)]
    image = np.repeat(np.array([swatches], np.uint8).repeat(64, 0), 64, axis=1)
    with VideoWriter(tmp_path / "clip.mp4", VideoSettings(320, 64, 30)) as writer:
        for index in range(5):
            writer.submit(image, index / 30, wait=True)

    with av.open(tmp_path / "clip.mp4") as clip:
        frame = next(clip.decode(video=0))
        context = clip.streams.video[0].codec_context
        tags = (context.color_primaries, context.color_trc, context.colorspace)
        assert (context.pix_fmt, *tags, context.color_range) == ("yuv420p", 1, 1, 1, 1)
    decoded = frame.to_ndarray(format="rgb24").astype(int)
    centres = decoded[16:48].reshape(32, 5, 64, 3)[:, :, 16:48].mean(axis=(0, 2))
    # 8-bit limited-range YUV alone costs 2 levels; the wrong matrix would cost 20 and more.
    np.testing.assert_allclose(centres, swatches, atol=4)


def test_late_pictures_leave_repeats_and_early_ones_are_replaced(tmp_path, decode):
    pictures = MarkedPictures(128, 128)
    times = {0: 0.0, 1: 0.1, 2: 0.11, 3: 0.12, 4: 0.5}  # at 10 fps: slots 0, 1, 1, 1, 5
    with VideoWriter(tmp_path / "clip.mp4", VideoSettings(128, 128, 10)) as writer:
        for number, time_s in times.items():
            assert writer.submit(pictures.picture(number), time_s, wait=True)
    report = writer.report

    numbers = [number_in(image) for image in decode(tmp_path / "clip.mp4").pictures]
    assert numbers == [0, 3, 3, 3, 3, 4]
    assert (report.frames, report.repeated, report.dropped) == (6, 3, 2)


def test_the_last_picture_is_held_until_the_end_asked_for(tmp_path, decode):
    settings = VideoSettings(128, 128, 10, audio_rate_hz=48000)
    writer = VideoWriter(tmp_path / "clip.mp4", settings)
    writer.submit(MarkedPictures(128, 128).picture(7), 0.0)

    report = writer.close(end_s=1.0)

    assert report.duration_s == pytest.approx(1.0)
    clip = decode(tmp_path / "clip.mp4")
    assert len(clip.pictures) == 10
    assert len(clip.sound) == pytest.approx(48000, abs=1024)


def beep(rate_hz: int, at_s: float, duration_s: float) -> np.ndarray:
    """A 1 kHz tone of a tenth of a second in silence."""
    time_s = np.arange(int(rate_hz * duration_s)) / rate_hz
    inside = (time_s >= at_s) & (time_s < at_s + 0.1)
    return (0.5 * inside * np.sin(2 * np.pi * 1000 * time_s)).astype(np.float32)


def beep_start_s(sound: np.ndarray, rate_hz: int) -> float:
    return float(np.argmax(np.abs(sound) > 0.2) / rate_hz)


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_lies_where_it_was_put(tmp_path, decode, rate_hz, channels):
    settings = VideoSettings(128, 128, 30, audio_rate_hz=rate_hz, audio_channels=channels)
    sound = beep(rate_hz, at_s=1.0, duration_s=2.0)
    with VideoWriter(tmp_path / "clip.mp4", settings) as writer:
        for index in range(60):
            writer.submit(np.full((128, 128, 3), index, np.uint8), index / 30, wait=True)
            piece = slice(index * rate_hz // 30, (index + 1) * rate_hz // 30)
            assert writer.submit_audio(sound[piece])

    clip = decode(tmp_path / "clip.mp4")
    # A millisecond: the onset of a windowed tone is not sharper after AAC.
    assert beep_start_s(clip.sound, clip.sound_rate_hz) == pytest.approx(1.0, abs=1e-3)
    assert clip.sound_start_s == 0
    assert clip.times_s[0] == 0
    assert len(clip.sound) / clip.sound_rate_hz == pytest.approx(2.0, abs=0.025)


def test_sound_that_comes_all_at_once_or_late_or_too_long_stays_in_place(tmp_path, decode):
    settings = VideoSettings(128, 128, 30, audio_rate_hz=48000)
    sound = beep(48000, at_s=1.5, duration_s=9.0)
    with VideoWriter(tmp_path / "clip.mp4", settings) as writer:
        for index in range(60):
            writer.submit(np.full((128, 128, 3), index, np.uint8), index / 30, wait=True)
        writer.submit_audio(sound[24000:], time_s=0.5)

    clip = decode(tmp_path / "clip.mp4")
    assert beep_start_s(clip.sound, 48000) == pytest.approx(1.5, abs=1e-3)
    assert len(clip.sound) / 48000 == pytest.approx(2.0, abs=0.025)


def test_a_picture_that_is_held_for_minutes_has_its_sound_beside_it(tmp_path, decode):
    """Written after it, the sound could not be read."""
    settings = VideoSettings(64, 64, 10, audio_rate_hz=16000, audio_channels=1)
    writer = VideoWriter(tmp_path / "clip.mp4", settings)
    writer.submit(np.zeros((64, 64, 3), np.uint8), 0.0)
    writer.submit_audio(beep(16000, at_s=299.0, duration_s=300.0))

    report = writer.close(end_s=300.0)

    clip = decode(tmp_path / "clip.mp4")
    assert (report.error, clip.broken) == (None, False)
    assert len(clip.pictures) == report.frames == 3000
    assert beep_start_s(clip.sound, clip.sound_rate_hz) == pytest.approx(299.0, abs=1e-3)


def test_an_odd_size_is_padded_and_said(tmp_path, decode):
    writer = record(tmp_path / "clip.mp4", 3, VideoSettings(129, 97, 30))

    assert decode(tmp_path / "clip.mp4").pictures[0].shape == (98, 130, 3)
    assert "130 x 98" in writer.report.notices[0]


def test_a_picture_of_another_size_is_scaled_and_said_once(tmp_path, decode):
    with VideoWriter(tmp_path / "clip.mp4", VideoSettings(128, 128, 30)) as writer:
        for index in range(4):
            writer.submit(np.full((64, 128, 3), 200, np.uint8), index / 30, wait=True)

    image = decode(tmp_path / "clip.mp4").pictures[-1]
    assert image[64, 64].mean() > 180
    assert image[5, 64].mean() < 20
    assert len(writer.report.notices) == 1


class GatedFile(ClipFile):
    """A disk that stands still until the gate opens."""

    gate = threading.Event()

    def write(self, data: bytes) -> int:
        self.gate.wait()
        return super().write(data)


def test_submitting_never_waits_for_a_slow_disk_and_counts_what_it_refuses(tmp_path, decode):
    GatedFile.gate.clear()
    pictures = MarkedPictures(128, 128)
    settings = VideoSettings(128, 128, 30, queue_frames=4)
    writer = VideoWriter(tmp_path / "clip.mp4", settings, open_file=GatedFile)
    try:
        taken = [writer.submit(pictures.picture(index), index / 30) for index in range(12)]
    finally:
        GatedFile.gate.set()
    report = writer.close()

    assert taken == [True] * 4 + [False] * 8
    assert report.dropped == 8
    numbers = [number_in(image) for image in decode(tmp_path / "clip.mp4").pictures]
    assert numbers == [0, 1, 2, 3]


class FullDisk(ClipFile):
    """A disk with room for the first bytes only, the last of them taken in part."""

    room = 60_000

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._left = self.room

    def write(self, data: bytes) -> int:
        if self._left < len(data):
            super().write(data[: self._left])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._left -= len(data)
        return super().write(data)


@pytest.mark.parametrize("audio_rate_hz", [None, 48000])
def test_a_full_disk_stops_recording_and_keeps_what_was_written(tmp_path, decode, audio_rate_hz):
    settings = VideoSettings(256, 256, 30, audio_rate_hz=audio_rate_hz)
    pictures = MarkedPictures(256, 256)
    writer = VideoWriter(tmp_path / "clip.mp4", settings, open_file=FullDisk)
    index = 0
    while writer.submit(pictures.picture(index), index / 30, wait=True):
        writer.submit_audio(np.zeros(1600, np.float32))
        index += 1
    refused_after = writer.submit(pictures.picture(index), index / 30)
    sound_after = writer.submit_audio(np.zeros(1600, np.float32))
    report = writer.close()

    assert "disk is full" in writer.error.message
    assert writer.error.hint
    assert report.error is writer.error
    assert (refused_after, sound_after) == (False, False)
    clip = decode(tmp_path / "clip.mp4")
    assert not clip.broken
    assert [number_in(image) for image in clip.pictures] == list(range(report.frames))
    assert report.frames >= 15
    assert report.size_bytes <= FullDisk.room


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_size_limit_of_the_system_ends_recording_but_not_the_program(tmp_path, decode):
    script = f"""
import resource, sys
from avatar_core.bench.marked_pictures import MarkedPictures
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.video_writer import VideoWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))
pictures = MarkedPictures(256, 256)
writer = VideoWriter({str(tmp_path / "clip.mp4")!r}, VideoSettings(256, 256, 30))
index = 0
while writer.submit(pictures.picture(index), index / 30, wait=True):
    index += 1
sys.stdout.write(f"{{writer.close().error}}")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "disk is full" in done.stdout
    clip = decode(tmp_path / "clip.mp4")
    assert not clip.broken
    assert len(clip.pictures) >= 15


def test_a_disk_that_is_full_only_for_the_second_copy_leaves_the_clip_playable(
    tmp_path, decode, monkeypatch
):
    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("avatar_core.io.atomic.os.fsync", no_room)
    writer = record(tmp_path / "clip.mp4", 40, VideoSettings(128, 128, 30))

    assert writer.error is None
    assert "stays as it was recorded" in writer.report.notices[0]
    assert os.strerror(errno.ENOSPC) in writer.report.notices[0]
    assert "moof" in top_level_boxes(tmp_path / "clip.mp4")
    assert len(decode(tmp_path / "clip.mp4").pictures) == 40
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize(
    ("target", "word"),
    [("missing/clip.mp4", "does not exist"), (".", "is a folder"), ("file/clip.mp4", "exist")],
)
def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path, target, word):
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(RecordingError, match=word) as caught:
        VideoWriter(tmp_path / target, VideoSettings(64, 64, 30))

    assert caught.value.hint


def test_a_folder_without_permission_is_refused_at_once(tmp_path, monkeypatch):
    def refuse(self, *arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)  # permissions mean nothing to root
    with pytest.raises(RecordingError, match="may not be written"):
        VideoWriter(tmp_path / "clip.mp4", VideoSettings(64, 64, 30))


def test_a_missing_encoder_is_said_and_the_old_clip_stays(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"an older clip")
    settings = VideoSettings(64, 64, 30, encoders=("no_such_encoder",))

    writer = VideoWriter(tmp_path / "clip.mp4", settings)
    report = writer.close()

    assert "no_such_encoder" in report.error.message
    assert "H.264" in report.error.message
    assert report.frames == 0
    assert (tmp_path / "clip.mp4").read_bytes() == b"an older clip"


def test_an_encoder_that_does_not_open_gives_way_to_the_next(tmp_path, decode):
    settings = VideoSettings(64, 64, 30, encoders=("no_such_encoder", "h264_nvenc", "libx264"))

    writer = record(tmp_path / "clip.mp4", 5, settings)

    assert writer.report.encoder in ("h264_nvenc", "libx264")
    assert len(decode(tmp_path / "clip.mp4").pictures) == 5


def test_a_fault_inside_the_encoder_becomes_a_sentence(tmp_path, monkeypatch, caplog):
    def broken(self, image, count):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(clip_encoder.ClipEncoder, "write_picture", broken)
    writer = record(tmp_path / "clip.mp4", 5, VideoSettings(64, 64, 30))

    assert "a bug" in writer.error.message
    assert "ZeroDivisionError" in caplog.text


def test_a_clip_without_pictures_is_no_clip(tmp_path):
    writer = VideoWriter(tmp_path / "clip.mp4", VideoSettings(64, 64, 30, 48000))
    writer.submit_audio(np.zeros(4800, np.float32))

    report = writer.close()

    assert (report.frames, report.duration_s, report.error) == (0, 0, None)
    assert "No picture" in report.notices[0]
    assert not list(tmp_path.iterdir())


def test_closing_twice_gives_the_same_report_and_nothing_is_taken_afterwards(tmp_path):
    writer = VideoWriter(tmp_path / "clip.mp4", VideoSettings(64, 64, 30))
    writer.submit(np.zeros((64, 64, 3), np.uint8), 0.0)

    assert writer.close() is writer.close()
    assert not writer.submit(np.zeros((64, 64, 3), np.uint8), 1.0)
    assert not writer.submit(np.zeros((64, 64, 3), np.uint8), 1.0, wait=True)


def test_mistakes_of_the_caller_are_raised_to_the_caller(tmp_path):
    with VideoWriter(tmp_path / "clip.mp4", VideoSettings(64, 64, 30, 48000)) as writer:
        with pytest.raises(ShapeError):
            writer.submit(np.zeros((64, 64), np.uint8), 0.0)
        with pytest.raises(ValueError, match="uint8"):
            writer.submit(np.zeros((64, 64, 3), np.float32), 0.0)
        with pytest.raises(ValueError, match="finite"):
            writer.submit(np.zeros((64, 64, 3), np.uint8), float("nan"))
        with pytest.raises(ShapeError):
            writer.submit_audio(np.zeros((10, 3), np.float32))


RECORD_FOR_EVER = """
import sys, time
import numpy as np
from avatar_core.bench.marked_pictures import MarkedPictures
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.video_writer import VideoWriter
pictures = MarkedPictures(96, 96)
writer = VideoWriter(sys.argv[1], VideoSettings(96, 96, 30, audio_rate_hz=48000))
start = time.perf_counter()
for index in range(10_000):
    time.sleep(max(0, start + index / 30 - time.perf_counter()))
    writer.submit(pictures.picture(index), index / 30, wait=True)
    if sys.argv[2] == "with sound":
        writer.submit_audio(np.zeros(1600, np.float32))
    sys.stdout.write(f"{index}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("sound", ["with sound", "sound that never came"])
def test_a_killed_recording_loses_at_most_the_last_second(tmp_path, decode, sound):
    path = tmp_path / "clip.mp4"
    process = subprocess.Popen(
        [sys.executable, "-c", RECORD_FOR_EVER, str(path), sound],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    submitted = -1
    for line in process.stdout:
        submitted = int(line)
        if submitted >= 160:
            process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            break
    submitted = max([submitted, *map(int, process.stdout.read().split())])
    process.stdout.close()
    process.wait()

    clip = decode(path)
    assert not clip.broken
    numbers = [number_in(image) for image in clip.pictures]
    assert numbers == list(range(len(numbers)))
    assert submitted - numbers[-1] <= 30
    if sound == "with sound":
        assert len(clip.sound) / 48000 > numbers[-1] / 30 - 1.0
