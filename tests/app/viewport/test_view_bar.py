from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QToolButton, QTreeWidget, QWidget

from app.actions import Actions
from app.viewport.camera_popover import LENS, SPEED
from app.viewport.view_bar import ViewBar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


class Viewport(QWidget):
    """A viewport with a bar, which notices when it is pressed itself."""

    def __init__(self) -> None:
        super().__init__()
        self.presses = 0
        self.actions_table = Actions(self)
        self.bar = ViewBar(self.actions_table.__getitem__, self)
        self.resize(700, 400)

    def mousePressEvent(self, _event: object) -> None:  # noqa: N802
        self.presses += 1


@pytest.fixture
def viewport(qtbot: QtBot) -> Iterator[Viewport]:
    made = Viewport()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.bar.display_popover.hide()
    made.bar.camera_popover.hide()


def _buttons(viewport: QObject) -> list[QToolButton]:
    return [each for each in viewport.findChildren(QToolButton) if each.isVisible()]


def test_the_display_button_says_what_differs_and_the_cross_takes_it_back(
    qtbot: QtBot, viewport: Viewport
) -> None:
    bar = viewport.bar
    plain = len(_buttons(bar))
    assert bar.text == "Display"
    bar.show_notes(("Dynamic part", "Wireframe"))
    assert bar.text == "Dynamic part  +1"
    assert len(_buttons(bar)) == plain + 1
    cross = _buttons(bar)[1]
    with qtbot.waitSignal(viewport.actions_table["view.display_reset"].triggered):
        cross.click()
    bar.show_notes(())
    assert bar.text == "Display"
    assert len(_buttons(bar)) == plain


def test_where_it_is_narrow_the_switches_give_way(viewport: Viewport) -> None:
    bar = viewport.bar
    bar.fit(600)
    wide, everything = bar.width(), len(_buttons(bar))
    bar.fit(wide)
    assert len(_buttons(bar)) == everything
    bar.fit(wide - 1)
    assert bar.width() < wide - 100
    assert len(_buttons(bar)) == 2  # the popovers hold all the rest
    bar.show_notes(("Displacement", "Wireframe"))
    bar.fit(140)
    assert bar.width() <= 140
    assert len(_buttons(bar)) == 3
    bar.show_notes(())
    bar.fit(600)
    assert len(_buttons(bar)) == everything


def test_every_button_has_a_tip_with_its_keys(viewport: Viewport) -> None:
    viewport.bar.show_notes(("Depth",))
    viewport.actions_table.apply_shortcuts({"view.display": "F9"})
    tips = [button.toolTip() for button in _buttons(viewport.bar)]
    assert all(tip.endswith(")") for tip in tips)
    assert tips[0].endswith("(F9)")
    assert viewport.bar.text == "Depth"  # its own words, whatever becomes of the action


def test_a_press_on_the_bar_is_no_drag_of_the_camera(viewport: Viewport) -> None:
    QTest.mouseClick(viewport.bar, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert viewport.presses == 0


def test_keys_work_while_a_popover_is_open(qtbot: QtBot, viewport: Viewport) -> None:
    for popover in (viewport.bar.display_popover, viewport.bar.camera_popover):
        held = {
            action for button in popover.findChildren(QToolButton) for action in button.actions()
        }
        assert held
        assert all(isinstance(action.shortcut(), QKeySequence) for action in held)


class TestCamera:
    def test_the_lens_goes_from_ten_to_ninety_degrees(self) -> None:
        assert LENS.text(LENS.minimum) == "10°"
        assert LENS.text(LENS.maximum) == "90°"
        assert LENS.parse("35") == pytest.approx(np.deg2rad(35))
        assert SPEED.text(SPEED.default) == "30 °/s"

    def test_numbers_are_asked_for_and_shown(self, qtbot: QtBot, viewport: Viewport) -> None:
        popover = viewport.bar.camera_popover
        with qtbot.waitSignal(popover.fov_edited) as told:
            popover.lens.value_edited.emit(0.6)
        assert told.args == [0.6]
        popover.show_fov(0.7)
        popover.show_speed(1.0)
        assert (popover.lens.value, popover.speed.value) == (0.7, 1.0)

    def test_bookmarks_are_listed_with_their_keys(self, viewport: Viewport) -> None:
        popover = viewport.bar.camera_popover
        popover.show_bookmarks([("a", "Front", "Shift+1"), ("b", "Left eye", "")])
        assert popover.bookmarks == [("Front", "Shift+1"), ("Left eye", "")]
        popover.choose("b")
        popover.show_bookmarks([("b", "Left eye", "Shift+1")])
        assert popover.current == "b"

    def test_without_any_it_says_how_to_keep_one(self, viewport: Viewport) -> None:
        viewport.bar.toggle_camera()
        popover = viewport.bar.camera_popover
        assert not popover.findChild(QTreeWidget).isVisible()
        viewport.actions_table.apply_shortcuts({"view.bookmark": "F9"})
        assert "F9 keeps" in popover.empty_text
        popover.show_bookmarks([("a", "Front", "Shift+1")])
        assert popover.findChild(QTreeWidget).isVisible()

    @pytest.mark.parametrize(
        ("key", "signal", "expected"),
        [
            (Qt.Key.Key_Return, "bookmark_chosen", ["a"]),
            (Qt.Key.Key_Delete, "bookmark_removed", ["a"]),
        ],
    )
    def test_the_chosen_one_answers_to_keys(
        self, qtbot: QtBot, viewport: Viewport, key: Qt.Key, signal: str, expected: list[str]
    ) -> None:
        popover = viewport.bar.camera_popover
        popover.show_bookmarks([("a", "Front", ""), ("b", "Back", "")])
        viewport.bar.toggle_camera()
        popover.edit_bookmarks()
        tree = popover.findChild(QTreeWidget)
        with qtbot.waitSignal(getattr(popover, signal)) as told:
            qtbot.keyClick(tree, key)
        assert told.args == expected

    def test_a_name_is_typed_in_place(self, qtbot: QtBot, viewport: Viewport) -> None:
        popover = viewport.bar.camera_popover
        popover.show_bookmarks([("a", "Front", "")])
        viewport.bar.toggle_camera()
        popover.choose("a")
        popover.edit_name()
        tree = popover.findChild(QTreeWidget)
        editor = tree.findChild(QLineEdit)
        editor.setText("Smile")
        with qtbot.waitSignal(popover.bookmark_renamed) as told:
            qtbot.keyClick(editor, Qt.Key.Key_Return)
        assert told.args == ["a", "Smile"]

    def test_a_double_click_goes_there(self, qtbot: QtBot, viewport: Viewport) -> None:
        popover = viewport.bar.camera_popover
        popover.show_bookmarks([("a", "Front", "")])
        popover.choose("a")
        tree = popover.findChild(QTreeWidget)
        with qtbot.waitSignal(popover.bookmark_chosen) as told:
            tree.itemDoubleClicked.emit(tree.topLevelItem(0), 0)
        assert told.args == ["a"]

    def test_nothing_chosen_nothing_asked(self, viewport: Viewport) -> None:
        popover = viewport.bar.camera_popover
        asked: list[str] = []
        popover.bookmark_removed.connect(asked.append)
        popover._remove()
        assert asked == []
        assert not any(button.isEnabled() for button in popover._tools)
