"""The studio in its Groom workspace, under real events of mouse, pen and keys."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
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

from app.library import Portraits
from app.main_window import MainWindow
from app.viewport.graphics import viewport_format
from app.workers import strand_builder
from app.workers.performance import PerformanceEngine
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.avatar_shelf import AvatarShelf
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind
from avatar_core.project.digest import digest
from avatar_core.resources import resource_path
from avatar_core.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from avatar_core.hair.edited import EditedHair


PATIENCE_MS = 120_000
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

Place = tuple[float, float]
"""Shares of the viewport's width and height."""


@pytest.fixture
def on_a_display(qapp: QGuiApplication) -> None:
    if QGuiApplication.platformName() != "xcb" and sys.platform.startswith("linux"):
        pytest.skip("QOpenGLWidget paints only with the xcb platform on an X display")
    QSurfaceFormat.setDefaultFormat(viewport_format())


@pytest.fixture(scope="module")
def strands_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Strands are found once for all tests."""
    return tmp_path_factory.mktemp("strands")


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    """The demo avatar with a face that is quick to draw, and a third of its hair."""
    demo = load_avatar(resource_path("demo", "rosa.avatar"))
    face = FaceAsset(FaceKind.PLAIN, demo.face.texture)
    return replace(demo, face=face, hair=demo.hair.subset(slice(None, None, 3)))


class Salon:
    """The studio in its Groom workspace, and hands over its viewport."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.window = window
        self.session = window.events.session
        self.view = window.view
        self.pen = QPointingDevice(
            "Pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
            QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 2,
        )  # fmt: skip

    def act(self, name: str) -> None:
        self.window.actions_table[f"groom.{name}"].trigger()

    def take(self, tool: str) -> None:
        self.act(f"tool_{tool}")

    @property
    def hair(self) -> EditedHair:
        return self.session.edited_hair

    @property
    def label(self) -> str:
        return self.session.history.undo_label

    @property
    def steps(self) -> int:
        return self.session.history.index

    def spot(self, side: int, height: float) -> Place:
        """Where the outer hair of the person's left (1) or right (-1) is seen, 0 low .. 1 high."""
        base = self.hair.base.means
        seen = self.window.groom.tooling.pointer.seen_rows()[: len(base)]
        outer = np.flatnonzero(seen & (side * base[:, 0] > 0.06))
        level = np.quantile(base[outer, 1], height)
        near = outer[np.argsort(np.abs(base[outer, 1] - level))[:40]]
        camera = self.view.camera()
        x, y = np.median(camera.project(self.view.base_frame.hair_means[near])[0], axis=0)
        return x / camera.width_px, y / camera.height_px

    @property
    def lock(self) -> tuple[Place, Place]:
        """From the middle of the hair at the person's left downwards."""
        return self.spot(1, 0.6), self.spot(1, 0.4)

    def drag(self, *places: Place, keys: Qt.KeyboardModifier = NO_KEYS, until: int = 0) -> None:
        """Press, draw the mouse through places, let go."""
        points = [self.point(each) for each in places]
        QTest.mouseMove(self.view, points[0])
        QTest.mousePress(self.view, LEFT, keys, points[0])
        for start, end in pairwise(points):
            for step in range(1, 7):
                QTest.mouseMove(self.view, start + (end - start) * step / 6)
                QApplication.processEvents()
        if not until:
            QTest.mouseRelease(self.view, LEFT, keys, points[-1])
        QApplication.processEvents()

    def click(self, place: Place, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mouseClick(self.view, LEFT, keys, self.point(place))
        QApplication.processEvents()

    def draw_with_pen(self, *places: Place, pressure: float) -> None:
        kinds = QEvent.Type
        points = [self.point(each) for each in places]
        self._pen(kinds.TabletPress, points[0], pressure)
        for start, end in pairwise(points):
            for step in range(1, 7):
                self._pen(kinds.TabletMove, start + (end - start) * step / 6, pressure)
                QApplication.processEvents()
        self._pen(kinds.TabletRelease, points[-1], 0.0)
        QApplication.processEvents()

    def _pen(self, kind: QEvent.Type, point: QPoint, pressure: float) -> None:
        is_move = kind == QEvent.Type.TabletMove
        button = Qt.MouseButton.NoButton if is_move else LEFT
        held = LEFT if pressure else Qt.MouseButton.NoButton
        here = QPointF(point)
        event = QTabletEvent(
            kind, self.pen, here, self.view.mapToGlobal(here), pressure, 0, 0, 0.0, 0.0, 0.0,
            NO_KEYS, button, held,
        )  # fmt: skip
        QApplication.sendEvent(self.view, event)

    def point(self, place: Place) -> QPoint:
        return QPoint(round(place[0] * self.view.width()), round(place[1] * self.view.height()))

    def lands(self, label: str) -> None:
        """One step of that name was done; undo and redo lead exactly there and back."""
        assert self.label == label
        after = digest(self.session.project.hair_edits)
        self.session.undo()
        assert digest(self.session.project.hair_edits) != after
        self.session.redo()
        assert digest(self.session.project.hair_edits) == after

    def begins(self) -> str:
        """Everything back to the start; what the hair's edits were then."""
        self.session.jump(0)
        return digest(self.session.project.hair_edits)


@pytest.fixture
def salon(
    on_a_display: None,
    qtbot: QtBot,
    preferences: Preferences,
    tmp_path: Path,
    strands_folder: Path,
    asset: AvatarAsset,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Salon]:
    monkeypatch.setattr(strand_builder, "cache_folder", lambda: strands_folder)
    preferences.apply(replace(preferences.values, projects_folder=str(tmp_path / "Studio")))
    window = MainWindow(
        Session(AvatarShelf(read=lambda _path: asset)),
        PerformanceEngine(),
        preferences,
        Portraits(tmp_path / "portraits"),
    )
    window.windowing.restore_layout()
    window.resize(1200, 800)
    with qtbot.waitSignal(window.view.first_painted, timeout=PATIENCE_MS):
        window.show()
        window.show_project()
    window.actions_table["view.groom"].trigger()
    qtbot.waitUntil(lambda: window.groom.hair.strands is not None, timeout=PATIENCE_MS)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.wait(200)  # until the docks have their places
    yield Salon(qtbot, window)
    window._may_close = True
    window.close()
    window.deleteLater()
