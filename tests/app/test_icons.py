from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

import app
from app.icons import icon, icon_names
from app.theme import COLOURS, style_sheet

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication


def _ink(image: QImage, least: int = 250) -> list[str]:
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return [
        image.pixelColor(x, y).name() for x, y in places if image.pixelColor(x, y).alpha() > 250
    ]


@pytest.mark.parametrize("name", icon_names())
def test_every_icon_paints_something(qapp: QApplication, name: str) -> None:
    assert _ink(icon(name).pixmap(QSize(24, 24)).toImage(), least=100)


def test_icons_have_the_colour_asked_for_and_grey_out(qapp: QApplication) -> None:
    record = icon("record", "#ff0000")
    assert set(_ink(record.pixmap(QSize(32, 32)).toImage())) == {"#ff0000"}
    disabled = record.pixmap(QSize(32, 32), QIcon.Mode.Disabled).toImage()
    assert set(_ink(disabled)) == {COLOURS.text_off}


def test_every_name_used_in_the_studio_exists() -> None:
    sources = Path(app.__file__).parent.rglob("*.py")
    used = {
        name
        for path in sources
        for name in re.findall(r'\bicon(?:_button)?\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert used
    assert used <= set(icon_names())


def test_the_style_sheet_has_no_token_left() -> None:
    assert "@" not in style_sheet()
