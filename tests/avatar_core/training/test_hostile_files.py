"""Captures, runs and avatars made to do harm, or broken: one sentence, nothing run or replaced."""

from __future__ import annotations

import functools
import io
import os
import pickle
import struct
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
import torch

from avatar_core import cli
from avatar_core.training import settings
from avatar_core.training.run_state import CHECKPOINT
from avatar_core.training.settings import Stage, StagePlan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLANS = {stage: StagePlan(2) for stage in Stage}


class Attack:
    """Would leave a file behind, were it unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.trace),)


@pytest.fixture(autouse=True)
def small_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    compact = replace(settings.preset("compact"), tex_size=16, gaussians=60, plans=PLANS)
    monkeypatch.setattr(settings, "preset", lambda name, seed=0: replace(compact, seed=seed))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "executed"


@pytest.fixture
def refused(trace: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that must end with one sentence; gives the sentence."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        status = cli.main([str(argument) for argument in arguments] + ["--threads", "1"])
        said = capsys.readouterr().err.strip().splitlines()[-1]
        assert status == 2, said
        assert not trace.exists()
        return said

    return run


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@functools.cache
def bomb() -> bytes:
    """A few megabytes that unpack to two gigabytes of zeros."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 29,)}
    )
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(header.getvalue())
        for _ in range(1 << 11):
            member.write(bytes(1 << 20))
    return buffer.getvalue()


def boast(name: str) -> bytes:
    """An array that claims a terabyte and has nothing."""
    header = io.BytesIO()
    shape = (1 << 38,)
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}.npy", header.getvalue())
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    """The start of a picture of that size, all of one colour and packed well."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(min(height, 50) * (1 + 3 * width)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows)


NPZ = {
    "head_model.npz": ("vertices", "no readable head model"),
    "hair_strands.npz": ("points", "The strands"),
    "head_param/00000.npz": ("expression", ""),
}


def arrays_of(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"points": np.zeros((4, 9, 3), np.float32)}
    with np.load(path) as stored:
        return dict(stored)


@pytest.mark.parametrize("file", list(NPZ))
@pytest.mark.parametrize(
    "harm", ["code", "raw code", "bomb", "boast", "wrong shape", "nan", "truncated", "empty"]
)
def test_arrays_of_a_capture(
    file: str, harm: str, capture_folder: Path, tmp_path: Path, trace: Path, refused: Any
) -> None:
    name, said = NPZ[file]
    path = capture_folder / file
    arrays = arrays_of(path)
    if harm == "code":
        path.write_bytes(npz(**arrays | {name: np.array([Attack(trace)], object)}))
    elif harm == "raw code":
        path.write_bytes(pickle.dumps(Attack(trace)))
    elif harm == "bomb":
        path.write_bytes(bomb())
    elif harm == "boast":
        path.write_bytes(boast(name))
    elif harm == "wrong shape":
        path.write_bytes(npz(**arrays | {name: np.zeros((2, 2), np.float32)}))
    elif harm == "nan":
        path.write_bytes(npz(**arrays | {name: np.full_like(arrays[name], np.nan)}))
    elif harm == "truncated":
        whole = npz(**arrays)
        path.write_bytes(whole[: len(whole) // 2])
    else:
        path.write_bytes(b"")
    run = tmp_path / "run"
    sentence = refused("train-mega", capture_folder, "--out", run)
    assert said in sentence
    assert "ball" in sentence
    assert not list(run.glob("*.avatar"))
    assert not (run / CHECKPOINT).exists()


@pytest.mark.parametrize("harm", ["bomb", "truncated", "pickle", "empty"])
def test_the_painting_of_a_capture(
    harm: str, capture_folder: Path, tmp_path: Path, trace: Path, refused: Any
) -> None:
    whole = cv2.imencode(".webp", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    (capture_folder / "albedo.webp").write_bytes(
        {
            "bomb": png(60_000, 60_000),
            "truncated": whole[: len(whole) // 2],
            "pickle": pickle.dumps(Attack(trace)),
            "empty": b"",
        }[harm]
    )
    sentence = refused("train-mega", capture_folder, "--out", tmp_path / "run")
    assert "The painted atlas" in sentence
    assert not list((tmp_path / "run").glob("*.avatar"))


@pytest.mark.parametrize("kind", ["images", "fg_masks", "parsing", "depth"])
def test_pictures_of_a_capture(
    kind: str, capture_folder: Path, tmp_path: Path, refused: Any
) -> None:
    (capture_folder / "hair" / kind / "00000_00.png").write_bytes(png(60_000, 60_000))
    sentence = refused("train-mega", capture_folder, "--out", tmp_path / "run")
    assert "impossible size (60000 x 60000 pixels)" in sentence


def test_a_depth_in_colour(capture_folder: Path, tmp_path: Path, refused: Any) -> None:
    path = capture_folder / "hair" / "depth" / "00000_00.png"
    cv2.imwrite(str(path), np.zeros((32, 32, 3), np.uint8))
    sentence = refused("train-mega", capture_folder, "--out", tmp_path / "run")
    assert "colours instead of distances" in sentence


@pytest.mark.parametrize("size", [0, -4, 10**9])
def test_cameras_that_would_fill_the_memory(
    size: int, capture_folder: Path, tmp_path: Path, refused: Any
) -> None:
    path = capture_folder / "transforms_hair.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"w": 32', f'"w": {size}'))
    sentence = refused("train-mega", capture_folder, "--out", tmp_path / "run")
    assert "incomplete" in sentence


@pytest.fixture
def stopped(capture_folder: Path, tmp_path: Path) -> Path:
    """The folder of a run that has a checkpoint of every stage's kind."""
    run = tmp_path / "run"
    assert cli.main(["train-mega", str(capture_folder), "--out", str(run), "--threads", "1"]) == 0
    (run / "ball.avatar").write_bytes(b"what was there before")
    return run


def with_code(content: dict[str, Any], trace: Path) -> None:
    content["extra"] = {"now": Attack(trace)}


def with_nan(content: dict[str, Any], trace: Path) -> None:
    next(iter(content["networks"].values())).fill_(torch.nan)


def with_wrong_shapes(content: dict[str, Any], trace: Path) -> None:
    key = next(iter(content["networks"]))
    content["networks"][key] = content["networks"][key].flatten()[:3].clone()


def with_wrong_moments(content: dict[str, Any], trace: Path) -> None:
    for state in content["optimizer"]["state"].values():
        state["exp_avg"] = torch.zeros(1)


def with_nan_moments(content: dict[str, Any], trace: Path) -> None:
    state = next(iter(content["optimizer"]["state"].values()))
    state["exp_avg"].fill_(torch.nan)


def with_fewer_networks(content: dict[str, Any], trace: Path) -> None:
    del content["networks"]


def with_another_optimizer(content: dict[str, Any], trace: Path) -> None:
    content["optimizer"] = {"state": {}, "param_groups": []}


def with_another_stage(content: dict[str, Any], trace: Path) -> None:
    content["stage"] = "teeth"


def with_impossible_progress(content: dict[str, Any], trace: Path) -> None:
    content["stage_step"] = "many"


def of_something_else(content: dict[str, Any], trace: Path) -> None:
    content.clear()
    content["weights"] = torch.zeros(3)


@pytest.mark.parametrize(
    "change",
    [
        with_code,
        with_nan,
        with_wrong_shapes,
        with_wrong_moments,
        with_nan_moments,
        with_fewer_networks,
        with_another_optimizer,
        with_another_stage,
        with_impossible_progress,
        of_something_else,
    ],
)
def test_checkpoints_to_resume(
    change: Callable[[dict[str, Any], Path], None],
    stopped: Path,
    capture_folder: Path,
    trace: Path,
    refused: Any,
) -> None:
    path = stopped / CHECKPOINT
    content = torch.load(path, weights_only=True)
    change(content, trace)
    torch.save(content, path)
    assert_run_is_left_alone(stopped, capture_folder, refused)


def assert_run_is_left_alone(stopped: Path, capture_folder: Path, refused: Any) -> None:
    path = stopped / CHECKPOINT
    before = path.read_bytes()
    sentence = refused("train-mega", capture_folder, "--out", stopped, "--resume")
    assert "heckpoint" in sentence or CHECKPOINT in sentence
    assert path.read_bytes() == before
    assert (stopped / "ball.avatar").read_bytes() == b"what was there before"


@pytest.mark.parametrize("harm", ["truncated", "empty", "pickle", "packed"])
def test_checkpoint_files_to_resume(
    harm: str, stopped: Path, capture_folder: Path, trace: Path, refused: Any
) -> None:
    path = stopped / CHECKPOINT
    whole = path.read_bytes()
    if harm == "packed":
        packed = io.BytesIO()
        with (
            zipfile.ZipFile(path) as old,
            zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for member in old.namelist():
                new.writestr(member, old.read(member))
        path.write_bytes(packed.getvalue())
    else:
        path.write_bytes(
            {
                "truncated": whole[: len(whole) // 2],
                "empty": b"",
                "pickle": pickle.dumps(Attack(trace)),
            }[harm]
        )
    assert_run_is_left_alone(stopped, capture_folder, refused)


@pytest.mark.parametrize("harm", ["nan", "wrong shape", "truncated", "pickle", "bomb"])
def test_avatars_to_evaluate(
    harm: str, capture_folder: Path, tmp_path: Path, trace: Path, refused: Any
) -> None:
    run = tmp_path / "run"
    assert cli.main(["train-mega", str(capture_folder), "--out", str(run), "--threads", "1"]) == 0
    path = run / "ball.avatar"
    whole = path.read_bytes()
    if harm == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif harm == "pickle":
        path.write_bytes(pickle.dumps(Attack(trace)))
    else:
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(path, "w") as new:
            for member in old.namelist():
                new.writestr(member, harmed(member, old.read(member), harm))
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(b"what was there before")
    sentence = refused("evaluate", path, capture_folder, "--series", "full", "--sheet", sheet)
    assert "ball.avatar" in sentence or "Ball" in sentence
    assert sheet.read_bytes() == b"what was there before"


def harmed(member: str, data: bytes, harm: str) -> bytes:
    if member != "face.npz":
        return data
    if harm == "bomb":
        return bomb()
    with np.load(io.BytesIO(data)) as stored:
        arrays = dict(stored)
    for name in arrays:
        arrays[name] = (
            np.full_like(arrays[name], np.nan) if harm == "nan" else arrays[name][..., :1]
        )
    return npz(**arrays)


def test_a_capture_of_another_head(capture_folder: Path, tmp_path: Path, refused: Any) -> None:
    run = tmp_path / "run"
    assert cli.main(["train-mega", str(capture_folder), "--out", str(run), "--threads", "1"]) == 0
    for path in (capture_folder / "head_param").iterdir():
        path.write_bytes(npz(**arrays_of(path) | {"expression": np.zeros((1, 100), np.float32)}))
    sentence = refused("evaluate", run / "ball.avatar", capture_folder, "--series", "full")
    assert "100 expressions" in sentence
