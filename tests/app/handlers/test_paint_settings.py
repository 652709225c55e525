from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.handlers.paint_settings import PaintToolSettings, first_choice
from app.paint_actions import PAINT_TOOLS, SHELF, paint_tool
from app.paint_choice import (
    LARGEST_RADIUS_M,
    SMALLEST_RADIUS_M,
    PaintChoice,
    PaintSwitches,
    paint_settings,
)
from avatar_core.texture.brushes import PAINT_BRUSHES

if TYPE_CHECKING:
    from app.preferences import Preferences


def test_the_shelf_holds_every_brush_once() -> None:
    assert sorted(tool.id for tool in PAINT_TOOLS) == sorted(kind.id for kind in PAINT_BRUSHES)
    assert {tool.group for tool in PAINT_TOOLS} <= set(SHELF)


def test_each_brush_keeps_its_own_size_and_all_share_the_colours(
    preferences: Preferences,
) -> None:
    settings = PaintToolSettings(preferences)
    settings.take("paint")
    settings.set(replace(settings.current, radius_m=0.02, colour=(0.1, 0.2, 0.3)))
    settings.take("blur")
    assert settings.current.radius_m == first_choice(paint_tool("blur")).radius_m
    assert settings.current.colour == (0.1, 0.2, 0.3)
    settings.take("paint")
    assert settings.current.radius_m == 0.02


def test_sizes_and_hardness_stay_within_their_range(preferences: Preferences) -> None:
    settings = PaintToolSettings(preferences)
    settings.grow(1000)
    assert settings.current.radius_m == LARGEST_RADIUS_M
    settings.grow(-1000)
    assert settings.current.radius_m == SMALLEST_RADIUS_M
    settings.harden(1000)
    assert settings.current.hardness == 1
    settings.harden(-1000)
    assert settings.current.hardness == 0


def test_colours_change_places(preferences: Preferences) -> None:
    settings = PaintToolSettings(preferences)
    before = settings.current
    settings.swap_colours()
    assert settings.current.colour == before.second_colour
    assert settings.current.second_colour == before.colour


def test_everything_is_remembered(preferences: Preferences) -> None:
    settings = PaintToolSettings(preferences)
    settings.take("fill")
    changed = replace(
        settings.current, opacity=0.4, colour=(0.5, 0.25, 0.125), options={"tolerance": 0.3}
    )
    settings.set(changed)
    settings.keep()
    again = PaintToolSettings(preferences)
    again.take("fill")
    assert again.current.opacity == 0.4
    assert again.current.colour == (0.5, 0.25, 0.125)
    assert again.current.options["tolerance"] == 0.3
    assert again.current.options["extent"] == 0


@pytest.mark.parametrize(
    "kept",
    [
        7,
        {"paint": "large", "colour": [1]},
        {"paint": {"radius_m": float("nan"), "tip": "star", "options": 3, "flow": True}},
    ],
)
def test_what_makes_no_sense_is_replaced_by_what_a_brush_starts_with(
    preferences: Preferences, kept: object
) -> None:
    preferences.remember("paint_tools", kept)
    settings = PaintToolSettings(preferences)
    settings.take("paint")
    assert settings.current == replace(first_choice(paint_tool("paint")))


def test_a_choice_becomes_settings_of_a_stroke() -> None:
    choice = PaintChoice(0.012, opacity=0.5, hardness=0.25, tip="bristle", jitter_size=0.75)
    made = paint_settings(choice, PaintSwitches(is_mirrored=True, follows_path=True), seed=3)
    assert (made.radius, made.opacity, made.seed) == (0.012, 0.5, 3)
    assert made.tip.hardness == 0.25
    assert made.tip.image is not None
    assert made.jitter.size == 0.75
    assert made.is_mirrored
    assert made.follows_path
    assert not made.pressure_sizes
