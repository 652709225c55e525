"""Grooming the demo avatar in the whole window: every tool under real mouse and pen events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.groom_actions import TOOLS
from avatar_core.gaussians.cloud import DELETED, HIDDEN, LOCKED
from avatar_core.hair.edited import basic_colours
from avatar_core.project.digest import digest
from tests.app.groom_salon import asset as asset
from tests.app.groom_salon import salon as salon
from tests.app.groom_salon import strands_folder as strands_folder
from tests.app.hands import LEFT, NO_KEYS, PATIENCE_MS
from tests.app.hands import on_a_display as on_a_display

if TYPE_CHECKING:
    from avatar_core.hair.edited import EditedHair
    from tests.app.groom_salon import Place, Salon

pytestmark = pytest.mark.window

_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier


def _moved(before: EditedHair, after: EditedHair) -> np.ndarray:
    """[M] metres."""
    count = min(len(before.cloud), len(after.cloud))
    return np.linalg.norm(after.cloud.means[:count] - before.cloud.means[:count], axis=1)


_GROOMING = {
    "comb": "Comb",
    "hook": "Snake hook",
    "smooth": "Smooth",
    "puff": "Puff",
    "pinch": "Pinch",
    "twist": "Twist",
}


def test_brushes_that_groom_bend_hair_where_they_pass_and_nowhere_else(salon: Salon) -> None:
    start, before = salon.begins(), salon.hair
    for tool, label in _GROOMING.items():
        salon.take(tool)
        salon.drag(*salon.lock)
        assert salon.steps == 1, tool
        salon.lands(label)
        moved = _moved(before, salon.hair)
        assert moved[before.cloud.means[:, 0] > 0.02].max() > 1e-4, tool
        assert moved[before.cloud.means[:, 0] < -0.05].max() == 0.0, tool
        salon.session.undo()
        assert digest(salon.session.project.hair_edits) == start, tool


@pytest.mark.slow
def test_the_mirror_combs_both_sides_alike(salon: Salon) -> None:
    before = salon.hair
    salon.act("mirror")
    salon.take("comb")
    salon.drag(*salon.lock)
    moved = _moved(before, salon.hair)
    sides = before.cloud.means[:, 0]
    left, right = moved[sides > 0.03].sum(), moved[sides < -0.03].sum()
    assert left > 0.01
    assert 0.4 < right / left < 2.5


def test_escape_takes_a_stroke_back(salon: Salon) -> None:
    start = salon.begins()
    salon.take("comb")
    salon.drag(*salon.lock, lets_go=False)
    shown = salon.view.shown_frame
    QTest.keyClick(salon.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(salon.view, LEFT, NO_KEYS, salon.point(salon.lock[-1]))
    QApplication.processEvents()
    assert salon.steps == 0
    assert digest(salon.session.project.hair_edits) == start
    assert not np.array_equal(shown.hair_means, salon.view.shown_frame.hair_means)
    assert np.array_equal(salon.view.shown_frame.hair_means, salon.view.base_frame.hair_means)


def test_a_press_beside_the_head_moves_the_camera(salon: Salon) -> None:
    seen = salon.view.orbit.pose
    salon.take("comb")
    salon.drag((0.03, 0.6), (0.2, 0.6))
    assert salon.steps == 0
    assert salon.view.orbit.pose is not seen


def test_cutting_shortens_and_growing_lengthens(salon: Salon) -> None:
    before = salon.hair
    salon.take("cut")
    salon.drag(salon.spot(1, 0.4), salon.spot(1, 0.35))
    salon.lands("Cut")
    assert ((salon.hair.cloud.flags & DELETED) != 0).sum() > 50
    salon.begins()
    salon.take("cut_line")
    _, y = salon.spot(1, 0.3)
    salon.drag((0.05, y), (0.95, y))
    salon.lands("Cut by line")
    is_gone = (salon.hair.cloud.flags & DELETED) != 0
    assert is_gone.sum() > 500
    # What fell hangs lower than what stays.
    heights = before.cloud.means[:, 1]
    assert heights[is_gone].mean() < heights[~is_gone].mean() - 0.05
    salon.begins()
    salon.take("grow")
    salon.drag(salon.spot(1, 0.1), salon.spot(1, 0.05))
    assert salon.label.startswith("Grow")
    assert _moved(before, salon.hair).max() > 1e-3


def _frame_around(place: Place, wide: float, high: float) -> tuple[Place, ...]:
    """Corners around a place, the first one twice."""
    x, y = place
    left, right, top, bottom = x - wide, x + wide, y - high, y + high
    return (left, top), (right, top), (right, bottom), (left, bottom), (left, top)


@pytest.mark.slow
def test_what_a_lasso_encloses_falls_with_all_that_hangs_on_it(salon: Salon) -> None:
    start, before = salon.begins(), salon.hair
    lasso = _frame_around(salon.spot(1, 0.5), 0.05, 0.06)
    camera = salon.view.camera()
    pixels = camera.project(salon.view.shown_frame.hair_means)[0]
    shares = pixels / (camera.width_px, camera.height_px)
    inside = ((shares > np.add(lasso[0], 0.01)) & (shares < np.add(lasso[2], -0.01))).all(axis=1)
    seen = salon.window.groom.tooling.pointer.seen_rows()
    assert (inside & seen).sum() > 20
    salon.take("cut_lasso")
    salon.drag(*lasso)
    assert salon.steps == 1
    salon.lands("Cut by lasso")
    through = (salon.hair.cloud.flags & DELETED) != 0
    assert through[inside].all()
    below = through & (shares[:, 1] > lasso[2][1])
    above = through & (shares[:, 1] < lasso[0][1])
    assert below.sum() > 50  # what hung on it
    assert above.sum() < 0.1 * below.sum()
    assert not through[before.cloud.means[:, 0] < -0.05].any()
    salon.session.undo()
    assert digest(salon.session.project.hair_edits) == start
    salon.act("visible_only")
    salon.drag(*lasso)
    salon.lands("Cut by lasso")
    outer = (salon.hair.cloud.flags & DELETED) != 0
    assert outer[inside & seen].all()
    assert outer.sum() < through.sum()


@pytest.mark.slow
def test_a_lasso_cuts_only_what_is_selected(salon: Salon) -> None:
    chosen = salon.hair.cloud.means[:, 2] > np.median(salon.hair.cloud.means[:, 2])
    salon.window.groom.hair.select(chosen.astype(np.float32), "Select")
    salon.take("cut_lasso")
    salon.drag(*_frame_around(salon.spot(1, 0.5), 0.06, 0.06))
    assert salon.label == "Cut by lasso"
    fallen = (salon.hair.cloud.flags & DELETED) != 0
    assert fallen[chosen].any()
    assert not fallen[~chosen].any()
    steps = salon.steps
    salon.drag(*_frame_around((0.06, 0.1), 0.03, 0.03))  # around nothing
    assert salon.steps == steps


@pytest.mark.slow
def test_density_clone_repair_and_delete(salon: Salon) -> None:
    before = salon.hair
    salon.take("density")
    salon.drag(*salon.lock)
    salon.lands("Density")
    assert len(salon.hair.cloud) > len(before.cloud)
    salon.begins()
    salon.take("clone")
    salon.drag(*salon.lock)  # without a source
    assert salon.steps == 0
    assert "Alt-click" in salon.window.toast.text
    salon.click(salon.spot(-1, 0.5), _ALT)
    assert salon.steps == 0
    salon.drag(*salon.lock)
    salon.lands("Clone")
    assert len(salon.hair.cloud) > len(before.cloud)
    salon.begins()
    salon.take("delete")
    salon.drag(*salon.lock)
    salon.lands("Delete")
    assert ((salon.hair.cloud.flags & DELETED) != 0).sum() > 50
    salon.take("repair")
    salon.drag(*salon.lock)
    assert salon.steps in (1, 2)  # where nothing is bald, nothing is done


@pytest.mark.slow
def test_colour_brushes_take_a_colour_and_paint_it(salon: Salon) -> None:
    before = basic_colours(salon.hair.cloud.sh)
    for tool, label in (("dye", "Dye"), ("highlight", "Highlight")):
        salon.begins()
        salon.take(tool)
        salon.window.groom.settings.set_colour((0.1, 0.2, 0.8))
        salon.drag(*salon.lock)
        salon.lands(label)
        change = basic_colours(salon.hair.cloud.sh) - before
        bluer = change[:, 2] - change[:, 0]
        assert bluer.max() > 0.05
        assert np.abs(change[salon.hair.cloud.means[:, 0] < -0.05]).max() == 0.0
    salon.click(salon.spot(-1, 0.5), _ALT)
    red, _, blue = salon.window.groom.settings.colour
    assert red > blue  # brown, from the other side


@pytest.mark.slow
def test_a_selection_is_brushed_and_drawn_and_combined_by_keys(salon: Salon) -> None:
    sides = salon.hair.cloud.means[:, 0]
    salon.take("select")
    salon.drag(*salon.lock)
    salon.lands("Select with brush")
    brushed = salon.hair.weights.copy()
    assert brushed.any()
    assert not brushed[sides < -0.03].any()
    salon.take("rectangle")
    salon.drag((0.05, 0.2), (0.45, 0.8), keys=_SHIFT)
    salon.lands("Select rectangle")
    both = salon.hair.weights.copy()
    assert both[sides < -0.05].any()
    assert (both >= brushed).all()
    salon.drag((0.5, 0.0), (1.0, 1.0), keys=_CTRL)
    assert not salon.hair.weights[sides > 0.05].any()
    salon.take("lasso")
    salon.drag((0.55, 0.1), (0.97, 0.1), (0.97, 0.9), (0.55, 0.9))
    salon.lands("Select lasso")
    assert salon.hair.weights[sides > 0.05].any()
    assert not salon.hair.weights[sides < -0.05].any()
    salon.take("polygon")
    for place in ((0.05, 0.2), (0.45, 0.2), (0.45, 0.8)):
        salon.click(place)
    QTest.keyClick(salon.view, Qt.Key.Key_Return)
    salon.lands("Select polygon")
    salon.take("sphere")
    x, y = salon.spot(1, 0.5)
    salon.drag((x, y), (x + 0.06, y))
    salon.lands("Select ball")
    found = salon.hair.cloud.means[salon.hair.weights > 0]
    assert len(found) > 20
    assert np.ptp(found, axis=0).max() < 0.2


@pytest.mark.slow
def test_the_delete_key_takes_the_selection_away_in_the_viewport(salon: Salon) -> None:
    salon.take("lock")
    salon.click(salon.spot(1, 0.5))
    chosen = salon.hair.weights >= 0.99
    salon.view.setFocus()
    QTest.keyClick(salon.view, Qt.Key.Key_Delete)
    salon.lands("Delete hair")
    assert ((salon.hair.cloud.flags[chosen] & DELETED) != 0).all()
    radius = salon.window.groom.settings.current.radius_m
    QTest.keyClick(salon.view, Qt.Key.Key_BracketRight)
    assert salon.window.groom.settings.current.radius_m > radius


@pytest.mark.slow
def test_only_what_is_seen_is_selected_if_one_likes(salon: Salon) -> None:
    counts = []
    for _ in range(2):
        salon.take("rectangle")
        salon.drag((0.1, 0.05), (0.9, 0.95))
        counts.append(int((salon.hair.weights > 0).sum()))
        salon.act("visible_only")
    through, seen = counts
    assert 0 < seen < 0.7 * through


def test_a_click_selects_the_lock_and_what_follows_works_on_it_alone(salon: Salon) -> None:
    salon.take("lock")
    salon.click(salon.spot(1, 0.5))
    salon.lands("Select lock")
    weights = salon.hair.weights
    assert 10 < (weights > 0).sum() < 0.5 * len(weights)
    before = salon.hair
    salon.take("comb")
    x, y = salon.spot(1, 0.5)
    salon.drag((x, y), (x + 0.05, y))
    moved = _moved(before, salon.hair)
    assert moved[weights > 0].max() > 1e-4
    assert moved[weights == 0].max() == 0.0


@pytest.mark.slow
def test_what_is_hidden_or_locked_stays_as_it_is(salon: Salon) -> None:
    salon.take("rectangle")
    salon.drag((0.5, 0.0), (1.0, 1.0))
    chosen = salon.hair.weights >= 0.5
    QTest.keyClick(salon.view, Qt.Key.Key_H)
    salon.lands("Hide hair")
    assert ((salon.hair.cloud.flags[chosen] & HIDDEN) != 0).all()
    QTest.keyClick(salon.view, Qt.Key.Key_H, _ALT)
    assert not (salon.hair.cloud.flags & HIDDEN).any()
    salon.act("lock")
    assert ((salon.hair.cloud.flags[chosen] & LOCKED) != 0).all()
    salon.act("none")
    before = salon.hair
    salon.take("comb")
    salon.drag(*salon.lock)
    assert _moved(before, salon.hair)[chosen].max() == 0.0
    salon.act("unlock")
    salon.act("isolate")
    assert "Nothing is selected" in salon.window.toast.text


@pytest.mark.slow
def test_the_gizmo_moves_what_is_selected(salon: Salon) -> None:
    salon.take("lock")
    salon.click(salon.spot(1, 0.5))
    before, weights = salon.hair, salon.hair.weights
    salon.take("gizmo")
    QApplication.processEvents()
    middle = np.average(before.cloud.means, axis=0, weights=weights).astype(np.float32)
    camera = salon.view.camera()
    world = salon.window.groom.hair.space().world(middle)
    ((x, y),) = camera.project(world[None])[0]
    here = (x / camera.width_px, y / camera.height_px)
    salon.drag(here, (here[0] + 0.05, here[1]))
    salon.lands("Move hair")
    moved = _moved(before, salon.hair)
    assert moved[weights > 0.9].mean() > 0.005
    assert moved[weights == 0].max() == 0.0


@pytest.mark.slow
def test_a_parting_is_drawn_over_the_head(salon: Salon) -> None:
    before = salon.hair
    salon.window.actions_table["view.top"].trigger()
    salon.qtbot.wait(100)
    salon.take("parting")
    salon.drag((0.5, 0.6), (0.5, 0.4))
    salon.lands("Parting")
    assert _moved(before, salon.hair).max() > 1e-4


def test_a_pen_pressed_lightly_selects_a_narrower_strip(salon: Salon) -> None:
    salon.act("pressure_size")
    salon.take("select")
    counts = []
    for pressure in (0.25, 1.0):
        salon.draw_with_pen(*salon.lock, pressure=pressure)
        salon.lands("Select with brush")
        counts.append(int((salon.hair.weights > 0).sum()))
    assert 0 < counts[0] < 0.6 * counts[1]


@pytest.mark.slow
def test_sliders_act_while_they_are_dragged_and_land_as_one_step(salon: Salon) -> None:
    start, before = salon.begins(), salon.hair
    for name in ("length", "volume", "thin"):
        field = salon.window.groom.panel.shape.sliders.fields[name]
        field.gesture_started.emit()
        field._dragging = True
        field.value_edited.emit(0.5)
        QApplication.processEvents()
        assert salon.steps == 0
        assert not np.array_equal(
            salon.view.shown_frame.hair_means, salon.view.base_frame.hair_means
        ) or not np.array_equal(salon.view.shown_frame.hair_opacities, before.base.opacities)
        field.value_edited.emit(0.7)
        field._dragging = False
        field.gesture_ended.emit()
        assert salon.steps == 1
        salon.session.undo()
        assert digest(salon.session.project.hair_edits) == start


@pytest.mark.slow
def test_strokes_work_while_a_take_plays(salon: Salon) -> None:
    window = salon.window
    window.documents.open_demo()
    salon.qtbot.waitUntil(lambda: window.groom.hair.strands is not None, timeout=PATIENCE_MS)
    window.actions_table["perform.play"].trigger()
    salon.qtbot.waitUntil(lambda: window._engine.status().position_s > 0.05, timeout=PATIENCE_MS)
    before = salon.hair
    salon.take("comb")
    salon.drag(*salon.lock)
    salon.lands("Comb")
    assert 1e-4 < _moved(before, salon.hair).max() < 0.2
    window.actions_table["perform.stop"].trigger()


def test_actions_of_grooming_rest_in_other_workspaces(salon: Salon) -> None:
    actions = salon.window.actions_table
    assert all(actions[tool.action_id].isEnabled() for tool in TOOLS)
    actions["view.perform"].trigger()
    assert not any(actions[tool.action_id].isEnabled() for tool in TOOLS)
    salon.drag((0.4, 0.5), (0.5, 0.5))
    assert salon.steps == 0
