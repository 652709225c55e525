"""File, Import EMOPortraits: with a stand-in for the import itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.handlers.portrait_imports import PortraitImportHandler
from app.workers.portrait_import import PortraitImport, PortraitImported, look_into_release
from app.workers.tasks import TaskContext
from avatar_core.errors import WeightsError
from tests.app.handlers.fake_import import FakeImport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TypeAlias

    from pytestqt.qtbot import QtBot

    from app.dialogs.import_portraits import ImportPortraitsDialog
    from app.handlers.context import StudioContext

    FakePortraitImport: TypeAlias = FakeImport[PortraitImport, PortraitImported]

_PATIENCE_MS = 60_000  # the first look loads torch


def _made(wanted: PortraitImport) -> PortraitImported:
    return PortraitImported(wanted.folder / "Retrain.safetensors", "Retrain", ("Keep it here.",))


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    for name in ("logs/Retrain/checkpoints/328_model.pth", "repos/head_pose_regressor.pth"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    return folder


@pytest.fixture
def work() -> FakePortraitImport:
    return FakeImport(_made, "Folding the weights")


@pytest.fixture
def handler(context: StudioContext, work: FakePortraitImport) -> Iterator[PortraitImportHandler]:
    handler = PortraitImportHandler(context, work=work)
    yield handler
    work.go.set()
    handler.shutdown()


@pytest.fixture
def dialog(context: StudioContext, handler: PortraitImportHandler) -> ImportPortraitsDialog:
    context.actions["file.import_emoportraits"].trigger()
    assert handler.dialog is not None
    return handler.dialog


def test_a_whole_release_is_told_piece_by_piece_and_imported(
    qtbot: QtBot,
    context: StudioContext,
    handler: PortraitImportHandler,
    dialog: ImportPortraitsDialog,
    work: FakePortraitImport,
    release: Path,
) -> None:
    assert not dialog.start_button.isEnabled()
    dialog.set_folder(release)
    qtbot.waitUntil(dialog.start_button.isEnabled, timeout=_PATIENCE_MS)
    generator, pose, arguments, second = dialog.pieces.texts
    assert generator.startswith("328_model.pth: Found.")
    assert pose.startswith("head_pose_regressor.pth: Found.")
    assert arguments.startswith("args.txt: Missing, optional.")
    assert second.startswith("logs_s2: Missing, optional.")
    assert all("CC BY-NC-SA 4.0" in text for text in dialog.pieces.texts)
    with qtbot.waitSignal(handler.model_imported) as told:
        dialog.start_button.click()
    assert told.args == [str(release / "Retrain.safetensors")]
    assert work.wanted == [PortraitImport(release)]
    assert "Keep it here." in dialog.outcome
    assert "Retrain is imported" in context.toast.text
    dialog.close_button.click()
    assert handler.dialog is None
    handler.open()
    assert handler.dialog is not None
    assert handler.dialog.folder.text() == str(release)
    qtbot.waitUntil(handler.dialog.start_button.isEnabled)


def test_a_wrong_folder_is_refused_in_a_sentence(
    qtbot: QtBot, dialog: ImportPortraitsDialog, tmp_path: Path
) -> None:
    (tmp_path / "params.yaml").touch()
    dialog.set_folder(tmp_path)
    qtbot.waitUntil(lambda: "lacks" in dialog.outcome, timeout=_PATIENCE_MS)
    assert "head_pose_regressor.pth" in dialog.outcome
    assert dialog.pieces.texts[0].startswith("NNN_model.pth: Missing, needed.")
    assert not dialog.start_button.isEnabled()
    dialog.set_folder(tmp_path / "nowhere")
    qtbot.waitUntil(lambda: "is no folder" in dialog.outcome)
    assert not dialog.start_button.isEnabled()


def test_an_import_that_fails_says_why_and_can_be_tried_again(
    qtbot: QtBot,
    handler: PortraitImportHandler,
    dialog: ImportPortraitsDialog,
    work: FakePortraitImport,
    release: Path,
) -> None:
    dialog.set_folder(release)
    qtbot.waitUntil(dialog.start_button.isEnabled, timeout=_PATIENCE_MS)
    work.fault = WeightsError("'328_model.pth' is no EMOPortraits generator.", "Take another.")
    with qtbot.assertNotEmitted(handler.model_imported):
        dialog.start_button.click()
        qtbot.waitUntil(lambda: "no EMOPortraits generator" in dialog.outcome)
    assert "Take another." in dialog.outcome
    work.fault = None
    dialog.film.setText(str(release / "talk.mp4"))
    with qtbot.waitSignal(handler.model_imported):
        dialog.start_button.click()
    assert work.wanted[-1] == PortraitImport(release, release / "talk.mp4")


def test_an_import_can_be_stopped(
    qtbot: QtBot,
    handler: PortraitImportHandler,
    dialog: ImportPortraitsDialog,
    work: FakePortraitImport,
    release: Path,
) -> None:
    dialog.set_folder(release)
    qtbot.waitUntil(dialog.start_button.isEnabled, timeout=_PATIENCE_MS)
    work.go.clear()
    with qtbot.assertNotEmitted(handler.model_imported):
        dialog.start_button.click()
        qtbot.waitUntil(lambda: bool(work.wanted))
        assert dialog.close_button.text() == "Stop"
        assert not dialog.folder.isEnabled()
        dialog.close_button.click()
        work.go.set()
        qtbot.waitUntil(lambda: work.was_stopped)
    assert "nothing was saved" in dialog.outcome
    assert dialog.start_button.isEnabled()


def test_looking_reads_names_alone(release: Path) -> None:
    (release / "logs" / "Retrain" / "args.txt").write_text("not read")
    found = look_into_release(release, TaskContext(lambda: None))
    assert found.problem == ""
    assert [piece.path is not None for piece in found.pieces] == [True, True, True, False]
    assert [piece.is_needed for piece in found.pieces] == [True, True, False, False]
