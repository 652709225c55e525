from __future__ import annotations

import pytest

from app.viewport.portrait_tiles import Tile, natural_aspect, tiles


def test_without_pictures_there_are_no_tiles() -> None:
    assert tiles([], 400, 300) == []


def test_one_picture_gets_all_the_room() -> None:
    assert tiles([1.0], 400, 300) == [Tile(0, 0, 400, 300)]


def test_pictures_stand_side_by_side_in_a_wide_view_and_below_in_a_high_one() -> None:
    assert tiles([1.0, 1.0], 404, 200, 4) == [Tile(0, 0, 200, 200), Tile(204, 0, 200, 200)]
    assert tiles([1.0, 1.0], 200, 404, 4) == [Tile(0, 0, 200, 200), Tile(0, 204, 200, 200)]


def test_an_incomplete_row_is_centred() -> None:
    first, second, third = tiles([1.0] * 3, 204, 204, 4)
    assert (first, second) == (Tile(0, 0, 100, 100), Tile(104, 0, 100, 100))
    assert third == Tile(52, 104, 100, 100)


@pytest.mark.parametrize("count", range(1, 12))
def test_tiles_lie_inside_and_apart(count: int) -> None:
    grid = tiles([0.8] * count, 517, 391, 4)
    assert len(grid) == count
    taken = set()
    for tile in grid:
        assert tile.x >= 0
        assert tile.y >= 0
        assert tile.x + tile.width <= 517
        assert tile.y + tile.height <= 391
        pixels = {
            (x, y)
            for x in range(tile.x, tile.x + tile.width, 3)
            for y in range(tile.y, tile.y + tile.height, 3)
        }
        assert not pixels & taken
        taken |= pixels


@pytest.mark.parametrize(
    ("aspect", "fitted"),
    [(2.0, Tile(10, 45, 100, 50)), (0.5, Tile(35, 20, 50, 100)), (1.0, Tile(10, 20, 100, 100))],
)
def test_a_picture_keeps_its_aspect_in_the_middle_of_its_tile(aspect: float, fitted: Tile) -> None:
    assert Tile(10, 20, 100, 100).fitted(aspect) == fitted


def test_a_tile_of_no_size_still_has_a_pixel() -> None:
    assert Tile(0, 0, 1, 1).fitted(5.0) == Tile(0, 0, 1, 1)


def test_pictures_in_a_row_are_as_wide_as_all_of_them() -> None:
    assert natural_aspect([1.0, 0.5]) == 1.5
    assert natural_aspect([]) == 1.0
