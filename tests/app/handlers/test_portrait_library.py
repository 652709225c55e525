from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.handlers.portrait_library import PortraitLibraryHandler
from app.panels.library import LibraryPanel
from avatar_core.commands import SetPortrait
from avatar_core.project import PortraitSettings
from tests.app.handlers.portrait_sitter import sitter_file

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def library(qtbot: QtBot) -> LibraryPanel:
    panel = LibraryPanel()
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def shelf(context: StudioContext, library: LibraryPanel) -> PortraitLibraryHandler:
    handler = PortraitLibraryHandler(context, library)
    handler.refresh()
    return handler


@pytest.mark.usefixtures("shelf")
def test_bundled_portraits_are_offered_with_their_pictures(library: LibraryPanel) -> None:
    cards = library.portrait_cards
    assert {"demo:kofi", "demo:lena", "demo:nia"} <= {card.reference for card in cards}
    assert all(card.picture is not None and card.description for card in cards)
    assert all(card.is_kept and not card.is_current for card in cards)


@pytest.mark.usefixtures("shelf")
def test_own_portraits_stay_in_the_list_until_they_are_taken_off(
    context: StudioContext, library: LibraryPanel, tmp_path: Path
) -> None:
    file = sitter_file(tmp_path, "Ada")
    context.session.use_portrait(file)
    card = library.portrait_cards[-1]
    assert (card.reference, card.name, card.is_current, card.is_kept) == (file, "Ada", True, False)
    context.session.undo()
    assert not library.portrait_cards[-1].is_current
    library.remove_portrait_requested.emit(file)
    assert file not in {card.reference for card in library.portrait_cards}
    assert Path(file).is_file()


@pytest.mark.usefixtures("shelf")
def test_those_whose_files_are_gone_are_left_out(
    context: StudioContext, library: LibraryPanel, tmp_path: Path
) -> None:
    file = sitter_file(tmp_path, "Ada")
    context.session.use_portrait(file)
    Path(file).unlink()
    context.session.undo()
    assert file not in {card.reference for card in library.portrait_cards}


@pytest.mark.usefixtures("shelf")
def test_sliders_do_not_make_the_list_anew(
    context: StudioContext, library: LibraryPanel, tmp_path: Path
) -> None:
    portrait_id = context.session.use_portrait(sitter_file(tmp_path, "Ada"))
    before = library.portrait_cards
    settings = PortraitSettings(jaw_gain=0.5)
    context.push(SetPortrait.performing(context.project, portrait_id, settings))
    assert all(one is other for one, other in zip(before, library.portrait_cards, strict=True))


def test_a_card_and_the_button_ask(
    qtbot: QtBot, library: LibraryPanel, shelf: PortraitLibraryHandler
) -> None:
    with qtbot.waitSignal(shelf.portrait_chosen) as told:
        library.portrait_chosen.emit("demo:lena")
    assert told.args == ["demo:lena"]
    with qtbot.waitSignal(shelf.add_requested):
        library.add_portrait_requested.emit()
