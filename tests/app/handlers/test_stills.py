from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.stills import StillHandler, write_still
from avatar_core.errors import AssetError
from avatar_core.io.picture_files import read_picture_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def stills(context: StudioContext, view: Any) -> Iterator[StillHandler]:
    handler = StillHandler(context, view)
    yield handler
    handler.shutdown()


@pytest.mark.usefixtures("stills")
def test_the_menu_asks_where_to(qtbot: QtBot, context: StudioContext) -> None:
    context.actions["file.save_picture"].trigger()
    dialog = context.window.findChild(QFileDialog)
    assert "*.png" in dialog.nameFilters()[0]
    dialog.reject()
    qtbot.waitUntil(lambda: context.window.findChild(QFileDialog) is None)


def test_the_picture_is_drawn_larger_and_reduced(
    qtbot: QtBot, stills: StillHandler, view: Any, tmp_path: Path
) -> None:
    checker = np.indices((8, 12)).sum(axis=0) % 2 * 200
    view.still = lambda scale: np.repeat(checker[..., None], 3, axis=2).astype(np.uint8)
    with qtbot.waitSignal(stills._writer.finished):
        stills.save(tmp_path / "rosa.png")
    image = read_picture_file(tmp_path / "rosa.png", -1)
    assert image.shape == (4, 6, 3)
    assert (image == 100).all()


def test_nothing_is_written_where_nothing_can_be_drawn(
    stills: StillHandler, view: Any, tmp_path: Path
) -> None:
    view.still = lambda scale: None
    stills.save(tmp_path / "rosa.png")
    assert not stills._writer.is_running
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssetError):
        write_still(np.zeros((4, 4, 3), np.uint8), 2, tmp_path / "gone" / "rosa.png")
