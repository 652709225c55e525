"""ContextWatch: tells when a view got no OpenGL context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from avatar_core.errors import RenderError

if TYPE_CHECKING:
    from PySide6.QtOpenGLWidgets import QOpenGLWidget

_PATIENCE_MS = 300


class ContextWatch(QObject):
    """Qt tells nobody when it gets no context; the view is then simply never painted.

    Signals:
        missed(RenderError): the view has been shown for a while, and got none.
    """

    missed = Signal(object)

    def __init__(self, view: QOpenGLWidget) -> None:
        super().__init__(view)
        self._view = view
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._check)

    def begin(self) -> None:
        """The view is being shown."""
        self._timer.start()

    def end(self) -> None:
        """It is not any more."""
        self._timer.stop()

    def _check(self) -> None:
        if self._view.isVisible() and not self._view.isValid():
            self.missed.emit(
                RenderError(
                    "The viewport got no OpenGL 4.1 context.",
                    "Update the graphics driver; without one, Mesa's software rasteriser will do.",
                )
            )
