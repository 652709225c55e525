"""Groomed hair as files for other tools, read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.groom_export import HairExporter
from avatar_core.hair.repair import delete_selected
from avatar_core.io.gaussian_ply import read_gaussian_ply
from avatar_core.mega import build
from avatar_core.motion import MotionFrame
from tests.app.handlers.groom_stage import demo_asset as demo_asset
from tests.app.handlers.groom_stage import hair as hair
from tests.app.handlers.groom_stage import stage as stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from avatar_core.project import AvatarAsset
    from tests.app.handlers.groom_stage import GroomView

_UP_M = np.array([0, 0.03, 0], np.float32)


@pytest.fixture
def exporter(context: StudioContext, hair: GroomHair) -> Iterator[HairExporter]:
    made = HairExporter(context, hair)
    yield made
    made.shutdown()


@pytest.fixture
def groomed(hair: GroomHair) -> GroomHair:
    """Of 400 the first 100 are lifted, the last 40 deleted."""
    canvas = hair.canvas()
    rows = np.arange(100, dtype=np.int32)
    canvas.move(rows, canvas.means[rows] + _UP_M)
    hair.land(canvas, "Lift")
    hair.select((np.arange(400) >= 360).astype(np.float32), "Select")
    canvas = hair.canvas()
    delete_selected(canvas)
    hair.land(canvas, "Delete")
    return hair


def _export(qtbot: QtBot, exporter: HairExporter, path: Path, **wish: object) -> None:
    with qtbot.waitSignal(exporter.exported, timeout=60_000):
        exporter.export(path, **wish)  # type: ignore[arg-type]


def test_what_is_read_back_is_the_hair_as_edited_without_what_was_deleted(
    qtbot: QtBot,
    context: StudioContext,
    exporter: HairExporter,
    groomed: GroomHair,
    demo_asset: AvatarAsset,
    tmp_path: Path,
) -> None:
    path = tmp_path / "rosa.ply"
    path.write_bytes(b"older")
    _export(qtbot, exporter, path)
    read = read_gaussian_ply(path).cloud
    assert len(read) == 360
    lifted = demo_asset.hair.means[:360].copy()
    lifted[:100] += _UP_M
    np.testing.assert_allclose(read.means, lifted, atol=1e-6)
    np.testing.assert_array_equal(read.sh, groomed.now.cloud.sh[:360])
    np.testing.assert_allclose(read.scales, demo_asset.hair.scales[:360], rtol=1e-5)
    assert "rosa.ply" in context.toast.text
    assert "40 deleted Gaussians are left out." in context.toast.text


def test_posed_hair_lies_where_it_was_shown_when_the_menu_was_opened(
    qtbot: QtBot,
    context: StudioContext,
    exporter: HairExporter,
    groomed: GroomHair,
    stage: GroomView,
    demo_asset: AvatarAsset,
    tmp_path: Path,
) -> None:
    rest = stage.base_frame
    nod = replace(MotionFrame(time_s=2.5), head_rotation=np.array([0.4, 0.3, 0], np.float32))
    stage.base_frame = build(demo_asset).evaluate(nod)
    shown = stage.shown_frame
    context.actions["groom.export_posed"].trigger()
    stage.base_frame = rest  # it performs on while the file is chosen
    dialog = context.window.findChild(QFileDialog)
    with qtbot.waitSignal(exporter.exported, timeout=60_000):
        dialog.fileSelected.emit(str(tmp_path / "posed.ply"))
        dialog.reject()
    read = read_gaussian_ply(tmp_path / "posed.ply").cloud
    np.testing.assert_array_equal(read.means, shown.hair_means[:360])
    assert np.abs(read.means - rest.hair_means[:360]).max() > 0.02
    assert "at 2.500 s" in context.toast.text


@pytest.mark.usefixtures("exporter")
def test_the_menu_asks_for_a_file(
    qtbot: QtBot, context: StudioContext, groomed: GroomHair, stage: GroomView
) -> None:
    context.actions["groom.export_rest"].trigger()
    dialog = context.window.findChild(QFileDialog)
    assert "*.ply" in dialog.nameFilters()[0]
    dialog.reject()
    qtbot.waitUntil(lambda: context.window.findChild(QFileDialog) is None)
    stage.base_frame = None  # type: ignore[assignment]
    context.actions["groom.export_posed"].trigger()
    assert context.window.findChild(QFileDialog) is None
    assert "no avatar to be seen" in context.toast.text


def test_what_cannot_be_written_is_told(
    qtbot: QtBot, context: StudioContext, exporter: HairExporter, tmp_path: Path
) -> None:
    exporter.export(tmp_path / "gone" / "rosa.ply")
    qtbot.waitUntil(lambda: context.errors.dialog is not None, timeout=60_000)
    assert "rosa.ply" in context.errors.dialog.text
    context.errors.dialog.accept()
    assert not list(tmp_path.iterdir())
