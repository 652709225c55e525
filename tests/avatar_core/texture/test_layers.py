from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.project import (
    Adjustment,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    Raster,
    TexturePart,
    digest,
)
from avatar_core.texture.composite import Compositor
from avatar_core.texture.layers import (
    added,
    duplicated,
    flattened,
    inverted,
    merged_down,
    moved,
    parts_of,
    removed,
    resized_painting,
    with_members,
)
from avatar_core.texture.tiles import whole_picture
from tests.avatar_core.commands.paint_examples import some_painting, some_raster

SIZE = 512


def names(painting: Painting) -> list[str]:
    """All layers from the lowest up, with their groups."""
    layers = painting.layers
    return [
        "/".join([*(layers[one].name for one in reversed(tuple(painting.parents(each)))),
                  layer.name])
        for each, layer in layers.items()
    ]  # fmt: skip


def layer(name: str, parent: str | None = None) -> PaintLayer:
    return PaintLayer(name, parent=parent)


@pytest.fixture
def painting() -> Painting:
    """A; G with B, C and the empty group H; D."""
    layers = {
        "1": layer("A"),
        "2": layer("B", "5"),
        "3": layer("C", "5"),
        "4": PaintLayer("H", LayerKind.GROUP, parent="5"),
        "5": PaintLayer("G", LayerKind.GROUP),
        "6": layer("D"),
    }
    return Painting(SIZE, layers, "3")


class TestOrder:
    def test_new_layers_go_on_top_or_above_one(self, painting: Painting) -> None:
        on_top = added(painting, layer("N"))
        assert names(on_top) == ["A", "G/B", "G/C", "G/H", "G", "D", "N"]
        assert on_top.active == "7"
        inside = added(painting, layer("N"), "2")
        assert names(inside) == ["A", "G/B", "G/N", "G/C", "G/H", "G", "D"]
        assert names(added(painting, layer("N"), "5")) == [
            "A", "G/B", "G/C", "G/H", "G", "N", "D",
        ]  # fmt: skip
        assert names(added(Painting(SIZE), layer("N"))) == ["N"]

    def test_a_group_goes_with_its_members(self, painting: Painting) -> None:
        assert with_members(painting, "5") == ("2", "3", "4", "5")
        without = removed(painting, "5")
        assert names(without) == ["A", "D"]
        assert without.active == "1"
        assert removed(painting, "1").active == "3"
        assert removed(Painting(SIZE, {"1": layer("A")}, "1"), "1").active is None
        assert removed(replace(painting, active="1"), "1").active == "2"

    @pytest.mark.parametrize(
        ("layer_id", "parent", "place", "expected"),
        [
            ("1", None, 2, ["G/B", "G/C", "G/H", "G", "D", "A"]),
            ("1", None, 1, ["G/B", "G/C", "G/H", "G", "A", "D"]),
            ("1", None, 99, ["G/B", "G/C", "G/H", "G", "D", "A"]),
            ("6", None, -5, ["D", "A", "G/B", "G/C", "G/H", "G"]),
            ("1", "5", 0, ["G/A", "G/B", "G/C", "G/H", "G", "D"]),
            ("1", "5", 2, ["G/B", "G/C", "G/A", "G/H", "G", "D"]),
            ("3", "4", 0, ["A", "G/B", "G/H/C", "G/H", "G", "D"]),
            ("3", None, 0, ["C", "A", "G/B", "G/H", "G", "D"]),
            ("5", None, 2, ["A", "D", "G/B", "G/C", "G/H", "G"]),
            ("4", "5", 0, ["A", "G/H", "G/B", "G/C", "G", "D"]),
            ("1", None, 0, ["A", "G/B", "G/C", "G/H", "G", "D"]),
        ],
    )
    def test_moving(
        self, layer_id: str, parent: str | None, place: int, expected: list[str],
        painting: Painting,
    ) -> None:  # fmt: skip
        after = moved(painting, layer_id, parent, place)
        assert names(after) == expected
        assert after.active == painting.active

    def test_a_group_cannot_be_put_into_itself(self, painting: Painting) -> None:
        for parent in ("5", "4"):
            with pytest.raises(AssetError, match="'G' cannot be put into itself"):
                moved(painting, "5", parent, 0)

    def test_what_is_no_group_takes_no_members(self, painting: Painting) -> None:
        with pytest.raises(ValueError, match="in no group"):
            moved(painting, "1", "6", 0)

    def test_copies_stand_right_above(self, painting: Painting) -> None:
        twice = duplicated(painting, "5", "G copy")
        assert names(twice) == [
            "A", "G/B", "G/C", "G/H", "G", "G copy/B", "G copy/C", "G copy/H", "G copy", "D",
        ]  # fmt: skip
        assert twice.active == "10"
        assert names(duplicated(painting, "2", "N")) == [
            "A", "G/B", "G/N", "G/C", "G/H", "G", "D",
        ]  # fmt: skip

    def test_copies_share_their_tiles(self) -> None:
        painting = Painting(SIZE, {"1": PaintLayer("A", raster=some_raster(1))})
        twice = duplicated(painting, "1", "B")
        assert twice.layers["2"].raster is painting.layers["1"].raster


def looks(painting: Painting, part: TexturePart = TexturePart.COLOUR) -> np.ndarray:
    """How some texels look."""
    base = np.full((SIZE, SIZE, 3), 0.4, np.float32)
    texels = np.arange(0, SIZE * SIZE, 37, dtype=np.int32)
    return Compositor(base).seen(painting, texels, part)


class TestMerged:
    @pytest.fixture
    def pair(self) -> Painting:
        lower = PaintLayer("Low", raster=some_raster(1), opacity=0.5, blend=Blend.MULTIPLY,
                           hidden=some_raster(3, 1))  # fmt: skip
        upper = PaintLayer("Up", raster=some_raster(2, tiles=(0, 9, 20)), opacity=0.75)
        under = PaintLayer("Under", raster=some_raster(4))
        return Painting(SIZE, {"1": under, "2": lower, "3": upper}, "3")

    def test_two_become_one_that_looks_the_same(self, pair: Painting) -> None:
        # Over a multiply, what is normal stays as it is only where it is not multiplied too.
        normal = pair.with_layer("2", replace(pair.layers["2"], blend=Blend.NORMAL))
        merged = merged_down(normal, "3")
        assert list(merged.layers) == ["1", "2"]
        assert merged.active == "2"
        layer = merged.layers["2"]
        assert (layer.name, layer.opacity, layer.hidden) == ("Low", 1.0, None)
        assert layer.raster is not None
        assert set(layer.raster.tiles) == {0, 9, 20, 63}
        assert np.abs(looks(merged) - looks(normal)).max() < 1e-4

    def test_the_lower_one_meets_what_is_below_as_it_did(self, pair: Painting) -> None:
        assert merged_down(pair, "3").layers["2"].blend is Blend.MULTIPLY

    def test_an_adjustment_changes_the_layer_below_it(self, pair: Painting) -> None:
        dark = PaintLayer("Dark", LayerKind.ADJUSTMENT, adjustment=Adjustment(lightness=-1.0))
        merged = merged_down(pair.with_layer("3", dark), "3").layers["2"].raster
        assert merged is not None
        assert set(merged.tiles) == {0, 9, 63}
        picture = whole_picture(merged)
        assert not picture[..., :3].any()
        assert picture[..., 3].any()

    def test_groups_and_fills_are_merged_too(self, pair: Painting) -> None:
        fill = PaintLayer("Fill", LayerKind.FILL, colour=(0.0, 1.0, 0.0), opacity=0.5)
        group = Painting(SIZE, {
            "1": pair.layers["1"], "2": fill,
            "3": replace(pair.layers["3"], parent="4"), "4": PaintLayer("G", LayerKind.GROUP),
        })  # fmt: skip
        merged = merged_down(group, "4")
        assert names(merged) == ["Under", "Fill"]
        assert np.abs(looks(merged) - looks(group)).max() < 1e-4
        again = merged_down(merged, "2")
        assert names(again) == ["Under"]
        assert np.abs(looks(again) - looks(group)).max() < 2e-4

    def test_within_a_group_that_is_hidden(self, pair: Painting) -> None:
        inside = {each: replace(layer, parent="9") for each, layer in pair.layers.items()}
        closed = PaintLayer("G", LayerKind.GROUP, is_visible=False)
        merged = merged_down(Painting(SIZE, {**inside, "9": closed}), "3")
        assert names(merged) == ["G/Under", "G/Low", "G"]
        layer = merged.layers["2"]
        assert layer.raster is not None
        assert len(layer.raster.tiles) == 4

    def test_what_cannot_be_merged_is_said(self, pair: Painting) -> None:
        layers = pair.layers
        with pytest.raises(AssetError, match="no layer below 'Under'"):
            merged_down(pair, "1")
        for hidden in ("2", "3"):
            closed = pair.with_layer(hidden, replace(layers[hidden], is_visible=False))
            with pytest.raises(AssetError, match=f"'{layers[hidden].name}' is hidden"):
                merged_down(closed, "3")
        gloss = pair.with_layer("3", replace(layers["3"], part=TexturePart.GLOSS))
        with pytest.raises(AssetError, match="colour and gloss"):
            merged_down(gloss, "3")
        dark = pair.with_layer("2", PaintLayer("Dark", LayerKind.ADJUSTMENT))
        with pytest.raises(AssetError, match="'Dark' is an adjustment"):
            merged_down(dark, "3")


class TestFlattened:
    def test_it_looks_the_same(self) -> None:
        painting = some_painting()
        assert parts_of(painting, "7") == {TexturePart.COLOUR}
        flat = flattened(painting, "2")
        assert names(flat) == ["Base", "All/Skin", "All", "Matt", "Decal"]
        assert (flat.layers["2"].kind, flat.layers["2"].hidden) == (
            LayerKind.RASTER, painting.layers["2"].hidden,
        )  # fmt: skip
        assert np.abs(looks(flat) - looks(painting)).max() < 1e-4
        all_flat = flattened(painting, "7")
        assert names(all_flat) == ["Base", "All", "Matt", "Decal"]
        assert all_flat.layers["7"].blend is Blend.SOFT_LIGHT
        assert np.abs(looks(all_flat) - looks(painting)).max() < 2e-4

    def test_an_empty_group_becomes_an_empty_layer(self) -> None:
        flat = flattened(Painting(SIZE, {"1": PaintLayer("G", LayerKind.GROUP)}), "1")
        assert flat.layers["1"].raster is not None
        assert not flat.layers["1"].raster.tiles

    def test_what_cannot_be_flattened_is_said(self) -> None:
        painting = some_painting()
        with pytest.raises(AssetError, match="'Base' is no group"):
            flattened(painting, "1")
        mixed = moved(painting, "5", "2", 0)
        with pytest.raises(AssetError, match="'Skin' holds layers for colour and gloss"):
            flattened(mixed, "2")


def test_inverting_a_mask_twice_gives_it_back() -> None:
    mask = some_raster(1, 1)
    shown = inverted(mask)
    assert np.allclose(whole_picture(shown) + whole_picture(mask), 1, atol=1e-5)
    assert digest(inverted(shown)) == digest(mask)
    assert len(inverted(Raster(SIZE, 1)).tiles) == 64
    assert inverted(inverted(Raster(SIZE, 1))).tiles == {}


def test_all_rasters_of_a_painting_are_resized_and_the_bake_stays() -> None:
    painting = some_painting()
    larger = resized_painting(painting, 1024)
    assert larger.size == 1024
    assert larger.baked is painting.baked
    mask = larger.layers["2"].hidden
    assert mask is not None
    assert whole_picture(mask).mean() == pytest.approx(
        whole_picture(painting.layers["2"].hidden or mask).mean(), rel=0.02
    )
    assert resized_painting(larger, 512).size == 512
