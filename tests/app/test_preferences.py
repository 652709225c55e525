from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QByteArray

from app.preferences import Preferences, PreferenceValues

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_values_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    first = Preferences(path)
    values = replace(first.values, device="cpu", threads=3, shortcuts={"edit.undo": "U"})
    first.apply(values)
    first.flush()
    assert Preferences(path).values == values


def test_applying_tells_once_and_only_about_news(preferences: Preferences, qtbot: QtBot) -> None:
    values = replace(preferences.values, clip_fps=25)
    with qtbot.waitSignal(preferences.changed) as told:
        preferences.apply(values)
    assert told.args == [values]
    with qtbot.assertNotEmitted(preferences.changed):
        preferences.apply(values)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[1, 2]",
        '{"device": "abacus", "threads": -4, "clip_fps": 100000}',
        '{"device": 3, "threads": "many", "shortcuts": {"edit.undo": 7}, "unknown": 1}',
    ],
)
def test_nonsense_in_the_file_gives_sensible_values(tmp_path: Path, text: str) -> None:
    path = tmp_path / "studio.ini"
    path.write_text(f"[General]\npreferences={text!r}\n")
    values = Preferences(path).values
    assert values.device == "auto"
    assert values.threads == 0
    assert 1 <= values.clip_fps <= 240
    assert values.shortcuts == {}


def test_numbers_are_brought_into_their_range(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    first = Preferences(path)
    first.apply(PreferenceValues(clip_fps=100_000, camera_width_px=1, threads=-1))
    first.flush()
    values = Preferences(path).values
    assert (values.clip_fps, values.camera_width_px, values.threads) == (240, 160, 0)


def test_plain_data_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    first = Preferences(path)
    first.remember("channels", ["jawOpen", "tongueOut"])
    first.flush()
    again = Preferences(path)
    assert again.remembered("channels") == ["jawOpen", "tongueOut"]
    assert again.remembered("never") is None


def test_layouts_are_kept_and_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    first = Preferences(path)
    first.keep_layout("perform", QByteArray(b"\x00\x01docks"))
    first.flush()
    again = Preferences(path)
    assert again.layout("perform") == QByteArray(b"\x00\x01docks")
    again.forget_layouts()
    assert again.layout("perform") is None
