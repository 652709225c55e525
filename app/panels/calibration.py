"""Calibration of one driver to its person: rest, range and gaze."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from app.icons import icon
from app.widgets.buttons import menu_button
from app.widgets.fields import chip, column, line

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from avatar_core.motion.driver_profile import DriverProfile

_TAKE = "Take neutral"
_FORGETTABLE = {"neutral": "Neutral face", "range": "Range", "gaze": "Gaze centre", "all": "All"}
"""What a profile holds, by what the window calls it."""


@dataclass(frozen=True, slots=True)
class Calibratable:
    """What can be calibrated about a driver.

    Args:
        title: what the window calls it.
        is_film: its whole film can be looked through for the calmest face.
    """

    title: str
    is_film: bool = False


class CalibrationFields(QWidget):
    """Buttons that look at the driver's face, and what is known of it."""

    neutral_requested = Signal(bool)
    """Take the face as it is now for neutral; True: after a countdown."""
    best_requested = Signal()
    """Look through the film for the face at rest."""
    range_requested = Signal()
    """Ask for the strongest smile, jaw and brows."""
    gaze_requested = Signal()
    """The person looks straight ahead now."""
    forget_requested = Signal(str)
    """`neutral`, `range`, `gaze` or `all`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.neutral = QPushButton(icon("calibrate"), _TAKE)
        self.neutral.setToolTip("Take the person's face as it is now for neutral (C)")
        self.countdown = QCheckBox("Count down")
        self.countdown.setToolTip("Wait a few seconds first, to get back to a calm face (Shift+C)")
        self.neutral.clicked.connect(
            lambda: self.neutral_requested.emit(self.countdown.isChecked())
        )
        self.best = chip("Best of video", "Look through the whole video for its calmest face")
        self.best.clicked.connect(self.best_requested)
        self.range = chip(
            "Range …", "Smile, jaw and brows as strong as they get: weak trackers are made up for"
        )
        self.range.clicked.connect(self.range_requested)
        self.gaze = chip("Centre gaze", "The person looks straight ahead now")
        self.gaze.clicked.connect(self.gaze_requested)
        self.known = QLabel(wordWrap=True)
        self.known.setProperty("role", "dim")
        self._menu = QMenu(self)
        self._forgets = {what: self._forget_action(what, words) for what, words in _ITEMS}
        self.forget = menu_button("delete", "Forget what is known of this person", self._menu)
        self._fill()
        self.show_driver(None, None)

    # showing

    def show_driver(self, driver: Calibratable | None, profile: DriverProfile | None) -> None:
        """Show what is known of a driver's person; None: there is nobody to look at."""
        has_driver = driver is not None
        for button in (self.neutral, self.countdown, self.range, self.gaze):
            button.setEnabled(has_driver)
        self.best.setEnabled(driver is not None and driver.is_film)
        held = {
            "neutral": profile is not None and profile.neutral is not None,
            "range": profile is not None and profile.has_range,
            "gaze": profile is not None and profile.gaze_centre is not None,
        }
        for what, is_known in held.items():
            self._forgets[what].setEnabled(is_known)
        self._forgets["all"].setEnabled(any(held.values()))
        self.forget.setEnabled(any(held.values()))
        self.known.setText(
            _known_words(driver, [_FORGETTABLE[each] for each in held if held[each]])
        )

    def show_countdown(self, seconds_left: int) -> None:
        """Write the seconds left on the button; 0 ends it."""
        self.neutral.setText(f"Neutral in {seconds_left} …" if seconds_left else _TAKE)

    def show_search(self, fraction: float | None) -> None:
        """How far the look through the film is, 0..1; None: it is over."""
        words = "Best of video" if fraction is None else f"{100 * fraction:.0f} %  Stop"
        self.best.setText(words)

    def forget_action(self, what: str) -> QAction:
        """The entry of the menu that forgets `neutral`, `range`, `gaze` or `all`."""
        return self._forgets[what]

    # building

    def _forget_action(self, what: str, words: str) -> QAction:
        action = self._menu.addAction(f"Forget {words}")
        action.triggered.connect(lambda: self.forget_requested.emit(what))
        return action

    def _fill(self) -> None:
        body = column(
            line(self.neutral, self.countdown),
            line(self.best, self.range, self.gaze),
            line(self.known, self.forget),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(body)


_ITEMS = tuple(
    (what, "all" if what == "all" else f"the {words.lower()}")
    for what, words in _FORGETTABLE.items()
)


def _known_words(driver: Calibratable | None, known: list[str]) -> str:
    if driver is None:
        return "Choose a driver above that sees a face."
    if not known:
        return f"{driver.title}: not calibrated. Its rest is estimated while it runs."
    return f"{driver.title}: {', '.join(known).lower()} kept with the project."
