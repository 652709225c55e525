from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.handlers.paint_easels import AtlasEasel, HeadEasel
from app.handlers.paint_strokes import StrokeMaker, StrokeWish
from app.paint_choice import PaintChoice, PaintSwitches
from avatar_core.commands import EditPaintLayers, SetPaintLayer
from avatar_core.project.digest import digest
from avatar_core.project.paint import PaintLayer
from avatar_core.texture.brushes import paint_brush_kind
from tests.app.handlers.paint_stage import Heard, PaintView, coverage, sample
from tests.app.handlers.paint_stage import demo_asset as demo_asset
from tests.app.handlers.paint_stage import face as face
from tests.app.handlers.paint_stage import known_atlas as known_atlas
from tests.app.handlers.paint_stage import painted_demo as painted_demo
from tests.app.handlers.paint_stage import stage as stage
from tests.app.handlers.paint_stage import uv as uv

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.paint_easels import Easel
    from app.handlers.paint_face import PaintFace
    from app.widgets.atlas_view import AtlasView
    from avatar_core.texture.brush import PaintBrushKind

RED = (1.0, 0.0, 0.0)
CHOICE = PaintChoice(radius_m=0.008, hardness=1.0, colour=RED)
PAINT = paint_brush_kind("paint")


class Easels:
    """Both easels, and a maker of strokes on them."""

    def __init__(self, face: PaintFace, view: PaintView, uv: AtlasView) -> None:
        self.choice, self.switches = CHOICE, PaintSwitches()
        self.view = view
        self.head = HeadEasel(face, view, lambda: self.choice, lambda: self.switches)  # type: ignore[arg-type]
        self.atlas = AtlasEasel(face, uv)
        self.maker = StrokeMaker(face)

    def wish(self, kind: PaintBrushKind = PAINT, **changes: object) -> StrokeWish:
        return StrokeWish(kind, self.choice, self.switches, **changes)  # type: ignore[arg-type]

    def draw(self, *places: tuple[float, float], wish: StrokeWish | None = None) -> None:
        """A stroke on the head through places, metres from the middle of the face."""
        pixels = [self.view.pixel_of(*each) for each in places]
        self.maker.begin(self.head, sample(pixels[0]), wish or self.wish())
        for pixel in pixels[1:]:
            self.maker.go_on([sample(pixel)])
        self.maker.end()


@pytest.fixture
def easels(face: PaintFace, stage: PaintView, uv: AtlasView) -> Easels:
    return Easels(face, stage, uv)


def test_a_stroke_on_the_head_becomes_one_step_and_is_undone_bit_for_bit(
    context: StudioContext, stage: PaintView, easels: Easels
) -> None:
    before = digest(context.project.painting)
    easels.draw((0.03, 0.0), (0.04, 0.01), (0.05, 0.0))
    assert context.session.history.index == 1
    assert context.session.history.undo_label == "Paint"
    layer = context.project.painting.layers["1"]
    assert layer.raster is not None
    assert layer.raster.tiles
    painted = coverage(stage)
    assert painted.max() == 1
    reds = stage.paint.colour[painted == 1]
    assert (reds == (255, 0, 0, 255)).all()
    context.session.undo()
    assert digest(context.project.painting) == before
    assert coverage(stage).max() == 0
    context.session.redo()
    assert np.array_equal(coverage(stage), painted)


def test_paint_lies_within_the_brush_around_where_the_pen_was(
    stage: PaintView, face: PaintFace, easels: Easels
) -> None:
    easels.draw((0.03, 0.0))
    texels = np.flatnonzero(coverage(stage).ravel() > 0.5).astype(np.int32)
    inside = texels[face.atlas.map.faces_of(texels) >= 0]
    places = face.atlas.map.places_of(inside, stage.shown_frame.vertices)
    middle = stage.shown_frame.vertices[stage.front_vertex(0.03, 0.0)]
    away = np.linalg.norm(places - middle, axis=1)
    assert 0.006 < away.max() < 0.012


def test_what_is_shown_meanwhile_is_taken_back_by_cancel(
    context: StudioContext, stage: PaintView, easels: Easels
) -> None:
    easels.maker.begin(easels.head, sample(stage.pixel_of(0.03, 0.0)), easels.wish())
    assert easels.maker.is_busy
    assert coverage(stage).max() == 1
    easels.maker.cancel()
    assert coverage(stage).max() == 0
    assert context.session.history.index == 0
    assert not easels.maker.is_busy


def test_beside_the_head_nothing_is_painted(context: StudioContext, easels: Easels) -> None:
    easels.maker.begin(easels.head, sample((1.0, 1.0)), easels.wish())
    easels.maker.go_on([sample((2.0, 2.0))])
    easels.maker.end()
    assert context.session.history.index == 0


def test_the_mirror_paints_the_other_side_as_much(
    stage: PaintView, face: PaintFace, easels: Easels
) -> None:
    easels.switches = PaintSwitches(is_mirrored=True)
    easels.draw((0.04, 0.0))
    painted = coverage(stage).ravel()
    texels = np.flatnonzero(painted > 0.5).astype(np.int32)
    texels = texels[face.atlas.map.faces_of(texels) >= 0]
    sides = face.atlas.map.places_of(texels, stage.shown_frame.vertices)[:, 0]
    left, right = painted[texels[sides > 0]].sum(), painted[texels[sides < 0]].sum()
    assert min(left, right) > 100
    assert left == pytest.approx(right, rel=0.15)


def test_shift_leads_a_straight_line_from_where_the_last_stroke_ended(
    context: StudioContext, stage: PaintView, easels: Easels
) -> None:
    easels.draw((-0.04, 0.0))
    dots = coverage(stage).sum()
    easels.draw((0.04, 0.0), wish=easels.wish(goes_on=True))
    assert context.session.history.index == 2
    assert coverage(stage).sum() > 3 * dots
    context.session.undo()
    easels.draw((0.04, 0.02))  # without Shift
    assert coverage(stage).sum() < 3 * dots


def test_the_pen_may_leave_the_head_and_come_back(stage: PaintView, easels: Easels) -> None:
    """Nothing is painted between where it left and where it came back."""
    start, end = stage.pixel_of(0.04, 0.03), stage.pixel_of(0.04, -0.03)
    painted = []
    for way in ([sample((1.0, 1.0)), sample(end)], [sample(end)]):
        easels.maker.begin(easels.head, sample(start), easels.wish())
        easels.maker.go_on(way)
        painted.append(coverage(stage).sum())
        easels.maker.cancel()
    assert painted[0] < 0.7 * painted[1]


def test_pressure_sets_size_where_that_is_switched_on(stage: PaintView, easels: Easels) -> None:
    easels.switches = PaintSwitches(pressure_sizes=True)
    pixel = stage.pixel_of(0.03, 0.0)
    areas = []
    for pressure in (0.4, 1.0):
        easels.maker.begin(easels.head, sample(pixel, pressure=pressure), easels.wish())
        areas.append(coverage(stage).sum())
        easels.maker.cancel()
    assert areas[0] < 0.4 * areas[1]


def test_steady_lines_end_where_the_pen_is_lifted(stage: PaintView, easels: Easels) -> None:
    easels.choice = replace(CHOICE, steady_px=1000.0)
    start, end = stage.pixel_of(0.0, 0.0), stage.pixel_of(0.04, 0.0)
    easels.maker.begin(easels.head, sample(start), easels.wish())
    dot = coverage(stage).sum()
    easels.maker.go_on([sample(end)])
    assert coverage(stage).sum() == dot  # the rope is slack
    easels.maker.end()
    assert coverage(stage).sum() > 2 * dot


def test_a_stroke_in_the_atlas_covers_a_disc_there(
    context: StudioContext, stage: PaintView, face: PaintFace, easels: Easels, uv: AtlasView
) -> None:
    texel = int(face.atlas.map.texels_of_part(0)[20000])
    row, column = divmod(texel, 512)
    place = uv.place_of(column, row)
    easels.maker.begin(easels.atlas, sample(place), easels.wish())
    easels.maker.end()
    assert context.session.history.undo_label == "Paint"
    rows, columns = np.nonzero(coverage(stage) == 1)
    radius = 0.008 * float(face.atlas.densities[face.atlas.map.owners[row, column]])
    assert np.hypot(rows - row, columns - column).min() < 1
    owned = face.atlas.map.owners[rows, columns] >= 0
    away = np.hypot(rows - row, columns - column)[owned]
    assert away.max() == pytest.approx(radius, abs=1.5)


def test_a_stroke_in_the_atlas_is_as_large_on_the_head_wherever_it_is(
    stage: PaintView, face: PaintFace, easels: Easels, uv: AtlasView
) -> None:
    """Texels of the face lie three times as dense as those of the neck."""
    known, densities = face.atlas.map, face.atlas.densities
    skin = np.flatnonzero(known.face_part == 0)
    ranked = skin[np.argsort(densities[skin])]
    coarse, fine = ranked[len(ranked) // 10], ranked[9 * len(ranked) // 10]
    assert densities[fine] > 3 * densities[coarse]
    for chosen in (coarse, fine):
        column, row = known.corners[chosen].mean(axis=0).tolist()
        pixel = uv.place_of(column, row)
        easels.maker.begin(easels.atlas, sample(pixel), easels.wish())
        texels = np.flatnonzero(coverage(stage).ravel() > 0.5).astype(np.int32)
        texels = texels[known.faces_of(texels) >= 0]
        easels.maker.cancel()
        rows, columns = np.divmod(texels, 512)
        seen = easels.atlas.radius_px(pixel, 0.008) / uv.pixels_per_texel
        assert np.hypot(rows - row, columns - column).max() == pytest.approx(seen, abs=1)
        area = float((densities[known.faces_of(texels)] ** -2.0).sum())
        assert area == pytest.approx(np.pi * 0.008**2, rel=0.3)


@pytest.mark.parametrize("place", ["head", "atlas"])
def test_a_gradient_is_seen_while_it_is_drawn(
    context: StudioContext,
    stage: PaintView,
    face: PaintFace,
    easels: Easels,
    uv: AtlasView,
    place: str,
) -> None:
    places = [(-0.03, 0.0), (0.03, 0.0), (0.0, 0.03)]
    pixels = [stage.pixel_of(*each) for each in places]
    easel: Easel = easels.head
    if place == "atlas":
        owners, topology = face.atlas.map, face.asset.head.topology
        faces = [np.flatnonzero((topology.faces == stage.front_vertex(*each)).any(axis=1))[0]
                 for each in places]  # fmt: skip
        pixels = [uv.place_of(*owners.corners[each].mean(axis=0)) for each in faces]
        easel = easels.atlas
    start, end, other = (sample(each) for each in pixels)
    before = digest(context.project.painting)
    for lands in (False, True):
        easels.maker.begin(easel, start, easels.wish(paint_brush_kind("gradient")))
        assert coverage(stage).max() == 0
        easels.maker.go_on([other, end])
        seen = coverage(stage).copy()
        assert seen.max() > 0.9
        assert ((seen > 0.2) & (seen < 0.8)).sum() > 500
        easels.maker.go_on([other])
        assert not np.array_equal(coverage(stage), seen)
        easels.maker.go_on([end])
        assert np.array_equal(coverage(stage), seen)
        if lands:
            easels.maker.end()
            assert np.array_equal(coverage(stage), seen)
        else:
            easels.maker.cancel()
            assert coverage(stage).max() == 0
    assert context.session.history.undo_label == "Gradient"
    context.session.undo()
    assert digest(context.project.painting) == before


def test_the_pick_tells_the_colour_that_is_seen_and_changes_nothing(
    context: StudioContext, easels: Easels
) -> None:
    easels.draw((0.03, 0.0))
    heard = Heard(easels.maker.colour_picked)
    easels.choice = replace(CHOICE, radius_m=0.002)
    easels.draw((0.03, 0.0), wish=easels.wish(paint_brush_kind("pick")))
    assert heard.told[0] == pytest.approx(RED, abs=0.01)
    assert context.session.history.index == 1


def test_erasing_takes_away_what_was_painted(stage: PaintView, easels: Easels) -> None:
    easels.draw((0.03, 0.0))
    easels.draw((0.03, 0.0), wish=easels.wish(paint_brush_kind("erase")))
    assert coverage(stage).max() <= 0.26  # of a rim that was half covered


def test_an_undo_in_the_middle_takes_the_stroke_back(
    context: StudioContext, stage: PaintView, easels: Easels
) -> None:
    """The stroke is on paint that is no more: its end would do again what was undone."""
    easels.draw((0.03, 0.0))
    easels.maker.begin(easels.head, sample(stage.pixel_of(-0.03, 0.0)), easels.wish())
    context.session.undo()
    assert not easels.maker.is_busy
    assert coverage(stage).max() == 0
    easels.maker.end()
    assert context.session.history.index == 0
    assert context.project.painting.is_empty


def test_layers_that_arrive_in_the_middle_take_the_stroke_back(
    context: StudioContext, stage: PaintView, easels: Easels
) -> None:
    easels.maker.begin(easels.head, sample(stage.pixel_of(0.03, 0.0)), easels.wish())
    context.session.push(EditPaintLayers.added(context.project, PaintLayer("Blush")))
    easels.maker.end()
    assert [each.name for each in context.project.painting.layers.values()] == ["Blush"]
    assert coverage(stage).max() == 0


def test_a_hidden_layer_is_told_and_stays_as_it_is(
    context: StudioContext, stage: PaintView, easels: Easels
) -> None:
    context.session.push(EditPaintLayers.added(context.project, PaintLayer("Blush")))
    context.session.push(SetPaintLayer.shown(context.project, "1", is_visible=False))
    before = digest(context.project.painting)
    easels.draw((0.03, 0.0))
    assert "hidden" in context.toast.text
    assert digest(context.project.painting) == before
    assert not easels.maker.is_busy


def test_a_clone_without_a_source_says_what_to_do(context: StudioContext, easels: Easels) -> None:
    easels.draw((0.03, 0.0), wish=easels.wish(paint_brush_kind("clone")))
    assert "Alt-click" in context.toast.text
    assert context.session.history.index == 0


def test_a_clone_copies_paint_from_its_source(stage: PaintView, easels: Easels) -> None:
    easels.draw((0.03, 0.0))
    ground = easels.head.ground()
    point = easels.head.point(stage.pixel_of(0.03, 0.0))
    source = ground.place(point)
    before = coverage(stage).sum()
    easels.draw((-0.03, 0.0), wish=easels.wish(paint_brush_kind("clone"), source=source))
    assert coverage(stage).sum() > 1.6 * before


def test_the_shield_keeps_paint_from_skin_behind_others(
    context: StudioContext, stage: PaintView, easels: Easels
) -> None:
    """Without it, paint goes through the head to where it turns away from the eye."""
    easels.choice = replace(CHOICE, radius_m=0.05)
    easels.switches = PaintSwitches(crosses_gaps=True, fades=False)
    easels.draw((0.03, 0.0))
    through = coverage(stage).sum()
    context.session.undo()
    easels.switches = PaintSwitches(crosses_gaps=True, fades=False, shields=True)
    easels.draw((0.03, 0.0))
    assert 0.1 * through < coverage(stage).sum() < 0.7 * through
