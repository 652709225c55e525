"""What can be said of an export: when, which take, which way up, and whether with hair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from app.theme import GRID_PX
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import line, number
from avatar_core.exchange.formats import FORMATS, Format, Pose

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABEL_PX = 10 * GRID_PX
_SHOWN = "shown"
_WHEN: tuple[tuple[str, Pose, str], ...] = (
    (str(Pose.REST), Pose.REST, "At rest"),
    (_SHOWN, Pose.MOMENT, "As it was shown when this window opened"),
    (str(Pose.MOMENT), Pose.MOMENT, "At a moment of a take"),
    (str(Pose.SEQUENCE), Pose.SEQUENCE, "Every frame of a take, a file each"),
    (str(Pose.ANIMATION), Pose.ANIMATION, "At rest, with a take as animation"),
)
_AXES = (
    ("", "As usual for the format"),
    ("y-down", "Y down: SuperSplat, PlayCanvas, most viewers"),
    ("y-up", "Y up: as in the studio, Blender, engines"),
)
_AXES_TIP = (
    "Files of Gaussians do not say which way is up. Usual is y down for .ply and .splat, and y up"
    " for .spz, as its description says; some viewers take .spz for y down, too."
)


@dataclass(frozen=True, slots=True)
class TakeChoice:
    """A take that is offered: its id, name, number of frames and length."""

    id: str
    name: str
    frames: int
    duration_s: float


class ExportOptions(QWidget):
    """Rows of fields, of which those are seen that mean something.

    Args:
        takes: of the project, the one in hand first.
        is_shown: there is a moment that is shown now.
    """

    changed = Signal()

    def __init__(self, takes: Sequence[TakeChoice], *, is_shown: bool) -> None:
        super().__init__()
        self._takes = list(takes)
        self._is_shown = is_shown
        self._format = Format.GLB
        self.when, self.take, self.axes = QComboBox(), QComboBox(), QComboBox()
        for name, field in (("When", self.when), ("Take", self.take), ("Axes", self.axes)):
            field.setAccessibleName(name)
        for take in self._takes:
            self.take.addItem(f"{take.name}  ({take.frames} frames)", take.id)
        for key, words in _AXES:
            self.axes.addItem(words, key)
        self.axes.setToolTip(_AXES_TIP)
        self.moment = self._number(NumberRange(0, 1, 0, 0.1, 2, suffix=" s"), "Seconds of the take")
        self.first = self._number(NumberRange(0, 1, 0, 1, 0), "First frame")
        self.last = self._number(NumberRange(0, 1, 1, 1, 0), "Last frame")
        self.with_hair = QCheckBox("Write the hair too, as Gaussians")
        self.with_hair.setChecked(True)
        self.with_hair.setToolTip("Off: the head alone, for programs that stumble over Gaussians")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID_PX)
        self._grid.setVerticalSpacing(GRID_PX // 2)
        self._grid.setColumnStretch(1, 1)
        self._rows = {
            "When": self._row("When", self.when),
            "Take": self._row("Take", self.take),
            "Moment": self._row("Moment", self.moment),
            "Frames": self._row("Frames", self.first, self.last),
            "Axes": self._row("Axes", self.axes),
            "Hair": self._row("Hair", self.with_hair),
        }
        self._choose_take()
        self.when.currentIndexChanged.connect(self._show)
        self.take.currentIndexChanged.connect(self._choose_take)
        self.axes.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.with_hair.toggled.connect(lambda _on: self.changed.emit())

    def set_format(self, format: Format) -> None:
        """Offer what a format can hold; what was chosen stays where it is possible."""
        chosen = self.when.currentData()
        self._format = format
        self.when.blockSignals(True)
        self.when.clear()
        for key, pose, words in _WHEN:
            is_there = self._is_shown if key == _SHOWN else pose is Pose.REST or bool(self._takes)
            if pose in FORMATS[format].poses and is_there:
                self.when.addItem(words, key)
        self.when.setCurrentIndex(max(self.when.findData(chosen), 0))
        self.when.blockSignals(False)
        self._show()

    def choose_when(self, pose: Pose, *, is_shown: bool = False) -> None:
        """Choose when, if the format can hold it."""
        at = self.when.findData(_SHOWN if is_shown else str(pose))
        if at >= 0:
            self.when.setCurrentIndex(at)

    @property
    def pose(self) -> Pose:
        key = self.when.currentData()
        return Pose.MOMENT if key == _SHOWN else Pose(key or Pose.REST)

    @property
    def at_s(self) -> float | None:
        """The moment of the take; None for the one that was shown, and for all else."""
        return self.moment.value if self.when.currentData() == Pose.MOMENT else None

    @property
    def take_id(self) -> str:
        """The take that is wanted; empty where none is."""
        return str(self.take.currentData() or "") if self._needs_take else ""

    @property
    def frames(self) -> tuple[int, int]:
        return int(self.first.value), int(self.last.value)

    @property
    def missing(self) -> str:
        """What keeps it from being done; empty for nothing."""
        if self._format is Format.CURVES and not self._takes:
            return "The project has no take: record or import one first."
        if self.pose in {Pose.SEQUENCE, Pose.ANIMATION} and self.first.value > self.last.value:
            return "The last frame comes before the first."
        return ""

    @property
    def _needs_take(self) -> bool:
        is_posed = self.when.currentData() not in {str(Pose.REST), _SHOWN, None}
        return is_posed or self._format is Format.CURVES

    def _choose_take(self) -> None:
        index = self.take.currentIndex()
        if 0 <= index < len(self._takes):
            take = self._takes[index]
            last = float(take.frames - 1)
            self.moment.set_limits(NumberRange(0, take.duration_s, 0, 0.1, 2, suffix=" s"))
            for field, value in ((self.first, 0.0), (self.last, last)):
                field.set_limits(NumberRange(0, max(last, 1), value, 1, 0))
                field.set_value(value)
            self.moment.set_value(0.0)
        self.changed.emit()

    def _show(self) -> None:
        kind, pose = FORMATS[self._format], self.pose
        shown = {
            "When": self.when.count() > 1,
            "Take": self._needs_take and bool(self._takes),
            "Moment": self.at_s is not None,
            "Frames": pose in {Pose.SEQUENCE, Pose.ANIMATION},
            "Axes": kind.is_gaussians,
            "Hair": self._format is Format.GLB,
        }
        for name, widgets in self._rows.items():
            for widget in widgets:
                widget.setVisible(shown[name])
        self.changed.emit()

    def _number(self, limits: NumberRange, tip: str) -> DragNumber:
        field = number(limits, "", tip)
        field.setAccessibleName(tip)
        field.set_value(limits.default)
        field.value_edited.connect(field.set_value)
        field.value_edited.connect(lambda _value: self.changed.emit())
        return field

    def _row(self, name: str, *fields: QWidget) -> tuple[QWidget, QWidget]:
        label = QLabel(name)
        label.setProperty("role", "dim")
        label.setMinimumWidth(_LABEL_PX)
        body = fields[0]
        if len(fields) > 1:
            body = QWidget()
            body.setLayout(line(*fields))
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(body, row, 1)
        return label, body
