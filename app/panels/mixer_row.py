"""One row of the mixer: who moves a channel group, and how it arrives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX, ROW_PX
from app.widgets.buttons import icon_button
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import column, line, number
from avatar_core.motion.channels import offset_ends
from avatar_core.motion.mixer_settings import GroupSettings
from avatar_core.motion.smoothing import added_lag_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.motion import ChannelGroup

_GAIN = NumberRange(0.0, 2.0, 1.0, 0.05)
_OFFSET = NumberRange(-1.0, 1.0, 0.0, 0.01)
_CURVE = NumberRange(-1.0, 1.0, 0.0, 0.05)
_RELATIVE = NumberRange(0.0, 1.0, 1.0, 0.05)
_SMOOTHING = NumberRange(0.0, 1.0, GroupSettings().smoothing, 0.05)
NAME_PX, LAG_PX = 88, 40
_DETAILS = ("offset", "curve", "relative")


class MixerRow:
    """The controls of one group; `MixerGrid` lays them out.

    Args:
        group: whose.
        ask: gets the settings that are wanted.
        choose: opens the choice of drivers below the button that it gets.
    """

    def __init__(
        self,
        group: ChannelGroup,
        ask: Callable[[GroupSettings], None],
        choose: Callable[[QToolButton], None],
    ) -> None:
        self.group = group
        self.settings = GroupSettings()
        self.is_open = False
        self._ask = ask
        self.mute = icon_button("unmuted", f"Mute {group.label}", checkable=True)
        self.mute.toggled.connect(lambda muted: ask(replace(self.settings, muted=muted)))
        self.name = QLabel(group.label)
        self.name.setMinimumWidth(NAME_PX)
        self.drivers = _choice_button(f"Which drivers move {group.label.lower()}")
        self.drivers.clicked.connect(lambda: choose(self.drivers))
        self.gain = self._plain("gain", _GAIN, "How much of the movement arrives")
        self.smoothing = self._plain(
            "smoothing", _SMOOTHING, "Calmer against jitter, at the price of lag"
        )
        self.lag = QLabel()
        self.lag.setProperty("role", "dim")
        self.lag.setFixedWidth(LAG_PX)
        self.lag.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.lag.setToolTip("What smoothing costs: time by which a movement comes later")
        self.more = icon_button("expand", f"More of {group.label}: offset, curve, relative")
        self.more.setFixedSize(16, ROW_PX)
        self.more.clicked.connect(lambda: self.set_open(not self.is_open))
        lower, upper = offset_ends(group)
        self.offset = self._named(
            "offset", "Offset", _OFFSET, f"Constant added: -1 {lower}, 1 {upper}"
        )
        self.curve = self._named(
            "curve", "Curve", _CURVE,
            "-1: soft, small movements are raised\n1: sharp, small movements are held back",
        )  # fmt: skip
        self.relative = self._named(
            "relative", "Relative", _RELATIVE,
            "1: told from the person's rest. 0: as it was tracked.\n"
            "Times Relative of the whole mixer; needs a neutral face.",
        )  # fmt: skip
        self.details = column(
            line(self.offset, self.curve, self.relative), margin_px=16 + GRID_PX // 2
        )
        self.details.hide()

    @property
    def numbers(self) -> tuple[DragNumber, ...]:
        return (self.gain, self.offset, self.curve, self.relative, self.smoothing)

    @property
    def head(self) -> tuple[QWidget, ...]:
        """What is always seen, from left to right."""
        return (
            self.more, self.mute, self.name, self.drivers, self.gain, self.smoothing, self.lag,
        )  # fmt: skip

    def set_open(self, is_open: bool) -> None:
        """Show offset, curve and relative too."""
        self.is_open = is_open
        self.details.setVisible(is_open)
        self._show_arrow()

    def show(self, settings: GroupSettings) -> None:
        """Show how the group arrives; emits nothing."""
        self.settings = settings
        with QSignalBlocker(self.mute):
            self.mute.setChecked(settings.muted)
        colour = COLOURS.warning if settings.muted else COLOURS.text_dim
        self.mute.setIcon(icon("muted" if settings.muted else "unmuted", colour))
        self.gain.set_value(settings.gain)
        self.offset.set_value(settings.offset)
        self.curve.set_value(settings.curve)
        self.relative.set_value(settings.relative)
        self.smoothing.set_value(settings.smoothing)
        self.lag.setText(f"{1000 * added_lag_s(self.group, settings.smoothing):.0f} ms")
        for widget in (self.name, self.drivers, self.lag, *self.numbers):
            widget.setEnabled(not settings.muted)
        self._show_arrow()

    def show_drivers(self, words: str, tip: str, *, is_own: bool) -> None:
        """Say who moves the group.

        Args:
            words: one or two of them.
            tip: the whole story.
            is_own: the group does not simply follow the main driver.
        """
        self.drivers.setText(words)
        self.drivers.setToolTip(tip)
        state = "own" if is_own else "usual"
        if self.drivers.property("state") != state:
            self.drivers.setProperty("state", state)
            self.drivers.style().polish(self.drivers)

    @property
    def hides_something(self) -> bool:
        """Offset, curve or relative are set, and cannot be seen."""
        usual = GroupSettings()
        is_set = any(getattr(self.settings, name) != getattr(usual, name) for name in _DETAILS)
        return is_set and not self.is_open

    def _show_arrow(self) -> None:
        colour = COLOURS.accent if self.hides_something else COLOURS.text_dim
        self.more.setIcon(icon("collapse" if self.is_open else "expand", colour))

    def _plain(self, field: str, limits: NumberRange, tip: str) -> DragNumber:
        shown = number(limits, "", tip)
        shown.setAccessibleName(f"{field.capitalize()} of {self.group.label.lower()}")
        return self._wired(field, shown)

    def _named(self, field: str, label: str, limits: NumberRange, tip: str) -> DragNumber:
        return self._wired(field, number(limits, label, tip))

    def _wired(self, field: str, shown: DragNumber) -> DragNumber:
        shown.value_edited.connect(
            lambda value: self._ask(replace(self.settings, **{field: value}))
        )
        return shown


def _choice_button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(tip)
    button.setProperty("role", "chip")
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    button.setMinimumWidth(9 * GRID_PX)
    button.setFixedHeight(ROW_PX)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
