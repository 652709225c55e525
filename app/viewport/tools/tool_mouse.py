"""ToolMouse: gives mouse, pen and keys over the viewport to a tool, and the rest to the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QSinglePointEvent, QTabletEvent, QWheelEvent

from app.viewport.tools.pen import PenSample

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.viewport.tools.tool import ViewTool

_NOTCH = 120.0
_PRESSES = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.TabletPress,
)
_MOVES = (QEvent.Type.MouseMove, QEvent.Type.TabletMove)
_RELEASES = (QEvent.Type.MouseButtonRelease, QEvent.Type.TabletRelease)
_CONFIRMS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SIZE_KEYS = {"[": -1.0, "]": 1.0}


class DragMouse(Protocol):
    """What moves the picture with the drags that no tool wants."""

    right_orbits: bool
    """Whether drags of the right button are its own in any case."""


class ToolMouse(QObject):
    """With a tool, the left button and the pen are the tool's; right drags orbit instead.

    A press that the tool does not want, beside the head say, moves the camera as ever, and so do
    the middle button and the wheel. Every sample reaches the tool: those that arrive while a
    picture is being drawn come together, in order.

    Signals:
        tool_changed(ViewTool | None): another one is chosen.
        size_stepped(float): Alt and the wheel, or [ and ]: so many steps larger.

    Args:
        view: the viewport.
        rig_mouse: what moves its camera.
    """

    tool_changed = Signal(object)
    size_stepped = Signal(float)

    def __init__(self, view: QWidget, rig_mouse: DragMouse) -> None:
        super().__init__(view)
        self._view = view
        self._rig_mouse = rig_mouse
        self._tool: ViewTool | None = None
        self._is_pressed = False
        self._passes_by = False
        self._drawn: list[PenSample] = []
        self._hovered: PenSample | None = None
        self._delivery = QTimer(self)
        self._delivery.setSingleShot(True)
        self._delivery.setInterval(0)
        self._delivery.timeout.connect(self._deliver)
        view.installEventFilter(self)

    @property
    def tool(self) -> ViewTool | None:
        """The tool chosen."""
        return self._tool

    def set_tool(self, tool: ViewTool | None) -> None:
        """Choose a tool; None leaves everything to the camera. What was begun is taken back."""
        if tool is self._tool:
            return
        if self._tool is not None:
            self._stop()
            self._tool.leave()
        self._tool = tool
        self._rig_mouse.right_orbits = tool is not None
        self._view.setMouseTracking(tool is not None)
        self._view.setTabletTracking(tool is not None)
        # Qt would join moves of the mouse into one.
        QCoreApplication.setAttribute(
            Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, tool is None
        )
        if tool is None:
            self._view.unsetCursor()
        else:
            self._view.setCursor(tool.cursor)
        self.tool_changed.emit(tool)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take what is the tool's; leave everything else."""
        tool = self._tool
        if tool is None:
            return False
        if isinstance(event, (QMouseEvent, QTabletEvent)):
            event.accept()
            return self._point(tool, event)
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        if isinstance(event, QKeyEvent):
            return self._key(tool, event)
        if event.type() == QEvent.Type.Leave and not self._is_pressed:
            self._hovered = None
            tool.leave()
        elif event.type() == QEvent.Type.Hide:
            self._stop()
        return False

    # Mouse and pen.

    def _point(self, tool: ViewTool, event: QSinglePointEvent) -> bool:
        if event.type() in _PRESSES:
            return self._press(tool, event)
        if event.type() in _MOVES:
            return self._move(event)
        return self._release(tool, event) if event.type() in _RELEASES else False

    def _press(self, tool: ViewTool, event: QSinglePointEvent) -> bool:
        if self._is_pressed:
            return True  # another button, in the middle of a stroke
        if event.button() == Qt.MouseButton.LeftButton and not self._passes_by:
            self._hovered = None
            self._view.setFocus(Qt.FocusReason.MouseFocusReason)
            sample = self._sample(event)
            is_second = event.type() == QEvent.Type.MouseButtonDblClick
            if is_second and tool.double_click(sample):
                return True
            self._is_pressed = tool.press(sample)
            if self._is_pressed:
                return True
        return self._pass_by(tool, event)

    def _pass_by(self, tool: ViewTool, event: QSinglePointEvent) -> bool:
        """Leave a drag to the camera."""
        if isinstance(event, QTabletEvent):
            # Qt asks again with a press of the mouse, unless the pen's was taken.
            event.ignore()
            return True
        self._passes_by = True
        self._hovered = None
        tool.leave()
        return False

    def _move(self, event: QSinglePointEvent) -> bool:
        if self._passes_by:
            return False if isinstance(event, QMouseEvent) else _ignored(event)
        sample = self._sample(event)
        if self._is_pressed:
            self._drawn.append(sample)
        elif event.buttons() == Qt.MouseButton.NoButton:
            self._hovered = sample
        if not self._delivery.isActive():
            self._delivery.start()
        return True

    def _release(self, tool: ViewTool, event: QSinglePointEvent) -> bool:
        if self._passes_by:
            if isinstance(event, QTabletEvent):
                return _ignored(event)
            self._passes_by = event.buttons() != Qt.MouseButton.NoButton
            return False
        if self._is_pressed and event.button() == Qt.MouseButton.LeftButton:
            self._deliver()
            self._is_pressed = False
            tool.release(self._sample(event))
        return True

    def _sample(self, event: QSinglePointEvent) -> PenSample:
        return PenSample.of(event, self._view.devicePixelRatioF())

    def _deliver(self) -> None:
        """Hand over what came in since the last time."""
        self._delivery.stop()
        drawn, self._drawn = self._drawn, []
        hovered, self._hovered = self._hovered, None
        if self._tool is None:
            return
        if drawn and self._is_pressed:
            self._tool.drag(drawn)
        elif hovered is not None and not self._is_pressed:
            self._tool.hover(hovered)

    def _stop(self) -> None:
        """Take back what was begun; what the pen still does until it is lifted means nothing."""
        self._drawn.clear()
        self._hovered = None
        self._is_pressed = False
        if self._tool is not None:
            self._tool.cancel()

    # Wheel and keys.

    def _wheel(self, event: QWheelEvent) -> bool:
        if not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        turned = event.angleDelta()  # Alt makes it a wheel that turns sideways, on most systems
        self.size_stepped.emit((turned.y() or turned.x()) / _NOTCH)
        event.accept()
        return True

    def _key(self, tool: ViewTool, event: QKeyEvent) -> bool:
        is_busy = self._is_pressed or tool.is_busy
        is_ours = is_busy and event.key() in (Qt.Key.Key_Escape, *_CONFIRMS)
        if event.type() == QEvent.Type.ShortcutOverride:
            if is_ours:
                event.accept()  # or a shortcut of the window would be asked first
            return is_ours
        if event.type() != QEvent.Type.KeyPress:
            return False
        if is_ours and event.key() == Qt.Key.Key_Escape:
            self._stop()
        elif is_ours:
            tool.confirm()
        elif event.text() in _SIZE_KEYS:
            self.size_stepped.emit(_SIZE_KEYS[event.text()])
        else:
            return False
        return True


def _ignored(event: QEvent) -> bool:
    """Let Qt make an event of the mouse of one of the pen."""
    event.ignore()
    return True
