"""The mixer's rows, one per channel group, and the choice of their drivers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.panels.driver_shares import SharesPopover, shares_words
from app.panels.mixer_row import MixerRow
from app.theme import GRID_PX
from app.widgets.gestures import pass_gestures
from avatar_core.motion import ChannelGroup
from avatar_core.motion.mixer_settings import MixerSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QToolButton

    from avatar_core.motion.mixer_settings import DriverShare

_HEADINGS = ("", "", "", "Driver", "Gain", "Smooth", "Lag")
_STRETCH = {3: 6, 4: 3, 5: 3}


class MixerGrid(QWidget):
    """All groups under one another."""

    group_edited = Signal(object, object)
    """`ChannelGroup` and the `GroupSettings` wanted for it."""
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[ChannelGroup, MixerRow] = {}
        self._settings = MixerSettings()
        self._drivers: tuple[str, ...] = ()
        self._names: Mapping[str, str] = {}
        self._chosen: ChannelGroup | None = None
        self._popover: SharesPopover | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID_PX // 2)
        grid.setVerticalSpacing(2)
        for column, heading in enumerate(_HEADINGS):
            label = QLabel(heading)
            label.setProperty("role", "dim")
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(label, 0, column)
        for place, group in enumerate(ChannelGroup):
            self._add_row(grid, 1 + 2 * place, group)
        for column, stretch in _STRETCH.items():
            grid.setColumnStretch(column, stretch)

    def show_settings(self, settings: MixerSettings) -> None:
        """Show how every group arrives; emits nothing."""
        self._settings = settings
        for group, row in self._rows.items():
            row.show(settings.groups[group])
        self._show_drivers()

    def show_drivers(self, drivers: Sequence[str], names: Mapping[str, str]) -> None:
        """Which drivers there are to choose from, the main one first, and what they are called."""
        self._drivers, self._names = tuple(drivers), names
        self._show_drivers()

    def set_open(self, is_open: bool) -> None:
        """Show offset, curve and relative of all groups, or of none."""
        for row in self._rows.values():
            row.set_open(is_open)

    @property
    def is_open(self) -> bool:
        """Whether every group shows all it has."""
        return all(row.is_open for row in self._rows.values())

    def row(self, group: ChannelGroup) -> MixerRow:
        return self._rows[group]

    @property
    def popover(self) -> SharesPopover:
        """The choice of drivers, built with the first click."""
        if self._popover is None:
            self._popover = SharesPopover(self)
            self._popover.shares_edited.connect(self._share)
            pass_gestures(self, self._popover)
        return self._popover

    def _show_drivers(self) -> None:
        for group, row in self._rows.items():
            shares = self._settings.groups[group].drivers
            words, tip = shares_words(shares, self._names)
            row.show_drivers(words, tip, is_own=bool(shares))
        if self._popover is not None and self._popover.isVisible():
            self._fill_popover()

    def _choose(self, group: ChannelGroup, button: QToolButton) -> None:
        self._chosen = group
        popover = self.popover
        self._fill_popover()
        popover.toggle_at(button, button)

    def _fill_popover(self) -> None:
        if self._chosen is not None:
            shares = self._settings.groups[self._chosen].drivers
            self.popover.show_group(self._chosen, shares, self._drivers, self._names)

    def _share(self, group: ChannelGroup, shares: tuple[DriverShare, ...]) -> None:
        self.group_edited.emit(group, replace(self._settings.groups[group], drivers=shares))

    def _add_row(self, grid: QGridLayout, line: int, group: ChannelGroup) -> None:
        row = MixerRow(
            group,
            lambda settings: self.group_edited.emit(group, settings),
            lambda button: self._choose(group, button),
        )
        for column, widget in enumerate(row.head):
            grid.addWidget(widget, line, column)
        grid.addWidget(row.details, line + 1, 0, 1, len(row.head))
        pass_gestures(self, *row.numbers)
        self._rows[group] = row
