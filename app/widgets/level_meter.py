"""A meter of loudness: a bar on a scale of decibels, with the gate as a mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import COLOURS, GRID_PX

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

FLOOR_DB = -60.0
"""Where the scale begins; it ends at 0, which is as loud as sound can be stored."""

_STEPS = 200
_LOUD, _TOO_LOUD = 1 + 12 / FLOOR_DB, 1 + 3 / FLOOR_DB


class LevelMeter(QWidget):
    """Green while sound passes the gate, grey below it, amber when loud, red when it is cut off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = 0.0
        self._gate = 0.0
        self.setAccessibleName("Level")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def level(self) -> float:
        """What is shown, 0..1 along the scale."""
        return self._level

    @property
    def colour(self) -> str:
        """Of the bar."""
        if self._level < self._gate:
            return COLOURS.text_off
        if self._level > _TOO_LOUD:
            return COLOURS.record
        return COLOURS.warning if self._level > _LOUD else COLOURS.good

    def show_level(self, level: float) -> None:
        """Loudness, 0..1 along the scale; steps too small to be seen are not painted."""
        rounded = round(_STEPS * min(max(level, 0.0), 1.0)) / _STEPS
        if rounded != self._level:
            self._level = rounded
            self.update()

    def show_gate(self, gate_db: float) -> None:
        """Decibels below which sound counts as silence; at or below the floor there is no mark."""
        self._gate = min(max(1 - gate_db / FLOOR_DB, 0.0), 1.0)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(96, GRID_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        whole = QRectF(self.rect())
        painter.fillRect(whole, QColor(COLOURS.field))
        bar = QRectF(0, 0, self._level * whole.width(), whole.height())
        painter.fillRect(bar, QColor(self.colour))
        if self._gate > 0:
            mark = self._gate * whole.width()
            painter.fillRect(QRectF(mark - 1, 0, 2, whole.height()), QColor(COLOURS.text))
