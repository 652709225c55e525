"""FLAME sequences as `.npz` files: the layout of VHAP, which MeGA and GaussianAvatars read too.

`expr` [T, E], `rotation`, `neck_pose`, `jaw_pose`, `translation` [T, 3], `eyes_pose` [T, 6] and
`shape` [S], float32; VHAP's exports have one such file a moment in a folder `flame_param`. Trackers
that know less leave some out: all but the expressions may be missing, and are at rest then. The
layout has no times; ours add `times_s`, float64, which other readers pass over.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import expect_shapes
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.heads.flame_sequence import FlameSequence
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader
from avatar_core.io.arrays import array_from_npy, arrays_to_npz
from avatar_core.io.atomic import atomic_write
from avatar_core.io.reading import reading

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray, Float32

DEFAULT_FPS = 30.0
"""Taken where a file has no times."""

_TURNS = {"rotation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 6}
_WIDTHS = {**_TURNS, "translation": 3}
_TIMES = "times_s"
_KNOWN = ("expr", "shape", _TIMES, *_WIDTHS)
_OFFSETS, _OFFSET_VERTICES = "dynamic_offset", 5143
"""Motion of single vertices, by FLAME's 5023 and VHAP's 120 of the teeth; ours is none."""

_MOST_MOMENTS = limits.FLAME_MOMENTS
_MOST_COEFFICIENTS = 1000
_HINT = "Take the .npz that a FLAME tracker such as VHAP wrote, or its folder flame_param."


def read_flame_sequence(path: Path | str, fps: float = DEFAULT_FPS) -> FlameSequence:
    """Read a sequence, or a folder with one file a moment in the order of their names.

    Offsets of single vertices are left out: they are for the mesh of who was tracked.

    Args:
        path: of the file or the folder.
        fps: moments in a second where the file does not say.

    Raises:
        AssetError: missing, unreadable, damaged, hostile, or not such a sequence; the culprit is
            named.
        ValueError: the rate is not positive.
    """
    path = Path(path)
    if not (np.isfinite(fps) and fps > 0):
        raise ValueError(f"fps: expected a positive rate, got {fps}")
    if path.is_dir():
        return _of_moments(path, fps)
    return _sequence(_arrays(path, limits.FLAME_SEQUENCE_BYTES), path.name, fps)


def write_flame_sequence(
    sequence: FlameSequence, path: Path | str, *, with_offsets: bool = False
) -> None:
    """Write a sequence into one file, which replaces an old one whole or not at all.

    Args:
        sequence: what to write.
        path: of the file.
        with_offsets: adds offsets of single vertices, all zero, without which GaussianAvatars'
            viewer does not take a motion.

    Raises:
        AssetError: the file cannot be written.
    """
    count = len(sequence)
    joints = sequence.joints.astype(np.float32)
    arrays: dict[str, AnyArray] = {
        "shape": sequence.shape.astype(np.float32),
        "expr": sequence.expression.astype(np.float32),
        "rotation": joints[:, 0],
        "neck_pose": joints[:, 1],
        "jaw_pose": joints[:, 2],
        "eyes_pose": joints[:, 3:].reshape(count, 6),
        "translation": sequence.translation.astype(np.float32),
        _TIMES: sequence.times_s.astype(np.float64),
    }
    if with_offsets:
        arrays[_OFFSETS] = np.zeros((count, _OFFSET_VERTICES, 3), np.float32)
    with atomic_write(path) as file:
        file.write(arrays_to_npz(arrays))


def is_flame_sequence(path: Path) -> bool:
    """Whether a path is named as such a sequence is; what is in it is not looked at."""
    return path.suffix.lower() == ".npz" or (path.name == "flame_param" and path.is_dir())


def _arrays(path: Path, most_bytes: int) -> dict[str, AnyArray]:
    """The arrays that matter, each of at most `most_bytes`."""
    with reading(path), ArchiveReader(path, path.name, hint=_HINT, most_members=64) as archive:
        found = [name for name in _KNOWN if f"{name}.npy" in archive.names]
        data = {name: archive.read(f"{name}.npy", most_bytes) for name in found}
    try:
        return {name: array_from_npy(data[name], f"{path.name} ({name})") for name in found}
    except AssetError as reason:
        raise AssetError(reason.message, _HINT) from reason


def _of_moments(folder: Path, fps: float) -> FlameSequence:
    with reading(folder):
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".npz")
    if not files:
        raise AssetError(f"{folder.name} holds no FLAME parameters.", _HINT)
    if len(files) > _MOST_MOMENTS:
        raise AssetError(f"{folder.name} holds more moments than a sequence can have.", _HINT)
    moments = [
        _sequence(_arrays(file, limits.FLAME_MOMENT_BYTES), file.name, fps) for file in files
    ]
    first = moments[0]
    for file, moment in zip(files, moments, strict=True):
        if len(moment) != 1 or moment.expression.shape != first.expression.shape:
            raise AssetError(f"{file.name} in {folder.name} is not one moment like others.", _HINT)
    return FlameSequence(
        first.shape,
        np.concatenate([moment.expression for moment in moments]),
        np.concatenate([moment.joints for moment in moments]),
        np.concatenate([moment.translation for moment in moments]),
        np.arange(len(moments)) / fps,
    )


def _sequence(arrays: dict[str, AnyArray], title: str, fps: float) -> FlameSequence:
    try:
        return _checked(NamedArrays(arrays), fps)
    except ShapeError as reason:
        raise AssetError(f"{title} is no FLAME sequence: {reason}.", _HINT) from reason


def _checked(reader: NamedArrays, fps: float) -> FlameSequence:
    expression = _rows(reader, "expr")
    count = len(expression)
    if not 0 < count <= _MOST_MOMENTS:
        raise ShapeError(f"expr: {count} frames")
    shape = reader.floats("shape").reshape(-1) if "shape" in reader else np.zeros(0, np.float32)
    if max(expression.shape[1], len(shape)) > _MOST_COEFFICIENTS:
        raise ShapeError("expr, shape: more coefficients than FLAME has")
    rows = {name: _held(reader, name, width, count) for name, width in _WIDTHS.items()}
    joints = np.concatenate([rows[name] for name in _TURNS], axis=1).reshape(count, 5, 3)
    times_s = np.arange(count) / fps
    if _TIMES in reader:
        times_s = np.asarray(reader[_TIMES], np.float64)
        expect_shapes(times_s=(times_s, str(count)))
        if not np.isfinite(times_s).all():
            raise ShapeError(f"{_TIMES}: holds values that are not finite")
    return FlameSequence(shape, expression, joints, rows["translation"], times_s)


def _held(reader: NamedArrays, name: str, width: int, count: int) -> Float32:
    """Rows [T, width]; a single one holds for all, and what is missing is at rest."""
    if name not in reader:
        return np.zeros((count, width), np.float32)
    rows = _rows(reader, name)
    expect_shapes(**{name: (rows, f"* {width}")})
    if len(rows) == 1:
        rows = np.repeat(rows, count, axis=0)
    expect_shapes(**{name: (rows, f"{count} {width}")})
    return rows


def _rows(reader: NamedArrays, name: str) -> Float32:
    """[T, C]; a lone row is one moment."""
    values = reader.floats(name)
    if values.ndim not in (1, 2) or values.shape[-1] == 0:
        raise ShapeError(f"{name}: expected a row for each moment, got {list(values.shape)}")
    return values.reshape(-1, values.shape[-1])
