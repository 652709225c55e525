from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QToolButton

from app.widgets.section import Section

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_click_on_the_header_folds_and_opens(qtbot: QtBot) -> None:
    content = QLabel("inside")
    section = Section("Brows", content)
    qtbot.addWidget(section)
    header = section.findChild(QToolButton, "section")
    with qtbot.waitSignal(section.toggled, check_params_cb=lambda is_open: not is_open):
        header.click()
    assert content.isHidden()
    with qtbot.waitSignal(section.toggled, check_params_cb=bool):
        header.click()
    assert not content.isHidden()


def test_opening_what_is_open_says_nothing(qtbot: QtBot) -> None:
    section = Section("Brows", QLabel())
    qtbot.addWidget(section)
    with qtbot.assertNotEmitted(section.toggled):
        section.set_open(True)


def test_the_note_stands_behind_the_title(qtbot: QtBot) -> None:
    section = Section("Brows", QLabel())
    qtbot.addWidget(section)
    section.set_note("2 changed")
    header = section.findChild(QToolButton, "section")
    assert header.text() == "Brows   2 changed"
    section.set_note("")
    assert header.text() == "Brows"
