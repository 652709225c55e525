from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea

from app.dialogs.about import AboutDialog, ShortcutSheet, _in_columns
from app.dialogs.preferences import PreferencesDialog
from app.handlers import help as help_module
from app.handlers.help import HelpHandler

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext


@pytest.fixture
def opened(context: StudioContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was opened outside; the log lies in the test's own folder."""
    paths: list[Path] = []

    def open_path(path: Path) -> bool:
        paths.append(path)
        return path.name != "unopenable"

    monkeypatch.setattr(help_module, "log_path", lambda: tmp_path / "studio.log")
    monkeypatch.setattr(help_module, "log_folder", lambda: tmp_path)
    HelpHandler(context, lambda: "a graphics card", open_path)
    return paths


def _dialog(context: StudioContext, kind: type[QDialog]) -> QDialog:
    (dialog,) = (each for each in context.window.findChildren(kind) if each.isVisible())
    return dialog


def _words(dialog: QDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


@pytest.mark.usefixtures("opened")
def test_the_sheet_shows_keys_as_they_are_bound_now(context: StudioContext) -> None:
    values = replace(context.preferences.values, shortcuts={"perform.calibrate": "K"})
    context.preferences.apply(values)
    context.actions["help.shortcuts"].trigger()
    dialog = _dialog(context, ShortcutSheet)
    labels = [label.text() for label in dialog.findChildren(QLabel)]
    assert labels[labels.index("Calibrate") + 1] == "K"
    assert "Mouse" in labels
    dialog.reject()


@pytest.mark.usefixtures("opened")
def test_the_sheet_fits_on_the_screen_and_shows_all_of_itself(context: StudioContext) -> None:
    context.actions["help.shortcuts"].trigger()
    dialog = _dialog(context, ShortcutSheet)
    area, screen = dialog.findChild(QScrollArea), dialog.screen().availableSize()
    content = area.widget().sizeHint()
    assert dialog.height() <= screen.height()
    assert area.viewport().width() >= min(content.width(), screen.width())
    assert area.viewport().height() >= min(content.height(), screen.height() - 100)
    dialog.reject()


def test_columns_are_as_even_as_their_parts_allow() -> None:
    sizes = [7, 4, 10, 12, 11, 16, 7, 3, 6, 12, 3, 6, 9, 6, 13, 14, 1, 5, 8, 1, 6]
    parts = [(str(place), [("", "", "")] * size) for place, size in enumerate(sizes)]
    columns = _in_columns(parts, 4)
    assert [part for column in columns for part in column] == parts
    heights = [sum(len(rows) + 2 for _, rows in column) for column in columns]
    best = min(
        max(sum(size + 2 for size in sizes[a:b]) for a, b in pairwise((0, *breaks, len(sizes))))
        for breaks in combinations(range(1, len(sizes)), 3)
    )
    assert max(heights) == best


@pytest.mark.usefixtures("opened")
def test_about_names_version_card_and_licences(context: StudioContext) -> None:
    context.actions["help.about"].trigger()
    dialog = _dialog(context, AboutDialog)
    words = _words(dialog)
    assert "a graphics card" in words
    assert "Apache License 2.0" in words
    dialog.reject()


def test_the_log_and_its_folder_are_opened(
    context: StudioContext, opened: list[Path], tmp_path: Path
) -> None:
    context.actions["help.log"].trigger()
    assert "no log yet" in context.toast.text
    (tmp_path / "studio.log").touch()
    context.actions["help.log"].trigger()
    context.actions["help.log_folder"].trigger()
    assert opened == [tmp_path / "studio.log", tmp_path]


def test_the_recordings_are_opened_once_there_are_any(
    context: StudioContext, opened: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    context.preferences.apply(replace(context.preferences.values, recordings_folder=str(folder)))
    context.actions["perform.recordings"].trigger()
    assert "no recording yet" in context.toast.text
    folder.mkdir()
    context.actions["perform.recordings"].trigger()
    assert opened == [folder]


@pytest.mark.usefixtures("opened")
def test_preferences_are_kept_only_on_ok(context: StudioContext) -> None:
    for is_ok in (False, True):
        context.actions["edit.preferences"].trigger()
        dialog = _dialog(context, PreferencesDialog)
        dialog.shortcuts.set_keys("perform.calibrate", "K")
        dialog._accept() if is_ok else dialog.reject()
        keys = context.actions["perform.calibrate"].shortcut().toString()
        assert keys == ("K" if is_ok else "C")
