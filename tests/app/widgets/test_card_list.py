from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtWidgets import QApplication, QMenu

from app.theme import COLOURS
from app.widgets.card_list import Card, CardList, CardStyle, elided_lines

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_WORDS = "A demo avatar whose hair was placed along the strands of a synthetic capture, by hand."


@pytest.fixture
def cards(qtbot: QtBot) -> CardList:
    widget = CardList(CardStyle("Put on", "hair", picture_px=64, lines=2))
    qtbot.addWidget(widget)
    widget.resize(240, 300)
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.magenta)
    widget.show_cards(
        [
            Card("", "Own", _WORDS, picture, is_current=True, is_kept=True),
            Card("/hair/bob.hair", "<i>Bob</i>", ""),
            Card("demo:curls", "Curls", "", is_kept=True),
        ]
    )
    widget.show()
    return widget


def _click(qtbot: QtBot, cards: CardList, row: int) -> None:
    place = cards.visualItemRect(cards.item(row)).center()
    qtbot.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=place)


def _menu(cards: CardList, row: int) -> QMenu:
    place = cards.visualItemRect(cards.item(row)).center()
    cards.customContextMenuRequested.emit(place)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_a_click_chooses_what_is_not_current(qtbot: QtBot, cards: CardList) -> None:
    with qtbot.waitSignal(cards.chosen) as asked:
        _click(qtbot, cards, 1)
    assert asked.args == ["/hair/bob.hair"]
    with qtbot.assertNotEmitted(cards.chosen):
        _click(qtbot, cards, 0)


def test_the_menu_offers_what_is_possible(qtbot: QtBot, cards: CardList) -> None:
    offers = []
    for row in range(3):
        menu = _menu(cards, row)
        offers.append([action.isEnabled() for action in menu.actions()])
        menu.close()
    assert offers == [[False, False], [True, True], [True, False]]
    menu = _menu(cards, 1)
    assert menu.actions()[0].text() == "Put on"
    with qtbot.waitSignal(cards.remove_requested) as asked:
        menu.actions()[1].trigger()
    assert asked.args == ["/hair/bob.hair"]
    menu.close()


def test_words_of_others_are_no_markup(cards: CardList) -> None:
    assert "<i>" not in cards.item(1).toolTip()
    assert "&lt;i&gt;Bob" in cards.item(1).toolTip()


def test_pictures_are_shown_and_signs_where_they_miss(cards: CardList) -> None:
    image = cards.viewport().grab().toImage()
    colours = []
    for row in (0, 1):
        top = cards.visualItemRect(cards.item(row)).top()
        places = [(x, top + y) for x in range(24, 68) for y in range(24, 68)]
        colours.append({image.pixelColor(x, y).name() for x, y in places})
    assert colours[0] == {"#ff00ff"}
    assert COLOURS.text_off in colours[1]


def test_showing_the_cards_again_keeps_the_place(cards: CardList) -> None:
    many = [Card(f"demo:{at}", f"Hair {at}", "") for at in range(30)]
    cards.show_cards(many)
    cards.verticalScrollBar().setValue(700)
    cards.show_cards(many)
    assert cards.verticalScrollBar().value() == 700


def test_a_card_that_becomes_current_comes_into_view(cards: CardList) -> None:
    many = [Card(f"demo:{at}", f"Hair {at}", "") for at in range(30)]
    cards.show_cards(many)
    many[20] = replace(many[20], is_current=True)
    cards.show_cards(many)
    assert cards.viewport().rect().contains(cards.visualItemRect(cards.item(20)))
    cards.verticalScrollBar().setValue(0)
    cards.show_cards(many)
    assert cards.verticalScrollBar().value() == 0


def test_descriptions_end_in_dots_where_room_ends(cards: CardList) -> None:
    metrics = QFontMetrics(cards.font())
    lines = elided_lines(_WORDS, metrics, 120, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(metrics.horizontalAdvance(line) <= 120 for line in lines)
    assert elided_lines("Short.", metrics, 120, 3) == ["Short."]
    assert elided_lines("", metrics, 120, 3) == []
