"""Captures in the window: read, shown, checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject

from app.handlers.captures import CaptureHandler
from app.panels.capture import CapturePanel
from app.panels.capture_check import CaptureCheckPanel
from app.panels.capture_pictures import CapturePictures
from tests.avatar_core.training.conftest import capture_folder as capture_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext

_PATIENCE_MS = 20_000


class Workspace(QObject):
    """The handler with its real panels."""

    def __init__(self, qtbot: QtBot, context: StudioContext) -> None:
        super().__init__()
        actions = context.actions
        self.panel = CapturePanel()
        self.pictures = CapturePictures(
            [actions["train.previous"], actions["train.next"]], [actions["train.matte"]]
        )
        self.checks = CaptureCheckPanel()
        for widget in (self.panel, self.pictures, self.checks):
            qtbot.addWidget(widget)
            widget.show()
        self.handler = CaptureHandler(context, self.panel, self.pictures, self.checks)


@pytest.fixture
def workspace(qtbot: QtBot, context: StudioContext) -> Iterator[Workspace]:
    made = Workspace(qtbot, context)
    yield made
    made.handler.shutdown()


def open_and_check(qtbot: QtBot, workspace: Workspace, folder: Path) -> None:
    with qtbot.waitSignal(workspace.handler.opened, timeout=_PATIENCE_MS):
        workspace.handler.open(folder)
    wait_for_check(qtbot, workspace)


def wait_for_check(qtbot: QtBot, workspace: Workspace) -> None:
    qtbot.waitUntil(lambda: bool(workspace.checks.cards), timeout=_PATIENCE_MS)


def wait_for_picture(qtbot: QtBot, workspace: Workspace) -> None:
    qtbot.waitUntil(lambda: not workspace.pictures.picture.image.isNull(), timeout=_PATIENCE_MS)


def test_a_capture_is_shown_checked_and_remembered(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, capture_folder: Path
) -> None:
    open_and_check(qtbot, workspace, capture_folder)
    assert [row[0] for row in workspace.panel.rows] == ["hair", "face", "full"]
    assert workspace.panel.map.current == 0
    wait_for_picture(qtbot, workspace)
    assert workspace.pictures.picture.image.width() == 32
    assert "Only 3 cameras to learn from." in [
        card.message.text() for card in workspace.checks.cards
    ]
    assert context.preferences.remembered("recent_captures") == [str(capture_folder)]
    again = Workspace(qtbot, context)
    with qtbot.waitSignal(again.handler.opened, timeout=_PATIENCE_MS):
        again.handler.restore()
    again.handler.restore()  # one that is open stays
    wait_for_check(qtbot, again)
    again.handler.shutdown()


def test_series_cameras_and_keys_lead_to_pictures(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, capture_folder: Path
) -> None:
    open_and_check(qtbot, workspace, capture_folder)
    workspace.panel.series_chosen.emit("full")
    workspace.panel.camera_chosen.emit(2)
    frame = workspace.pictures.frame
    assert frame is not None
    assert frame.name == "full/00000_02"
    assert workspace.panel.map.current == 2
    context.actions["train.next"].trigger()
    assert workspace.panel.map.current == 0
    context.actions["train.previous"].trigger()
    assert workspace.panel.map.current == 2


def test_the_matte_is_drawn_over_the_picture_and_remembered(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, capture_folder: Path
) -> None:
    open_and_check(qtbot, workspace, capture_folder)
    wait_for_picture(qtbot, workspace)
    picture = workspace.pictures.picture
    assert picture.image.pixelColor(0, 0).green() == 255
    context.actions["train.matte"].trigger()
    qtbot.waitUntil(lambda: picture.image.pixelColor(0, 0).green() < 200, timeout=_PATIENCE_MS)
    assert context.preferences.remembered("capture_overlays") == ["matte"]


def test_a_finding_leads_to_its_picture_and_marks_its_camera(
    qtbot: QtBot, workspace: Workspace, capture_folder: Path
) -> None:
    (capture_folder / "face" / "images" / "00001_02.png").write_bytes(b"broken")
    open_and_check(qtbot, workspace, capture_folder)
    card = workspace.checks.cards[0]
    assert card.message.text() == "1 picture cannot be read: face/00001_02."
    card.clicked.emit("face/00001_02")
    qtbot.waitUntil(
        lambda: "cannot be read" in workspace.pictures.picture.words, timeout=_PATIENCE_MS
    )
    assert workspace.panel.map._faulty == {2}


def test_a_capture_that_cannot_be_read_is_checked_all_the_same(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, capture_folder: Path
) -> None:
    for number in range(2):
        (capture_folder / "face" / "images" / f"0000{number}_00.png").unlink()
    open_and_check(qtbot, workspace, capture_folder)
    assert workspace.handler.contents is None
    assert "missing" in workspace.panel.words
    assert "missing" in context.toast.text
    assert "names 2 files that are missing" in workspace.checks.cards[0].message.text()


def test_nonsense_is_told_and_the_next_capture_opens(
    qtbot: QtBot, workspace: Workspace, capture_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "transforms_full.json").write_text(json.dumps({"frames": [{}]}))
    open_and_check(qtbot, workspace, tmp_path)
    assert workspace.handler.contents is None
    open_and_check(qtbot, workspace, capture_folder)
    assert workspace.handler.contents is not None


def test_a_check_can_be_stopped_and_begun_again(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, capture_folder: Path
) -> None:
    with qtbot.waitSignal(workspace.handler.opened, timeout=_PATIENCE_MS):
        workspace.handler.open(capture_folder)
    workspace.checks.stop_requested.emit()
    assert workspace.checks.summary == "The check was stopped."
    assert workspace.checks.cards == []
    context.actions["train.check"].trigger()
    wait_for_check(qtbot, workspace)


def test_other_flame_files_are_taken_and_remembered(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, capture_folder: Path, tmp_path: Path
) -> None:
    open_and_check(qtbot, workspace, capture_folder)
    with qtbot.waitSignal(workspace.handler.opened, timeout=_PATIENCE_MS):
        workspace.handler.use_flame(tmp_path)
    assert workspace.handler.flame == tmp_path
    assert context.preferences.remembered("flame_folder") == str(tmp_path)
