from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.handlers.groom_pointing import HairPointer, StrokeDepth
from app.handlers.groom_strokes import PenUse, StrokeHandler
from app.viewport.tools import BrushTool, PenSample
from avatar_core.errors import AssetError
from avatar_core.hair.brush import BrushSettings, Dab
from avatar_core.hair.picking import SurfaceHit
from tests.app.handlers.groom_stage import demo_asset as demo_asset
from tests.app.handlers.groom_stage import hair as hair
from tests.app.handlers.groom_stage import stage as stage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from tests.app.handlers.groom_stage import GroomView

_SETTINGS = BrushSettings(radius_m=0.02, strength=0.8)


class Notes:
    """Work that writes down its dabs."""

    def __init__(self) -> None:
        self.dabs: list[Dab] = []
        self.shown = 0
        self.landed = False
        self.fails = False

    def dab(self, dab: Dab) -> None:
        if self.fails:
            raise AssetError("The layer 'Layer 1' is hidden.")
        self.dabs.append(dab)

    def show(self) -> None:
        self.shown += 1

    def land(self) -> None:
        self.landed = True


class FlatPointer(HairPointer):
    """A wall half a metre before the camera, to the right of the middle; nothing to its left."""

    depth_m = 0.5

    def hit(self, sample: PenSample) -> SurfaceHit | None:
        if sample.x_px < 100:
            return None
        place = self.at_depth(sample, self.depth_m)
        return SurfaceHit(place, self.depth_m, 0, np.array([0, 0, 1], np.float32))


@pytest.fixture
def pointer(hair: GroomHair, stage: GroomView) -> FlatPointer:
    return FlatPointer(hair, stage)  # type: ignore[arg-type]


@pytest.fixture
def handler(context: StudioContext, hair: GroomHair, pointer: FlatPointer) -> StrokeHandler:
    tool = BrushTool(lambda _sample: True, lambda: pointer._view.camera(), context.window)
    return StrokeHandler(hair, pointer, tool, context.window)


def _begin(
    handler: StrokeHandler, pen: PenUse | None = None, *, rests: bool = False, x: float = 200
) -> Notes:
    work = Notes()
    handler.begin(PenSample(x, 150), work, _SETTINGS, pen or PenUse(), works_at_rest=rests)
    return work


def test_samples_become_dabs_that_add_up_to_the_way_of_the_pen(
    handler: StrokeHandler, pointer: FlatPointer, hair: GroomHair
) -> None:
    work = _begin(handler)
    handler.go_on([PenSample(230, 150), PenSample(260, 140)])
    handler.end()
    way = pointer.at_depth(PenSample(260, 140), 0.5) - pointer.at_depth(PenSample(200, 150), 0.5)
    total = np.sum([dab.motion for dab in work.dabs], axis=0)
    np.testing.assert_allclose(total, hair.space().local_direction(way), atol=1e-5)
    assert not work.dabs[0].motion.any()
    assert work.landed
    assert work.shown == 2  # once for each time that samples came in


def test_a_quick_pen_leaves_no_gaps(handler: StrokeHandler) -> None:
    work = _begin(handler)
    handler.go_on([PenSample(380, 150)])
    steps = [float(np.linalg.norm(dab.motion)) for dab in work.dabs]
    assert len(steps) > 3
    assert max(steps) <= 0.35 * _SETTINGS.radius_m + 1e-6
    handler.cancel()


def test_pressure_counts_where_it_is_wanted(handler: StrokeHandler) -> None:
    for pen, radius, strength in (
        (PenUse(), 0.02, 0.8),
        (PenUse(sizes=True), 0.01, 0.8),
        (PenUse(strengthens=True), 0.02, 0.4),
    ):
        work = _begin(handler, pen)
        handler.go_on([PenSample(202, 150, pressure=0.5)])
        assert work.dabs[-1].radius_m == pytest.approx(radius)
        assert work.dabs[-1].strength == pytest.approx(strength)
        handler.cancel()


def test_an_eraser_and_ctrl_do_the_opposite(handler: StrokeHandler) -> None:
    work = _begin(handler)
    handler.go_on([PenSample(202, 150, is_eraser=True), PenSample(204, 150)])
    assert [dab.is_inverted for dab in work.dabs] == [False, True, False]
    handler.cancel()


def test_a_stroke_that_leaves_the_hair_goes_on_at_its_depth(
    handler: StrokeHandler, hair: GroomHair, pointer: FlatPointer
) -> None:
    work = _begin(handler, x=104)
    handler.go_on([PenSample(90, 150)])
    place = hair.space().world(work.dabs[-1].position)
    np.testing.assert_allclose(place, pointer.at_depth(PenSample(90, 150), 0.5), atol=1e-5)
    handler.end()


def test_a_cancelled_stroke_does_not_land(handler: StrokeHandler, stage: GroomView) -> None:
    work = _begin(handler)
    handler.cancel()
    handler.end()
    assert not work.landed
    assert stage.hair is None


def test_an_undo_in_the_middle_takes_the_stroke_back(
    context: StudioContext, handler: StrokeHandler, hair: GroomHair
) -> None:
    """The stroke is of hair that is no more: its end would do again what was undone."""
    hair.select(np.ones(400, np.float32), "Select all")
    work = _begin(handler)
    context.session.undo()
    handler.go_on([PenSample(230, 150)])
    handler.end()
    assert len(work.dabs) == 1
    assert not work.landed


def test_an_error_is_told_once_and_ends_the_stroke(
    handler: StrokeHandler, context: StudioContext
) -> None:
    work = Notes()
    work.fails = True
    handler.begin(PenSample(200, 150), work, _SETTINGS, PenUse(), works_at_rest=True)
    assert "The layer 'Layer 1' is hidden." in context.toast.text
    handler.go_on([PenSample(210, 150)])
    handler.end()
    assert not work.landed


def test_brushes_that_need_no_motion_work_while_the_pen_rests(
    qtbot: QtBot, handler: StrokeHandler
) -> None:
    work = _begin(handler, rests=True)
    qtbot.waitUntil(lambda: len(work.dabs) >= 3)
    assert not any(dab.motion.any() for dab in work.dabs)
    handler.end()
    count = len(work.dabs)
    qtbot.wait(120)
    assert len(work.dabs) == count


def test_the_depth_follows_slowly_and_stays_beside_the_avatar() -> None:
    depth = StrokeDepth(0.5)
    far = SurfaceHit(np.zeros(3, np.float32), 0.9, None, np.zeros(3, np.float32))
    assert depth.follow(far, 0.02) == pytest.approx(0.507)
    assert depth.follow(None, 0.02) == pytest.approx(0.507)
    for _ in range(100):
        depth.follow(far, 0.02)
    assert depth.depth_m == pytest.approx(0.9)
