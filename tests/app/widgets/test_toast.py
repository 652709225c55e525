from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from app.widgets.toast import Toast

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def stage(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(800, 600)
    widget.show()
    return widget


def test_it_says_message_and_hint_at_the_lower_edge(stage: QWidget) -> None:
    toast = Toast(stage)
    toast.show_error("The camera is gone.", "Plug it in again.")
    assert toast.text == "The camera is gone. Plug it in again."
    assert toast.isVisible()
    assert stage.rect().contains(toast.geometry())
    assert toast.geometry().center().y() > 400


def test_there_is_room_for_all_the_words(stage: QWidget) -> None:
    toast = Toast(stage)
    toast.show_note("Saved.")
    toast.show_error("A long message. " * 12, "And a hint. " * 12)
    for label in toast.findChildren(QLabel):
        if label.text():
            assert label.height() >= label.heightForWidth(label.width())


def test_a_new_message_replaces_the_old(stage: QWidget) -> None:
    toast = Toast(stage)
    toast.show_error("First.", "Hint.")
    toast.show_note("Second.")
    assert toast.text == "Second."


def test_it_follows_the_size_of_what_it_lies_over(stage: QWidget, qtbot: QtBot) -> None:
    toast = Toast(stage)
    toast.show_note("Saved.")
    stage.resize(320, 240)
    qtbot.waitUntil(lambda: stage.rect().contains(toast.geometry()))


def test_its_button_closes_it(stage: QWidget, qtbot: QtBot) -> None:
    toast = Toast(stage)
    toast.show_error("Something.")
    toast.findChild(QToolButton).click()
    assert toast.isHidden()
