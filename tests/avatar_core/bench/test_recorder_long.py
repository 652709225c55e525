from __future__ import annotations

import numpy as np
import pytest

from avatar_core.bench import recorder_long
from avatar_core.bench.marked_pictures import MarkedPictures
from avatar_core.bench.recorder_long import (
    Found,
    av_offsets_ms,
    look_into,
    record_while_editing,
)
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.video_writer import VideoWriter

RATE = 48_000


def film(path, flash_s: float, beep_s: float, skipped: tuple[int, ...] = ()) -> None:
    """Two seconds at 30 fps with one flash and one beep."""
    pictures = MarkedPictures(192, 128)
    time_s = np.arange(2 * RATE) / RATE
    inside = (time_s >= beep_s) & (time_s < beep_s + 0.1)
    sound = (0.5 * inside * np.sin(2 * np.pi * 1000 * (time_s - beep_s))).astype(np.float32)
    with VideoWriter(path, VideoSettings(192, 128, 30, RATE, audio_channels=1)) as writer:
        writer.submit_audio(sound)
        for index in range(60):
            if index in skipped:
                continue
            image = pictures.picture(index)
            image[-8:] = 235 if index == round(30 * flash_s) else 16
            writer.submit(image, index / 30, wait=True)


@pytest.mark.parametrize("late_ms", [-120, 0, 50])
def test_the_offset_of_sound_is_measured_in_the_file(tmp_path, late_ms):
    film(tmp_path / "clip.mp4", flash_s=1.0, beep_s=1.0 + late_ms / 1000)

    found = look_into(tmp_path / "clip.mp4")

    assert found.flashes_s == pytest.approx([1.0], abs=1e-6)
    # AAC spreads the onset over a millisecond.
    assert av_offsets_ms(found) == pytest.approx([late_ms], abs=1.5)


def test_pictures_that_stand_in_for_others_are_found(tmp_path):
    film(tmp_path / "clip.mp4", 1.0, 1.0, skipped=(7, 8, 40))

    numbers = look_into(tmp_path / "clip.mp4").numbers

    assert numbers[6:10] == [6, 6, 6, 9]
    assert len(numbers) - len(set(numbers)) == 3


def test_a_flash_without_its_beep_has_no_offset():
    assert av_offsets_ms(Found([], [10.0, 20.0], [20.01])) == pytest.approx([10.0])
    assert av_offsets_ms(Found([], [10.0], [])) == []


def test_a_recording_in_real_time_is_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_long, "_MARK_EVERY_S", 0.5)
    monkeypatch.setattr(recorder_long, "_EDIT_EVERY_S", 0.01)
    monkeypatch.setattr(recorder_long, "_EDIT_GAUSSIANS", 500)

    told = record_while_editing(tmp_path / "clip.mp4", 1.5, size=(192, 128))

    assert told["lost"] == told["dropped"] == 0
    assert told["repeated"] == told["repeats_found"]
    assert told["submitted"] + told["repeated"] == 45
    assert told["seconds"] == pytest.approx(1.5)
    assert told["av_worst_ms"] <= 40
    assert told["marks"] >= 1


def test_without_a_clock_there_is_a_picture_for_every_frame(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_long, "_MARK_EVERY_S", 0.5)
    monkeypatch.setattr(recorder_long, "_EDIT_GAUSSIANS", 500)

    told = record_while_editing(tmp_path / "clip.mp4", 2.0, size=(192, 128), is_live=False)

    assert (told["submitted"], told["lost"], told["repeated"]) == (60, 0, 0)
    assert told["av_worst_ms"] <= 2  # a mark lies on its frame, and AAC spreads a millisecond
    assert told["marks"] == 4


@pytest.mark.slow
def test_a_picture_that_is_forgotten_is_told(tmp_path, monkeypatch):
    honest = VideoWriter.submit

    def forgetful(self, image, time_s, *, wait=False):
        return 0.4 < time_s < 0.5 or honest(self, image, time_s, wait=wait)

    monkeypatch.setattr(VideoWriter, "submit", forgetful)

    told = record_while_editing(tmp_path / "clip.mp4", 1.0, size=(192, 128), is_live=False)

    assert told["lost"] >= 1
