"""The plots: units, milliseconds per stage, or one channel group as each driver gives it."""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.panels.channel_menu import ChannelMenu
from app.panels.group_signals import group_signal
from app.theme import COLOURS, GRID_PX
from app.widgets.panel import Panel
from avatar_core.motion import UNIT_INDEX, ChannelGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avatar_core.motion import MotionFrame

SPAN_S = 10.0
DEFAULT_CHANNELS = ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft")
AVATAR = "Avatar"
"""What the curve of the mixed motion is called."""

_MOST_SAMPLES = 1200
_LINES = ("#3f9fd6", "#e0a33e", "#5fb874", "#d06fa8", "#9a86e0", "#4fc3b5", "#e07a5f", "#c2c2c2")


class PlotSubject(IntEnum):
    """What is drawn; in the order of the chooser."""

    CHANNELS = 0
    STAGES = 1
    DRIVERS = 2


_SUBJECTS = {
    PlotSubject.CHANNELS: "Channels",
    PlotSubject.STAGES: "Milliseconds per stage",
    PlotSubject.DRIVERS: "Drivers of a group",
}


class PlotsPanel(Panel):
    """Draws curves of what it is fed; the plotting library loads with the first drawing."""

    channels_changed = Signal(tuple)
    """Names of the channels drawn, for remembering."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._motions: deque[tuple[float, MotionFrame]] = deque(maxlen=_MOST_SAMPLES)
        self._stages: deque[tuple[float, Mapping[str, float]]] = deque(maxlen=_MOST_SAMPLES)
        self._drivers: deque[tuple[float, Mapping[str, MotionFrame]]] = deque(maxlen=_MOST_SAMPLES)
        self._moved_s = 0.0
        self._channels: tuple[str, ...] = DEFAULT_CHANNELS
        self._plot: Any = None
        self._curves: dict[str, Any] = {}
        self._subject = QComboBox()
        self._subject.addItems(list(_SUBJECTS.values()))
        self._subject.setToolTip("What is drawn over the last ten seconds")
        self._subject.currentIndexChanged.connect(self._forget_curves)
        self._chooser = QToolButton()
        self._chooser.setText("Channels")
        self._chooser.setIcon(icon("mixer"))
        self._chooser.setIconSize(QSize(16, 16))
        self._chooser.setToolTip("Choose the channels that are drawn")
        self._chooser.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = ChannelMenu(self._chooser)
        self._menu.tick(self._channels)
        self._menu.chosen.connect(self._choose)
        self._chooser.setMenu(self._menu)
        self.group = QComboBox()
        self.group.setAccessibleName("Group")
        self.group.setToolTip("As each driver gives it before the mixer, and as the avatar gets it")
        for group in ChannelGroup:
            self.group.addItem(group.label, group)
        self.group.setCurrentIndex(list(ChannelGroup).index(ChannelGroup.JAW))
        self.group.currentIndexChanged.connect(self._forget_curves)
        self._legend = QLabel()
        self._legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        tools = QHBoxLayout()
        tools.setSpacing(GRID_PX)
        for tool in (self._subject, self._chooser, self.group):
            tools.addWidget(tool)
        tools.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        self._layout.setSpacing(GRID_PX // 2)
        self._layout.addLayout(tools)
        self._layout.addWidget(self._legend)
        self._place = QWidget()
        self._layout.addWidget(self._place, stretch=1)
        self._show_choosers()

    # feeding

    def append(
        self, time_s: float, motion: MotionFrame | None, stage_ms: Mapping[str, float]
    ) -> None:
        """Add one moment; times rise."""
        if motion is not None:
            if not self._motions or motion.weights is not self._motions[-1][1].weights:
                self._moved_s = time_s
            self._motions.append((time_s, motion))
        if stage_ms:
            self._stages.append((time_s, dict(stage_ms)))

    def append_drivers(self, time_s: float, motions: Mapping[str, MotionFrame]) -> None:
        """Add what each driver gives before the mixer, by what it is called; times rise."""
        if motions:
            self._moved_s = time_s
            self._drivers.append((time_s, motions))

    def redraw(self, now_s: float) -> None:
        """Bring the curves up to date, if anyone can see them."""
        if not self.isVisible():
            return
        if self._plot is None:
            self._build_plot()
        elif self._curves and now_s - self._moved_s > 2 * SPAN_S:
            return  # flat all along: what is drawn stays true
        lines = self._lines(now_s - SPAN_S)
        self._remove_missing(lines)
        for name, (times, values) in lines.items():
            self._curve(name).setData(times - now_s, values)

    @property
    def channels(self) -> tuple[str, ...]:
        return self._channels

    def set_channels(self, channels: Iterable[str]) -> None:
        """Draw these units; unknown names are left out."""
        self._channels = tuple(name for name in channels if name in UNIT_INDEX)
        self._menu.tick(self._channels)
        self._forget_curves()

    @property
    def curve_names(self) -> tuple[str, ...]:
        return tuple(self._curves)

    @property
    def subject(self) -> PlotSubject:
        """What is drawn."""
        return PlotSubject(self._subject.currentIndex())

    def show_subject(self, subject: PlotSubject) -> None:
        """Draw something else."""
        self._subject.setCurrentIndex(subject)

    # curves

    def _names(self) -> tuple[str, ...]:
        if self.subject is PlotSubject.CHANNELS:
            return self._channels
        if self.subject is PlotSubject.STAGES:
            return tuple(dict.fromkeys(name for _, stages in self._stages for name in stages))
        return (AVATAR, *dict.fromkeys(name for _, motions in self._drivers for name in motions))

    def _lines(self, since_s: float) -> dict[str, tuple[Any, Any]]:
        if self.subject is PlotSubject.CHANNELS:
            return self._channel_lines()
        if self.subject is PlotSubject.STAGES:
            return {name: _line(self._stages, name, since_s) for name in self._names()}
        group = ChannelGroup(self.group.currentData())  # Qt hands back its text
        seen = [
            (time_s, group_signal(frame, group))
            for time_s, frame in self._motions
            if time_s >= since_s
        ]
        lines = {AVATAR: tuple(np.array(seen).T)} if seen else {}
        signals = [
            (time_s, {name: group_signal(frame, group) for name, frame in motions.items()})
            for time_s, motions in self._drivers
            if time_s >= since_s
        ]
        for name in dict.fromkeys(name for _, moment in signals for name in moment):
            lines[name] = _line(signals, name, since_s)
        return lines

    def _channel_lines(self) -> dict[str, tuple[Any, Any]]:
        if not self._motions:
            return {}
        times = np.array([time_s for time_s, _ in self._motions])
        weights = np.stack([frame.weights for _, frame in self._motions])
        return {name: (times, weights[:, UNIT_INDEX[name]]) for name in self._channels}

    def _curve(self, name: str) -> Any:
        if name not in self._curves:
            colour = _LINES[self._names().index(name) % len(_LINES)]
            self._curves[name] = self._plot.plot(pen={"color": colour, "width": 1.5})
            self._show_legend(self._names())
        return self._curves[name]

    def _remove_missing(self, lines: Mapping[str, object]) -> None:
        for name in [name for name in self._curves if name not in lines]:
            self._plot.removeItem(self._curves.pop(name))

    def _forget_curves(self) -> None:
        self._remove_missing({})
        self._show_choosers()
        self._show_legend(self._names())
        if self._plot is not None:
            self._set_range()

    def _show_choosers(self) -> None:
        self._chooser.setVisible(self.subject is PlotSubject.CHANNELS)
        self.group.setVisible(self.subject is PlotSubject.DRIVERS)

    def _show_legend(self, names: tuple[str, ...]) -> None:
        colours = [_LINES[number % len(_LINES)] for number in range(len(names))]
        self._legend.setText(
            "&nbsp;&nbsp; ".join(
                f'<span style="color:{colour}">■</span>&nbsp;{escape(name)}'
                for name, colour in zip(names, colours, strict=True)
            )
        )

    # building

    def _choose(self, channels: tuple[str, ...]) -> None:
        self._channels = channels
        self._forget_curves()
        self.channels_changed.emit(channels)

    def _build_plot(self) -> None:
        import pyqtgraph  # a quarter of a second that the first paint should not wait for

        plot = pyqtgraph.PlotWidget(background=COLOURS.field, enableMenu=False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.showGrid(x=True, y=True, alpha=0.12)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(COLOURS.line)
            axis.setTextPen(COLOURS.text_dim)
        self._plot = plot
        self._layout.replaceWidget(self._place, plot)
        self._place.deleteLater()
        self._set_range()
        self._show_legend(self._names())

    def _set_range(self) -> None:
        self._plot.setXRange(-SPAN_S, 0, padding=0)
        if self.subject is PlotSubject.CHANNELS:
            self._plot.setLimits(yMin=None, minYRange=None)
            self._plot.setYRange(0, 1, padding=0.02)
        else:
            # A whole signal is in sight: the noise of a face at rest shall not fill the plot.
            least = 1 if self.subject is PlotSubject.DRIVERS else None
            self._plot.setLimits(yMin=0, minYRange=least)
            self._plot.enableAutoRange("y")


def _line(
    moments: Iterable[tuple[float, Mapping[str, float]]], name: str, since_s: float
) -> tuple[Any, Any]:
    pairs = [
        (time_s, values[name]) for time_s, values in moments if name in values and time_s >= since_s
    ]
    times, drawn = np.array(pairs).reshape(-1, 2).T
    return times, drawn
