"""A viewport in a window of its own, for tests of what it draws and of the hands on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from app.viewport.avatar_view import AvatarView
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import neutral_frame
from avatar_core.render.pace import Pace
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from avatar_core.project.asset import AvatarAsset

BACKGROUND = 117  # 0.46 of 255
PLAIN = SceneOptions(show_grid=False)


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


class CountingView(AvatarView):
    """Counts how often the avatar is drawn."""

    paints = 0

    def paintGL(self) -> None:  # noqa: N802
        self.paints += 1
        super().paintGL()


class Stage:
    """A view in a window, and what it shows as arrays."""

    def __init__(self, qtbot: QtBot, asset: AvatarAsset) -> None:
        self.qtbot = qtbot
        self.window = QMainWindow()
        self.view = CountingView()
        self.view.set_avatar(asset, neutral_frame(asset))
        self.view.set_scene(PLAIN)
        self.view.set_hud_visible(False)
        self.view._pace = Pace(math.inf)  # pictures do not depend on the machine's speed
        self.errors: list[Any] = []
        self.view.failed.connect(self.errors.append)
        self.window.setCentralWidget(self.view)
        self.window.resize(240, 200)
        qtbot.addWidget(self.window)

    def show(self) -> Stage:
        with self.qtbot.waitSignal(self.view.first_painted, timeout=30_000):
            self.window.show()
        return self

    def picture(self) -> np.ndarray:
        """[H, W, 3] of what OpenGL drew."""
        return array(self.view.grabFramebuffer())

    def rest(self) -> int:
        """Wait until nothing is drawn any more; gives the number of drawings so far."""
        while True:
            before = self.view.paints
            self.qtbot.wait(300)
            if self.view.paints == before:
                return before

    def mouse(
        self,
        kind: QEvent.Type,
        place: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        here = QPointF(*place)
        is_up = kind == QEvent.Type.MouseButtonRelease
        held = Qt.MouseButton.NoButton if is_up else button
        cause = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        everywhere = self.view.mapToGlobal(here)
        QApplication.sendEvent(self.view, QMouseEvent(kind, here, everywhere, cause, held, keys))

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        self.mouse(QEvent.Type.MouseButtonPress, start, button, keys)
        self.mouse(QEvent.Type.MouseMove, end, button, keys)
        self.mouse(QEvent.Type.MouseButtonRelease, end, button, keys)

    def wheel(self, notches: int) -> None:
        here = QPointF(self.view.rect().center())
        event = QWheelEvent(
            here,
            self.view.mapToGlobal(here),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view, event)


def array(image: QImage) -> np.ndarray:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), -1)
    wide = rows[:, : 3 * rgb.width()].copy()  # the image goes with this function
    return wide.reshape(rgb.height(), rgb.width(), 3)


def differs(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the pixels that look different."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > 12).mean())


def covered(picture: np.ndarray) -> float:
    """Share of the pixels that show the avatar."""
    return float((np.abs(picture.astype(int) - BACKGROUND).max(axis=2) > 6).mean())


@pytest.fixture
def hidden(qtbot: QtBot, asset: AvatarAsset) -> Iterator[Stage]:
    stage = Stage(qtbot, asset)
    yield stage
    stage.window.close()


@pytest.fixture
def stage(hidden: Stage) -> Stage:
    return hidden.show()
