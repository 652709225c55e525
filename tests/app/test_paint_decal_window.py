"""Placing pictures on the face in the whole window, with a real mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.handlers.paint_placing import CLICK_M
from avatar_core.project.digest import digest
from tests.app.hands import LEFT, NO_KEYS, PATIENCE_MS
from tests.app.hands import on_a_display as on_a_display
from tests.app.paint_atelier import asset as asset
from tests.app.paint_atelier import atelier as atelier

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.paint_placing import PicturePlacer
    from tests.app.paint_atelier import Atelier

pytestmark = pytest.mark.window

_RED, _GREEN, _BLUE, _CLEAR = (0, 0, 255, 255), (0, 255, 0, 255), (255, 0, 0, 255), (0, 0, 0, 0)


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    """Red and green above, blue and nothing below."""
    quarters = np.array([[_RED, _GREEN], [_BLUE, _CLEAR]], np.uint8)
    path = tmp_path / "flag.png"
    assert cv2.imwrite(str(path), quarters.repeat(20, axis=0).repeat(20, axis=1))
    return path


def _placer(atelier: Atelier, path: Path) -> PicturePlacer:
    placer = atelier.window.paint.placing
    placer.place(path)
    atelier.qtbot.waitUntil(lambda: placer.is_waiting, timeout=PATIENCE_MS)
    return placer


@pytest.mark.slow
def test_a_drag_places_a_picture_upright_as_a_new_layer(atelier: Atelier, flag: Path) -> None:
    bare = atelier.picture()
    placer = _placer(atelier, flag)
    middle = atelier.skin(0.0, 0.045)
    reach = QPoint(45, 0)
    atelier.drag(middle, middle + reach)
    assert atelier.steps == 1
    atelier.lands("Place picture")
    assert [layer.name for layer in atelier.painting.layers.values()] == ["flag"]
    painted = atelier.picture()
    for dx, dy, channel in ((-1, -1, 0), (1, -1, 1), (-1, 1, 2)):
        x, y = middle.x() + 15 * dx, middle.y() + 15 * dy
        others = [each for each in range(3) if each != channel]
        assert painted[y, x, channel] > painted[y, x, others].max() + 60
    x, y = middle.x() + 15, middle.y() + 15
    np.testing.assert_allclose(painted[y, x], bare[y, x], atol=3)
    far = middle - QPoint(38, 0)  # the picture's half width is 45 / sqrt(2)
    np.testing.assert_allclose(painted[far.y(), far.x()], bare[far.y(), far.x()], atol=3)
    assert not placer.is_waiting
    atelier.drag(atelier.skin(-0.04, -0.03), atelier.skin(-0.04, -0.02))  # the brush is back
    assert atelier.label == "Paint"


@pytest.mark.slow
def test_a_click_places_it_in_a_handy_size(atelier: Atelier, flag: Path) -> None:
    _placer(atelier, flag)
    atelier.drag(atelier.skin(0.0, 0.045), atelier.skin(0.0, 0.045))
    atelier.lands("Place picture")
    known, frame = atelier.atlas.map, atelier.view.shown_frame
    assert frame is not None
    covered = np.flatnonzero(atelier.covered.ravel() > 0.5).astype(np.int32)
    covered = covered[known.faces_of(covered) >= 0]
    across = np.ptp(known.places_of(covered, frame.vertices)[:, 0])
    assert across == pytest.approx(2 * CLICK_M / np.sqrt(2), rel=0.1)


@pytest.mark.slow
def test_the_picture_is_seen_while_it_is_drawn_and_escape_takes_it_back(
    atelier: Atelier, flag: Path
) -> None:
    placer, start = _placer(atelier, flag), atelier.skin(0.0, 0.045)
    atelier.drag(start, start + QPoint(60, 0), lets_go=False)
    large = atelier.covered.sum()
    QTest.mouseMove(atelier.view, start + QPoint(30, 0))
    atelier.qtbot.waitUntil(lambda: 0 < atelier.covered.sum() < 0.4 * large)
    QTest.keyClick(atelier.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(atelier.view, LEFT, NO_KEYS, start)
    QApplication.processEvents()
    assert atelier.covered.max() == 0
    assert atelier.steps == 0
    assert not placer.is_waiting


@pytest.mark.slow
def test_another_brush_or_workspace_gives_it_up(atelier: Atelier, flag: Path) -> None:
    placer = _placer(atelier, flag)
    atelier.take("paint")
    assert not placer.is_waiting
    atelier.drag(atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.02))
    assert atelier.label == "Paint"
    placer = _placer(atelier, flag)
    atelier.window.actions_table["view.perform"].trigger()
    assert not placer.is_waiting
    assert not atelier.window.actions_table["paint.place_picture"].isEnabled()


@pytest.mark.slow
def test_the_action_asks_for_a_file(
    atelier: Atelier, flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "open", lambda self: self.fileSelected.emit(str(flag)))
    atelier.act("place_picture")
    atelier.qtbot.waitUntil(lambda: atelier.window.paint.placing.is_waiting, timeout=PATIENCE_MS)


@pytest.mark.slow
def test_a_bad_picture_is_told_and_nothing_waits(atelier: Atelier, tmp_path: Path) -> None:
    before = digest(atelier.painting)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n then nothing")
    atelier.window.paint.placing.place(bad)
    atelier.qtbot.waitUntil(lambda: "bad.png" in atelier.window.toast.text, timeout=PATIENCE_MS)
    assert not atelier.window.paint.placing.is_waiting
    assert digest(atelier.painting) == before
