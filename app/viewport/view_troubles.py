"""ViewTroubles: what went wrong in the viewport, said once."""

from __future__ import annotations

import logging
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from avatar_core.errors import AvatarError, RenderError

log = logging.getLogger(__name__)


class MessageBoard(Protocol):
    """Where a view says why there is no picture: its HUD or its captions."""

    def show_message(self, message: str) -> None: ...


class ViewTroubles(QObject):
    """Remembers what failed; says it in the view's own area where nothing can be drawn any more.

    Signals:
        told(AvatarError): something new went wrong.
    """

    told = Signal(object)

    def __init__(self, board: MessageBoard, parent: QObject) -> None:
        super().__init__(parent)
        self._board = board
        self._problem: AvatarError | None = None
        self.are_fatal = False

    def fail(self, error: Exception) -> None:
        """Nothing can be drawn any more."""
        if self.are_fatal:
            return
        self.are_fatal = True
        if not isinstance(error, AvatarError):
            log.error("The viewport failed", exc_info=error)
            error = RenderError(
                f"The viewport cannot draw any more ({type(error).__name__}: {error}).",
                "Restart the studio; if it comes back, update the graphics driver.",
            )
        self._board.show_message(f"{error.message}\n\n{error.hint}")
        self.told.emit(error)

    def note(self, problem: AvatarError | None) -> None:
        """Something cannot be drawn, and the rest is drawn without it; None where all is well."""
        if problem is not self._problem:
            self._problem = problem
            if problem is not None:
                self.told.emit(problem)
