from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.stage import StageHandler
from app.library import LibraryEntry, Portraits
from app.panels.library import LibraryPanel
from app.viewport.display import Display
from avatar_core.commands import SceneOption, SetAvatar, SetHair, SetSceneOption
from avatar_core.io.asset_references import AVATARS
from avatar_core.io.hair_file import save_hair
from avatar_core.project import DEMO_AVATAR, hair_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.project import AvatarAsset


@pytest.fixture
def library(qtbot: QtBot) -> LibraryPanel:
    panel = LibraryPanel()
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def stage(
    context: StudioContext, engine: Any, view: Any, library: LibraryPanel, tmp_path: Path
) -> Iterator[StageHandler]:
    handler = StageHandler(context, engine, view, library, Portraits(tmp_path / "portraits"))
    handler.refresh()
    view.first_painted.emit()
    yield handler
    handler.shutdown()


@pytest.fixture
def bruno(tmp_path: Path) -> str:
    path = tmp_path / "bruno.avatar"
    path.write_bytes(b"read by a stand-in")
    return str(path)


def _current(library: LibraryPanel) -> list[str]:
    return [card.reference for card in library.cards if card.is_current]


def test_every_bundled_avatar_is_offered_the_demo_first(
    stage: StageHandler, library: LibraryPanel
) -> None:
    references = [card.reference for card in library.cards]
    assert references[0] == DEMO_AVATAR
    assert set(AVATARS.bundled()) <= set(references)
    assert all(card.is_kept for card in library.cards if card.reference in AVATARS.bundled())
    stage.add_to_library(LibraryEntry("/elsewhere/nora.avatar", "Nora", "A friend."))
    assert library.cards[0].reference == DEMO_AVATAR


@pytest.mark.parametrize("signal", ["first_painted", "failed"])
def test_nothing_is_evaluated_before_the_first_picture(
    signal: str, context: StudioContext, engine: Any, view: Any, library: LibraryPanel,
    tmp_path: Path,
) -> None:  # fmt: skip
    handler = StageHandler(context, engine, view, library, Portraits(tmp_path / "portraits"))
    handler.refresh()
    assert view.asked("set_avatar")
    assert not engine.asked("set_avatar")
    for _ in range(2):
        getattr(view, signal).emit(*((None,) if signal == "failed" else ()))
    assert engine.asked("set_avatar") == [(context.session.avatar,)]
    handler.shutdown()


@pytest.mark.usefixtures("stage")
class TestAvatar:
    def test_it_goes_to_viewport_and_engine_once(
        self, context: StudioContext, engine: Any, view: Any, stage: StageHandler
    ) -> None:
        stage.refresh()
        asset = context.session.avatar
        assert [call[0] for call in view.asked("set_avatar")] == [asset]
        assert engine.asked("set_avatar") == [(asset,)]

    def test_the_library_shows_it_with_its_own_words(
        self, context: StudioContext, library: LibraryPanel
    ) -> None:
        (card,) = (card for card in library.cards if card.is_current)
        assert card.reference == DEMO_AVATAR
        assert card.name == context.session.avatar.name
        assert card.description == context.session.avatar.description

    def test_another_is_read_in_the_background_then_becomes_a_step(
        self, qtbot: QtBot, context: StudioContext, library: LibraryPanel, bruno: str
    ) -> None:
        library.avatar_chosen.emit(bruno)
        assert not context.session.dirty
        qtbot.waitUntil(lambda: context.project.avatar == bruno)
        assert _current(library) == [bruno]
        context.session.undo()
        assert _current(library) == [DEMO_AVATAR]

    def test_chosen_again_it_performs_again_whatever_has_stopped_it(
        self, qtbot: QtBot, context: StudioContext, engine: Any, view: Any, library: LibraryPanel
    ) -> None:
        library.avatar_chosen.emit(DEMO_AVATAR)
        qtbot.waitUntil(lambda: len(engine.asked("set_avatar")) == 2)
        assert engine.asked("set_avatar")[1] == (context.session.avatar,)
        assert len(view.asked("set_avatar")) == 1  # there it keeps the hair and paint that it wears
        assert not context.session.dirty

    def test_one_that_cannot_be_read_changes_nothing(
        self, qtbot: QtBot, context: StudioContext, library: LibraryPanel, tmp_path: Path
    ) -> None:
        library.avatar_chosen.emit(str(tmp_path / "missing.avatar"))
        qtbot.waitUntil(lambda: context.errors.dialog is not None)
        context.errors.dialog.accept()
        assert not context.session.dirty
        assert {card.reference for card in library.cards} == set(AVATARS.bundled())

    def test_a_missing_one_is_stood_in_for_and_stays_off_the_library(
        self, context: StudioContext, library: LibraryPanel, tmp_path: Path
    ) -> None:
        missing = str(tmp_path / "missing.avatar")
        context.push(SetAvatar.of(context.project, missing))
        assert missing not in [card.reference for card in library.cards]
        assert context.session.warnings


@pytest.mark.usefixtures("stage")
def test_scene_options_go_from_menu_to_project_to_viewport(
    context: StudioContext, view: Any
) -> None:
    grid = context.actions["view.grid"]
    assert grid.isChecked()
    grid.trigger()
    assert not context.project.scene.show_grid
    assert not view.asked("set_scene")[-1][0].show_grid
    context.push(SetSceneOption.of(context.project, SceneOption.GRID, True))
    assert grid.isChecked()


def test_a_portrait_is_taken_once_from_the_viewport(
    qtbot: QtBot, context: StudioContext, view: Any, library: LibraryPanel, stage: StageHandler
) -> None:
    view.graphics_name = "a card"
    view.picture = np.full((200, 300, 3), (0x33, 0x66, 0x99), np.uint8)
    qtbot.waitUntil(lambda: library.cards[0].picture is not None)
    view.picture = None  # a second one would fail
    stage._take_portrait()


def test_no_portrait_is_taken_of_another_display(
    context: StudioContext, view: Any, library: LibraryPanel, stage: StageHandler
) -> None:
    view.graphics_name = "a card"
    view.picture = np.full((200, 300, 3), (0x33, 0x66, 0x99), np.uint8)
    view.set_display(Display(shows_depth=True))
    stage._take_portrait()
    assert library.cards[0].picture is None
    view.set_display(Display())
    stage._take_portrait()
    assert library.cards[0].picture is not None


def test_no_portrait_is_taken_in_foreign_hair(
    qtbot: QtBot, context: StudioContext, view: Any, library: LibraryPanel, stage: StageHandler
) -> None:
    view.graphics_name = "a card"
    view.picture = np.full((200, 300, 3), (0x33, 0x66, 0x99), np.uint8)
    context.project.hair = "demo:bob"
    stage._take_portrait()
    assert library.cards[0].picture is None
    context.project.hair = ""
    with qtbot.waitSignal(stage.portrait_taken):
        stage._take_portrait()
    assert library.cards[0].picture is not None


@pytest.mark.usefixtures("stage")
def test_an_avatar_in_other_hair_goes_to_viewport_and_engine(
    context: StudioContext, engine: Any, view: Any, demo_asset: AvatarAsset, tmp_path: Path
) -> None:
    few = replace(demo_asset, hair=demo_asset.hair.subset(slice(50)))
    save_hair(hair_of(few, "Bob"), tmp_path / "bob.hair")
    context.push(SetHair.of(context.project, str(tmp_path / "bob.hair")))
    worn = len(view.asked("set_avatar")[-1][0].hair)
    # Without what would be buried in the head, with what covers the scalp where there was hair.
    assert 45 <= worn < len(demo_asset.hair)
    assert len(engine.asked("set_avatar")[-1][0].hair) == worn
    context.session.undo()
    assert engine.asked("set_avatar")[-1] == (demo_asset,)


@pytest.mark.usefixtures("stage")
def test_the_menu_asks_for_an_avatar(qtbot: QtBot, context: StudioContext) -> None:
    context.actions["file.open_avatar"].trigger()
    dialog = context.window.findChild(QFileDialog)
    assert "*.avatar" in dialog.nameFilters()[0]
    dialog.reject()
    qtbot.waitUntil(lambda: context.window.findChild(QFileDialog) is None)


def test_selected_hair_is_tinted_on_request(stage: StageHandler, view: Any) -> None:
    stage.show_selection(True)
    (shown,) = view.asked("set_scene")[-1]
    assert shown.selection_strength > 0
    red, _, blue = shown.selection_tint
    assert blue > red  # hardly any hair is blue
    stage.show_selection(False)
    (shown,) = view.asked("set_scene")[-1]
    assert shown.selection_strength == 0
