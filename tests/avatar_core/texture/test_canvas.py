from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import AssetError, ShapeError
from avatar_core.project import LayerKind, Painting, PaintLayer, Raster, TexturePart
from avatar_core.texture.bleed import SeamBleed
from avatar_core.texture.canvas import PaintCanvas, PaintTarget
from avatar_core.texture.tiles import gather

SIZE = 512
NEAR = 1.01 / 65535


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@pytest.fixture
def texels() -> np.ndarray:
    return ints(0, 70, 64 * SIZE + 3)


@pytest.fixture
def painted(texels: np.ndarray) -> Painting:
    """One layer, half red on three texels of three tiles."""
    canvas = PaintCanvas(Painting(SIZE))
    canvas.write(texels, np.tile(floats(0.5, 0, 0, 0.5), (3, 1)))
    return canvas.result()


def test_the_first_stroke_makes_a_layer(painted: Painting, texels: np.ndarray) -> None:
    assert painted.active == "1"
    layer = painted.layers["1"]
    assert (layer.name, layer.part, layer.kind) == (
        "Layer 1", TexturePart.COLOUR, LayerKind.RASTER,
    )  # fmt: skip
    assert layer.raster is not None
    assert list(layer.raster.tiles) == [0, 1, 8]
    assert np.allclose(gather(layer.raster, texels), (0.5, 0, 0, 0.5), atol=NEAR)


def test_a_new_layer_changes_the_part_that_was_asked_for(painted: Painting) -> None:
    canvas = PaintCanvas(painted, part=TexturePart.GLOSS)
    assert canvas.layer.part is TexturePart.GLOSS
    assert canvas.layer_id == "2"
    assert PaintCanvas(painted, "1", part=TexturePart.GLOSS).layer.part is TexturePart.COLOUR


def test_what_was_written_is_read_and_the_original_kept(
    painted: Painting, texels: np.ndarray
) -> None:
    canvas = PaintCanvas(painted, "1")
    canvas.write(texels[:1], floats(0, 0.25, 0, 0.25)[None])
    assert np.allclose(canvas.read(texels[:1]), (0, 0.25, 0, 0.25), atol=NEAR)
    assert np.allclose(canvas.read(texels[1:]), (0.5, 0, 0, 0.5), atol=NEAR)
    assert np.allclose(canvas.original(texels), (0.5, 0, 0, 0.5), atol=NEAR)
    assert canvas.dirty == {0}


def test_news_are_told_once_and_results_stay_as_they_were(texels: np.ndarray) -> None:
    canvas = PaintCanvas(Painting(SIZE))
    canvas.write(texels[:2], np.ones((2, 4), np.float32))
    first = canvas.result()
    assert canvas.take_news() == {0, 1}
    assert canvas.take_news() == set()
    canvas.write(texels[2:], np.ones((1, 4), np.float32))
    canvas.write(texels[:1], np.zeros((1, 4), np.float32))
    assert canvas.take_news() == {0, 8}
    assert canvas.dirty == {0, 1, 8}
    second = canvas.result()
    assert first.layers["1"].raster is not None
    assert second.layers["1"].raster is not None
    assert list(first.layers["1"].raster.tiles) == [0, 1]
    assert list(second.layers["1"].raster.tiles) == [1, 8]
    assert first.layers["1"].raster.tiles[1] is second.layers["1"].raster.tiles[1]


def test_a_stroke_of_nothing_changes_nothing(painted: Painting) -> None:
    canvas = PaintCanvas(painted, "1")
    canvas.write(ints(), np.zeros((0, 4), np.float32))
    assert canvas.cover(ints(), floats()).tolist() == []
    assert canvas.result().layers == painted.layers


def test_stamps_add_up_by_their_flow_but_never_beyond_the_opacity() -> None:
    canvas = PaintCanvas(Painting(SIZE))
    texels = ints(5, 6)
    seen = [canvas.cover(texels, floats(0.5, 0.1), 0.8) for _ in range(30)]
    assert np.allclose(seen[0], (0.4, 0.08), atol=1e-6)
    assert np.allclose(seen[1], (0.6, 0.152), atol=1e-6)
    assert (np.diff(seen, axis=0) >= 0).all()
    assert seen[-1][0] == pytest.approx(0.8, abs=1e-5)
    assert max(each.max() for each in seen) <= 0.8 + 1e-6


def test_pressure_that_falls_takes_nothing_back() -> None:
    canvas = PaintCanvas(Painting(SIZE))
    assert canvas.cover(ints(5), floats(1.0), 0.9).tolist() == pytest.approx([0.9])
    assert canvas.cover(ints(5), floats(1.0), 0.2).tolist() == pytest.approx([0.9])
    assert canvas.cover(ints(5, 6), floats(1, 1), floats(1, 0.3)).tolist() == pytest.approx(
        [1.0, 0.3]
    )


class TestMask:
    def test_black_hides_and_white_shows(self, painted: Painting) -> None:
        canvas = PaintCanvas(painted, "1", target=PaintTarget.MASK)
        assert np.array_equal(canvas.read(ints(9)), np.ones((1, 4), np.float32))
        canvas.write(ints(0, 1, 2), np.array([[0, 0, 0, 1], [1, 1, 1, 1], [0.25, 0.25, 0.25, 1]],
                                             np.float32))  # fmt: skip
        layer = canvas.result().layers["1"]
        assert layer.hidden is not None
        assert layer.raster is painted.layers["1"].raster
        hidden = gather(layer.hidden, ints(0, 1, 2, 3)).ravel()
        assert np.allclose(hidden, (1, 0, 0.75, 0), atol=NEAR)
        assert np.allclose(canvas.read(ints(2)), (0.25, 0.25, 0.25, 1), atol=NEAR)

    def test_what_is_clear_shows(self, painted: Painting) -> None:
        canvas = PaintCanvas(painted, "1", target=PaintTarget.MASK)
        canvas.write(ints(0), floats(0, 0, 0, 1)[None])
        canvas.write(ints(0), floats(0, 0, 0, 0.25)[None])
        layer = canvas.result().layers["1"]
        assert layer.hidden is not None
        assert gather(layer.hidden, ints(0)).item() == pytest.approx(0.25, abs=NEAR)

    @pytest.mark.parametrize("kind", [LayerKind.GROUP, LayerKind.FILL, LayerKind.ADJUSTMENT])
    def test_every_kind_of_layer_has_one(self, kind: LayerKind) -> None:
        painting = Painting(SIZE, {"1": PaintLayer("Any", kind)})
        canvas = PaintCanvas(painting, "1", target=PaintTarget.MASK)
        canvas.write(ints(0), floats(0, 0, 0, 1)[None])
        assert canvas.result().layers["1"].hidden is not None
        with pytest.raises(AssetError, match="no picture to paint on") as caught:
            PaintCanvas(painting, "1")
        assert "mask" in caught.value.hint


class TestRestricted:
    def test_texels_that_are_not_chosen_stay(self, painted: Painting, texels: np.ndarray) -> None:
        chosen = np.zeros(SIZE * SIZE, bool)
        chosen[texels[1]] = True
        canvas = PaintCanvas(painted, "1", restrict=chosen)
        canvas.write(texels, np.ones((3, 4), np.float32))
        assert np.allclose(canvas.read(texels), [[0.5, 0, 0, 0.5], [1] * 4, [0.5, 0, 0, 0.5]],
                           atol=NEAR)  # fmt: skip
        assert canvas.dirty == {1}

    def test_half_chosen_is_half_way_however_often_it_is_painted(self, painted: Painting) -> None:
        canvas = PaintCanvas(painted, "1", restrict=np.full(SIZE * SIZE, 0.5, np.float32))
        for _ in range(5):
            canvas.write(ints(0), np.ones((1, 4), np.float32))
        assert np.allclose(canvas.read(ints(0)), (0.75, 0.5, 0.5, 0.75), atol=NEAR)

    def test_it_has_one_number_for_each_texel(self, painted: Painting) -> None:
        with pytest.raises(ShapeError):
            PaintCanvas(painted, "1", restrict=np.ones(7, bool))


class TestBleed:
    @pytest.fixture
    def bleed(self) -> SeamBleed:
        return SeamBleed(ints(600, 100, 601), ints(5, 70, 5), SIZE)

    def test_texels_beyond_the_rim_repeat_those_within(self, bleed: SeamBleed) -> None:
        canvas = PaintCanvas(Painting(SIZE), bleed=bleed)
        canvas.write(ints(4, 5), np.array([[0.5] * 4, [0.25] * 4], np.float32))
        assert np.allclose(canvas.read(ints(600, 601)), 0.25, atol=NEAR)
        assert not canvas.read(ints(100)).any()
        assert canvas.dirty == {0, 1}
        canvas.write(ints(70), np.ones((1, 4), np.float32))
        assert np.allclose(canvas.read(ints(100, 600)), [[1] * 4, [0.25] * 4], atol=NEAR)

    def test_a_stroke_that_begins_anew_leaves_nothing_of_before(
        self, painted: Painting, bleed: SeamBleed
    ) -> None:
        canvas = PaintCanvas(painted, "1", bleed=bleed)
        everywhere = np.arange(SIZE * SIZE, dtype=np.int32)
        before = canvas.read(everywhere)
        canvas.cover(ints(5, 70), floats(0.5, 0.5))
        canvas.write(ints(5, 70), np.ones((2, 4), np.float32))
        dirty = canvas.dirty
        canvas.take_news()
        canvas.restart()
        assert not canvas.dirty
        assert canvas.take_news() == dirty
        assert np.array_equal(canvas.read(everywhere), before)
        assert not canvas.cover(ints(5, 70), floats(0, 0)).any()
        assert canvas.result().layers["1"] is painted.layers["1"]

    def test_who_repeats_whom(self, bleed: SeamBleed) -> None:
        outside, inside = bleed.of(ints(5, 6, 70))
        pairs = sorted(zip(outside.tolist(), inside.tolist(), strict=True))
        assert pairs == [(100, 70), (600, 5), (601, 5)]
        assert [len(each) for each in bleed.of(ints(6))] == [0, 0]
        none = SeamBleed(ints(), ints(), SIZE)
        assert [len(each) for each in none.of(ints(5))] == [0, 0]


class TestRefused:
    def test_a_hidden_layer(self, painted: Painting) -> None:
        layer = painted.layers["1"]
        for hidden in (replace(layer, is_visible=False), replace(layer, opacity=0.0)):
            with pytest.raises(AssetError, match="'Layer 1' is hidden") as caught:
                PaintCanvas(painted.with_layer("1", hidden), "1")
            assert "Show it" in caught.value.hint

    def test_a_layer_in_a_hidden_group(self, painted: Painting) -> None:
        inside = replace(painted.layers["1"], parent="2")
        group = PaintLayer("Group", LayerKind.GROUP, is_visible=False)
        painting = Painting(SIZE, {"1": inside, "2": group})
        with pytest.raises(AssetError, match="is hidden"):
            PaintCanvas(painting, "1")

    def test_values_of_another_shape(self, painted: Painting) -> None:
        canvas = PaintCanvas(painted, "1")
        with pytest.raises(ShapeError):
            canvas.write(ints(1, 2), np.zeros((1, 4), np.float32))
        with pytest.raises(ShapeError):
            canvas.cover(ints(1, 2), floats(1.0))


def test_without_a_compositor_only_the_layer_is_seen(painted: Painting) -> None:
    canvas = PaintCanvas(painted, "1")
    assert np.array_equal(canvas.seen(ints(0, 1)), canvas.read(ints(0, 1)))


def test_a_compositor_is_asked_about_what_was_painted_by_now(painted: Painting) -> None:
    class Asked:
        def seen(
            self, painting: Painting, texels: np.ndarray, part: TexturePart,
            below: str | None = None,
        ) -> np.ndarray:  # fmt: skip
            raster = painting.layers["1"].raster or Raster(SIZE, 4)
            return gather(raster, texels)[:, :3] + (0 if below is None else 0.5)

    canvas = PaintCanvas(painted, "1", compositor=Asked())
    canvas.write(ints(0), floats(0.25, 0.25, 0.25, 1)[None])
    assert np.allclose(canvas.seen(ints(0)), (0.25, 0.25, 0.25, 1), atol=NEAR)
    assert np.allclose(canvas.seen(ints(0), below=True), (0.75, 0.75, 0.75, 1), atol=NEAR)
