"""Loss curves of a run by stage and term, and how near its previews come."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QShowEvent

    from avatar_core.geometry.shapes import Float64
    from avatar_core.training.run_events import StepTold
    from avatar_core.training.run_record import LossHistory, PreviewNote

PSNR = "Preview PSNR"
_STAGES = ("hair", "head", "joint")
_LINES = ("#3f9fd6", "#e0a33e", "#5fb874", "#d06fa8", "#9a86e0", "#4fc3b5", "#e07a5f", "#c2c2c2")
_REDRAW_S = 0.5
_WINDOW_SHARE = 40
_DECADES_PLAIN = 1.6
_MOST_DECADES = 5
_EMPTY = "Loss curves appear here while an avatar is trained."


class LossesPanel(Panel):
    """Draws what it is fed; the plotting library loads with the first drawing."""

    look_changed = Signal(bool, bool)
    """Whether curves are smoothed, and whether the scale is logarithmic, for remembering."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history: LossHistory = {}
        self._previews: list[PreviewNote] = []
        self._hidden: set[str] = set()
        self._plot: Any = None
        self._curves: dict[str, tuple[Any, Any]] = {}
        self._drawn_s = -_REDRAW_S
        self._follows = True
        self._subject = QComboBox()
        self._subject.addItems([stage.capitalize() for stage in _STAGES] + [PSNR])
        self._subject.setToolTip("The stage whose losses are drawn, or how near previews come")
        self._subject.activated.connect(self._subject_chosen)
        self._terms = QToolButton()
        self._terms.setText("Terms")
        self._terms.setIcon(icon("mixer"))
        self._terms.setIconSize(QSize(16, 16))
        self._terms.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._terms.setToolTip("Choose the terms of the loss that are drawn")
        self._terms.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._terms)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._terms.setMenu(self._menu)
        self._smooth = _toggle("Smooth", "Draw the mean of neighbouring steps over each curve")
        self._log = _toggle("Log", "Draw losses on a logarithmic scale")
        self._smooth.setChecked(True)
        self._log.setChecked(True)
        for button in (self._smooth, self._log):
            button.toggled.connect(lambda _on: self._look_chosen())
        self._legend = QLabel(_EMPTY)
        self._legend.setProperty("role", "dim")
        self._legend.setWordWrap(True)
        self._legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        tools = QHBoxLayout()
        tools.setSpacing(GRID_PX)
        for tool in (self._subject, self._terms, self._smooth, self._log):
            tools.addWidget(tool)
        tools.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        self._layout.setSpacing(GRID_PX // 2)
        self._layout.addLayout(tools)
        self._layout.addWidget(self._legend)
        self._place = QWidget()
        self._layout.addWidget(self._place, stretch=1)

    # feeding

    def show_run(self, history: LossHistory, previews: Iterable[PreviewNote]) -> None:
        """Show a run that was read from its folder; both empty for none."""
        self._history = {stage: dict(steps) for stage, steps in history.items()}
        self._previews = list(previews)
        self._follows = True
        reached = [number for number, stage in enumerate(_STAGES) if history.get(stage)]
        if reached:
            self._subject.setCurrentIndex(reached[-1])
        self.redraw()

    def append(self, told: StepTold) -> None:
        """Add a step, and draw what is there now and then."""
        self._history.setdefault(told.stage, {})[told.stage_step] = dict(told.losses)
        if self._follows and told.stage in _STAGES:
            self._subject.setCurrentIndex(_STAGES.index(told.stage))
        if time.monotonic() - self._drawn_s >= _REDRAW_S:
            self.redraw()

    def append_preview(self, note: PreviewNote) -> None:
        """Add a preview."""
        self._previews.append(note)
        if self._shows_psnr:
            self.redraw()

    def set_look(self, *, smooth: bool, log: bool) -> None:
        """How curves are drawn."""
        self._smooth.setChecked(smooth)
        self._log.setChecked(log)

    def redraw(self) -> None:
        """Bring the curves up to date, if anyone can see them."""
        if not self.isVisible():
            return
        self._drawn_s = time.monotonic()
        lines = self._lines()
        if self._plot is None:
            if not lines:
                return
            self._build_plot()
        is_log = self._log.isChecked() and not self._shows_psnr
        shown = {name: _positive(*line) if is_log else line for name, line in lines.items()}
        self._plot.setLogMode(x=False, y=is_log)
        self._plot.setLabel("left", "dB" if self._shows_psnr else None)
        for name in [name for name in self._curves if name not in lines]:
            for item in self._curves.pop(name):
                self._plot.removeItem(item)
        for number, (name, line) in enumerate(shown.items()):
            self._draw(name, number, *line)
        ticks = log_ticks(shown.values()) if is_log else None
        self._plot.getAxis("left").setTicks(ticks)
        self._show_legend(lines)

    # what is drawn

    @property
    def subject(self) -> str:
        """What is drawn: a stage, or the previews."""
        return self._subject.currentText()

    def choose_subject(self, text: str) -> None:
        """Choose as the user would; the panel then follows the stages no longer."""
        self._subject.setCurrentText(text)
        self._subject_chosen()

    @property
    def menu(self) -> QMenu:
        return self._menu

    @property
    def legend(self) -> str:
        return self._legend.text()

    @property
    def curve_names(self) -> tuple[str, ...]:
        return tuple(self._curves)

    @property
    def _shows_psnr(self) -> bool:
        return self.subject == PSNR

    @property
    def _stage(self) -> dict[int, dict[str, float]]:
        return self._history.get(self.subject.lower(), {})

    def _all_terms(self) -> list[str]:
        return list(dict.fromkeys(term for losses in self._stage.values() for term in losses))

    def _lines(self) -> dict[str, tuple[Float64, Float64]]:
        if self._shows_psnr:
            notes = sorted(self._previews, key=lambda note: note.step)
            return _line(PSNR, [(note.step, note.psnr_masked_db) for note in notes])
        lines: dict[str, tuple[Float64, Float64]] = {}
        steps = sorted(self._stage.items())
        for term in self._all_terms():
            if term not in self._hidden:
                pairs = [(step, losses[term]) for step, losses in steps if term in losses]
                lines |= _line(term, pairs)
        return lines

    def _draw(self, name: str, number: int, steps: Float64, values: Float64) -> None:
        colour = _LINES[number % len(_LINES)]
        if name not in self._curves:
            self._curves[name] = (self._plot.plot(), self._plot.plot())
        raw, smooth = self._curves[name]
        smooths = self._smooth.isChecked() and not self._shows_psnr
        raw.setPen({"color": f"{colour}48" if smooths else colour, "width": 1})
        raw.setData(steps, values)
        smooth.setPen({"color": colour, "width": 1.8})
        smooth.setData(steps, smoothed(values)) if smooths else smooth.setData([], [])

    def _show_legend(self, lines: dict[str, tuple[Float64, Float64]]) -> None:
        if not lines:
            self._legend.setText(_EMPTY)
            return
        last = {name: values[-1] for name, (_, values) in lines.items()}
        self._legend.setText(
            "&nbsp;&nbsp; ".join(
                f'<span style="color:{_LINES[number % len(_LINES)]}">■</span>&nbsp;{name}&nbsp;'
                f"{value:.3g}"
                for number, (name, value) in enumerate(last.items())
            )
        )

    # choosing

    def _subject_chosen(self) -> None:
        self._follows = False
        self.redraw()

    def _look_chosen(self) -> None:
        self.look_changed.emit(self._smooth.isChecked(), self._log.isChecked())
        self.redraw()

    def _fill_menu(self) -> None:
        self._menu.clear()
        for term in self._all_terms():
            action = self._menu.addAction(term)
            action.setCheckable(True)
            action.setChecked(term not in self._hidden)
            action.toggled.connect(lambda is_on, term=term: self._choose_term(term, is_on))

    def _choose_term(self, term: str, is_shown: bool) -> None:
        if is_shown:
            self._hidden.discard(term)
        else:
            self._hidden.add(term)
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.redraw()

    def _build_plot(self) -> None:
        import pyqtgraph  # a quarter of a second that the first paint should not wait for

        plot = pyqtgraph.PlotWidget(background=COLOURS.field, enableMenu=False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.showGrid(x=True, y=True, alpha=0.12)
        plot.setLabel("bottom", "step")
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(COLOURS.line)
            axis.setTextPen(COLOURS.text_dim)
            axis.enableAutoSIPrefix(False)
        self._plot = plot
        self._layout.replaceWidget(self._place, plot)
        self._place.deleteLater()


def smoothed(values: Float64) -> Float64:
    """The mean of each value [N] and those before it, over a fortieth of them all."""
    window = max(1, len(values) // _WINDOW_SHARE)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    means: Float64 = (sums[ends] - sums[starts]) / (ends - starts)
    return means


def log_ticks(lines: Iterable[tuple[Float64, Float64]]) -> list[list[tuple[float, str]]]:
    """Ticks for a logarithmic axis, as (exponent, words), that leave room for their words.

    Args:
        lines: steps [N] and values [N] of each curve; the values are above 0.
    """
    values = np.concatenate([np.ones(0), *(values for _, values in lines)])
    if not len(values):
        return [[]]
    low, high = (float(np.log10(each)) for each in (values.min(), values.max()))
    span = high - low
    digits = (1,) if span > _DECADES_PLAIN else (1, 2, 5)
    apart = max(1, round(span / _MOST_DECADES))
    exponents = range(math.floor(low), math.ceil(high) + 1, apart)
    return [
        [(exponent + math.log10(d), f"{d * 10.0**exponent:g}") for exponent in exponents
         for d in digits]
    ]  # fmt: skip


def _positive(steps: Float64, values: Float64) -> tuple[Float64, Float64]:
    """What a logarithmic scale can show."""
    return steps[values > 0], values[values > 0]


def _line(name: str, pairs: list[tuple[int, float]]) -> dict[str, tuple[Float64, Float64]]:
    finite = [(step, value) for step, value in pairs if np.isfinite(value)]
    if not finite:
        return {}
    steps, values = np.array(finite, np.float64).T
    return {name: (steps, values)}


def _toggle(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    return button
