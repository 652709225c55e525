from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from avatar_core.errors import AssetError, FaceNotFoundError
from avatar_core.exchange.portrait_source import PortraitReader
from avatar_core.io.portrait_file import load_portrait, save_portrait
from avatar_core.io.source_picture import SourcePicture
from avatar_core.motion import UNIT_INDEX
from avatar_core.project import digest

if TYPE_CHECKING:
    from pathlib import Path

FACE = (225, 122)
"""Where the middle of the astronaut's face is; it is 94 pixels wide."""


@pytest.fixture(scope="module")
def reader() -> PortraitReader:
    return PortraitReader()


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """[512, 512, 3] a smiling woman (NASA, public domain)."""
    return np.ascontiguousarray(data.astronaut())


@pytest.fixture(scope="module")
def head(astronaut: np.ndarray) -> np.ndarray:
    """[220, 220, 3] her head."""
    return astronaut[12:232, 115:335]


def saved(image: np.ndarray, path: Path, **options: object) -> Path:
    Image.fromarray(np.ascontiguousarray(image)).save(path, **options)
    return path


def on_wall(head: np.ndarray, size: int, *heads: tuple[int, int, int]) -> np.ndarray:
    """A grey square with heads on it: left, top and side of each."""
    wall = np.full((size, size, 3), 120, np.uint8)
    for x, y, side in heads:
        wall[y : y + side, x : x + side] = cv2.resize(
            head, (side, side), interpolation=cv2.INTER_AREA
        )
    return wall


def test_a_portrait_of_a_picture_file(
    reader: PortraitReader, astronaut: np.ndarray, tmp_path: Path
) -> None:
    source = reader.open(saved(astronaut, tmp_path / "Eileen.png"))
    portrait = reader.portrait(source)
    assert portrait.name == "Eileen"
    np.testing.assert_array_equal(portrait.picture, astronaut)
    assert portrait.weights[UNIT_INDEX["mouthSmileLeft"]] > 0.7
    assert portrait.landmarks is not None
    assert np.abs(portrait.landmarks[:, :2].mean(0) - FACE).max() < 15
    x, y, side = portrait.box
    assert 188 <= side < 230  # about twice the face, as the rule says
    assert x < 180
    assert x + side > 272
    assert y >= 0
    assert portrait.matte is not None
    assert portrait.matte[122, 225] > 250
    assert portrait.matte[50, 400] < 5
    assert portrait.provenance == {"picture": "Eileen", "notices": []}
    save_portrait(portrait, tmp_path / "a.portrait")
    assert digest(load_portrait(tmp_path / "a.portrait")) == digest(portrait)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_picture_that_lies_on_its_side_is_turned_with_a_notice(
    turn: int, reader: PortraitReader, astronaut: np.ndarray, tmp_path: Path
) -> None:
    source = reader.open(saved(np.rot90(astronaut, turn), tmp_path / "a.png"))
    np.testing.assert_array_equal(source.picture.pixels, astronaut)
    assert source.faces[0].is_upright
    assert "turned upright" in source.picture.notices[0]


def test_the_turn_that_a_camera_noted_needs_no_notice(
    reader: PortraitReader, astronaut: np.ndarray, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[274] = 6
    path = saved(np.rot90(astronaut), tmp_path / "a.png", exif=exif)
    source = reader.open(path)
    np.testing.assert_array_equal(source.picture.pixels, astronaut)
    assert source.picture.notices == ()


def test_a_tilted_head_stays_tilted(reader: PortraitReader, astronaut: np.ndarray) -> None:
    tilt = cv2.getRotationMatrix2D(FACE, 30, 1.0)
    tilted = cv2.warpAffine(astronaut, tilt, (512, 512))
    source = reader.look(SourcePicture(tilted), "a")
    assert np.degrees(source.faces[0].roll_rad) == pytest.approx(-27, abs=5)
    assert source.picture.notices == ()


def test_faces_are_listed_largest_first_and_each_can_be_taken(
    reader: PortraitReader, head: np.ndarray
) -> None:
    group = on_wall(head, 640, (20, 300, 180), (330, 40, 300), (420, 460, 130))
    source = reader.look(SourcePicture(group), "group")
    assert len(source.faces) == 3
    assert source.faces[0].size_px > source.faces[1].size_px > source.faces[2].size_px
    assert all(0.5 < face.score <= 1 for face in source.faces)
    for place, middle in enumerate([(480, 190), (110, 390), (485, 525)]):
        portrait = reader.portrait(source, place)
        x, y, side = portrait.box
        assert x < middle[0] < x + side
        assert y < middle[1] < y + side
        assert portrait.landmarks is not None
        assert np.abs(portrait.landmarks[:, :2].mean(0) - middle).max() < 40
        # Each is read for itself: all of them smile.
        assert portrait.weights[UNIT_INDEX["mouthSmileLeft"]] > 0.5


def test_reading_one_face_leaves_nothing_for_the_next(
    reader: PortraitReader, head: np.ndarray
) -> None:
    group = SourcePicture(on_wall(head, 640, (20, 300, 180), (330, 40, 300)))
    first = [reader.look(group, "a").faces[1].tracked.motion for _ in range(2)]
    np.testing.assert_array_equal(first[0].weights, first[1].weights)
    np.testing.assert_array_equal(first[0].gaze, first[1].gaze)


def test_small_faces_are_warned_of_and_tiny_ones_refused(
    reader: PortraitReader, head: np.ndarray
) -> None:
    small = reader.portrait(reader.look(SourcePicture(on_wall(head, 400, (140, 140, 110))), "a"))
    assert "pixels wide" in small.provenance["notices"][0]
    tiny = reader.look(SourcePicture(on_wall(head, 200, (70, 70, 62))), "a")
    with pytest.raises(FaceNotFoundError, match="too small") as caught:
        reader.portrait(tiny)
    assert "64 pixels" in caught.value.hint


def test_a_face_at_the_edge_keeps_a_whole_crop(
    reader: PortraitReader, astronaut: np.ndarray
) -> None:
    # Cut through her hair, so the face begins a few pixels from the left edge.
    cut = np.ascontiguousarray(astronaut[:, 172:])
    source = reader.look(SourcePicture(cut), "a")
    portrait = reader.portrait(source)
    face = source.faces[0]
    assert portrait.box.side > 1.4 * face.size_px
    assert portrait.box.x <= max(0.0, float(face.box[0]))
    assert "edge of the picture" in portrait.provenance["notices"][-1]


def test_transparency_of_the_file_is_the_matte(
    reader: PortraitReader, astronaut: np.ndarray, tmp_path: Path
) -> None:
    opacity = np.zeros((512, 512), np.uint8)
    opacity[20:300, 100:350] = 255
    path = saved(np.dstack([astronaut, opacity]), tmp_path / "a.png")
    portrait = reader.portrait(reader.open(path))
    np.testing.assert_array_equal(portrait.matte, opacity)
    assert "transparent" in portrait.provenance["notices"][0]


def test_an_animation_gives_its_first_frame(
    reader: PortraitReader, astronaut: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "a.gif"
    frames = [Image.fromarray(each) for each in (astronaut, 255 - astronaut)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    portrait = reader.portrait(reader.open(path))
    assert "first frame" in portrait.provenance["notices"][0]
    assert np.abs(portrait.picture.astype(int) - astronaut).mean() < 12


def test_a_huge_picture_is_reduced_and_read(
    reader: PortraitReader, astronaut: np.ndarray, tmp_path: Path
) -> None:
    path = saved(cv2.resize(astronaut, (9000, 9000)), tmp_path / "a.jpg", quality=60)
    portrait = reader.portrait(reader.open(path))
    assert portrait.picture.shape == (4096, 4096, 3)
    assert "9000 x 9000" in portrait.provenance["notices"][0]
    assert portrait.landmarks is not None
    assert np.abs(portrait.landmarks[:, :2].mean(0) / 8 - FACE).max() < 15


@pytest.mark.parametrize("size", [(1, 1), (3, 4000), (300, 300)])
def test_nobody_is_told_in_a_sentence(size: tuple[int, int], reader: PortraitReader) -> None:
    wall = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    with pytest.raises(FaceNotFoundError, match=r"No face was found in the picture 'wall'\.") as e:
        reader.look(SourcePicture(wall), "wall")
    assert "from the front" in e.value.hint


def test_what_is_no_picture_is_refused_before_any_network_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    with pytest.raises(AssetError, match="cut off"):
        PortraitReader().open(tmp_path / "a.jpg")


def test_another_matte_can_take_the_place_of_ours(astronaut: np.ndarray) -> None:
    class Half:
        def of(self, image: np.ndarray, head: object = None) -> np.ndarray:
            return np.full(image.shape[:2], 0.5, np.float32)

    reader = PortraitReader(matte=Half())
    matte = reader.portrait(reader.look(SourcePicture(astronaut), "a")).matte
    assert matte is not None
    assert (matte == 128).all()
