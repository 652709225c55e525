from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from app.widgets.atlas_picture import AtlasPicture, lines_image
from app.widgets.atlas_view import AtlasView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SIZE = 128


def _picture() -> AtlasPicture:
    base = np.zeros((SIZE, SIZE, 3), np.uint8)
    base[:64] = (200, 100, 50)
    return AtlasPicture(base)


@pytest.fixture
def view(qtbot: QtBot) -> AtlasView:
    widget = AtlasView()
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show_picture(_picture())
    widget.show()
    return widget


def test_paint_lies_over_the_face_and_only_told_tiles_are_taken() -> None:
    picture = _picture()
    colour = np.zeros((SIZE, SIZE, 4), np.uint8)
    colour[:64, :64] = (0, 128, 0, 128)  # half green, premultiplied
    colour[64:, 64:] = 255
    picture.update(colour, [0])
    half = np.array([200, 100, 50]) * 127 / 255 + (0, 128, 0)
    assert np.abs(picture.rgb()[0, 0].astype(float) - half).max() <= 1
    assert (picture.rgb()[100, 100] == 0).all()  # that tile was not told
    assert QColor(picture.fine.pixel(0, 0)).green() == picture.rgb()[0, 0, 1]
    assert abs(QColor(picture.coarse.pixel(0, 0)).green() - picture.rgb()[0, 0, 1]) <= 1
    picture.update(colour)
    assert (picture.rgb()[100, 100] == 255).all()
    picture.update(np.zeros_like(colour))
    assert (picture.rgb()[0, 0] == (200, 100, 50)).all()


def test_the_whole_atlas_fits_and_places_lead_there_and_back(view: AtlasView) -> None:
    for corner in ((-0.5, -0.5), (SIZE - 0.5, SIZE - 0.5), (10.0, 90.0)):
        place = view.place_of(*corner)
        assert 0 <= place[0] <= 400
        assert 0 <= place[1] <= 300
        assert view.point_at(*place) == pytest.approx(corner)
    assert view.is_on_picture(*view.place_of(64, 64))
    assert not view.is_on_picture(1, 1)


def test_the_wheel_zooms_at_the_cursor(view: AtlasView) -> None:
    here = view.place_of(20.0, 30.0)
    scale = view.pixels_per_texel
    view.zoom_at(*here, 3)
    assert view.pixels_per_texel > 1.5 * scale
    assert view.place_of(20.0, 30.0) == pytest.approx(here)
    view.zoom_at(*here, -1000)
    view.zoom_at(*here, 1000)
    assert view.pixels_per_texel <= 40


def test_drags_move_the_atlas_and_a_double_click_shows_all(view: AtlasView) -> None:
    before = view.place_of(0, 0)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    QTest.mouseMove(view, QPoint(230, 140))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(230, 140))
    after = view.place_of(0, 0)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((30, -10))
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert view.place_of(0, 0) == pytest.approx(before)


def test_it_goes_on_fitting_until_it_is_moved(view: AtlasView) -> None:
    view.resize(600, 600)
    assert view.pixels_per_texel == pytest.approx(0.96 * 600 / SIZE)
    view.pan(5, 5)
    view.resize(300, 300)
    assert view.pixels_per_texel == pytest.approx(0.96 * 600 / SIZE)


def test_another_picture_of_the_same_size_leaves_the_view(view: AtlasView) -> None:
    view.zoom_at(200, 150, 4)
    scale = view.pixels_per_texel
    view.show_picture(_picture())
    assert view.pixels_per_texel == scale


def test_it_paints_the_picture_the_lines_and_a_sentence(view: AtlasView) -> None:
    x, y = (round(each) for each in view.place_of(64, 20))
    assert view.grab().toImage().pixelColor(x, y) == QColor(200, 100, 50)
    view.show_picture(view.picture, lines_image(np.full((64, 64), 255, np.uint8)))
    assert view.grab().toImage().pixelColor(x, y).blue() > 100
    view.show_wires(False)
    assert view.grab().toImage().pixelColor(x, y) == QColor(200, 100, 50)
    view.show_picture(None)
    assert view.grab().toImage().pixelColor(x, y) != QColor(200, 100, 50)
