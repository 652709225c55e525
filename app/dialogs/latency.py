"""The latency test: how long a picture takes from the camera to the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from app.theme import GRID_PX, number_font

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

_WIDTH_PX = 58 * GRID_PX
_STEPS = 100
_ABOUT = (
    "Measures every frame of the driver for ten seconds: from when its picture was there to the"
    " avatar that follows it on the screen. Move your face meanwhile."
)
_FLASH_ABOUT = (
    "Point the camera at the screen. The viewport flashes ten times, and the camera tells when it"
    " was seen: that is what display and camera add, which a program cannot know otherwise."
)
_ROWS = (
    ("Ready to be drawn", "p50_ms", "p95_ms"),
    ("On the screen", "screen_p50_ms", "screen_p95_ms"),
    ("Display and camera", "flash_p50_ms", "flash_p95_ms"),
)


class LatencyDialog(QDialog):
    """Starts measuring, shows how far it is and what came out; the window stays usable."""

    measure_requested = Signal()
    flash_requested = Signal()
    stop_requested = Signal()
    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Latency test")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(_WIDTH_PX)
        self._is_running = False
        self.measure, self.flash = QPushButton("Measure"), QPushButton("Flash")
        self.measure.setDefault(True)
        self.save, self.close_button = QPushButton("Save …"), QPushButton("Close")
        self.progress = QProgressBar(textVisible=False, maximum=_STEPS)
        self.progress.setFixedHeight(GRID_PX)
        self.words = QLabel(wordWrap=True)
        self.values: dict[str, QLabel] = {}
        self._lay_out()
        for button in (self.flash, self.save, self.close_button):
            button.setAutoDefault(False)
        self.measure.clicked.connect(self._start_or_stop)
        self.flash.clicked.connect(self.flash_requested)
        self.save.clicked.connect(self.save_requested)
        self.close_button.clicked.connect(self.reject)
        self.show_results({})

    def show_driver(self, title: str, *, is_live: bool, has_pictures: bool) -> None:
        """Say what would be measured.

        Args:
            title: of the main driver.
            is_live: motion comes in, so that there is something to measure.
            has_pictures: it gives pictures, which can see a flash.
        """
        if not self._is_running:
            self.measure.setEnabled(is_live)
            self.flash.setEnabled(is_live and has_pictures)
            self.words.setText(
                f"Ready to measure {title}." if is_live else "There is no live driver to measure."
            )

    def show_progress(self, fraction: float | None, words: str = "") -> None:
        """How far the measurement is, 0..1; None: none is running."""
        self._is_running = fraction is not None
        self.progress.setValue(round(_STEPS * (fraction or 0.0)))
        self.measure.setText("Stop" if self._is_running else "Measure")
        self.measure.setEnabled(True)
        self.flash.setEnabled(not self._is_running)
        if words:
            self.words.setText(words)

    def show_results(self, results: Mapping[str, float]) -> None:
        """Milliseconds by name, see `_ROWS`; those that are missing were not measured."""
        for name, label in self.values.items():
            label.setText(f"{results[name]:.0f} ms" if name in results else "not yet")
        self.save.setEnabled(bool(results))

    def _start_or_stop(self) -> None:
        if self._is_running:
            self.stop_requested.emit()
        else:
            self.measure_requested.emit()

    # building

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID_PX, 2 * GRID_PX, 3 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        for about, button in ((_ABOUT, self.measure), (_FLASH_ABOUT, self.flash)):
            words = QLabel(about, wordWrap=True)
            words.setProperty("role", "dim")
            row = QHBoxLayout()
            row.setSpacing(2 * GRID_PX)
            row.addWidget(words, 1)
            button.setFixedWidth(11 * GRID_PX)
            row.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
            layout.addLayout(row)
        layout.addWidget(self.progress)
        layout.addWidget(self.words)
        layout.addLayout(self._table())
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.save)
        buttons.addWidget(self.close_button)
        layout.addLayout(buttons)

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID_PX)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight
        for column, heading in enumerate(("Half are faster than", "95 % are faster than"), start=1):
            label = QLabel(heading)
            label.setProperty("role", "dim")
            grid.addWidget(label, 0, column, right)
        for row, (title, *names) in enumerate(_ROWS, start=1):
            grid.addWidget(QLabel(title), row, 0)
            for column, name in enumerate(names, start=1):
                value = self.values[name] = QLabel()
                value.setFont(number_font())
                grid.addWidget(value, row, column, right)
        return grid
