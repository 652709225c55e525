"""How each tool of the shelf works: kept for every one of them, and remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.groom_actions import TOOLS, Tool, tool_of
from app.handlers.remembered import colour_of, number_of, table_of
from app.handlers.tool_in_hand import ToolInHand
from avatar_core.hair.brush import (
    LARGEST_RADIUS_M,
    SMALLEST_RADIUS_M,
    BrushSettings,
    Falloff,
)

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from app.preferences import Preferences
    from app.widgets.colour_field import Rgb

_REMEMBERED = "groom_tools"
_STRENGTH_STEP = 0.05
_FIRST_COLOUR = (0.43, 0.18, 0.11)


class ToolSettings(ToolInHand[Tool, BrushSettings]):
    """The tool in hand, the settings of all brushes, and one dye for those that paint.

    Args:
        preferences: remember them.
        parent: the owner.
    """

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(TOOLS, parent)
        self._preferences = preferences
        kept = table_of(preferences.remembered(_REMEMBERED))
        self._colour = colour_of(kept.get("colour"), _FIRST_COLOUR)
        self._settings = {tool.id: _settings_of(tool, kept.get(tool.id)) for tool in TOOLS}

    @property
    def colour(self) -> Rgb:
        """The dye."""
        return self._colour

    @property
    def current(self) -> BrushSettings:
        """Those of the tool in hand."""
        return replace(self._settings[self._tool.id], colour=self._colour)

    def option(self, name: str) -> float:
        """A further number of the tool in hand."""
        return self._settings[self._tool.id].options[name]

    def set(self, settings: BrushSettings) -> None:
        """Give the tool in hand other settings, brought into their range."""
        radius = min(max(settings.radius_m, SMALLEST_RADIUS_M), LARGEST_RADIUS_M)
        strength = min(max(settings.strength, 0.0), 1.0)
        self._colour = settings.colour
        self._settings[self._tool.id] = replace(settings, radius_m=radius, strength=strength)
        self.changed.emit(self.current)

    def strengthen(self, steps: float) -> None:
        """Make the brush stronger by steps; weaker by negative ones."""
        now = self.current
        self.set(replace(now, strength=now.strength + _STRENGTH_STEP * steps))

    def keep(self) -> None:
        """Remember everything."""
        kept: dict[str, Any] = {
            name: {
                "radius_m": each.radius_m,
                "strength": each.strength,
                "falloff": each.falloff.value,
                "options": {key: each.options[key] for key in _known(name, each)},
            }
            for name, each in self._settings.items()
        }
        self._preferences.remember(_REMEMBERED, {**kept, "colour": list(self._colour)})


def _known(tool_id: str, settings: BrushSettings) -> list[str]:
    """The options that have a slider; others are of one moment."""
    return [each.id for each in tool_of(tool_id).numbers if each.id in settings.options]


def _settings_of(tool: Tool, kept: object) -> BrushSettings:
    """What was remembered, as far as it makes sense; what the tool starts with for the rest."""
    first = tool.first_settings
    known = table_of(kept)
    options = table_of(known.get("options"))
    falloffs = {each.value: each for each in Falloff}
    return BrushSettings(
        radius_m=number_of(
            known.get("radius_m"), SMALLEST_RADIUS_M, LARGEST_RADIUS_M, first.radius_m
        ),
        strength=number_of(known.get("strength"), 0.0, 1.0, first.strength),
        falloff=falloffs.get(str(known.get("falloff")), first.falloff),
        options={
            each.id: number_of(options.get(each.id), each.low, each.high, each.default)
            for each in tool.numbers
        },
    )
