from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.viewport.tools import MarqueeShape, MarqueeTool

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Areas:
    """A tool on the desk, and what it has drawn."""

    def __init__(self, desk: Any, shape: MarqueeShape) -> None:
        self.tool = desk.take(MarqueeTool(shape))
        self.drawn: list[tuple[np.ndarray, Qt.KeyboardModifier]] = []
        self.tool.area_drawn.connect(lambda points, keys: self.drawn.append((points, keys)))


def test_a_rectangle_lies_between_press_and_release(desk: Any, marks: Any) -> None:
    areas = Areas(desk, MarqueeShape.RECTANGLE)
    desk.press(100, 80, keys=SHIFT)
    desk.move(60, 120)
    desk.settle()
    painted = marks(areas.tool)
    assert painted[78:83, 58:103].max() > 100
    assert painted[90:110, 70:90].max() == 0
    desk.move(40, 130)
    desk.release(40, 130)
    (points, keys), *others = areas.drawn
    assert others == []
    assert points.dtype == np.float32
    assert points.tolist() == [[100, 80], [40, 80], [40, 130], [100, 130]]
    assert keys == SHIFT
    assert marks(areas.tool).max() == 0


def test_a_lasso_follows_every_sample(desk: Any) -> None:
    areas = Areas(desk, MarqueeShape.LASSO)
    angles = np.linspace(0, 2 * np.pi, 60)
    circle = [(int(120 + 50 * np.cos(a)), int(100 + 50 * np.sin(a))) for a in angles]
    desk.drag(*circle, keys=CTRL)
    ((points, keys),) = areas.drawn
    assert len(points) > 50
    x, y = points.T
    area = 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    assert area == pytest.approx(np.pi * 50**2, rel=0.02)
    assert keys == CTRL


@pytest.mark.parametrize("shape", [MarqueeShape.RECTANGLE, MarqueeShape.LASSO])
def test_what_is_hardly_larger_than_a_point_is_no_area(desk: Any, shape: MarqueeShape) -> None:
    areas = Areas(desk, shape)
    desk.drag((100, 80), (101, 81))
    desk.drag((100, 80), (160, 80))
    assert areas.drawn == []


@pytest.mark.parametrize("ending", ["double click", "enter", "first corner"])
def test_a_polygon_is_drawn_corner_by_corner(desk: Any, ending: str) -> None:
    areas = Areas(desk, MarqueeShape.POLYGON)
    corners = [(60, 50), (180, 50), (120, 150)]
    for place in corners:
        desk.press(*place, keys=SHIFT)
        desk.release(*place)
        desk.move(place[0] + 15, place[1] + 4)
        desk.settle()
    assert areas.drawn == []
    assert areas.tool.is_busy
    if ending == "double click":
        desk.double_click(120, 150)
    elif ending == "enter":
        QTest.keyClick(desk.view, Qt.Key.Key_Return)
    else:
        desk.press(64, 53)
        desk.release(64, 53)
    ((points, keys),) = areas.drawn
    assert points[:3].tolist() == [list(each) for each in corners]
    assert {tuple(each) for each in points.tolist()} == {
        tuple(map(float, each)) for each in corners
    }
    assert keys == SHIFT
    assert not areas.tool.is_busy


@pytest.mark.parametrize("shape", MarqueeShape)
def test_escape_takes_it_back(desk: Any, marks: Any, shape: MarqueeShape) -> None:
    areas = Areas(desk, shape)
    for place in [(60, 50), (180, 50), (120, 150)]:
        desk.press(*place)
        desk.move(place[0], place[1] + 20)
        if shape is MarqueeShape.POLYGON:
            desk.release(*place)
    desk.settle()
    assert marks(areas.tool).max() > 100
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    desk.release(120, 150)
    QTest.keyClick(desk.view, Qt.Key.Key_Return)
    assert areas.drawn == []
    assert marks(areas.tool).max() == 0


def test_two_corners_are_no_polygon(desk: Any) -> None:
    areas = Areas(desk, MarqueeShape.POLYGON)
    for place in [(60, 50), (180, 50)]:
        desk.press(*place)
        desk.release(*place)
    QTest.keyClick(desk.view, Qt.Key.Key_Enter)
    assert areas.drawn == []
    assert not areas.tool.is_busy
