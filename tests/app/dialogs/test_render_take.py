from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.dialogs.render_offer import RenderOffer, RenderSource
from app.dialogs.render_take import RenderTakeDialog
from avatar_core.project import CameraBookmark
from avatar_core.recording.camera_path import CameraKey, CameraPath, Ease, FramedView, Turntable
from avatar_core.recording.render_job import TRANSPARENT, Shown

VIEW = CameraBookmark("View", (0.0, 1.5, 0.0), 0.1, 0.0, 1.0, 0.35)
CLOSE, SIDE = replace(VIEW, name="Close", distance_m=0.5), replace(VIEW, name="Side", yaw_rad=1.2)


@pytest.fixture
def offer(tmp_path):
    sources = [RenderSource("Take 1", "t1", 2.0, 30.0), RenderSource("song.wav", drive="sound:/s")]
    return RenderOffer(sources, VIEW, {"c": CLOSE, "s": SIDE}, True, tmp_path, "Anna")


@pytest.fixture
def dialog(qtbot, offer):
    dialog = RenderTakeDialog(offer)
    qtbot.addWidget(dialog)
    return dialog


def _choose(box, data) -> None:
    box.setCurrentIndex(next(at for at in range(box.count()) if box.itemData(at) == data))


def test_everything_has_a_sensible_value_from_the_start(dialog, tmp_path):
    job = dialog.job
    assert (job.take, job.drive, job.project) == ("t1", "", "")
    assert (job.width, job.height, job.fps) == (1280, 720, None)
    assert (job.first_frame, job.last_frame) == (0, None)
    assert job.camera == VIEW
    assert job.out == str(tmp_path / "Take 1.mp4")
    assert job.format == "h264"
    assert "60 frames, 0:02.00" in dialog.outcome.text()
    assert dialog.go.isEnabled()


def test_whatever_is_written_for_a_place_is_answered_in_words(dialog, tmp_path):
    for text in ("~nobody-here/a.mp4", f"{tmp_path}/{'long' * 99}.mp4"):
        dialog.path.setText(text)
        assert "60 frames" in dialog.outcome.text()
        assert dialog.job.out.endswith(text)


def test_frames_that_the_take_has_not_got_are_told_before_it_is_queued(dialog):
    dialog.last.value_edited.emit(60)
    assert "frames 0 to 59" in dialog.outcome.text()
    assert not dialog.go.isEnabled()
    dialog.last.value_edited.emit(58)
    assert "59 frames" in dialog.outcome.text()
    assert dialog.go.isEnabled()


def test_names_of_takes_become_names_that_disks_take(offer):
    path = offer.free_path("Ünïcode\n" + "ä" * 300 + "?", ".mp4")
    assert path.name.startswith("Ünïcode_ää")
    assert len(path.name.encode()) < 200
    assert not path.exists()


def test_fields_become_a_job(qtbot, dialog):
    _choose(dialog.shown, Shown.TWO_FILES)
    dialog.picture_size.setCurrentIndex(dialog.picture_size.count() - 1)
    dialog.width_px.value_edited.emit(300)
    dialog.height_px.value_edited.emit(200)
    _choose(dialog.fps, 60.0)
    dialog.first.value_edited.emit(10)
    _choose(dialog.smooth, 2)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._accept()
    job, title = chosen.args
    assert title == "Take 1.mp4"
    assert job.shown is Shown.TWO_FILES
    assert (job.width, job.height, job.fps, job.supersample) == (300, 200, 60.0, 2)
    assert (job.first_frame, job.last_frame) == (10, 119)


def test_what_is_tracked_has_no_known_length(dialog):
    dialog.source.setCurrentIndex(1)
    job = dialog.job
    assert (job.take, job.drive) == ("", "sound:/s")
    assert (job.first_frame, job.last_frame) == (0, None)
    assert not dialog.last.isEnabled()
    assert Path(job.out).name == "song.wav.mp4"


def test_the_camera_stands_turns_or_takes_a_path(dialog):
    camera = dialog.camera
    _choose(camera.choice, "front")
    assert dialog.job.camera == FramedView()
    _choose(camera.choice, "turn")
    assert dialog.job.camera == Turntable(2.0, VIEW)
    _choose(camera.choice, "c")
    assert dialog.job.camera == CLOSE
    _choose(camera.choice, "path")
    camera.keys["c"].ease.setCurrentIndex(1)
    keys = (CameraKey(0.0, CLOSE, Ease.LINEAR), CameraKey(2.0, SIDE, Ease.SMOOTH))
    assert dialog.job.camera == CameraPath(keys)
    camera.keys["s"].time_s.value_edited.emit(0.0)
    assert "one bookmark at a time" in dialog.outcome.text()
    assert not dialog.go.isEnabled()
    camera.keys["s"].is_used.setChecked(False)
    assert dialog.go.isEnabled()
    camera.keys["c"].is_used.setChecked(False)
    assert "through no bookmark" in dialog.outcome.text()


def test_another_rate_moves_no_camera(dialog):
    _choose(dialog.camera.choice, "path")
    dialog.camera.keys["s"].time_s.value_edited.emit(1.25)
    before = dialog.job.camera
    _choose(dialog.fps, 60.0)
    assert dialog.job.camera == before
    assert dialog.last.value == 119


def test_only_formats_that_keep_alpha_are_transparent(dialog):
    titles = [dialog.format.itemData(at).key for at in range(dialog.format.count())]
    dialog.format.setCurrentIndex(titles.index("prores-4444"))
    _choose(dialog.background, TRANSPARENT)
    assert dialog.job.background == TRANSPARENT
    assert dialog.job.out.endswith("Take 1.mov")
    dialog.format.setCurrentIndex(titles.index("h264"))
    assert dialog.job.background == ""
    assert dialog.job.out.endswith("Take 1.mp4")


def test_a_film_that_is_there_is_not_replaced_by_chance(qtbot, offer, tmp_path):
    (tmp_path / "Take 1.mp4").write_bytes(b"")
    dialog = RenderTakeDialog(offer)
    qtbot.addWidget(dialog)
    assert dialog.job.out == str(tmp_path / "Take 1 2.mp4")
    dialog.path.setText(str(tmp_path / "Take 1.mp4"))
    assert "replaces Take 1.mp4" in dialog.outcome.text()


def test_a_film_that_is_queued_is_not_replaced_by_chance_either(qtbot, offer, tmp_path):
    queued = frozenset({tmp_path / "Take 1.mp4", tmp_path / "b portrait.mp4"})
    dialog = RenderTakeDialog(replace(offer, promised=queued))
    qtbot.addWidget(dialog)
    assert dialog.job.out == str(tmp_path / "Take 1 2.mp4")
    dialog.path.setText(str(tmp_path / "b.mp4"))
    assert "replaces" not in dialog.outcome.text()
    _choose(dialog.shown, Shown.TWO_FILES)
    assert "replaces b portrait.mp4" in dialog.outcome.text()


@pytest.mark.parametrize(
    ("written", "named"),
    [("shot v1.2", "shot v1.2.mov"), ("shot.MP4", "shot.mov"), ("shot", "shot.mov")],
)
def test_another_format_changes_the_ending_and_nothing_of_the_name(
    dialog, tmp_path, written, named
):
    dialog.path.setText(str(tmp_path / written))
    formats = [dialog.format.itemData(at).key for at in range(dialog.format.count())]
    dialog.format.setCurrentIndex(formats.index("prores-4444"))
    assert dialog.job.out == str(tmp_path / named)


def test_a_name_that_is_none_yet_may_stand_while_the_format_is_chosen(dialog):
    dialog.path.setText("/")
    dialog.format.setCurrentIndex(dialog.format.currentIndex() + 1)
    assert dialog.path.text().startswith("/")


@pytest.mark.parametrize(("first", "last"), [(40, 20)])
def test_what_cannot_be_is_said_and_not_queued(dialog, first, last):
    dialog.first.value_edited.emit(first)
    dialog.last.value_edited.emit(last)
    assert "before the first" in dialog.outcome.text()
    assert not dialog.go.isEnabled()


def test_a_preset_fills_in_what_it_says(dialog):
    _choose(dialog.preset, "social-tall")
    job = dialog.job
    assert (job.width, job.height, job.fps, job.format) == (1080, 1920, 30.0, "h264")
    _choose(dialog.preset, "composite")
    assert (dialog.job.background, dialog.job.format) == (TRANSPARENT, "prores-4444")
    _choose(dialog.preset, "preview-gif")
    job = dialog.job
    assert (job.background, job.format, job.fps) == ("", "gif", 15.0)
    assert job.out.endswith(".gif")
