from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.project import Raster
from avatar_core.project.paint import FULL, TILE
from avatar_core.texture.tiles import (
    RasterCopy,
    gather,
    raster_from,
    raster_of,
    resized,
    scatter,
    tile_set,
    tiles_in,
    tiles_of,
    to_floats,
    to_stored,
    whole_picture,
    with_tiles,
    write_region,
)

SIZE = 512


@pytest.fixture
def picture() -> np.ndarray:
    """[512, 512, 4] with paint in a rectangle that meets six tiles."""
    rng = np.random.default_rng(1)
    picture = np.zeros((SIZE, SIZE, 4), np.float32)
    picture[100:200, 60:200] = rng.random((100, 140, 4))
    picture[..., :3] *= picture[..., 3:]
    return picture


def test_a_picture_comes_back_as_near_as_16_bits_can_say(picture: np.ndarray) -> None:
    raster = raster_from(picture)
    assert np.abs(whole_picture(raster) - picture).max() <= 0.5 / FULL + 1e-7
    assert list(raster.tiles) == [8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]


def test_only_tiles_with_something_in_them_are_kept(picture: np.ndarray) -> None:
    assert raster_from(np.zeros_like(picture)).tiles == {}
    cleared = write_region(raster_from(picture), (0, 0, SIZE, SIZE), np.zeros_like(picture))
    assert cleared.tiles == {}


def test_reading_and_writing_meet_where_texels_say(picture: np.ndarray) -> None:
    raster = raster_from(picture)
    texels = np.array([0, 100 * SIZE + 60, 150 * SIZE + 130, SIZE * SIZE - 1], np.int32)
    expected = np.rint(picture.reshape(-1, 4)[texels] * FULL) / FULL
    assert np.allclose(gather(raster, texels), expected, atol=1e-6)
    values = np.full((4, 4), 0.5, np.float32)
    written = scatter(raster, texels, values)
    assert np.allclose(gather(written, texels), 0.5, atol=1e-5)
    others = np.ones(SIZE * SIZE, bool)
    others[texels] = False
    kept = whole_picture(written).reshape(-1, 4)[others]
    assert np.array_equal(kept, whole_picture(raster).reshape(-1, 4)[others])
    assert np.allclose(gather(raster, texels), expected, atol=1e-6)


def test_tiles_that_are_not_touched_are_shared(picture: np.ndarray) -> None:
    raster = raster_from(picture)
    written = scatter(raster, np.array([0], np.int32), np.ones((1, 4), np.float32))
    assert written.tiles.keys() - raster.tiles.keys() == {0}
    assert all(written.tiles[index] is raster.tiles[index] for index in raster.tiles)


def test_a_copy_gives_values_that_stay_as_they_were() -> None:
    copy = RasterCopy(Raster(SIZE, 1))
    texel = np.array([700], np.int32)
    copy.store(texel, np.array([[7]], np.uint16))
    first = copy.raster()
    assert copy.written == frozenset()
    copy.store(texel, np.array([[9]], np.uint16))
    assert copy.written == {tile_set(texel, SIZE).pop()}
    second = copy.raster()
    copy.store(texel, np.array([[0]], np.uint16))
    assert [RasterCopy(each).stored(texel).item() for each in (first, second)] == [7, 9]
    assert copy.raster().tiles == {}


def test_a_copy_of_everything_grows_as_it_must() -> None:
    copy = RasterCopy(Raster(SIZE, 4))
    texels = np.random.default_rng(2).permutation(SIZE * SIZE).astype(np.int32)
    values = np.random.default_rng(3).integers(1, 65536, (SIZE * SIZE, 4)).astype(np.uint16)
    copy.store(texels, values)
    assert np.array_equal(copy.stored(texels), values)
    assert len(copy.raster().tiles) == 64


def test_regions_reach_beyond_the_picture(picture: np.ndarray) -> None:
    raster = raster_from(picture)
    values = np.full((200, 600, 4), 1.0, np.float32)
    written = whole_picture(write_region(raster, (-10, 50, 200, 600), values))
    assert (written[:190, 50:] == 1).all()
    assert np.array_equal(written[190:], whole_picture(raster)[190:])
    assert np.array_equal(written[:, :50], whole_picture(raster)[:, :50])


@pytest.mark.parametrize(
    ("rectangle", "expected"),
    [
        ((0, 0, 64, 64), {0}),
        ((0, 0, 65, 64), {0, 8}),
        ((63, 63, 2, 2), {0, 1, 8, 9}),
        ((-100, -100, 101, 101), {0}),
        ((500, 500, 900, 900), {63}),
        ((512, 0, 10, 10), set()),
        ((10, 10, 0, 10), set()),
        ((-20, 0, 20, 10), set()),
    ],
)
def test_tiles_of_rectangles(rectangle: tuple[int, int, int, int], expected: set[int]) -> None:
    assert tiles_in(rectangle, SIZE) == expected


def test_texels_of_tiles() -> None:
    texels = np.arange(SIZE * SIZE, dtype=np.int32)
    in_tile = np.zeros((SIZE, SIZE), bool)
    in_tile[64:128, 64:128] = True
    assert np.array_equal(tiles_of(texels, SIZE) == 9, in_tile.ravel())
    assert tile_set(texels[in_tile.ravel()], SIZE) == {9}
    assert tile_set(np.zeros(0, np.int32), SIZE) == set()


def test_colours_never_exceed_their_coverage() -> None:
    stored = to_stored(np.array([[0.5, 2.0, -1.0, 0.25], [np.nan, 0, 0, 7.0]], np.float32))
    assert stored.tolist() == [[16384, 16384, 0, 16384], [0, 0, 0, FULL]]
    assert to_floats(np.array([0, FULL], np.uint16)).tolist() == [0.0, 1.0]


def test_a_smaller_picture_is_an_average() -> None:
    checks = (np.indices((SIZE, SIZE)).sum(0) % 2).astype(np.float32)[..., None]
    smaller = resized(raster_from(checks), 256)
    assert smaller.size == 256
    assert np.abs(whole_picture(smaller) - 0.5).max() < 1e-4


def test_a_larger_picture_lies_between() -> None:
    ramp = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32)[:, None, None], (1, SIZE, 1))
    larger = whole_picture(resized(raster_from(ramp), 1024))
    assert larger.shape == (1024, 1024, 1)
    # Texel centres: row 2k lies a quarter of a texel above row k, row 2k + 1 below.
    step = 1 / (SIZE - 1)
    assert np.allclose(larger[200, 0, 0], ramp[100, 0, 0] - step / 4, atol=1e-4)
    assert np.allclose(larger[201, 0, 0], ramp[100, 0, 0] + step / 4, atol=1e-4)


def test_an_empty_raster_and_one_of_that_size_are_resized_for_nothing() -> None:
    raster = raster_from(np.ones((SIZE, SIZE, 1), np.float32))
    assert resized(raster, SIZE) is raster
    assert resized(Raster(SIZE, 4), 2048).tiles == {}


def test_the_order_of_tiles_is_always_the_same() -> None:
    tile = np.ones((TILE, TILE, 1), np.uint16)
    assert list(Raster(SIZE, 1, {9: tile, 3: tile}).tiles) == [3, 9]
    raster = with_tiles(Raster(SIZE, 1, {9: tile}), {4: tile, 9: 0 * tile})
    assert list(raster.tiles) == [4]
    assert list(raster_of(SIZE, 1, {5: tile, 2: 0 * tile}).tiles) == [5]


@pytest.mark.parametrize(
    ("size", "channels", "index", "shape", "kind"),
    [
        (SIZE, 4, 64, (TILE, TILE, 4), np.uint16),
        (SIZE, 4, -1, (TILE, TILE, 4), np.uint16),
        (SIZE, 4, 0, (TILE, TILE, 1), np.uint16),
        (SIZE, 4, 0, (TILE, TILE, 4), np.uint8),
        (SIZE, 3, 0, (TILE, TILE, 3), np.uint16),
        (500, 4, 0, (TILE, TILE, 4), np.uint16),
        (0, 4, 0, (TILE, TILE, 4), np.uint16),
    ],
)
def test_impossible_rasters_are_refused(
    size: int, channels: int, index: int, shape: tuple[int, ...], kind: type
) -> None:
    with pytest.raises(ShapeError):
        Raster(size, channels, {index: np.ones(shape, kind)})


def test_pictures_of_no_whole_tiles_are_refused() -> None:
    with pytest.raises(ShapeError, match="whole tiles"):
        raster_from(np.zeros((100, 100, 4), np.float32))
    with pytest.raises(ShapeError):
        raster_from(np.zeros((64, 128, 4), np.float32))


def test_other_texels_in_tiles_that_are_there(picture: np.ndarray) -> None:
    raster = raster_from(picture)
    index = next(iter(raster.tiles))
    tile = np.full_like(raster.tiles[index], 7)
    changed = raster.with_texels({index: tile})
    assert list(changed.tiles) == list(raster.tiles)
    assert changed.tiles[index] is tile
    assert raster.tiles[index] is not tile
    others = [each for each in raster.tiles if each != index]
    assert all(changed.tiles[each] is raster.tiles[each] for each in others)


def test_texels_of_no_tile_and_of_no_shape_are_refused(picture: np.ndarray) -> None:
    raster = raster_from(picture)
    tile = next(iter(raster.tiles.values()))
    missing = next(each for each in range(raster.across**2) if each not in raster.tiles)
    with pytest.raises(ShapeError, match="not there"):
        raster.with_texels({missing: tile})
    with pytest.raises(ShapeError, match="tile"):
        raster.with_texels({next(iter(raster.tiles)): tile[:8]})
