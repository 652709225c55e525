"""A menu of all ARKit units by group, of which any number can be ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from avatar_core.motion import ARKIT_UNITS, ChannelGroup
from avatar_core.motion.channels import units_of_group

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QAction


class ChannelMenu(QMenu):
    """One submenu per channel group."""

    chosen = Signal(tuple)
    """Names of all ticked units, in packet order, after the user ticked or unticked one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        for group in ChannelGroup:
            if units := units_of_group(group):
                self._add_group(self.addMenu(group.label), units)

    def _add_group(self, branch: QMenu, units: tuple[str, ...]) -> None:
        for unit in units:
            action = branch.addAction(unit)
            action.setCheckable(True)
            action.triggered.connect(lambda: self.chosen.emit(self.ticked()))
            self._actions[unit] = action

    def ticked(self) -> tuple[str, ...]:
        return tuple(unit for unit in ARKIT_UNITS if self._actions[unit].isChecked())

    def tick(self, units: Iterable[str]) -> None:
        """Tick these and no others; emits nothing."""
        wanted = set(units)
        for unit, action in self._actions.items():
            action.setChecked(unit in wanted)

    def unit_action(self, unit: str) -> QAction:
        """The entry of one unit."""
        return self._actions[unit]
