"""The mixer panel: who moves what and how it arrives, what moves by itself, and how speech does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.panels.mixer_grid import MixerGrid
from app.panels.performing_style import IdleFields, SpeechFields
from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import icon_button
from app.widgets.drag_number import NumberRange
from app.widgets.fields import chip, column, line, number, scrolled
from app.widgets.gestures import pass_gestures
from app.widgets.panel import Panel
from app.widgets.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar_core.motion.mixer_settings import MixerSettings

_RELATIVE = NumberRange(0.0, 1.0, 1.0, 0.05)


class MixerPanel(Panel):
    """Presets, the rows of the channel groups, idle motion and speech."""

    preset_wanted = Signal(str)
    """Name of the preset."""
    mouth_wanted = Signal()
    """Mouth from the microphone, the rest from the main driver."""
    group_edited = Signal(object, object)
    """`ChannelGroup`, `GroupSettings`."""
    relative_edited = Signal(float)
    mirror_edited = Signal(bool)
    gaze_hold_edited = Signal(bool)
    """Whether eyes keep their direction while they are shut."""
    idle_edited = Signal(object)
    """`IdleSettings`."""
    speech_edited = Signal(object)
    """`SpeechStyle`."""
    reset_requested = Signal()
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid, self.idle, self.speech = MixerGrid(), IdleFields(), SpeechFields()
        self.relative = number(
            _RELATIVE, "Absolute ↔ relative",
            "1: only the difference to the person's neutral face arrives. 0: the face as tracked.",
        )  # fmt: skip
        self.mirror = chip("Mirror", "Swap left and right, as in a mirror (M)")
        self.mirror.setCheckable(True)
        self.mirror.toggled.connect(self.mirror_edited)
        self.gaze_hold = chip(
            "Hold gaze", "Eyes keep their direction through blinks, when trackers only guess it"
        )
        self.gaze_hold.setCheckable(True)
        self.gaze_hold.toggled.connect(self.gaze_hold_edited)
        self.presets = self._presets_button()
        self.mouth = chip(
            "Mouth from microphone, rest from camera",
            "Jaw, lips, cheeks and tongue follow the voice, all else the main driver.\n"
            "Adds the microphone if there is none yet.",
        )
        self.mouth.clicked.connect(self.mouth_wanted)
        self.sections = {
            "mixer": Section("Mixer", column(self.grid, margin_px=0)),
            "idle": Section("Idle", self.idle),
            "speech": Section("Speech", self.speech),
        }
        self.details = icon_button("lower", "Offset, curve and relative of all groups, or of none")
        self._add_buttons()
        self._lay_out()
        self._forward_signals()

    # showing

    def show_mixer(self, settings: MixerSettings) -> None:
        """Show all of the mixer; emits nothing."""
        self.grid.show_settings(settings)
        self.idle.show_settings(settings.idle)
        self.speech.show_style(settings.speech)
        self.relative.set_value(settings.relative)
        with QSignalBlocker(self.mirror), QSignalBlocker(self.gaze_hold):
            self.mirror.setChecked(settings.mirror)
            self.gaze_hold.setChecked(settings.holds_gaze)
        self.sections["idle"].set_note("on" if settings.idle.is_on else "")

    def show_drivers(self, drivers: Sequence[str], names: Mapping[str, str]) -> None:
        """Which drivers there are, the main one first, and what they are called."""
        self.grid.show_drivers(drivers, names)

    def show_presets(self, presets: Mapping[str, str]) -> None:
        """Offer these: names and what each does."""
        self._menu.clear()
        for name, tip in presets.items():
            action = self._menu.addAction(name)
            action.setToolTip(tip)
            action.triggered.connect(lambda _on=False, name=name: self.preset_wanted.emit(name))

    # building

    def _presets_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("Presets")
        button.setIcon(icon("mixer"))
        button.setIconSize(QSize(14, 14))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip("Set the whole mixer for a purpose; one step that can be undone")
        button.setProperty("role", "button")
        button.setFixedHeight(ROW_PX)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(button)
        self._menu.setToolTipsVisible(True)
        button.setMenu(self._menu)
        return button

    def _add_buttons(self) -> None:
        self.details.clicked.connect(lambda: self.grid.set_open(not self.grid.is_open))
        self.sections["mixer"].add_button(self.details)
        self.sections["mixer"].add_button(
            icon_button("reset", "Reset the whole mixer", self.reset_requested.emit)
        )

    def _lay_out(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(line(self.presets, self.mouth))
        layout.addLayout(line(self.relative))
        layout.addLayout(line(self.mirror, self.gaze_hold))
        for section in self.sections.values():
            layout.addWidget(section)
        layout.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(content))

    def _forward_signals(self) -> None:
        self.grid.group_edited.connect(self.group_edited)
        self.relative.value_edited.connect(self.relative_edited)
        self.idle.edited.connect(self.idle_edited)
        self.speech.edited.connect(self.speech_edited)
        pass_gestures(self, self.grid, self.relative, self.idle, self.speech)
