"""Dialogs that ask how a take is to be edited: its time."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.theme import COLOURS, GRID_PX, ROW_PX
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import number
from app.widgets.times import clock
from avatar_core.motion import Timecode
from avatar_core.motion.take_edits import (
    FASTEST,
    MOST_FPS,
    SLOWEST,
    looped,
    resampled,
    retimed,
    trimmed,
)
from avatar_core.motion.take_sound import RetimedSound

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.motion import Take

    Edit = Callable[[Take], Take]

_LABEL_PX = 11 * GRID_PX
_WIDTH_PX = 52 * GRID_PX
_SOUNDS = (
    (RetimedSound.KEEP_PITCH, "Stretch it, voices keep their pitch"),
    (RetimedSound.SHIFT_PITCH, "Run it faster or slower, pitch follows"),
    (RetimedSound.DETACH, "Detach it: the take becomes silent"),
)
_RATES = (24.0, 25.0, 30.0, 48.0, 50.0, 60.0, 120.0)
_BASES = (24, 25, 30, 48, 50, 60, 120)


class TakeDialog(QDialog):
    """A few fields, what they lead to in a sentence, and a button that does it.

    The window stays usable; the edit can be undone.

    Args:
        title: what is done, which is also what the button says.
        explanation: what it does, in a sentence or two.
        parent: the window.
    """

    def __init__(self, title: str, explanation: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH_PX)
        words = QLabel(explanation, wordWrap=True)
        words.setProperty("role", "dim")
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(GRID_PX)
        self.grid.setVerticalSpacing(GRID_PX // 2)
        self.grid.setColumnStretch(1, 1)
        self.outcome = QLabel(wordWrap=True)
        self.outcome.setMinimumHeight(ROW_PX)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton(title, QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX)
        layout.addWidget(words)
        layout.addLayout(self.grid)
        layout.addWidget(self.outcome)
        layout.addStretch(1)
        layout.addWidget(buttons)

    def add_row(self, name: str, *fields: QWidget) -> None:
        """Fields side by side, with their name at the left."""
        label = QLabel(name)
        label.setProperty("role", "dim")
        label.setMinimumWidth(_LABEL_PX)
        row = self.grid.rowCount()
        self.grid.addWidget(label, row, 0)
        for place, field in enumerate(fields):
            self.grid.addWidget(field, row, 1 + place)

    def say(self, outcome: str, *, is_possible: bool = True) -> None:
        """What would come of it; the button waits while nothing could."""
        colour = COLOURS.text if is_possible else COLOURS.warning
        self.outcome.setText(f'<span style="color:{colour}">{outcome}</span>')
        self.go.setEnabled(is_possible)


class TakeEditDialog(TakeDialog):
    """Asks how a take is to be edited."""

    chosen = Signal(object)
    """What to do: a function from the take to the edited one."""

    def __init__(self, title: str, explanation: str, parent: QWidget | None = None) -> None:
        super().__init__(title, explanation, parent)
        self.accepted.connect(lambda: self.chosen.emit(self.edit()))

    @abstractmethod
    def edit(self) -> Edit:
        """What the fields ask for now."""


def quantity(limits: NumberRange, name: str, tip: str) -> DragNumber:
    """A number that keeps what it is given, as there is no document behind it.

    Its name stands at the left of its row, not inside.
    """
    field = number(limits, "", tip)
    field.setAccessibleName(name)
    field.set_value(limits.default)
    field.value_edited.connect(field.set_value)
    return field


class RetimeDialog(TakeEditDialog):
    """Asks for a speed, or the length that it leads to."""

    def __init__(self, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(
            "Retime", "The same frames, played faster or slower. Markers move along.", parent
        )
        self._take = take
        length_s = take.duration_s
        speeds = NumberRange(SLOWEST, FASTEST, 1.0, 0.05, 3, suffix=" times")
        lengths = NumberRange(length_s / FASTEST, length_s / SLOWEST, length_s, 0.1, 3, suffix=" s")
        self.speed = quantity(speeds, "Speed", "2 plays the take in half its time")
        self.length = quantity(lengths, "Length", "How long the take shall be")
        self.sound = QComboBox()
        for choice, words in _SOUNDS:
            self.sound.addItem(words, choice)
        self.add_row("Speed", self.speed)
        self.add_row("Length", self.length)
        if take.audio is not None:
            self.add_row("Sound", self.sound)
        self.speed.value_edited.connect(self._follow_speed)
        self.length.value_edited.connect(self._follow_length)
        self._follow_speed(1.0)

    def edit(self) -> Edit:
        return partial(
            retimed, speed=self.speed.value, sound=RetimedSound(self.sound.currentData())
        )

    def _follow_speed(self, speed: float) -> None:
        self.length.set_value(self._take.duration_s / speed)
        self._tell()

    def _follow_length(self, length_s: float) -> None:
        self.speed.set_value(self._take.duration_s / length_s)
        self._tell()

    def _tell(self) -> None:
        take, speed = self._take, self.speed.value
        self.say(
            f"{clock(take.duration_s)} becomes {clock(take.duration_s / speed)}, "
            f"at {take.fps * speed:.3g} frames per second."
        )


class LoopDialog(TakeEditDialog):
    """Asks for the cross-fade and how many rounds.

    Args:
        take: what is looped.
        span: the in and out point it is trimmed to first; all of it when left out.
        parent: the window.
    """

    def __init__(
        self,
        take: Take,
        span: tuple[float, float] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Make loop",
            "The end fades into the beginning, so that the take can play round and round without a "
            "jump. The beginning that fades in is left out at the start.",
            parent,
        )
        self._span = span
        self._take = take = take if span is None else trimmed(take, *span)
        longest_s = take.duration_s / 2
        fades = NumberRange(0.0, longest_s, min(0.5, longest_s), 0.05, suffix=" s")
        self.fade = quantity(fades, "Fade", "How long the end and the beginning overlap")
        self.rounds = quantity(NumberRange(1, 50, 1, 1, 0), "Rounds", "How often it is played")
        self.add_row("Fade", self.fade)
        self.add_row("Rounds", self.rounds)
        for field in (self.fade, self.rounds):
            field.value_edited.connect(self._tell)
        self._tell()

    def edit(self) -> Edit:
        span, fade_s, rounds = self._span, self.fade.value, round(self.rounds.value)
        return lambda take: looped(take if span is None else trimmed(take, *span), fade_s, rounds)

    def _tell(self) -> None:
        length_s = (self._take.duration_s - self.fade.value) * round(self.rounds.value)
        what = "The take" if self._span is None else "What lies between in and out"
        self.say(f"{what}, {clock(self._take.duration_s)}, becomes {clock(length_s)}.")


class RateDialog(TakeEditDialog):
    """Asks for a frame rate."""

    def __init__(self, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(
            "Change frame rate",
            "The same performance in evenly spaced frames. Its length and sound stay.",
            parent,
        )
        self._take = take
        self.rate = QComboBox()
        self.rate.setEditable(True)
        self.rate.addItems([f"{fps:g}" for fps in _RATES])
        self.rate.setCurrentText(f"{min(_RATES, key=lambda fps: abs(fps - take.fps)):g}")
        self.rate.currentTextChanged.connect(self._tell)
        self.add_row("Frames per second", self.rate)
        self._tell()

    @property
    def fps(self) -> float | None:
        """What was typed; None when it is no rate."""
        try:
            fps = float(self.rate.currentText().replace(",", "."))
        except ValueError:
            return None
        return fps if 1 <= fps <= MOST_FPS else None

    def edit(self) -> Edit:
        return partial(resampled, fps=self.fps or self._take.fps)

    def _tell(self) -> None:
        if self.fps is None:
            self.say(f"Choose 1 to {MOST_FPS:g} frames per second.", is_possible=False)
        else:
            count = int(float(self._take.times_s[-1]) * self.fps + 1e-6) + 1
            self.say(f"{len(self._take):,} frames become {count:,}.")


class TimecodeDialog(TakeDialog):
    """Asks when on the shoot a take began; empty for unknown."""

    timecode_chosen = Signal(object)
    """`Timecode`, or None."""

    def __init__(self, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(
            "Set timecode",
            "The clock of the shoot at the first frame, as a Live Link Face table has it. Leave it "
            "empty when it is unknown.",
            parent,
        )
        self._take = take
        base = min(_BASES, key=lambda each: abs(each - take.fps))
        self.code = QLineEdit(placeholderText="HH:MM:SS:FF")
        self.base = QComboBox()
        for each in _BASES:
            self.base.addItem(f"{each} frames per second", each)
        if take.timecode is not None:
            self.code.setText(take.timecode.text)
            base = take.timecode.base
            if base not in _BASES:
                self.base.addItem(f"{base} frames per second", base)
        self.base.setCurrentIndex(self.base.findData(base))
        self.add_row("First frame", self.code)
        self.add_row("Counting", self.base)
        self.code.textChanged.connect(self._tell)
        self.base.currentIndexChanged.connect(self._tell)
        self.accepted.connect(lambda: self.timecode_chosen.emit(self.timecode))
        self._tell()

    @property
    def timecode(self) -> Timecode | None:
        """What was typed.

        Raises:
            ValueError: it is no moment of a day.
        """
        text = self.code.text().strip()
        return Timecode.parse(text, int(self.base.currentData())) if text else None

    def _tell(self) -> None:
        try:
            timecode = self.timecode
        except ValueError:
            self.say("That is no moment of a day: hours, minutes, seconds, frames.",
                     is_possible=False)  # fmt: skip
            return
        if timecode is None:
            self.say("When it began is unknown.")
        else:
            self.say(f"It ended at {timecode.later(self._take.duration_s).text}.")
