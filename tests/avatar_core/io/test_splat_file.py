"""`.splat` against bytes that are put together and taken apart here."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.io import limits, splat_file
from avatar_core.io.gaussian_files import read_gaussians, write_gaussians
from avatar_core.io.splat_file import read_splat, write_splat
from tests.avatar_core.io.test_spz import cloud_of

if TYPE_CHECKING:
    from pathlib import Path


def test_bytes_are_read_as_the_viewer_reads_them(tmp_path: Path) -> None:
    first = struct.pack(
        "<6f8B", 0.1, -0.2, 0.3, 0.01, 0.02, 0.03, 255, 0, 51, 102, 128, 0, 128, 128
    )
    second = struct.pack("<6f8B", 1, 2, 3, 1e-5, 1, 9, 1, 2, 3, 255, 192, 64, 192, 64)
    (tmp_path / "a.splat").write_bytes(first + second)
    cloud = read_splat(tmp_path / "a.splat")
    np.testing.assert_allclose(cloud.means, [[0.1, -0.2, 0.3], [1, 2, 3]], rtol=1e-6)
    np.testing.assert_allclose(cloud.scales, [[0.01, 0.02, 0.03], [1e-5, 1, 9]], rtol=1e-6)
    shown = 0.5 + 0.28209479177387814 * cloud.sh[:, 0]
    np.testing.assert_allclose(255 * shown, [[255, 0, 51], [1, 2, 3]], atol=1e-4)
    np.testing.assert_allclose(cloud.opacities, [0.4, 1])
    np.testing.assert_allclose(cloud.quats, [[0, -1, 0, 0], [0.5, -0.5, 0.5, -0.5]], atol=1e-6)
    assert cloud.degree == 0


def test_what_is_written_is_as_near_as_a_byte_allows(tmp_path: Path) -> None:
    cloud = cloud_of(200)
    write_splat(tmp_path / "a.splat", cloud)
    data = (tmp_path / "a.splat").read_bytes()
    assert len(data) == 200 * 32
    for row in range(200):
        numbers = struct.unpack_from("<6f8B", data, 32 * row)
        np.testing.assert_array_equal(np.float32(numbers[:3]), cloud.means[row])
        np.testing.assert_array_equal(np.float32(numbers[3:6]), cloud.scales[row])
        shown = np.clip(0.5 + 0.28209479177387814 * cloud.sh[row, 0], 0, 1)
        assert np.abs(np.array(numbers[6:9]) - 255 * shown).max() <= 0.501
        assert abs(numbers[9] - 255 * cloud.opacities[row]) <= 0.501
        quat = (np.array(numbers[10:]) - 128) / 128
        likeness = abs(quat @ cloud.quats[row]) / np.linalg.norm(quat)
        assert likeness > 0.9998


@pytest.mark.parametrize("size", [0, 1, 31, 33, 95])
def test_what_is_no_whole_number_of_gaussians_is_told(size: int, tmp_path: Path) -> None:
    (tmp_path / "a.splat").write_bytes(bytes(size))
    with pytest.raises(AssetError, match=f"its {size} bytes"):
        read_splat(tmp_path / "a.splat")


def test_too_large_a_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GAUSSIANS", 2)
    (tmp_path / "a.splat").write_bytes(bytes(3 * splat_file.RECORD.itemsize))
    with pytest.raises(AssetError, match="too large"):
        read_splat(tmp_path / "a.splat")


def test_zeros_and_numbers_that_are_none_are_left_to_lint(tmp_path: Path) -> None:
    (tmp_path / "a.splat").write_bytes(b"\xff" * 32 + bytes(32))
    cloud = read_splat(tmp_path / "a.splat")
    assert np.isnan(cloud.means[0]).all()
    assert not cloud.scales[1].any()


@pytest.mark.parametrize("suffix", ["ply", "spz", "splat", "PLY", "SpZ"])
def test_files_are_known_by_their_suffix(suffix: str, tmp_path: Path) -> None:
    cloud = cloud_of(40, 4)
    path = tmp_path / f"a.{suffix}"
    write_gaussians(path, cloud, "a note")
    read = read_gaussians(path)
    np.testing.assert_allclose(read.means, cloud.means, atol=1e-6)
    np.testing.assert_allclose(read.sh[:, 0], cloud.sh[:, 0], atol=0.014)
    assert (b"a note" in path.read_bytes()) == (suffix.lower() == "ply")


@pytest.mark.parametrize("name", ["a.obj", "a", "a.spz.gz"])
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(AssetError, match="no file of 3D Gaussians"):
        read_gaussians(tmp_path / name)
    with pytest.raises(AssetError, match="no file of 3D Gaussians"):
        write_gaussians(tmp_path / name, cloud_of(1))
