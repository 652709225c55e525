"""Portraits in the whole window: added, directed, saved and opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.library import Portraits
from app.main_window import MainWindow
from app.workers.performance import PerformanceEngine
from app.workers.portrait_maker import portraits_folder
from avatar_core.session import Session
from tests.app.hands import LEFT, NO_KEYS, PATIENCE_MS, opened
from tests.app.hands import on_a_display as on_a_display

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from avatar_core.project import ProjectPortrait

pytestmark = [
    pytest.mark.window,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("on_a_display"),
]


@pytest.fixture
def studio(
    qtbot: QtBot, preferences: Preferences, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))
    window = MainWindow(
        Session(), PerformanceEngine(), preferences, Portraits(tmp_path / "pictures")
    )
    window.documents.open_demo()
    window.windowing.restore_layout()
    window.resize(1200, 800)
    with opened(qtbot, window, "perform", lambda: window.docks["portrait"].widget() is not None):
        yield window


def _portraits(studio: MainWindow) -> list[ProjectPortrait]:
    return list(studio.events.session.project.portraits.values())


def test_a_portrait_of_the_library_performs_and_is_there_again(
    qtbot: QtBot, studio: MainWindow, tmp_path: Path
) -> None:
    session = studio.events.session
    assert "demo:lena" in {card.reference for card in studio.library.portrait_cards}
    studio.library.portrait_chosen.emit("demo:lena")
    qtbot.waitUntil(lambda: len(_portraits(studio)) == 1, timeout=PATIENCE_MS)
    panel = studio.portraits.panel
    assert studio.portrait_view.isVisible()
    assert panel.list.names == ["Lena"]
    qtbot.waitUntil(panel.controls.engine_words.isVisible, timeout=PATIENCE_MS)
    field = panel.controls.numbers["mouth_gain"]
    steps = len(session.history.steps)
    middle = field.rect().center()
    QTest.mousePress(field, LEFT, NO_KEYS, middle)
    for step in (10, 20, 30):
        QTest.mouseMove(field, middle + QPoint(step, 0))
    QTest.mouseRelease(field, LEFT, NO_KEYS, middle + QPoint(30, 0))
    assert len(session.history.steps) == steps + 1
    directed = _portraits(studio)
    assert directed[0].settings.mouth_gain > 1.1
    session.save(tmp_path / "film.studio")
    session.new()
    assert panel.list.names == []
    assert not studio.portrait_view.isVisible()
    session.open(tmp_path / "film.studio")
    assert _portraits(studio) == directed
    assert studio.portrait_view.isVisible()
    assert field.value == directed[0].settings.mouth_gain


def test_a_dropped_picture_becomes_a_portrait(
    qtbot: QtBot, studio: MainWindow, tmp_path: Path
) -> None:
    data = pytest.importorskip("skimage.data")
    picture = tmp_path / "astronaut.png"
    assert cv2.imwrite(str(picture), np.ascontiguousarray(data.astronaut()[..., ::-1]))
    place = studio.view.mapTo(studio, studio.view.rect().center())
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(picture))])
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(studio, QDragEnterEvent(place, copy, files, LEFT, NO_KEYS))
    QApplication.sendEvent(studio, QDropEvent(QPointF(place), copy, files, LEFT, NO_KEYS))
    assert studio.pictures.menu is not None
    QTest.keyClick(studio.pictures.menu, Qt.Key.Key_Return)  # a portrait, unless told otherwise
    qtbot.waitUntil(lambda: len(_portraits(studio)) == 1, timeout=PATIENCE_MS)
    (entry,) = _portraits(studio)
    assert entry.reference == str(portraits_folder() / "astronaut.portrait")
    (shown,) = studio.portrait_view.portraits
    face = np.array([222, 118])  # of the picture's 512 x 512 pixels
    box = shown.portrait.box
    assert (np.array([box.x, box.y]) < face).all()
    assert (face < np.array([box.x, box.y]) + box.side).all()
    studio.events.session.undo()
    assert not studio.portrait_view.isVisible()
    assert (portraits_folder() / "astronaut.portrait").is_file()
