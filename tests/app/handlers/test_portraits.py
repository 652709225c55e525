from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.portrait_desk import PortraitDesk
from app.handlers.portraits import PortraitHandler
from app.panels.library import LibraryPanel
from app.panels.portrait import PortraitPanel
from app.workers.engine_choice import EngineChoice
from avatar_core.commands import RemovePortrait, SetPortrait
from avatar_core.project import CropBox, PortraitSettings
from tests.app.handlers.portrait_sitter import FakeStage, sitter_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QMainWindow
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.project import Portrait

NAMES = ("add", "show", "beside", "still")


@pytest.fixture
def panel(qtbot: QtBot, context: StudioContext) -> PortraitPanel:
    actions = context.actions
    widget = PortraitPanel(
        [actions[f"portrait.{name}"] for name in NAMES],
        crop=actions["portrait.crop"],
        still=actions["portrait.still"],
        beside=actions["portrait.beside"],
    )
    qtbot.addWidget(widget)
    return widget


def _choose(portrait: Portrait, settings: PortraitSettings) -> EngineChoice:
    return EngineChoice(f"{portrait.name} by {settings.engine}.", 2)


@pytest.fixture
def handler(
    context: StudioContext, panel: PortraitPanel, stage: FakeStage
) -> Iterator[PortraitHandler]:
    handler = PortraitHandler(context, panel, stage, _choose)  # type: ignore[arg-type]
    handler.refresh()
    yield handler
    handler.shutdown()


@pytest.fixture
def two(context: StudioContext, handler: PortraitHandler, tmp_path: Path) -> list[str]:
    """Ids of two portraits in the project; the second is chosen."""
    return [context.session.use_portrait(sitter_file(tmp_path, each)) for each in ("Ada", "Bob")]


@pytest.mark.usefixtures("handler")
def test_without_portraits_nothing_can_be_done_to_one(
    context: StudioContext, panel: PortraitPanel
) -> None:
    assert panel.list.names == []
    assert not context.actions["portrait.crop"].isEnabled()
    assert not context.actions["portrait.still"].isEnabled()


def test_the_newest_is_chosen_and_told_about(
    qtbot: QtBot, handler: PortraitHandler, panel: PortraitPanel, two: list[str]
) -> None:
    assert panel.list.names == ["Ada", "Bob"]
    assert handler.chosen == two[0]  # nobody has chosen another
    handler.choose(two[1])
    qtbot.waitUntil(lambda: panel.controls.engine_words.text() == "Bob by best.")
    assert len(panel.controls.latents) == 2


def test_a_drag_is_one_step_and_undo_shows_the_value_before(
    context: StudioContext, panel: PortraitPanel, handler: PortraitHandler, two: list[str]
) -> None:
    controls, session = panel.controls, context.session
    handler.choose(two[1])
    steps = len(session.history.steps)
    controls.gesture_started.emit()
    for value in (0.9, 0.6, 0.3):
        controls.numbers["jaw_gain"].value_edited.emit(value)
    controls.gesture_ended.emit()
    assert len(session.history.steps) == steps + 1
    assert context.project.portraits[two[1]].settings == PortraitSettings(jaw_gain=0.3)
    assert context.project.portraits[two[0]].settings == PortraitSettings()
    session.undo()
    assert controls.numbers["jaw_gain"].value == 1.0
    controls.gesture_started.emit()
    controls.numbers["jaw_gain"].value_edited.emit(0.1)
    controls.gesture_cancelled.emit()
    assert context.project.portraits[two[1]].settings == PortraitSettings()


def test_name_eye_copy_and_removal_go_through_the_history(
    context: StudioContext, panel: PortraitPanel, handler: PortraitHandler, two: list[str]
) -> None:
    listed, project = panel.list, context.project
    listed.renamed.emit(two[0], "Ada Lovelace")
    listed.shown_edited.emit(two[0], False)
    assert project.portraits[two[0]].name == "Ada Lovelace"
    assert not project.portraits[two[0]].is_shown
    listed.duplicate_requested.emit(two[0])
    twin = handler.chosen
    assert listed.names == ["Ada Lovelace", "Bob", "Ada Lovelace copy"]
    assert project.portraits[twin].reference == project.portraits[two[0]].reference
    listed.remove_requested.emit(twin)
    assert handler.chosen == two[1]
    listed.remove_requested.emit("gone")  # a click that came too late
    for _ in range(4):
        context.session.undo()
    assert listed.names == ["Ada", "Bob"]
    assert project.portraits[two[0]].is_shown


def test_a_portrait_whose_file_is_gone_says_so(
    qtbot: QtBot,
    context: StudioContext,
    panel: PortraitPanel,
    handler: PortraitHandler,
    tmp_path: Path,
) -> None:
    context.session.use_portrait(sitter_file(tmp_path, "Eve"))
    qtbot.waitUntil(lambda: panel.controls.engine_words.text() == "Eve by best.")
    (tmp_path / "Eve.portrait").unlink()
    handler.describe_again()
    assert panel.controls.engine_words.text() == "Its file cannot be read."
    assert panel.list.names == ["Eve"]


def test_the_crop_of_the_view_becomes_the_portraits(
    context: StudioContext,
    panel: PortraitPanel,
    handler: PortraitHandler,
    stage: FakeStage,
    two: list[str],
) -> None:
    crop = context.actions["portrait.crop"]
    stage.has_portraits = True
    stage.set_open(True)
    handler.choose(two[0])
    crop.trigger()
    assert stage.view.cropping == [two[0]]
    assert crop.isChecked()
    stage.view.crop_edited.emit(two[0], CropBox(0, 0, 20))
    assert context.project.portraits[two[0]].box == CropBox(0, 0, 20)
    assert panel.controls.reset_crop.isEnabled()
    handler.choose(two[1])
    assert stage.view.cropping[-1] == two[1]
    stage.view.set_crop_editing(None)  # Escape in the view
    assert not crop.isChecked()
    handler.choose(two[0])
    panel.controls.reset_crop.click()
    assert context.project.portraits[two[0]].box is None
    context.session.undo()
    assert context.project.portraits[two[0]].box == CropBox(0, 0, 20)


@pytest.mark.usefixtures("handler")
def test_the_view_opens_and_closes_and_stays_for_those_in_it(
    context: StudioContext, stage: FakeStage
) -> None:
    show = context.actions["portrait.show"]
    show.trigger()
    assert stage.is_open
    assert show.isChecked()
    show.trigger()
    assert not stage.is_open
    stage.has_portraits = True
    stage.open_changed.emit(True)
    assert show.isChecked()
    show.trigger()
    assert show.isChecked()
    assert "stays" in context.toast.text


@pytest.mark.usefixtures("handler")
def test_the_driver_beside_opens_the_view_and_follows_its_button(
    context: StudioContext, stage: FakeStage
) -> None:
    beside = context.actions["portrait.beside"]
    beside.trigger()
    assert stage.is_open
    assert stage.view.beside == [True]
    stage.view.driver_beside_changed.emit(False)
    assert not beside.isChecked()


def test_another_project_brings_its_own(
    context: StudioContext, panel: PortraitPanel, handler: PortraitHandler, two: list[str]
) -> None:
    handler.choose(two[1])
    context.session.new()
    assert panel.list.names == []
    assert handler.chosen == ""


def test_commands_of_others_are_shown(
    context: StudioContext, panel: PortraitPanel, two: list[str]
) -> None:
    context.push(SetPortrait.renamed(context.project, two[0], "Grace"))
    assert panel.list.names == ["Grace", "Bob"]
    context.push(RemovePortrait.of(context.project, two[1]))
    assert panel.list.names == ["Grace"]


@pytest.mark.usefixtures("window")
def test_a_still_is_written_where_it_was_asked_for(
    qtbot: QtBot,
    context: StudioContext,
    window: QMainWindow,
    stage: FakeStage,
    tmp_path: Path,
) -> None:
    import cv2

    library = LibraryPanel()
    qtbot.addWidget(library)
    desk = PortraitDesk(context, library, stage)  # type: ignore[arg-type]
    qtbot.addWidget(desk.panel)
    stage.has_portraits = True
    stage.set_open(True)
    stage.view.picture = np.full((12, 20, 3), (200, 100, 50), np.uint8)
    context.actions["portrait.still"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.selectedFiles()[0].endswith("Portrait.png")
    dialog.fileSelected.emit(str(tmp_path / "still.png"))
    dialog.close()
    qtbot.waitUntil((tmp_path / "still.png").is_file)
    qtbot.waitUntil(lambda: "still.png" in context.toast.text)
    written = cv2.imread(str(tmp_path / "still.png"))
    assert written.shape == (12, 20, 3)
    assert written[5, 5].tolist() == [50, 100, 200]
    desk.shutdown()
