"""The timeline: transport, scrub bar, recording."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.theme import COLOURS, GRID_PX, number_font
from app.widgets.buttons import action_button
from app.widgets.curve_lane import CurveLane
from app.widgets.panel import Panel
from app.widgets.recording_words import recording_words
from app.widgets.time_marks import TimeMarks
from app.widgets.time_ruler import TimeRuler
from app.widgets.times import clock
from app.widgets.waveform import movement_peaks, waveform_peaks
from avatar_core.motion.take_sound import sound_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu, QToolButton

    from app.panels.take_tools import TakeTools
    from app.widgets.curve_lane import ShownCurve
    from app.widgets.recording_words import Recording
    from avatar_core.geometry import Float32
    from avatar_core.motion.take import Take

_PEAKS = 2000


class TimelinePanel(Panel):
    """Plays, scrubs and records.

    Args:
        transport: actions for stop, play, loop and the like, in order.
        recording: actions that record a take and a clip.
        parent: the owning widget.
    """

    seek_requested = Signal(float)
    """Go to this time, seconds."""
    scrub_started = Signal()
    scrub_ended = Signal()

    def __init__(
        self,
        transport: Sequence[QAction],
        recording: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ruler = TimeRuler()
        self._ruler.scrubbed.connect(self.seek_requested)
        self._ruler.scrub_started.connect(self.scrub_started)
        self._ruler.scrub_ended.connect(self.scrub_ended)
        self._time = _digits(132)
        self._title = QLabel()
        self._title.setProperty("role", "dim")
        self._tools: TakeTools | None = None
        self._drawn: tuple[object, ...] = ()
        self._marks = TimeMarks()
        self._curve: ShownCurve | None = None
        self._shows_film = False
        self._counted, self._recorded = "", ""
        self.lane = CurveLane(self._ruler.axis)
        self.lane.scrubbed.connect(self.seek_requested)
        self._recording = _digits(0)
        tools = QHBoxLayout()
        tools.setSpacing(GRID_PX // 2)
        for action in transport:
            tools.addWidget(action_button(action))
        tools.addSpacing(GRID_PX)
        tools.addWidget(self._time)
        tools.addWidget(self._title, stretch=1)
        tools.addWidget(self._recording)
        tools.addSpacing(GRID_PX)
        self._recorders: list[QToolButton] = []
        for action in recording:
            button = action_button(action)
            self._recorders.append(button)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setMaximumWidth(160)
            button.setMinimumWidth(72)
            button.setProperty("role", "button")
            tools.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(tools)
        layout.addWidget(self._ruler, stretch=2)
        layout.addWidget(self.lane, stretch=3)
        self._layout = layout
        self.lane.hide()
        self.show_time(0.0, None)
        self.show_recording(None)

    def add_menu(self, menu: QMenu) -> None:
        """Offer a menu at the side of the last button that records."""
        button = self._recorders[-1]
        button.setMenu(menu)
        button.setPopupMode(button.ToolButtonPopupMode.MenuButtonPopup)

    def add_take_tools(self, tools: TakeTools) -> None:
        """Offer the tools that edit a take above its strip, while there is one."""
        self._tools = tools
        self._layout.insertWidget(1, tools)

    def show_curve(self, curve: ShownCurve | None) -> None:
        """Show the curve of a channel below the strip; None for none."""
        self._curve = curve
        self._lay_over()

    def show_marks(self, marks: TimeMarks) -> None:
        """In and out points and markers of the take."""
        self._marks = marks
        self._lay_over()

    def show_countdown(self, seconds: int) -> None:
        """How long until recording begins; 0 when nothing is counted."""
        self._counted = f"● in {seconds}" if seconds else ""
        self._recording.setText(self._recorded or self._counted)

    @property
    def ruler(self) -> TimeRuler:
        return self._ruler

    @property
    def recording_text(self) -> str:
        return self._recording.text()

    def show_material(self, take: Take | None, title: str = "") -> None:
        """Show the strip of a take; with None only the title, as for a film."""
        self._title.setText(title if take is None else take.name)
        self._shows_film = take is None and bool(title)
        self._lay_over()
        if self._tools is not None:
            self._tools.setEnabled(take is not None)
        if take is None:
            self._drawn = ()
            self._ruler.set_lanes(None, None)
            return
        drawn = take.weights, take.times_s, take.audio, take.audio_offset_s
        if len(drawn) == len(self._drawn) and all(map(is_, drawn, self._drawn)):
            return  # only what is noted on it has changed
        self._drawn = drawn
        self._ruler.set_lanes(
            _sound_peaks(take), movement_peaks(take.weights, min(_PEAKS, len(take)))
        )

    def _lay_over(self) -> None:
        """Marks and curve are those of a take: a film in its place has another time."""
        curve = None if self._shows_film else self._curve
        self.lane.show_curve(curve)
        self.lane.setVisible(curve is not None)
        self._ruler.set_marks(TimeMarks() if self._shows_film else self._marks)

    def show_time(self, position_s: float, duration_s: float | None) -> None:
        """Where playback is; None as duration when nothing can be played."""
        self._ruler.set_duration(duration_s)
        self._ruler.set_position(position_s)
        self.lane.set_position(position_s)
        length = "" if duration_s is None else f" / {clock(duration_s)}"
        self._time.setText(f"{clock(position_s)}{length}" if duration_s else "0:00.00")

    def show_recording(self, recording: Recording | None) -> None:
        """Elapsed time and lost frames of what is being recorded; None when nothing is."""
        self._recorded = ""
        if recording is not None:
            self._recorded = f"● {recording_words(recording, clock(recording.elapsed_s))}"
        self._recording.setText(self._recorded or self._counted)


def _sound_peaks(take: Take) -> Float32 | None:
    """The waveform on the take's clock: sound may begin late, or end early."""
    if take.audio is None:
        return None
    count = max(round(take.duration_s * take.audio.rate_hz), 1)
    return waveform_peaks(sound_between(take, 0.0, count), _PEAKS)


def _digits(width_px: int) -> QLabel:
    label = QLabel()
    label.setFont(number_font())
    if width_px:
        label.setMinimumWidth(width_px)
    else:
        label.setStyleSheet(f"color: {COLOURS.record};")
    return label
