"""Captures, runs, preferences: folders and texts beside the document."""

from __future__ import annotations

import io
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from avatar_core.errors import AvatarError
from avatar_core.io.arrays import arrays_to_npz
from tests.fuzz.target import MIB, Shape, Target, read_file


def _pose() -> list[list[float]]:
    return [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]


def _entry(kind: str) -> dict[str, Any]:
    common: dict[str, Any] = {
        "timestep_index": 0, "timestep_id": "neutral", "camera_index": 0, "fl_x": 20.0,
        "fl_y": 20.0, "cx": 6.0, "cy": 5.0, "w": 10, "h": 12, "transform_matrix": _pose(),
        "file_path": "a.png", "fg_mask_path": "a.png", "parsing_path": "a.png",
    }  # fmt: skip
    if kind == "studio":
        return {**common, "depth_path": "a.png", "head_param_path": "a.npz", "hair": True}
    return {**common, "flame_param_path": "a.npz", "camera_id": "c0"}


def _indices() -> list[bytes]:
    return [
        json.dumps({"frames": [_entry(kind)] * 2, "depth_unit_mm": 1.0}).encode()
        for kind in ("studio", "vhap")
    ]


@cache
def _small_png() -> bytes:
    from tests.fuzz.targets.pictures import pngs

    return pngs()[1]


@cache
def _parameters() -> bytes:
    widths = {"expression": 52, "expr": 100, "rotation": 3, "neck_pose": 3, "jaw_pose": 3}
    widths |= {"eyes_pose": 6, "translation": 3, "shape": 300}
    return arrays_to_npz({n: np.zeros((1, width), np.float32) for n, width in widths.items()})


def _read_capture(data: bytes, folder: Path) -> Any:
    from avatar_core.training.captures import open_capture

    (folder / "a.png").write_bytes(_small_png())
    (folder / "a.npz").write_bytes(_parameters())
    (folder / "transforms_face.json").write_bytes(data)
    capture = open_capture(folder)
    frames = [frame for group in capture.series.values() for frame in group]
    for frame in frames[:1]:
        capture.picture(frame, (5, 6))
    return len(frames)


def _depths() -> list[bytes]:
    arrays = {"data": np.ones(3), "coords": np.array([[0, 1, 2], [0, 1, 2]]),
              "shape": np.array([12, 10]), "fill_value": np.array(0.0)}  # fmt: skip
    return [arrays_to_npz(arrays)]


def _read_depth(path: Path) -> Any:
    from avatar_core.training.capture_pictures import _read_sparse_depth

    return _read_sparse_depth(path, (12, 10))


def _points() -> list[bytes]:
    stream = io.BytesIO()
    np.save(stream, np.ones((5, 3), np.float32))
    return [stream.getvalue()]


def _read_points(data: bytes, folder: Path) -> Any:
    from avatar_core.training import hair_start

    (folder / hair_start.POINTS.replace("*", "a")).write_bytes(data)
    return hair_start.read_points(folder)


def _strands() -> list[bytes]:
    return [arrays_to_npz({"points": np.ones((2, 3, 3), np.float32)})]


def _read_strands(path: Path) -> Any:
    from avatar_core.training.hair_start import read_strands

    return read_strands(path)


def _records() -> list[bytes]:
    return [
        json.dumps(
            {"capture": "/a", "name": "A", "preset": "compact", "seed": 1, "flame": "", "step": 2,
             "total": 3, "seconds": 1.5, "avatar": ""}
        ).encode()
    ]  # fmt: skip


def _read_run(data: bytes, folder: Path) -> Any:
    from avatar_core.training import run_record

    for name in (run_record.RECORD, run_record.LOG, run_record.PREVIEW_LOG):
        (folder / name).write_bytes(data)
    record = run_record.read_record(folder)
    return record, run_record.read_losses(folder), run_record.read_previews(folder)


def _events() -> list[bytes]:
    step = {"event": "step", "stage": "hair", "stage_step": 1, "stage_steps": 2, "step": 1,
            "total": 4, "seconds": 0.5, "eta_s": None, "losses": {"l1": 0.25}}  # fmt: skip
    note = {"event": "preview", "path": "a.png", "stage": "hair", "step": 1,
            "psnr_masked_db": 20.0, "frame": "a", "held_out": False}  # fmt: skip
    failed = {"event": "failed", "message": "a", "hint": "b"}
    return [json.dumps(each).encode() for each in (step, note, failed)]


def _read_event(data: bytes, _: Path) -> Any:
    from avatar_core.training.run_events import read_event

    return read_event(data.decode("utf-8", "replace"))


def _people() -> list[bytes]:
    persons = [{"name": "p0", "split": "train"}, {"name": "p1", "split": "val"}]
    return [json.dumps({"persons": persons, "utterances": persons}).encode()]


def _read_people(data: bytes, folder: Path) -> Any:
    from avatar_core.training import portrait_data

    (folder / portrait_data.INDEX).write_bytes(data)
    return portrait_data.read_index(folder)


def _read_utterances(data: bytes, folder: Path) -> Any:
    from avatar_core.training import speech_data

    (folder / speech_data.INDEX).write_bytes(data)
    return speech_data.read_utterances(folder, "train")


def _preferences() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        from app.preferences import Preferences, PreferenceValues

        path = Path(folder) / "studio.ini"
        preferences = Preferences(path)
        preferences.apply(PreferenceValues(threads=3, shortcuts={"save": "Ctrl+S"}))
        preferences.remember("recent_files", ["/a.studio", "/ä.studio"])
        preferences.remember("avatars", [{"reference": "demo:rosa", "name": "Rosa"}])
        preferences.flush()
        return [path.read_bytes()]


def _read_preferences(data: bytes, folder: Path) -> Any:
    from app.library import KnownAssets
    from app.preferences import Preferences
    from app.recent import RecentFiles

    # Qt keeps what it has read of a path, so each case has its own.
    for old in folder.glob("*.ini*"):
        old.unlink()
    path = folder / f"{abs(hash(data)):x}.ini"
    path.write_bytes(data)
    preferences = Preferences(path)
    RecentFiles(preferences).paths()
    KnownAssets(preferences, "avatars").entries()
    preferences.layout("main")
    return preferences.values


TARGETS = (
    Target("capture index", _indices, _read_capture, Shape.JSON),
    Target("capture depth", _depths, read_file(_read_depth, "a.npz"), Shape.ZIP,
           memory_bytes=700 * MIB),
    Target("capture points", _points, _read_points, Shape.NPY),
    Target("capture strands", _strands, read_file(_read_strands, "a.npz"), Shape.ZIP,
           memory_bytes=700 * MIB),
    Target("training run", _records, _read_run, Shape.JSON),
    Target("training events", _events, _read_event, Shape.JSON),
    Target("people's index", _people, _read_people, Shape.JSON),
    Target("voices' index", _people, _read_utterances, Shape.JSON),
    Target("preferences", _preferences, _read_preferences, Shape.TEXT, (AvatarError,)),
)  # fmt: skip
