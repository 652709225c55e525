"""The driving panel: where the motion comes from, calibration, and the mixer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.panels.mixer import MixerGrid
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.panel import Panel
from app.widgets.section import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.motion.mixer_settings import MixerSettings

SLIDERS = "sliders"
_OPEN_FILE = "open-file"
_RELATIVE = NumberRange(0.0, 1.0, 1.0, 0.05)


class DrivingStatus(Protocol):
    """What the panel says about the driver; a snapshot of the performance has it."""

    @property
    def source(self) -> str: ...
    @property
    def tracking(self) -> str:
        """`tracked`, `lost` or `idle`."""
        ...

    @property
    def driver_fps(self) -> float: ...
    @property
    def take_id(self) -> str | None: ...
    @property
    def is_playing(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """One line of the source chooser."""

    uri: str
    label: str
    icon: str


class DrivingPanel(Panel):
    """What drives the avatar and how."""

    source_chosen = Signal(str)
    """URI of the source wanted: `sliders`, `camera:N`, `file:PATH`."""
    file_requested = Signal()
    """Ask for a video or picture to drive from."""
    cameras_requested = Signal()
    """Look again which cameras there are."""
    calibrate_requested = Signal(bool)
    """Take the face as it is now for neutral; True: after a countdown."""
    neutral_cleared = Signal()
    relative_edited = Signal(float)
    mirror_edited = Signal(bool)
    group_edited = Signal(object, object)
    """`ChannelGroup`, `GroupSettings`."""
    mixer_reset_requested = Signal()
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = SLIDERS
        self._choices: tuple[SourceChoice, ...] = ()
        content = QWidget()
        content.setObjectName("scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        self._mixer = MixerGrid()
        self._mixer_section = Section("Mixer", self._mixer)
        self._mixer_section.add_button(
            icon_button("reset", "Reset the whole mixer", self.mixer_reset_requested.emit)
        )
        column.addWidget(Section("Source", self._source_body()))
        column.addWidget(Section("Neutral", self._neutral_body()))
        column.addWidget(self._mixer_section)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self._forward_signals()
        self.show_sources((), SLIDERS)

    # showing

    def show_mixer(self, settings: MixerSettings) -> None:
        self._mixer.show_settings(settings)
        self._relative.set_value(settings.relative)
        with QSignalBlocker(self._mirror):
            self._mirror.setChecked(settings.mirror)
        is_set = settings.neutral is not None
        self._neutral.setText("A neutral face is set." if is_set else "No neutral face set yet.")
        self._clear.setEnabled(is_set)
        self._relative.setEnabled(is_set)

    def show_sources(self, choices: Sequence[SourceChoice], current: str) -> None:
        """Offer these sources beside the sliders, and mark the one that drives."""
        self._choices = tuple(choices)
        self._source = current
        self._fill_sources()

    def show_status(self, status: DrivingStatus) -> None:
        colour, words = _tracking_words(status)
        if self._tracking.text() != words:  # a new pixmap lays the panel out again, each time
            self._dot.setPixmap(icon("record", colour).pixmap(10, 10))
            self._tracking.setText(words)
        has_driver = status.source != SLIDERS and status.take_id is None
        self._calibrate.setEnabled(has_driver)
        self._countdown.setEnabled(has_driver)

    def show_countdown(self, seconds_left: int) -> None:
        """Write the seconds left on the button; 0 ends it."""
        self._calibrate.setText(f"Calibrating in {seconds_left} …" if seconds_left else _CALIBRATE)

    @property
    def mixer(self) -> MixerGrid:
        return self._mixer

    @property
    def relative(self) -> DragNumber:
        return self._relative

    # building

    def _source_body(self) -> QWidget:
        self._chooser = QComboBox()
        self._chooser.setToolTip("What drives the avatar")
        self._chooser.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._chooser.activated.connect(self._choose)
        refresh = icon_button("refresh", "Look for cameras again", self.cameras_requested.emit)
        open_file = icon_button(
            "video", "Drive from a video or picture (Ctrl+Shift+O)", self.file_requested.emit
        )
        line = QHBoxLayout()
        line.setSpacing(GRID_PX // 2)
        line.addWidget(self._chooser, stretch=1)
        line.addWidget(refresh)
        line.addWidget(open_file)
        self._dot = QLabel()
        self._tracking = QLabel()
        self._tracking.setProperty("role", "dim")
        state = QHBoxLayout()
        state.setSpacing(GRID_PX)
        state.addWidget(self._dot)
        state.addWidget(self._tracking, stretch=1)
        return _column(line, state)

    def _neutral_body(self) -> QWidget:
        self._calibrate = QPushButton(icon("calibrate"), _CALIBRATE)
        self._calibrate.setToolTip("Take the driver's face as it is now for neutral (C)")
        self._countdown = QCheckBox("Count down")
        self._countdown.setToolTip("Wait a few seconds first, to get back to a resting face")
        self._calibrate.clicked.connect(
            lambda: self.calibrate_requested.emit(self._countdown.isChecked())
        )
        self._clear = icon_button("clear", "Forget the neutral face", self.neutral_cleared.emit)
        self._neutral = QLabel()
        self._neutral.setProperty("role", "dim")
        first = QHBoxLayout()
        first.setSpacing(GRID_PX)
        first.addWidget(self._calibrate)
        first.addWidget(self._countdown)
        first.addStretch(1)
        second = QHBoxLayout()
        second.addWidget(self._neutral, stretch=1)
        second.addWidget(self._clear)
        self._relative = DragNumber(_RELATIVE, "Absolute ↔ relative")
        self._relative.setToolTip(
            "1: only the difference to the neutral face arrives. 0: the face as it is tracked."
        )
        self._mirror = QCheckBox("Mirror")
        self._mirror.setToolTip("Swap left and right, as in a mirror (M)")
        self._mirror.toggled.connect(self.mirror_edited)
        third = QHBoxLayout()
        third.setSpacing(GRID_PX)
        third.addWidget(self._relative, stretch=1)
        third.addWidget(self._mirror)
        return _column(first, second, third)

    def _forward_signals(self) -> None:
        self._relative.value_edited.connect(self.relative_edited)
        self._mixer.group_edited.connect(self.group_edited)
        for widget in (self._relative, self._mixer):
            widget.gesture_started.connect(self.gesture_started)
            widget.gesture_ended.connect(self.gesture_ended)
            widget.gesture_cancelled.connect(self.gesture_cancelled)

    # the chooser

    def _fill_sources(self) -> None:
        choices = [SourceChoice(SLIDERS, "Sliders only", "sliders"), *self._choices]
        if self._source not in [choice.uri for choice in choices]:
            choices.append(_choice_for(self._source))
        with QSignalBlocker(self._chooser):
            self._chooser.clear()
            for choice in choices:
                self._chooser.addItem(icon(choice.icon), choice.label, choice.uri)
            self._chooser.insertSeparator(self._chooser.count())
            self._chooser.addItem(icon("folder"), "Open video or picture …", _OPEN_FILE)
            self._chooser.setCurrentIndex(self._chooser.findData(self._source))

    def _choose(self, index: int) -> None:
        uri = self._chooser.itemData(index)
        self._chooser.setCurrentIndex(self._chooser.findData(self._source))
        if uri == _OPEN_FILE:
            self.file_requested.emit()
        elif uri is not None:
            self.source_chosen.emit(uri)


_CALIBRATE = "Calibrate"


def _choice_for(uri: str) -> SourceChoice:
    if uri.startswith("camera:"):
        return SourceChoice(uri, f"Camera {uri.removeprefix('camera:')}", "camera")
    return SourceChoice(uri, Path(uri.removeprefix("file:")).name, "video")


def _tracking_words(status: DrivingStatus) -> tuple[str, str]:
    if status.take_id is not None:
        return COLOURS.accent, "A take plays" if status.is_playing else "A take holds"
    if status.source == SLIDERS:
        return COLOURS.text_off, "Only the sliders move the avatar"
    if status.tracking == "tracked":
        return COLOURS.good, f"Face tracked, {status.driver_fps:.0f} pictures a second"
    if status.tracking == "lost":
        return COLOURS.warning, "No face in the picture: easing to neutral"
    return COLOURS.text_off, "Waiting for the first picture"


def _column(*lines: QHBoxLayout) -> QWidget:
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(GRID_PX // 2, 0, 0, 0)
    column.setSpacing(GRID_PX // 2)
    for line in lines:
        line.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
    return body
