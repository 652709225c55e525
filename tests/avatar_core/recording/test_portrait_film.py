"""Films of portraits: by a performer that tells numbers, and drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.errors import Cancelled, RecordingError
from avatar_core.frame import PortraitFrame
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.project import PortraitSettings
from avatar_core.recording import offline, portrait_film
from avatar_core.recording.offline import RenderSettings, render_performance
from avatar_core.recording.portrait_film import PortraitFilm, natural_size, render_portrait
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.avatar_core.recording.conftest import DecodedClip

    Decode = Callable[[Path], DecodedClip]

SIDE = 128
SETTINGS = PortraitSettings()
SMALL = RenderSettings(SIDE, SIDE)


class Told:
    """A portrait that is a few colours, whatever it is told."""

    label = "Told"
    code = None

    def __init__(self, head: np.ndarray | None = None, size: tuple[int, int] = (4, 4)) -> None:
        self._head = head
        self._size = size

    def perform(self, motion, settings, driver=None, captured_s=None) -> PortraitFrame:
        assert settings is SETTINGS
        shown = (0.0, 0.0, float(self._size[0]), float(self._size[1]))
        return PortraitFrame(motion, self._size, shown, head=self._head, head_box=shown)


class DrawnNumbers:
    """Draws a hundred times the jaw as a number, for avatars and for portraits."""

    left: ClassVar[int] = 0

    def __init__(self, *_size: int) -> None:
        self._pictures = MarkedPictures(SIDE, SIDE)
        DrawnNumbers.left += 1

    def draw(self, frame, size):
        assert size == (SIDE, SIDE)
        image = self._pictures.picture(round(100 * frame.motion.weight("jawOpen")))
        return np.concatenate([image, np.full((SIDE, SIDE, 1), 255, np.uint8)], -1)

    def render(self, asset, frame, camera, scene, paint):
        return self._pictures.picture(1000 + round(100 * frame.motion.weight("jawOpen")))

    def release(self) -> None:
        DrawnNumbers.left -= 1


@pytest.fixture
def drawn_numbers(monkeypatch):
    DrawnNumbers.left = 0
    monkeypatch.setattr(portrait_film, "OffscreenPortrait", DrawnNumbers)
    monkeypatch.setattr(offline, "OffscreenRenderer", DrawnNumbers)


@pytest.fixture
def take() -> Take:
    """A second at 10 fps whose jaw tells the time, with a click in the middle."""
    frames = [MotionFrame.from_units(time_s=index / 10, jawOpen=index / 100) for index in range(10)]
    sound = np.zeros((48000, 2), np.float32)
    sound[24000:26000] = 0.5 * np.sin(np.arange(2000) * 0.2)[:, None]
    return Take.from_frames("counting", frames, 10.0, TakeAudio(sound, 48000))


@pytest.fixture(scope="module")
def asset():
    return load_demo_avatar()


@pytest.mark.usefixtures("drawn_numbers")
def test_each_frame_shows_the_take_at_its_time_and_the_sound_stays(
    tmp_path: Path, decode: Decode, take: Take
) -> None:
    report = render_portrait(PortraitFilm(Told(), SETTINGS), take, tmp_path / "clip.mp4", SMALL)
    clip = decode(tmp_path / "clip.mp4")
    assert [number_in(image) for image in clip.pictures] == list(range(10))
    assert (report.path, report.frames) == (tmp_path / "clip.mp4", 10)
    assert np.argmax(np.abs(clip.sound) > 0.1) / clip.sound_rate_hz == pytest.approx(0.5, abs=2e-3)
    assert DrawnNumbers.left == 0


@pytest.mark.usefixtures("drawn_numbers")
def test_an_avatar_stands_to_the_left_at_the_same_time(
    tmp_path: Path, decode: Decode, take: Take, asset
) -> None:
    film = PortraitFilm(Told(), SETTINGS, beside=asset)
    settings = replace(SMALL, first_frame=4, last_frame=6)
    assert render_portrait(film, take, tmp_path / "clip.mp4", settings).frames == 3
    pictures = decode(tmp_path / "clip.mp4").pictures
    assert [image.shape for image in pictures] == [(SIDE, 2 * SIDE, 3)] * 3
    assert [number_in(image[:, :SIDE]) for image in pictures] == [1004, 1005, 1006]
    assert [number_in(image[:, SIDE:]) for image in pictures] == [4, 5, 6]
    assert DrawnNumbers.left == 0


@pytest.mark.usefixtures("drawn_numbers")
@pytest.mark.parametrize("is_beside", [False, True])
def test_cancelling_leaves_the_old_clip_and_nothing_else(
    tmp_path: Path, take: Take, asset, is_beside: bool
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"older")

    def stop_at_two(done: int, total: int) -> None:
        if done == 2:
            raise Cancelled

    film = PortraitFilm(Told(), SETTINGS, beside=asset if is_beside else None)
    with pytest.raises(Cancelled):
        render_portrait(film, take, tmp_path / "clip.mp4", SMALL, stop_at_two)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert (tmp_path / "clip.mp4").read_bytes() == b"older"
    assert DrawnNumbers.left == 0


@pytest.mark.usefixtures("drawn_numbers")
@pytest.mark.parametrize("name", ["clip.avi", "missing/clip.mp4"])
def test_a_clip_that_cannot_be_written_is_refused(tmp_path: Path, take: Take, name: str) -> None:
    with pytest.raises(RecordingError) as caught:
        render_portrait(PortraitFilm(Told(), SETTINGS), take, tmp_path / name, SMALL)
    assert caught.value.hint


@pytest.mark.gl
def test_what_is_transparent_shows_the_scenes_colour(
    tmp_path: Path, decode: Decode, take: Take
) -> None:
    head = np.zeros((4, 4, 4), np.uint8)
    head[:, 0] = 255, 0, 0, 255
    head[:, 3] = 0, 128, 0, 128
    scene = SceneOptions(background=(0, 0, 1), show_grid=False)
    settings = RenderSettings(SIDE, SIDE, last_frame=0, scene=scene)
    render_portrait(PortraitFilm(Told(head), SETTINGS), take, tmp_path / "clip.mp4", settings)
    row = decode(tmp_path / "clip.mp4").pictures[0][SIDE // 2].astype(int)
    for x, colour in ((8, (255, 0, 0)), (SIDE // 2, (0, 0, 255)), (SIDE - 8, (0, 128, 127))):
        assert np.abs(row[x] - colour).max() < 25


@pytest.mark.gl
def test_drawn_beside_an_avatar_each_looks_as_it_does_alone(
    tmp_path: Path, decode: Decode, take: Take, asset
) -> None:
    head = np.full((4, 4, 4), 255, np.uint8)
    head[:2] = 0, 160, 0, 255
    settings = RenderSettings(64, 64, last_frame=1)
    render_performance(asset, take, tmp_path / "avatar.mp4", settings)
    film = PortraitFilm(Told(head), SETTINGS, beside=asset)
    render_portrait(film, take, tmp_path / "pair.mp4", settings)
    alone = decode(tmp_path / "avatar.mp4").pictures[1].astype(int)
    pair = decode(tmp_path / "pair.mp4").pictures[1].astype(int)
    assert np.abs(pair[:, :56] - alone[:, :56]).mean() < 4
    assert np.abs(pair[8:24, 72:] - (0, 160, 0)).max() < 25
    assert pair[40:, 72:].min() > 230


@pytest.mark.parametrize(
    ("shown", "size"),
    [
        ((101, 50), (100, 50)),
        ((640, 480), (640, 480)),
        ((3840, 1000), (1920, 500)),
        ((1, 3), (2, 4)),
    ],
)
def test_a_film_is_as_large_as_the_picture_and_can_be_encoded(shown, size) -> None:
    assert natural_size(Told(size=shown), SETTINGS) == size
