"""RigMouse: the mouse over the viewport moves the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from app.viewport.orbit_controls import drag_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.viewport.camera_rig import CameraRig

_WHEEL_STEP = 120.0


class RigMouse(QObject):
    """Left drag orbits, middle or Shift-left drag pans, the wheel or Ctrl drag zooms.

    While `right_orbits` a right drag does what a left one does: the left one may be a tool's.
    """

    def __init__(self, view: QWidget, rig: CameraRig) -> None:
        super().__init__(view)
        self._view = view
        self._rig = rig
        self._drag_from: QPointF | None = None
        self.right_orbits = False
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take presses, moves, releases and the wheel; leave everything else."""
        if isinstance(event, QWheelEvent):
            self._rig.zoom(event.angleDelta().y() / _WHEEL_STEP)
        elif isinstance(event, QMouseEvent) and event.type() in _HANDLED:
            self._follow(event)
        else:
            return super().eventFilter(watched, event)
        event.accept()
        return True

    def _follow(self, event: QMouseEvent) -> None:
        buttons = event.buttons()
        if self.right_orbits and buttons & Qt.MouseButton.RightButton:
            buttons |= Qt.MouseButton.LeftButton
        kind = drag_of(buttons, event.modifiers())
        if event.type() == QEvent.Type.MouseMove:
            if kind is not None and self._drag_from is not None:
                moved = event.position() - self._drag_from
                height = max(self._view.height(), 1)
                self._rig.drag(kind, moved.x() / height, moved.y() / height)
                self._drag_from = event.position()
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._drag_from = None if kind is None else self._drag_from
        elif kind is not None:
            self._drag_from = event.position()


_HANDLED = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
)
