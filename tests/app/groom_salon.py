"""The studio in its Groom workspace, under real events of mouse, pen and keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.library import Portraits
from app.main_window import MainWindow
from app.workers import strand_builder
from app.workers.performance import PerformanceEngine
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.avatar_shelf import AvatarShelf
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind
from avatar_core.project.digest import digest
from avatar_core.resources import resource_path
from avatar_core.session import Session
from tests.app.hands import LEFT, NO_KEYS, Hands, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from avatar_core.hair.edited import EditedHair

Place = tuple[float, float]
"""Shares of the viewport's width and height."""


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


class Salon(Hands[Place]):
    """The studio in its Groom workspace, and hands over its viewport."""

    workspace = "groom"

    def take(self, tool: str) -> None:
        self.act(f"tool_{tool}")

    @property
    def hair(self) -> EditedHair:
        return self.session.edited_hair

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

    def click(self, place: Place, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mouseClick(self.view, LEFT, keys, self.point(place))
        QApplication.processEvents()

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
    with opened(qtbot, window, "groom", lambda: window.groom.hair.strands is not None):
        yield Salon(qtbot, window)
