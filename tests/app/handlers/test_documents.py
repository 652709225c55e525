from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.handlers.documents import DocumentHandler
from avatar_core.commands import SetBlendshape
from avatar_core.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext

_Button = QMessageBox.StandardButton


@pytest.fixture
def documents(context: StudioContext) -> DocumentHandler:
    return DocumentHandler(context)


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
    context: StudioContext, documents: DocumentHandler, tmp_path: Path
) -> None:
    states: list[tuple[str, bool]] = []
    documents.state_changed.connect(lambda *state: states.append(state))
    _edit(context)
    documents.save()
    path = tmp_path / "face.studio"
    _choose(context, path)
    assert path.is_file()
    assert states[-1] == ("face", False)
    _edit_again_and_save(context, documents)
    again = Session()
    again.open(path)
    assert again.project.expression.weight("jawOpen") == pytest.approx(0.75)


def _edit_again_and_save(context: StudioContext, documents: DocumentHandler) -> None:
    context.push(SetBlendshape.of(context.project, "jawOpen", 0.75))
    documents.save()
    assert not context.session.dirty


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
    context: StudioContext, documents: DocumentHandler, tmp_path: Path
) -> None:
    _edit(context)
    documents.new()
    _answer(documents, _Button.Save)
    _choose(context, tmp_path / "kept.studio")
    assert (tmp_path / "kept.studio").is_file()
    assert context.session.path is None  # the new project


def test_a_save_that_fails_does_not_go_on(
    context: StudioContext, documents: DocumentHandler, tmp_path: Path
) -> None:
    _edit(context)
    documents.new()
    _answer(documents, _Button.Save)
    _choose(context, tmp_path / "no" / "such" / "folder" / "kept.studio")
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
