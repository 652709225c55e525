from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.handlers.documents import DocumentHandler
from avatar_core.commands import SetBlendshape
from avatar_core.commands.saving import Saving
from avatar_core.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext

_Button = QMessageBox.StandardButton


@pytest.fixture
def documents(context: StudioContext) -> Iterator[DocumentHandler]:
    handler = DocumentHandler(context)
    yield handler
    handler.shutdown()


def _wait(qtbot: QtBot, documents: DocumentHandler) -> None:
    """Until everything that was asked for is written."""
    qtbot.waitUntil(lambda: not documents.is_saving)


def _edit(context: StudioContext) -> None:
    context.push(SetBlendshape.of(context.project, "jawOpen", 0.5))


def _answer(documents: DocumentHandler, button: QMessageBox.StandardButton) -> None:
    assert documents.question is not None
    documents.question.button(button).click()


def _choose(context: StudioContext, path: Path) -> None:
    """Answer the open file dialog."""
    dialog = context.window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_saving_a_new_project_asks_where_and_then_no_more(
    context: StudioContext, documents: DocumentHandler, tmp_path: Path, qtbot: QtBot
) -> None:
    states: list[tuple[str, bool]] = []
    documents.state_changed.connect(lambda *state: states.append(state))
    _edit(context)
    documents.save()
    path = tmp_path / "face.studio"
    _choose(context, path)
    _wait(qtbot, documents)
    assert path.is_file()
    assert states[-1] == ("face", False)
    context.push(SetBlendshape.of(context.project, "jawOpen", 0.75))
    documents.save()
    _wait(qtbot, documents)
    assert not context.session.dirty
    again = Session()
    again.open(path)
    assert again.project.expression.weight("jawOpen") == pytest.approx(0.75)


@pytest.mark.parametrize(("button", "goes_on"), [(_Button.Discard, True), (_Button.Cancel, False)])
def test_unsaved_edits_are_asked_about(
    context: StudioContext,
    documents: DocumentHandler,
    button: QMessageBox.StandardButton,
    goes_on: bool,
) -> None:
    _edit(context)
    documents.new()
    assert context.session.dirty  # nothing has happened yet
    _answer(documents, button)
    assert context.session.dirty is not goes_on


def test_save_in_the_question_saves_and_then_goes_on(
    context: StudioContext, documents: DocumentHandler, tmp_path: Path, qtbot: QtBot
) -> None:
    _edit(context)
    documents.new()
    _answer(documents, _Button.Save)
    _choose(context, tmp_path / "kept.studio")
    _wait(qtbot, documents)
    assert (tmp_path / "kept.studio").is_file()
    assert context.session.path is None  # the new project


def test_a_save_that_fails_does_not_go_on(
    context: StudioContext, documents: DocumentHandler, tmp_path: Path, qtbot: QtBot
) -> None:
    _edit(context)
    documents.new()
    _answer(documents, _Button.Save)
    _choose(context, tmp_path / "no" / "such" / "folder" / "kept.studio")
    _wait(qtbot, documents)
    assert context.session.dirty
    assert context.errors.dialog is not None
    context.errors.dialog.accept()


def test_nothing_is_asked_when_nothing_can_be_lost(
    context: StudioContext, documents: DocumentHandler
) -> None:
    gone_on: list[bool] = []
    documents.when_kept(lambda: gone_on.append(True))
    assert gone_on
    assert documents.question is None


def test_a_damaged_file_leaves_the_open_project(
    context: StudioContext, documents: DocumentHandler, tmp_path: Path
) -> None:
    path = tmp_path / "broken.studio"
    path.write_bytes(b"not a project")
    before = context.project
    documents.open(path)
    assert context.project is before
    assert context.errors.dialog is not None
    context.errors.dialog.accept()
    assert _recent(documents) == []


def _recent(documents: DocumentHandler) -> list[str]:
    documents.recent_menu.aboutToShow.emit()
    return [action.text() for action in documents.recent_menu.actions()[:-3]]


def test_recent_projects_can_be_opened_again(
    context: StudioContext, documents: DocumentHandler, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    context.session.save(path)
    context.session.new()
    documents.open(path)
    assert _recent(documents) == ["face.studio"]
    context.session.new()
    documents.recent_menu.actions()[0].trigger()
    assert context.session.path == path


def test_the_demo_is_opened_as_a_project_without_a_file(
    context: StudioContext, documents: DocumentHandler
) -> None:
    documents.open_demo()
    assert context.session.path is None
    assert not context.session.dirty
    assert context.project.takes


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Saves wait, half written, until this is set."""
    go_on = threading.Event()
    write = Saving.write

    def slow(self: Saving) -> Path:
        assert go_on.wait(60)
        return write(self)

    monkeypatch.setattr(Saving, "write", slow)
    yield go_on
    go_on.set()


def test_editing_goes_on_while_a_project_is_written(
    context: StudioContext,
    documents: DocumentHandler,
    tmp_path: Path,
    qtbot: QtBot,
    held: threading.Event,
) -> None:
    path = tmp_path / "face.studio"
    _edit(context)
    documents.save()
    _choose(context, path)
    assert documents.is_saving
    context.push(SetBlendshape.of(context.project, "jawOpen", 0.75))
    held.set()
    _wait(qtbot, documents)
    assert context.session.dirty
    context.session.undo()
    assert not context.session.dirty  # this is what was saved
    again = Session()
    again.open(path)
    assert again.project.expression.weight("jawOpen") == 0.5


def test_another_save_and_another_project_wait_for_the_first(
    context: StudioContext,
    documents: DocumentHandler,
    tmp_path: Path,
    qtbot: QtBot,
    held: threading.Event,
) -> None:
    path = tmp_path / "face.studio"
    _edit(context)
    documents.save()
    _choose(context, path)
    context.push(SetBlendshape.of(context.project, "jawOpen", 0.75))
    documents.save_as()
    _choose(context, tmp_path / "second.studio")
    documents.new()
    assert documents.question is None
    assert context.session.project.expression.weight("jawOpen") == 0.75
    held.set()
    qtbot.waitUntil(lambda: (tmp_path / "second.studio").is_file())
    qtbot.waitUntil(lambda: context.session.project.expression.weight("jawOpen") == 0)
    for name, value in (("face.studio", 0.5), ("second.studio", 0.75)):
        again = Session()
        again.open(tmp_path / name)
        assert again.project.expression.weight("jawOpen") == value


def test_edits_made_while_the_answer_is_saved_are_asked_about_again(
    context: StudioContext,
    documents: DocumentHandler,
    tmp_path: Path,
    qtbot: QtBot,
    held: threading.Event,
) -> None:
    _edit(context)
    documents.new()
    _answer(documents, _Button.Save)
    _choose(context, tmp_path / "face.studio")
    context.push(SetBlendshape.of(context.project, "jawOpen", 0.75))
    held.set()
    _wait(qtbot, documents)
    assert context.project.expression.weight("jawOpen") == 0.75
    _answer(documents, _Button.Save)
    _wait(qtbot, documents)
    assert context.session.path is None  # the new project
    again = Session()
    again.open(tmp_path / "face.studio")
    assert again.project.expression.weight("jawOpen") == 0.75


def test_a_save_that_waits_never_writes_another_project(
    context: StudioContext,
    documents: DocumentHandler,
    tmp_path: Path,
    qtbot: QtBot,
    held: threading.Event,
) -> None:
    path = tmp_path / "face.studio"
    _edit(context)
    documents.save()
    _choose(context, path)
    documents.new()
    documents._save(path, None)  # asked for once more, while the first is being written
    held.set()
    _wait(qtbot, documents)
    assert context.session.path is None
    again = Session()
    again.open(path)
    assert again.project.expression.weight("jawOpen") == 0.5
