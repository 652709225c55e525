from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.handlers.missing_files import MissingFilesHandler
from avatar_core.commands import AddClip
from avatar_core.io.project_file import SavedProject, save_project
from avatar_core.project import Clip, Project, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def handler(context: StudioContext) -> Iterator[MissingFilesHandler]:
    made = MissingFilesHandler(context)
    yield made
    made.shutdown()


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """Its film was moved and renamed, its picture replaced by another one."""
    film, sky = tmp_path / "old" / "film.mp4", tmp_path / "old" / "sky.jpg"
    film.parent.mkdir()
    film.write_bytes(b"moving pictures")
    sky.write_bytes(b"a blue sky")
    project = Project(
        clips={"c": Clip(str(film), "", 64, 64, 30.0)}, scene=Scene(background_image=str(sky))
    )
    path = tmp_path / "work" / "show.studio"
    path.parent.mkdir()
    save_project(SavedProject(project), path)
    (tmp_path / "new").mkdir()
    shutil.move(film, tmp_path / "new" / "renamed.mp4")
    sky.unlink()
    (tmp_path / "new" / "sky.jpg").write_bytes(b"a grey sky")
    return path


def opened(qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, path: Path) -> None:
    context.session.open(path)
    qtbot.waitUntil(lambda: handler.dialog is not None)


def test_what_is_missing_is_told_and_found_in_one_step(
    qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, studio: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    opened(qtbot, context, handler, studio)
    dialog = handler.dialog
    assert dialog is not None
    assert dialog.texts == [
        ("film.mp4", "film", "not found yet"),
        ("sky.jpg", "background picture", "not found yet"),
    ]
    assert not dialog.take_button.isEnabled()

    handler.search(tmp_path / "new")
    qtbot.waitUntil(lambda: not handler.is_searching)

    found = [text for _, _, text in dialog.texts]
    assert found[0] == f"{tmp_path / 'new' / 'renamed.mp4'} (the same file)"
    assert found[1] == f"{tmp_path / 'new' / 'sky.jpg'} (same name, other contents)"
    assert dialog.words.text() == "2 of 2 found"
    assert dialog.ticked == [str(tmp_path / "old" / "film.mp4")]  # other contents want a yes

    dialog.take_button.click()
    qtbot.waitUntil(lambda: len(dialog.texts) == 1)
    assert context.project.clips["c"].path == str(tmp_path / "new" / "renamed.mp4")
    assert context.session.history.undo_label == "Find renamed.mp4"
    assert "(same name, other contents)" in dialog.texts[0][2]
    context.session.undo()
    assert context.project.clips["c"].path == str(tmp_path / "old" / "film.mp4")


def test_other_contents_can_be_taken_all_the_same(
    qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, studio: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    from PySide6.QtCore import Qt

    opened(qtbot, context, handler, studio)
    handler.search(tmp_path / "new")
    qtbot.waitUntil(lambda: not handler.is_searching)
    assert handler.dialog is not None
    item = handler.dialog.list.topLevelItem(1)
    assert item is not None
    item.setCheckState(0, Qt.CheckState.Checked)
    handler.dialog.take_button.click()
    qtbot.waitUntil(lambda: handler.dialog is None)  # nothing is missing any more
    assert context.project.scene.background_image == str(tmp_path / "new" / "sky.jpg")


def test_what_lies_beside_the_project_is_found_unasked(
    qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, studio: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    shutil.move(tmp_path / "new", studio.parent / "media")
    opened(qtbot, context, handler, studio)
    assert handler.dialog is not None
    assert "(the same file)" in handler.dialog.texts[0][2]


def test_a_file_can_be_pointed_at(
    qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, studio: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    from PySide6.QtWidgets import QFileDialog

    opened(qtbot, context, handler, studio)
    dialog = handler.dialog
    assert dialog is not None
    item = dialog.list.topLevelItem(0)
    assert item is not None
    dialog.list.setCurrentItem(item)
    assert dialog.choose_button.isEnabled()
    dialog.choose_button.click()
    chooser = dialog.findChild(QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "new" / "renamed.mp4"))
    chooser.close()
    assert "(the same file)" in dialog.texts[0][2]
    assert dialog.ticked == [str(tmp_path / "old" / "film.mp4")]


def test_nothing_missing_opens_no_dialog(
    qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, tmp_path: Path
) -> None:
    context.session.new()
    qtbot.waitUntil(lambda: not handler.is_searching)
    assert handler.dialog is None
    context.actions["file.missing"].trigger()
    qtbot.waitUntil(lambda: "Nothing is missing" in context.toast.text)
    assert handler.dialog is None


def test_the_menu_brings_the_dialog_back(
    qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, studio: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    opened(qtbot, context, handler, studio)
    assert handler.dialog is not None
    handler.dialog.close_button.click()
    assert handler.dialog is None
    context.push(AddClip.of(context.project, Clip(str(tmp_path / "gone.mp4"), "", 64, 64, 30.0)))
    context.actions["file.missing"].trigger()
    qtbot.waitUntil(lambda: handler.dialog is not None)
    assert handler.dialog is not None
    assert len(handler.dialog.texts) == 3


def test_another_project_closes_the_dialog(
    qtbot: QtBot, context: StudioContext, handler: MissingFilesHandler, studio: Path
) -> None:
    opened(qtbot, context, handler, studio)
    context.session.new()
    assert handler.dialog is None
