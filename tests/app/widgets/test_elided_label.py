from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WORDS = "/films/of/last/summer/face.mp4"


def test_words_are_whole_where_there_is_room(qtbot: QtBot) -> None:
    label = ElidedLabel(WORDS)
    qtbot.addWidget(label)
    label.resize(600, 20)
    assert label.shown == WORDS


def test_they_are_cut_where_it_is_wanted(qtbot: QtBot) -> None:
    at_the_right = ElidedLabel(WORDS)
    at_the_left = ElidedLabel(WORDS, Qt.TextElideMode.ElideLeft)
    for label in (at_the_right, at_the_left):
        qtbot.addWidget(label)
        label.resize(100, 20)
    assert at_the_right.shown.startswith("/film")
    assert at_the_right.shown.endswith("…")
    assert at_the_left.shown.endswith("face.mp4")
    assert at_the_left.text() == WORDS


def test_it_never_makes_its_panel_wider(qtbot: QtBot) -> None:
    label = ElidedLabel(WORDS)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() == 0


def test_markup_is_shown_as_it_is_written(qtbot: QtBot) -> None:
    label = ElidedLabel("<b>face</b>.mp4")
    qtbot.addWidget(label)
    label.resize(200, 20)
    assert label.shown == "<b>face</b>.mp4"
    label.show()
    assert not label.grab().isNull()
