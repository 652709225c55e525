from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.documents import DocumentHandler
from app.handlers.project_travel import ProjectTravelHandler
from avatar_core.commands import AddClip
from avatar_core.io import packing
from avatar_core.io.project_file import load_project
from avatar_core.project import Clip
from tests.app.handlers.test_project_gate import answer, choose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def travel(
    context: StudioContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ProjectTravelHandler]:
    monkeypatch.setattr(packing, "cache_folder", lambda: tmp_path / "cache")
    documents = DocumentHandler(context)
    handler = ProjectTravelHandler(context, documents)
    yield handler
    handler.shutdown()
    documents.shutdown()


@pytest.fixture
def film(context: StudioContext, tmp_path: Path) -> Path:
    """A film in the project."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"moving pictures")
    context.push(AddClip.of(context.project, Clip(str(path), "", 64, 64, 30.0)))
    return path


def test_there_and_back(
    qtbot: QtBot, context: StudioContext, travel: ProjectTravelHandler, film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "packed.studio"
    out.parent.mkdir()
    assert not context.actions["file.unpack"].isEnabled()
    context.actions["file.pack"].trigger()
    choose(context, out)
    qtbot.waitUntil(lambda: "Packed packed.studio: 1 file" in context.toast.text)
    assert context.session.dirty  # packing is no saving
    film.unlink()

    context.session.open(out)
    assert context.actions["file.unpack"].isEnabled()
    context.actions["file.unpack"].trigger()
    choose(context, tmp_path / "here")
    made = tmp_path / "here" / "packed.studio"
    qtbot.waitUntil(lambda: context.session.path == made)
    (clip,) = context.project.clips.values()
    assert clip.path == str(tmp_path / "here" / "packed files" / "film.mp4")
    assert not context.actions["file.unpack"].isEnabled()


def test_missing_files_are_asked_about(
    qtbot: QtBot, context: StudioContext, travel: ProjectTravelHandler, film: Path, tmp_path: Path
) -> None:
    film.unlink()
    context.actions["file.pack"].trigger()
    assert travel.question is not None
    assert "1 file is missing: film.mp4" in travel.question.text()
    with qtbot.waitSignal(travel.find_wanted):
        answer(travel.question, "Find them")
    context.actions["file.pack"].trigger()
    answer(travel.question, "without")
    choose(context, tmp_path / "packed.studio")
    qtbot.waitUntil(lambda: "0 files" in context.toast.text)
    assert not load_project(tmp_path / "packed.studio").files.is_packed


def test_stopping_leaves_nothing(
    context: StudioContext, travel: ProjectTravelHandler, film: Path, tmp_path: Path
) -> None:
    film.write_bytes(bytes(30_000_000))
    folder = tmp_path / "out"
    folder.mkdir()
    travel.pack(folder / "packed.studio")
    assert travel.job.dialog is not None
    travel.job.dialog.reject()
    assert travel.job.dialog is None
    travel.job.shutdown()
    assert list(folder.iterdir()) == []


def test_the_open_project_is_not_packed_over_itself(
    context: StudioContext, travel: ProjectTravelHandler, tmp_path: Path
) -> None:
    context.session.save(tmp_path / "a.studio")
    travel.pack(tmp_path / "a.studio")
    assert "not packed over itself" in context.toast.text
    assert travel.job.dialog is None


def test_a_folder_that_is_taken_is_said(
    qtbot: QtBot, context: StudioContext, travel: ProjectTravelHandler, film: Path, tmp_path: Path
) -> None:
    travel.pack(tmp_path / "packed.studio")
    qtbot.waitUntil(lambda: travel.job.dialog is None)
    context.session.open(tmp_path / "packed.studio")
    travel.unpack(tmp_path)
    qtbot.waitUntil(lambda: context.errors.dialog is not None)
    assert context.errors.dialog is not None
    assert "already" in context.errors.dialog.text
    context.errors.dialog.accept()
    assert context.window.findChild(QFileDialog) is None
