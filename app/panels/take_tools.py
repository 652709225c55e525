"""The row of tools for editing the take in the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.panels.take_curves import title_of
from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import action_button
from avatar_core.motion import CORRECTED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from PySide6.QtGui import QAction, QResizeEvent
    from PySide6.QtWidgets import QMenu

TOOLS: tuple[tuple[str, ...], ...] = (
    ("take.previous_marker", "take.step_back", "take.step_on", "take.next_marker"),
    ("take.set_in", "take.set_out", "take.clear_range", "take.marker"),
    ("take.trim", "take.retime", "take.loop", "take.smooth"),
    ("take.blend", "take.insert", "take.bake"),
)
"""Actions that have a button, by groups that stand together."""

_LEFT_OUT = (
    "take.bake", "take.insert", "take.blend", "take.step_back", "take.step_on",
    "take.clear_range", "take.previous_marker", "take.next_marker", "take.loop", "take.smooth",
    "take.retime",
)  # fmt: skip
"""Buttons that go first where there is too little room; the menu still has them."""

_NO_CURVE = "No curve"
_CURVE_PX = 26 * GRID_PX
_NARROWEST_PX = 45 * GRID_PX


class TakeTools(QWidget):
    """Buttons for the commonest edits, a menu with all of them, and the choice of a curve.

    Args:
        actions: those of `TOOLS`, `take.punch` and `take.bypass`, by id.
        menu: all edits.
        parent: the owning widget.
    """

    channel_chosen = Signal(str)
    """A channel of `CORRECTED_COLUMNS` whose curve shall be shown; empty for none."""

    def __init__(
        self, actions: Mapping[str, QAction], menu: QMenu, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 4)
        buttons = {name: action_button(actions[name], ROW_PX) for group in TOOLS for name in group}
        self._left_out = [buttons[name] for name in _LEFT_OUT]
        for group in TOOLS:
            for name in group:
                layout.addWidget(buttons[name])
            layout.addSpacing(GRID_PX // 2)
        self.more = QToolButton()
        self.more.setText("Edit take")
        self.more.setToolTip("Everything that can be done to the take")
        self.more.setProperty("role", "button")
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFixedHeight(ROW_PX)
        layout.addWidget(self.more)
        layout.addSpacing(GRID_PX)
        self.punch = action_button(actions["take.punch"], ROW_PX)
        self.punch.setFixedWidth(ROW_PX + 14)  # the arrow of its menu stands beside the icon
        layout.addWidget(self.punch)
        layout.addStretch(1)
        label = QLabel("Correct")
        label.setProperty("role", "dim")
        layout.addWidget(label)
        self.channel = self._channels()
        layout.addWidget(self.channel, stretch=2)
        layout.addWidget(action_button(actions["take.bypass"], ROW_PX))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(_NARROWEST_PX, ROW_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave buttons out until the rest has room."""
        layout = self.layout()
        assert layout is not None
        for button in self._left_out:
            button.show()
        for button in self._left_out:
            if layout.minimumSize().width() <= self.width():
                break
            button.hide()

    def set_punch_menu(self, menu: QMenu) -> None:
        """Offer the groups that are recorded over at the side of its button."""
        self.punch.setMenu(menu)
        self.punch.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)

    def show_corrected(self, channels: Collection[str]) -> None:
        """Mark the channels that have keys."""
        with QSignalBlocker(self.channel):
            for at in range(1, self.channel.count()):
                channel = str(self.channel.itemData(at))
                mark = "◆ " if channel in channels else ""
                self.channel.setItemText(at, mark + title_of(channel))

    def show_channel(self, channel: str) -> None:
        """Have a channel chosen without asking for it; empty for none."""
        with QSignalBlocker(self.channel):
            self.channel.setCurrentIndex(max(self.channel.findData(channel), 0))

    def _channels(self) -> QComboBox:
        choice = QComboBox()
        choice.addItem(_NO_CURVE, "")
        for channel in _in_reading_order():
            choice.addItem(title_of(channel), channel)
        choice.setMinimumWidth(12 * GRID_PX)
        choice.setMaximumWidth(_CURVE_PX)
        choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        choice.setMaxVisibleItems(24)
        choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        choice.setToolTip(
            "Show the curve of a channel below the timeline, to correct it with keys on top of the "
            "recording\n◆ marks channels with keys"
        )
        choice.setAccessibleName("Curve")
        choice.currentIndexChanged.connect(
            lambda at: self.channel_chosen.emit(str(choice.itemData(at)))
        )
        return choice


def _in_reading_order() -> Sequence[str]:
    """Head and gaze first, then the units by name."""
    names = list(CORRECTED_COLUMNS)
    return [*names[52:], *sorted(names[:52])]
