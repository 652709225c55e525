"""LayerLine: what the lines of all layer lists have in common, an eye and a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

_EYES = {True: ("shown", COLOURS.text), False: ("hidden", COLOURS.text_off)}


class _Name(QLabel):
    """A name; a double-click lets it be written anew."""

    rename_wanted = Signal()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.rename_wanted.emit()


class LayerLine(QWidget):
    """A layer that can be hidden and renamed; subclasses add what else there is to it.

    They put all of it side by side into `row`, which begins with the eye.

    Args:
        name: the layer's.
    """

    visible_edited = Signal(bool)
    renamed = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_visible = True
        self.eye = icon_button("shown", f"Hide or show {name}")
        self.eye.clicked.connect(lambda: self.visible_edited.emit(not self._is_visible))
        self.name = _Name(name, self)
        self.name.setTextFormat(Qt.TextFormat.PlainText)  # "<b>" is a name as good as any
        self.name.setToolTip("Double-click to rename")
        self.name.rename_wanted.connect(self.edit_name)
        self.editor: QLineEdit | None = None
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, GRID_PX // 2, 0)
        self.row.setSpacing(GRID_PX // 2)
        self.row.addWidget(self.eye)

    def show_name(self, name: str, *, is_visible: bool) -> None:
        """Show what the layer is called now, and whether it is seen."""
        self._is_visible = is_visible
        self.eye.setIcon(icon(*_EYES[is_visible]))
        self.name.setText(name)
        self.name.setEnabled(is_visible)

    def edit_name(self) -> None:
        """Open a field over the name."""
        if self.editor is None:
            self.editor = QLineEdit(self.name.text(), self)
            place = self.name.geometry().adjusted(-GRID_PX // 2, -3, 0, 3)
            self.editor.setGeometry(place.intersected(self.rect()))
            self.editor.selectAll()
            self.editor.editingFinished.connect(self._finish)
            self.editor.show()
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _finish(self) -> None:
        editor, self.editor = self.editor, None
        if editor is None:  # taking the field away finishes it a second time
            return
        name = editor.text().strip()
        editor.hide()
        editor.deleteLater()
        if name and name != self.name.text():
            self.renamed.emit(name)
