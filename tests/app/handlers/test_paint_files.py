from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.handlers.paint_files import PaintFiles
from avatar_core.commands import EditPaintLayers
from avatar_core.project.digest import digest
from avatar_core.project.paint import FULL, LayerKind, PaintLayer, Raster
from tests.app.handlers.paint_stage import demo_asset as demo_asset
from tests.app.handlers.paint_stage import face as face
from tests.app.handlers.paint_stage import known_atlas as known_atlas
from tests.app.handlers.paint_stage import painted_demo as painted_demo
from tests.app.handlers.paint_stage import stage as stage
from tests.app.handlers.paint_stage import uv as uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace


@pytest.fixture
def files(context: StudioContext, face: PaintFace) -> Iterator[PaintFiles]:
    made = PaintFiles(context, face)
    made.set_open(True)
    yield made
    made.shutdown()


@pytest.fixture
def dot(context: StudioContext, face: PaintFace) -> str:
    """A layer with one green tile; its id."""
    tile = np.zeros((64, 64, 4), np.uint16)
    tile[..., (1, 3)] = FULL
    layer = PaintLayer("Dot", raster=Raster(512, 4, {9: tile}))
    context.session.push(EditPaintLayers.added(context.project, layer))
    return "1"


def _picture(path: Path, size: int = 512) -> Path:
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[: size // 2] = (0, 0, 255, 255)  # blue, green, red
    assert cv2.imwrite(str(path), pixels)
    return path


def test_a_picture_becomes_a_layer(
    qtbot: QtBot, context: StudioContext, files: PaintFiles, tmp_path: Path
) -> None:
    files.import_picture(_picture(tmp_path / "tattoo.png"))
    qtbot.waitUntil(lambda: bool(context.project.painting.layers))
    layer = context.project.painting.layers["1"]
    assert layer.name == "tattoo"
    assert layer.raster is not None
    assert (layer.raster.tiles[0] == (FULL, 0, 0, FULL)).all()
    assert len(layer.raster.tiles) == 32
    context.session.undo()
    assert not context.project.painting.layers


def test_a_picture_of_another_size_is_scaled_and_that_is_said(
    qtbot: QtBot, context: StudioContext, files: PaintFiles, tmp_path: Path
) -> None:
    files.import_picture(_picture(tmp_path / "small.png", 100))
    qtbot.waitUntil(lambda: bool(context.project.painting.layers))
    assert "100 x 100" in context.toast.text


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n but no more", b"hello"])
def test_a_bad_picture_is_told_and_loses_nothing(
    qtbot: QtBot, context: StudioContext, files: PaintFiles, dot: str, tmp_path: Path,
    content: bytes,
) -> None:  # fmt: skip
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    before = digest(context.project.painting)
    files.import_picture(path)
    qtbot.waitUntil(lambda: "broken.png" in context.toast.text)
    assert digest(context.project.painting) == before
    told = context.toast.text
    files.open_layers(path)
    qtbot.waitUntil(lambda: context.toast.text != told)
    assert "broken.png" in context.toast.text
    assert digest(context.project.painting) == before
    assert dot in context.project.painting.layers


def test_layers_survive_open_raster_and_coming_back(
    qtbot: QtBot, context: StudioContext, files: PaintFiles, dot: str, tmp_path: Path
) -> None:
    context.session.push(EditPaintLayers.added(context.project, PaintLayer("Tone", LayerKind.FILL)))
    before = digest(context.project.painting)
    path = tmp_path / "face.ora"
    files.save_layers(path)
    qtbot.waitUntil(lambda: "face.ora" in context.toast.text)
    context.session.push(EditPaintLayers.removed(context.project, dot))
    files.open_layers(path)
    qtbot.waitUntil(lambda: context.session.history.undo_label == "Open face.ora")
    assert digest(context.project.painting) == before


def test_a_folder_that_is_not_there_is_told(
    qtbot: QtBot, context: StudioContext, files: PaintFiles, dot: str, tmp_path: Path
) -> None:
    files.save_layers(tmp_path / "nowhere" / "face.ora")
    qtbot.waitUntil(lambda: "nowhere" in context.toast.text or "face.ora" in context.toast.text)
    assert dot in context.project.painting.layers


@pytest.mark.parametrize(("deep", "kind"), [(True, np.uint16), (False, np.uint8)])
def test_a_layer_is_exported_in_16_bits_or_8(
    qtbot: QtBot, files: PaintFiles, context: StudioContext, dot: str, tmp_path: Path, deep: bool,
    kind: type,
) -> None:  # fmt: skip
    path = tmp_path / "dot.png"
    files.export_layer(path, deep=deep)
    qtbot.waitUntil(path.is_file)
    qtbot.waitUntil(lambda: "dot.png" in context.toast.text)
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert pixels.dtype == kind
    assert (pixels[64, 64] == np.array([0, 1, 0, 1]) * np.iinfo(kind).max).all()
    assert (pixels[0, 0] == 0).all()


@pytest.mark.usefixtures("dot")
def test_the_painted_face_is_exported_with_its_paint(
    qtbot: QtBot, files: PaintFiles, face: PaintFace, tmp_path: Path
) -> None:
    path = tmp_path / "face.png"
    files.export_face(path)
    qtbot.waitUntil(path.is_file)
    qtbot.waitUntil(lambda: not files._runner.is_running)
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert (pixels[70, 70] == (0, 255, 0)).all()
    assert np.array_equal(pixels[300:], face.atlas.base[300:])


def test_a_layer_follows_its_file(
    qtbot: QtBot, context: StudioContext, files: PaintFiles, dot: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    opened: list[object] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    files._looks.setInterval(10)
    path = tmp_path / "dot.png"
    files._begin_following(dot, path)
    qtbot.waitUntil(lambda: bool(opened))
    assert context.project.painting.layers[dot].source == str(path)
    steps = context.session.history.index
    qtbot.wait(60)
    assert context.session.history.index == steps  # what the studio wrote is no news
    _picture(path)
    qtbot.waitUntil(lambda: context.session.history.index == steps + 1)
    assert context.session.history.undo_label == "Take over dot.png"
    raster = context.project.painting.layers[dot].raster
    assert raster is not None
    assert (raster.tiles[0] == (FULL, 0, 0, FULL)).all()
    context.actions["paint.stop_following"].trigger()
    assert not files._looks.isActive()


def test_dialogs_ask_for_the_right_files(
    context: StudioContext, files: PaintFiles, dot: str
) -> None:
    asked = {
        "import_picture": "*.tif",
        "open_layers": "*.ora",
        "save_layers": "*.ora",
        "export_layer": "16 bits",
        "export_face": "*.png",
        "edit_outside": "*.png",
    }
    for name, words in asked.items():
        context.actions[f"paint.{name}"].trigger()
        dialog = context.window.findChildren(QFileDialog)[-1]
        assert words in " ".join(dialog.nameFilters()), name
        dialog.reject()


def test_what_needs_a_layer_rests_without_one(context: StudioContext, files: PaintFiles) -> None:
    assert context.actions["paint.import_picture"].isEnabled()
    assert not context.actions["paint.export_layer"].isEnabled()
    assert not context.actions["paint.save_layers"].isEnabled()
    assert not context.actions["paint.edit_outside"].isEnabled()
