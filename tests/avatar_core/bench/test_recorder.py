from __future__ import annotations

from avatar_core.bench import recorder
from avatar_core.bench.marked_pictures import MarkedPictures
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.video_writer import VideoWriter


def test_the_keys_are_measured_and_nothing_is_lost():
    results = recorder.run(seconds=1.0, large_frames=4, killed_after_s=1.5, kills=1, long_s=0.5)

    assert {key for key in results if not key.startswith(("recorder_long_", "recorder_live_"))} == {
        "recorder_lost",
        "recorder_fps_512",
        "recorder_fps_1080p",
        "recorder_tail_lost_s",
        "recorder_encoder",
    }
    assert results["recorder_lost"] == 0
    assert results["recorder_fps_1080p"] > 0
    assert 0 <= results["recorder_tail_lost_s"] <= 1


def test_the_numbers_of_a_clip_are_read_in_order(tmp_path):
    pictures = MarkedPictures(128, 128)
    with VideoWriter(tmp_path / "clip.mp4", VideoSettings(128, 128, 30)) as writer:
        for place, number in enumerate([5, 3, 3, 9]):
            writer.submit(pictures.picture(number), place / 30, wait=True)

    assert recorder.numbers_in(tmp_path / "clip.mp4") == [5, 3, 3, 9]
    assert recorder.numbers_in(tmp_path / "missing.mp4") == []


def test_a_picture_that_is_missing_is_counted(monkeypatch):
    honest = VideoWriter.submit

    def forgetful(self, image, time_s, *, wait=False):
        return round(time_s * 30) == 7 or honest(self, image, time_s, wait=wait)

    monkeypatch.setattr(VideoWriter, "submit", forgetful)

    lost, _, _ = recorder.count_lost(20)

    assert lost == 1
