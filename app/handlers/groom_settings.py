"""How each tool of the shelf works: kept for every one of them, and remembered."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.groom_actions import TOOLS, Tool, tool_of
from avatar_core.hair.brush import (
    LARGEST_RADIUS_M,
    SMALLEST_RADIUS_M,
    BrushSettings,
    Falloff,
)

if TYPE_CHECKING:
    from app.preferences import Preferences
    from app.widgets.colour_field import Rgb

_REMEMBERED = "groom_tools"
_SIZE_STEP, _STRENGTH_STEP = 1.1, 0.05
_FIRST_COLOUR = (0.43, 0.18, 0.11)


class ToolSettings(QObject):
    """The tool in hand, the settings of all brushes, and one dye for those that paint.

    Args:
        preferences: remember them.
        parent: the owner.
    """

    tool_changed = Signal(object)
    """The `Tool` now in hand."""
    changed = Signal(object)
    """The `BrushSettings` of the tool in hand."""

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        kept = preferences.remembered(_REMEMBERED)
        kept = kept if isinstance(kept, dict) else {}
        self._colour = _colour_of(kept.get("colour"))
        self._settings = {tool.id: _settings_of(tool, kept.get(tool.id)) for tool in TOOLS}
        self._tool = TOOLS[0]

    @property
    def tool(self) -> Tool:
        return self._tool

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

    def take(self, tool_id: str) -> None:
        """Take a tool in hand."""
        self._tool = tool_of(tool_id)
        self.tool_changed.emit(self._tool)
        self.changed.emit(self.current)

    def set(self, settings: BrushSettings) -> None:
        """Give the tool in hand other settings, brought into their range."""
        radius = min(max(settings.radius_m, SMALLEST_RADIUS_M), LARGEST_RADIUS_M)
        strength = min(max(settings.strength, 0.0), 1.0)
        self._colour = settings.colour
        self._settings[self._tool.id] = replace(settings, radius_m=radius, strength=strength)
        self.changed.emit(self.current)

    def set_colour(self, colour: Rgb) -> None:
        """Another dye."""
        self.set(replace(self.current, colour=colour))

    def grow(self, steps: float) -> None:
        """Make the brush wider by steps; narrower by negative ones."""
        now = self.current
        self.set(replace(now, radius_m=now.radius_m * _SIZE_STEP**steps))

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
    known = kept if isinstance(kept, dict) else {}
    options = known.get("options")
    options = options if isinstance(options, dict) else {}
    falloffs = {each.value: each for each in Falloff}
    return BrushSettings(
        radius_m=_number(known, "radius_m", SMALLEST_RADIUS_M, LARGEST_RADIUS_M, first.radius_m),
        strength=_number(known, "strength", 0.0, 1.0, first.strength),
        falloff=falloffs.get(str(known.get("falloff")), first.falloff),
        options={
            each.id: _number(options, each.id, each.low, each.high, each.default)
            for each in tool.numbers
        },
    )


def _number(kept: dict[str, Any], name: str, low: float, high: float, default: float) -> float:
    value = kept.get(name)
    is_number = type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]
    return min(max(float(value), low), high) if is_number else default  # type: ignore[arg-type]


def _colour_of(kept: object) -> Rgb:
    if isinstance(kept, list) and len(kept) == 3:
        named = {str(place): value for place, value in enumerate(kept)}
        red, green, blue = (_number(named, str(place), 0, 1, 0.0) for place in range(3))
        return red, green, blue
    return _FIRST_COLOUR
