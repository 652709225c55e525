from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint

from app.handlers.picture_drops import PictureDrops

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from tests.app.handlers.portrait_sitter import FakeStage

_PLACE = QPoint(40, 40)


@pytest.fixture
def stage(stage: FakeStage) -> FakeStage:
    stage.view.setGeometry(500, 100, 200, 200)
    return stage


@pytest.fixture
def drops(context: StudioContext, stage: FakeStage) -> PictureDrops:
    return PictureDrops(context, stage)  # type: ignore[arg-type]


def _offered(drops: PictureDrops) -> dict[str, QAction]:
    assert drops.menu is not None
    return {each.text(): each for each in drops.menu.actions() if "&" in each.text()}


def _close(drops: PictureDrops) -> None:
    assert drops.menu is not None
    drops.menu.close()


def test_the_menu_sends_the_picture_where_it_is_wanted(
    qtbot: QtBot, context: StudioContext, drops: PictureDrops
) -> None:
    for words, signal, sent in (
        ("&Background", drops.background_wanted, Path("a.png")),
        ("&Driver", drops.driver_wanted, Path("a.png")),
        ("&Portrait", drops.portraits_wanted, [Path("a.png"), Path("b.png")]),
    ):
        drops.take([Path("a.png"), Path("b.png")], _PLACE)
        with qtbot.waitSignal(signal) as told:
            _offered(drops)[words].trigger()
        assert told.args == [sent]
        _close(drops)
    assert context.preferences.remembered("picture_drop") == "portrait"


def test_the_last_choice_is_the_one_under_return(
    context: StudioContext, drops: PictureDrops
) -> None:
    drops.take([Path("a.png")], _PLACE)
    assert drops.menu is not None
    assert drops.menu.defaultAction().text() == "&Portrait"
    _offered(drops)["&Driver"].trigger()
    _close(drops)
    drops.take([Path("a.png")], _PLACE)
    assert drops.menu.defaultAction().text() == "&Driver"
    _close(drops)
    context.preferences.remember("picture_drop", ["nonsense"])
    drops.take([Path("a.png")], _PLACE)
    assert drops.menu.defaultAction().text() == "&Portrait"
    _close(drops)


def test_what_a_picture_cannot_be_is_not_offered(drops: PictureDrops) -> None:
    drops.take([Path("a.tif")], _PLACE)
    assert [each.isEnabled() for each in _offered(drops).values()] == [True, False, True]
    _close(drops)
    drops.take([Path("a.gif")], _PLACE)
    assert [each.isEnabled() for each in _offered(drops).values()] == [True, False, False]
    _close(drops)


def test_over_the_portraits_there_is_nothing_to_ask(
    qtbot: QtBot, drops: PictureDrops, stage: FakeStage
) -> None:
    stage.view.show()
    qtbot.waitExposed(stage.view)
    inside = stage.view.mapToGlobal(QPoint(100, 100))
    with qtbot.waitSignal(drops.portraits_wanted) as told:
        drops.take([Path("a.png")], inside)
    assert told.args == [[Path("a.png")]]
    assert drops.menu is None
    stage.view.hide()
    with qtbot.assertNotEmitted(drops.portraits_wanted):
        drops.take([Path("a.png")], inside)
    _close(drops)
