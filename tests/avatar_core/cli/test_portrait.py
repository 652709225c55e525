"""`main.py portrait`: clips of pictures that perform, and what it says where there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import pytest
import torch

from avatar_core import cli
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.model import model_arrays, model_config
from avatar_core.errors import WeightsError
from avatar_core.exchange.portrait_engines import ModelWishes
from avatar_core.io.portrait_model_file import (
    PortraitModelFile,
    PortraitModelInfo,
    save_portrait_model,
)
from avatar_core.resources import resource_path
from tests.avatar_core.emoportraits.conftest import small_config as small_config

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.emoportraits.config import PortraitConfig

FACE = resource_path("demo", "bench_face.webp")


def portrait(out: Path, **options: object) -> int:
    """The command with the demo for source and drive, unless told otherwise."""
    named = {"source": "demo", "drive": "demo", "engine": "warp", "out": out, **options}
    words = [word for name, value in named.items() for word in (f"--{name}", str(value))]
    return cli.main(["portrait", *words])


@pytest.mark.gl
def test_a_portrait_beside_an_avatar_becomes_a_clip_with_sound(tmp_path: Path, capsys) -> None:
    out = tmp_path / "clip.mp4"
    assert portrait(out, beside="demo", size="64x48", frames="3-5") == 0
    said = capsys.readouterr()
    assert "Landmark warp (preview)" in said.err
    assert "Rendering: 3/3 100 %" in said.err
    assert "3 frames" in said.out
    with av.open(out) as clip:
        assert [stream.type for stream in clip.streams] == ["video", "audio"]
        pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert [picture.shape for picture in pictures] == [(48, 128, 3)] * 3


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources that models encode are kept here."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda _name: str(folder))
    return folder


@pytest.mark.gl
def test_a_model_of_ones_own_draws(
    tmp_path: Path, cache: Path, capsys, small_config: PortraitConfig
) -> None:
    config = replace(small_config, head_pose_width=8, head_pose_size=32)
    torch.manual_seed(5)
    networks = PortraitGenerator(config).eval(), HeadPoseNet("resnet18", 8, 32).eval()
    info = PortraitModelInfo("Tiny", "", model_config(config))
    path = tmp_path / "tiny.safetensors"
    save_portrait_model(PortraitModelFile(info, model_arrays(*networks, half=False)), path)
    out = tmp_path / "clip.mp4"
    assert portrait(out, model=path, background="green", frames="0-1", size="64x64") == 0
    said = capsys.readouterr()
    assert "2 frames" in said.out
    assert "Tiny (" in said.err
    with av.open(out) as clip:
        assert len(list(clip.decode(video=0))) == 2
    assert len(list(cache.rglob("*.npz"))) == 1


def test_how_a_model_runs_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[ModelWishes] = []

    def load(_path: Path, _notice: object, wishes: ModelWishes) -> None:
        asked.append(wishes)
        raise WeightsError("Enough.")

    monkeypatch.setattr("avatar_core.exchange.portrait_engines.load_runtime", load)
    words = ["portrait", "--source", "demo", "--drive", "demo", "--out", str(tmp_path / "c.mp4")]
    for options in ([], ["--detail", "--compile"], ["--no-detail"]):
        assert cli.main([*words, "--model", "any.safetensors", *options]) == 2
    assert asked == [ModelWishes(), ModelWishes(True, True), ModelWishes(False, False)]


@pytest.mark.parametrize(("face", "words"), [(9, "no face 9"), (0, "no face 0")])
def test_a_face_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys, face: int, words: str
) -> None:
    assert portrait(tmp_path / "clip.mp4", source=FACE, face=face) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def wall(folder: Path) -> Path:
    path = folder / "wall.png"
    cv2.imwrite(str(path), np.full((64, 64, 3), 90, np.uint8))
    return path


def noise(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(np.random.default_rng(0).bytes(4000))
    return path


def test_what_no_portrait_can_be_made_of_is_one_sentence(tmp_path: Path, capsys) -> None:
    cases = {
        wall(tmp_path): "No face was found",
        noise(tmp_path, "noise.png"): "noise.png",
        noise(tmp_path, "noise.portrait"): "noise.portrait",
        tmp_path / "missing.png": "missing.png",
        tmp_path / "missing.portrait": "missing.portrait",
        resource_path("demo", "rosa.avatar"): "rosa.avatar",
        "demo:nobody": "nobody",
    }
    for source, words in cases.items():
        assert portrait(tmp_path / "clip.mp4", source=source) == 2, source
        said = capsys.readouterr().err
        assert words in said
        assert len(said.splitlines()) == 1
        assert not list(tmp_path.glob("*.mp4"))


def test_what_is_no_portrait_model_is_one_sentence(tmp_path: Path, capsys) -> None:
    cases = {
        noise(tmp_path, "noise.safetensors"): "noise.safetensors",
        tmp_path / "missing.safetensors": "missing.safetensors",
        resource_path("demo", "rosa.avatar"): "rosa.avatar",
    }
    for model, words in cases.items():
        assert portrait(tmp_path / "clip.mp4", model=model) == 2, model
        said = capsys.readouterr().err
        assert words in said
        assert len(said.splitlines()) == 1
        assert "Traceback" not in said


@pytest.mark.parametrize(
    ("option", "value"),
    [("drive", "missing.mp4"), ("frames", "5-99999"), ("out", "clip.avi"), ("beside", "no.avatar")],
)
def test_what_cannot_be_rendered_is_a_sentence(tmp_path: Path, capsys, option, value) -> None:
    assert portrait(**{"out": tmp_path / "clip.mp4", "size": "64x64", option: value}) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not list(tmp_path.glob("*.mp4"))


@pytest.mark.parametrize(("option", "value"), [("engine", "magic"), ("size", "512"), ("face", "x")])
def test_options_that_do_not_exist_are_refused(tmp_path: Path, capsys, option, value) -> None:
    assert portrait(tmp_path / "clip.mp4", **{option: value}) == 2
    assert f"--{option}" in capsys.readouterr().err
