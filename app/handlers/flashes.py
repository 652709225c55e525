"""Flashes: the viewport lights up now and then, and a camera that looks at it says when."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.handlers.flash_watch import FlashWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.driver_frame import DriverFrame

_WATCH_MS = 5
"""How often pictures are looked for; they carry the time of their capture."""
_LIT_MS = 150
_DARK_MS = (900, 1100, 1000, 1300, 1200)
"""Uneven, so that flashes do not fall in step with the camera; slower than three a second."""
_ON_THE_WAY_S = 1.0
"""How long a picture may be on its way from the camera to here."""
_EACH_NTH_PIXEL = 8


class Flashes(QObject):
    """Flashes a place of the window, and measures how long a camera takes to see it.

    Args:
        place: what flashes.
        newest: the camera's newest frame.
        count: how many flashes.
    """

    told = Signal()
    """There is news: `watch`, `is_done`."""

    def __init__(
        self, place: QWidget, newest: Callable[[], DriverFrame | None], count: int = 10
    ) -> None:
        super().__init__(place)
        self._place = place
        self.watch = FlashWatch()
        self.count = count
        self._newest = newest
        self._flashed = 0
        self._is_stopped = False
        self._light = QWidget(place)
        self._light.setStyleSheet("background: #ffffff")
        self._light.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._light.hide()
        self._looking = QTimer(self, interval=_WATCH_MS)
        self._looking.timeout.connect(self._look)
        self._looking.start()
        self._next = QTimer(self, singleShot=True)
        self._next.timeout.connect(self._switch)
        self._next.start(_DARK_MS[0])

    @property
    def is_done(self) -> bool:
        return self._is_stopped or (self._flashed >= self.count and not self.watch.is_waiting)

    @property
    def share(self) -> float:
        """How much is done, 0..1."""
        return min(self._flashed / self.count, 1.0)

    def stop(self) -> None:
        """End now; what was seen so far counts."""
        self._is_stopped = True
        self._end()

    def _switch(self) -> None:
        if self._light.isVisible():
            self._light.hide()
            self._next.start(_DARK_MS[self._flashed % len(_DARK_MS)])
        elif self._flashed < self.count and not self.watch.is_waiting:
            self._light.setGeometry(self._place.rect())
            self._light.show()
            self._light.raise_()
            self._light.repaint()
            self.watch.note_flash(time.perf_counter())
            self._flashed += 1
            self._next.start(_LIT_MS)
        elif not self.is_done:
            self._next.start(_LIT_MS)
        self.told.emit()

    def _look(self) -> None:
        frame = self._newest()
        if frame is not None and frame.seen is not None:
            pixels = frame.seen.image[::_EACH_NTH_PIXEL, ::_EACH_NTH_PIXEL]
            self.watch.note_picture(frame.captured_s, float(pixels.mean()))
        self.watch.expire(time.perf_counter() - _ON_THE_WAY_S)
        if self.is_done:
            self._end()

    def _end(self) -> None:
        self._looking.stop()
        self._next.stop()
        self._light.hide()
        self._light.deleteLater()
        self.told.emit()
        self.deleteLater()
