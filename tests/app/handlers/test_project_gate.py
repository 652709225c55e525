from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.dialogs.losses import LossesDialog
from app.handlers import project_gate
from app.handlers.documents import DocumentHandler
from app.handlers.project_gate import ProjectGate
from avatar_core.commands import SetBlendshape
from avatar_core.io import packing, project_rescue
from avatar_core.io.packed_projects import pack_project
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.project_lock import LockState, ProjectLock, lock_path
from avatar_core.project import Clip, Project
from tests.avatar_core.io.test_project_lock import HOLD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.motion import Take


@pytest.fixture
def documents(context: StudioContext) -> Iterator[DocumentHandler]:
    handler = DocumentHandler(context)
    yield handler
    handler.shutdown()


@pytest.fixture
def gate(
    context: StudioContext,
    documents: DocumentHandler,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ProjectGate]:
    monkeypatch.setattr(packing, "cache_folder", lambda: tmp_path / "cache")
    handler = ProjectGate(context, documents)
    yield handler
    handler.shutdown()


@pytest.fixture
def studio(tmp_path: Path, take: Take) -> Path:
    path = tmp_path / "work" / "show.studio"
    path.parent.mkdir()
    save_project(SavedProject(Project(name="Show", takes={take.id: take})), path)
    return path


@pytest.fixture
def other(studio: Path) -> Iterator[subprocess.Popen[str]]:
    """Another studio that has the project open."""
    command = [sys.executable, "-c", HOLD, str(studio)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ours"
        yield process
        process.kill()


def answer(box: QMessageBox | None, words: str) -> None:
    assert box is not None
    (button,) = [each for each in box.buttons() if words in each.text()]
    button.click()


def choose(context: StudioContext, path: Path) -> None:
    """Answer the open file dialog."""
    dialog = context.window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def edit(context: StudioContext) -> None:
    context.push(SetBlendshape.of(context.project, "jawOpen", 0.5))


def test_the_open_project_is_locked_and_given_back(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path, tmp_path: Path,
) -> None:  # fmt: skip
    documents.open(studio)
    assert gate.lock is not None
    assert gate.lock.state is LockState.OURS
    edit(context)
    with qtbot.waitSignal(context.events.changed):
        documents._save(tmp_path / "other.studio", None)
    qtbot.waitUntil(lambda: not documents.is_saving)
    assert not lock_path(studio).exists()
    assert lock_path(tmp_path / "other.studio").exists()
    context.session.new()
    assert not lock_path(tmp_path / "other.studio").exists()
    assert gate.lock is None


def test_who_has_it_is_told_and_a_copy_can_be_opened(
    context: StudioContext, documents: DocumentHandler, gate: ProjectGate, studio: Path,
    other: subprocess.Popen[str],
) -> None:  # fmt: skip
    before = context.project
    documents.open(studio)
    assert context.project is before
    assert gate.question is not None
    assert "show.studio" in gate.question.text()
    assert " on " in gate.question.text()
    answer(gate.question, "copy")
    assert context.project.name == "Show"
    assert context.session.path is None
    assert json.loads(lock_path(studio).read_text())["pid"] == other.pid


def test_cancel_leaves_everything(
    context: StudioContext, documents: DocumentHandler, gate: ProjectGate, studio: Path,
    other: subprocess.Popen[str],
) -> None:  # fmt: skip
    before = context.project
    documents.open(studio)
    answer(gate.question, "Cancel")
    assert context.project is before
    assert gate.question is None
    assert json.loads(lock_path(studio).read_text())["pid"] == other.pid


def test_taking_over(
    context: StudioContext, documents: DocumentHandler, gate: ProjectGate, studio: Path,
    other: subprocess.Popen[str],
) -> None:  # fmt: skip
    documents.open(studio)
    answer(gate.question, "Take over")
    assert context.session.path == studio
    assert json.loads(lock_path(studio).read_text())["pid"] == os.getpid()
    other.communicate("")  # it gives nothing back that is not its own
    assert lock_path(studio).exists()


def test_who_lost_it_is_told_and_overwrites_nothing(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path, tmp_path: Path,
) -> None:  # fmt: skip
    documents.open(studio)
    before = studio.read_bytes()
    edit(context)
    taker = ProjectLock(studio)
    taker.acquire(take_over=True)
    gate.look()
    assert "taken over by another studio" in context.toast.text
    context.toast.hide()
    gate.look()
    assert context.toast.isHidden()  # it is said once

    documents.save()
    assert studio.read_bytes() == before
    assert context.session.dirty
    answer(gate.question, "Save as")
    choose(context, tmp_path / "mine.studio")
    qtbot.waitUntil(lambda: not context.session.dirty)
    assert studio.read_bytes() == before
    assert load_project(tmp_path / "mine.studio").project.expression.weight("jawOpen") == 0.5
    taker.release()


def test_a_save_that_is_overtaken_overwrites_nothing(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    documents.open(studio)
    before = studio.read_bytes()
    edit(context)
    taker = ProjectLock(studio)
    begin = context.session.begin_save

    def overtaken(path: Path) -> object:
        saving = begin(path)
        taker.acquire(take_over=True)
        return saving

    monkeypatch.setattr(context.session, "begin_save", overtaken)
    documents.save()
    qtbot.waitUntil(lambda: context.errors.dialog is not None)
    assert context.errors.dialog is not None
    assert "just taken it over" in context.errors.dialog.text
    context.errors.dialog.accept()
    assert studio.read_bytes() == before
    assert context.session.dirty
    taker.release()


def test_no_project_is_saved_over_one_that_is_open_elsewhere(
    context: StudioContext, documents: DocumentHandler, gate: ProjectGate, studio: Path,
    other: subprocess.Popen[str],
) -> None:  # fmt: skip
    before = studio.read_bytes()
    edit(context)
    documents.save()
    choose(context, studio)
    assert gate.question is not None
    assert "was not saved" in gate.question.text()
    assert studio.read_bytes() == before
    answer(gate.question, "Cancel")


def test_from_a_read_only_folder_saving_asks_for_another_place(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(project_gate, "is_read_only", lambda folder: folder == studio.parent)

    def impossible(self: ProjectLock, take_over: bool = False) -> None:
        self._state = LockState.IMPOSSIBLE

    monkeypatch.setattr(ProjectLock, "acquire", impossible)
    documents.open(studio)
    assert context.session.path == studio
    assert "cannot be written to" in context.toast.text
    context.toast.hide()
    documents.open(studio)
    assert context.toast.isHidden()  # it is said once
    edit(context)
    documents.save()
    choose(context, tmp_path / "mine.studio")
    qtbot.waitUntil(lambda: not context.session.dirty)
    assert context.session.path == tmp_path / "mine.studio"


def test_a_folder_without_locks_is_told_once_and_saves(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def impossible(self: ProjectLock, take_over: bool = False) -> None:
        self._state = LockState.IMPOSSIBLE

    monkeypatch.setattr(ProjectLock, "acquire", impossible)
    documents.open(studio)
    assert "keeps no locks" in context.toast.text
    edit(context)
    documents.save()
    qtbot.waitUntil(lambda: not context.session.dirty)


def test_of_a_damaged_project_what_can_be_saved_is_opened(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path,
) -> None:  # fmt: skip
    data = studio.read_bytes()
    studio.write_bytes(data[: data.rindex(b"PK\x01\x02") - 3])
    damaged = studio.read_bytes()
    documents.open(studio)
    assert context.errors.dialog is None
    answer(gate.question, "what can be saved")
    qtbot.waitUntil(lambda: context.project.name == "Show")
    assert context.session.path == studio.with_name("show (repaired).studio")
    assert list(context.project.takes) == ["first"]
    assert studio.read_bytes() == damaged
    (told,) = context.window.findChildren(LossesDialog)
    assert told.list.count() == 0
    told.reject()


def test_saving_what_can_be_saved_can_be_stopped(
    context: StudioContext, documents: DocumentHandler, gate: ProjectGate, studio: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    data = studio.read_bytes()
    studio.write_bytes(data[: data.rindex(b"PK\x01\x02") - 3])
    rescue = project_rescue.rescue_project
    is_begun, is_stopped = threading.Event(), threading.Event()

    def slow(path: Path) -> project_rescue.RescuedProject:
        is_begun.set()
        is_stopped.wait(60)
        return rescue(path)

    monkeypatch.setattr(project_rescue, "rescue_project", slow)
    documents.open(studio)
    answer(gate.question, "what can be saved")
    assert gate.job.dialog is not None
    assert is_begun.wait(60)
    gate.job.dialog.reject()
    is_stopped.set()
    assert gate.job._runner.shutdown(60)
    assert list(studio.parent.glob("*repaired*")) == []


def test_of_nothing_nothing_is_opened(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path,
) -> None:  # fmt: skip
    studio.write_bytes(b"no project")
    before = context.project
    documents.open(studio)
    answer(gate.question, "what can be saved")
    qtbot.waitUntil(lambda: context.errors.dialog is not None)
    assert context.errors.dialog is not None
    assert "Nothing of a project" in context.errors.dialog.text
    context.errors.dialog.accept()
    assert context.project is before
    assert gate.job.dialog is None


def test_a_newer_release_is_no_damage(
    context: StudioContext, documents: DocumentHandler, gate: ProjectGate, studio: Path
) -> None:
    import zipfile

    with zipfile.ZipFile(studio) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    with zipfile.ZipFile(studio, "w") as archive:
        archive.writestr("manifest.json", json.dumps({**manifest, "version": 99}))
    documents.open(studio)
    assert gate.question is None
    assert context.errors.dialog is not None
    context.errors.dialog.accept()


def test_a_packed_project_is_fetched_before_it_opens(
    qtbot: QtBot, context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path, tmp_path: Path,
) -> None:  # fmt: skip
    film = tmp_path / "film.mp4"
    film.write_bytes(b"moving pictures")
    project = Project(name="Packed", clips={"c": Clip(str(film), "", 64, 64, 30.0)})
    pack_project(SavedProject(project), studio)
    film.unlink()
    documents.open(studio)
    assert gate.job.dialog is not None
    qtbot.waitUntil(lambda: context.project.name == "Packed")
    assert gate.job.dialog is None
    assert context.session.files.is_packed
    context.session.new()
    documents.open(studio)  # what is there is not fetched again
    assert context.project.name == "Packed"


def test_opening_can_be_stopped(
    context: StudioContext, documents: DocumentHandler, gate: ProjectGate,
    studio: Path, tmp_path: Path,
) -> None:  # fmt: skip
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(5_000_000))
    project = Project(name="Packed", clips={"c": Clip(str(film), "", 64, 64, 30.0)})
    pack_project(SavedProject(project), studio)
    before = context.project
    documents.open(studio)
    assert gate.job.dialog is not None
    gate.job.dialog.reject()
    assert gate.job._runner.shutdown(60)  # its thread has ended
    QCoreApplication.processEvents()
    assert context.project is before
    assert gate.job.dialog is None
