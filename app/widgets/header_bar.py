"""The strip under the menus: workspaces at the left, the state of things at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QWidget

from app.theme import GRID_PX


class HeaderBar(QToolBar):
    """A tool bar that stays where it is.

    Args:
        tabs: what stands at the left.
        parent: the window.
    """

    def __init__(self, tabs: QWidget, parent: QWidget | None = None) -> None:
        super().__init__("Header", parent)
        self.setObjectName("header")
        self.setMovable(False)
        self.setFloatable(False)
        self.toggleViewAction().setEnabled(False)
        self._saved = QLabel()
        self._device = QLabel()
        self._device.setToolTip("What the avatar is drawn with")
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(tabs)
        self.addWidget(spacer)
        for label in (self._device, self._saved):
            label.setContentsMargins(GRID_PX, 0, GRID_PX, 0)
            self.addWidget(label)

    def show_device(self, name: str) -> None:
        self._device.setText(name)

    def show_saved(self, is_dirty: bool) -> None:
        """Whether everything is on the disk."""
        self._saved.setText("Unsaved changes" if is_dirty else "Saved")
        self._saved.setProperty("state", "unsaved" if is_dirty else "saved")
        self._saved.style().unpolish(self._saved)
        self._saved.style().polish(self._saved)

    @property
    def saved_text(self) -> str:
        return self._saved.text()
