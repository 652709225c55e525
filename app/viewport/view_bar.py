"""ViewBar: a slim strip in the viewport's corner, for what is changed most often there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton

from app.icons import icon
from app.theme import COLOURS, GRID_PX, ICON_PX, ROW_PX
from app.viewport.camera_popover import CameraPopover
from app.viewport.display_popover import DisplayPopover
from app.widgets.buttons import action_button

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

SWITCHES = ("view.wireframe", "view.headlight")
COMPARE = ("view.split",)
CAMERA = ("view.frame", "view.turntable")


class ViewBar(QFrame):
    """Buttons that open the popovers, and the switches that hands reach for most.

    The Display button says what keeps the picture from being the one it is meant to be, with a
    cross beside it that takes all of that back.

    Args:
        find: gives an action by its id.
        parent: the viewport.
    """

    def __init__(self, find: Callable[[str], QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view_bar")
        # A press between two buttons is no drag of the camera.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.display_popover = DisplayPopover(find, self)
        self.camera_popover = CameraPopover(find, self)
        self._display = _follower(find("view.display"), "Display")
        self._reset = _follower(find("view.display_reset"))
        self._reset.setIcon(icon("close", COLOURS.on_accent))
        self._camera = _follower(find("view.camera"), "Camera")
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(GRID_PX // 2, GRID_PX // 2, GRID_PX // 2, GRID_PX // 2)
        row.setSpacing(GRID_PX // 2)
        row.addWidget(self._display)
        row.addWidget(self._reset)
        self._switches: list[QWidget] = []
        self._fitted = (0, "")
        for ids in (SWITCHES, COMPARE, CAMERA):
            self._switches += [_line(), *(action_button(find(each), ROW_PX) for each in ids)]
        for switch in self._switches:
            row.addWidget(switch)
        row.addWidget(self._camera)
        self.show_notes(())

    def show_notes(self, notes: Sequence[str]) -> None:
        """Say what differs from the plain picture; nothing when it is plain."""
        more = f"  +{len(notes) - 1}" if len(notes) > 1 else ""
        self._display.setText(f"{notes[0]}{more}" if notes else "Display")
        self._display.setProperty("state", "lit" if notes else "")
        self._display.setIcon(icon("display", COLOURS.on_accent if notes else COLOURS.text))
        self._reset.setVisible(bool(notes))
        self._reset.setProperty("state", "lit" if notes else "")
        for button in (self._display, self._reset):
            button.style().unpolish(button)
            button.style().polish(button)
        self.adjustSize()

    def fit(self, width_px: int) -> None:
        """Be as wide as needed; where that is too much, first without the switches, then words."""
        wanted = (width_px, self.text)
        if wanted != self._fitted:  # what is hidden and shown below asks for a new layout again
            self._fitted = wanted
            for has_switches, has_words in ((True, True), (False, True), (False, False)):
                self._show_parts(has_switches, has_words)
                if self.sizeHint().width() <= width_px:
                    break
        self.adjustSize()

    def _show_parts(self, has_switches: bool, has_words: bool) -> None:
        style = Qt.ToolButtonStyle
        for opener in (self._display, self._camera):
            opener.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if has_words else style.ToolButtonIconOnly
            )
        for switch in self._switches:
            switch.setVisible(has_switches)
        self._row.invalidate()
        self._row.activate()

    @property
    def text(self) -> str:
        """What the Display button says."""
        return self._display.text()

    def toggle_display(self) -> None:
        """Open or close the Display popover."""
        self.display_popover.toggle_at(self._display, self)

    def toggle_camera(self) -> None:
        """Open or close the Camera popover."""
        self.camera_popover.toggle_at(self._camera, self)


def _follower(action: QAction, words: str = "") -> QToolButton:
    """A button with words and an icon of its own, which otherwise follows an action."""
    button = QToolButton()
    button.setText(words)
    button.setIcon(action.icon())
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    button.setFixedHeight(ROW_PX)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if words:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setProperty("role", "opener")
    else:
        button.setFixedWidth(ROW_PX)
    button.clicked.connect(lambda: action.trigger())
    follow = partial(_take_tip, button, action)
    action.changed.connect(follow)
    follow()
    return button


def _take_tip(button: QToolButton, action: QAction) -> None:
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.toolTip())


def _line() -> QFrame:
    line = QFrame()
    line.setObjectName("bar_line")
    line.setFixedSize(1, ICON_PX)
    return line
