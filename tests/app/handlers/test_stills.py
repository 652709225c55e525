from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from app.dialogs.still_options import LARGEST, StillOptions, StillOptionsDialog
from app.handlers import stills as stills_module
from app.handlers.stills import StillHandler, write_still
from avatar_core.errors import AssetError
from avatar_core.geometry import Camera, look_at
from avatar_core.io.picture_files import read_picture_file
from avatar_core.io.png_picture import chunks_of
from avatar_core.render import picture_tiles
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext

VIEW = Camera.from_fov(look_at(np.array([0, 0, 1.0]), np.zeros(3)), 0.4, 12, 8)


class Drawn:
    """A view that draws where it looks: red grows to the right, green downwards, 8 a pixel."""

    def __init__(self) -> None:
        self.is_held = False
        self.can_draw = True
        self.scene = SceneOptions()
        self.asked: list[tuple[Camera, SceneOptions]] = []
        self.was_held: list[bool] = []

    def camera(self) -> Camera:
        return VIEW

    def draw_apart(self, use: Any) -> None:
        if self.can_draw:
            use(self._picture, self.scene)

    def _picture(self, camera: Camera, scene: SceneOptions) -> np.ndarray:
        self.asked.append((camera, scene))
        self.was_held.append(self.is_held)
        y, x = np.mgrid[: camera.height_px, : camera.width_px] + 0.5
        scale = camera.intrinsics[1, 1] / self.focal
        right = (x - camera.intrinsics[0, 2]) / scale + self.width / 2
        down = (y - camera.intrinsics[1, 2]) / scale + self.height / 2
        layers = [8 * right, 8 * down, 0 * right]
        if scene.transparent:
            layers.append(0 * right + 128)
        return np.clip(np.stack(layers, -1), 0, 128).astype(np.uint8)

    focal, width, height = float(VIEW.intrinsics[1, 1]), 12, 8


@pytest.fixture
def drawn() -> Drawn:
    return Drawn()


@pytest.fixture
def stills(context: StudioContext, drawn: Drawn) -> Iterator[StillHandler]:
    handler = StillHandler(context, drawn)  # type: ignore[arg-type]
    yield handler
    handler.shutdown()


def saved(qtbot: QtBot, stills: StillHandler, path: Path, options: StillOptions) -> np.ndarray:
    """[H, W, C] as it lies in the file, RGB."""
    stills.save(path, options)
    said = f"Saved {path.name}."
    qtbot.waitUntil(lambda: said in stills._context.toast.text, timeout=20_000)
    read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    order = cv2.COLOR_BGRA2RGBA if read.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(read, order)


def test_the_menu_asks_how_and_where(
    qtbot: QtBot, context: StudioContext, stills: StillHandler
) -> None:
    context.actions["file.save_picture"].trigger()
    options = context.window.findChild(StillOptionsDialog)
    assert "12 x 8" in options.size_box.itemText(0)
    options.size_box.setCurrentIndex(options.size_box.findText("8K, 7680 x 4320"))
    options.depth_box.setCurrentIndex(1)
    options.transparent.setChecked(True)
    options._accept()
    dialog = context.window.findChild(QFileDialog)
    assert "*.png" in dialog.nameFilters()[0]
    dialog.reject()
    qtbot.waitUntil(lambda: context.window.findChild(QFileDialog) is None)
    qtbot.waitUntil(lambda: context.window.findChild(StillOptionsDialog) is None)
    stills.ask()
    again = context.window.findChild(StillOptionsDialog)
    assert again.options == StillOptions(LARGEST, is_deep=True, is_transparent=True)
    again.reject()
    qtbot.waitUntil(lambda: context.window.findChild(StillOptionsDialog) is None)


@pytest.mark.parametrize("kept", [None, 3, {"size": [1, 2]}, {"size": "8K", "deep": 1}])
def test_nonsense_is_not_remembered(kept: object) -> None:
    assert StillOptions.from_record(kept) == StillOptions()


def test_a_picture_has_the_pixels_of_the_view(
    qtbot: QtBot, stills: StillHandler, drawn: Drawn, tmp_path: Path
) -> None:
    image = saved(qtbot, stills, tmp_path / "rosa.png", StillOptions())
    assert image.shape == (8, 12, 3)
    # The pixel in the middle of column 5 is drawn as two, at 5.25 and 5.75.
    np.testing.assert_allclose(
        image[:, :, 0], (8 * (np.arange(12) + 0.5))[None].repeat(8, 0), atol=1
    )
    assert drawn.was_held == [True]
    assert not drawn.is_held
    assert read_picture_file(tmp_path / "rosa.png", -1).shape == (8, 12, 3)
    assert b"sRGB" in dict(chunks_of((tmp_path / "rosa.png").read_bytes()))


def test_many_tiles_are_one_picture(
    qtbot: QtBot, stills: StillHandler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = saved(qtbot, stills, tmp_path / "one.png", StillOptions(is_deep=True))
    honest = picture_tiles.picture_tiles
    monkeypatch.setattr(picture_tiles, "picture_tiles", lambda w, h: honest(w, h, 5))
    many = saved(qtbot, stills, tmp_path / "many.png", StillOptions(is_deep=True))
    assert many.dtype == np.uint16
    np.testing.assert_array_equal(many, one)


def test_a_transparent_picture_is_straight(
    qtbot: QtBot, stills: StillHandler, drawn: Drawn, tmp_path: Path
) -> None:
    options = StillOptions(is_deep=True, is_transparent=True)
    image = saved(qtbot, stills, tmp_path / "rosa.png", options)
    assert image.shape == (8, 12, 4)
    assert (image[..., 3] == 128 * 257).all()
    premultiplied = 257 * (np.floor(8 * 5.25) + np.floor(8 * 5.75)) / 2
    assert image[0, 5, 0] == pytest.approx(premultiplied * 255 / 128, abs=2)
    assert not drawn.asked[0][1].show_grid


def test_a_backdrop_is_cut_to_each_tile(
    qtbot: QtBot, stills: StillHandler, drawn: Drawn, tmp_path: Path
) -> None:
    drawn.scene = SceneOptions(background_image=np.full((10, 10, 3), 77, np.uint8))
    saved(qtbot, stills, tmp_path / "rosa.png", StillOptions())
    behind = drawn.asked[0][1].background_image
    assert behind is not None
    assert behind.shape == (8 + 96, 12 + 96, 3)


def test_nothing_is_written_where_nothing_can_be_drawn(
    qtbot: QtBot, stills: StillHandler, drawn: Drawn, tmp_path: Path
) -> None:
    drawn.can_draw = False
    stills.save(tmp_path / "rosa.png")
    qtbot.waitUntil(lambda: stills._work is None)
    assert not stills._writers
    assert not drawn.is_held
    assert not list(tmp_path.iterdir())


def test_it_can_be_cancelled_between_tiles(
    qtbot: QtBot, context: StudioContext, stills: StillHandler, drawn: Drawn,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    honest = picture_tiles.picture_tiles
    monkeypatch.setattr(picture_tiles, "picture_tiles", lambda w, h: honest(w, h, 2))
    draw_apart = drawn.draw_apart

    def draw_and_cancel_at_the_second(use: Any) -> None:
        draw_apart(use)
        if len(drawn.asked) == 2:
            context.window.findChild(QProgressDialog).canceled.emit()

    monkeypatch.setattr(drawn, "draw_apart", draw_and_cancel_at_the_second)
    stills.save(tmp_path / "rosa.png")
    qtbot.waitUntil(lambda: stills._work is None)
    assert not stills._timer.isActive()
    assert len(drawn.asked) == 2
    assert not drawn.is_held
    assert not list(tmp_path.iterdir())


def test_a_second_picture_does_not_silence_what_became_of_the_first(
    qtbot: QtBot, context: StudioContext, stills: StillHandler,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    shown: list[AssetError] = []
    monkeypatch.setattr(type(context.errors), "show", lambda _self, error: shown.append(error))
    is_second_saved, honest = threading.Event(), stills_module.write_still

    def write(picture: np.ndarray, path: Path, options: StillOptions) -> Path:
        if path.parent.name == "gone":
            assert is_second_saved.wait(20)
        return honest(picture, path, options)

    monkeypatch.setattr(stills_module, "write_still", write)
    stills.save(tmp_path / "gone" / "first.png")
    qtbot.waitUntil(lambda: len(stills._writers) == 1, timeout=20_000)
    saved(qtbot, stills, tmp_path / "second.png", StillOptions())
    is_second_saved.set()
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    assert "first.png" in shown[0].message


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssetError):
        write_still(np.zeros((4, 4, 3), np.uint16), tmp_path / "gone" / "rosa.png", StillOptions())
