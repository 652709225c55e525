from __future__ import annotations

import av
import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.errors import RecordingError
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.clip_encoder import ClipEncoder
from avatar_core.recording.remux import count_pictures, remux_plain


@pytest.fixture
def fragmented(tmp_path):
    path = tmp_path / "clip.mp4"
    settings = VideoSettings(128, 96, 25, audio_rate_hz=48000, audio_channels=1)
    encoder = ClipEncoder(path, settings)
    encoder.open()
    pictures = MarkedPictures(128, 96)
    time_s = np.arange(48000 * 2) / 48000
    tone = (0.3 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)[:, None]
    for index in range(50):
        encoder.write_picture(pictures.picture(index), 1)
        encoder.write_sound(tone[index * 1920 : (index + 1) * 1920])
    encoder.finish()
    encoder.release()
    return path


def test_nothing_is_lost_or_shifted(fragmented, decode):
    before = decode(fragmented)
    assert b"moof" in fragmented.read_bytes()

    remux_plain(fragmented)

    after = decode(fragmented)
    assert b"moof" not in fragmented.read_bytes()
    assert [number_in(image) for image in after.pictures] == list(range(50))
    np.testing.assert_array_equal(after.pictures, before.pictures)
    np.testing.assert_allclose(after.times_s, before.times_s, atol=1e-6)
    np.testing.assert_array_equal(after.sound, before.sound)
    assert after.sound_start_s == before.sound_start_s == 0
    with av.open(fragmented) as clip:
        assert clip.streams.video[0].average_rate == 25


@pytest.mark.parametrize("content", [b"", b"not a film", b"\0\0\0\x18ftypisom"])
def test_what_is_not_a_clip_stays_as_it_is(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)

    with pytest.raises(RecordingError):
        remux_plain(path)

    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]
    assert count_pictures(path) == 0


def test_pictures_are_counted_as_far_as_a_cut_file_goes(fragmented):
    assert count_pictures(fragmented) == 50
    data = fragmented.read_bytes()
    fragmented.write_bytes(data[: len(data) // 2])

    assert 10 < count_pictures(fragmented) < 45
    assert count_pictures(fragmented.with_name("missing.mp4")) == 0
