from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.brush import (
    Gesture,
    Jitter,
    PaintBrushKind,
    PaintDab,
    PaintOption,
    PaintSettings,
    PaintStroke,
    line_samples,
)
from avatar_core.texture.brushes import PAINT_BRUSHES, paint_brush_kind
from avatar_core.texture.brushes.paint import PAINT
from avatar_core.texture.ground import HeadGround, UvGround
from avatar_core.texture.stamp import Reach
from avatar_core.texture.symmetry import MirrorMap
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet, sheet_atlas, sheet_canvas

EYE = np.array([0, 0, 0.5], np.float32)
UP = np.array([0, 1, 0], np.float32)
START, END = np.array([70.0, 256.0]), np.array([190.0, 256.0])


class Noting:
    """Keeps what it is told; one list for all sides of all strokes."""

    dabs: list[PaintDab]
    calls: list[str]

    def begin(self, canvas, dab) -> None:
        self.calls.append("begin")

    def dab(self, canvas, dab) -> None:
        self.calls.append("dab")
        self.dabs.append(dab)

    def end(self, canvas) -> None:
        self.calls.append("end")


@pytest.fixture
def noting() -> tuple[PaintBrushKind, list[PaintDab], list[str]]:
    dabs: list[PaintDab] = []
    calls: list[str] = []

    def make(settings: PaintSettings) -> Noting:
        brush = Noting()
        brush.dabs, brush.calls = dabs, calls
        return brush

    return PaintBrushKind("note", "Note", "Notes.", make), dabs, calls


def drawn(kind, settings, points, pressures=None, ground=None) -> None:
    atlas, _ = sheet_atlas()
    ground = ground or UvGround(atlas)
    stroke = PaintStroke(kind, settings, sheet_canvas(atlas))
    for index, point in enumerate(points):
        stroke.move(ground, point, 1.0 if pressures is None else pressures[index])
    stroke.end()


def test_stamps_lie_at_even_distances_however_often_the_pen_is_asked(noting) -> None:
    kind, dabs, calls = noting
    settings = PaintSettings(radius=10.0, spacing=0.25)
    lines = []
    end = END + np.array([0.1, 0.0])
    between = START + np.array([31.3, 0.0])
    for points in ([START, end], line_samples(START, end, 0.7), [START, between, end]):
        dabs.clear()
        drawn(kind, settings, points)
        lines.append(np.array([dab.point for dab in dabs]))

    expected = np.arange(70, 191, 5.0)
    for line in lines:
        assert len(line) == len(expected)
        assert np.allclose(line[:, 0], expected, atol=1e-3)
    assert calls[0] == "begin"
    assert calls[1:].count("begin") == len(lines) - 1
    assert calls[-1] == "end"


def test_a_fast_stroke_leaves_no_gaps() -> None:
    atlas, _ = sheet_atlas()
    canvas = sheet_canvas(atlas)
    stroke = PaintStroke(PAINT, PaintSettings(radius=6.0, tip=Tip(1.0), spacing=0.1), canvas)
    for point in (START, END):
        stroke.move(UvGround(atlas), point)
    stroke.end()

    middle = (256 * 512 + np.arange(70, 190)).astype(np.int32)
    assert (canvas.read(middle)[:, 3] == 1).all()
    for off in (-5, 5):
        assert (canvas.read(middle + off * 512)[4:-4, 3] > 0.85).all()


def test_the_same_stroke_paints_the_same_bit_for_bit() -> None:
    atlas, _ = sheet_atlas()
    pictures = []
    for seed in (3, 3, 4):
        canvas = sheet_canvas(atlas)
        settings = PaintSettings(
            radius=8.0, jitter=Jitter(0.5, 0.5, 0.5, 0.3), spacing=0.4, seed=seed, flow=0.6
        )
        stroke = PaintStroke(PAINT, settings, canvas)
        for point in (START, END):
            stroke.move(UvGround(atlas), point)
        stroke.end()
        pictures.append(canvas.read(atlas.texels))

    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


def test_jitter_stays_within_its_limits(noting) -> None:
    kind, dabs, _ = noting
    settings = PaintSettings(
        radius=10.0, spacing=0.1, jitter=Jitter(place=0.5, size=0.3, colour=0.2),
        colour=(0.5, 0.05, 0.9),
    )  # fmt: skip
    drawn(kind, settings, [START, END])

    radii, colours = np.array([d.radius for d in dabs]), np.array([d.colour for d in dabs])
    assert 7 <= radii.min() < 7.5
    assert 9.5 < radii.max() <= 10
    aside = np.array([d.point[1] - 256 for d in dabs])
    assert 1 < np.abs(aside).max() <= 5
    assert (np.abs(colours - settings.colour) <= 0.1 + 1e-9).all()
    assert colours.min() >= 0
    assert colours.std(axis=0).min() > 0.01


def test_pressure_has_a_say_where_that_is_wanted(noting) -> None:
    kind, dabs, _ = noting
    settings = PaintSettings(
        radius=10.0, flow=0.8, opacity=0.6, pressure_sizes=True, pressure_flows=True,
        pressure_covers=True,
    )  # fmt: skip
    drawn(kind, settings, [START, END], pressures=[0.5, 1.0])

    first, last = dabs[0], dabs[-1]
    assert (first.radius, first.flow, first.opacity) == pytest.approx((5.0, 0.4, 0.3))
    assert last.radius > 9.5
    assert last.flow > 0.76
    assert (np.diff([dab.radius for dab in dabs]) >= 0).all()
    # Smaller stamps lie closer together.
    steps = np.diff([dab.point[0] for dab in dabs])
    assert steps[0] == pytest.approx(2 * 0.12 * 5)
    assert steps[-1] > 1.8 * steps[0]

    dabs.clear()
    drawn(kind, PaintSettings(radius=10.0, flow=0.8), [START], pressures=[0.1])
    assert (dabs[0].radius, dabs[0].flow, dabs[0].opacity) == (10.0, 0.8, 1.0)


def test_a_tip_follows_the_line(noting) -> None:
    kind, dabs, _ = noting
    image = np.zeros((8, 8), np.float32)
    image[:, 4:] = 1
    settings = PaintSettings(radius=10.0, tip=Tip(1.0, image), follows_path=True)
    for way, axis, sign in (((60, 0), 0, 1), ((0, -60), 1, 1), ((0, 60), 1, -1)):
        dabs.clear()
        drawn(kind, settings, [START, START + np.array(way)])
        stamp = dabs[-1].stamp
        middle = stamp.weights @ stamp.places / stamp.weights.sum()
        assert sign * middle[axis] > 0.3


def test_with_symmetry_each_stamp_has_a_twin_that_does_not_paint_twice(noting) -> None:
    kind, dabs, calls = noting
    topology, vertices = sheet()
    atlas, _ = sheet_atlas()
    ground = HeadGround(atlas, vertices, EYE, UP, Reach(), MirrorMap.of(topology, vertices))
    settings = PaintSettings(radius=0.01, is_mirrored=True, tip=Tip(1.0), spacing=0.5)

    drawn(kind, settings, [np.array([-0.03, 0.0, 0.0]), np.array([0.0, 0.0, 0.0])], ground=ground)

    assert calls.count("begin") == calls.count("end") == 2
    firsts, twins = dabs[::2], dabs[1::2]
    assert not any(dab.is_twin for dab in firsts)
    assert all(dab.is_twin for dab in twins)
    for first, twin in zip(firsts, twins, strict=True):
        assert not np.intersect1d(
            first.stamp.texels[first.stamp.weights > 0.99], twin.stamp.texels
        ).size
    apart = [atlas.places_of(dab.stamp.texels, vertices)[:, 0].mean() for dab in twins[:2]]
    assert apart == pytest.approx([0.03, 0.02], abs=0.0005)


def test_a_line_stays_on_the_skin_while_the_head_moves(noting) -> None:
    kind, dabs, _ = noting
    atlas, vertices = sheet_atlas()
    shift = np.array([0.05, 0.02, -0.1], np.float32)
    settings = PaintSettings(radius=0.005, spacing=0.2)
    stroke = PaintStroke(kind, settings, sheet_canvas(atlas))

    stroke.move(HeadGround(atlas, vertices, EYE, UP), np.array([-0.04, 0.0, 0.0]))
    moved = HeadGround(atlas, vertices + shift, EYE, UP)
    stroke.move(moved, np.array([-0.0199, 0.0, 0.0]) + shift)

    points = np.array([dab.point for dab in dabs[1:]]) - shift
    assert np.allclose(points[:, 1:], 0, atol=1e-6)
    assert points[:, 0] == pytest.approx(np.arange(-0.038, -0.0199, 0.002), abs=1e-6)


def test_strokes_on_a_bent_head_stay_on_it(noting) -> None:
    kind, dabs, _ = noting
    atlas, vertices = sheet_atlas(bend=6.0)
    ends = [np.array([x, 0.0, -6 * x * x]) for x in (-0.06, 0.06)]

    drawn(kind, PaintSettings(radius=0.01), ends, ground=HeadGround(atlas, vertices, EYE, UP))

    points = np.array([dab.point for dab in dabs])
    assert np.allclose(points[:, 2], -6 * points[:, 0] ** 2, atol=0.0008)


def test_clicks_and_lines_are_not_spaced(noting) -> None:
    kind, dabs, _ = noting
    points = [START, START + 3, END]
    for gesture, expected in ((Gesture.CLICK, [START]), (Gesture.LINE, points)):
        dabs.clear()
        like = PaintBrushKind(kind.id, kind.label, kind.tip, kind.make, gesture)
        drawn(like, PaintSettings(radius=10.0), points)
        assert np.array_equal([dab.point for dab in dabs], expected)


def test_nothing_happens_without_a_sample_or_with_impossible_ones(noting) -> None:
    kind, _, calls = noting
    drawn(kind, PaintSettings(), [])
    drawn(kind, PaintSettings(), [np.array([np.nan, 3.0])])
    assert calls == []

    atlas, _ = sheet_atlas()
    canvas = sheet_canvas(atlas)
    stroke = PaintStroke(PAINT, PaintSettings(radius=0.0), canvas)
    for point in (START, END, START):
        stroke.move(UvGround(atlas), point)
    stroke.end()
    assert not canvas.dirty


def test_a_pen_that_rests_leaves_one_stamp(noting) -> None:
    kind, dabs, _ = noting
    drawn(kind, PaintSettings(radius=5.0), [START] * 20)
    assert len(dabs) == 1


def test_straight_lines_have_both_their_ends() -> None:
    line = line_samples(START, END, 7.0)

    assert line[0].tolist() == START.tolist()
    assert line[-1].tolist() == END.tolist()
    assert np.linalg.norm(np.diff(line, axis=0), axis=1).max() <= 7
    assert len(line_samples(START, START, 7.0)) == 2
    assert len(line_samples(START, END, 0.0)) == 2


def test_every_brush_of_the_shelf_can_be_found_and_made() -> None:
    ids = [kind.id for kind in PAINT_BRUSHES]
    assert ids == [
        "paint", "erase", "smudge", "blur", "clone", "latent_clone", "fill", "gradient", "pick",
    ]  # fmt: skip
    for kind in PAINT_BRUSHES:
        assert paint_brush_kind(kind.id) is kind
        assert kind.label
        assert kind.tip.endswith(".")
        assert kind.make(PaintSettings()) is not None
        for option in kind.options:
            assert option.low <= option.default <= option.high
            assert not option.choices or len(option.choices) == option.high - option.low + 1
    with pytest.raises(KeyError):
        paint_brush_kind("spray")


def test_an_option_that_was_not_set_has_its_default() -> None:
    option = PaintOption("much", "Much", "How much.", 0.0, 1.0, 0.25)

    assert option.of(PaintSettings()) == 0.25
    assert option.of(PaintSettings(options={"much": 0.5})) == 0.5
