from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.project import (
    Adjustment,
    BakedPaint,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    TexturePart,
)
from avatar_core.project.paint import Raster
from avatar_core.texture import composite
from avatar_core.texture.blending import blend
from avatar_core.texture.canvas import PaintCanvas, PaintTarget
from avatar_core.texture.changes import WHOLE, Area, changed_areas
from avatar_core.texture.composite import AS_IT_IS, Compositor
from avatar_core.texture.content import content_digest
from avatar_core.texture.tiles import tiles_of, whole_picture
from tests.avatar_core.commands.paint_examples import some_painting, some_raster

SIZE = 512
ALL = set(range(64))


@pytest.fixture
def base() -> np.ndarray:
    return np.random.default_rng(9).random((SIZE, SIZE, 3)).astype(np.float32)


def texels_of(tile: int) -> np.ndarray:
    """[n] the texels of a tile."""
    everywhere = np.arange(SIZE * SIZE, dtype=np.int32)
    return everywhere[tiles_of(everywhere, SIZE) == tile]


def raster(colour: tuple[float, float, float], alpha: float, *tiles: int) -> Raster:
    """Tiles of one colour."""
    texel = np.rint(np.array([*colour, 1.0]) * alpha * 65535).astype(np.uint16)
    return Raster(SIZE, 4, {each: np.tile(texel, (64, 64, 1)) for each in tiles})


def mask(hidden: float, *tiles: int) -> Raster:
    value = np.uint16(round(hidden * 65535))
    return Raster(SIZE, 1, {each: np.full((64, 64, 1), value) for each in tiles})


def shown(compositor: Compositor, base: np.ndarray) -> np.ndarray:
    """[S, S, 3] the face under its paint."""
    paint = compositor.maps.colour / 255
    return paint[..., :3] + (1 - paint[..., 3:]) * base


def whole_tiles(
    before: Painting, after: Painting, part: TexturePart, among: set[int] | None = None
) -> dict[int, Area]:
    """What changed, with all texels of each tile."""
    return dict.fromkeys(changed_areas(before, after, part, among), WHOLE)


def texel(picture: np.ndarray, tile: int) -> np.ndarray:
    """The first texel of a tile."""
    row, column = divmod(tile, 8)
    return picture[64 * row, 64 * column]


def whole(painting: Painting, base: np.ndarray) -> np.ndarray:
    """[S, S, 3] all colour layers without groups, blended as whole pictures."""
    below = np.concatenate([base, np.ones((SIZE, SIZE, 1), np.float32)], axis=2)
    for layer in painting.layers.values():
        if layer.is_visible and layer.raster is not None and layer.part is TexturePart.COLOUR:
            above = whole_picture(layer.raster)
            if layer.hidden is not None:
                above = above * (1 - whole_picture(layer.hidden))
            below = blend(below, above, layer.blend, layer.opacity)
    return below[..., :3]


def layered() -> Painting:
    """A stack in which everything occurs: groups, masks, adjustments, and colours baked once."""
    layers = {
        "1": PaintLayer("A", raster=some_raster(1, tiles=(0, 1, 9)), blend=Blend.OVERLAY),
        "2": PaintLayer("F", LayerKind.FILL, opacity=0.3, hidden=mask(0.4, 1, 8)),
        "3": PaintLayer("J", LayerKind.ADJUSTMENT, adjustment=Adjustment(0.4, 0.2, 0.1, gamma=1.3)),
        "4": PaintLayer("B", raster=some_raster(2, tiles=(0, 9)), blend=Blend.HUE, parent="6"),
        "5": PaintLayer("G", raster=some_raster(3, tiles=(0, 8)), part=TexturePart.GLOSS),
        "6": PaintLayer("Group", LayerKind.GROUP, opacity=0.7, blend=Blend.SOFT_LIGHT),
        "7": PaintLayer("C", raster=some_raster(4, tiles=(0, 1, 8, 9)), hidden=mask(0.7, 0, 9)),
    }
    painting = Painting(SIZE, layers)
    baked = BakedPaint(
        np.arange(60, 70, dtype=np.int32),
        np.zeros((10, 4), np.float32),
        np.linspace(0, 1, 10, dtype=np.float32),
        content_digest(painting),
    )
    return replace(painting, baked=baked)


def test_layers_lie_over_the_face_one_after_the_other(base: np.ndarray) -> None:
    layers = {
        "1": PaintLayer("A", raster=some_raster(1)),
        "2": PaintLayer("B", raster=some_raster(2, tiles=(9, 10)), blend=Blend.MULTIPLY,
                        opacity=0.7),
        "3": PaintLayer("C", raster=some_raster(3), is_visible=False),
        "4": PaintLayer("D", raster=some_raster(4, tiles=(10,)), blend=Blend.HUE,
                        hidden=some_raster(5, 1, (10,))),
    }  # fmt: skip
    painting = Painting(SIZE, layers)
    compositor = Compositor(base)
    assert compositor.update(painting) == {0, 9, 10, 63}
    assert np.abs(shown(compositor, base) - whole(painting, base)).max() < 1.01 / 255
    covered = compositor.maps.colour[..., 3]
    assert (covered[64:128, 192:] == 0).all()
    assert covered[64:128, 64:128].any()


def test_bytes_and_numbers_are_the_same_face(base: np.ndarray) -> None:
    stored = np.rint(base * 255).astype(np.uint8)
    one, other = Compositor(stored), Compositor(stored / np.float32(255))
    painting = Painting(SIZE, {"1": PaintLayer("A", raster=some_raster(1), blend=Blend.SCREEN)})
    for each in (one, other):
        each.update(painting)
    assert np.array_equal(one.maps.colour, other.maps.colour)


def test_nothing_painted_covers_nothing(base: np.ndarray) -> None:
    compositor = Compositor(base)
    assert compositor.update(Painting(SIZE)) == set()
    assert not compositor.maps.colour.any()
    assert (compositor.maps.shares[..., :3] == AS_IT_IS).all()
    assert (compositor.maps.shares[..., 3] == 255).all()


def test_a_fill_covers_all_but_what_its_mask_hides(base: np.ndarray) -> None:
    layer = PaintLayer("F", LayerKind.FILL, colour=(1.0, 0.5, 0.0), opacity=0.5, hidden=mask(1, 9))
    compositor = Compositor(base)
    assert compositor.update(Painting(SIZE, {"1": layer})) == ALL
    assert texel(compositor.maps.colour, 0).tolist() == [128, 64, 0, 128]
    assert texel(compositor.maps.colour, 9).tolist() == [0, 0, 0, 0]


def test_an_adjustment_shows_the_face_adjusted(base: np.ndarray) -> None:
    layer = PaintLayer("Dark", LayerKind.ADJUSTMENT, adjustment=Adjustment(lightness=-0.5))
    compositor = Compositor(base)
    compositor.update(Painting(SIZE, {"1": layer}))
    assert (compositor.maps.colour[..., 3] == 255).all()
    assert np.abs(shown(compositor, base) - base / 2).max() < 1.01 / 255
    idle = replace(layer, adjustment=Adjustment())
    compositor.update(Painting(SIZE, {"1": idle}))
    assert not compositor.maps.colour.any()


class TestGroups:
    def test_members_meet_each_other_and_the_group_meets_the_face(self, base: np.ndarray) -> None:
        layers = {
            "1": PaintLayer("A", parent="3", raster=raster((1, 0, 0), 1.0, 0)),
            "2": PaintLayer("B", parent="3", raster=raster((0, 1, 0), 0.5, 0)),
            "3": PaintLayer("G", LayerKind.GROUP, opacity=0.5, blend=Blend.MULTIPLY,
                            hidden=mask(0.5, 0)),
        }  # fmt: skip
        compositor = Compositor(base)
        compositor.update(Painting(SIZE, layers))
        face = base[0, 0]
        expected = 0.75 * face + 0.25 * face * np.array([0.5, 0.5, 0.0])
        assert np.abs(texel(shown(compositor, base), 0) - expected).max() < 1.01 / 255
        assert texel(compositor.maps.colour, 0)[3] == 64

    def test_a_group_is_isolated(self, base: np.ndarray) -> None:
        # A multiply inside meets nothing below it in the group, so it lies there as it is.
        layers = {
            "1": PaintLayer("A", parent="2", blend=Blend.MULTIPLY, raster=raster((1, 0, 0), 1, 0)),
            "2": PaintLayer("G", LayerKind.GROUP),
        }
        compositor = Compositor(base)
        compositor.update(Painting(SIZE, layers))
        assert texel(compositor.maps.colour, 0).tolist() == [255, 0, 0, 255]

    def test_hidden_groups_hide_their_members(self, base: np.ndarray) -> None:
        layers = {
            "1": PaintLayer("A", parent="2", raster=raster((1, 0, 0), 1, 0)),
            "2": PaintLayer("G", LayerKind.GROUP, parent="3"),
            "3": PaintLayer("H", LayerKind.GROUP),
        }
        compositor = Compositor(base)
        assert compositor.update(Painting(SIZE, layers)) == {0}
        closed = {**layers, "3": replace(layers["3"], is_visible=False)}
        assert compositor.update(Painting(SIZE, closed)) == {0}
        assert not compositor.maps.colour.any()

    def test_a_group_holds_layers_of_several_parts(self, base: np.ndarray) -> None:
        white = raster((1, 1, 1), 1, 1)
        layers = {
            "1": PaintLayer("A", parent="3", raster=raster((1, 0, 0), 1, 0)),
            "2": PaintLayer("B", part=TexturePart.GLOSS, parent="3", raster=white),
            "3": PaintLayer("G", LayerKind.GROUP, opacity=0.5),
        }
        compositor = Compositor(base)
        assert compositor.update(Painting(SIZE, layers)) == {0, 1}
        assert texel(compositor.maps.colour, 0).tolist() == [128, 0, 0, 128]
        assert texel(compositor.maps.shares, 1).tolist() == [192, 128, 128, 255]


@pytest.mark.parametrize(
    ("part", "channel"),
    [(TexturePart.GLOSS, 0), (TexturePart.WRINKLES, 1), (TexturePart.SCULPT, 2)],
)
def test_shares_are_greys_around_as_it_is(
    part: TexturePart, channel: int, base: np.ndarray
) -> None:
    layers = {
        "1": PaintLayer("A", part=part, raster=raster((0, 0, 0), 1.0, 0)),
        "2": PaintLayer("B", part=part, raster=raster((1, 1, 1), 1.0, 1)),
        "3": PaintLayer("C", part=part, raster=raster((0.5, 0.5, 0.5), 1.0, 2)),
        "4": PaintLayer("D", part=part, raster=raster((0, 1, 0), 1.0, 3)),
        "5": PaintLayer("E", part=part, raster=raster((0, 0, 0), 0.5, 4)),
    }
    compositor = Compositor(base)
    compositor.update(Painting(SIZE, layers))
    assert not compositor.maps.colour.any()
    seen = [int(texel(compositor.maps.shares, tile)[channel]) for tile in range(6)]
    # Green counts 0.59 of a grey; 256 would be twice.
    assert seen == [0, 255, 128, round(0.59 * 256), 64, 128]
    others = [each for each in range(3) if each != channel]
    assert (compositor.maps.shares[..., others] == AS_IT_IS).all()


class TestUpdates:
    """Only what changed is done again, and it is as if all had been."""

    def test_every_edit_leads_to_the_picture_of_a_new_compositor(self, base: np.ndarray) -> None:
        painting = replace(some_painting(), baked=None)
        layers = painting.layers
        states = [
            painting,
            painting.with_layer("1", replace(layers["1"], opacity=0.5)),
            painting.with_layer("4", replace(layers["4"], raster=some_raster(8, tiles=(9, 11)))),
            painting.with_layer("2", replace(layers["2"], hidden=None)),
            painting.with_layer("7", replace(layers["7"], is_visible=False)),
            painting.with_layer("5", replace(layers["5"], is_visible=True)),
            painting.with_layer("5", replace(layers["5"], part=TexturePart.COLOUR,
                                             is_visible=True, opacity=0.25)),
            painting.with_layer("3", replace(layers["3"], adjustment=Adjustment())),
            painting.with_layer("4", replace(layers["4"], parent=None)),
            replace(painting, layers={key: layers[key] for key in ("4", "3", "2", "7", "1")},
                    active=None),
            Painting(SIZE),
            painting,
        ]  # fmt: skip
        compositor = Compositor(base)
        for state in states:
            before = compositor.maps.colour.copy(), compositor.maps.shares.copy()
            written = compositor.update(state)
            fresh = Compositor(base)
            fresh.update(state)
            assert np.array_equal(compositor.maps.colour, fresh.maps.colour)
            assert np.array_equal(compositor.maps.shares, fresh.maps.shares)
            for tile in ALL - written:
                area = np.divmod(texels_of(tile), SIZE)
                assert np.array_equal(before[0][area], compositor.maps.colour[area])
                assert np.array_equal(before[1][area], compositor.maps.shares[area])

    def test_a_stroke_costs_its_tiles(self, base: np.ndarray) -> None:
        painting = replace(some_painting(), baked=None)
        compositor = Compositor(base)
        compositor.update(painting)
        canvas = PaintCanvas(painting, "4", compositor=compositor)
        fresh = Compositor(base)
        for seed, tile in enumerate((9, 9, 20, 9)):
            texels = texels_of(tile)[:100]
            value = np.random.default_rng(seed).random((100, 4)).astype(np.float32)
            canvas.write(texels, value)
            assert compositor.update(canvas.result(), canvas.take_news()) == {tile}
            fresh.update(canvas.result())
            assert np.array_equal(compositor.maps.colour, fresh.maps.colour)

    @pytest.mark.parametrize("layer_id", ["1", "4", "5"])
    @pytest.mark.parametrize("is_baked", [True, False])
    def test_a_stamp_leaves_what_composing_everything_would(
        self, base: np.ndarray, monkeypatch: pytest.MonkeyPatch, layer_id: str, is_baked: bool
    ) -> None:
        painting = layered() if is_baked else replace(layered(), baked=None)
        states: list[tuple[Painting, set[int] | None]] = [(painting, None)]
        canvas = PaintCanvas(painting, layer_id)
        rng = np.random.default_rng(5)
        rows, columns = np.mgrid[-20:21, -20:21].reshape(2, -1)
        disc = np.hypot(rows, columns) < 20
        for row, column in ((60, 65), (70, 70), (300, 31), (75, 66)):
            texels = ((row + rows[disc]) * SIZE + column + columns[disc]).astype(np.int32)
            canvas.write(texels, rng.random((len(texels), 4)).astype(np.float32))
            states.append((canvas.result(), canvas.take_news()))
        states += [(states[0][0], None), (states[-1][0], None)]
        compositor, fully = Compositor(base, 9), Compositor(base, 9)
        for state, tiles in states:
            written = compositor.update(state, tiles)
            with monkeypatch.context() as patch:
                patch.setattr(composite, "changed_areas", whole_tiles)
                assert fully.update(state, tiles) == written
            assert np.array_equal(compositor.maps.colour, fully.maps.colour)
            assert np.array_equal(compositor.maps.shares, fully.maps.shares)
            if not is_baked:
                fresh = Compositor(base)
                fresh.update(state)
                assert np.array_equal(compositor.maps.colour, fresh.maps.colour)
                assert np.array_equal(compositor.maps.shares, fresh.maps.shares)

    def test_only_the_texels_of_a_stamp_are_composed(self, base: np.ndarray) -> None:
        painting = layered()
        compositor = Compositor(base)
        compositor.update(painting)
        canvas = PaintCanvas(painting, "4", compositor=compositor)
        texels = np.array([70 * SIZE + 80, 79 * SIZE + 90], np.int32)
        canvas.write(texels, np.full((2, 4), 0.5, np.float32))
        compositor.maps.colour[:] = 7
        compositor.update(canvas.result(), canvas.take_news())
        written = (compositor.maps.colour != 7).any(axis=2)
        assert written[70:80, 80:91].all()
        assert written.sum() == 10 * 11

    def test_a_mask_that_is_painted_is_followed(self, base: np.ndarray) -> None:
        painting = Painting(SIZE, {"1": PaintLayer("F", LayerKind.FILL)})
        compositor = Compositor(base)
        compositor.update(painting)
        canvas = PaintCanvas(painting, "1", target=PaintTarget.MASK)
        canvas.write(np.array([0], np.int32), np.array([[0, 0, 0, 1]], np.float32))
        assert compositor.update(canvas.result()) == {0}
        assert compositor.maps.colour[0, :2, 3].tolist() == [0, 255]

    def test_names_and_sources_change_nothing(self, base: np.ndarray) -> None:
        painting = some_painting()
        layer = replace(painting.layers["1"], name="Other", source="/a.png")
        renamed = painting.with_layer("1", layer)
        for part in TexturePart:
            assert changed_areas(painting, renamed, part) == {}

    def test_another_size_is_refused(self, base: np.ndarray) -> None:
        with pytest.raises(ValueError, match="expected size 512, got 1024"):
            Compositor(base).update(Painting(1024))
        with pytest.raises(ShapeError):
            Compositor(base[:, :64])


def test_seen_is_the_picture_before_it_becomes_bytes(base: np.ndarray) -> None:
    layers = {
        "1": PaintLayer("A", raster=some_raster(1)),
        "2": PaintLayer("B", raster=some_raster(2), blend=Blend.SOFT_LIGHT),
        "3": PaintLayer("C", raster=some_raster(3)),
    }
    painting = Painting(SIZE, layers)
    compositor = Compositor(base)
    texels = np.array([3, 70 * SIZE + 80, 200 * SIZE, 511 * SIZE + 511], np.int32)
    seen = compositor.seen(painting, texels)
    assert np.abs(seen - whole(painting, base).reshape(-1, 3)[texels]).max() < 1e-6
    lowest = Painting(SIZE, {"1": layers["1"]})
    below = compositor.seen(painting, texels, below="2")
    assert np.abs(below - whole(lowest, base).reshape(-1, 3)[texels]).max() < 1e-6
    none = compositor.seen(painting, texels, TexturePart.GLOSS)
    assert (none == 0.5).all()
    assert compositor.seen(painting, texels[:0]).shape == (0, 3)


def test_below_a_member_lie_the_lower_members_and_what_is_below_the_group(
    base: np.ndarray,
) -> None:
    layers = {
        "1": PaintLayer("A", raster=raster((1, 0, 0), 0.5, 0)),
        "2": PaintLayer("B", parent="4", raster=raster((0, 1, 0), 0.5, 0)),
        "3": PaintLayer("C", parent="4", raster=raster((0, 0, 1), 1, 0)),
        "4": PaintLayer("G", LayerKind.GROUP),
        "5": PaintLayer("D", raster=raster((0, 0, 0), 1, 0)),
    }
    seen = Compositor(base).seen(Painting(SIZE, layers), np.zeros(1, np.int32), below="3")
    expected = (base[0, 0] + np.array([1, 0, 0])) / 2
    assert np.allclose(seen, (expected + np.array([0, 1, 0])) / 2, atol=1e-4)


class TestDigest:
    def test_it_tells_pictures_apart_and_nothing_else(self) -> None:
        painting = some_painting()
        layers = painting.layers
        digest = content_digest(painting)
        copied = {each: tile.copy() for each, tile in some_raster(1).tiles.items()}
        same = [
            painting.with_layer("1", replace(layers["1"], name="Other", source="x")),
            painting.with_layer("1", replace(layers["1"], raster=Raster(SIZE, 4, copied))),
            painting.with_layer("5", replace(layers["5"], colour=(0.0, 0.0, 0.0))),
            painting.with_layer("9", PaintLayer("Hidden", LayerKind.FILL, is_visible=False)),
            painting.with_layer("9", PaintLayer("Gloss", LayerKind.FILL, TexturePart.GLOSS)),
            replace(painting, active=None, baked=None),
        ]
        assert {content_digest(each) for each in same} == {digest}
        other = [
            painting.with_layer("1", replace(layers["1"], opacity=0.5)),
            painting.with_layer("1", replace(layers["1"], raster=some_raster(7))),
            painting.with_layer("1", replace(layers["1"], raster=some_raster(1, tiles=(0, 9, 62)))),
            painting.with_layer("2", replace(layers["2"], hidden=None)),
            painting.with_layer("9", PaintLayer("Fill", LayerKind.FILL)),
            replace(painting, layers={each: layers[each] for each in ("4", "3", "2", "7", "1")}),
        ]
        assert len({digest, *map(content_digest, other)}) == len(other) + 1

    def test_it_is_the_same_in_every_run(self) -> None:
        # Project files say by it whether their bake is as their paint is.
        layer = PaintLayer("A", raster=raster((1, 0.5, 0), 0.5, 3), opacity=0.25)
        assert content_digest(Painting(SIZE, {"1": layer})) == (
            "b164251261e80bba317b2addf96af40a81b1e2f5b62d2594415a629804792718"
        )


class TestBaked:
    """A texture of 9 x 9 texels, of which one in the middle is baked."""

    SIDE = 9

    @pytest.fixture
    def painting(self) -> Painting:
        return Painting(SIZE, {"1": PaintLayer("F", LayerKind.FILL, opacity=0.5)})

    def bake(self, painting: Painting, row: int, column: int, kept: float) -> Painting:
        baked = BakedPaint(
            texels=np.array([row * self.SIDE + column], np.int32),
            deltas=np.zeros((1, 4), np.float32),
            kept=np.array([kept], np.float32),
            source=content_digest(painting),
        )
        return replace(painting, baked=baked)

    def test_what_is_baked_is_left_to_the_texture(
        self, base: np.ndarray, painting: Painting
    ) -> None:
        compositor = Compositor(base, self.SIDE)
        compositor.update(painting)
        # Row 6 from the bottom is at v = 0.75, column 2 at u = 0.25: texel row 128, column 128.
        written = compositor.update(self.bake(painting, 6, 2, 0.25))
        covered = compositor.maps.colour[..., 3]
        assert written >= {9, 10, 17, 18}
        assert written <= {tile for tile in ALL if tile // 8 < 4 and tile % 8 < 4}
        # Half a texel from it; its neighbours are an eighth of the picture away.
        near = (1 - 0.5 / 64) ** 2
        assert covered[127:129, 127:129].tolist() == [[round(127.5 * (1 - 0.75 * near))] * 2] * 2
        assert covered[128, 300] == 128
        half = covered[128, 160]
        assert abs(int(half) - 127.5 * (1 - 0.75 * (1 - 32.5 / 64))) <= 1

    def test_paint_that_changed_since_covers_the_face_wholly(
        self, base: np.ndarray, painting: Painting
    ) -> None:
        compositor = Compositor(base, self.SIDE)
        baked = self.bake(painting, 6, 2, 0.0)
        compositor.update(baked)
        near = slice(66, 190)
        assert (compositor.maps.colour[near, near, 3] < 128).all()
        changed = baked.with_layer("1", replace(baked.layers["1"], colour=(1.0, 0.0, 0.0)))
        compositor.update(changed)
        assert (compositor.maps.colour[near, near, 3] == 255).all()
        expected = (base + np.array([1, 0, 0])) / 2
        assert np.abs(shown(compositor, base) - expected)[near, near].max() < 1.01 / 255
        assert compositor.maps.colour[400, 400, 3] == 128
        compositor.update(baked)
        assert (compositor.maps.colour[near, near, 3] < 128).all()

    def test_an_old_bake_is_known_at_once(self, base: np.ndarray, painting: Painting) -> None:
        baked = self.bake(painting, 6, 2, 0.0)
        stale = baked.with_layer("1", replace(baked.layers["1"], opacity=0.25))
        compositor = Compositor(base, self.SIDE)
        compositor.update(stale)
        assert compositor.maps.colour[128, 128, 3] == 255
        compositor.update(replace(stale, baked=None))
        assert compositor.maps.colour[128, 128, 3] == 64

    def test_erasing_what_was_baked_shows_the_face(
        self, base: np.ndarray, painting: Painting
    ) -> None:
        compositor = Compositor(base, self.SIDE)
        compositor.update(self.bake(painting, 6, 2, 0.0))
        compositor.update(replace(self.bake(painting, 6, 2, 0.0), layers={}, active=None))
        assert compositor.maps.colour[128, 128, 3] == 255
        assert np.abs(shown(compositor, base) - base).max() < 1.01 / 255

    def test_a_stroke_makes_only_its_tiles_stale(
        self, base: np.ndarray, painting: Painting
    ) -> None:
        painting = painting.with_layer("2", PaintLayer("P", raster=Raster(SIZE, 4)))
        compositor = Compositor(base, self.SIDE)
        baked = self.bake(painting, 6, 2, 0.0)
        compositor.update(baked)
        canvas = PaintCanvas(baked, "2")
        canvas.write(np.array([100 * SIZE + 100], np.int32), np.ones((1, 4), np.float32))
        assert compositor.update(canvas.result(), canvas.take_news()) == {9}
        assert (compositor.maps.colour[64:128, 64:128, 3][1:, 1:] == 255).all()
        assert (compositor.maps.colour[128:190, 128:190, 3] < 128).all()

    def test_a_face_without_a_texture_of_its_own_has_nothing_baked(
        self, base: np.ndarray, painting: Painting
    ) -> None:
        compositor = Compositor(base)
        compositor.update(self.bake(painting, 6, 2, 0.0))
        assert (compositor.maps.colour[..., 3] == 128).all()
