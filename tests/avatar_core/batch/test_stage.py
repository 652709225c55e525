from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar_core.batch.render import render_job
from avatar_core.batch.stage import staged
from avatar_core.errors import AssetError, RecordingError
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.motion import MotionFrame
from avatar_core.project import CameraBookmark, Expression, Project, Scene
from avatar_core.recording.camera_path import (
    CameraKey,
    CameraPath,
    Ease,
    FramedView,
    NamedView,
    Turntable,
    camera_of,
)
from avatar_core.recording.lossless import picture_digest
from avatar_core.recording.offline import portrait_camera
from avatar_core.recording.render_job import Look, RenderJob
from avatar_core.render.scene import Blending

CLOSE = CameraBookmark("Close", (0.0, 1.5, 0.1), 0.4, 0.1, 0.6, 0.3)


@pytest.fixture
def project(folder, counting_take):
    other = replace(counting_take, id="other", name="Other")
    project = Project(
        avatar=str(folder / "ada.avatar"), takes={"counting": counting_take, "other": other},
        active_take="counting", scene=Scene((0.25, 0.5, 0.75)), bookmarks={"b1": CLOSE},
        expression=Expression().with_weight("browInnerUp", 0.5),
    )  # fmt: skip
    save_project(SavedProject(project), folder / "p.studio")
    return folder / "p.studio"


@pytest.fixture
def job(project, folder):
    return RenderJob(
        out=str(folder / "film.mp4"), project=str(project), width=128, height=96, last_frame=4
    )


def test_a_project_says_what_is_left_out(job, drawing, small_avatar):
    render_job(job)
    assert drawing.numbers == list(range(5))
    scene = drawing.scenes[0]
    assert scene.background == (0.25, 0.5, 0.75)
    assert scene.show_grid
    assert scene.blending is Blending.CLEAN
    expected = portrait_camera(small_avatar, 128, 96)
    np.testing.assert_allclose(drawing.cameras[0].view, expected.view, atol=1e-6)
    stage = staged(job)
    assert stage.take.frame(3).weight("browInnerUp") == pytest.approx(0.5)


def test_a_job_has_the_last_word(job, drawing):
    render_job(replace(job, background="#00ff00", look=Look.EXACT, supersample=2))
    scene = drawing.scenes[0]
    assert (scene.background, scene.show_grid) == ((0.0, 1.0, 0.0), False)
    assert scene.blending is Blending.EXACT
    assert (drawing.cameras[0].width_px, drawing.cameras[0].height_px) == (256, 192)


def test_takes_are_found_by_name_and_id(job):
    assert staged(replace(job, take="Other")).take.id == "other"
    assert staged(replace(job, take="other")).take.id == "other"
    assert staged(job).take.id == "counting"
    with pytest.raises(AssetError) as caught:
        staged(replace(job, take="Third"))
    assert "counting, Other" in caught.value.hint


def test_bookmarks_stand_and_paths_move(job, drawing):
    render_job(replace(job, camera=NamedView("Close")))
    np.testing.assert_allclose(drawing.cameras[4].view, camera_of(CLOSE, 128, 96).view, atol=1e-6)
    drawing.cameras.clear()
    end = replace(CLOSE, yaw_rad=0.8)
    path = CameraPath((CameraKey(0.0, NamedView("b1"), Ease.LINEAR), CameraKey(4 / 30, end)))
    render_job(replace(job, camera=path))
    for at, camera in enumerate(drawing.cameras):
        expected = camera_of(replace(CLOSE, yaw_rad=0.4 + 0.1 * at), 128, 96)
        np.testing.assert_allclose(camera.view, expected.view, atol=1e-5)
    with pytest.raises(RecordingError) as caught:
        render_job(replace(job, camera=NamedView("Far")))
    assert "It has Close" in caught.value.hint


def test_a_turntable_begins_where_the_head_is_framed(job, drawing, small_avatar):
    render_job(replace(job, camera=Turntable(16 / 30, FramedView(0.0, 10.0))))
    framed = portrait_camera(small_avatar, 128, 96, 0.0, np.radians(10.0))
    quarter = portrait_camera(small_avatar, 128, 96, np.pi / 2, np.radians(10.0))
    first, last = drawing.cameras[0], drawing.cameras[4]
    np.testing.assert_allclose(first.view, framed.view, atol=1e-5)
    assert first.fov_y_rad == pytest.approx(framed.fov_y_rad, rel=1e-5)
    # Round by a quarter turn, at the same distance.
    np.testing.assert_allclose(last.forward, quarter.forward, atol=1e-5)
    lengths = [np.linalg.norm(camera.position - _target(first)) for camera in (first, last)]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-4)


def _target(camera):
    distance_m = camera.near_m / 0.05
    return camera.position + distance_m * camera.forward


def test_the_digest_follows_job_and_files(job, project, folder, small_avatar):
    before = staged(job).digest
    assert staged(job).digest == before
    assert staged(replace(job, supersample=2)).digest != before
    saved = load_project(project)
    saved.project.scene = replace(saved.project.scene, show_hair=False)
    save_project(saved, project)
    assert staged(job).digest != before
    assert set(staged(job).input_files()) == {project, folder / "ada.avatar"}


def test_the_digest_follows_the_film_that_drives_a_project(job, project, folder, counting_take):
    saved = load_project(project)
    film, pictures = folder / "anna.mp4", folder / "pictures"
    pictures.mkdir()
    for source, file in (
        (f"file:{film}", film),
        (f"sequence:{pictures}?fps=25", pictures / "1.png"),
    ):
        saved.project.source, saved.project.active_take = source, None
        save_project(saved, project)
        digests = []
        for content in (b"smiles", b"frowns"):
            file.write_bytes(content)
            stage = staged(job, performed=counting_take)
            assert file in stage.input_files()
            digests.append(stage.digest)
        assert digests[0] != digests[1]
    assert file not in staged(replace(job, take="counting")).input_files()


def test_two_files_that_changed_places_are_another_film(job, folder, counting_take):
    wall = folder / "wall.png"
    wall.write_bytes(b"a picture")
    behind = replace(job, project="", avatar=str(folder / "ada.avatar"), background=str(wall))
    before = staged(behind, performed=counting_take).digest
    avatar = (folder / "ada.avatar").read_bytes()
    (folder / "ada.avatar").write_bytes(b"a picture")
    wall.write_bytes(avatar)
    assert staged(behind, performed=counting_take).digest != before


def test_another_avatar_wears_what_fits(job, folder, small_avatar):
    stage = staged(replace(job, avatar="demo"))
    assert stage.project.avatar == "demo:rosa"
    assert stage.project.hair == ""
    assert staged(replace(job, avatar="demo", hair="demo:bun")).project.hair == "demo:bun"
    with pytest.raises(AssetError, match="another kind of head"):
        staged(replace(job, hair="demo:bun"))


def test_a_performance_that_was_read_is_not_read_again(job, counting_take):
    take = replace(counting_take, name="Given")
    assert staged(job, performed=take).take is take
    assert isinstance(take.frame(0), MotionFrame)


@pytest.mark.gl
@pytest.mark.parametrize("kind", ["colour", "picture", "transparent"])
def test_a_background_is_seen_round_a_portrait(tmp_path, kind):
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((30, 90, 3), (40, 200, 10), np.uint8))
    background = {
        "colour": "#0ac828", "picture": str(tmp_path / "wall.png"), "transparent": "transparent",
    }[kind]  # fmt: skip
    job = RenderJob(
        out="film.mov", portrait="demo:lena", shown="portrait", drive="demo", width=96, height=96,
        background=background,
    )  # fmt: skip
    with closing(staged(job).painter()) as painter:
        image = painter.draw(0.0)
    corner, face = image[2, 2], image[50, 48]
    if kind == "transparent":
        assert (corner[3], face[3]) == (0, 255)
    else:
        assert np.abs(corner.astype(int) - (10, 200, 40)).max() <= 1
        assert face[0] > face[1]  # skin


@pytest.mark.gl
@pytest.mark.slow
def test_pieces_drawn_apart_are_bit_for_bit_those_of_one_go():
    job = RenderJob(out="film.mp4", avatar="demo", drive="demo", width=96, height=96)

    def drawn(frames) -> list[str]:
        stage = staged(job)
        with closing(stage.painter()) as painter:
            return [picture_digest(painter.draw(stage.time_s(frame))) for frame in frames]

    whole = drawn(range(100, 104))
    later = drawn(range(102, 104))
    assert [*drawn(range(100, 102)), *later] == whole
    assert len(set(whole)) == 4
