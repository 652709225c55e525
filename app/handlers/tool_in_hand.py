"""ToolInHand: which tool of a shelf is in use, and what can be done with its settings."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from app.groom_actions import Tool
from app.paint_actions import PaintTool
from app.paint_choice import PaintChoice
from avatar_core.hair.brush import BrushSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.widgets.colour_field import Rgb

_SIZE_STEP = 1.1

ToolT = TypeVar("ToolT", Tool, PaintTool)
SettingsT = TypeVar("SettingsT", BrushSettings, PaintChoice)


class ToolInHand(QObject, Generic[ToolT, SettingsT]):
    """The tool in hand and how it works.

    Args:
        tools: all of the shelf; the first is in hand.
        parent: the owner.
    """

    tool_changed = Signal(object)
    """The tool now in hand."""
    changed = Signal(object)
    """The settings of the tool in hand."""

    def __init__(self, tools: Sequence[ToolT], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tools: dict[str, ToolT] = {tool.id: tool for tool in tools}
        self._tool: ToolT = tools[0]

    @property
    def tool(self) -> ToolT:
        return self._tool

    @property
    @abstractmethod
    def current(self) -> SettingsT:
        """Those of the tool in hand."""

    @abstractmethod
    def set(self, settings: SettingsT) -> None:
        """Give the tool in hand other settings, brought into their range."""

    def take(self, tool_id: str) -> None:
        """Take a tool in hand."""
        self._tool = self._tools[tool_id]
        self.tool_changed.emit(self._tool)
        self.changed.emit(self.current)

    def set_colour(self, colour: Rgb) -> None:
        """Another colour to work with."""
        self.set(replace(self.current, colour=colour))

    def grow(self, steps: float) -> None:
        """Make the brush wider by steps; narrower by negative ones."""
        now = self.current
        self.set(replace(now, radius_m=now.radius_m * _SIZE_STEP**steps))
