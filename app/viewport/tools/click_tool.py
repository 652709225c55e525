"""ClickTool: one place of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.viewport.tools.tool import ViewTool

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.viewport.tools.pen import PenSample

_STEADY_PX = 6.0


class ClickTool(ViewTool):
    """Clicks; a drag that began on something means nothing.

    Signals:
        clicked(PenSample): where, and with which keys.

    Args:
        hits: whether a place means anything; elsewhere drags move the camera.
    """

    clicked = Signal(object)

    def __init__(
        self, hits: Callable[[PenSample], bool] = lambda _: True, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._hits = hits
        self._start: PenSample | None = None

    @property
    def is_busy(self) -> bool:
        return self._start is not None

    def press(self, sample: PenSample) -> bool:
        self._start = sample if self._hits(sample) else None
        return self._start is not None

    def release(self, sample: PenSample) -> None:
        start, self._start = self._start, None
        if start is not None and start.distance_px(sample) < _STEADY_PX:
            self.clicked.emit(start)

    def cancel(self) -> None:
        self._start = None
