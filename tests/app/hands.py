"""Hands on the studio's window: real events of mouse and pen, for tests of its workspaces."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QInputDevice,
    QPointingDevice,
    QSurfaceFormat,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.viewport.graphics import viewport_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from app.main_window import MainWindow

PATIENCE_MS = 120_000
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
_STEPS = 6

PlaceT = TypeVar("PlaceT")


@pytest.fixture
def on_a_display(qapp: QGuiApplication) -> None:
    if QGuiApplication.platformName() != "xcb" and sys.platform.startswith("linux"):
        pytest.skip("QOpenGLWidget paints only with the xcb platform on an X display")
    QSurfaceFormat.setDefaultFormat(viewport_format())


@contextmanager
def opened(
    qtbot: QtBot, window: MainWindow, workspace: str, is_ready: Callable[[], bool]
) -> Iterator[MainWindow]:
    """The window with its project on the screen, in a workspace that is ready for work."""
    with qtbot.waitSignal(window.view.first_painted, timeout=PATIENCE_MS):
        window.show()
        window.show_project()
    window.actions_table[f"view.{workspace}"].trigger()
    qtbot.waitUntil(is_ready, timeout=PATIENCE_MS)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.wait(200)  # until the docks have their places
    yield window
    window._may_close = True
    window.close()
    window.deleteLater()


class Hands(Generic[PlaceT]):
    """Hands over the viewport; how they name places there is up to the workspace."""

    workspace: ClassVar[str]
    """First word of its actions' names."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.window = window
        self.session = window.events.session
        self.view = window.view
        self._device = QPointingDevice(
            "Pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
            QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 2,
        )  # fmt: skip

    def point(self, place: PlaceT) -> QPoint:
        """The pixel of a place."""
        raise NotImplementedError

    def act(self, name: str) -> None:
        self.window.actions_table[f"{self.workspace}.{name}"].trigger()

    @property
    def label(self) -> str:
        return self.session.history.undo_label

    @property
    def steps(self) -> int:
        return self.session.history.index

    def drag(
        self,
        *places: PlaceT,
        keys: Qt.KeyboardModifier = NO_KEYS,
        on: QWidget | None = None,
        lets_go: bool = True,
    ) -> None:
        """Press, draw the mouse through places, let go."""
        view, points = on or self.view, [self.point(each) for each in places]
        QTest.mouseMove(view, points[0])
        QTest.mousePress(view, LEFT, keys, points[0])
        for point in _way(points):
            QTest.mouseMove(view, point)
            QApplication.processEvents()
        if lets_go:
            QTest.mouseRelease(view, LEFT, keys, points[-1])
        QApplication.processEvents()

    def draw_with_pen(self, *places: PlaceT, pressure: float) -> None:
        points = [self.point(each) for each in places]
        self._pen(QEvent.Type.TabletPress, points[0], pressure)
        for point in _way(points):
            self._pen(QEvent.Type.TabletMove, point, pressure)
            QApplication.processEvents()
        self._pen(QEvent.Type.TabletRelease, points[-1], 0.0)
        QApplication.processEvents()

    def _pen(self, kind: QEvent.Type, point: QPoint, pressure: float) -> None:
        is_move = kind == QEvent.Type.TabletMove
        button = Qt.MouseButton.NoButton if is_move else LEFT
        held = LEFT if pressure else Qt.MouseButton.NoButton
        here = QPointF(point)
        event = QTabletEvent(
            kind, self._device, here, self.view.mapToGlobal(here), pressure, 0, 0, 0.0, 0.0, 0.0,
            NO_KEYS, button, held,
        )  # fmt: skip
        QApplication.sendEvent(self.view, event)


def _way(points: list[QPoint]) -> Iterator[QPoint]:
    """From point to point in small steps."""
    for start, end in pairwise(points):
        for step in range(1, _STEPS + 1):
            yield start + (end - start) * step / _STEPS
