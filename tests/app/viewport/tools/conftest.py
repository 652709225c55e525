"""A widget under mouse and pen, with a camera and a tool that says what reached it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QInputDevice, QPainter, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.viewport.camera_rig import CameraRig
from app.viewport.rig_mouse import RigMouse
from app.viewport.tools import PenSample, ToolMouse, ToolOverlay, ViewTool
from avatar_core.geometry import Camera, look_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
SIZE_PX = (240, 200)


class TellingTool(ViewTool):
    """Writes down what it is told; refuses presses in the left quarter of the view."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, Any]] = []
        self.busy = False

    @property
    def is_busy(self) -> bool:
        return self.busy

    def press(self, sample: PenSample) -> bool:
        wants = sample.x_px >= SIZE_PX[0] / 4
        if wants:
            self.told.append(("press", sample))
        return wants

    def drag(self, samples: list[PenSample]) -> None:
        self.told.append(("drag", samples))

    def release(self, sample: PenSample) -> None:
        self.told.append(("release", sample))

    def hover(self, sample: PenSample) -> None:
        self.told.append(("hover", sample))

    def leave(self) -> None:
        self.told.append(("leave", None))

    def confirm(self) -> None:
        self.told.append(("confirm", None))

    def cancel(self) -> None:
        self.told.append(("cancel", None))

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.told]

    def samples(self) -> list[PenSample]:
        """Those of all drags, in order."""
        return [each for word, batch in self.told if word == "drag" for each in batch]


class Desk:
    """A bare widget as the view, and hands over it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.view = QWidget()
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.resize(*SIZE_PX)
        qtbot.addWidget(self.view)
        self.rig = CameraRig(self.view)
        self.mouse = ToolMouse(self.view, RigMouse(self.view, self.rig))
        self.overlay = ToolOverlay(self.view, self.mouse)
        self.stylus = QPointingDevice(
            "Pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
            QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 2,
        )  # fmt: skip
        self._held: set[Any] = set()
        self.view.show()
        qtbot.waitExposed(self.view)

    def take(self, tool: ViewTool) -> ViewTool:
        self.mouse.set_tool(tool)
        return tool

    def settle(self) -> None:
        """Let what was queued be delivered."""
        QApplication.processEvents()

    # Mouse.

    def press(self, x: int, y: int, button: Any = LEFT, keys: Any = NO_KEYS) -> None:
        self._held.add(button)
        QTest.mousePress(self.view, button, keys, QPoint(x, y))

    def move(self, x: int, y: int) -> None:
        QTest.mouseMove(self.view, QPoint(x, y))

    def release(self, x: int, y: int, button: Any = LEFT, keys: Any = NO_KEYS) -> None:
        self._held.discard(button)
        QTest.mouseRelease(self.view, button, keys, QPoint(x, y))

    def let_go(self) -> None:
        """Hold no button any more: QTest remembers them from test to test."""
        for button in tuple(self._held):
            self.release(0, 0, button)

    def double_click(self, x: int, y: int) -> None:
        QTest.mouseDClick(self.view, LEFT, NO_KEYS, QPoint(x, y))

    def drag(self, *places: tuple[int, int], button: Any = LEFT, keys: Any = NO_KEYS) -> None:
        self.press(*places[0], button, keys)
        for place in places[1:]:
            self.move(*place)
        self.release(*places[-1], button, keys)

    def wheel(self, turned: QPoint, keys: Any = NO_KEYS) -> None:
        here = QPointF(120, 100)
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(
            here, self.view.mapToGlobal(here), QPoint(), turned, NO_BUTTON, keys, phase, False
        )
        QApplication.sendEvent(self.view, event)

    # Pen.

    def pen(
        self,
        kind: QEvent.Type,
        x: float,
        y: float,
        pressure: float = 0.5,
        tilt_deg: tuple[float, float] = (0, 0),
        keys: Any = NO_KEYS,
        device: QPointingDevice | None = None,
    ) -> bool:
        """Whether the event was taken; if not, Qt makes one of the mouse of it."""
        button = NO_BUTTON if kind == QEvent.Type.TabletMove else LEFT
        held = NO_BUTTON if kind == QEvent.Type.TabletRelease or pressure == 0 else LEFT
        here = QPointF(x, y)
        event = QTabletEvent(
            kind, self.stylus if device is None else device, here, self.view.mapToGlobal(here),
            pressure, *tilt_deg, 0.0, 0.0, 0.0, keys, button, held,
        )  # fmt: skip
        QApplication.sendEvent(self.view, event)
        return event.isAccepted()


def front_camera() -> Camera:
    """Looks at the origin from 1 m before it; a millimetre is half a pixel there."""
    view = look_at(np.array([0, 0, 1], np.float32), np.zeros(3, np.float32))
    return Camera.from_fov(view, float(2 * np.arctan(0.2)), *SIZE_PX)


def painted(tool: ViewTool) -> np.ndarray:
    """[H, W] how opaque a tool's marks are, 0..255."""
    image = QImage(*SIZE_PX, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    tool.paint(painter)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE_PX[1], SIZE_PX[0], 4)
    return pixels[..., 3].copy()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.let_go()
    made.mouse.set_tool(None)


@pytest.fixture
def telling(desk: Desk) -> TellingTool:
    tool = TellingTool()
    desk.take(tool)
    return tool


@pytest.fixture
def camera() -> Camera:
    return front_camera()


@pytest.fixture
def marks() -> Any:
    """`painted`, for tests (which import nothing from one another)."""
    return painted
