from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QImage

from app.panels.training_preview import TrainingPreviewPanel
from avatar_core.training.run_record import PreviewNote

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> TrainingPreviewPanel:
    widget = TrainingPreviewPanel()
    qtbot.addWidget(widget)
    widget.resize(600, 300)
    widget.show()
    return widget


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    image = QImage(96, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    image.save(str(tmp_path / "preview.png"))
    return tmp_path / "preview.png"


def note(step: int, psnr_db: float, *, held_out: bool = True) -> PreviewNote:
    return PreviewNote("hair", step, psnr_db, "test/00041_24", held_out)


def test_a_preview_comes_with_its_numbers(panel: TrainingPreviewPanel, sheet: Path) -> None:
    panel.show_preview(sheet, note(1200, 20.04))
    assert panel.picture.image.width() == 96
    assert "Hair stage, step 1,200:  20.0 dB on the person" in panel.words
    assert "held-out frame test/00041_24" in panel.words
    panel.show_preview(sheet, note(1400, 21.5))
    assert "21.5 dB (+1.5) on the person" in panel.words


def test_a_frame_that_is_learnt_from_is_called_so(panel: TrainingPreviewPanel, sheet: Path) -> None:
    panel.show_preview(sheet, note(1, 20.0, held_out=False))
    assert "frame it learns from" in panel.words


def test_a_run_of_before_shows_its_last_preview(panel: TrainingPreviewPanel, sheet: Path) -> None:
    panel.show_run(sheet, [note(10, 18.0), note(20, 17.0)])
    assert "17.0 dB (-1.0)" in panel.words
    panel.show_run(sheet, [])
    assert panel.picture.image.isNull()
    assert "about once a minute" in panel.picture.words


def test_a_picture_that_cannot_be_read_leaves_the_last_one(
    panel: TrainingPreviewPanel, sheet: Path
) -> None:
    panel.show_preview(sheet, note(10, 18.0))
    sheet.write_bytes(b"half a picture")
    panel.show_preview(sheet, note(20, 19.0))
    assert not panel.picture.image.isNull()
    assert "18.0 dB" in panel.words
