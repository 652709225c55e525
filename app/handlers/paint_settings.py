"""How each brush of the shelf paints: kept for every one of them, and remembered."""

from __future__ import annotations

import math
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from app.handlers.remembered import colour_of, number_of, table_of
from app.handlers.tool_in_hand import ToolInHand
from app.paint_actions import PAINT_TOOLS, PaintTool
from app.paint_choice import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, STEEPEST_RAD, PaintChoice
from avatar_core.texture.tip import TIPS

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from app.preferences import Preferences

_REMEMBERED = "paint_tools"
_HARDNESS_STEP = 0.1
_COLOURS = ("colour", "second_colour")
_RANGES = {
    "radius_m": (SMALLEST_RADIUS_M, LARGEST_RADIUS_M),
    "opacity": (0.0, 1.0),
    "flow": (0.0, 1.0),
    "hardness": (0.0, 1.0),
    "spacing": (0.02, 2.0),
    "angle_rad": (-math.pi, math.pi),
    "jitter_place": (0.0, 1.0),
    "jitter_size": (0.0, 1.0),
    "jitter_angle": (0.0, 1.0),
    "jitter_colour": (0.0, 1.0),
    "steady_px": (0.0, 100.0),
    "facing_rad": (0.2, STEEPEST_RAD),
}
_STARTS = {
    "erase": {"radius_m": 0.008},
    "smudge": {"radius_m": 0.006, "flow": 0.7, "spacing": 0.06, "hardness": 0.3},
    "blur": {"radius_m": 0.008, "flow": 0.5, "hardness": 0.2},
    "clone": {"hardness": 0.3},
    "latent_clone": {"hardness": 0.3},
    "pick": {"radius_m": 0.001},
}
"""Where a brush starts otherwise than `PaintChoice` does."""


class PaintToolSettings(ToolInHand[PaintTool, PaintChoice]):
    """The brush in hand, the settings of all of them, and two colours that they share.

    Args:
        preferences: remember them.
        parent: the owner.
    """

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(PAINT_TOOLS, parent)
        self._preferences = preferences
        kept = table_of(preferences.remembered(_REMEMBERED))
        start = PaintChoice()
        self._colours = {name: colour_of(kept.get(name), getattr(start, name)) for name in _COLOURS}
        self._choices = {tool.id: _choice(tool, kept.get(tool.id)) for tool in PAINT_TOOLS}

    @property
    def current(self) -> PaintChoice:
        """That of the brush in hand."""
        return self.of(self._tool)

    def of(self, tool: PaintTool) -> PaintChoice:
        """That of any brush."""
        colour, second = (self._colours[name] for name in _COLOURS)
        return replace(self._choices[tool.id], colour=colour, second_colour=second)

    def set(self, choice: PaintChoice) -> None:
        """Give the brush in hand other settings, brought into their range."""
        limited = {
            name: min(max(getattr(choice, name), low), high)
            for name, (low, high) in _RANGES.items()
        }
        self._colours = {name: getattr(choice, name) for name in _COLOURS}
        self._choices[self._tool.id] = replace(choice, **limited)
        self.changed.emit(self.current)

    def swap_colours(self) -> None:
        """Let the two colours change places."""
        now = self.current
        self.set(replace(now, colour=now.second_colour, second_colour=now.colour))

    def harden(self, steps: float) -> None:
        """Make the rim of the brush sharper by steps; softer by negative ones."""
        now = self.current
        self.set(replace(now, hardness=now.hardness + _HARDNESS_STEP * steps))

    def keep(self) -> None:
        """Remember everything."""
        kept: dict[str, Any] = {name: list(colour) for name, colour in self._colours.items()}
        for name, choice in self._choices.items():
            plain = asdict(choice)
            kept[name] = {key: plain[key] for key in plain if key not in _COLOURS}
        self._preferences.remember(_REMEMBERED, kept)


def first_choice(tool: PaintTool) -> PaintChoice:
    """What a brush starts with."""
    options = {option.id: option.default for option in tool.kind.options}
    return replace(PaintChoice(options=options), **_STARTS.get(tool.id, {}))  # type: ignore[arg-type]


def _choice(tool: PaintTool, kept: object) -> PaintChoice:
    """What was remembered, as far as it makes sense; what the brush starts with for the rest."""
    first, known = first_choice(tool), table_of(kept)
    options = table_of(known.get("options"))
    values: dict[str, Any] = {
        each.name: number_of(known.get(each.name), *_RANGES[each.name], getattr(first, each.name))
        for each in fields(PaintChoice)
        if each.name in _RANGES
    }
    values["tip"] = known.get("tip") if known.get("tip") in TIPS else first.tip
    values["options"] = {
        each.id: number_of(options.get(each.id), each.low, each.high, each.default)
        for each in tool.kind.options
    }
    return replace(first, **values)
