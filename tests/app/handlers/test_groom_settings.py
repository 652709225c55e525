from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject

from app.handlers.groom_settings import ToolSettings
from app.preferences import Preferences
from avatar_core.hair.brush import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, Falloff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QObject]:
    made = QObject()
    yield made
    made.deleteLater()


@pytest.fixture
def settings(preferences: Preferences, owner: QObject) -> ToolSettings:
    made = ToolSettings(preferences, owner)
    made.take("comb")
    return made


def test_every_tool_has_settings_of_its_own(settings: ToolSettings) -> None:
    settings.set(replace(settings.current, radius_m=0.05, strength=0.9))
    settings.take("cut")
    assert settings.current.radius_m == pytest.approx(0.008)
    settings.take("comb")
    assert (settings.current.radius_m, settings.current.strength) == (0.05, 0.9)


def test_the_dye_is_one_for_all(settings: ToolSettings) -> None:
    settings.take("dye")
    settings.set_colour((0.1, 0.2, 0.3))
    settings.take("highlight")
    assert settings.current.colour == settings.colour == (0.1, 0.2, 0.3)


def test_sizes_and_strengths_stay_within_their_range(settings: ToolSettings) -> None:
    settings.grow(1000)
    assert settings.current.radius_m == LARGEST_RADIUS_M
    settings.grow(-1000)
    assert settings.current.radius_m == SMALLEST_RADIUS_M
    settings.strengthen(1000)
    assert settings.current.strength == 1.0
    settings.strengthen(-1000)
    assert settings.current.strength == 0.0


def test_everything_is_remembered(
    settings: ToolSettings, preferences: Preferences, owner: QObject
) -> None:
    settings.set(replace(settings.current, radius_m=0.05, falloff=Falloff.SHARP))
    settings.set_colour((0.1, 0.2, 0.3))
    settings.keep()
    again = ToolSettings(preferences, owner)
    again.take("comb")
    assert again.current.radius_m == 0.05
    assert again.current.falloff is Falloff.SHARP
    assert again.colour == (0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    "spoilt",
    [
        "nonsense",
        {"comb": "nonsense", "colour": [1, 2]},
        {"comb": {"radius_m": "wide", "strength": None, "falloff": "steep", "options": 3}},
        {"comb": {"radius_m": float("inf"), "options": {"hold": [1]}}, "colour": ["red", 1, None]},
    ],
)
def test_what_makes_no_sense_is_replaced(tmp_path: Path, owner: QObject, spoilt: object) -> None:
    preferences = Preferences(tmp_path / "spoilt.ini")
    plain = ToolSettings(preferences, owner)
    plain.take("comb")
    preferences.remember("groom_tools", spoilt)
    settings = ToolSettings(preferences, owner)
    settings.take("comb")
    assert replace(settings.current, colour=(0, 0, 0)) == replace(plain.current, colour=(0, 0, 0))
    assert all(0 <= each <= 1 for each in settings.colour)
