"""File, Import MeGA avatar: with a stand-in for the import itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.handlers.imports import ImportHandler
from app.workers.mega_import import MegaImport, MegaImported
from avatar_core.errors import AssetError
from avatar_core.io.flame_sources import FLAME_FILES
from tests.app.handlers.fake_import import FakeImport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TypeAlias

    from pytestqt.qtbot import QtBot

    from app.dialogs.import_mega import ImportMegaDialog
    from app.handlers.context import StudioContext

    FakeMegaImport: TypeAlias = FakeImport[MegaImport, MegaImported]


def _made(wanted: MegaImport) -> MegaImported:
    path = wanted.avatars / f"{wanted.name}.avatar"
    return MegaImported(path, wanted.name, 12345, ("Keep it to yourself.", "No map."))


@pytest.fixture(autouse=True)
def _nobodys_flame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in the folder of whoever runs the tests does not count."""
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "306_full"
    folder.mkdir()
    for name in ("checkpoint_latest.pth", "params.yaml", "flame_params.npz"):
        (folder / name).touch()
    return folder


@pytest.fixture
def flame(tmp_path: Path) -> Path:
    folder = tmp_path / "my flame"
    folder.mkdir()
    for file in FLAME_FILES:
        (folder / file.name).touch()
    return folder


@pytest.fixture
def work() -> FakeMegaImport:
    return FakeImport(_made, "Building the head")


@pytest.fixture
def handler(
    context: StudioContext, work: FakeMegaImport, tmp_path: Path
) -> Iterator[ImportHandler]:
    values = replace(context.preferences.values, projects_folder=str(tmp_path / "Studio"))
    context.preferences.apply(values)
    made = ImportHandler(context, work)
    yield made
    work.go.set()
    made.shutdown()


@pytest.fixture
def dialog(handler: ImportHandler, run: Path, flame: Path) -> ImportMegaDialog:
    """The dialog, filled in."""
    handler.open(run)
    assert handler.dialog is not None
    handler.dialog.set_flame(flame)
    return handler.dialog


def test_the_menu_opens_one_dialog_that_blocks_nothing(
    context: StudioContext, handler: ImportHandler
) -> None:
    context.actions["file.import_mega"].trigger()
    dialog = handler.dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert not dialog.start_button.isEnabled()
    context.actions["file.import_mega"].trigger()
    assert handler.dialog is dialog


def test_every_file_is_told_with_purpose_origin_and_loss(
    handler: ImportHandler, run: Path, flame: Path
) -> None:
    for name in ("vertex_uvs.npy", "backneck_idcs.npy"):
        (flame / name).unlink()
    handler.open(run)
    dialog = handler.dialog
    assert dialog is not None
    dialog.set_flame(flame)
    for file in FLAME_FILES:
        words = dialog.checklist.words_of(file)
        assert all(part in words for part in (file.name, file.origin, file.purpose, file.without))
    states = {file.name: dialog.checklist.words_of(file).split(". ")[0] for file in FLAME_FILES}
    assert states["vertex_uvs.npy"] == "vertex_uvs.npy: Missing, needed"
    assert states["backneck_idcs.npy"] == "backneck_idcs.npy: Missing, optional"
    assert states["flame2023.pkl"] == "flame2023.pkl: Found"
    assert dialog.checklist.names[:3] == ["vertex_uvs.npy", "backneck_idcs.npy", "flame2023.pkl"]
    assert dialog.flame_words.text().startswith("1 needed file is missing")
    assert not dialog.start_button.isEnabled()


def test_a_file_put_there_meanwhile_is_found(dialog: ImportMegaDialog, flame: Path) -> None:
    (flame / "vertex_uvs.npy").unlink()
    dialog.refresh()
    assert not dialog.start_button.isEnabled()
    (flame / "vertex_uvs.npy").touch()
    dialog.refresh()
    assert dialog.start_button.isEnabled()


def test_what_the_run_lacks_is_named(dialog: ImportMegaDialog, run: Path) -> None:
    assert dialog.start_button.isEnabled()
    (run / "params.yaml").unlink()
    dialog.refresh()
    assert dialog.run_words.text() == (
        "Missing in this folder: params.yaml (the sizes of the networks)."
    )
    assert not dialog.start_button.isEnabled()


@pytest.mark.parametrize("text", ["", "/none/at all", "a" * 5000, "\0"])
def test_any_text_may_be_typed_for_a_folder(dialog: ImportMegaDialog, text: str) -> None:
    dialog.run_folder.setText(text)
    dialog.flame_files.setText(text)
    dialog.refresh()
    assert not dialog.start_button.isEnabled()


def test_an_import_is_brought_onto_the_stage_and_reported(
    qtbot: QtBot, handler: ImportHandler, dialog: ImportMegaDialog, work: FakeMegaImport,
    run: Path, flame: Path, tmp_path: Path,
) -> None:  # fmt: skip
    dialog.name.setText("Anna")
    with qtbot.waitSignal(handler.avatar_imported) as told:
        dialog.start_button.click()
    avatars = tmp_path / "Studio" / "Avatars"
    assert work.wanted == [MegaImport(run, flame, "Anna", avatars)]
    assert told.args == [str(avatars / "Anna.avatar")]
    assert dialog.report_title.text() == "Anna is imported"
    assert "12,345" in dialog.report_path.text()
    assert dialog.report_words.text() == "Keep it to yourself.\n\nNo map."
    assert not dialog.start_button.isVisible()


def test_progress_is_shown_and_the_fields_rest(
    qtbot: QtBot, handler: ImportHandler, dialog: ImportMegaDialog, work: FakeMegaImport
) -> None:
    work.go.clear()
    dialog.start_button.click()
    qtbot.waitUntil(lambda: dialog.step_words.text() == "Building the head …")
    assert dialog.progress.value() == 50
    assert dialog.progress.isVisible()
    assert not dialog.name.isEnabled()
    with qtbot.waitSignal(handler.avatar_imported):
        work.go.set()
    assert not dialog.progress.isVisible()


def test_stop_keeps_what_was_filled_in(
    qtbot: QtBot, handler: ImportHandler, dialog: ImportMegaDialog, work: FakeMegaImport, run: Path
) -> None:
    work.go.clear()
    dialog.start_button.click()
    assert dialog.close_button.text() == "Stop"
    qtbot.waitUntil(lambda: bool(work.wanted))
    with qtbot.assertNotEmitted(handler.avatar_imported, wait=100):
        dialog.close_button.click()
        work.go.set()
        qtbot.waitUntil(lambda: work.was_stopped)
    assert dialog.isVisible()
    assert dialog.outcome == "The import was stopped; nothing was saved."
    assert dialog.run_folder.text() == str(run)
    assert dialog.start_button.isEnabled()


def test_closing_the_dialog_stops_the_import(
    qtbot: QtBot, handler: ImportHandler, dialog: ImportMegaDialog, work: FakeMegaImport
) -> None:
    work.go.clear()
    dialog.start_button.click()
    qtbot.waitUntil(lambda: bool(work.wanted))
    dialog.reject()
    work.go.set()
    qtbot.waitUntil(lambda: work.was_stopped)
    assert handler.dialog is None


def test_an_error_stands_in_the_dialog_with_its_hint_and_another_try_is_open(
    qtbot: QtBot, handler: ImportHandler, dialog: ImportMegaDialog, work: FakeMegaImport, run: Path
) -> None:
    work.fault = AssetError("The checkpoint is damaged.", "Copy it again.")
    dialog.start_button.click()
    qtbot.waitUntil(lambda: dialog.outcome != "")
    assert dialog.outcome == "The checkpoint is damaged. Copy it again."
    assert dialog.run_folder.text() == str(run)
    work.fault = AssetError("It is damaged.")
    dialog.start_button.click()
    qtbot.waitUntil(lambda: dialog.outcome.startswith("It is damaged."))
    assert dialog.outcome.endswith("Put it right, then import again.")
    work.fault = None
    with qtbot.waitSignal(handler.avatar_imported):
        dialog.start_button.click()
    assert dialog.outcome == ""


def test_the_flame_folder_is_remembered(
    qtbot: QtBot, handler: ImportHandler, dialog: ImportMegaDialog, flame: Path
) -> None:
    with qtbot.waitSignal(handler.avatar_imported):
        dialog.start_button.click()
    dialog.reject()
    handler.open()
    assert handler.dialog is not None
    assert handler.dialog.flame_files.text() == str(flame)


def test_a_run_dropped_during_an_import_changes_nothing(
    qtbot: QtBot, handler: ImportHandler, dialog: ImportMegaDialog, work: FakeMegaImport,
    run: Path, tmp_path: Path,
) -> None:  # fmt: skip
    work.go.clear()
    dialog.start_button.click()
    handler.open(tmp_path)
    assert dialog.run_folder.text() == str(run)
    with qtbot.waitSignal(handler.avatar_imported):
        work.go.set()
