from __future__ import annotations

import zlib
from types import SimpleNamespace

import numpy as np
import pytest

from avatar_core.errors import ProjectFormatError, ShapeError
from avatar_core.project import (
    BakedPaint,
    LayerKind,
    Painting,
    PaintLayer,
    Raster,
    digest,
    tile_bytes,
)
from avatar_core.project.paint import TILE
from avatar_core.project.paint_values import pack_painting, unpack_painting
from avatar_core.project.plain import Arrays, Fields
from avatar_core.project.tile_bytes import pack_tiles, packed_loosely, unpack_tiles
from tests.avatar_core.commands.paint_examples import some_painting, some_raster


def there_and_back(painting: Painting) -> Painting:
    arrays: dict[str, np.ndarray] = {}
    data = pack_painting(painting, arrays, "paint")
    return unpack_painting(Fields(data, "painting"), Arrays(arrays, "arrays"), "paint", 1 << 30)


@pytest.mark.parametrize("painting", [Painting(), Painting(4096), some_painting()])
def test_paintings_come_back_bit_for_bit(painting: Painting) -> None:
    assert digest(there_and_back(painting)) == digest(painting)


def test_an_empty_painting_has_no_arrays() -> None:
    arrays: dict[str, np.ndarray] = {}
    pack_painting(Painting(), arrays, "paint")
    assert arrays == {}


def test_packing_leaves_the_paint_as_it_is() -> None:
    painting = some_painting()
    before = digest(painting)
    there_and_back(painting)
    assert digest(painting) == before


class TestTiles:
    @pytest.mark.parametrize("channels", [1, 4])
    @pytest.mark.parametrize("count", [0, 1, 64, 65, 130])
    def test_they_come_back(self, count: int, channels: int) -> None:
        rng = np.random.default_rng(count)
        tiles = rng.integers(0, 65536, (count, TILE, TILE, channels)).astype(np.uint16)
        again = unpack_tiles(pack_tiles(tiles, channels), count, channels)
        assert len(again) == count
        assert all(np.array_equal(one, other) for one, other in zip(again, tiles, strict=True))

    def test_many_runs_are_each_read_about_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Half a gigabyte of paint, as a journal has it, took minutes when it was read anew."""
        tiles = [np.full((TILE, TILE, 1), at, np.uint16) for at in range(640)]
        with packed_loosely():
            packed = pack_tiles(tiles, 1)
        given: list[int] = []

        class Counted:
            def __init__(self) -> None:
                self._source = zlib.decompressobj()

            def decompress(self, data: bytes, most: int) -> bytes:
                given.append(len(data))
                return self._source.decompress(data, most)

            def __getattr__(self, name: str) -> object:
                return getattr(self._source, name)

        counted = SimpleNamespace(decompressobj=Counted, error=zlib.error)
        monkeypatch.setattr(tile_bytes, "zlib", counted)
        again = unpack_tiles(packed, len(tiles), 1)
        assert all(np.array_equal(one, other) for one, other in zip(again, tiles, strict=True))
        assert sum(given) < 2 * len(packed)

    def test_smooth_paint_is_small(self) -> None:
        ramp = np.linspace(0, 65535, TILE).astype(np.uint16)
        tile = np.tile(ramp[None, :, None], (TILE, 1, 4))
        assert pack_tiles([tile], 4).nbytes < tile.nbytes / 50

    def test_no_tile_keeps_another_one_alive(self) -> None:
        tiles = unpack_tiles(pack_tiles(some_raster(1).tiles.values(), 4), 3, 4)
        assert all(tile.base is None for tile in tiles)

    @pytest.mark.parametrize(
        ("data", "match"),
        [
            (b"", "cut off"),
            (b"nothing of that kind", "cannot be unpacked"),
            (zlib.compress(bytes(2 * TILE * TILE)), "cut off"),
            (zlib.compress(bytes(8 * TILE * TILE + 1)), "more tiles than it says"),
            (zlib.compress(bytes(8 * TILE * TILE)) + b"x", "more tiles than it says"),
            (zlib.compress(bytes(8 * TILE * TILE))[:-3], "cut off"),
        ],
    )
    def test_other_bytes_are_refused(self, data: bytes, match: str) -> None:
        with pytest.raises(ProjectFormatError, match=match):
            unpack_tiles(np.frombuffer(data, np.uint8), 1, 4)

    def test_a_bomb_costs_what_was_asked_for(self) -> None:
        bomb = np.frombuffer(zlib.compress(bytes(1 << 28), 9), np.uint8)
        with pytest.raises(ProjectFormatError, match="more tiles than it says"):
            unpack_tiles(bomb, 1, 4)


@pytest.mark.parametrize(
    "layers",
    [
        {"1": PaintLayer("A", parent="1")},
        {"1": PaintLayer("A", parent="2")},
        {"1": PaintLayer("A", parent="2"), "2": PaintLayer("B")},
        {"1": PaintLayer("A", LayerKind.GROUP, parent="1")},
        {
            "1": PaintLayer("A", LayerKind.GROUP, parent="2"),
            "2": PaintLayer("B", LayerKind.GROUP, parent="1"),
        },
        {"1": PaintLayer("A", raster=Raster(1024, 4))},
    ],
)
def test_layers_that_fit_no_painting_are_refused(layers: dict[str, PaintLayer]) -> None:
    with pytest.raises(ValueError, match=r"layer|parent"):
        Painting(512, layers)


def test_deep_groups_are_fine() -> None:
    layers = {
        str(at): PaintLayer("G", LayerKind.GROUP, parent=str(at + 1) if at < 150 else None)
        for at in range(1, 151)
    }
    painting = Painting(512, layers)
    assert len(tuple(painting.parents("1"))) == 149
    assert digest(there_and_back(painting)) == digest(painting)


def test_impossible_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="opacity"):
        PaintLayer("A", opacity=float("nan"))
    with pytest.raises(ValueError, match="colour"):
        PaintLayer("A", colour=(0.0, 0.0, 2.0))
    with pytest.raises(ValueError, match="has none"):
        PaintLayer("A", LayerKind.FILL, raster=Raster(512, 4))
    with pytest.raises(ShapeError, match="expected 4 channels"):
        PaintLayer("A", raster=Raster(512, 1))
    with pytest.raises(ValueError, match="no layer '3'"):
        Painting(512, active="3")
    with pytest.raises(ValueError, match="size"):
        Painting(500)
    with pytest.raises(ShapeError):
        BakedPaint(np.zeros(2, np.int32), np.zeros((3, 4), np.float32),
                   np.zeros(2, np.float32), "")  # fmt: skip
