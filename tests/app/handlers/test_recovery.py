from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from app.dialogs.recovery import counted
from app.handlers.autosaving import AutosaveHandler
from app.handlers.documents import DocumentHandler
from app.handlers.recovery import RecoveryHandler
from avatar_core.commands.recovery import Recovery
from avatar_core.io.journal import JournalReader
from avatar_core.io.journal_places import JournalPlaces
from avatar_core.session import Session
from tests.app.handlers.keeping_context import crash, name, with_journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.dialogs.earlier_versions import EarlierVersionsDialog
    from app.handlers.context import StudioContext


@pytest.fixture
def places(tmp_path: Path) -> JournalPlaces:
    return JournalPlaces(tmp_path / "journals")


@pytest.fixture
def kept(context: StudioContext, tmp_path: Path) -> Iterator[StudioContext]:
    context = with_journal(context, tmp_path)
    yield context
    context.session.close()
    context.events.close()


@pytest.fixture
def documents(kept: StudioContext) -> Iterator[DocumentHandler]:
    handler = DocumentHandler(kept)
    yield handler
    handler.shutdown()


@pytest.fixture
def autosaving(kept: StudioContext, documents: DocumentHandler) -> Iterator[AutosaveHandler]:
    handler = AutosaveHandler(kept, documents)
    yield handler
    handler.shutdown()


@pytest.fixture
def recovery(
    kept: StudioContext, documents: DocumentHandler, autosaving: AutosaveHandler
) -> Iterator[RecoveryHandler]:
    handler = RecoveryHandler(kept, documents, autosaving.shelf)
    yield handler
    handler.shutdown()


@pytest.fixture
def project(places: JournalPlaces, tmp_path: Path) -> Path:
    """A project that a studio was editing when it was killed."""
    path = tmp_path / "face.studio"
    session = Session(journals=places)
    session.save(path)
    name(session, "A", "B")
    crash(session)
    return path


def answer(recovery: RecoveryHandler, words: str) -> None:
    assert recovery.question is not None
    for button in recovery.question.buttons():
        if button.text() == words:
            button.click()


def listed(recovery: RecoveryHandler, qtbot: QtBot) -> EarlierVersionsDialog:
    """The dialog of earlier versions, once it is there."""
    recovery.show_versions()
    qtbot.waitUntil(lambda: recovery.versions is not None)
    assert recovery.versions is not None
    return recovery.versions


def test_steps_of_a_project_are_offered_and_brought_back(
    recovery: RecoveryHandler,
    documents: DocumentHandler,
    kept: StudioContext,
    project: Path,
    qtbot: QtBot,
) -> None:
    documents.open(project)
    assert recovery.question is not None
    words = f"{recovery.question.text()} {recovery.question.informativeText()}"
    assert "closed unexpectedly" in words
    assert "2 steps since the last save of “face”" in words
    assert kept.session.project.name != "B"
    answer(recovery, "Recover")
    qtbot.waitUntil(lambda: kept.session.project.name == "B")
    assert kept.session.dirty
    assert "2 steps brought back" in kept.toast.text
    kept.session.undo()
    assert kept.session.project.name == "A"


@pytest.mark.parametrize("is_late", [False, True])
def test_an_edit_made_while_steps_are_brought_back_is_not_lost(
    is_late: bool,
    recovery: RecoveryHandler,
    documents: DocumentHandler,
    kept: StudioContext,
    project: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edited, run = threading.Event(), Recovery.run

    def run_late(*given: Any) -> Recovery:
        assert edited.wait(20)
        return run(*given)

    if is_late:  # else either comes first
        monkeypatch.setattr(Recovery, "run", run_late)
    documents.open(project)
    answer(recovery, "Recover")
    name(kept.session, "Meanwhile")  # as by work in the background that ends just now
    edited.set()
    qtbot.waitUntil(lambda: kept.errors.dialog is not None)
    assert kept.errors.dialog is not None
    assert "changed meanwhile" in kept.errors.dialog.text
    kept.errors.dialog.accept()
    assert kept.session.project.name == "Meanwhile"
    versions = listed(recovery, qtbot)
    row = versions.list.topLevelItem(0)
    assert row is not None
    assert row.text(1) == "2 steps left behind"
    versions.reject()


def test_names_of_projects_are_no_mark_up(
    recovery: RecoveryHandler, documents: DocumentHandler, project: Path, places: JournalPlaces
) -> None:
    path = project.with_name("<b>bold<br>face.studio")
    session = Session(journals=places)
    session.save(path)
    name(session, "A")
    crash(session)
    documents.open(path)
    assert recovery.question is not None
    assert recovery.question.textFormat() is Qt.TextFormat.PlainText
    assert "“<b>bold<br>face”" in recovery.question.informativeText()
    answer(recovery, "Leave")


def test_steps_that_are_left_are_kept_and_found_among_the_earlier_versions(
    recovery: RecoveryHandler,
    documents: DocumentHandler,
    kept: StudioContext,
    project: Path,
    qtbot: QtBot,
) -> None:
    documents.open(project)
    answer(recovery, "Leave")
    assert kept.session.project.name != "B"
    documents.open(project)
    assert recovery.question is None  # not asked again
    versions = listed(recovery, qtbot)
    row = versions.list.topLevelItem(0)
    assert row is not None
    assert row.text(1) == "2 steps left behind"
    versions.buttons.accepted.emit()
    answer(recovery, "Recover")
    qtbot.waitUntil(lambda: kept.session.project.name == "B")
    assert kept.session.path == project


def test_a_project_that_was_never_saved_is_offered_at_the_start(
    recovery: RecoveryHandler, kept: StudioContext, places: JournalPlaces, qtbot: QtBot
) -> None:
    lost = Session(journals=places)
    name(lost, "A", "B", "C")
    crash(lost)
    recovery.look()
    assert recovery.question is not None
    assert "never saved" in recovery.question.informativeText()
    answer(recovery, "Recover")
    qtbot.waitUntil(lambda: kept.session.project.name == "C")
    assert kept.session.path is None
    assert len(kept.session.history.steps) == 3


def test_a_question_without_an_answer_is_asked_again(
    recovery: RecoveryHandler, documents: DocumentHandler, project: Path, places: JournalPlaces
) -> None:
    documents.open(project)
    assert recovery.question is not None
    recovery.shutdown()
    assert places.kept() == ()
    assert len(places.of_project(project)) == 1


def test_nothing_is_asked_where_nothing_was_lost(
    recovery: RecoveryHandler, documents: DocumentHandler, tmp_path: Path, places: JournalPlaces
) -> None:
    session = Session(journals=places)
    name(session, "A")
    session.save(tmp_path / "face.studio")
    session.close()
    recovery.look()
    documents.open(tmp_path / "face.studio")
    assert recovery.question is None


def test_steps_of_another_state_are_kept_and_told(
    recovery: RecoveryHandler,
    documents: DocumentHandler,
    kept: StudioContext,
    project: Path,
    places: JournalPlaces,
) -> None:
    other = Session()
    other.open(project)
    name(other, "Saved elsewhere")
    other.save()
    documents.open(project)
    assert recovery.question is None
    assert "another state" in kept.toast.text
    assert len(places.kept()) == 1


def test_of_two_journals_the_newer_is_offered_and_the_other_is_kept(
    recovery: RecoveryHandler,
    documents: DocumentHandler,
    kept: StudioContext,
    places: JournalPlaces,
    tmp_path: Path,
) -> None:
    path = tmp_path / "face.studio"
    first, second = Session(journals=places), Session(journals=places)
    first.save(path)
    name(first, "A")
    crash(first)
    beside, elsewhere = places.of(path)
    elsewhere.parent.mkdir(exist_ok=True)
    beside.rename(elsewhere)  # as if the folder could not be written to then
    os.utime(elsewhere, (1, 1))
    second.open(path)
    name(second, "B", "C")
    crash(second)
    documents.open(path)
    assert recovery.question is not None
    assert "2 steps" in recovery.question.informativeText()
    assert "older than those offered" in kept.toast.text
    assert len(places.kept()) == 1
    answer(recovery, "Leave")


def test_damage_is_told_with_the_question(
    recovery: RecoveryHandler, documents: DocumentHandler, project: Path, places: JournalPlaces
) -> None:
    journal = places.of(project)[0]
    data = bytearray(journal.read_bytes())
    data[JournalReader(journal).entries[-1].start + 30] ^= 1
    journal.write_bytes(data + b"more" * 10)
    documents.open(project)
    assert recovery.question is not None
    words = recovery.question.informativeText()
    assert "1 step " in words
    assert "damaged" in words
    answer(recovery, "Leave")


def test_an_earlier_version_opens_as_a_project_of_its_own(
    recovery: RecoveryHandler,
    documents: DocumentHandler,
    autosaving: AutosaveHandler,
    kept: StudioContext,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    path = tmp_path / "face.studio"
    name(kept.session, "A")
    kept.session.save(path)
    name(kept.session, "B")
    autosaving.keep_version()
    qtbot.waitUntil(lambda: not documents.saver.is_busy)
    kept.session.undo()
    versions = listed(recovery, qtbot)
    assert "face" in versions.windowTitle()
    row = versions.list.topLevelItem(0)
    assert row is not None
    assert row.text(0).startswith("today, ")
    assert row.text(2).endswith("KB")
    versions.buttons.accepted.emit()
    assert kept.session.project.name == "B"
    assert kept.session.path is None


def test_versions_of_a_project_that_was_left_meanwhile_are_not_shown(
    recovery: RecoveryHandler, documents: DocumentHandler, project: Path, qtbot: QtBot
) -> None:
    recovery.show_versions()
    documents.open(project)
    answer(recovery, "Leave")
    qtbot.waitUntil(lambda: not recovery._lister.is_running)
    assert recovery.versions is None


def test_no_versions_are_said_to_be_none(recovery: RecoveryHandler, qtbot: QtBot) -> None:
    versions = listed(recovery, qtbot)
    assert versions.list.topLevelItemCount() == 0
    versions.reject()


def test_numbers_of_things_are_words() -> None:
    assert [counted(number, "step") for number in (1, 2, 1400)] == [
        "1 step",
        "2 steps",
        "1,400 steps",
    ]
