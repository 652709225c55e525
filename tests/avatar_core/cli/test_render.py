from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from avatar_core import cli
from avatar_core.cli.render import parse_camera, parse_frames, parse_size
from avatar_core.cli.subjects import dressed_avatar
from avatar_core.io.project_file import load_project, save_project
from avatar_core.io.take_file import save_take
from avatar_core.motion import MotionFrame, Take
from avatar_core.project import CameraBookmark, HairChannel, HairEdits, HairLayer
from avatar_core.project.paint import (
    BakedPaint,
    LayerKind,
    Painting,
    PaintLayer,
    TexturePart,
)
from avatar_core.recording import offline
from avatar_core.recording.camera_path import camera_of
from avatar_core.recording.clip import RecordingReport
from avatar_core.render.scene import Blending
from avatar_core.resources import resource_path


@pytest.fixture
def take_path(tmp_path):
    frames = [MotionFrame.from_units(time_s=index / 10, jawOpen=index / 10) for index in range(10)]
    path = tmp_path / "count.take"
    save_take(Take.from_frames("count", frames, 10.0), path)
    return path


@pytest.mark.gl
def test_a_take_becomes_a_clip(tmp_path, capsys, take_path):
    out = tmp_path / "clip.mp4"
    arguments = ["--avatar", "demo", "--drive", str(take_path), "--out", str(out)]

    status = cli.main(
        ["render", *arguments, "--size", "96x64", "--frames", "2-5", "--camera", "40,10", "--json"]
    )

    output = capsys.readouterr()
    assert status == 0, output.err
    made = json.loads(output.out)
    assert made["path"] == str(out)
    assert (made["frames"], made["repeated"], made["dropped"]) == (4, 0, 0)
    assert "Rendering: 4/4 100 %" in output.err
    with av.open(out) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert [picture.shape for picture in pictures] == [(64, 96, 3)] * 4


@pytest.mark.parametrize(
    ("options", "blending", "supersample"),
    [
        ([], Blending.CLEAN, 1),
        (["--look", "exact"], Blending.EXACT, 1),
        (["--project", "demo", "--look", "exact", "--supersample", "2"], Blending.EXACT, 2),
    ],
)
def test_the_look_is_what_is_drawn(
    tmp_path, monkeypatch, take_path, options, blending, supersample
):
    asked = []

    def drawn(asset, take, out, settings, progress, hair, paint, poses):
        asked.append(settings)
        return RecordingReport(out, 1, 0, 0, 1.0, 1, "")

    monkeypatch.setattr(offline, "render_performance", drawn)
    who = [] if "--project" in options else ["--avatar", "demo"]
    arguments = [*who, *options, "--drive", str(take_path), "--out", str(tmp_path / "clip.mp4")]

    assert cli.main(["render", *arguments]) == 0

    assert [(each.scene.blending, each.supersample) for each in asked] == [(blending, supersample)]


@pytest.mark.gl
def test_the_demo_project_needs_no_drive(tmp_path, capsys):
    out = tmp_path / "clip.mp4"

    status = cli.main(["render", "--out", str(out), "--size", "64x64", "--frames", "0-1"])

    assert status == 0, capsys.readouterr().err
    assert "2 frames" in capsys.readouterr().out
    with av.open(out) as clip:
        assert [stream.type for stream in clip.streams] == ["video", "audio"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--avatar", "demo"], "Nothing drives the avatar"),
        (["--avatar", "missing.avatar", "--drive", "demo"], "missing.avatar"),
        (["--project", "missing.studio"], "missing.studio"),
        (["--avatar", "demo", "--drive", "missing.mp4"], "missing.mp4"),
        (["--avatar", "demo", "--drive", "camera:0"], "camera"),
    ],
)
def test_what_is_missing_is_one_sentence(tmp_path, capsys, arguments, words):
    status = cli.main(["render", *arguments, "--out", str(tmp_path / "clip.mp4")])

    said = capsys.readouterr().err
    assert status == 2
    assert words in said
    assert len(said.splitlines()) == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("option", "value"),
    [("--fps", "0"), ("--fps", "nan"), ("--size", "9x9"), ("--frames", "5-99"), ("--out", "a.avi")],
)
def test_what_cannot_be_rendered_is_one_sentence(tmp_path, capsys, take_path, option, value):
    arguments = {
        "--avatar": "demo",
        "--drive": str(take_path),
        "--out": str(tmp_path / "clip.mp4"),
        option: value,
    }

    status = cli.main(["render", *(part for pair in arguments.items() for part in pair)])

    assert status == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.glob("*.mp4"))


def test_an_avatar_and_a_project_exclude_each_other(capsys):
    status = cli.main(["render", "--avatar", "demo", "--project", "demo", "--out", "clip.mp4"])

    assert status == 2
    assert "not allowed with" in capsys.readouterr().err


def test_sizes_ranges_and_directions_are_read():
    assert parse_size("1920x1080") == (1920, 1080)
    assert parse_size("64X32") == (64, 32)
    assert parse_frames("0-99") == (0, 99)
    assert parse_frames("10-") == (10, None)
    assert parse_frames("7") == (7, 7)
    assert parse_camera("30") == (30.0, 0.0)
    assert parse_camera("-30.5,10") == (-30.5, 10.0)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((parse_size, text) for text in ("", "512", "0x5", "1x2x3", "-5x5", "ax5")),
        *((parse_frames, text) for text in ("", "-5", "a-b", "1-2-3", "1.5-2")),
        *((parse_camera, text) for text in ("", "left", "1,2,3", "nan", f"{math.inf}", "0,91")),
    ],
)
def test_what_is_none_is_refused_by_the_parser(parse, text):
    with pytest.raises(argparse.ArgumentTypeError):
        parse(text)


@pytest.mark.parametrize(("option", "value"), [("--look", "soft"), ("--supersample", "9")])
def test_looks_and_sizes_that_do_not_exist_are_refused(capsys, option, value):
    assert cli.main(["render", "--out", "clip.mp4", option, value]) == 2
    assert "invalid choice" in capsys.readouterr().err


def test_a_project_is_drawn_before_its_background_picture(tmp_path, monkeypatch, take_path):
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((4, 6, 3), (30, 20, 10), np.uint8))
    saved = load_project(resource_path("demo", "demo.studio"))
    wall = str(tmp_path / "wall.png")
    saved.project.scene = replace(saved.project.scene, background_image=wall)
    save_project(saved, tmp_path / "film.studio")
    asked = []

    def drawn(asset, take, out, settings, progress, hair, paint, poses):
        asked.append(settings.scene.background_image)
        return RecordingReport(out, 1, 0, 0, 1.0, 1, "")

    monkeypatch.setattr(offline, "render_performance", drawn)
    arguments = ["--project", str(tmp_path / "film.studio"), "--drive", str(take_path)]
    assert cli.main(["render", *arguments, "--out", str(tmp_path / "clip.mp4")]) == 0
    assert asked[0].shape == (4, 6, 3)
    assert asked[0][0, 0].tolist() == [10, 20, 30]
    (tmp_path / "wall.png").unlink()
    assert cli.main(["render", *arguments, "--out", str(tmp_path / "clip.mp4")]) == 2
    assert len(asked) == 1


def test_a_project_is_drawn_in_its_hair_as_edited(tmp_path, monkeypatch, take_path):
    saved = load_project(resource_path("demo", "demo.studio"))
    base = dressed_avatar(saved.project).hair
    moved = {HairChannel.OFFSETS: np.full((3, 3), 0.5, np.float32)}
    edits = HairEdits(len(base), layers={"1": HairLayer("Comb", channels=moved)}, active="1")
    asked = []

    def drawn(asset, take, out, settings, progress, hair, paint, poses):
        asked.append(hair)
        return RecordingReport(out, 1, 0, 0, 1.0, 1, "")

    monkeypatch.setattr(offline, "render_performance", drawn)
    for saved.project.hair_edits in (HairEdits(), edits):
        save_project(saved, tmp_path / "film.studio")
        arguments = ["--project", str(tmp_path / "film.studio"), "--drive", str(take_path)]
        assert cli.main(["render", *arguments, "--out", str(tmp_path / "clip.mp4")]) == 0
    assert asked[0] is None
    np.testing.assert_allclose(asked[1].cloud.means[:3], base.means[:3] + 0.5, atol=1e-6)


def test_a_project_is_drawn_under_its_paint(tmp_path, monkeypatch, capsys, take_path):
    saved = load_project(resource_path("demo", "demo.studio"))
    red = PaintLayer("Red", LayerKind.FILL, colour=(1, 0, 0), opacity=0.5)
    matt = PaintLayer("Matt", LayerKind.FILL, TexturePart.GLOSS, colour=(0, 0, 0))
    layers = {"1": red, "2": matt}
    bare = dressed_avatar(saved.project)
    name = "neural_texture.texture"
    channels, side = bare.face.weights[name].shape[1:3]
    texels = np.array([7, 9 * side + 1], np.int32)
    deltas = np.full((2, channels), 0.25, np.float32)
    baked = BakedPaint(texels, deltas, np.zeros(2, np.float32), "")
    foreign = BakedPaint(texels, deltas[:, 1:], np.zeros(2, np.float32), "")
    asked = []

    def drawn(asset, take, out, settings, progress, hair, paint, poses):
        asked.append((asset, paint))
        return RecordingReport(out, 1, 0, 0, 1.0, 1, "")

    monkeypatch.setattr(offline, "render_performance", drawn)
    for saved.project.painting in (
        Painting(),
        Painting(512, layers),
        Painting(512, layers, baked=baked),
        Painting(512, layers, baked=foreign),
    ):
        save_project(saved, tmp_path / "film.studio")
        arguments = ["--project", str(tmp_path / "film.studio"), "--drive", str(take_path)]
        assert cli.main(["render", *arguments, "--out", str(tmp_path / "clip.mp4")]) == 0

    (plain, none), (_, paint), (with_baked, _), (as_fresh, fresh) = asked
    assert none is None
    assert paint.colour.shape == (512, 512, 4)
    assert np.abs(paint.colour[100, 100].astype(int) - [128, 0, 0, 128]).max() <= 1
    assert paint.shares[100, 100].tolist() == [0, 128, 128, 255]
    differs = with_baked.face.weights[name] != plain.face.weights[name]
    assert np.flatnonzero(differs.any(axis=(0, 1))).tolist() == texels.tolist()
    assert as_fresh.face.weights[name] is plain.face.weights[name] or np.array_equal(
        as_fresh.face.weights[name], plain.face.weights[name]
    )
    assert np.array_equal(fresh.colour, paint.colour)
    assert "drawn as fresh paint" in capsys.readouterr().err


@pytest.fixture
def asked(monkeypatch):
    """The settings and takes that would have been rendered."""
    calls = []

    def drawn(asset, take, out, settings, progress, hair, paint, poses):
        calls.append((settings, take))
        return RecordingReport(out, 1, 0, 0, 1.0, 1, "")

    monkeypatch.setattr(offline, "render_performance", drawn)
    return calls


def _render(tmp_path, *options: str, out: str = "clip.mp4") -> int:
    return cli.main(["render", "--project", "demo", "--out", str(tmp_path / out), *options])


def test_presets_say_what_is_left_out(tmp_path, asked):
    assert _render(tmp_path, "--preset", "social-tall") == 0
    assert _render(tmp_path, "--preset", "social-tall", "--size", "64x96", "--fps", "12") == 0
    assert _render(tmp_path, "--preset", "composite", out="clip.mov") == 0
    assert _render(tmp_path, "--format", "h265") == 0
    assert _render(tmp_path) == 0
    sizes = [(each.width, each.height, each.fps) for each, _take in asked]
    assert sizes == [
        (1080, 1920, 30), (64, 96, 12.0), (512, 512, None), (512, 512, None), (512, 512, None),
    ]  # fmt: skip
    formats = [each.format and each.format.key for each, _take in asked]
    assert formats == ["h264", "h264", "prores-4444", "h265", None]
    assert [each.scene.transparent for each, _take in asked] == [False, False, True, False, False]
    assert not asked[2][0].scene.show_grid


def test_the_camera_stands_at_a_bookmark_or_turns(tmp_path, asked):
    saved = load_project(resource_path("demo", "demo.studio"))
    close = CameraBookmark("Close", (0.0, 1.5, 0.0), 0.5, 0.1, 0.7, 0.3)
    saved.project.bookmarks = {"b": close}
    save_project(saved, tmp_path / "film.studio")
    project = ["--project", str(tmp_path / "film.studio")]
    for options in (["--bookmark", "Close"], ["--bookmark", "Close", "--turntable", "8"]):
        assert _render(tmp_path, *project, *options) == 0
    standing, turning = (settings.camera for settings, _take in asked)
    np.testing.assert_allclose(standing.view, camera_of(close, 512, 512).view, atol=1e-6)
    np.testing.assert_allclose(turning(0.0).view, standing.view, atol=1e-6)
    np.testing.assert_allclose(turning(4.0).forward[[0, 2]], -standing.forward[[0, 2]], atol=1e-5)


def test_a_take_is_chosen_by_its_name(tmp_path, asked, capsys):
    saved = load_project(resource_path("demo", "demo.studio"))
    take = next(iter(saved.project.takes.values()))
    saved.project.takes["other"] = replace(take, id="other", name="Other")
    save_project(saved, tmp_path / "film.studio")
    assert _render(tmp_path, "--project", str(tmp_path / "film.studio"), "--take", "Other") == 0
    assert asked[0][1].name == "Other"
    assert _render(tmp_path, "--take", "Nothing") == 2
    assert "no take 'Nothing'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--preset", "cinema"], "cinema"),
        (["--format", "avi"], "avi"),
        (["--turntable", "0"], "0 seconds"),
        (["--bookmark", "Far"], "Far"),
    ],
)
def test_what_does_not_exist_is_one_sentence(tmp_path, asked, capsys, options, words):
    assert _render(tmp_path, *options) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) <= 2
