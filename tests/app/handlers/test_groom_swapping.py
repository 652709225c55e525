from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.groom_pointing import HairPointer
from app.handlers.groom_selecting import PROPERTY_ROWS, SelectHandler
from app.handlers.groom_swapping import SwapHandler
from app.panels.hair_selection import HairSelectionBody
from app.panels.hair_swap import HairSwapBody, SwapWish
from app.viewport.tools import PenSample
from avatar_core.gaussians.cloud import DELETED
from avatar_core.heads.portrait import portrait_points
from avatar_core.io.gaussian_ply import PlyGaussians, write_gaussian_ply
from avatar_core.io.hair_file import load_hair, save_hair
from avatar_core.project import hair_of
from avatar_core.project.digest import digest
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


@pytest.fixture
def body(qtbot: QtBot) -> HairSwapBody:
    widget = HairSwapBody([])
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def handler(
    qtbot: QtBot, context: StudioContext, hair: GroomHair, stage: GroomView, body: HairSwapBody
) -> Iterator[SwapHandler]:
    section = HairSelectionBody([], PROPERTY_ROWS)
    qtbot.addWidget(section)
    selecting = SelectHandler(context, hair, stage, section)  # type: ignore[arg-type]
    made = SwapHandler(context, hair, stage, selecting, body)  # type: ignore[arg-type]
    yield made
    made.shutdown()


@pytest.fixture
def crop(demo_asset: AvatarAsset, tmp_path: Path) -> str:
    """A hairstyle of fewer Gaussians."""
    few = replace(demo_asset, hair=demo_asset.hair.subset(slice(100, 300)))
    save_hair(hair_of(few, "Crop"), tmp_path / "crop.hair")
    return str(tmp_path / "crop.hair")


def _try_on(qtbot: QtBot, handler: SwapHandler, body: HairSwapBody, reference: str) -> None:
    handler.try_on(reference)
    qtbot.waitUntil(lambda: body.is_trying, timeout=30_000)


def test_other_hair_is_seen_before_it_is_kept_as_one_step(
    qtbot: QtBot,
    context: StudioContext,
    handler: SwapHandler,
    body: HairSwapBody,
    stage: GroomView,
    hair: GroomHair,
    crop: str,
) -> None:
    before = digest(context.project.hair_edits)
    _try_on(qtbot, handler, body, crop)
    assert not context.session.dirty
    assert stage.hair is not None
    assert len(stage.hair.cloud) >= 600  # its own and the other's, of which the own are gone
    assert (stage.hair.opacity_factors[:400] < 1 / 255).all()
    body.wish_edited.emit(SwapWish(blend=0.0))
    assert (stage.hair.opacity_factors[:400] == 1).all()
    body.wish_edited.emit(SwapWish(blend=1.0))
    body.kept.emit()
    assert not body.is_trying
    assert context.session.history.index == 1
    assert context.session.history.undo_label == "Put on Crop"
    assert [each.name for each in context.project.hair_edits.layers.values()] == ["Crop"]
    assert ((hair.now.cloud.flags[:400] & DELETED) != 0).all()
    context.session.undo()
    assert digest(context.project.hair_edits) == before


def test_what_is_dropped_leaves_the_hair_as_it_was(
    qtbot: QtBot,
    context: StudioContext,
    handler: SwapHandler,
    body: HairSwapBody,
    stage: GroomView,
    crop: str,
) -> None:
    _try_on(qtbot, handler, body, crop)
    body.dropped.emit()
    assert stage.hair is None
    assert not body.is_trying
    assert not context.session.dirty
    body.kept.emit()  # with nothing tried on
    assert not context.session.dirty


def test_hair_that_is_tried_on_follows_what_is_selected_meanwhile(
    qtbot: QtBot,
    context: StudioContext,
    handler: SwapHandler,
    body: HairSwapBody,
    hair: GroomHair,
    crop: str,
) -> None:
    _try_on(qtbot, handler, body, crop)
    body.wish_edited.emit(SwapWish(selected_only=True))
    chosen = (np.arange(400) < 200).astype(np.float32)
    hair.select(chosen, "Select")
    body.kept.emit()
    assert context.session.history.undo_label == "Put on Crop"
    is_gone = (hair.now.cloud.flags[:400] & DELETED) != 0
    np.testing.assert_array_equal(is_gone, chosen > 0)


def test_only_what_is_selected_is_replaced_on_request(
    qtbot: QtBot,
    handler: SwapHandler,
    body: HairSwapBody,
    stage: GroomView,
    hair: GroomHair,
    crop: str,
) -> None:
    weights = np.zeros(400, np.float32)
    weights[:50] = 1
    hair.select(weights, "Select")
    _try_on(qtbot, handler, body, crop)
    body.wish_edited.emit(SwapWish(selected_only=True))
    assert stage.hair is not None
    assert (stage.hair.opacity_factors[50:400] == 1).all()
    assert (stage.hair.opacity_factors[:50] < 1).all()


def test_hair_that_is_tried_on_is_pointed_at_but_is_no_row_of_the_document(
    qtbot: QtBot,
    handler: SwapHandler,
    body: HairSwapBody,
    stage: GroomView,
    hair: GroomHair,
    demo_asset: AvatarAsset,
    crop: str,
) -> None:
    frame = stage.base_frame
    points = portrait_points(demo_asset.head.topology, frame.vertices, frame.hair_means)
    stage.rig.start_at_home(points, 400, 300)
    _try_on(qtbot, handler, body, crop)
    pointer = HairPointer(hair, stage)  # type: ignore[arg-type]
    picture = np.array([[0, 0], [400, 0], [400, 300], [0, 300]], np.float32)
    assert pointer.rows_within(picture, seen_only=False).shape == (400,)
    seen = pointer.seen_rows()
    assert seen is not None
    assert seen[400:].any()  # the other hair is what is seen
    hits = [pointer.hit(PenSample(x, y)) for x in range(100, 300, 8) for y in range(10, 200, 8)]
    assert any(hits)
    assert all(hit is None or hit.hair_row is None for hit in hits)


def test_a_corrected_fit_is_placed_anew(
    qtbot: QtBot, handler: SwapHandler, body: HairSwapBody, stage: GroomView, crop: str
) -> None:
    _try_on(qtbot, handler, body, crop)
    assert stage.hair is not None
    heights = stage.hair.cloud.means[400:, 1].mean()
    body.wish_edited.emit(SwapWish(up_m=0.03))
    qtbot.waitUntil(lambda: stage.hair.cloud.means[400:, 1].mean() > heights + 0.01, timeout=30_000)


def test_a_foreign_ply_is_mended_and_reported(
    qtbot: QtBot,
    handler: SwapHandler,
    body: HairSwapBody,
    demo_asset: AvatarAsset,
    tmp_path: Path,
) -> None:
    means = demo_asset.hair.means.copy()
    means[3] = np.nan
    cloud = replace(demo_asset.hair, means=means)
    write_gaussian_ply(tmp_path / "found.ply", PlyGaussians(cloud))
    _try_on(qtbot, handler, body, str(tmp_path / "found.ply"))
    assert "1 Gaussian have no place" in body.report
    assert "399 of 400 Gaussians are taken" in body.report
    assert "The file is turned" in body.report


def test_what_cannot_be_read_is_told(
    qtbot: QtBot, context: StudioContext, handler: SwapHandler, body: HairSwapBody, tmp_path: Path
) -> None:
    handler.try_on(str(tmp_path / "gone.ply"))
    qtbot.waitUntil(lambda: context.errors.dialog is not None)
    assert "gone.ply" in context.errors.dialog.text
    context.errors.dialog.accept()
    assert not body.is_trying


def test_the_hair_is_saved_and_offered(
    qtbot: QtBot, context: StudioContext, handler: SwapHandler, body: HairSwapBody, tmp_path: Path
) -> None:
    with qtbot.waitSignal(handler.hair_saved):
        handler.save(tmp_path / "long_bob.hair")
    kept = load_hair(tmp_path / "long_bob.hair")
    assert kept.name == "Long bob"
    assert len(kept.gaussians) == 400
    assert kept.picture is not None
    assert str(tmp_path / "long_bob.hair") in body.references


def test_menu_asks_for_files(qtbot: QtBot, context: StudioContext, handler: SwapHandler) -> None:
    for name, suffix in (("swap_hair", "*.ply"), ("save_hair", "*.hair")):
        context.actions[f"groom.{name}"].trigger()
        dialog = context.window.findChild(QFileDialog)
        assert suffix in dialog.nameFilters()[0]
        dialog.reject()
        qtbot.waitUntil(lambda: context.window.findChild(QFileDialog) is None)
