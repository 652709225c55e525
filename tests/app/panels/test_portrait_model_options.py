from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.panels.portrait_model_options import ModelOptions

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def options(qtbot: QtBot) -> ModelOptions:
    widget = ModelOptions()
    qtbot.addWidget(widget)
    return widget


def test_only_what_changes_anything_is_offered(options: ModelOptions) -> None:
    assert options.isHidden()
    options.show_model(has_detail=True, is_on_card=False)
    assert not options.isHidden()
    assert (options.detail.isHidden(), options.compiling.isHidden()) == (False, True)
    options.show_model(has_detail=False, is_on_card=True)
    assert (options.detail.isHidden(), options.compiling.isHidden()) == (True, False)
    options.show_model(has_detail=False, is_on_card=False)
    assert options.isHidden()


@pytest.mark.parametrize(
    ("detail", "is_on_card", "is_ticked"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_the_box_says_what_the_model_does(
    options: ModelOptions, detail: bool | None, is_on_card: bool, is_ticked: bool
) -> None:
    """Left to the studio, detail is for graphics cards."""
    options.show_wishes(detail=detail, compiling=False)
    options.show_model(has_detail=True, is_on_card=is_on_card)
    assert options.detail.isChecked() is is_ticked


def test_only_the_user_asks(qtbot: QtBot, options: ModelOptions) -> None:
    asked: list[tuple[str, bool]] = []
    options.detail_wanted.connect(lambda on: asked.append(("detail", on)))
    options.compiling_wanted.connect(lambda on: asked.append(("compiling", on)))
    options.show_model(has_detail=True, is_on_card=True)
    options.show_wishes(detail=True, compiling=True)
    options.show()
    assert asked == []
    for box in (options.detail, options.compiling):
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() * 0.2)
    assert asked == [("detail", False), ("compiling", False)]
