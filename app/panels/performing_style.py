"""What moves besides the drivers: idle motion, and how speech is performed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import column, line, named, number
from app.widgets.gestures import pass_gestures
from avatar_core.motion.idle import IdleSettings
from avatar_core.motion.speech_style import Mood, SpeechStyle

if TYPE_CHECKING:
    from collections.abc import Callable

_SHARE = NumberRange(0.0, 1.0, 0.0, 0.05)
_AMOUNT = NumberRange(0.0, 2.0, 1.0, 0.05)
_ARTICULATION = NumberRange(0.0, 1.0, SpeechStyle().articulation, 0.05)
_MOUTH = NumberRange(0.0, 1.0, SpeechStyle().mouth_share, 0.05)
_MOODS = {
    Mood.NEUTRAL: "Neutral",
    Mood.HAPPY: "Happy",
    Mood.SAD: "Sad",
    Mood.ANGRY: "Angry",
}
_HONEST = (
    "The speech model has learned from synthesised voices alone; real ones can come out less exact."
    " Head motion follows pitch and loudness."
)


class _Fields(QWidget):
    """Numbers that tell the gestures of the hand on them."""

    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def _number(
        self, limits: NumberRange, label: str, tip: str, ask: Callable[[float], None]
    ) -> DragNumber:
        field = number(limits, label, tip)
        field.value_edited.connect(ask)
        pass_gestures(self, field)
        return field

    def _fill(self, body: QWidget) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(body)


class IdleFields(_Fields):
    """How much the avatar does by itself."""

    edited = Signal(object)
    """The `IdleSettings` wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = IdleSettings()
        self.blinks = self._row("blinks", "Blinks", "Blink now and then where no driver has lids")
        self.head = self._row("head", "Head", "Let the head drift a little, as living heads do")
        self.breath = self._row("breath", "Breath", "Rise and sink with the breath")
        self._fill(column(line(self.blinks, self.head, self.breath)))

    def show_settings(self, settings: IdleSettings) -> None:
        """Show how much of each there is; emits nothing."""
        self._settings = settings
        self.blinks.set_value(settings.blinks)
        self.head.set_value(settings.head)
        self.breath.set_value(settings.breath)

    def _row(self, field: str, label: str, tip: str) -> DragNumber:
        return self._number(
            _SHARE,
            label,
            tip,
            lambda value: self.edited.emit(replace(self._settings, **{field: value})),
        )


class SpeechFields(_Fields):
    """How microphone and sound files move the face."""

    edited = Signal(object)
    """The `SpeechStyle` wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = SpeechStyle()
        self.amount = self._row("amount", _AMOUNT, "Amount", "How far the voice moves the face")
        self.articulation = self._row(
            "articulation", _ARTICULATION, "Mumble ↔ articulate",
            "0: lips hardly move. 1: every sound is formed clearly",
        )  # fmt: skip
        self.mouth_share = self._row(
            "mouth_share", _MOUTH, "Mouth from speech",
            "Where voice and picture share the mouth.\n"
            "1: the voice moves what speech moves; smiles, cheeks and crookedness stay as seen.\n"
            "0: all of the mouth is as seen.",
        )  # fmt: skip
        self.mood = QComboBox()
        self.mood.setAccessibleName("Mood")
        self.mood.setToolTip("What lies on the face while it speaks")
        self.mood.addItems(list(_MOODS.values()))
        self.mood.activated.connect(lambda row: self._ask(mood=list(_MOODS)[row]))
        self.words = QLabel(_HONEST, wordWrap=True)
        self.words.setProperty("role", "dim")
        self._fill(
            column(
                line(self.amount, self.articulation),
                self.mouth_share,
                named("Mood", self.mood),
                self.words,
            )
        )

    def show_style(self, style: SpeechStyle) -> None:
        """Show how speech is performed; emits nothing."""
        self._style = style
        self.amount.set_value(style.amount)
        self.articulation.set_value(style.articulation)
        self.mouth_share.set_value(style.mouth_share)
        with QSignalBlocker(self.mood):
            self.mood.setCurrentIndex(list(_MOODS).index(style.mood))

    def _row(self, field: str, limits: NumberRange, label: str, tip: str) -> DragNumber:
        return self._number(limits, label, tip, lambda value: self._ask(**{field: value}))

    def _ask(self, **wanted: float | Mood) -> None:
        self.edited.emit(replace(self._style, **wanted))  # type: ignore[arg-type]
