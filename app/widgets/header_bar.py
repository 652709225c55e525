"""The strip under the menus: workspaces at the left, the state of things at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QWidget

from app.theme import GRID_PX, ICON_PX, number_font
from app.widgets.buttons import action_button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction


class HeaderBar(QToolBar):
    """A tool bar that stays where it is.

    Args:
        tabs: what stands at the left.
        actions: buttons beside it.
        parent: the window.
    """

    def __init__(
        self, tabs: QWidget, actions: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__("Header", parent)
        self.setObjectName("header")
        self.setMovable(False)
        self.setFloatable(False)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.toggleViewAction().setEnabled(False)
        self._saved = QLabel()
        self._kept = QLabel()
        self._device = QLabel()
        self._device.setToolTip("What the avatar is drawn with")
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._rate = QLabel()
        self._rate.setFont(number_font())
        self._rate.setToolTip("Pictures drawn in a second")
        gap = QWidget()
        gap.setFixedWidth(GRID_PX)
        self.addWidget(tabs)
        self.addWidget(gap)
        for action in actions:
            self.addWidget(action_button(action))
        self.addWidget(spacer)
        for label in (self._rate, self._device, self._kept, self._saved):
            label.setContentsMargins(GRID_PX, 0, GRID_PX, 0)
            self.addWidget(label)

    def show_device(self, name: str) -> None:
        self._device.setText(name)

    def show_rate(self, per_second: float) -> None:
        """How quickly the viewport repaints; nothing while it rests."""
        self._rate.setText(f"{per_second:.0f} fps" if per_second >= 1 else "")

    def show_saved(self, is_dirty: bool, is_saving: bool = False) -> None:
        """Whether everything is on the disk, or on its way there."""
        words = "Unsaved changes" if is_dirty else "Saved"
        self._saved.setText("Saving …" if is_saving else words)
        _set_state(self._saved, "unsaved" if is_dirty else "saved")

    def show_kept(self, words: str, tip: str, is_trouble: bool) -> None:
        """How safe unsaved changes are: what the studio keeps by itself, and when it last did.

        Args:
            words: at most two or three.
            tip: the whole of it.
            is_trouble: a crash would lose work at the moment.
        """
        self._kept.setText(words)
        self._kept.setToolTip(tip)
        _set_state(self._kept, "unsaved" if is_trouble else "saved")

    @property
    def saved_text(self) -> str:
        return self._saved.text()

    @property
    def kept_text(self) -> str:
        return self._kept.text()


def _set_state(label: QLabel, state: str) -> None:
    """Colour a label by what the style sheet says about that state."""
    label.setProperty("state", state)
    label.style().unpolish(label)
    label.style().polish(label)
