"""The avatar handed on from the window: what the dialog asks becomes files that are read back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.dialogs.export_avatar import ExportAvatarDialog
from app.handlers.avatar_export import AvatarExporter
from avatar_core.commands import AddTake, RemoveTake, SetActiveTake, SetHair
from avatar_core.exchange.formats import FORMATS, Format, Pose
from avatar_core.hair.repair import delete_selected
from avatar_core.io.gaussian_files import read_gaussians
from avatar_core.io.hair_file import load_hair, save_hair
from avatar_core.mega import build
from avatar_core.motion import MotionFrame
from avatar_core.project import hair_of
from tests.app.handlers.groom_stage import demo_asset as demo_asset
from tests.app.handlers.groom_stage import hair as hair
from tests.app.handlers.groom_stage import stage as stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from avatar_core.exchange.export_report import ExportReport
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset
    from tests.app.handlers.groom_stage import GroomView

_UP_M = np.array([0, 0.03, 0], np.float32)
_DOWN = np.array([-1, -1, 1], np.float32)


@pytest.fixture
def exporter(context: StudioContext, stage: GroomView) -> Iterator[AvatarExporter]:
    made = AvatarExporter(context, stage)  # type: ignore[arg-type]
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


def opened(context: StudioContext, exporter: AvatarExporter) -> ExportAvatarDialog:
    context.actions["file.export"].trigger()
    assert exporter.dialog is not None
    return exporter.dialog


def exported(
    qtbot: QtBot, exporter: AvatarExporter, dialog: ExportAvatarDialog, path: Path
) -> ExportReport:
    dialog.path.setText(str(path))
    assert dialog.export_button.isEnabled(), dialog.target_words.text()
    with qtbot.waitSignal(exporter.exported, timeout=120_000) as told:
        dialog.export_button.click()
    report: ExportReport = told.args[0]
    assert f"Wrote {report.listed}" in dialog.message.text()
    assert all(note in dialog.notes.text() for note in report.notes)
    return report


def test_hair_is_written_as_edited_without_what_was_deleted(
    qtbot: QtBot,
    context: StudioContext,
    exporter: AvatarExporter,
    groomed: GroomHair,
    demo_asset: AvatarAsset,
    tmp_path: Path,
) -> None:
    dialog = opened(context, exporter)
    dialog.choose(Format.SPZ)
    path = tmp_path / "rosa.spz"
    path.write_bytes(b"older")
    dialog.path.setText(str(path))
    assert "will be replaced" in dialog.target_words.text()
    report = exported(qtbot, exporter, dialog, path)
    read = read_gaussians(path)
    lifted = demo_asset.hair.means[:360].copy()
    lifted[:100] += _UP_M
    np.testing.assert_allclose(read.means, lifted, atol=1e-6)
    assert "40 deleted Gaussians are left out." in report.notes
    dialog.reject()
    qtbot.waitUntil(lambda: exporter.dialog is None)


def test_posed_hair_lies_where_it_was_shown_when_the_dialog_was_opened(
    qtbot: QtBot,
    context: StudioContext,
    exporter: AvatarExporter,
    groomed: GroomHair,
    stage: GroomView,
    demo_asset: AvatarAsset,
    tmp_path: Path,
) -> None:
    rest = stage.base_frame
    nod = replace(MotionFrame(time_s=2.5), head_rotation=np.array([0.4, 0.3, 0], np.float32))
    stage.base_frame = build(demo_asset).evaluate(nod)
    shown = stage.shown_frame
    exporter.open_for_hair(is_posed=True)
    stage.base_frame = rest  # it performs on while the file is chosen
    dialog = exporter.dialog
    assert dialog is not None
    assert (dialog.format, dialog.options.pose, dialog.options.at_s) == (
        Format.PLY, Pose.MOMENT, None,
    )  # fmt: skip
    report = exported(qtbot, exporter, dialog, tmp_path / "posed.ply")
    read = read_gaussians(tmp_path / "posed.ply")
    np.testing.assert_array_equal(read.means, shown.hair_means[:360] * _DOWN)
    assert "at 2.500 s" in " ".join(report.notes)


def test_a_take_is_written_frame_by_frame(
    qtbot: QtBot,
    context: StudioContext,
    exporter: AvatarExporter,
    demo_asset: AvatarAsset,
    take: Take,
    tmp_path: Path,
) -> None:
    turned = np.linspace(0, 0.5, 60, dtype=np.float32)[:, None] * np.array([0, 1, 0], np.float32)
    take = replace(take, head_rotation=turned)
    context.push(AddTake.of(context.project, take))
    context.push(SetActiveTake.of(context.project, take.id))
    dialog = opened(context, exporter)
    dialog.choose(Format.SPLAT, Pose.SEQUENCE)
    for field, value in ((dialog.options.first, 58.0), (dialog.options.last, 57.0)):
        field.value_edited.emit(value)
    dialog.path.setText(str(tmp_path / "frames"))
    assert not dialog.export_button.isEnabled()
    assert "before the first" in dialog.target_words.text()
    dialog.options.last.value_edited.emit(59.0)
    report = exported(qtbot, exporter, dialog, tmp_path / "frames")
    assert report.files == ("hair_000058.splat", "hair_000059.splat", "sequence.json")
    # The next one is suggested beside it, not in it.
    assert context.preferences.remembered("export_folder") == str(tmp_path)
    frame = build(demo_asset).evaluate(take.frame(59))
    read = read_gaussians(tmp_path / "frames" / "hair_000059.splat")
    np.testing.assert_allclose(read.means, frame.hair_means * _DOWN, atol=1e-6)
    table = json.loads((tmp_path / "frames" / "sequence.json").read_text())
    assert table["frames"][1]["time_s"] == pytest.approx(59 / 30)


def test_a_hairstyle_is_written_with_a_picture(
    qtbot: QtBot, context: StudioContext, exporter: AvatarExporter, tmp_path: Path
) -> None:
    dialog = opened(context, exporter)
    dialog.choose(Format.HAIR)
    exported(qtbot, exporter, dialog, tmp_path / "bob.hair")
    kept = load_hair(tmp_path / "bob.hair")
    assert len(kept.gaussians) == 400
    assert kept.picture is not None


def test_a_moment_of_another_hairstyle_is_not_written_in_this_one(
    qtbot: QtBot,
    context: StudioContext,
    exporter: AvatarExporter,
    demo_asset: AvatarAsset,
    tmp_path: Path,
) -> None:
    save_hair(hair_of(demo_asset, "Bob"), tmp_path / "bob.hair")
    dialog = opened(context, exporter)
    dialog.choose(Format.PLY, Pose.MOMENT, is_shown=True)
    dialog.path.setText(str(tmp_path / "posed.ply"))
    context.push(SetHair.of(context.project, str(tmp_path / "bob.hair")))
    dialog.export_button.click()
    assert "in another hairstyle" in dialog.message.text()
    assert "open it again" in dialog.notes.text()
    dialog.choose(Format.PLY)
    exported(qtbot, exporter, dialog, tmp_path / "rest.ply")
    assert not (tmp_path / "posed.ply").exists()


@pytest.mark.parametrize("pose", [Pose.MOMENT, Pose.SEQUENCE])
def test_a_take_that_has_gone_is_told(
    context: StudioContext, exporter: AvatarExporter, in_hand: Take, pose: Pose, tmp_path: Path
) -> None:
    dialog = opened(context, exporter)
    dialog.choose(Format.SPLAT, pose)
    dialog.path.setText(str(tmp_path / ("a.splat" if pose is Pose.MOMENT else "frames")))
    context.push(RemoveTake.of(context.project, in_hand.id))
    dialog.export_button.click()
    assert "no longer in the project" in dialog.message.text()
    assert not list(tmp_path.iterdir())


def test_another_document_closes_the_dialog(
    qtbot: QtBot, context: StudioContext, exporter: AvatarExporter
) -> None:
    opened(context, exporter)
    context.session.new()
    assert exporter.dialog is None


def test_another_document_does_not_stop_what_is_being_written(
    qtbot: QtBot,
    context: StudioContext,
    exporter: AvatarExporter,
    in_hand: Take,
    tmp_path: Path,
) -> None:
    dialog = opened(context, exporter)
    dialog.choose(Format.SPLAT, Pose.SEQUENCE)
    dialog.path.setText(str(tmp_path / "frames"))
    with qtbot.waitSignal(exporter.exported, timeout=120_000):
        dialog.export_button.click()
        context.session.new()
    assert "Wrote hair_000000.splat" in dialog.message.text()
    assert len(list((tmp_path / "frames").iterdir())) == len(in_hand) + 1
    dialog.path.setText(str(tmp_path / "more"))
    dialog.export_button.click()
    assert "no longer in the project" in dialog.message.text()


def test_what_is_possible_is_offered(
    context: StudioContext, exporter: AvatarExporter, stage: GroomView, tmp_path: Path
) -> None:
    stage.base_frame = None  # type: ignore[assignment]
    dialog = opened(context, exporter)
    assert dialog.formats.count() == len(FORMATS)
    # Without a take and a moment there is the head at rest.
    for format in FORMATS:
        dialog.choose(format)
        assert dialog.options.when.count() == 1
        assert dialog.options.axes.isVisible() == FORMATS[format].is_gaussians
        assert dialog.options.with_hair.isVisible() == (format is Format.GLB)
    dialog.choose(Format.CURVES)
    assert not dialog.export_button.isEnabled()
    assert "no take" in dialog.target_words.text()
    dialog.choose(Format.PLY)
    for name, words in (
        ("a.spz", "has to end in .ply"), ("gone/a.ply", "There is no folder"), ("", "where"),
    ):  # fmt: skip
        dialog.path.setText(str(tmp_path / name) if name else " ")
        assert words in dialog.target_words.text()
        assert not dialog.export_button.isEnabled()
    for name, words in (
        ("~nobody-of-this-name/a.ply", "There is no folder ~nobody"),
        (f"{tmp_path}/{'long' * 99}/a.ply", "Nothing can be written there"),
    ):
        dialog.path.setText(name)
        assert words in dialog.target_words.text()
        assert not dialog.export_button.isEnabled()
    dialog.choose(Format.TEXTURES)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    dialog.path.setText(str(tmp_path / "full"))
    assert "something in this folder" in dialog.target_words.text()


def test_names_are_suggested_until_one_is_given(
    qtbot: QtBot, context: StudioContext, exporter: AvatarExporter, tmp_path: Path
) -> None:
    context.preferences.remember("export_folder", str(tmp_path))
    dialog = opened(context, exporter)
    assert dialog.path.text() == str(tmp_path / "Rosa.glb")
    dialog.choose(Format.SPZ)
    assert dialog.path.text() == str(tmp_path / "Rosa hair.spz")
    dialog.choose(Format.TEXTURES)
    assert dialog.path.text() == str(tmp_path / "Rosa textures")
    dialog.choose(Format.GLB)
    chooser = dialog._ask_path()
    assert isinstance(chooser, QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "mine.glb"))
    chooser.reject()
    dialog.choose(Format.SPZ)
    assert dialog.path.text() == str(tmp_path / "mine.glb")


def test_a_name_that_no_file_can_have_suggests_one_that_can(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportAvatarDialog("Ada / the 2nd: long hair", tmp_path, [], is_shown=False)
    qtbot.addWidget(dialog)
    assert dialog.path.text() == str(tmp_path / "Ada _ the 2nd_ long hair.glb")
    assert dialog.target_words.text() == "A new file."


def test_it_can_be_stopped_and_nothing_is_left(
    qtbot: QtBot,
    context: StudioContext,
    exporter: AvatarExporter,
    in_hand: Take,
    tmp_path: Path,
) -> None:
    dialog = opened(context, exporter)
    dialog.choose(Format.SPLAT, Pose.SEQUENCE)
    dialog.path.setText(str(tmp_path / "frames"))
    dialog.export_button.click()
    qtbot.waitUntil(lambda: dialog.step_words.text().startswith("Frame"), timeout=60_000)
    assert dialog.close_button.text() == "Stop"
    assert not dialog.formats.isEnabled()
    dialog.close_button.click()
    assert "stopped" in dialog.message.text()
    exporter.shutdown()
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_told_in_the_dialog(
    qtbot: QtBot, context: StudioContext, exporter: AvatarExporter, tmp_path: Path
) -> None:
    dialog = opened(context, exporter)
    dialog.choose(Format.OFFICIAL)
    dialog.path.setText(str(tmp_path / "run"))
    dialog.export_button.click()
    qtbot.waitUntil(lambda: "no FLAME head" in dialog.message.text(), timeout=60_000)
    assert "glTF" in dialog.notes.text()
    assert dialog.export_button.isEnabled()
    assert not list(tmp_path.iterdir())
