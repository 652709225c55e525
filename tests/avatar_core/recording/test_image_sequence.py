from __future__ import annotations

import errno
import os
import wave
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.errors import RecordingError
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.film_format import PNG_8, PNG_16, open_film


def written(path, settings, count=5, images=None):
    pictures = MarkedPictures(settings.width, settings.height)
    film = open_film(path, settings)
    for index in range(count):
        image = pictures.picture(index) if images is None else images[index]
        film.submit(image, index / 10, wait=True)
    return film.close()


def numbers(path):
    files = sorted(path.glob("*.png"))
    return [number_in(cv2.imread(str(file))) for file in files]


def test_each_frame_is_a_picture_and_the_sound_lies_beside(tmp_path):
    settings = VideoSettings(128, 96, 10, 8000, audio_channels=1, format=PNG_8)
    film = open_film(tmp_path / "Rosa", settings)
    pictures = MarkedPictures(128, 96)
    tone = (0.5 * np.sin(np.arange(8000) * 0.1)).astype(np.float32)
    film.submit_audio(tone)
    for number, time_s in enumerate((0.0, 0.1, 0.4)):
        film.submit(pictures.picture(number), time_s, wait=True)
    report = film.close()

    assert numbers(tmp_path / "Rosa") == [0, 1, 1, 1, 2]
    assert {file.name for file in (tmp_path / "Rosa").iterdir()} == {
        "Rosa.wav",
        *(f"Rosa_{number:06d}.png" for number in range(5)),
    }
    assert (report.frames, report.repeated, report.error) == (5, 2, None)
    assert report.size_bytes == sum(file.stat().st_size for file in (tmp_path / "Rosa").iterdir())
    with wave.open(str(tmp_path / "Rosa" / "Rosa.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (8000, 1, 4000)
        samples = np.frombuffer(sound.readframes(4000), "<i2") / 32767
    np.testing.assert_allclose(samples, tone[:4000], atol=1 / 32767)


def test_sixteen_bits_with_alpha_are_straight(tmp_path):
    drawn = np.zeros((16, 16, 4), np.uint16)
    drawn[4:8] = (20000, 10000, 5000, 40000)

    written(tmp_path / "deep", VideoSettings(16, 16, 10, format=PNG_16, alpha=True), 1, [drawn])

    read = cv2.imread(str(tmp_path / "deep" / "deep_000000.png"), cv2.IMREAD_UNCHANGED)
    assert read.dtype == np.uint16
    assert read[5, 5].tolist() == [8192, 16384, 32768, 40000]  # blue, green, red: over alpha
    assert not read[0].any()


def test_eight_bits_of_a_picture_become_sixteen_without_loss(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (17, 19, 3), np.uint8)

    report = written(tmp_path / "odd", VideoSettings(19, 17, 10, format=PNG_16), 1, [image])

    read = cv2.imread(str(tmp_path / "odd" / "odd_000000.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read[..., ::-1], image.astype(np.uint16) * 257)
    assert report.notices == ()  # odd sizes are fine


def test_alpha_that_nobody_wants_is_left_out(tmp_path):
    image = np.full((16, 16, 4), 80, np.uint8)

    written(tmp_path / "plain", VideoSettings(16, 16, 10, format=PNG_8), 1, [image])

    read = cv2.imread(str(tmp_path / "plain" / "plain_000000.png"), cv2.IMREAD_UNCHANGED)
    assert read.shape == (16, 16, 3)
    assert (read == 80).all()


def test_a_shorter_film_leaves_nothing_of_the_one_before_and_other_files_alone(tmp_path):
    settings = VideoSettings(128, 96, 10, format=PNG_8)
    written(tmp_path / "Rosa", settings, 5)
    (tmp_path / "Rosa" / "notes.txt").write_text("mine")
    (tmp_path / "Rosa" / "Other_000000.png").write_bytes(b"not ours")
    (tmp_path / "Rosa" / "Rosa_000009.part").write_bytes(b"of one that was killed")

    written(tmp_path / "Rosa", settings, 2)

    assert sorted(file.name for file in (tmp_path / "Rosa").iterdir()) == [
        "Other_000000.png", "Rosa_000000.png", "Rosa_000001.png", "notes.txt",
    ]  # fmt: skip


def test_a_film_can_go_on_from_a_number_under_a_name(tmp_path):
    settings = VideoSettings(128, 96, 10, format=PNG_8, frame_name="shot")
    written(tmp_path / "out", settings, 2)

    written(tmp_path / "out", replace(settings, first_number=2), 2)

    assert numbers(tmp_path / "out") == [0, 1, 0, 1]
    assert (tmp_path / "out" / "shot_000003.png").is_file()


def test_a_full_disk_is_told_and_what_is_whole_stays(tmp_path, monkeypatch):
    kept = Path.write_bytes

    def write(self, data):
        if self.name.startswith("Rosa_000003"):
            kept(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return kept(self, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    report = written(tmp_path / "Rosa", VideoSettings(128, 96, 10, format=PNG_8), 12)

    assert "disk is full" in report.error.message
    assert report.frames == 3
    assert numbers(tmp_path / "Rosa") == [0, 1, 2]
    assert not list((tmp_path / "Rosa").glob("*.part"))


def test_a_disk_that_is_pulled_out_ends_the_film_in_words(tmp_path, monkeypatch):
    kept, is_gone = Path.write_bytes, []

    def write(self, data):
        if self.name.startswith("Rosa_000003"):
            is_gone.append(True)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return kept(self, data)

    found = Path.glob

    def glob(self, pattern):
        if is_gone:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return found(self, pattern)

    monkeypatch.setattr(Path, "write_bytes", write)
    monkeypatch.setattr(Path, "glob", glob)
    report = written(tmp_path / "Rosa", VideoSettings(128, 96, 10, format=PNG_8), 12)

    assert os.strerror(errno.EIO) in report.error.message
    assert (report.frames, report.size_bytes) == (0, 0)


@pytest.mark.parametrize(("target", "word"), [("missing/out", "does not exist"), ("file", "file")])
def test_a_place_for_no_folder_is_refused_at_once(tmp_path, target, word):
    (tmp_path / "file").write_text("mine")

    with pytest.raises(RecordingError, match=word) as caught:
        open_film(tmp_path / target, VideoSettings(64, 64, 10, format=PNG_8))

    assert caught.value.hint
    assert (tmp_path / "file").read_text() == "mine"


def test_without_pictures_there_is_no_folder(tmp_path):
    film = open_film(tmp_path / "Rosa", VideoSettings(64, 64, 10, 8000, format=PNG_8))
    film.submit_audio(np.zeros(800, np.float32))

    assert film.close().frames == 0
    assert not list(tmp_path.iterdir())
