from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QTreeWidget

from app.handlers.takes import TakesHandler
from app.panels.takes import TakesPanel
from avatar_core.commands import AddTake, EditTake
from avatar_core.heads import BlendshapeHead
from avatar_core.heads.flame_layout import in_flame_layout
from avatar_core.io import flame_takes
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.live_link_csv import load_live_link_csv
from avatar_core.io.take_file import load_take, save_take
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.motion import Take


@pytest.fixture
def panel(qtbot: QtBot, context: StudioContext) -> Iterator[TakesPanel]:
    widget = TakesPanel()
    qtbot.addWidget(widget)
    handler = TakesHandler(context, widget)
    yield widget
    handler.shutdown()


@pytest.fixture
def listed(qtbot: QtBot, context: StudioContext, panel: TakesPanel, take: Take) -> QTreeWidget:
    """The list on the screen, with a first and a second take of which the second is active."""
    for name in ("first", "second"):
        _add(context, replace(take, id=name, name=name.title()))
    panel.selected.emit("second")
    panel.resize(380, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    tree: QTreeWidget = panel.findChild(QTreeWidget)
    return tree


def _choose(context: StudioContext, path: Path) -> None:
    dialog = context.window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def _add(context: StudioContext, take: Take) -> None:
    context.push(AddTake.of(context.project, take))


def test_a_double_click_plays_a_take_that_was_not_chosen_before(
    qtbot: QtBot, context: StudioContext, panel: TakesPanel, listed: QTreeWidget
) -> None:
    place = listed.visualItemRect(listed.topLevelItem(0)).center()
    with qtbot.waitSignal(panel.play_requested, timeout=1000) as played:
        qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert played.args == ["first"]
    assert context.project.active_take == "first"


def test_choosing_from_the_program_lists_the_takes_anew_only_once(
    context: StudioContext, panel: TakesPanel, listed: QTreeWidget
) -> None:
    panel.choose("first")
    assert (context.project.active_take, panel.current) == ("first", "first")
    context.session.undo()
    assert panel.current == "second"


def test_takes_that_stay_are_described_anew(
    context: StudioContext, panel: TakesPanel, listed: QTreeWidget, take: Take
) -> None:
    assert listed.topLevelItem(0).toolTip(3) == "With sound"
    silent = replace(context.project.takes["first"], audio=None)
    context.push(EditTake.of(context.project, silent, "Remove sound of"))
    assert listed.topLevelItem(0).toolTip(3) == ""
    assert listed.topLevelItem(0).icon(3).isNull()
    assert listed.topLevelItem(1).toolTip(3) == "With sound"


def test_rename_and_delete_are_undoable(
    context: StudioContext, panel: TakesPanel, take: Take
) -> None:
    _add(context, take)
    panel.rename_requested.emit("first", "Opening")
    assert panel.names == ["Opening"]
    panel.delete_requested.emit("first")
    assert panel.names == []
    context.session.undo()
    context.session.undo()
    assert panel.names == ["Monologue"]


def test_an_empty_name_is_not_taken(context: StudioContext, panel: TakesPanel, take: Take) -> None:
    _add(context, take)
    panel.rename_requested.emit("first", "")
    assert panel.names == ["Monologue"]
    assert len(context.session.history.steps) == 1


def test_choosing_a_take_makes_it_the_active_one(
    context: StudioContext, panel: TakesPanel, take: Take
) -> None:
    _add(context, take)
    panel.selected.emit("first")
    assert context.project.active_take == "first"
    assert panel.current == "first"


def test_a_take_file_comes_in_as_one_step(
    context: StudioContext, panel: TakesPanel, take: Take, tmp_path: Path
) -> None:
    save_take(take, tmp_path / "monologue.take")
    context.actions["file.import_take"].trigger()
    _choose(context, tmp_path / "monologue.take")
    assert panel.names == ["Monologue"]
    assert context.project.active_take in context.project.takes
    context.session.undo()
    assert panel.names == []


@pytest.mark.parametrize("suffix", ["take", "csv"])
def test_exports_can_be_read_again(
    context: StudioContext, panel: TakesPanel, take: Take, tmp_path: Path, suffix: str
) -> None:
    _add(context, take)
    signal = panel.export_take_requested if suffix == "take" else panel.export_csv_requested
    signal.emit("first")
    path = tmp_path / f"out.{suffix}"
    _choose(context, path)
    again = load_take(path) if suffix == "take" else load_live_link_csv(path)
    assert again.weights[-1] == pytest.approx(take.weights[-1], abs=1e-4)
    assert "Exported" in context.toast.text


@pytest.mark.parametrize("name", ["broken.take", "broken.csv", "missing.take"])
def test_bad_files_are_explained_and_change_nothing(
    context: StudioContext, panel: TakesPanel, tmp_path: Path, name: str
) -> None:
    if "broken" in name:
        (tmp_path / name).write_bytes(b"\x00\xff nothing of the kind")
    context.actions["file.import_take"].trigger()
    _choose(context, tmp_path / name)
    assert context.errors.dialog is not None
    assert context.errors.dialog.text
    context.errors.dialog.accept()
    assert panel.names == []
    assert not context.session.dirty


def test_a_flame_sequence_goes_out_and_comes_in_as_one_step(
    qtbot: QtBot,
    context: StudioContext,
    panel: TakesPanel,
    take: Take,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = load_demo_avatar().head
    assert isinstance(head, BlendshapeHead)
    flame = in_flame_layout(head, ARKIT_UNITS)
    monkeypatch.setattr(flame_takes, "head_of_motion", lambda _head: flame)
    _add(context, take)
    panel.export_flame_requested.emit("first")
    path = tmp_path / "motion.npz"
    _choose(context, path)
    qtbot.waitUntil(lambda: "Exported motion.npz" in context.toast.text, timeout=20_000)
    context.actions["file.import_take"].trigger()
    _choose(context, path)
    qtbot.waitUntil(lambda: panel.names == ["Monologue", "motion"], timeout=20_000)
    assert context.project.takes[context.project.active_take].name == "motion"
    context.session.undo()
    assert panel.names == ["Monologue"]
