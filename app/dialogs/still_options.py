"""Asks how a picture of the viewport is to be saved: size, depth, background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from app.theme import GRID_PX

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = (7680, 4320)
_SIZES = (
    ("Full HD", (1920, 1080)),
    ("4K", (3840, 2160)),
    ("8K", LARGEST),
    ("Square", (2160, 2160)),
    ("Upright", (2160, 3840)),
)
_AS_VIEW = "As the view"


@dataclass(frozen=True, slots=True)
class StillOptions:
    """How a picture is saved.

    Args:
        size: width and height in pixels; None takes those of the view.
        is_deep: 16 bits a channel in place of 8.
        is_transparent: without background, for compositing.
    """

    size: tuple[int, int] | None = None
    is_deep: bool = False
    is_transparent: bool = False

    @classmethod
    def from_record(cls, kept: object) -> StillOptions:
        """What `record` gave; the defaults for what makes no sense."""
        record: Mapping[Any, Any] = kept if isinstance(kept, dict) else {}
        sizes = [list(size) for _, size in _SIZES]
        size = record.get("size")
        return cls(
            tuple(size) if size in sizes else None,
            record.get("deep") is True,
            record.get("transparent") is True,
        )

    def record(self) -> dict[str, Any]:
        """As plain data."""
        size = None if self.size is None else list(self.size)
        return {"size": size, "deep": self.is_deep, "transparent": self.is_transparent}


class StillOptionsDialog(QDialog):
    """Size, depth and background; then `chosen`.

    Args:
        options: chosen at first.
        view_size: width and height of the view in pixels.
        parent: the window.
    """

    chosen = Signal(object)
    """`StillOptions`."""

    def __init__(
        self, options: StillOptions, view_size: tuple[int, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.size_box = QComboBox()
        self.size_box.setToolTip("Large pictures are drawn piece by piece")
        self.size_box.addItem(f"{_AS_VIEW}, {view_size[0]} x {view_size[1]}", None)
        for title, size in _SIZES:
            self.size_box.addItem(f"{title}, {size[0]} x {size[1]}", size)
        sizes = [None, *(size for _, size in _SIZES)]
        self.size_box.setCurrentIndex(sizes.index(options.size) if options.size in sizes else 0)
        self.depth_box = QComboBox()
        self.depth_box.addItem("8 bits a channel: for everything", False)
        self.depth_box.addItem("16 bits a channel: for grading and retouching", True)
        self.depth_box.setCurrentIndex(int(options.is_deep))
        self.transparent = QCheckBox("Transparent background")
        self.transparent.setToolTip("Leave the background out, to lay the avatar over a picture")
        self.transparent.setChecked(options.is_transparent)
        form = QFormLayout()
        form.setVerticalSpacing(GRID_PX)
        form.setHorizontalSpacing(GRID_PX * 2)
        form.addRow("Size", self.size_box)
        form.addRow("Colours", self.depth_box)
        form.addRow("", self.transparent)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        save = buttons.addButton("Save …", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setDefault(True)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [GRID_PX * 2]))
        layout.setSpacing(GRID_PX * 2)
        layout.addLayout(form)
        layout.addWidget(buttons)

    @property
    def options(self) -> StillOptions:
        """What the dialog says now."""
        # Qt gives tuples back as lists.
        size = self.size_box.currentData()
        return StillOptions(
            None if size is None else (size[0], size[1]),
            bool(self.depth_box.currentData()),
            self.transparent.isChecked(),
        )

    def _accept(self) -> None:
        options = self.options
        self.accept()
        self.chosen.emit(options)
