from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QPushButton

from app.panels.library import LibraryPanel
from app.widgets.card_list import Card
from app.widgets.section import Section

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> LibraryPanel:
    widget = LibraryPanel()
    qtbot.addWidget(widget)
    widget.resize(240, 600)
    widget.show_avatars(
        [
            Card("demo:rosa", "Rosa", "", is_current=True),
            Card("/avatars/bruno.avatar", "Bruno", ""),
        ]
    )
    widget.show_hairstyles(
        [Card("", "Own hair", ""), Card("/hair/bob.hair", "Bob", "", is_current=True)]
    )
    widget.show_portraits([Card("demo:lena", "Lena", "", is_kept=True)])
    widget.show()
    return widget


def _lists(panel: LibraryPanel) -> list[QListWidget]:
    """Those of avatars, hairstyles and portraits, as they stand one below the other."""
    lists = panel.findChildren(QListWidget)
    return sorted(lists, key=lambda each: each.mapTo(panel, each.rect().topLeft()).y())


def _click(qtbot: QtBot, cards: QListWidget, row: int) -> None:
    place = cards.visualItemRect(cards.item(row)).center()
    qtbot.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_asks_for_an_avatar_or_a_hairstyle(qtbot: QtBot, panel: LibraryPanel) -> None:
    avatars, hairstyles, _ = _lists(panel)
    with qtbot.waitSignal(panel.avatar_chosen) as asked:
        _click(qtbot, avatars, 1)
    assert asked.args == ["/avatars/bruno.avatar"]
    with qtbot.waitSignal(panel.hair_chosen) as asked:
        _click(qtbot, hairstyles, 0)
    assert asked.args == [""]


def test_a_click_lets_a_portrait_perform(qtbot: QtBot, panel: LibraryPanel) -> None:
    _, _, portraits = _lists(panel)
    with qtbot.waitSignal(panel.portrait_chosen) as asked:
        _click(qtbot, portraits, 0)
    assert asked.args == ["demo:lena"]
    assert [card.name for card in panel.portrait_cards] == ["Lena"]


def test_what_is_in_use_is_not_asked_for_again(qtbot: QtBot, panel: LibraryPanel) -> None:
    avatars, hairstyles, _ = _lists(panel)
    with qtbot.assertNotEmitted(panel.avatar_chosen), qtbot.assertNotEmitted(panel.hair_chosen):
        _click(qtbot, avatars, 0)
        _click(qtbot, hairstyles, 1)


def test_the_buttons_ask_for_files(qtbot: QtBot, panel: LibraryPanel) -> None:
    buttons = {button.text(): button for button in panel.findChildren(QPushButton)}
    with qtbot.waitSignal(panel.open_requested):
        buttons["Open avatar …"].click()
    with qtbot.waitSignal(panel.open_hair_requested):
        buttons["Open hairstyle …"].click()
    with qtbot.waitSignal(panel.add_portrait_requested):
        buttons["Add portrait …"].click()
    assert all(button.toolTip() for button in buttons.values())


def test_a_folded_section_leaves_its_room_to_the_others(qtbot: QtBot, panel: LibraryPanel) -> None:
    avatars, hairstyles, _ = _lists(panel)
    before = hairstyles.height()
    sections = {section.title: section for section in panel.findChildren(Section)}
    sections["Avatars"].set_open(False)
    qtbot.waitUntil(lambda: hairstyles.height() > before + 50)
    sections["Avatars"].set_open(True)
    sections["Hairstyles"].set_open(False)
    qtbot.waitUntil(lambda: avatars.height() > before + 50)
