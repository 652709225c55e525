from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton

from app.panels.hair_swap import HairSwapBody, SwapWish

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def body(qtbot: QtBot) -> HairSwapBody:
    widget = HairSwapBody([])
    qtbot.addWidget(widget)
    widget.show()
    widget.show_sources([("demo:omar", "Omar", "library"), ("demo:bun", "Bun", "hair")])
    return widget


def test_choosing_a_source_asks_for_it(qtbot: QtBot, body: HairSwapBody) -> None:
    chooser = body.findChild(QComboBox)
    with qtbot.waitSignal(body.source_chosen) as asked:
        chooser.activated.emit(2)
    assert asked.args == ["demo:bun"]
    with qtbot.assertNotEmitted(body.source_chosen):
        chooser.activated.emit(0)
    with qtbot.waitSignal(body.file_requested):
        chooser.activated.emit(chooser.count() - 1)


def test_controls_are_there_while_hair_is_tried_on(qtbot: QtBot, body: HairSwapBody) -> None:
    assert not body.is_trying
    body.show_preview("Omar: 15 000 Gaussians.")
    assert body.is_trying
    with qtbot.waitSignal(body.wish_edited) as asked:
        body.numbers["blend"].value_edited.emit(0.5)
    assert asked.args == [SwapWish(blend=0.5)]
    with qtbot.waitSignal(body.wish_edited) as asked:
        body.findChild(QCheckBox).click()
    assert asked.args == [SwapWish(blend=0.5, selected_only=True)]
    keep, drop = body.findChildren(QPushButton)
    with qtbot.waitSignal(body.kept):
        keep.click()
    with qtbot.waitSignal(body.dropped):
        drop.click()
    body.show_preview(None)
    assert not body.is_trying


def test_a_refresh_asks_for_nothing(qtbot: QtBot, body: HairSwapBody) -> None:
    with qtbot.assertNotEmitted(body.wish_edited):
        body.show_preview("Bun", SwapWish(blend=0.3, selected_only=True, size=1.1))
    assert body.numbers["size"].value == 1.1
