"""The whole window with OpenGL, threads and the demo project."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QMessageBox

from app.actions import all_actions
from app.library import LibraryEntry, Portraits
from app.main_window import MainWindow
from app.startup_report import VARIABLE
from app.workers.performance import PerformanceEngine
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.hair_file import save_hair
from avatar_core.project import hair_of
from avatar_core.resources import resource_path
from avatar_core.session import Session
from tests.app.hands import on_a_display as on_a_display
from tests.avatar_core.training.conftest import capture_folder as capture_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from avatar_core.geometry import Camera

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_a_display")]

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_MS = 30_000


@pytest.fixture
def studio(qtbot: QtBot, preferences: Preferences, tmp_path: Path) -> Iterator[MainWindow]:
    """The studio with the demo on the screen."""
    window = MainWindow(
        Session(), PerformanceEngine(), preferences, Portraits(tmp_path / "portraits")
    )
    values = replace(preferences.values, projects_folder=str(tmp_path / "Studio"))
    preferences.apply(values)
    window.documents.open_demo()
    window.windowing.restore_layout()
    window.resize(900, 600)
    with qtbot.waitSignal(window.view.first_painted, timeout=_PATIENCE_MS):
        window.show()
        window.show_project()
    yield window
    window._may_close = True
    window.close()
    window.deleteLater()


def _press(qtbot: QtBot, studio: MainWindow, keys: Qt.Key) -> None:
    _activate(qtbot, studio)
    studio.view.setFocus()
    qtbot.keyClick(studio.view, keys)


def _activate(qtbot: QtBot, studio: MainWindow) -> None:
    """Shortcuts work in the active window only."""
    studio.activateWindow()
    qtbot.waitUntil(studio.isActiveWindow)


def test_the_demo_head_is_on_the_screen(studio: MainWindow) -> None:
    picture = studio.view.grabFramebuffer()
    middle = picture.pixelColor(picture.width() // 2, picture.height() // 2)
    corner = picture.pixelColor(picture.width() - 2, 2)
    assert middle.red() > middle.blue() + 15  # skin, where the background is grey
    assert abs(corner.red() - corner.blue()) <= 2
    assert studio.library.cards[0].name == "Rosa"
    assert studio.windowTitle() == "Demo[*] - Avatar Studio"
    assert studio.header.saved_text == "Saved"
    studio.autosaving.state_changed.emit("Not safe", "The disk is full.", True)
    assert studio.header.kept_text == "Not safe"


def test_a_slider_moves_the_avatar_and_undo_takes_it_back(qtbot: QtBot, studio: MainWindow) -> None:
    studio.actions_table["perform.sliders"].trigger()
    number = studio.expression.unit_slider("jawOpen")
    number.value_edited.emit(1.0)
    qtbot.waitUntil(lambda: _jaw(studio) > 0.9, timeout=_PATIENCE_MS)
    assert studio.isWindowModified()
    assert studio.header.saved_text == "Unsaved changes"
    studio.actions_table["edit.undo"].trigger()
    qtbot.waitUntil(lambda: _jaw(studio) < 0.1, timeout=_PATIENCE_MS)
    assert number.value == 0.0


def _jaw(studio: MainWindow) -> float:
    motion = studio._engine.status().motion
    return 0.0 if motion is None else motion.weight("jawOpen")


def test_space_plays_and_holds_the_take(qtbot: QtBot, studio: MainWindow) -> None:
    _press(qtbot, studio, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: studio._engine.status().position_s > 0.05, timeout=_PATIENCE_MS)
    assert studio.actions_table["perform.play"].text() == "&Pause"
    _press(qtbot, studio, Qt.Key.Key_Space)
    assert not studio._engine.status().is_playing


def test_letters_typed_into_a_field_are_no_shortcuts(qtbot: QtBot, studio: MainWindow) -> None:
    studio.expression.unit_slider("jawOpen").value_edited.emit(0.5)
    studio.docks["expression"].raise_()
    field = studio.expression.findChild(QLineEdit)
    _activate(qtbot, studio)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "n")
    assert field.text() == "n"
    assert studio.expression.unit_slider("jawOpen").value == 0.5
    field.clear()
    _press(qtbot, studio, Qt.Key.Key_N)
    assert studio.expression.unit_slider("jawOpen").value == 0.0


def test_record_keeps_a_take_in_the_project(qtbot: QtBot, studio: MainWindow) -> None:
    studio.actions_table["perform.play"].trigger()
    _press(qtbot, studio, Qt.Key.Key_R)
    qtbot.waitUntil(
        lambda: (
            (status := studio._engine.status().recording) is not None and status.elapsed_s > 0.3
        ),
        timeout=_PATIENCE_MS,
    )
    _press(qtbot, studio, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: len(studio.takes.names) == 2, timeout=_PATIENCE_MS)
    assert studio.isWindowModified()


def test_closing_without_edits_ends_everything(qtbot: QtBot, studio: MainWindow) -> None:
    with qtbot.waitSignal(studio.closed):
        studio.close()
    assert not studio.isVisible()


def test_closing_with_edits_asks_and_cancel_stays(qtbot: QtBot, studio: MainWindow) -> None:
    studio.expression.unit_slider("jawOpen").value_edited.emit(1.0)
    studio.close()
    assert studio.isVisible()
    question = studio.documents.question
    assert question is not None
    question.button(QMessageBox.StandardButton.Cancel).click()
    assert studio.isVisible()
    studio.close()
    assert studio.documents.question is not None
    with qtbot.waitSignal(studio.closed):
        studio.documents.question.button(QMessageBox.StandardButton.Discard).click()


def test_a_fault_while_it_closes_ends_the_program_all_the_same(
    qtbot: QtBot, studio: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut_down() -> None:
        raise ValueError("a panel that is broken")

    with monkeypatch.context() as patches:
        patches.setattr(studio, "shut_down", shut_down)
        with (
            qtbot.waitSignal(studio.closed),
            pytest.raises(ValueError, match="a panel that is broken"),
        ):
            studio.close()
    studio.shut_down()


def test_closing_while_a_take_is_recorded_keeps_it_and_asks(
    qtbot: QtBot, studio: MainWindow
) -> None:
    _press(qtbot, studio, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: _recorded_s(studio) > 0.3, timeout=_PATIENCE_MS)
    studio.close()
    assert studio.isVisible()
    assert len(studio.takes.names) == 2
    question = studio.documents.question
    assert question is not None
    question.button(QMessageBox.StandardButton.Cancel).click()


def test_closing_while_a_clip_is_recorded_waits_for_it_and_asks(
    qtbot: QtBot, studio: MainWindow, preferences: Preferences, tmp_path: Path
) -> None:
    _record_clip(qtbot, studio, preferences, tmp_path)
    studio.close()
    studio.close()  # twice in a row
    qtbot.waitUntil(lambda: studio.documents.question is not None, timeout=_PATIENCE_MS)
    assert studio.isVisible()
    assert len(studio.events.session.project.clips) == 1
    studio.documents.question.button(QMessageBox.StandardButton.Cancel).click()


def test_another_document_waits_for_what_is_recorded_in_this_one(
    qtbot: QtBot, studio: MainWindow, preferences: Preferences, tmp_path: Path
) -> None:
    _record_clip(qtbot, studio, preferences, tmp_path)
    studio.actions_table["file.new"].trigger()
    qtbot.waitUntil(lambda: studio.documents.question is not None, timeout=_PATIENCE_MS)
    assert len(studio.events.session.project.clips) == 1
    studio.documents.question.button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(lambda: not studio.events.session.project.takes)
    assert not studio.events.session.project.clips


def _record_clip(qtbot: QtBot, studio: MainWindow, preferences: Preferences, folder: Path) -> None:
    values = replace(preferences.values, recordings_folder=str(folder / "Clips"))
    preferences.apply(values)
    studio.actions_table["perform.record_clip"].trigger()
    qtbot.waitUntil(lambda: _recorded_s(studio) > 0.3, timeout=_PATIENCE_MS)


def _recorded_s(studio: MainWindow) -> float:
    recording = studio._engine.status().recording
    return 0.0 if recording is None else recording.elapsed_s


def test_what_was_saved_is_found_again(studio: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "mine.studio"
    studio.expression.unit_slider("cheekPuff").value_edited.emit(0.5)
    studio.events.session.save(path)
    studio.events.session.new()
    assert studio.expression.unit_slider("cheekPuff").value == 0.0
    studio.open_path(path)
    assert studio.expression.unit_slider("cheekPuff").value == 0.5
    assert studio.takes.names == ["Performance"]
    assert studio.windowTitle() == "mine[*] - Avatar Studio"


def test_nonsense_dropped_on_it_is_explained(studio: MainWindow, tmp_path: Path) -> None:
    studio.open_path(tmp_path / "letter.docx")
    assert "letter.docx is nothing the studio can open" in studio.toast.text


def test_a_film_that_is_missing_is_explained_and_the_studio_goes_on(
    qtbot: QtBot, studio: MainWindow, tmp_path: Path
) -> None:
    studio.open_path(tmp_path / "gone.mp4")
    qtbot.waitUntil(lambda: "gone.mp4" in studio.toast.text, timeout=_PATIENCE_MS)
    studio.actions_table["edit.undo"].trigger()
    assert studio._engine.status().source == "sliders"


def _reached(menu: QMenu) -> set[str]:
    """Names of all actions in a menu and the menus within."""
    return {
        name
        for action in menu.actions()
        for name in (_reached(action.menu()) if action.menu() else {action.objectName()})
    }


def _doubled_keys(menu: QMenu) -> list[str]:
    """Access keys that two entries of a menu have, guests of other menus included."""
    texts = [action.text() for action in menu.actions()]
    keys = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    doubled = [f"{menu.title()}: {key}" for key in sorted(set(keys)) if keys.count(key) > 1]
    within = [_doubled_keys(action.menu()) for action in menu.actions() if action.menu()]
    return sum(within, doubled)


def test_everything_is_in_a_menu_and_has_keys_without_one(qtbot: QtBot, studio: MainWindow) -> None:
    """Desks come by themselves, once the avatar is on the screen."""
    everything = {spec.id for spec in all_actions()}
    qtbot.waitUntil(lambda: {each.objectName() for each in studio.actions()} == everything)
    reached = set().union(*(_reached(top.menu()) for top in studio.menuBar().actions()))
    assert everything <= reached
    twice = [key for top in studio.menuBar().actions() for key in _doubled_keys(top.menu())]
    assert twice == []


@pytest.mark.slow
def test_the_program_starts_paints_and_ends_without_torch(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    folders = {
        name: str(tmp_path / name)
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    }
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=_ROOT,
        env={**os.environ, **folders, VARIABLE: str(report)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    told = json.loads(report.read_text())
    assert told["torch_loaded"] == 0
    assert told["first_paint_s"] > 0
    assert resource_path("demo", "demo.studio").is_file()


def test_the_workspaces_have_keys_and_panels_of_their_own(qtbot: QtBot, studio: MainWindow) -> None:
    studio.actions_table["view.train"].trigger()
    assert studio.pages.currentWidget() is studio.train.pictures
    assert studio.docks["training"].isVisible()
    assert not studio.docks["driving"].isVisible()
    studio.actions_table["view.perform"].trigger()
    assert studio.pages.currentWidget() is studio.view
    assert studio.docks["driving"].isVisible() or studio.docks["expression"].isVisible()
    assert not studio.docks["training"].isVisible()
    qtbot.wait(50)
    picture = studio.view.grabFramebuffer()
    middle = picture.pixelColor(picture.width() // 2, picture.height() // 2)
    assert middle.red() > middle.blue() + 15  # the head is there again


def test_a_dropped_capture_is_shown_and_can_be_trained(
    qtbot: QtBot, studio: MainWindow, capture_folder: Path
) -> None:
    with qtbot.waitSignal(studio.train.captures.opened, timeout=_PATIENCE_MS):
        studio.open_path(capture_folder)
    assert studio.pages.currentWidget() is studio.train.pictures
    assert studio.actions_table["train.start"].isEnabled()
    assert studio.train.training.choices.name == "Ball"
    qtbot.waitUntil(lambda: bool(studio.train.check.cards), timeout=_PATIENCE_MS)


def test_a_trained_avatar_comes_onto_the_stage_as_one_step(
    qtbot: QtBot, studio: MainWindow, tmp_path: Path
) -> None:
    before = studio.events.session.project.avatar
    made = tmp_path / "Trained.avatar"
    shutil.copy(resource_path("demo", "rosa.avatar"), made)
    studio.train.trainer.delivered.emit(LibraryEntry(str(made), "Trained", "Of a capture."))
    assert "Trained" in [card.name for card in studio.library.cards]
    studio.actions_table["view.train"].trigger()
    with qtbot.waitSignal(studio.events.changed, timeout=_PATIENCE_MS):
        studio.train.trainer.stage_requested.emit(str(made))
    assert studio.pages.currentWidget() is studio.view
    assert studio.events.session.project.avatar == str(made)
    studio.actions_table["edit.undo"].trigger()
    assert studio.events.session.project.avatar == before


def test_a_dropped_mega_run_opens_its_import(studio: MainWindow, tmp_path: Path) -> None:
    run = tmp_path / "306_full"
    run.mkdir()
    for name in ("checkpoint_latest.pth", "params.yaml"):
        (run / name).touch()
    studio.open_path(run)
    dialog = studio.imports.dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert dialog.wanted.run == run
    assert "flame_params.npz" in dialog.run_words.text()


def test_an_imported_avatar_is_a_step_that_can_be_undone(
    qtbot: QtBot, studio: MainWindow, tmp_path: Path
) -> None:
    before = studio.events.session.project.avatar
    made = tmp_path / "Anna.avatar"
    shutil.copy(resource_path("demo", "rosa.avatar"), made)
    with qtbot.waitSignal(studio.events.changed, timeout=_PATIENCE_MS):
        studio.imports.avatar_imported.emit(str(made))
    assert studio.events.session.project.avatar == str(made)
    studio.actions_table["edit.undo"].trigger()
    assert studio.events.session.project.avatar == before


def test_keys_bookmark_a_view_and_come_back_to_it(qtbot: QtBot, studio: MainWindow) -> None:
    rig = studio.view.rig
    _press(qtbot, studio, Qt.Key.Key_2)
    assert rig.pose.yaw_rad == pytest.approx(math.pi / 4)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(studio.view, Qt.Key.Key_B, control)
    _press(qtbot, studio, Qt.Key.Key_1)
    assert rig.pose.yaw_rad == 0.0
    qtbot.keyClick(studio.view, Qt.Key.Key_1, shift)
    assert rig.pose.yaw_rad == pytest.approx(math.pi / 4)


def test_keys_work_while_a_popover_is_open(qtbot: QtBot, studio: MainWindow) -> None:
    _press(qtbot, studio, Qt.Key.Key_D)
    popover = studio.bar.display_popover
    assert popover.isVisible()
    qtbot.keyClick(popover, Qt.Key.Key_W)
    assert studio.view.display.shows_wireframe
    assert popover.isVisible()
    qtbot.keyClick(popover, Qt.Key.Key_Escape)
    assert not popover.isVisible()
    assert studio.bar.text == "Wireframe"


def test_the_engine_is_told_where_the_avatar_is_seen_from(
    qtbot: QtBot, studio: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    cameras: list[Camera] = []
    monkeypatch.setattr(studio._engine._inference.cameras, "put", cameras.append)
    studio.actions_table["view.left"].trigger()
    qtbot.waitUntil(
        lambda: bool(cameras) and cameras[-1].forward[0] == pytest.approx(-1.0, abs=1e-5),
        timeout=_PATIENCE_MS,
    )


def test_tab_in_the_viewport_shows_what_was_before(
    qtbot: QtBot, studio: MainWindow, tmp_path: Path
) -> None:
    demo = load_demo_avatar()
    few = replace(demo, hair=demo.hair.subset(slice(0, None, 20)))
    save_hair(hair_of(few, "Thin"), tmp_path / "thin.hair")
    studio.open_path(tmp_path / "thin.hair")
    split = studio.actions_table["view.split"]
    qtbot.waitUntil(split.isEnabled, timeout=_PATIENCE_MS)
    _press(qtbot, studio, Qt.Key.Key_Tab)
    assert studio.actions_table["view.before"].isChecked()
    assert studio.view.hasFocus()
    _press(qtbot, studio, Qt.Key.Key_Tab)
    assert not studio.actions_table["view.before"].isChecked()


def test_a_dropped_hairstyle_is_worn_until_it_is_undone(
    qtbot: QtBot, studio: MainWindow, tmp_path: Path
) -> None:
    demo = load_demo_avatar()
    few = replace(demo, hair=demo.hair.subset(slice(0, None, 20)))
    save_hair(hair_of(few, "Thin"), tmp_path / "thin.hair")
    before = len(studio.events.session.avatar.hair)
    studio.open_path(tmp_path / "thin.hair")
    project = studio.events.session.project
    qtbot.waitUntil(lambda: project.hair != "", timeout=_PATIENCE_MS)
    assert [card.name for card in studio.library.hair_cards if card.is_current] == ["Thin"]
    worn = len(studio.events.session.avatar.hair)
    # Without what would be buried in the head, with what covers the scalp where there was hair.
    assert 0.95 * len(few.hair) < worn < before
    studio.actions_table["edit.undo"].trigger()
    assert len(studio.events.session.avatar.hair) == before
    assert studio.library.hair_cards[0].is_current
