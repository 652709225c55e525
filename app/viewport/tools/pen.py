"""PenSample: where mouse or pen is over the viewport, and how it is held."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent

if TYPE_CHECKING:
    from PySide6.QtGui import QSinglePointEvent

_STEEPEST_TILT_DEG = 60.0


@dataclass(frozen=True, slots=True)
class PenSample:
    """One report of mouse or pen.

    Args:
        x_px, y_px: device pixels of the picture, from its upper left corner.
        pressure: 0..1; 1 for a mouse.
        tilt: of the pen to the right and down the screen, -1..1; zero for a mouse.
        modifiers: keys held down.
        is_eraser: whether the pen is turned round.
        time_s: `time.perf_counter()`.
    """

    x_px: float
    y_px: float
    pressure: float = 1.0
    tilt: tuple[float, float] = (0.0, 0.0)
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    is_eraser: bool = False
    time_s: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, event: QSinglePointEvent, ratio: float) -> PenSample:
        """What an event of mouse or tablet says.

        Args:
            event: with places in the widget's own pixels.
            ratio: device pixels to each of those.
        """
        place = event.position() * ratio
        if not isinstance(event, QTabletEvent):
            return cls(place.x(), place.y(), modifiers=event.modifiers())
        return cls(
            place.x(),
            place.y(),
            pressure=float(np.clip(event.pressure(), 0, 1)),
            tilt=(_share(event.xTilt()), _share(event.yTilt())),
            modifiers=event.modifiers(),
            is_eraser=event.pointerType() == QPointingDevice.PointerType.Eraser,
        )

    def distance_px(self, other: PenSample) -> float:
        """How far apart two samples are."""
        return float(np.hypot(self.x_px - other.x_px, self.y_px - other.y_px))


def _share(tilt_deg: float) -> float:
    return float(np.clip(tilt_deg / _STEEPEST_TILT_DEG, -1, 1))
