"""The wizard that asks for the strongest smile, jaw and brows of a driver's person."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from app.theme import COLOURS, GRID_PX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

_TICK_MS = 50
_GET_READY_S = 1.0
HOLD_S = 2.0
_WIDTH_PX = 52 * GRID_PX


@dataclass(frozen=True, slots=True)
class RangeStep:
    """One thing that the person is asked for.

    Args:
        id: what it is for.
        heading: what to do, in a few words.
        hint: how to do it well.
    """

    id: str
    heading: str
    hint: str


class RangeWizard(QDialog):
    """Asks for one expression after the other, and says when the face is being watched.

    The window stays usable. A step can be done again by going back, and left out.

    Args:
        steps: what is asked for.
        title: of the driver.
        parent: the window.
        clock: seconds that only grow: a window that is slow does not make a step longer.
    """

    watching = Signal(str, bool)
    """Id of a step: from now on the face counts for it, or no longer does."""
    skipped = Signal(str)
    """Id of a step that was left out: what was seen for it is to be forgotten."""
    completed = Signal()
    """All steps were done or left out."""

    def __init__(
        self,
        steps: Sequence[RangeStep],
        title: str,
        parent: QWidget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Range of {title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(_WIDTH_PX)
        self._steps = tuple(steps)
        self._at = 0
        self._clock = clock
        self._until_s = 0.0
        self._is_watching = False
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.count, self.heading = QLabel(), QLabel(wordWrap=True)
        self.hint, self.state = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.heading.setProperty("role", "title")
        for label in (self.count, self.hint):
            label.setProperty("role", "dim")
        self.strength = QProgressBar(textVisible=False, maximum=100)
        self.strength.setFixedHeight(2 * GRID_PX)
        self.strength.setAccessibleName("Strength")
        self.strength.setToolTip("How strongly the tracker sees it now")
        self.go = QPushButton("I am ready")
        self.go.setDefault(True)
        self.back, self.skip, self.cancel = (
            QPushButton(words) for words in ("Back", "Leave out", "Cancel")
        )
        self._lay_out()
        self._connect()
        self._show_step()

    @property
    def step(self) -> RangeStep:
        """What is asked for now."""
        return self._steps[min(self._at, len(self._steps) - 1)]

    def show_strength(self, value: float | None) -> None:
        """How strongly the tracker sees what is asked for, 0..1; None while it sees no face."""
        self.strength.setValue(round(100 * min(max(value or 0.0, 0.0), 1.0)))
        if self._timer.isActive():
            return
        self.state.setText(_LOST if value is None else "")
        self.go.setEnabled(value is not None)

    # steps

    def _show_step(self) -> None:
        step = self.step
        self.count.setText(f"{self._at + 1} of {len(self._steps)}")
        self.heading.setText(step.heading)
        self.hint.setText(step.hint)
        self.state.setText("")
        self.go.setText("I am ready")
        self.go.setEnabled(True)
        self.back.setEnabled(self._at > 0)
        self.skip.setEnabled(True)

    def _start(self) -> None:
        self._until_s = self._clock() + _GET_READY_S
        for button in (self.go, self.back, self.skip):
            button.setEnabled(False)
        self._timer.start()
        self._tell("Get ready", COLOURS.warning, _GET_READY_S + HOLD_S)

    def _tick(self) -> None:
        now_s = self._clock()
        left_s = self._until_s - now_s
        if left_s > 0 and not self._is_watching:
            self._tell("Get ready", COLOURS.warning, left_s + HOLD_S)
        elif left_s > 0:
            self._tell("Hold it", COLOURS.record, left_s)
        elif self._is_watching:
            self._end()
            self._next()
        else:
            self._is_watching = True
            self._until_s = now_s + HOLD_S
            self._tell("Hold it", COLOURS.record, HOLD_S)
            self.watching.emit(self.step.id, True)

    def _tell(self, words: str, colour: str, left_s: float) -> None:
        self.state.setText(f'<span style="color:{colour}">{words} … {left_s:.0f}</span>')

    def _end(self) -> None:
        self._timer.stop()
        if self._is_watching:
            self._is_watching = False
            self.watching.emit(self.step.id, False)

    def _next(self) -> None:
        self._at += 1
        if self._at < len(self._steps):
            self._show_step()
        else:
            self.completed.emit()
            self.accept()

    def _go_back(self) -> None:
        self._at -= 1
        self._show_step()

    def _leave_out(self) -> None:
        self.skipped.emit(self.step.id)
        self._next()

    def done(self, result: int) -> None:
        """Stop watching, whatever closes it."""
        self._end()
        super().done(result)

    # building

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addWidget(self.skip)
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        buttons.addWidget(self.cancel)
        for label in (self.hint, self.state):
            label.setMinimumHeight(4 * GRID_PX)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID_PX, 2 * GRID_PX, 3 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        for widget in (self.count, self.heading, self.hint, self.strength, self.state):
            layout.addWidget(widget)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.go.clicked.connect(self._start)
        self.back.clicked.connect(self._go_back)
        self.skip.clicked.connect(self._leave_out)
        self.cancel.clicked.connect(self.reject)
        for button in (self.back, self.skip, self.cancel):
            button.setAutoDefault(False)


_LOST = "No face is seen. Look at the camera."
