"""The studio in its Paint workspace, under real events of mouse, pen and keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from app.library import Portraits
from app.main_window import MainWindow
from app.viewport.display import Subject
from app.workers.performance import PerformanceEngine
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.avatar_shelf import AvatarShelf
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind, Painting
from avatar_core.project.digest import digest
from avatar_core.resources import resource_path
from avatar_core.session import Session
from tests.app.hands import Hands, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from app.workers.face_atlas import FaceAtlas
    from avatar_core.geometry import Float32, UInt8

SIZE = 1024
RED = (0.9, 0.0, 0.0)


class Atelier(Hands[QPoint]):
    """The studio in its Paint workspace, and hands over its views."""

    workspace = "paint"

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        super().__init__(qtbot, window)
        self.uv = window.paint.panels.uv.view

    def point(self, place: QPoint) -> QPoint:
        return place

    def take(self, brush: str, **changes: object) -> None:
        """Take a brush, with a hard rim and red unless told otherwise."""
        self.act(f"tool_{brush}")
        settings = self.window.paint.settings
        wanted = {"hardness": 1.0, "colour": RED, "radius_m": 0.008, **changes}
        settings.set(replace(settings.current, **wanted))  # type: ignore[arg-type]

    @property
    def painting(self) -> Painting:
        return self.session.project.painting

    @property
    def atlas(self) -> FaceAtlas:
        atlas = self.window.paint.face.atlas
        assert atlas is not None
        return atlas

    @property
    def covered(self) -> Float32:
        """[S, S] how much of the face live paint covers."""
        return self.atlas.compositor.maps.colour[..., 3].astype(np.float32) / 255

    def picture(self) -> UInt8:
        """[H, W, 3] the head without hair."""
        self.view.set_display(replace(self.view.display, subject=Subject.FACE))
        QApplication.processEvents()
        still = self.view.still()
        assert still is not None
        return still

    def skin(self, x_m: float, y_m: float) -> QPoint:
        """Where the skin in front is seen at a place, metres from the tip of the nose."""
        frame = self.view.shown_frame
        assert frame is not None
        vertices = frame.vertices
        nose = vertices[int(vertices[:, 2].argmax())]
        away = np.hypot(vertices[:, 0] - nose[0] - x_m, vertices[:, 1] - nose[1] - y_m)
        away[vertices[:, 2] < nose[2] - 0.07] = np.inf
        return self.pixel(vertices[int(away.argmin())])

    def pixel(self, place: Float32) -> QPoint:
        """Where a place [3] of the world is seen."""
        camera = self.view.camera()
        x, y = camera.project(place[None].astype(np.float32))[0][0] / self.view.devicePixelRatioF()
        return QPoint(round(float(x)), round(float(y)))

    def lands(self, label: str) -> None:
        """One step of that name was done; undo and redo lead exactly there and back."""
        assert self.label == label
        after, covered = digest(self.painting), self.covered.copy()
        self.session.undo()
        assert digest(self.painting) != after
        self.session.redo()
        assert digest(self.painting) == after
        assert np.array_equal(self.covered, covered)


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    """The demo avatar with a face that is quick to draw, and little hair."""
    demo = load_avatar(resource_path("demo", "rosa.avatar"))
    face = FaceAsset(FaceKind.PLAIN, demo.face.texture)
    return replace(demo, face=face, hair=demo.hair.subset(slice(None, None, 20)))


@pytest.fixture
def atelier(
    on_a_display: None,
    qtbot: QtBot,
    preferences: Preferences,
    tmp_path: Path,
    asset: AvatarAsset,
) -> Iterator[Atelier]:
    preferences.apply(replace(preferences.values, projects_folder=str(tmp_path / "Studio")))
    preferences.remember("bake_paint", False)
    preferences.remember("paint_switches", ["facing"])
    session = Session(AvatarShelf(read=lambda _path: asset))
    session.project.painting = Painting(SIZE)
    window = MainWindow(
        session, PerformanceEngine(), preferences, Portraits(tmp_path / "portraits")
    )
    window.windowing.restore_layout()
    window.resize(1400, 900)
    with opened(qtbot, window, "paint", lambda: window.paint.face.atlas is not None):
        made = Atelier(qtbot, window)
        made.take("paint")
        yield made
