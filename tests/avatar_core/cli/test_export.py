from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core import cli
from avatar_core.cli.export import parse_seconds
from avatar_core.commands import EditHair
from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.canvas import HairCanvas
from avatar_core.io.avatar_file import save_avatar
from avatar_core.io.gaussian_files import read_gaussians
from avatar_core.io.gaussian_ply import read_gaussian_ply
from avatar_core.io.hair_file import load_hair
from avatar_core.io.project_file import SavedProject, save_project
from avatar_core.io.take_file import save_take
from avatar_core.motion import MotionFrame, Take
from avatar_core.project import Project
from tests.avatar_core.exchange.gltf_reader import ReadGltf

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset

MOVED_M = 0.03


@pytest.fixture
def avatar(small_avatar: AvatarAsset) -> AvatarAsset:
    return replace(small_avatar, hair=replace(small_avatar.hair, flags=np.zeros(20, np.uint8)))


@pytest.fixture
def project(avatar: AvatarAsset, some_take: Take, tmp_path: Path) -> Project:
    """An avatar whose first Gaussian was moved and whose last was deleted, and a take."""
    save_avatar(avatar, tmp_path / "ada.avatar")
    project = Project(avatar=str(tmp_path / "ada.avatar"), takes={some_take.id: some_take})
    project.active_take = some_take.id
    canvas = HairCanvas(avatar.hair, project.hair_edits)
    rows = np.array([0], np.int32)
    canvas.move(rows, canvas.means[rows] + np.float32(MOVED_M))
    canvas.delete(np.array([19], np.int32))
    EditHair.between(project, canvas.result(), "Comb").do(project)
    return project


@pytest.fixture
def studio(project: Project, tmp_path: Path) -> str:
    save_project(SavedProject(project), tmp_path / "show.studio")
    return str(tmp_path / "show.studio")


def export(tmp_path: Path, *arguments: str) -> int:
    """Into a folder, Gaussians in the studio's own axes."""
    return cli.main(["export", *arguments, "--axes", "y-up", "--out", str(tmp_path / "out")])


def written(tmp_path: Path) -> np.ndarray:
    return read_gaussian_ply(tmp_path / "out" / "hair.ply").cloud.means


def test_a_projects_hair_is_written_as_edited(
    studio: str, avatar: AvatarAsset, tmp_path: Path
) -> None:
    assert export(tmp_path, "--project", studio, "--to", "ply") == 0
    expected = avatar.hair.means[:19].copy()
    expected[0] += MOVED_M
    np.testing.assert_allclose(written(tmp_path), expected, atol=1e-6)


def test_an_avatars_hair_is_written_as_it_is(
    project: Project, avatar: AvatarAsset, tmp_path: Path
) -> None:
    assert export(tmp_path, project.avatar, "--to", "ply") == 0
    np.testing.assert_array_equal(written(tmp_path), avatar.hair.means)


def test_hair_lies_as_it_does_at_a_moment_of_the_take(
    studio: str, avatar: AvatarAsset, some_take: Take, tmp_path: Path
) -> None:
    from avatar_core.mega import build

    assert export(tmp_path, "--project", studio, "--to", "ply", "--at", "0.2") == 0
    # The take goes to the avatar as it was recorded, sliders at rest.
    seen = some_take.frame_at(0.2)
    frame = build(avatar).evaluate(seen)
    moved = frame.hair_turn @ np.full(3, MOVED_M, np.float32)
    expected = frame.hair_means[:19].copy()
    expected[0] += moved
    np.testing.assert_allclose(written(tmp_path), expected, atol=1e-5)


def test_another_performance_can_be_named(project: Project, tmp_path: Path) -> None:
    turned = replace(MotionFrame(), head_rotation=np.array([0, 1, 0], np.float32))
    frames = [replace(turned, time_s=at / 10) for at in range(5)]
    save_take(Take.from_frames("turn", frames, 10.0), tmp_path / "turn.take")
    drive = ["--drive", str(tmp_path / "turn.take"), "--at", "0.1"]
    assert export(tmp_path, project.avatar, "--to", "ply", *drive) == 0
    assert np.abs(written(tmp_path)).max() < 1


def test_edited_hair_becomes_a_hairstyle(
    studio: str, avatar: AvatarAsset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictured = []

    def picture(asset: AvatarAsset) -> None:
        pictured.append(asset.hair)

    monkeypatch.setattr("avatar_core.cli.export._picture", picture)
    out = tmp_path / "groomed.hair"
    command = ["export", "--project", studio, "--to", "hair", "--out", str(out)]
    assert cli.main([*command, "--name", "Groomed"]) == 0
    hair = load_hair(out)
    assert (hair.name, len(hair.gaussians)) == ("Groomed", 19)
    np.testing.assert_allclose(
        hair.gaussians.means[0], avatar.hair.means[0] + np.float32(MOVED_M), atol=1e-4
    )
    assert pictured[0].flags[19] & DELETED


def test_edits_of_other_hair_are_left_out_and_told(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits = project.hair_edits
    project.hair_edits = replace(edits, base_count=edits.base_count + 1)
    save_project(SavedProject(project), tmp_path / "show.studio")
    assert export(tmp_path, "--project", str(tmp_path / "show.studio"), "--to", "ply") == 0
    assert "made on other hair" in capsys.readouterr().err
    assert len(written(tmp_path)) == 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "spz", "--animate"], "cannot be written as an animation"),
        (["--to", "glb", "--frames", "3-99"], "has frames 0 to 11"),
        (["--to", "glb", "--frames", "3-4", "--animate"], "not allowed with"),
        (["--to", "hair", "--at", "1"], "cannot be written as posed at a moment"),
        (["--to", "ply", "--at", "99"], "ends after 0.40 s"),
        (["--to", "ply", "--at", "-1"], "no moment"),
    ],
)
def test_moments_that_are_none_are_told(
    studio: str,
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export(tmp_path, "--project", studio, *arguments) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_avatar_needs_a_performance_to_be_posed(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(tmp_path, project.avatar, "--to", "ply", "--at", "0") == 2
    assert "--drive" in capsys.readouterr().err


def test_frames_and_animations_of_a_project(
    studio: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = ["--to", "spz", "--frames", "2-4"]
    assert export(tmp_path, "--project", studio, *frames, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [*(f"hair_{at:06d}.spz" for at in (2, 3, 4)), "sequence.json"]
    out = ["--out", str(tmp_path / "a.glb")]
    assert cli.main(["export", "--project", studio, "--to", "glb", "--animate", "3-5", *out]) == 0
    read = ReadGltf.of(tmp_path / "a.glb")
    assert len(read.accessor(read.gltf.animations[0].samplers[0].input)) == 3
    assert len(read.attribute("Hair", "POSITION")) == 19
    assert "deleted Gaussians are left out" in capsys.readouterr().err
    bald = ["--to", "glb", "--at", "0.2", "--no-hair", "--out", str(tmp_path / "bald")]
    assert cli.main(["export", "--project", studio, *bald]) == 0
    posed = ReadGltf.of(tmp_path / "bald" / "avatar.glb")
    assert [mesh.name for mesh in posed.gltf.meshes] == ["Head"]
    assert not posed.gltf.animations


def test_a_file_is_in_the_usual_axes_of_its_format_unless_told(
    project: Project, avatar: AvatarAsset, tmp_path: Path
) -> None:
    for name, up in (("a.ply", -1), ("a.spz", 1), ("a.splat", -1)):
        arguments = ["export", project.avatar, "--to", name[2:], "--out", str(tmp_path / name)]
        assert cli.main(arguments) == 0
        expected = avatar.hair.means * [up, up, 1]
        np.testing.assert_allclose(read_gaussians(tmp_path / name).means, expected, atol=1e-6)


@pytest.mark.parametrize("who", [[], ["demo", "--project", "demo"]])
def test_it_is_one_avatar_or_one_project(who: list[str], tmp_path: Path) -> None:
    assert export(tmp_path, *who, "--to", "ply") == 2


@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf"])
def test_what_is_no_moment_is_refused_by_the_parser(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        parse_seconds(text)
