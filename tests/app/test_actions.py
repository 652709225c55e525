from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject

from app.actions import (
    BRANCHES,
    MENUS,
    Actions,
    all_actions,
    conflicts,
    groups,
    normal_keys,
    shortcut_sheet,
)
from app.groom_actions import GROOM_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def actions(qtbot: QtBot) -> Iterator[Actions]:
    owner = QObject()
    yield Actions(owner)
    owner.deleteLater()


def test_default_shortcuts_do_not_clash() -> None:
    assert conflicts({}) == {}


def test_every_action_has_words_a_tip_and_a_menu() -> None:
    menus = {name for name, _ in MENUS}
    assert all(spec.text and spec.tip for spec in all_actions())
    assert {spec.id.partition(".")[0] for spec in all_actions()} == menus
    assert len({spec.id for spec in all_actions()}) == len(all_actions())


def test_access_keys_are_unique_within_a_menu() -> None:
    texts: dict[tuple[str, str], list[str]] = {}
    for spec in all_actions():
        menu = spec.id.partition(".")[0]
        texts.setdefault((menu, spec.branch), []).append(spec.text)
    for menu, branch in list(texts):
        if branch:
            texts[menu, ""].append(BRANCHES[branch])
    for place, words in texts.items():
        keys = [text[text.index("&") + 1].lower() for text in words]
        assert len(set(keys)) == len(keys), place


def test_a_tick_in_a_menu_is_not_hidden_by_an_icon(actions: Actions) -> None:
    assert not actions["view.wireframe"].isIconVisibleInMenu()
    assert actions["view.frame"].isIconVisibleInMenu()


def test_groups_hold_every_action_once() -> None:
    held = [spec.id for _, specs in groups() for spec in specs]
    assert sorted(held) == sorted(spec.id for spec in all_actions())
    assert {"View", "Camera", "Bookmarks", "Display", "Background"} <= {
        each for each, _ in groups()
    }


def test_the_users_keys_win_and_the_tip_tells_them(actions: Actions) -> None:
    actions.apply_shortcuts({"perform.record_take": "F9", "edit.neutral": ""})
    assert actions["perform.record_take"].shortcut().toString() == "F9"
    assert actions["perform.record_take"].toolTip().endswith("(F9)")
    assert actions["edit.neutral"].shortcut().isEmpty()
    assert actions["edit.undo"].shortcut().toString() == "Ctrl+Z"
    actions.apply_shortcuts({})
    assert actions["perform.record_take"].shortcut().toString() == "R"


def test_conflicts_name_all_who_share_keys() -> None:
    assert conflicts({"edit.neutral": "ctrl+z"}) == {"Ctrl+Z": ["edit.undo", "edit.neutral"]}
    assert conflicts({"edit.neutral": "", "edit.undo": ""}) == {}


def test_keys_have_one_spelling() -> None:
    assert normal_keys("ctrl+shift+z") == "Ctrl+Shift+Z"
    assert normal_keys("") == ""


def test_an_action_may_change_its_meaning(actions: Actions) -> None:
    actions.describe("perform.play", text="&Pause", icon_name="pause", tip="Hold it")
    assert actions["perform.play"].text() == "&Pause"
    assert actions["perform.play"].toolTip() == "Hold it (Space)"


def test_the_sheet_holds_every_shortcut_as_it_is_bound(actions: Actions) -> None:
    actions.apply_shortcuts({"perform.calibrate": "K"})
    rows = {title: keys for _, entries in shortcut_sheet(actions) for keys, title, _ in entries}
    assert rows["Calibrate"] == "K"
    assert rows["Keyboard shortcuts"] == "F1"
    assert "About Avatar Studio" not in rows
    assert "Background" not in [heading for heading, _ in shortcut_sheet(actions)]


def test_actions_that_come_later_have_the_users_keys_too(qtbot: QtBot, actions: Actions) -> None:
    actions.apply_shortcuts({"groom.hide": "F9"})
    with qtbot.waitSignal(actions.added) as told:
        actions.add(GROOM_ACTIONS)
    assert told.args == [GROOM_ACTIONS]
    assert actions["groom.hide"].shortcut().toString() == "F9"
    assert actions["groom.lock"].shortcut().toString() == "Ctrl+L"
    actions.apply_shortcuts({})
    assert actions["groom.hide"].shortcut().toString() == "H"


def test_the_sheet_tells_keys_of_actions_that_have_not_come_yet(actions: Actions) -> None:
    actions.apply_shortcuts({"groom.hide": "F9"})
    rows = [row for _, entries in shortcut_sheet(actions) for row in entries]
    assert ("F9", "Hide selected") in [row[:2] for row in rows]


def test_what_is_done_in_one_workspace_alone_waits_to_be_enabled(actions: Actions) -> None:
    actions.add(GROOM_ACTIONS)
    assert not actions["groom.hide"].isEnabled()
    assert actions["edit.undo"].isEnabled()
