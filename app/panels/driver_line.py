"""One driver of the list: state, name, rate and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.icons import icon
from app.panels.driver_kinds import DriverKind, state_words
from app.theme import COLOURS, GRID_PX, ICON_PX, number_font
from app.widgets.buttons import icon_button
from app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from avatar_core.motion import MotionFrame

LINE_PX = 6 * GRID_PX
_DOT_PX = 10


class DriverReading(Protocol):
    """What a driver does right now; `app.workers.status.DriverState` fits."""

    @property
    def uri(self) -> str: ...
    @property
    def state(self) -> str:
        """`off`, `opening`, `live`, `silent`, `lost` or `failed`."""
        ...

    @property
    def fps(self) -> float: ...
    @property
    def age_ms(self) -> float | None: ...
    @property
    def words(self) -> str: ...
    @property
    def motion(self) -> MotionFrame | None: ...
    @property
    def level(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class DriverEntry:
    """A driver as the list shows it.

    Args:
        uri: its address.
        title: what the window calls it.
        is_main: it moves everything that nobody else was chosen for.
        is_used: the mixer listens to it.
    """

    uri: str
    title: str
    is_main: bool = False
    is_used: bool = True


@dataclass(frozen=True, slots=True)
class _Shown:
    """All that a line says, rounded to what is shown: equal ones need no repaint."""

    entry: DriverEntry
    colour: str
    words: str
    numbers: str


class DriverLine(QWidget):
    """State, kind and name above; below it how the driver does."""

    main_requested = Signal()
    remove_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: _Shown | None = None
        self.dot, self.kind = QLabel(), QLabel()
        self.dot.setFixedSize(_DOT_PX, _DOT_PX)
        self.kind.setFixedSize(ICON_PX, ICON_PX)
        self.title, self.words, self.numbers = ElidedLabel(), ElidedLabel(), QLabel()
        for label in (self.words, self.numbers):
            label.setProperty("role", "dim")
        self.numbers.setFont(number_font())
        self.main = icon_button("main", "Make this the main driver")
        self.main.clicked.connect(self.main_requested)
        self.remove = icon_button("clear", "Remove this driver")
        self.remove.clicked.connect(self.remove_requested)
        self._lay_out()

    def show_driver(self, entry: DriverEntry, reading: DriverReading | None) -> None:
        """Show a driver; what stays the same is not painted again."""
        shown = _shown(entry, reading)
        if shown == self._shown:
            return
        self._shown = shown
        kind = DriverKind.of(entry.uri)
        self.dot.setPixmap(icon("record", shown.colour).pixmap(QSize(_DOT_PX, _DOT_PX)))
        self.kind.setPixmap(icon(kind.icon, COLOURS.text_dim).pixmap(QSize(ICON_PX, ICON_PX)))
        self.title.setText(entry.title)
        self.words.setText(shown.words)
        self.numbers.setText(shown.numbers)
        self.main.setIcon(icon("main", COLOURS.accent if entry.is_main else COLOURS.text_off))
        self.main.setToolTip(_MAIN if entry.is_main else "Make this the main driver")
        self.setToolTip(f"{kind.label}: {entry.title}\n{shown.words}")
        self.setAccessibleName(f"{entry.title}: {shown.words}")

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.main_requested.emit()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(GRID_PX // 2, 3, GRID_PX // 2, 3)
        grid.setHorizontalSpacing(GRID_PX // 2)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.dot, 0, 0)
        grid.addWidget(self.kind, 0, 1)
        grid.addWidget(self.title, 0, 2)
        grid.addWidget(self.numbers, 0, 3)
        grid.addWidget(self.words, 1, 2, 1, 2)
        grid.addWidget(self.main, 0, 4, 2, 1)
        grid.addWidget(self.remove, 0, 5, 2, 1)
        grid.setColumnStretch(2, 1)


_MAIN = "The main driver: it moves all that the mixer gives to no other"
_COLOURS = {
    "live": COLOURS.good,
    "silent": COLOURS.warning,
    "lost": COLOURS.warning,
    "failed": COLOURS.record,
    "opening": COLOURS.text_dim,
    "off": COLOURS.text_off,
}


def _shown(entry: DriverEntry, reading: DriverReading | None) -> _Shown:
    kind = DriverKind.of(entry.uri)
    state = "off" if reading is None else reading.state
    words = (reading.words if reading is not None else "") or state_words(kind, state)
    if not entry.is_used and state not in ("lost", "failed"):
        words = f"Not in the mixer yet. {words}"
    return _Shown(entry, _COLOURS.get(state, COLOURS.text_off), words, _numbers(reading))


def _numbers(reading: DriverReading | None) -> str:
    """Rate and age; nothing while no motion comes."""
    if reading is None or reading.fps < 0.5:
        return ""
    age = "" if reading.age_ms is None else f"  {reading.age_ms:.0f} ms"
    return f"{reading.fps:.0f} fps{age}"
