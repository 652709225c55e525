from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.portrait_adding import PortraitAdder
from app.workers.portrait_maker import PortraitMaker
from avatar_core.io.portrait_file import load_portrait
from tests.app.handlers.portrait_sitter import FakeReader, sitter_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader(("The face is close to the edge.",))


@pytest.fixture
def adder(context: StudioContext, reader: FakeReader, tmp_path: Path) -> Iterator[PortraitAdder]:
    maker = PortraitMaker(tmp_path / "own", lambda: reader)  # type: ignore[arg-type,return-value]
    adder = PortraitAdder(context, maker)
    yield adder
    adder.shutdown()


def _names(context: StudioContext) -> list[str]:
    return [entry.name for entry in context.project.portraits.values()]


def test_a_picture_becomes_a_portrait_in_one_step(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, tmp_path: Path
) -> None:
    with qtbot.waitSignal(adder.added) as told:
        adder.add([tmp_path / "face 1.png"])
    (portrait_id,) = told.args
    entry = context.project.portraits[portrait_id]
    assert Path(entry.reference) == tmp_path / "own" / "face 1.portrait"
    assert entry.sha256
    assert "close to the edge" in context.toast.text
    assert adder.progress is None
    context.session.undo()
    assert context.project.portraits == {}
    context.session.redo()
    assert _names(context) == ["face 1"]


def test_no_portrait_is_written_over(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, tmp_path: Path
) -> None:
    adder.add([tmp_path / "a" / "face 1.png", tmp_path / "b" / "face 1.png"])
    qtbot.waitUntil(lambda: len(context.project.portraits) == 2)
    files = sorted(path.name for path in (tmp_path / "own").iterdir())
    assert files == ["face 1 2.portrait", "face 1.portrait"]
    assert load_portrait(tmp_path / "own" / files[0]).name == "face 1 2"
    assert _names(context) == ["face 1", "face 1 2"]


def test_of_several_faces_one_is_picked(
    qtbot: QtBot,
    context: StudioContext,
    adder: PortraitAdder,
    reader: FakeReader,
    tmp_path: Path,
) -> None:
    adder.add([tmp_path / "crowd 3.png", tmp_path / "one 1.png"])
    qtbot.waitUntil(lambda: adder.picker is not None)
    assert reader.made == []
    assert adder.picker is not None
    adder.picker.view.picked.emit(2)
    qtbot.waitUntil(lambda: len(context.project.portraits) == 2)
    assert reader.made == [("crowd 3", 2), ("one 1", 0)]
    assert adder.picker is None


def test_who_picks_none_gets_none_and_the_next_picture_comes(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, tmp_path: Path
) -> None:
    adder.add([tmp_path / "crowd 3.png", tmp_path / "one 1.png"])
    qtbot.waitUntil(lambda: adder.picker is not None)
    assert adder.picker is not None
    adder.picker.reject()
    qtbot.waitUntil(lambda: bool(context.project.portraits))
    assert _names(context) == ["one 1"]


def test_an_error_is_told_and_the_next_picture_comes(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, tmp_path: Path
) -> None:
    adder.add([tmp_path / "empty 0.png", tmp_path / "one 1.png"])
    qtbot.waitUntil(lambda: bool(context.project.portraits))
    assert context.errors.dialog is not None
    assert "No face was found in empty 0.png." in context.errors.dialog.text
    context.errors.dialog.close()
    assert _names(context) == ["one 1"]


def test_cancelling_forgets_those_that_wait(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, tmp_path: Path
) -> None:
    adder.add([tmp_path / "one 1.png", tmp_path / "two 1.png"])
    assert adder.progress is not None
    adder.progress.canceled.emit()
    assert adder.progress is None
    assert context.project.portraits == {}
    adder.add([tmp_path / "three 1.png"])
    qtbot.waitUntil(lambda: bool(context.project.portraits))
    qtbot.wait(100)
    assert _names(context) == ["three 1"]
    assert [path.stem for path in (tmp_path / "own").iterdir()] == ["three 1"]


@pytest.mark.parametrize("first", ["one 1.png", "crowd 3.png"])
def test_what_was_asked_for_in_another_document_stays_out_of_this_one(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, first: str, tmp_path: Path
) -> None:
    adder.add([tmp_path / first, tmp_path / "two 1.png"])
    if "crowd" in first:
        qtbot.waitUntil(lambda: adder.picker is not None)
    context.session.new()
    assert adder.progress is None
    assert adder.picker is None
    qtbot.wait(100)
    assert context.project.portraits == {}


def test_portrait_files_are_used_where_they_lie(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, tmp_path: Path
) -> None:
    file = sitter_file(tmp_path, "Ada")
    adder.add([Path(file)])
    qtbot.waitUntil(lambda: bool(context.project.portraits))
    (entry,) = context.project.portraits.values()
    assert entry.reference == file
    damaged = tmp_path / "damaged.portrait"
    damaged.write_bytes(b"nothing of the kind")
    adder.use(str(damaged))
    qtbot.waitUntil(lambda: context.errors.dialog is not None)
    assert context.errors.dialog is not None
    context.errors.dialog.close()
    assert len(context.project.portraits) == 1


def test_the_menu_asks_and_remembers_the_folder(
    qtbot: QtBot, context: StudioContext, adder: PortraitAdder, tmp_path: Path
) -> None:
    context.actions["portrait.add"].trigger()
    (dialog,) = context.window.findChildren(QFileDialog)
    assert "*.portrait" in dialog.nameFilters()[0]
    assert "*.gif" in dialog.nameFilters()[0]
    dialog.fileSelected.emit(str(tmp_path / "face 1.png"))
    dialog.close()
    qtbot.waitUntil(lambda: bool(context.project.portraits))
    assert context.preferences.remembered("portrait_pictures_folder") == str(tmp_path)
    assert adder.progress is None
