"""The mixer: one row per channel group of the driver."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.drag_number import DragNumber, NumberRange
from avatar_core.motion import ChannelGroup
from avatar_core.motion.mixer_settings import GroupSettings, MixerSettings
from avatar_core.motion.smoothing import added_lag_s

if TYPE_CHECKING:
    from collections.abc import Callable

_GAIN = NumberRange(0.0, 2.0, 1.0, 0.05)
_OFFSET = NumberRange(-1.0, 1.0, 0.0, 0.01)
_SMOOTHING = NumberRange(0.0, 1.0, GroupSettings().smoothing, 0.05)
_HEADINGS = ("", "", "Gain", "Offset", "Smooth", "Lag")
_NAME_PX, _LAG_PX = 100, 40


class MixerRow:
    """The controls of one group; `MixerGrid` lays them out."""

    def __init__(self, group: ChannelGroup, ask: Callable[[GroupSettings], None]) -> None:
        self.group = group
        self.settings = GroupSettings()
        self.mute = icon_button("unmuted", f"Mute {group.label}", checkable=True)
        self.mute.toggled.connect(lambda muted: ask(replace(self.settings, muted=muted)))
        self.name = QLabel(group.label)
        self.name.setFixedWidth(_NAME_PX)
        self.gain = _number(_GAIN, f"How much of the driver's {group.label.lower()} arrives")
        self.gain.value_edited.connect(lambda gain: ask(replace(self.settings, gain=gain)))
        self.offset = _number(_OFFSET, f"A constant added to {group.label.lower()}")
        self.offset.value_edited.connect(lambda offset: ask(replace(self.settings, offset=offset)))
        self.smoothing = _number(_SMOOTHING, "Calmer against jitter, at the price of lag")
        self.smoothing.value_edited.connect(
            lambda smoothing: ask(replace(self.settings, smoothing=smoothing))
        )
        self.lag = QLabel()
        self.lag.setProperty("role", "dim")
        self.lag.setFixedWidth(_LAG_PX)
        self.lag.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.lag.setToolTip("What smoothing costs: time by which a movement comes later")
        self.show(self.settings)

    @property
    def numbers(self) -> tuple[DragNumber, ...]:
        return (self.gain, self.offset, self.smoothing)

    def show(self, settings: GroupSettings) -> None:
        self.settings = settings
        with QSignalBlocker(self.mute):
            self.mute.setChecked(settings.muted)
        colour = COLOURS.warning if settings.muted else COLOURS.text_dim
        self.mute.setIcon(icon("muted" if settings.muted else "unmuted", colour))
        self.gain.set_value(settings.gain)
        self.offset.set_value(settings.offset)
        self.smoothing.set_value(settings.smoothing)
        self.lag.setText(f"{1000 * added_lag_s(self.group, settings.smoothing):.0f} ms")
        for widget in (self.name, self.lag, *self.numbers):
            widget.setEnabled(not settings.muted)


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
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID_PX // 2)
        grid.setVerticalSpacing(2)
        for column, heading in enumerate(_HEADINGS):
            label = QLabel(heading)
            label.setProperty("role", "dim")
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(label, 0, column)
        for line, group in enumerate(ChannelGroup, start=1):
            self._add_row(grid, line, group)
        for column in (2, 3, 4):
            grid.setColumnStretch(column, 1)

    def show_settings(self, settings: MixerSettings) -> None:
        for group, row in self._rows.items():
            row.show(settings.groups[group])

    def row(self, group: ChannelGroup) -> MixerRow:
        return self._rows[group]

    def _add_row(self, grid: QGridLayout, line: int, group: ChannelGroup) -> None:
        row = MixerRow(group, lambda settings: self.group_edited.emit(group, settings))
        for column, widget in enumerate((row.mute, row.name, *row.numbers, row.lag)):
            grid.addWidget(widget, line, column)
        for number in row.numbers:
            number.gesture_started.connect(self.gesture_started)
            number.gesture_ended.connect(self.gesture_ended)
            number.gesture_cancelled.connect(self.gesture_cancelled)
        self._rows[group] = row


def _number(limits: NumberRange, tip: str) -> DragNumber:
    number = DragNumber(limits)
    number.setToolTip(f"{tip}\nDrag to change, double-click to reset, Enter to type")
    return number
