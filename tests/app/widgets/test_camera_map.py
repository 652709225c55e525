from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from app.theme import COLOURS
from app.widgets.camera_map import CameraMap, MappedCamera

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def camera(index: int, x: float, y: float, z: float) -> MappedCamera:
    position = np.array([x, y, z], np.float32)
    return MappedCamera(index, position, -position / np.linalg.norm(position))


@pytest.fixture
def cameras(qtbot: QtBot) -> CameraMap:
    """One before the face, one at the person's left, one above."""
    widget = CameraMap()
    qtbot.addWidget(widget)
    widget.resize(320, 180)
    widget.show_cameras((camera(3, 0, 0, 1), camera(5, 1, 0, 0), camera(9, 0, 0.8, 0.3)))
    widget.show()
    return widget


def test_from_above_the_face_looks_down_and_the_left_is_at_the_right(cameras: CameraMap) -> None:
    front, left = cameras.place_of(3), cameras.place_of(5)
    assert front.y() > left.y() + 30
    assert left.x() > front.x() + 30


def test_from_the_right_the_face_looks_right_and_up_is_up(cameras: CameraMap) -> None:
    front, top = cameras.place_of(3, from_above=False), cameras.place_of(9, from_above=False)
    assert front.x() > 160  # the right one of the two maps
    assert front.x() > top.x()
    assert top.y() < front.y() - 30


def test_a_click_chooses_the_camera_beneath(qtbot: QtBot, cameras: CameraMap) -> None:
    with qtbot.waitSignal(cameras.camera_chosen) as told:
        qtbot.mouseClick(cameras, Qt.MouseButton.LeftButton, pos=cameras.place_of(5).toPoint())
    assert told.args == [5]
    with qtbot.assertNotEmitted(cameras.camera_chosen):
        qtbot.mouseClick(cameras, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))


def test_the_current_and_the_faulty_ones_have_a_colour(cameras: CameraMap) -> None:
    cameras.mark(3)
    cameras.mark_faulty(frozenset({5}))
    image = cameras.grab().toImage()
    assert image.pixelColor(cameras.place_of(3).toPoint()) == QColor(COLOURS.accent)
    assert image.pixelColor(cameras.place_of(5).toPoint()) == QColor(COLOURS.warning)
    assert image.pixelColor(cameras.place_of(9).toPoint()) == QColor(COLOURS.text_dim)


def test_without_cameras_there_is_a_head_alone(cameras: CameraMap) -> None:
    cameras.show_cameras(())
    assert cameras.cameras == ()
    assert cameras.current is None
    cameras.grab()
