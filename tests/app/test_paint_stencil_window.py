"""Painting through a stencil in the whole window, with a real mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.app.hands import PATIENCE_MS
from tests.app.hands import on_a_display as on_a_display
from tests.app.paint_atelier import asset as asset
from tests.app.paint_atelier import atelier as atelier

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from tests.app.paint_atelier import Atelier

pytestmark = pytest.mark.window


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """A square, black on the left and white on the right."""
    picture = np.zeros((64, 64), np.uint8)
    picture[:, 32:] = 255
    path = tmp_path / "half.png"
    assert cv2.imwrite(str(path), picture)
    return path


def _use(atelier: Atelier, path: Path) -> None:
    stencil = atelier.window.paint.stencil
    stencil.use(path)
    atelier.qtbot.waitUntil(lambda: stencil.is_on, timeout=PATIENCE_MS)


def _middle(atelier: Atelier) -> QPoint:
    return atelier.view.rect().center()


def _painted(atelier: Atelier) -> Float32:
    """[n, 2] where paint is seen, pixels from the middle of the view."""
    known, frame = atelier.atlas.map, atelier.view.shown_frame
    assert frame is not None
    covered = np.flatnonzero(atelier.covered.ravel() > 0.5).astype(np.int32)
    covered = covered[known.faces_of(covered) >= 0]
    camera = atelier.view.camera()
    pixels = camera.project(known.places_of(covered, frame.vertices))[0]
    ratio = atelier.view.devicePixelRatioF()
    middle = np.array([camera.width_px, camera.height_px]) / 2
    return ((pixels - middle) / ratio).astype(np.float32)


def _turned_away(atelier: Atelier) -> NDArray[np.bool_]:
    """[S, S] whether the skin looks away from the camera by far."""
    known, frame = atelier.atlas.map, atelier.view.shown_frame
    assert frame is not None
    a, b, c = frame.vertices[known.faces.T]
    normals, to_eye = np.cross(b - a, c - a), atelier.view.camera().position - a
    lengths = np.linalg.norm(normals, axis=1) * np.linalg.norm(to_eye, axis=1)
    is_away = (normals * to_eye).sum(axis=1) < -0.1 * lengths
    return np.where(known.owners < 0, False, is_away[known.owners])


def _stroke(atelier: Atelier) -> Float32:
    middle = _middle(atelier)
    atelier.drag(middle - QPoint(40, 0), middle + QPoint(40, 0))
    return _painted(atelier)


@pytest.mark.slow
def test_a_stroke_through_it_paints_the_white_side_only(atelier: Atelier, half: Path) -> None:
    _use(atelier, half)
    assert atelier.window.actions_table["paint.stencil"].isChecked()
    painted = _stroke(atelier)
    atelier.lands("Paint")
    pixel = 0.6 * atelier.view.height() / 64
    assert painted[:, 0].min() > -pixel
    assert painted[:, 0].max() > 38
    atelier.act("stencil")  # takes it away
    assert not atelier.window.paint.stencil.is_on
    assert not atelier.window.actions_table["paint.stencil"].isChecked()
    assert _stroke(atelier)[:, 0].min() < -38


@pytest.mark.slow
@pytest.mark.parametrize("brush", ["fill", "gradient"])
def test_fills_and_gradients_pass_it_alike(atelier: Atelier, half: Path, brush: str) -> None:
    _use(atelier, half)
    atelier.take(brush)
    black = _middle(atelier) - QPoint(40, 0)
    reach = QPoint(0 if brush == "fill" else 200, 0)
    atelier.drag(black, black + reach)
    atelier.lands(brush.capitalize())
    painted = _painted(atelier)
    assert len(painted) > 1000
    assert painted[:, 0].min() > -0.6 * atelier.view.height() / 64
    assert not atelier.covered[_turned_away(atelier)].any()


@pytest.mark.slow
def test_pictures_that_are_placed_pass_it_alike(
    atelier: Atelier, half: Path, tmp_path: Path
) -> None:
    _use(atelier, half)
    red = tmp_path / "red.png"
    assert cv2.imwrite(str(red), np.full((8, 8, 3), (0, 0, 200), np.uint8))
    placing = atelier.window.paint.placing
    placing.place(red)
    atelier.qtbot.waitUntil(lambda: placing.is_waiting, timeout=PATIENCE_MS)
    atelier.drag(_middle(atelier), _middle(atelier) + QPoint(50, 0))
    atelier.lands("Place picture")
    painted = _painted(atelier)
    assert painted[:, 0].min() > -0.6 * atelier.view.height() / 64
    assert painted[:, 0].max() > 30


@pytest.mark.slow
def test_mirrored_strokes_pass_it_alike_on_both_sides(atelier: Atelier, half: Path) -> None:
    atelier.act("mirror")
    _use(atelier, half)
    painted = _stroke(atelier)
    assert painted[:, 0].min() < -30
    assert painted[:, 0].max() > 30


@pytest.mark.slow
def test_colours_are_picked_behind_it(atelier: Atelier, half: Path) -> None:
    _use(atelier, half)
    atelier.take("pick")
    black = _middle(atelier) - QPoint(40, 0)
    with atelier.qtbot.waitSignal(atelier.window.paint.tooling.strokes.colour_picked):
        atelier.drag(black, black)


@pytest.mark.slow
def test_shift_sizes_and_moves_it(atelier: Atelier, half: Path) -> None:
    _use(atelier, half)
    view, middle, shift = atelier.view, _middle(atelier), Qt.KeyboardModifier.ShiftModifier
    before = view.camera()
    QTest.mousePress(view, Qt.MouseButton.MiddleButton, shift, middle)
    QTest.mouseMove(view, middle + QPoint(20, 0))
    QTest.mouseRelease(view, Qt.MouseButton.MiddleButton, shift, middle + QPoint(20, 0))
    here = QPointF(middle)
    wheel = QWheelEvent(
        here, view.mapToGlobal(here), QPoint(), QPoint(0, -120 * 60), Qt.MouseButton.NoButton,
        shift, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, wheel)
    np.testing.assert_array_equal(view.camera().view, before.view)
    painted = _stroke(atelier)
    least = 0.05 * view.height() / 2
    assert painted[:, 0].min() > 20 - 2
    assert painted[:, 0].max() < 20 + least + 2
    assert np.abs(painted[:, 1]).max() < least + 2


@pytest.mark.slow
def test_the_action_asks_for_a_file_and_other_workspaces_do_not_show_it(
    atelier: Atelier, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "open", lambda self: self.fileSelected.emit(str(half)))
    atelier.act("stencil")
    stencil = atelier.window.paint.stencil
    atelier.qtbot.waitUntil(lambda: stencil.is_on, timeout=PATIENCE_MS)
    assert stencil.overlay.isVisible()
    atelier.window.actions_table["view.perform"].trigger()
    assert not stencil.overlay.isVisible()
    atelier.window.actions_table["view.paint"].trigger()
    assert stencil.overlay.isVisible()


@pytest.mark.slow
def test_a_bad_picture_is_told_and_brushes_paint_as_before(
    atelier: Atelier, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n then nothing")
    atelier.window.paint.stencil.use(bad)
    atelier.qtbot.waitUntil(lambda: "bad.png" in atelier.window.toast.text, timeout=PATIENCE_MS)
    assert not atelier.window.paint.stencil.is_on
    assert not atelier.window.actions_table["paint.stencil"].isChecked()
    assert _stroke(atelier)[:, 0].min() < -38
