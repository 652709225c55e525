"""What the check of a capture has found, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QMouseEvent

    from avatar_core.training.capture_findings import Finding

_STEPS = 200
_ICON_PX = 18
_LOOKS = {
    "error": ("error", COLOURS.record),
    "warning": ("warning", COLOURS.warning),
    "note": ("info", COLOURS.text_dim),
}
_GOOD_LOOK = ("found", COLOURS.good)
_EMPTY = "A capture is checked as soon as it is chosen: pictures, mattes, labels, cameras, poses."
_GOOD = "Nothing is wrong: pictures, mattes, labels, cameras and poses fit together."


class CaptureCheckPanel(Panel):
    """Progress of the check, then its findings; a click on one shows where it is."""

    check_requested = Signal()
    stop_requested = Signal()
    frame_requested = Signal(str)
    """Name of the first frame that a finding is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = QLabel(_EMPTY, wordWrap=True)
        self._again = icon_button("refresh", "Check again", self.check_requested.emit)
        self._stop = icon_button("stop", "Stop the check", self.stop_requested.emit)
        self._progress = QProgressBar()
        self._progress.setRange(0, _STEPS)
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(GRID_PX // 2)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GRID_PX // 2)
        content = QWidget()
        content.setObjectName("scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._rows)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        self._symbol = QLabel()
        self._symbol.hide()
        top = QHBoxLayout()
        top.setSpacing(GRID_PX)
        top.addWidget(self._symbol, alignment=Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._summary, stretch=1)
        top.addWidget(self._again, alignment=Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._stop, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(top)
        layout.addWidget(self._progress)
        layout.addWidget(scroll, stretch=1)
        self._cards: list[_Card] = []
        self._show_running(is_running=False)
        self._again.setEnabled(False)

    def show_progress(self, share: float, text: str) -> None:
        """The check is at `share`, 0..1."""
        self._show_running(is_running=True)
        self._summary.setText(f"{text} …")
        self._progress.setValue(round(share * _STEPS))

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """The check is done."""
        self._clear()
        self._show_running(is_running=False)
        self._summary.setText(_sum_up(findings))
        worst = findings[0].severity.value if findings else "note"
        name, colour = _GOOD_LOOK if worst == "note" else _LOOKS[worst]
        self._symbol.setPixmap(icon(name, colour).pixmap(QSize(_ICON_PX, _ICON_PX)))
        self._symbol.show()
        for finding in findings:
            card = _Card(finding)
            card.clicked.connect(self.frame_requested)
            self._cards.append(card)
            self._rows.addWidget(card)

    def show_stopped(self, words: str = "The check was stopped.") -> None:
        """There is no result."""
        self._clear()
        self._show_running(is_running=False)
        self._summary.setText(words)

    @property
    def summary(self) -> str:
        return self._summary.text()

    @property
    def cards(self) -> list[_Card]:
        return self._cards

    def _show_running(self, *, is_running: bool) -> None:
        self._progress.setVisible(is_running)
        self._stop.setVisible(is_running)
        self._symbol.hide()
        self._again.setVisible(not is_running)
        self._again.setEnabled(True)

    def _clear(self) -> None:
        for card in self._cards:
            self._rows.removeWidget(card)
            card.deleteLater()
        self._cards = []


class _Card(QFrame):
    """One finding."""

    clicked = Signal(str)

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.setObjectName("finding")
        name, colour = _LOOKS[finding.severity.value]
        self.setProperty("severity", finding.severity.value)
        symbol = QLabel()
        symbol.setPixmap(icon(name, colour).pixmap(QSize(_ICON_PX, _ICON_PX)))
        self._frames = finding.frames
        self.message = QLabel(finding.message, wordWrap=True)
        self.hint = QLabel(finding.hint, wordWrap=True)
        self.hint.setProperty("role", "dim")
        self.hint.setVisible(bool(finding.hint))
        words = QVBoxLayout()
        words.setSpacing(GRID_PX // 4)
        for label in (self.message, self.hint):
            label.setTextFormat(Qt.TextFormat.PlainText)
            words.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        row.setSpacing(GRID_PX)
        row.addWidget(symbol, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, stretch=1)
        if self._frames:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            shown = ", ".join(self._frames[:12]) + (" …" if len(self._frames) > 12 else "")
            self.setToolTip(f"Show the picture. {shown}")

    def mousePressEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._frames:
            self.clicked.emit(self._frames[0])


def _sum_up(findings: Sequence[Finding]) -> str:
    counts = {name: sum(f.severity.value == name for f in findings) for name in _LOOKS}
    parts = [f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count]
    if not counts["error"] and not counts["warning"]:
        return _GOOD
    return f"The check has found {' and '.join(parts) if len(parts) < 3 else ', '.join(parts)}."
