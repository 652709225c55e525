from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QImage

from app.theme import COLOURS
from app.widgets.picture_view import PictureView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def view(qtbot: QtBot) -> PictureView:
    widget = PictureView("Nothing yet.", ("Left", "Right"))
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show()
    return widget


def picture(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#ff0000"))
    return image


def test_it_says_something_until_there_is_a_picture(view: PictureView) -> None:
    assert view.words == "Nothing yet."
    view.show_picture(picture(64, 64))
    assert view.words == ""
    view.say("It is gone.")
    assert view.words == "It is gone."
    assert view.image.isNull()


@pytest.mark.parametrize("size", [(800, 200), (200, 800), (100, 100), (20, 20), (1, 1)])
def test_the_picture_keeps_its_shape_within_the_place(
    view: PictureView, size: tuple[int, int]
) -> None:
    view.show_picture(picture(*size))
    place = view.picture_rect()
    assert place.width() / place.height() == pytest.approx(size[0] / size[1])
    assert place.width() <= 400
    assert place.bottom() <= 300 - 24  # below are its captions
    assert place.width() <= 4 * size[0]
    shown = view.grab().toImage()
    middle = shown.pixelColor(round(place.center().x()), round(place.center().y()))
    assert middle.name() == "#ff0000"
    assert shown.pixelColor(0, 0).name() in (COLOURS.field, "#ff0000")
