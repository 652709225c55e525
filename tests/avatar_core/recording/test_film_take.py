from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.errors import AssetError, Cancelled, FaceNotFoundError
from avatar_core.io.images import image_to_png
from avatar_core.motion import MotionFrame
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.film_take import STILL_S, take_from_film
from avatar_core.recording.video_writer import VideoWriter


class NumberTracker:
    """Reads the number in a picture as an open jaw; sees no face in the numbers given."""

    def __init__(self, *lost: int) -> None:
        self._lost = lost

    def track(self, image, time_s):
        number = number_in(image)
        if number in self._lost:
            return None
        motion = MotionFrame.from_units(time_s=time_s, jawOpen=number / 100)
        return SimpleNamespace(motion=motion)


@pytest.fixture
def film(tmp_path):
    """Twenty numbered pictures at 25 fps, with a tone."""
    settings = VideoSettings(160, 128, 25, audio_rate_hz=48000, audio_channels=1)
    pictures = MarkedPictures(160, 128)
    path = tmp_path / "film.mp4"
    with VideoWriter(path, settings) as writer:
        writer.submit_audio(np.sin(np.arange(38400) * 0.05).astype(np.float32))
        for index in range(20):
            writer.submit(pictures.picture(index), index / 25, wait=True)
    return path


def test_every_picture_is_tracked_at_its_time(film):
    steps = []

    take = take_from_film(str(film), NumberTracker(), lambda *step: steps.append(step))

    np.testing.assert_allclose(take.times_s, np.arange(20) / 25, atol=1e-4)
    np.testing.assert_allclose(take.weights[:, 17], np.arange(20) / 100, atol=1e-6)
    assert take.fps == pytest.approx(25)
    assert take.name == "film.mp4"
    assert steps[0] == (0, 20)
    assert steps[-1] == (20, 20)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_the_sound_comes_along_in_its_place(film):
    take = take_from_film(f"file:{film}", NumberTracker())

    assert take.audio is not None
    assert take.audio.duration_s == pytest.approx(0.8, abs=0.03)
    assert take.audio_offset_s == 0


def test_pictures_without_a_face_have_no_confidence(film):
    take = take_from_film(str(film), NumberTracker(0, 3, 4))

    assert [index for index in range(20) if take.confidence[index] == 0] == [0, 3, 4]


def test_a_film_without_any_face_is_said_so(film):
    with pytest.raises(FaceNotFoundError, match=r"film\.mp4") as caught:
        take_from_film(str(film), NumberTracker(*range(20)))

    assert caught.value.hint


def test_a_still_holds_its_expression(tmp_path):
    path = tmp_path / "still.png"
    path.write_bytes(image_to_png(MarkedPictures(160, 128).picture(42)))

    take = take_from_film(str(path), NumberTracker())

    assert take.duration_s == pytest.approx(STILL_S)
    np.testing.assert_allclose(take.weights[:, 17], 0.42, atol=1e-6)
    assert take.audio is None


def test_tracking_can_be_cancelled(film):
    def stop_at_five(done: int, total: int) -> None:
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        take_from_film(str(film), NumberTracker(), stop_at_five)


@pytest.mark.parametrize("uri", ["camera:0", "missing.mp4"])
def test_what_is_no_film_is_refused_in_a_sentence(uri):
    with pytest.raises(AssetError) as caught:
        take_from_film(uri, NumberTracker())

    assert caught.value.hint
