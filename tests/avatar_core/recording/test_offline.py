from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.errors import Cancelled, RecordingError
from avatar_core.geometry.framing import framing_camera
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import edited_hair
from avatar_core.heads.flame_sequence import FlameSequence
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import neutral_frame
from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.project import HairEdits
from avatar_core.recording import offline
from avatar_core.recording.clip_file import ClipFile
from avatar_core.recording.offline import RenderSettings, frame_count, render_performance
from avatar_core.recording.video_writer import VideoWriter
from avatar_core.render.scene import SceneOptions
from avatar_core.texture.composite import AS_IT_IS, PaintMaps


@pytest.fixture(scope="module")
def asset():
    return load_demo_avatar()


@pytest.fixture
def take() -> Take:
    """Two seconds at 30 fps whose jaw tells the time, with a click after a second."""
    frames = [MotionFrame.from_units(time_s=index / 30, jawOpen=index / 100) for index in range(60)]
    sound = np.zeros((96000, 2), np.float32)
    sound[48000:50000] = 0.5 * np.sin(np.arange(2000) * 0.2)[:, None]
    return Take.from_frames("counting", frames, 30.0, TakeAudio(sound, 48000))


class DrawnNumbers:
    """A renderer that draws a hundred times the jaw as a number."""

    released = 0
    sizes: ClassVar[list[tuple[int, int]]] = []

    def __init__(self, width: int, height: int) -> None:
        self._pictures = MarkedPictures(width, height)
        self.size = (width, height)
        DrawnNumbers.sizes.append(self.size)

    def render(self, asset, frame, camera, scene, paint):
        assert (camera.width_px, camera.height_px) == self.size
        assert not scene.transparent
        return self._pictures.picture(round(100 * frame.motion.weight("jawOpen")))

    def release(self) -> None:
        DrawnNumbers.released += 1


@pytest.fixture
def drawn_numbers(monkeypatch):
    DrawnNumbers.released = 0
    DrawnNumbers.sizes = []
    monkeypatch.setattr(offline, "OffscreenRenderer", DrawnNumbers)


SMALL = RenderSettings(128, 128)


@pytest.mark.gl
def test_hair_is_drawn_as_edited_and_stays_where_it_was_combed(tmp_path, decode, asset):
    still = [replace(MotionFrame.from_units(jawOpen=0.3), time_s=at / 10) for at in range(2)]
    take = Take.from_frames("still", still, 10.0)
    settings = replace(SMALL, scene=SceneOptions(background=(0, 0, 0), show_grid=False))
    canvas = HairCanvas(asset.hair, HairEdits())
    left = np.flatnonzero(asset.hair.means[:, 0] > 0.02).astype(np.int32)
    canvas.recolour(left, np.tile(np.array([[0.0, 1.0, 0.0]], np.float32), (len(left), 1)))
    groomed = edited_hair(asset.hair, canvas.result())

    render_performance(asset, take, tmp_path / "plain.mp4", settings)
    render_performance(asset, take, tmp_path / "groomed.mp4", settings, hair=groomed)
    plain = decode(tmp_path / "plain.mp4").pictures[1].astype(int)
    green = decode(tmp_path / "groomed.mp4").pictures[1].astype(int)

    # The person's left is to the right in the picture.
    differs = (np.abs(green - plain) > 40).any(axis=2)
    assert differs[:, 70:].sum() > 100
    assert not differs[:, :56].any()
    dyed = green[differs]
    assert dyed[:, 1].mean() > dyed[:, 0].mean() + 30


@pytest.mark.gl
def test_the_face_is_drawn_painted_and_sculpted(tmp_path, decode, asset):
    still = [replace(MotionFrame.from_units(jawOpen=0.3), time_s=at / 10) for at in range(2)]
    take = Take.from_frames("still", still, 10.0)
    settings = replace(SMALL, scene=SceneOptions(background=(0, 0, 0), show_grid=False))
    shares = np.full((512, 512, 4), AS_IT_IS, np.uint8)
    green, round_ = PaintMaps(np.zeros_like(shares), shares), shares.copy()
    green.colour[:, 256:] = 0, 255, 0, 255
    round_[..., 2] = 255
    pictures = []
    for paint in (None, green, PaintMaps(np.zeros_like(shares), round_)):
        render_performance(asset, take, tmp_path / "clip.mp4", settings, paint=paint)
        pictures.append(decode(tmp_path / "clip.mp4").pictures[1].astype(int))
    bare, painted, sculpted = pictures
    # The person's left is right in the atlas, as it is in the picture.
    greener = painted[..., 1] - bare[..., 1] > 60
    assert greener[:, 66:].sum() > 300
    assert greener[:, 40:62].sum() < 20
    assert (np.abs(sculpted - bare).max(axis=2) > 30).sum() > 30


@pytest.mark.usefixtures("drawn_numbers")
def test_each_frame_shows_the_take_at_its_time(tmp_path, decode, asset, take):
    steps = []

    report = render_performance(
        asset, take, tmp_path / "clip.mp4", SMALL, lambda *step: steps.append(step)
    )

    clip = decode(tmp_path / "clip.mp4")
    assert [number_in(image) for image in clip.pictures] == list(range(60))
    assert report.path == tmp_path / "clip.mp4"
    assert (report.frames, report.repeated, report.dropped) == (60, 0, 0)
    assert steps == [(done, 60) for done in range(61)]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert DrawnNumbers.released == 1


@pytest.mark.usefixtures("drawn_numbers")
def test_another_rate_samples_the_take_between_its_frames(tmp_path, decode, asset, take):
    settings = RenderSettings(128, 128, fps=10)

    render_performance(asset, take, tmp_path / "clip.mp4", settings)

    numbers = [number_in(image) for image in decode(tmp_path / "clip.mp4").pictures]
    assert numbers == list(range(0, 60, 3))


@pytest.mark.usefixtures("drawn_numbers")
def test_the_sound_of_the_take_is_in_its_place(tmp_path, decode, asset, take):
    render_performance(asset, take, tmp_path / "clip.mp4", SMALL)

    clip = decode(tmp_path / "clip.mp4")
    assert np.argmax(np.abs(clip.sound) > 0.1) / clip.sound_rate_hz == pytest.approx(1, abs=2e-3)
    assert len(clip.sound) / clip.sound_rate_hz == pytest.approx(2, abs=0.03)


@pytest.mark.usefixtures("drawn_numbers")
def test_a_part_of_the_take_keeps_its_pictures_and_its_sound(tmp_path, decode, asset, take):
    settings = RenderSettings(128, 128, first_frame=15, last_frame=44)

    report = render_performance(asset, take, tmp_path / "clip.mp4", settings)

    clip = decode(tmp_path / "clip.mp4")
    assert [number_in(image) for image in clip.pictures] == list(range(15, 45))
    assert report.frames == 30
    assert np.argmax(np.abs(clip.sound) > 0.1) / clip.sound_rate_hz == pytest.approx(0.5, abs=2e-3)


@pytest.mark.parametrize(("first", "last"), [(0, 60), (30, 20), (-1, 5), (60, None)])
def test_frames_that_are_not_there_are_said(tmp_path, asset, take, first, last):
    settings = RenderSettings(128, 128, first_frame=first, last_frame=last)

    with pytest.raises(RecordingError) as caught:
        render_performance(asset, take, tmp_path / "clip.mp4", settings)

    assert "0-59" in caught.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("drawn_numbers")
@pytest.mark.parametrize("stop", [Cancelled, KeyboardInterrupt])
def test_cancelling_leaves_the_old_clip_and_nothing_else(tmp_path, asset, take, stop):
    (tmp_path / "clip.mp4").write_bytes(b"older")

    def stop_at_ten(done: int, total: int) -> None:
        if done == 10:
            raise stop

    with pytest.raises(stop):
        render_performance(asset, take, tmp_path / "clip.mp4", SMALL, stop_at_ten)

    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert (tmp_path / "clip.mp4").read_bytes() == b"older"
    assert DrawnNumbers.released == 1


@pytest.mark.usefixtures("drawn_numbers")
def test_larger_pictures_are_averaged_into_the_clip(tmp_path, decode, asset, take):
    settings = replace(SMALL, supersample=3, last_frame=5)

    render_performance(asset, take, tmp_path / "clip.mp4", settings)

    assert DrawnNumbers.sizes == [(384, 384)]
    pictures = decode(tmp_path / "clip.mp4").pictures
    assert [picture.shape for picture in pictures] == [(128, 128, 3)] * 6
    assert [number_in(picture) for picture in pictures] == list(range(6))


class TinyDisk(ClipFile):
    written = 0

    def write(self, data: bytes) -> int:
        TinyDisk.written += len(data)
        if TinyDisk.written > 16_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


@pytest.mark.usefixtures("drawn_numbers")
def test_a_full_disk_keeps_what_was_rendered_and_the_old_clip(
    tmp_path, monkeypatch, decode, asset, take
):
    (tmp_path / "clip.mp4").write_bytes(b"older")
    TinyDisk.written = 0
    monkeypatch.setattr(
        offline, "open_film", lambda path, settings: VideoWriter(path, settings, TinyDisk)
    )

    with pytest.raises(RecordingError, match="disk is full") as caught:
        render_performance(asset, take, tmp_path / "clip.mp4", SMALL)

    assert "clip.partial.mp4" in caught.value.message
    assert (tmp_path / "clip.mp4").read_bytes() == b"older"
    assert len(decode(tmp_path / "clip.partial.mp4").pictures) > 0


@pytest.mark.usefixtures("drawn_numbers")
@pytest.mark.parametrize("name", ["clip.avi", "missing/clip.mp4"])
def test_a_clip_that_cannot_be_written_is_refused(tmp_path, asset, take, name):
    with pytest.raises(RecordingError) as caught:
        render_performance(asset, take, tmp_path / name, SMALL)

    assert caught.value.hint


@pytest.mark.usefixtures("drawn_numbers")
def test_a_name_without_an_ending_is_a_folder_of_pictures(tmp_path, asset, take):
    report = render_performance(asset, take, tmp_path / "clip", SMALL)

    pictures = sorted((tmp_path / "clip").glob("*.png"))
    assert len(pictures) == report.frames == frame_count(take, take.fps)
    assert not list(tmp_path.glob("*partial*"))


@pytest.mark.usefixtures("drawn_numbers")
def test_pictures_of_a_film_that_was_killed_are_not_among_those_of_the_next(tmp_path, asset, take):
    (tmp_path / "clip.partial").mkdir()
    (tmp_path / "clip.partial" / "clip_000002.png").write_bytes(b"of the one before")
    part = replace(SMALL, first_frame=3, last_frame=5)

    render_performance(asset, take, tmp_path / "clip", part)

    names = sorted(path.name for path in (tmp_path / "clip").glob("*.png"))
    assert names == [f"clip_{number:06}.png" for number in (3, 4, 5)]


@pytest.mark.usefixtures("drawn_numbers")
@pytest.mark.parametrize(("out", "partial"), [("a", "a.partial"), ("a.mp4", "a.partial.mp4")])
def test_what_lies_where_a_film_would_grow_is_not_lost(tmp_path, asset, take, out, partial):
    (tmp_path / partial).mkdir()
    (tmp_path / partial / "holiday.png").write_bytes(b"dear")

    with pytest.raises(RecordingError, match=r"such as holiday\.png|is a folder"):
        render_performance(asset, take, tmp_path / out, SMALL)

    assert (tmp_path / partial / "holiday.png").read_bytes() == b"dear"


@pytest.mark.usefixtures("drawn_numbers")
def test_a_folder_of_other_pictures_is_never_replaced(tmp_path, asset, take):
    (tmp_path / "Pictures").mkdir()
    (tmp_path / "Pictures" / "holiday.png").write_bytes(b"dear")

    with pytest.raises(RecordingError, match=r"such as holiday\.png"):
        render_performance(asset, take, tmp_path / "Pictures", SMALL)

    assert (tmp_path / "Pictures" / "holiday.png").read_bytes() == b"dear"
    assert DrawnNumbers.sizes == []


@pytest.mark.usefixtures("drawn_numbers")
def test_a_take_of_one_frame_and_without_sound_is_a_clip_too(tmp_path, decode, asset):
    take = Take.from_frames("still", [MotionFrame()], 25.0)

    assert frame_count(take, 25.0) == 1
    report = render_performance(asset, take, tmp_path / "clip.mp4", SMALL)

    assert report.frames == 1
    assert decode(tmp_path / "clip.mp4").sound_rate_hz == 0


@pytest.mark.gl
def test_the_avatar_is_seen_from_where_it_was_asked_for(tmp_path, decode, asset):
    take = Take.from_frames("still", [MotionFrame()], 25.0)
    back = framing_camera(neutral_frame(asset).vertices, 64, 64, yaw_rad=np.pi)
    scene = SceneOptions(background=(0, 0, 1), show_grid=False)

    render_performance(asset, take, tmp_path / "front.mp4", RenderSettings(160, 160, scene=scene))
    render_performance(
        asset, take, tmp_path / "back.mp4", RenderSettings(160, 160, camera=back, scene=scene)
    )

    front = decode(tmp_path / "front.mp4").pictures[0].astype(int)
    behind = decode(tmp_path / "back.mp4").pictures[0].astype(int)
    assert front[2, 2, 2] > 200
    assert front[2, 2, 0] < 50
    # Skin in the middle from the front, dark hair from behind.
    assert front[70:90, 70:90, 0].mean() > behind[70:90, 70:90, 0].mean() + 60


def test_known_poses_are_shown_in_place_of_weights(monkeypatch, asset, take):
    """A head that turns in the poses, where the take knows of a jaw alone."""
    posed = []
    joints = np.zeros((2, 5, 3), np.float32)
    joints[1, 1] = (0, 0.4, 0)
    poses = FlameSequence(
        np.zeros(0, np.float32), np.zeros((2, 52), np.float32), joints,
        np.zeros((2, 3), np.float32), np.array([0.0, 1.0]),
    )  # fmt: skip

    class Drawn(DrawnNumbers):
        def render(self, asset, frame, camera, scene, paint):
            posed.append(frame.vertices)
            return super().render(asset, frame, camera, scene, paint)

    monkeypatch.setattr(offline, "OffscreenRenderer", Drawn)
    images = list(offline.avatar_pictures(asset, take, [0.0, 0.5], SMALL, poses=poses))

    assert number_in(images[1]) == 15  # the motion itself stays
    expected = asset.head.pose(poses.pose_at(0.5))
    # the neural face displaces its surface a little, the jaw of the take by centimetres
    np.testing.assert_allclose(posed[1], expected, atol=1e-3)
    np.testing.assert_allclose(posed[0], asset.head.vertices, atol=1e-3)
