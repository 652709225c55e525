from __future__ import annotations

import numpy as np
import pytest

from avatar_core.project.paint import TILE
from avatar_core.render.passes.paint_store import rectangles

SIZE = 8 * TILE


def covered(tiles: set[int]) -> tuple[np.ndarray, int]:
    """How often each tile is covered, and by how many rectangles."""
    times = np.zeros((SIZE // TILE, SIZE // TILE), int)
    found = list(rectangles(tiles, SIZE))
    for rows, columns in found:
        assert rows.start % TILE == rows.stop % TILE == columns.start % TILE == 0
        times[
            rows.start // TILE : rows.stop // TILE, columns.start // TILE : columns.stop // TILE
        ] += 1
    return times, len(found)


@pytest.mark.parametrize(
    ("tiles", "count"),
    [
        (set(), 0),
        ({63}, 1),
        ({9, 10, 17, 18}, 1),
        (set(range(64)), 1),
        ({7, 8}, 2),  # the end of one row and the start of the next
        ({0, 9, 18}, 3),
        ({0, 2, 8, 10}, 2),
        ({0, 16}, 2),  # a row between them
        ({0, 1, 8, 9, 10}, 2),
    ],
)
def test_tiles_become_few_rectangles(tiles: set[int], count: int) -> None:
    times, found = covered(tiles)
    assert set(np.flatnonzero(times)) == tiles
    assert times.max(initial=0) <= 1
    assert found == count


def test_each_tile_is_in_one_rectangle() -> None:
    rng = np.random.default_rng(0)
    for share in (0.1, 0.5, 0.9):
        tiles = set(np.flatnonzero(rng.random(64) < share).tolist())
        times, _ = covered(tiles)
        assert set(np.flatnonzero(times)) == tiles
        assert times.max() == 1
