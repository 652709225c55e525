"""RangeHistogram: how often values occur, and a range to be dragged over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import COLOURS, GRID_PX, number_font

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from avatar_core.geometry import Float32

_BINS = 64
_LEAST_SPAN = 1e-3
_GRIP_PX = 5
_WORDS_PX = 2 * GRID_PX


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """How a value is written: value * scale, so many decimals, a suffix."""

    scale: float = 1.0
    decimals: int = 2
    suffix: str = ""

    def text(self, value: float) -> str:
        shown = round(value * self.scale, self.decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
        return f"{shown:.{self.decimals}f}{self.suffix}"


class RangeHistogram(QWidget):
    """Bars of a distribution; drag over them for a range, or an end of the range for another."""

    range_edited = Signal(float, float)
    """The range while it is dragged."""
    range_chosen = Signal(float, float, object)
    """The range once the mouse lets go, and the `Qt.KeyboardModifiers` then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = np.zeros(_BINS, np.float32)
        self._low, self._high = 0.0, 1.0
        self._range: tuple[float, float] | None = None
        self._anchor: float | None = None
        self._format = ValueFormat()
        self.setFont(number_font())
        self.setAccessibleName("Distribution")
        self.setToolTip("Drag over the values to select; Shift adds, Ctrl takes away")
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(10 * GRID_PX)

    def show_values(self, values: Float32, written: ValueFormat | None = None) -> None:
        """Show how values [n] are distributed; those not finite are left out."""
        self._format = written or ValueFormat()
        finite = values[np.isfinite(values)]
        self._range = None
        if len(finite):
            # A stray giant must not squeeze everything else into one bar.
            low, high = (float(each) for each in np.quantile(finite, (0.002, 0.998)))
            self._low, self._high = low, max(high, low + _LEAST_SPAN * max(abs(low), 1))
            counts, _ = np.histogram(finite.clip(low, high), _BINS, (self._low, self._high))
            heights = np.sqrt(counts)  # rare values are to be seen too
            self._bars = (heights / max(heights.max(), 1)).astype(np.float32)
        else:
            self._bars = np.zeros(_BINS, np.float32)
        self.update()

    @property
    def bars(self) -> Float32:
        """[64] heights 0..1."""
        return self._bars

    @property
    def chosen(self) -> tuple[float, float] | None:
        """The range dragged last, or None."""
        return self._range

    def value_at(self, x_px: float) -> float:
        """The value at a place in the widget."""
        share = min(max(x_px / max(self.width(), 1), 0.0), 1.0)
        return self._low + share * (self._high - self._low)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(24 * GRID_PX, 10 * GRID_PX)

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or not self._bars.any():
            return
        x = event.position().x()
        self._anchor = self.value_at(x)
        if self._range is not None:
            low, high = self._range
            if abs(self._place(low) - x) <= _GRIP_PX:
                self._anchor = high
            elif abs(self._place(high) - x) <= _GRIP_PX:
                self._anchor = low
        self._follow(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._anchor is not None:
            self._follow(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._anchor is not None and self._range is not None:
            self._anchor = None
            self.range_chosen.emit(*self._outward(), event.modifiers())

    def _follow(self, x_px: float) -> None:
        assert self._anchor is not None
        value = self.value_at(x_px)
        self._range = (min(value, self._anchor), max(value, self._anchor))
        self.range_edited.emit(*self._outward())
        self.update()

    def _outward(self) -> tuple[float, float]:
        """The range; one that touches an end takes in the strays beyond it."""
        assert self._range is not None
        low, high = self._range
        return (
            -np.inf if low <= self._low else low,
            np.inf if high >= self._high else high,
        )

    def _place(self, value: float) -> float:
        return (value - self._low) / (self._high - self._low) * self.width()

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        field = QRectF(0, 0, self.width(), self.height() - _WORDS_PX)
        painter.setBrush(QColor(COLOURS.field))
        painter.drawRoundedRect(field, 4, 4)
        wide = field.width() / _BINS
        for step, height in enumerate(self._bars):
            tall = float(height) * (field.height() - 4)
            bar = QRectF(step * wide, field.bottom() - tall, max(wide - 1, 1), tall)
            painter.fillRect(bar, QColor(self._colour_of(step)))
        if self._range is not None:
            for value in self._range:
                x = min(max(self._place(value), 1), self.width() - 1)
                painter.fillRect(QRectF(x - 1, 0, 2, field.height()), QColor(COLOURS.text))
        self._paint_words(painter, field)

    def _colour_of(self, step: int) -> str:
        if self._range is None or not self.isEnabled():
            return COLOURS.text_off
        value = self._low + (step + 0.5) / _BINS * (self._high - self._low)
        is_inside = self._range[0] <= value <= self._range[1]
        return COLOURS.accent if is_inside else COLOURS.text_off

    def _paint_words(self, painter: QPainter, field: QRectF) -> None:
        low, high = (self._low, self._high) if self._range is None else self._range
        painter.setPen(QColor(COLOURS.text_dim))
        line = QRectF(QPointF(0, field.bottom()), QSize(self.width(), _WORDS_PX))
        bottom = Qt.AlignmentFlag.AlignBottom
        painter.drawText(line, bottom | Qt.AlignmentFlag.AlignLeft, self._format.text(low))
        painter.drawText(line, bottom | Qt.AlignmentFlag.AlignRight, self._format.text(high))
