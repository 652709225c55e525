from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.hairstyles import HairHandler
from app.library import Portraits
from app.panels.library import LibraryPanel
from avatar_core.commands import SetHair
from avatar_core.io.asset_references import AssetKind
from avatar_core.io.hair_file import save_hair
from avatar_core.project import hair_of

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
def bob(tmp_path: Path, demo_asset: AvatarAsset) -> str:
    few = replace(demo_asset, hair=demo_asset.hair.subset(slice(50)))
    picture = np.full((8, 8, 3), 200, np.uint8)
    save_hair(replace(hair_of(few, "Bob", "A short one."), picture=picture), tmp_path / "bob.hair")
    return str(tmp_path / "bob.hair")


@pytest.fixture
def nothing_bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AssetKind, "bundled", lambda _self: [])


@pytest.fixture
def handler(
    context: StudioContext, library: LibraryPanel, tmp_path: Path, nothing_bundled: None
) -> Iterator[HairHandler]:
    handler = HairHandler(context, library, Portraits(tmp_path / "portraits"))
    handler.refresh()
    yield handler
    handler.shutdown()


def _names(library: LibraryPanel) -> list[str]:
    return [card.name for card in library.hair_cards]


@pytest.mark.usefixtures("handler")
def test_own_hair_comes_first_and_is_worn(library: LibraryPanel) -> None:
    (card,) = library.hair_cards
    assert (card.reference, card.name, card.is_current) == ("", "Own hair", True)
    assert "Rosa" in card.description


@pytest.mark.usefixtures("handler")
def test_a_hairstyle_is_put_on_in_one_step_and_stays_in_the_list(
    qtbot: QtBot, context: StudioContext, library: LibraryPanel, bob: str
) -> None:
    library.hair_chosen.emit(bob)
    assert not context.session.dirty
    qtbot.waitUntil(lambda: context.project.hair == bob)
    worn = len(context.session.avatar.hair)
    assert 45 <= worn <= 50  # what would be buried in the head is left out
    assert _names(library) == ["Own hair", "Bob"]
    assert [card.is_current for card in library.hair_cards] == [False, True]
    assert library.hair_cards[1].picture is not None
    assert library.hair_cards[1].description == "A short one."
    context.session.undo()
    assert [card.is_current for card in library.hair_cards] == [True, False]
    context.session.redo()
    library.hair_chosen.emit("")
    qtbot.waitUntil(lambda: context.project.hair == "")
    assert len(context.session.avatar.hair) > 50


@pytest.mark.usefixtures("handler")
def test_one_that_cannot_be_worn_is_told_and_changes_nothing(
    qtbot: QtBot, context: StudioContext, library: LibraryPanel, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.hair"
    damaged.write_bytes(b"no hair")
    library.hair_chosen.emit(str(damaged))
    qtbot.waitUntil(lambda: context.errors.dialog is not None)
    assert "damaged.hair" in context.errors.dialog.text
    context.errors.dialog.accept()
    assert not context.session.dirty
    assert _names(library) == ["Own hair"]


@pytest.mark.usefixtures("handler")
def test_a_hairstyle_leaves_the_list_on_request(
    qtbot: QtBot, context: StudioContext, library: LibraryPanel, bob: str
) -> None:
    context.push(SetHair.of(context.project, bob))
    context.session.undo()
    assert _names(library) == ["Own hair", "Bob"]
    library.remove_hair_requested.emit(bob)
    assert _names(library) == ["Own hair"]


@pytest.mark.usefixtures("handler")
def test_a_missing_one_is_not_offered(
    context: StudioContext, library: LibraryPanel, tmp_path: Path
) -> None:
    context.push(SetHair.of(context.project, str(tmp_path / "gone.hair")))
    assert _names(library) == ["Own hair"]
    assert not library.hair_cards[0].is_current


def test_bundled_ones_stand_before_those_of_the_user(
    context: StudioContext,
    handler: HairHandler,
    library: LibraryPanel,
    bob: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    demo_asset: AvatarAsset,
) -> None:
    save_hair(hair_of(demo_asset, "Curls"), tmp_path / "curls.hair")
    paths = {"demo:curls": tmp_path / "curls.hair"}
    monkeypatch.setattr(AssetKind, "bundled", lambda _self: ["demo:curls", "demo:lost"])
    monkeypatch.setattr(
        AssetKind, "path", lambda _self, reference: paths.get(reference, tmp_path / reference)
    )
    context.push(SetHair.of(context.project, bob))
    assert _names(library) == ["Own hair", "Curls", "Bob"]
    assert [card.is_kept for card in library.hair_cards] == [True, True, False]
    assert library.hair_cards[1].picture is None


@pytest.mark.usefixtures("handler")
def test_button_and_menu_ask_for_a_file(
    qtbot: QtBot, context: StudioContext, library: LibraryPanel
) -> None:
    for ask in (context.actions["file.open_hair"].trigger, library.open_hair_requested.emit):
        ask()
        dialog = context.window.findChild(QFileDialog)
        assert "*.hair" in dialog.nameFilters()[0]
        dialog.reject()
        qtbot.waitUntil(lambda: context.window.findChild(QFileDialog) is None)
