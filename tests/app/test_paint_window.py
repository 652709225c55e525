"""Painting the demo avatar in the whole window, under real mouse and pen events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.paint_actions import PAINT_TOOLS
from avatar_core.project.digest import digest
from avatar_core.project.paint import LayerKind
from tests.app.hands import LEFT, NO_KEYS, PATIENCE_MS
from tests.app.hands import on_a_display as on_a_display
from tests.app.paint_atelier import asset as asset
from tests.app.paint_atelier import atelier as atelier

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32
    from tests.app.paint_atelier import Atelier

pytestmark = pytest.mark.window

_ALT, _SHIFT, _CTRL = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def _redness(picture: np.ndarray, point: QPoint) -> float:
    """How red the darkest-red pixel around a place is: red minus green, 0..255."""
    x, y = point.x(), point.y()
    around = picture[y - 1 : y + 2, x - 1 : x + 2].astype(int)
    return float((around[..., 0] - around[..., 1]).min())


def test_the_mouse_paints_on_the_head_and_the_stroke_is_one_step(atelier: Atelier) -> None:
    start, end = atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.03)
    bare = atelier.picture()
    before = digest(atelier.painting)
    atelier.drag(start, end)
    assert atelier.steps == 1
    atelier.lands("Paint")
    painted = atelier.picture()
    for share in np.linspace(0, 1, 9):
        point = start + (end - start) * float(share)
        assert _redness(painted, point) > 120
        assert _redness(bare, point) < 120
    atelier.session.undo()
    assert digest(atelier.painting) == before
    assert np.array_equal(atelier.picture(), bare)


@pytest.mark.slow
def test_escape_takes_a_stroke_back(atelier: Atelier) -> None:
    start, end = atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.03)
    atelier.drag(start, end, lets_go=False)
    assert atelier.covered.max() == 1
    QTest.keyClick(atelier.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(atelier.view, LEFT, NO_KEYS, end)
    QApplication.processEvents()
    assert atelier.covered.max() == 0
    assert atelier.steps == 0


@pytest.mark.slow
def test_a_press_beside_the_head_moves_the_camera(atelier: Atelier) -> None:
    seen = atelier.view.orbit.pose
    atelier.drag(QPoint(6, 100), QPoint(40, 120))
    assert atelier.steps == 0
    assert atelier.view.orbit.pose is not seen


def test_the_pen_paints_as_hard_as_it_is_pressed(atelier: Atelier) -> None:
    atelier.act("pressure_size")
    points = atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.03)
    areas = []
    for pressure in (0.3, 1.0):
        atelier.draw_with_pen(*points, pressure=pressure)
        assert atelier.steps == 1
        areas.append(float(atelier.covered.sum()))
        atelier.session.undo()
    assert 0 < areas[0] < 0.5 * areas[1]


@pytest.mark.slow
def test_symmetry_paints_both_cheeks(atelier: Atelier) -> None:
    atelier.act("mirror")
    atelier.drag(atelier.skin(-0.045, 0.0), atelier.skin(-0.045, 0.02))
    atelier.lands("Paint")
    picture = atelier.picture()
    assert _redness(picture, atelier.skin(-0.045, 0.01)) > 120
    assert _redness(picture, atelier.skin(0.045, 0.01)) > 120
    assert _redness(picture, atelier.skin(0.0, 0.05)) < 120


def test_a_stroke_across_a_seam_shows_no_gap(atelier: Atelier) -> None:
    """Seen pixel by pixel, where two charts of the atlas meet on the head."""
    atelier.picture()
    along, across = _seam_in_sight(atelier)
    reach = 0.012 * across
    start, end = atelier.pixel(along - reach), atelier.pixel(along + reach)
    atelier.take("paint", radius_m=0.01)
    atelier.act("facing")  # the skin there may be turned away
    atelier.drag(start, end)
    assert atelier.steps == 1
    faces = atelier.atlas.map.faces_of(
        np.flatnonzero(atelier.covered.ravel() > 0.9).astype(np.int32)
    )
    islands = np.unique(atelier.atlas.map.face_island[faces[faces >= 0]])
    assert len(islands) >= 2
    picture = atelier.picture()
    for share in np.linspace(0, 1, 25):
        point = start + (end - start) * float(share)
        assert _redness(picture, point) > 110, share


def _seam_in_sight(atelier: Atelier) -> tuple[Float32, Float32]:
    """The middle of an edge between two charts that is seen, and the direction across it."""
    atlas, frame = atelier.atlas.map, atelier.view.shown_frame
    assert frame is not None
    skins = [at for at, name in enumerate(atlas.part_names) if name in ("skin", "scalp", "neck")]
    edges: dict[tuple[int, int], list[int]] = {}
    for face in np.flatnonzero(np.isin(atlas.face_part, skins)):
        corners = atlas.welded_faces[face]
        for one, other in ((0, 1), (1, 2), (2, 0)):
            key = tuple(sorted((int(corners[one]), int(corners[other]))))
            edges.setdefault(key, []).append(int(face))  # type: ignore[arg-type]
    head = atelier.window.paint.tooling.head
    best: tuple[float, Float32, Float32] | None = None
    for faces in edges.values():
        if len(faces) != 2 or atlas.face_island[faces[0]] == atlas.face_island[faces[1]]:
            continue
        middles = [frame.vertices[atlas.faces[face]].mean(axis=0) for face in faces]
        middle, across = (middles[0] + middles[1]) / 2, middles[1] - middles[0]
        across /= max(float(np.linalg.norm(across)), 1e-9)
        points = [middle + step * across for step in (-0.012, 0.0, 0.012)]
        camera = atelier.view.camera()
        pixels = camera.project(np.stack(points).astype(np.float32))[0]
        hits = [head.hit((float(x), float(y))) for x, y in pixels]
        if any(hit is None for hit in hits):
            continue
        miss = max(
            float(np.linalg.norm(hit.position - point))
            for hit, point in zip(hits, points, strict=True)
            if hit is not None
        )
        if best is None or miss < best[0]:
            best = miss, middle.astype(np.float32), across.astype(np.float32)
    assert best is not None
    assert best[0] < 0.006
    return best[1], best[2]


@pytest.mark.slow
def test_paint_in_the_atlas_shows_on_the_head_and_the_brush_in_both(atelier: Atelier) -> None:
    texel = int(atelier.atlas.map.texels_of_part(0)[len(atelier.atlas.map.texels_of_part(0)) // 2])
    row, column = divmod(texel, atelier.atlas.size)
    ratio = atelier.uv.devicePixelRatioF()
    x, y = (round(each / ratio) for each in atelier.uv.place_of(column, row))
    atelier.drag(QPoint(x, y), QPoint(x + 6, y), on=atelier.uv)
    atelier.lands("Paint")
    rows, columns = np.nonzero(atelier.covered == 1)
    assert np.hypot(rows - row, columns - column).min() < 4
    tooling = atelier.window.paint.tooling
    QTest.mouseMove(atelier.uv, QPoint(x, y))
    atelier.qtbot.waitUntil(lambda: tooling._uv_brush._circle is not None)
    assert tooling._brush._ring is not None
    QTest.mouseMove(atelier.view, atelier.skin(-0.04, 0.0))
    atelier.qtbot.waitUntil(
        lambda: tooling._hovered is not None and tooling._hovered[0] is tooling.head
    )
    assert tooling._uv_brush._circle is not None


@pytest.mark.slow
def test_strokes_work_while_a_take_plays(atelier: Atelier) -> None:
    window = atelier.window
    window.documents.open_demo()
    atelier.qtbot.waitUntil(lambda: window.paint.face.atlas is not None, timeout=PATIENCE_MS)
    window.actions_table["perform.play"].trigger()
    atelier.qtbot.waitUntil(lambda: window._engine.status().position_s > 0.05, timeout=PATIENCE_MS)
    atelier.take("paint")
    atelier.drag(atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.03))
    atelier.lands("Paint")
    assert atelier.covered.max() == 1
    window.actions_table["perform.stop"].trigger()


@pytest.mark.slow
def test_a_line_with_shift_a_colour_with_alt_and_ctrl_erases(atelier: Atelier) -> None:
    left, right = atelier.skin(-0.045, 0.01), atelier.skin(0.045, 0.01)
    atelier.drag(left, left)
    atelier.drag(right, right, keys=_SHIFT)
    assert atelier.steps == 2
    picture = atelier.picture()
    assert _redness(picture, left + (right - left) / 4) > 120
    atelier.take("paint", colour=(0.0, 0.0, 1.0))
    QTest.mouseClick(atelier.view, LEFT, _ALT, left)
    QApplication.processEvents()
    red, green, blue = atelier.window.paint.settings.current.colour
    assert red > 0.8
    assert max(green, blue) < 0.1
    assert atelier.steps == 2
    before = atelier.covered.sum()
    atelier.drag(left, left, keys=_CTRL)
    assert atelier.covered.sum() < before
    assert atelier.label == "Erase"


@pytest.mark.slow
def test_fill_by_part_and_gradient(atelier: Atelier) -> None:
    atelier.take("fill")
    lips = atelier.skin(0.0, -0.05)
    QTest.mouseClick(atelier.view, LEFT, NO_KEYS, lips)
    QApplication.processEvents()
    atelier.lands("Fill")
    part = np.unique(atelier.atlas.map.owners[atelier.covered == 1])
    filled = np.unique(atelier.atlas.map.face_part[part[part >= 0]])
    assert len(filled) == 1
    atelier.session.undo()
    atelier.take("gradient")
    atelier.drag(atelier.skin(-0.04, 0.0), atelier.skin(0.04, 0.0))
    atelier.lands("Gradient")
    assert ((atelier.covered > 0.2) & (atelier.covered < 0.8)).sum() > 500


@pytest.mark.slow
def test_smudge_blur_and_erase_change_what_is_there(atelier: Atelier) -> None:
    points = atelier.skin(-0.045, 0.0), atelier.skin(-0.02, 0.0)
    atelier.drag(*points)
    for brush in ("smudge", "blur", "erase"):
        before = atelier.covered.copy()
        atelier.take(brush, flow=1.0)
        atelier.drag(*points)
        atelier.lands(brush.capitalize())
        assert not np.array_equal(before, atelier.covered), brush


@pytest.mark.slow
def test_a_clone_needs_a_source_and_copies_it(atelier: Atelier) -> None:
    left, right = atelier.skin(-0.045, 0.0), atelier.skin(0.045, 0.0)
    atelier.drag(left, left)
    atelier.take("clone")
    atelier.drag(right, right)
    assert "Alt-click" in atelier.window.toast.text
    assert atelier.steps == 1
    QTest.mouseClick(atelier.view, LEFT, _ALT, left)
    atelier.drag(right, right)
    atelier.lands("Clone")
    assert _redness(atelier.picture(), right) > 120


@pytest.mark.slow
def test_layers_are_reordered_and_hidden_and_the_picture_follows(atelier: Atelier) -> None:
    point = atelier.skin(-0.04, 0.0)
    atelier.drag(point, point)
    atelier.act("layer_add")
    atelier.take("paint", colour=(0.0, 0.0, 0.9))
    atelier.drag(point, point)
    assert _redness(atelier.picture(), point) < 20
    atelier.act("layer_lower")
    assert _redness(atelier.picture(), point) > 120
    panel = atelier.window.paint.panels.layers
    assert panel.names == ["Layer 1", "Layer 2"]
    panel.line("1").eye.click()
    assert _redness(atelier.picture(), point) < 20
    for _ in range(2):
        atelier.session.undo()
    assert panel.names == ["Layer 2", "Layer 1"]


@pytest.mark.slow
def test_make_up_comes_as_layers(atelier: Atelier) -> None:
    presets = atelier.window.paint.panels.presets
    presets.choose("lipstick")
    presets.colour.colour_edited.emit((0.8, 0.0, 0.1))
    presets.add.click()
    atelier.qtbot.waitUntil(lambda: atelier.steps == 1, timeout=PATIENCE_MS)
    kinds = {layer.kind for layer in atelier.painting.layers.values()}
    assert LayerKind.RASTER in kinds
    assert atelier.covered.max() > 0.5
    atelier.lands("Lipstick")


@pytest.mark.slow
def test_a_bad_picture_is_told_and_nothing_is_lost(atelier: Atelier, tmp_path: Path) -> None:
    atelier.drag(atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.02))
    before = digest(atelier.painting)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n then nothing")
    atelier.window.paint.files.import_picture(bad)
    atelier.qtbot.waitUntil(lambda: "bad.png" in atelier.window.toast.text, timeout=PATIENCE_MS)
    assert digest(atelier.painting) == before


@pytest.mark.slow
def test_paint_is_saved_and_reopened_bit_for_bit(atelier: Atelier, tmp_path: Path) -> None:
    atelier.drag(atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.02))
    atelier.act("mask_add")
    atelier.act("group_add")
    before, picture = digest(atelier.painting), atelier.picture()
    path = tmp_path / "painted.studio"
    atelier.session.save(path)
    atelier.session.new()
    assert atelier.covered.max() == 0 if atelier.window.paint.face.atlas else True
    atelier.session.open(path)
    assert digest(atelier.painting) == before
    atelier.qtbot.waitUntil(
        lambda: atelier.window.paint.face.atlas is not None, timeout=PATIENCE_MS
    )
    assert np.array_equal(atelier.picture(), picture)


@pytest.mark.slow
def test_keys_change_the_brush_and_rest_in_other_workspaces(atelier: Atelier) -> None:
    settings, actions = atelier.window.paint.settings, atelier.window.actions_table
    size = settings.current.radius_m
    QTest.keyClick(atelier.window, Qt.Key.Key_BracketRight)
    assert settings.current.radius_m > size
    QTest.keyClick(atelier.window, Qt.Key.Key_K)
    assert settings.tool.id == "erase"
    assert all(actions[tool.action_id].isEnabled() for tool in PAINT_TOOLS)
    actions["view.groom"].trigger()
    assert not any(actions[tool.action_id].isEnabled() for tool in PAINT_TOOLS)
    QTest.keyClick(atelier.window, Qt.Key.Key_K)
    assert settings.tool.id == "erase"
    assert atelier.window.groom.settings.tool.id == "cut"
    atelier.drag(atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.02))
    assert not atelier.painting.layers
    actions["view.paint"].trigger()
    atelier.take("paint")
    atelier.drag(atelier.skin(-0.04, 0.0), atelier.skin(-0.04, 0.02))
    assert atelier.label == "Paint"
