"""FLAME sequences in files, as others write them and as nobody should."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.heads.flame_sequence import FlameSequence
from avatar_core.io.flame_sequence import (
    is_flame_sequence,
    read_flame_sequence,
    write_flame_sequence,
)

if TYPE_CHECKING:
    from pathlib import Path

FRAMES = 5


def vhap_arrays(count: int = FRAMES, expressions: int = 100) -> dict[str, np.ndarray]:
    """What VHAP's tracker saves, by its published layout."""
    rng = np.random.default_rng(1)
    widths = {"rotation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 6, "translation": 3}
    return {
        "shape": rng.normal(size=300).astype(np.float32),
        "expr": rng.normal(size=(count, expressions)).astype(np.float32),
        **{key: rng.normal(size=(count, w)).astype(np.float32) for key, w in widths.items()},
        "static_offset": np.zeros((1, 5143, 3), np.float32),
        "dynamic_offset": np.zeros((count, 5143, 3), np.float32),
    }


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def test_vhaps_arrays_find_their_places(tmp_path: Path) -> None:
    arrays = vhap_arrays()
    found = read_flame_sequence(saved(tmp_path / "motion.npz", **arrays), fps=25)
    np.testing.assert_array_equal(found.expression, arrays["expr"])
    np.testing.assert_array_equal(found.shape, arrays["shape"])
    for joint, name in enumerate(("rotation", "neck_pose", "jaw_pose")):
        np.testing.assert_array_equal(found.joints[:, joint], arrays[name])
    np.testing.assert_array_equal(found.joints[:, 3], arrays["eyes_pose"][:, :3])
    np.testing.assert_array_equal(found.joints[:, 4], arrays["eyes_pose"][:, 3:])
    np.testing.assert_array_equal(found.translation, arrays["translation"])
    np.testing.assert_allclose(found.times_s, np.arange(FRAMES) / 25)


def test_one_file_a_moment(tmp_path: Path) -> None:
    whole = vhap_arrays()
    folder = tmp_path / "flame_param"
    folder.mkdir()
    for index in range(FRAMES):
        moment = {key: values[index : index + 1] for key, values in whole.items()}
        saved(folder / f"{index:05d}.npz", **(moment | {"shape": whole["shape"]}))
    (folder / "notes.txt").write_text("not one of them")
    found = read_flame_sequence(folder, fps=10)
    np.testing.assert_array_equal(found.expression, whole["expr"])
    np.testing.assert_array_equal(found.joints[:, 2], whole["jaw_pose"])
    np.testing.assert_allclose(found.times_s, np.arange(FRAMES) / 10)
    assert is_flame_sequence(folder)
    assert not is_flame_sequence(tmp_path)


def test_written_and_read_again_exactly(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    given = FlameSequence(
        rng.normal(size=18).astype(np.float32),
        rng.normal(size=(4, 50)).astype(np.float32),
        rng.normal(size=(4, 5, 3)).astype(np.float32),
        rng.normal(size=(4, 3)).astype(np.float32),
        np.array([0, 0.03, 0.07, 1.0]),
    )
    path = tmp_path / "motion.npz"
    write_flame_sequence(given, path)
    found = read_flame_sequence(path)
    for name in ("shape", "expression", "joints", "translation", "times_s"):
        np.testing.assert_array_equal(getattr(found, name), getattr(given, name), err_msg=name)
    with np.load(path, allow_pickle=False) as arrays:  # as GaussianAvatars would
        taken = {key: values for key, values in arrays.items() if values.dtype == np.float32}
        assert set(taken) == {*vhap_arrays()} - {"static_offset", "dynamic_offset"}
        assert taken["eyes_pose"].shape == (4, 6)
    write_flame_sequence(given, path, with_offsets=True)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["dynamic_offset"].shape == (4, 5143, 3)
        assert not arrays["dynamic_offset"].any()


def test_trackers_that_know_less_are_at_rest_elsewhere(tmp_path: Path) -> None:
    """EMOCA has 50 expressions, a jaw, and no neck; a lone row holds for all moments."""
    expr, jaw = np.ones((3, 50), np.float32), np.full((1, 3), 0.2)
    found = read_flame_sequence(saved(tmp_path / "emoca.npz", expr=expr, jaw_pose=jaw))
    assert found.expression.shape == (3, 50)
    np.testing.assert_allclose(found.joints[:, 2], 0.2)
    np.testing.assert_array_equal(found.joints[:, [0, 1, 3, 4]], 0)
    assert found.shape.shape == (0,)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("expr", np.zeros((0, 100), np.float32)),
        ("expr", np.zeros((FRAMES, 100), np.int32)),
        ("expr", np.full((FRAMES, 100), np.nan, np.float32)),
        ("expr", np.zeros((FRAMES, 2000), np.float32)),
        ("expr", np.float32(1)),
        ("jaw_pose", np.zeros((FRAMES, 4), np.float32)),
        ("jaw_pose", np.zeros((FRAMES - 1, 3), np.float32)),
        ("eyes_pose", np.zeros((FRAMES, 2, 3), np.float32)),
        ("translation", np.full((FRAMES, 3), np.inf, np.float32)),
        ("times_s", np.zeros(FRAMES)),
        ("times_s", np.arange(FRAMES - 1, dtype=np.float64)),
        ("times_s", np.array([0, 1, np.inf, 3, 4])),
        ("times_s", np.array(list("abcde"))),
        ("shape", np.array([object()], object)),
    ],
)
def test_bad_arrays_are_named(tmp_path: Path, name: str, values: np.ndarray) -> None:
    arrays = vhap_arrays() | {name: values}
    path = tmp_path / "motion.npz"
    np.savez(path, allow_pickle=True, **arrays)
    with pytest.raises(AssetError, match=name) as caught:
        read_flame_sequence(path)
    assert "motion.npz" in caught.value.message
    assert caught.value.hint


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not found"):
        read_flame_sequence(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(AssetError, match="text"):
        read_flame_sequence(tmp_path / "text.npz")
    with pytest.raises(AssetError, match="expr"):
        read_flame_sequence(saved(tmp_path / "other.npz", weights=np.zeros(3)))
    whole = saved(tmp_path / "cut.npz", **vhap_arrays()).read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AssetError, match="cut"):
        read_flame_sequence(tmp_path / "cut.npz")
    (tmp_path / "flame_param").mkdir()
    with pytest.raises(AssetError, match="no FLAME parameters"):
        read_flame_sequence(tmp_path / "flame_param")
    with pytest.raises(ValueError, match="fps"):
        read_flame_sequence(tmp_path / "other.npz", fps=0)


def test_a_header_that_claims_more_than_there_is(tmp_path: Path) -> None:
    """Nothing is allocated for what a few bytes promise."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (100000000, 100), }"
    header = header.ljust(117) + b"\n"
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("expr.npy", b"\x93NUMPY\x01\x00" + bytes([118, 0]) + header)
    with pytest.raises(AssetError, match="expr"):
        read_flame_sequence(path)


def test_moments_that_differ_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "flame_param"
    folder.mkdir()
    saved(folder / "00000.npz", **vhap_arrays(count=1))
    saved(folder / "00001.npz", **vhap_arrays(count=2))
    with pytest.raises(AssetError, match="00001"):
        read_flame_sequence(folder)


def test_a_folder_that_is_not_there_to_write_to(tmp_path: Path) -> None:
    still = FlameSequence(
        np.zeros(0, np.float32), np.zeros((1, 2), np.float32), np.zeros((1, 5, 3), np.float32),
        np.zeros((1, 3), np.float32), np.zeros(1),
    )  # fmt: skip
    with pytest.raises(AssetError):
        write_flame_sequence(still, tmp_path / "nowhere" / "motion.npz")


def test_damaged_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    """Three hundred files with a few bytes changed, cut off or put in."""
    whole = vhap_arrays(count=2, expressions=6)
    small = {key: values for key, values in whole.items() if not key.endswith("offset")}
    good = saved(tmp_path / "good.npz", **small).read_bytes()
    rng = np.random.default_rng(9)
    path, refused = tmp_path / "motion.npz", 0
    for _ in range(300):
        data = bytearray(good)
        for place in rng.integers(0, len(data), rng.integers(1, 8)):
            data[place] = rng.integers(0, 256)
        cut = rng.integers(0, len(data)) if rng.random() < 0.2 else len(data)
        path.write_bytes(bytes(data[:cut]))
        try:
            read_flame_sequence(path)
        except AssetError:
            refused += 1
    assert refused > 100


def test_rows_of_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.npz"
    np.savez(path, expr=np.zeros((3, 0), np.float32))
    with pytest.raises(AssetError, match="expected a row for each moment"):
        read_flame_sequence(path)
