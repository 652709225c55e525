from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtWidgets import QListWidget, QPushButton

from app.panels.library import AvatarCard, LibraryPanel, elided_lines

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_WORDS = "A demo avatar whose hair was placed along the strands of a synthetic capture, by hand."


@pytest.fixture
def panel(qtbot: QtBot) -> LibraryPanel:
    widget = LibraryPanel()
    qtbot.addWidget(widget)
    widget.resize(240, 400)
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.magenta)
    widget.show_avatars(
        [
            AvatarCard("demo:rosa", "Rosa", _WORDS, picture, is_current=True),
            AvatarCard("/avatars/bruno.avatar", "Bruno", ""),
        ]
    )
    widget.show()
    return widget


def _click(qtbot: QtBot, panel: LibraryPanel, row: int) -> None:
    avatars = panel.findChild(QListWidget)
    place = avatars.visualItemRect(avatars.item(row)).center()
    qtbot.mouseClick(avatars.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_asks_for_an_avatar(qtbot: QtBot, panel: LibraryPanel) -> None:
    with qtbot.waitSignal(panel.avatar_chosen) as asked:
        _click(qtbot, panel, 1)
    assert asked.args == ["/avatars/bruno.avatar"]


def test_the_one_on_the_stage_is_not_asked_for_again(qtbot: QtBot, panel: LibraryPanel) -> None:
    with qtbot.assertNotEmitted(panel.avatar_chosen):
        _click(qtbot, panel, 0)


def test_cards_show_their_pictures(panel: LibraryPanel) -> None:
    image = panel.grab().toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 8) for y in range(8, 100, 8)
    }
    assert "#ff00ff" in colours


def test_the_button_asks_for_a_file(qtbot: QtBot, panel: LibraryPanel) -> None:
    with qtbot.waitSignal(panel.open_requested):
        panel.findChild(QPushButton).click()


def test_descriptions_end_in_dots_where_room_ends(panel: LibraryPanel) -> None:
    metrics = QFontMetrics(panel.font())
    lines = elided_lines(_WORDS, metrics, 120, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(metrics.horizontalAdvance(line) <= 120 for line in lines)
    assert elided_lines("Short.", metrics, 120, 3) == ["Short."]
    assert elided_lines("", metrics, 120, 3) == []
