"""Clicks, lines and brushes under a real mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest

from app.viewport.tools import BrushRing, BrushTool, ClickTool, LineTool, PenSample
from app.viewport.tools.brush_ring import circle

if TYPE_CHECKING:
    from avatar_core.geometry import Camera

CTRL = Qt.KeyboardModifier.ControlModifier
FRONT = np.array([0, 0, 1], np.float32)


def on_the_right(sample: PenSample) -> bool:
    return sample.x_px > 100


# Clicks.


def test_a_click_says_where_and_with_which_keys(desk: Any) -> None:
    tool, clicks = desk.take(ClickTool(on_the_right)), []
    tool.clicked.connect(clicks.append)
    desk.drag((120, 90), (122, 91), keys=CTRL)
    desk.drag((120, 90), (180, 91))
    pose = desk.rig.pose
    desk.drag((50, 90), (50, 120))
    assert [(each.x_px, each.y_px, each.modifiers) for each in clicks] == [(120, 90, CTRL)]
    assert desk.rig.pose is not pose


def test_a_click_can_be_taken_back(desk: Any) -> None:
    tool, clicks = desk.take(ClickTool()), []
    tool.clicked.connect(clicks.append)
    desk.press(120, 90)
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    desk.release(120, 90)
    assert clicks == []


# Lines.


def test_a_line_has_two_ends(desk: Any, marks: Any) -> None:
    tool, lines = desk.take(LineTool()), []
    tool.line_drawn.connect(lambda *line: lines.append(line))
    desk.press(60, 60, keys=CTRL)
    desk.move(120, 60)
    desk.settle()
    assert (marks(tool)[60, 65:115] > 100).all()
    desk.move(160, 60)
    desk.release(160, 60)
    ((start, end, keys),) = lines
    assert (start.x_px, start.y_px, end.x_px, end.y_px) == (60, 60, 160, 60)
    assert keys == CTRL
    assert marks(tool).max() == 0


def test_a_short_or_cancelled_line_is_none(desk: Any) -> None:
    tool, lines = desk.take(LineTool()), []
    tool.line_drawn.connect(lambda *line: lines.append(line))
    desk.drag((60, 60), (63, 62))
    desk.press(60, 60)
    desk.move(160, 60)
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    desk.release(160, 60)
    assert lines == []


# Brushes.


class Strokes:
    """A brush on the desk, and its strokes in words."""

    def __init__(self, desk: Any, camera: Camera) -> None:
        self.tool = desk.take(BrushTool(on_the_right, lambda: camera))
        self.words: list[str] = []
        self.samples: list[PenSample] = []
        self.hovers: list[PenSample | None] = []
        self.tool.stroke_begun.connect(lambda sample: self._note("begun", [sample]))
        self.tool.stroke_moved.connect(lambda samples: self._note("moved", samples))
        self.tool.stroke_ended.connect(lambda: self._note("ended", []))
        self.tool.stroke_cancelled.connect(lambda: self._note("cancelled", []))
        self.tool.hovered.connect(self.hovers.append)

    def _note(self, word: str, samples: list[PenSample]) -> None:
        self.words.append(word)
        self.samples += samples


@pytest.fixture
def strokes(desk: Any, camera: Camera) -> Strokes:
    return Strokes(desk, camera)


def test_a_stroke_begins_on_the_hair(desk: Any, strokes: Strokes) -> None:
    desk.drag((120, 90), (130, 95), (140, 100))
    assert strokes.words == ["begun", "moved", "ended"]
    assert [each.x_px for each in strokes.samples] == [120, 130, 140]
    pose = desk.rig.pose
    desk.drag((60, 90), (130, 95))
    assert strokes.words == ["begun", "moved", "ended"]
    assert desk.rig.pose is not pose


def test_a_pens_pressure_reaches_the_stroke(desk: Any, strokes: Strokes) -> None:
    desk.pen(QEvent.Type.TabletPress, 120, 90, 0.1)
    for pressure in (0.2, 0.6, 1.0):
        desk.pen(QEvent.Type.TabletMove, 120 + 50 * pressure, 90, pressure)
    desk.pen(QEvent.Type.TabletRelease, 170, 90, 0)
    pressures = [each.pressure for each in strokes.samples]
    assert pressures == pytest.approx([0.1, 0.2, 0.6, 1.0])
    assert strokes.words == ["begun", "moved", "ended"]


def test_a_stroke_is_taken_back_once(desk: Any, strokes: Strokes) -> None:
    desk.press(120, 90)
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    desk.mouse.set_tool(None)
    assert strokes.words == ["begun", "cancelled"]


def test_hovering_is_told_until_it_leaves(desk: Any, strokes: Strokes, marks: Any) -> None:
    desk.move(150, 100)
    desk.qtbot.waitUntil(lambda: bool(strokes.hovers))
    assert strokes.hovers[-1] is not None
    strokes.tool.show_ring(BrushRing(np.zeros(3, np.float32), FRONT, 0.05, 0.5))
    assert marks(strokes.tool).max() > 100
    strokes.tool.leave()
    assert strokes.hovers[-1] is None
    assert marks(strokes.tool).max() == 0


def test_the_ring_is_as_large_as_the_brush(camera: Camera) -> None:
    """50 mm at half a pixel a millimetre, around the middle of 240 x 200 pixels."""
    ring = circle(camera, np.zeros(3, np.float32), FRONT, 0.05)
    assert np.linalg.norm(ring - [120, 100], axis=1) == pytest.approx(25, abs=0.01)
    nearer = circle(camera, np.array([0, 0, 0.5], np.float32), FRONT, 0.05)
    assert np.linalg.norm(nearer - [120, 100], axis=1) == pytest.approx(50, abs=0.01)


def test_the_ring_lies_on_the_surface_but_never_on_its_edge(camera: Camera) -> None:
    slanted = np.array([np.sin(1.0), 0, np.cos(1.0)], np.float32)
    ring = circle(camera, np.zeros(3, np.float32), slanted, 0.01)
    width, height = np.ptp(ring, axis=0)
    assert width / height == pytest.approx(np.cos(1.0), abs=0.03)
    edge_on = circle(camera, np.zeros(3, np.float32), np.array([1, 0, 0], np.float32), 0.01)
    assert np.ptp(edge_on[:, 0]) / np.ptp(edge_on[:, 1]) > 0.25


def test_a_ring_behind_the_camera_is_not_drawn(camera: Camera, marks: Any, desk: Any) -> None:
    strokes = Strokes(desk, camera)
    behind = np.array([0, 0, 1.5], np.float32)
    strokes.tool.show_ring(BrushRing(behind, FRONT, 0.05, 0.5, (1, 0, 0), (behind, FRONT)))
    assert marks(strokes.tool).max() == 0


def test_strength_colour_and_the_twin_are_seen(strokes: Strokes, marks: Any) -> None:
    place = np.array([0.1, 0, 0], np.float32)
    plain = BrushRing(place, FRONT, 0.04, 0.5)
    strokes.tool.show_ring(plain)
    alone = marks(strokes.tool)
    assert alone[100, 170 + 20] > 100  # the rim, 40 mm right of 100 mm
    assert alone[100, 170 + 10] > 50  # half of it
    assert alone[100, 170 + 15] == 0
    assert alone[:, :120].max() == 0
    twin = (place * np.array([-1, 1, 1], np.float32), FRONT)
    strokes.tool.show_ring(BrushRing(place, FRONT, 0.04, 0.5, (0.5, 0.2, 0.1), twin))
    both = marks(strokes.tool)
    assert both[100, 70 - 20] > 60
    assert (both[96:105, 166:175] > 100).sum() > (alone[96:105, 166:175] > 100).sum()
