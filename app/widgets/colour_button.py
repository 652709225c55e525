"""ColourButton: a swatch that opens a colour field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import swatch
from app.theme import GRID_PX, ROW_PX
from app.widgets.colour_field import ColourField

if TYPE_CHECKING:
    from app.widgets.colour_field import Rgb


class ColourButton(QToolButton):
    """Shows a colour, with a name beside it if wanted; a click lets it be changed.

    Args:
        tip: what the colour is for.
        label: written beside it; empty for a bare swatch.
        parent: the owning widget.
    """

    colour_edited = Signal(object)
    """`Rgb`."""

    def __init__(self, tip: str, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour: Rgb = (0.35, 0.2, 0.1)
        self._popover: QFrame | None = None
        self._field: ColourField | None = None
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setProperty("role", "chip")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(16, 16))
        self.setFixedHeight(ROW_PX)
        if label:
            self.setText(label)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        else:
            self.setFixedWidth(ROW_PX)
        self.clicked.connect(self._open)
        self._show()

    @property
    def colour(self) -> Rgb:
        return self._colour

    def show_colour(self, colour: Rgb) -> None:
        """Show a colour; emits nothing."""
        if colour != self._colour:
            self._colour = colour
            self._show()
            if self._field is not None:
                self._field.show_colour(colour)

    @property
    def field(self) -> ColourField | None:
        """What is open to choose a colour in, once it was opened."""
        return self._field

    def _show(self) -> None:
        shown = (min(max(each, 0.0), 1.0) for each in self._colour)
        self.setIcon(swatch(QColor.fromRgbF(*shown).name()))

    def _open(self) -> None:
        if self._popover is None:
            flags = Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint
            self._popover = QFrame(self, flags)
            self._popover.setObjectName("popover")
            self._field = ColourField()
            self._field.setFixedWidth(26 * GRID_PX)
            self._field.colour_edited.connect(self._edit)
            layout = QVBoxLayout(self._popover)
            layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
            layout.addWidget(self._field)
        assert self._field is not None
        self._field.show_colour(self._colour)
        self._popover.adjustSize()
        area = self.screen().availableGeometry()
        corner = self.mapToGlobal(QPoint(0, self.height() + GRID_PX // 2))
        x = min(corner.x(), area.right() - self._popover.width())
        y = min(corner.y(), area.bottom() - self._popover.height())
        self._popover.move(max(x, area.left()), max(y, area.top()))
        self._popover.show()

    def _edit(self, colour: Rgb) -> None:
        self._colour = colour
        self._show()
        self.colour_edited.emit(colour)
