from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar_core import cli
from avatar_core.errors import RenderError
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.hair_file import load_hair


@pytest.fixture(autouse=True)
def user_data(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / "user"))


@pytest.fixture
def arguments(trained_folder, flame_user_folder, tmp_path):
    out = tmp_path / "a.avatar"
    flame = ["--flame", str(flame_user_folder / "flame2023.pkl")]
    return ["import-mega", str(trained_folder), *flame, "--out", str(out)]


def test_there_and_back(arguments, tmp_path, capsys, trained_folder):
    assert cli.main([*arguments, "--name", "Ada"]) == 0
    said = capsys.readouterr()
    assert "a.avatar: Ada, 30 Gaussians" in said.out
    assert "licence" in said.err

    out = ["--to", "official", "--out", str(tmp_path / "out")]
    assert cli.main(["export", str(tmp_path / "a.avatar"), *out, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "checkpoint_latest.pth" in told["files"]
    assert told["notes"]
    assert all((Path(told["folder"]) / name).is_file() for name in told["files"])

    out = ["--to", "ply", "--out", str(tmp_path / "hair")]
    assert cli.main(["export", str(tmp_path / "a.avatar"), *out]) == 0
    said = capsys.readouterr()
    assert "hair.ply" in said.out
    assert "mesh" in said.err


def test_json_tells_what_was_made(arguments, capsys, tmp_path):
    assert cli.main([*arguments, "--json", "--no-mask-blur"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["gaussians"] == 30
    assert Path(told["path"]) == tmp_path / "a.avatar"
    assert any("flame2023.pkl" in file for file in told["used_files"])
    assert told["warnings"]
    assert load_avatar(told["path"]).face.options["mask_blurred"] is False


def test_files_can_be_named_one_by_one(trained_folder, flame_user_folder, tmp_path, capsys):
    out = tmp_path / "a.avatar"
    command = ["import-mega", str(trained_folder), "--out", str(out)]
    command += ["--assets", str(flame_user_folder)]
    command += ["--masks", str(flame_user_folder / "FLAME_masks_mouth.pkl")]
    command += ["--checkpoint", "checkpoint_latest.pth"]
    command += ["--hair-from", str(trained_folder / "checkpoint_latest.pth")]
    command += ["--canonical", str(trained_folder / "00000.npz")]
    assert cli.main(command) == 0
    assert out.is_file()
    assert "Gaussians come from" in capsys.readouterr().err


def test_missing_flame_files_are_told(trained_folder, tmp_path, capsys):
    command = ["import-mega", str(trained_folder), "--out", str(tmp_path / "a.avatar")]
    assert cli.main(command) == 2
    told = capsys.readouterr().err
    for name in ("flame2023.pkl", "faces_uvs.npy", "vertex_uvs.npy", "flame.is.tue.mpg.de"):
        assert name in told
    assert not (tmp_path / "a.avatar").exists()


def test_a_checkpoint_that_is_not_there(arguments, capsys):
    assert cli.main([*arguments, "--checkpoint", "checkpoint_nope.pth"]) == 2
    assert "checkpoint_nope.pth" in capsys.readouterr().err


def test_the_demo_avatar_has_no_flame_head(tmp_path, capsys):
    assert cli.main(["export", "demo", "--to", "official", "--out", str(tmp_path / "o")]) == 2
    assert "Gaussians" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_hair_is_exported_as_one_file_with_a_name(tmp_path, capsys):
    out = tmp_path / "bob.hair"
    command = ["export", "demo", "--to", "hair", "--out", str(out), "--name", "Bob", "--json"]
    assert cli.main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == ["bob.hair"]
    assert load_hair(out).name == "Bob"
    assert out.stat().st_size < 2_500_000


def test_without_graphics_hair_is_exported_without_a_picture(tmp_path, capsys, monkeypatch):
    def fail(asset):
        raise RenderError("There is no OpenGL here.")

    monkeypatch.setattr("avatar_core.cli.hair_picture.hair_picture", fail)
    out = tmp_path / "bob.hair"
    assert cli.main(["export", "demo", "--to", "hair", "--out", str(out)]) == 0
    assert "no OpenGL" in capsys.readouterr().err
    assert load_hair(out).picture is None
