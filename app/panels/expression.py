"""The expression panel: all 52 units, the head's pose and the gaze, to pose the avatar by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.panels.expression_rows import GROUP_ORDER, POSE_ROWS, PoseRow, UnitRow, unit_rows
from app.theme import GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.gestures import pass_gestures
from app.widgets.panel import Panel
from app.widgets.section import Section
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.motion import ChannelGroup, MotionFrame
    from avatar_core.project.model import Expression

_LABEL_PX = 88


class ExpressionPanel(Panel):
    """Sliders for everything a face does.

    With the sides linked, a change of one side asks for the same on the other. Under each slider
    a thin line shows what the avatar does at this moment, driver included.
    """

    weights_edited = Signal(dict)
    """Wanted ARKit weights by unit name."""
    pose_edited = Signal(str, int, float)
    """Field of `Expression`, axis, wanted value in radians or metres."""
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()
    reset_requested = Signal()
    """Everything back to neutral."""
    group_reset_requested = Signal(object)
    """One `ChannelGroup` back to neutral."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._units: dict[str, DragNumber] = {}
        self._poses: list[tuple[PoseRow, DragNumber]] = []
        self._rows: dict[ChannelGroup, list[tuple[UnitRow | PoseRow, QWidget]]] = {}
        self._sections: dict[ChannelGroup, Section] = {}
        self._folded: set[ChannelGroup] = set()
        self._is_searching = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(self._tools())
        layout.addWidget(self._scrolled())

    # showing

    def show_expression(self, expression: Expression) -> None:
        for unit, number in self._units.items():
            number.set_value(float(expression.weights[UNIT_INDEX[unit]]))
        for row, number in self._poses:
            number.set_value(row.shown(expression))
        for group, section in self._sections.items():
            changed = self._changed_in(group)
            section.set_note(f"{changed} changed" if changed else "")

    def show_live(self, motion: MotionFrame | None) -> None:
        """Mark what the avatar does now; None takes the marks away."""
        for unit, number in self._units.items():
            number.set_live(None if motion is None else motion.weight(unit))
        for row, number in self._poses:
            number.set_live(None if motion is None else _live_pose(row, motion))

    def _changed_in(self, group: ChannelGroup) -> int:
        numbers = [
            self._units[unit]
            for row, _ in self._rows[group]
            if isinstance(row, UnitRow)
            for unit in row.units
        ]
        numbers += [number for row, number in self._poses if row in POSE_ROWS.get(group, ())]
        return sum(number.value != number.limits.default for number in numbers)

    def unit_slider(self, unit: str) -> DragNumber:
        """The slider of one ARKit unit."""
        return self._units[unit]

    def pose_slider(self, field: str, axis: int) -> DragNumber:
        """The slider of one number of the pose."""
        return next(number for row, number in self._poses if (row.field, row.axis) == (field, axis))

    @property
    def sections(self) -> dict[ChannelGroup, Section]:
        """The sections by group."""
        return self._sections

    @property
    def is_linked(self) -> bool:
        return self._link.isChecked()

    def set_linked(self, is_linked: bool) -> None:
        self._link.setChecked(is_linked)

    # search

    def search(self, text: str) -> None:
        """Show only the rows that match, all sections open; empty text shows everything again."""
        wanted = text.strip()
        self._is_searching = True
        for group, rows in self._rows.items():
            section = self._sections[group]
            everything = not wanted or wanted.casefold() in section.title.casefold()
            found = [everything or row.matches(wanted) for row, _ in rows]
            for (_, widget), is_found in zip(rows, found, strict=True):
                widget.setVisible(is_found)
            section.setVisible(any(found))
            section.set_open(bool(wanted) or group not in self._folded)
        self._is_searching = bool(wanted)
        self._nothing.setText(f"Nothing is called “{wanted}”.")
        self._nothing.setVisible(all(section.isHidden() for section in self._sections.values()))

    def _remember_folding(self, group: ChannelGroup, is_open: bool) -> None:
        if not self._is_searching:
            (self._folded.discard if is_open else self._folded.add)(group)

    # building

    def _tools(self) -> QHBoxLayout:
        self._search = QLineEdit(placeholderText="Search 52 units and poses")
        self._search.setClearButtonEnabled(True)
        glass = QAction(icon("search"), "", self._search)
        self._search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self._search.textChanged.connect(self.search)
        self._link = icon_button("mirror", "Move left and right together", checkable=True)
        reset = icon_button("reset", "Reset everything to neutral (N)", self.reset_requested.emit)
        tools = QHBoxLayout()
        tools.setContentsMargins(GRID_PX, 0, GRID_PX, 0)
        tools.setSpacing(GRID_PX // 2)
        tools.addWidget(self._search)
        tools.addWidget(self._link)
        tools.addWidget(reset)
        return tools

    def _scrolled(self) -> QScrollArea:
        content = QWidget()
        content.setObjectName("scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(GRID_PX, 0, GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        for group in GROUP_ORDER:
            column.addWidget(self._group_section(group))
        self._nothing = QLabel(wordWrap=True)
        self._nothing.setProperty("role", "dim")
        self._nothing.hide()
        column.addWidget(self._nothing)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        return area

    def _group_section(self, group: ChannelGroup) -> Section:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(GRID_PX // 2, 0, 0, 0)
        column.setSpacing(2)
        rows: list[tuple[UnitRow | PoseRow, QWidget]] = [
            (pose, self._pose_row(pose)) for pose in POSE_ROWS.get(group, ())
        ]
        rows += [(units, self._unit_row(units)) for units in unit_rows(group)]
        for _, widget in rows:
            column.addWidget(widget)
        section = Section(group.label, body)
        section.add_button(self._group_reset(group))
        section.toggled.connect(lambda is_open, group=group: self._remember_folding(group, is_open))
        self._rows[group] = rows
        self._sections[group] = section
        return section

    def _group_reset(self, group: ChannelGroup) -> QToolButton:
        return icon_button(
            "reset", f"Reset {group.label}", lambda: self.group_reset_requested.emit(group)
        )

    def _unit_row(self, row: UnitRow) -> QWidget:
        numbers = []
        sides = ("L", "R") if len(row.units) == 2 else ("",)
        for unit, side in zip(row.units, sides, strict=True):
            number = DragNumber(NumberRange(), side)
            number.setToolTip(f"{unit}\n{_HOW}")
            number.setAccessibleName(f"{row.label} {side}".strip())
            self._connect(number, self._weight_asker(row, unit))
            self._units[unit] = number
            numbers.append(number)
        return _row(row.label, numbers)

    def _weight_asker(self, row: UnitRow, unit: str) -> Callable[[float], None]:
        def ask(value: float) -> None:
            units = row.units if self.is_linked and row.label != "Sideways" else (unit,)
            self.weights_edited.emit(dict.fromkeys(units, value))

        return ask

    def _pose_row(self, row: PoseRow) -> QWidget:
        number = DragNumber(row.limits)
        number.setToolTip(f"{row.tip}\n{_HOW}")
        number.setAccessibleName(f"{row.label} {row.field}")
        self._connect(
            number, lambda value: self.pose_edited.emit(row.field, row.axis, row.sign * value)
        )
        self._poses.append((row, number))
        return _row(row.label, [number])

    def _connect(self, number: DragNumber, ask: Callable[[float], None]) -> None:
        number.value_edited.connect(ask)
        pass_gestures(self, number)


_HOW = "Drag to change, Shift for fine steps, double-click to reset, Enter to type"


def _row(label: str, numbers: list[DragNumber]) -> QWidget:
    widget = QWidget()
    line = QHBoxLayout(widget)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GRID_PX // 2)
    name = QLabel(label)
    name.setProperty("role", "dim")
    name.setFixedWidth(_LABEL_PX)
    line.addWidget(name)
    for number in numbers:
        line.addWidget(number, stretch=1)
    return widget


def _live_pose(row: PoseRow, motion: MotionFrame) -> float | None:
    if row.field == "gaze":
        gaze = motion.gaze
        return None if gaze is None else row.sign * float(gaze[:, row.axis].mean())
    return row.sign * float(getattr(motion, row.field)[row.axis])
