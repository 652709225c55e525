"""PerformDesk: what performing can do without until the first picture is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.handlers.latency import LatencyHandler
from app.handlers.mixing import MixingHandler

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.handlers.context import StudioContext
    from app.handlers.drivers import DriverListHandler
    from app.viewport.avatar_view import AvatarView
    from app.workers.performance import PerformanceEngine


class PerformDesk(QObject):
    """The mixer, and the latency test.

    Args:
        context: the document.
        engine: performs.
        view: the viewport.
        drivers: the list of drivers.
    """

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        view: AvatarView,
        drivers: DriverListHandler,
    ) -> None:
        super().__init__(context.window)
        self.mixing = MixingHandler(context, drivers)
        self.latency = LatencyHandler(context, engine, view, drivers.title)

    @property
    def docked(self) -> dict[str, QWidget]:
        """Its panel, by the name of its dock."""
        return {"mixer": self.mixing.panel}

    def set_open(self, is_open: bool) -> None:
        """Nothing: the mixer works in all workspaces."""

    def refresh(self) -> None:
        self.mixing.refresh()

    def shutdown(self) -> None:
        self.mixing.shutdown()
        self.latency.shutdown()
