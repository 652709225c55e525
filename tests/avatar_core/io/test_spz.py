"""SPZ against a decoder that is written out bit by bit here, and against hostile files."""

from __future__ import annotations

import gzip
import math
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud, seen_colours
from avatar_core.io import limits
from avatar_core.io.spz import CONSTANT_RANGE, SCALE_RANGE_M, read_spz, write_spz

if TYPE_CHECKING:
    from pathlib import Path


def cloud_of(count: int, coefficients: int = 9, seed: int = 1) -> GaussianCloud:
    rng = np.random.default_rng(seed)
    quats = rng.standard_normal((count, 4)).astype(np.float32)
    return GaussianCloud(
        means=rng.uniform(-0.3, 0.3, (count, 3)).astype(np.float32),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        scales=np.exp(rng.uniform(-9, -3, (count, 3))).astype(np.float32),
        opacities=rng.random(count).astype(np.float32),
        sh=np.concatenate(
            [
                rng.uniform(-1.7, 1.7, (count, 1, 3)),
                rng.uniform(-0.4, 0.4, (count, coefficients - 1, 3)),
            ],
            axis=1,
        ).astype(np.float32),
        flags=np.zeros(count, np.uint8),
    )


def decoded_by_hand(data: bytes) -> list[dict[str, list[float]]]:
    """The published layout of versions 2 and 3, one number after the other."""
    raw = gzip.decompress(data)
    magic, version, count, degree, bits = struct.unpack_from("<4sIIBB", raw)
    assert magic == b"NGSP"
    rest = {0: 0, 1: 3, 2: 8, 3: 15}[degree]
    turn_bytes = 3 if version == 2 else 4
    means_at = 16
    alphas_at = means_at + 9 * count
    colours_at = alphas_at + count
    scales_at = colours_at + 3 * count
    turns_at = scales_at + 3 * count
    sh_at = turns_at + turn_bytes * count
    assert len(raw) == sh_at + 3 * rest * count
    found = []
    for row in range(count):
        means = []
        for axis in range(3):
            low, middle, high = raw[means_at + 9 * row + 3 * axis :][:3]
            steps = low + 256 * middle + 65536 * high
            means.append((steps - (1 << 24) if high >= 128 else steps) / 2**bits)
        if version == 2:
            x, y, z = (raw[turns_at + 3 * row + part] / 127.5 - 1 for part in range(3))
            quat = [math.sqrt(max(0, 1 - x * x - y * y - z * z)), x, y, z]
        else:
            quat = _smallest_three(struct.unpack_from("<I", raw, turns_at + 4 * row)[0])
        found.append(
            {
                "means": means,
                "quats": quat,
                "scales": [math.exp(raw[scales_at + 3 * row + a] / 16 - 10) for a in range(3)],
                "opacities": [raw[alphas_at + row] / 255],
                "constants": [(raw[colours_at + 3 * row + c] / 255 - 0.5) / 0.15 for c in range(3)],
                "rest": [(raw[sh_at + 3 * rest * row + at] - 128) / 128 for at in range(3 * rest)],
            }
        )
    return found


def _smallest_three(word: int) -> list[float]:
    largest = word >> 30
    xyzw = [0.0] * 4
    # Of the three stored parts the last stands in the lowest ten bits.
    for place, shift in zip([p for p in range(4) if p != largest], (20, 10, 0), strict=True):
        code = word >> shift & 1023
        xyzw[place] = (code & 511) / 511 / math.sqrt(2) * (-1 if code & 512 else 1)
    xyzw[largest] = math.sqrt(max(0, 1 - sum(part * part for part in xyzw)))
    return [xyzw[3], *xyzw[:3]]


def packed(version: int, count: int, degree: int, bits: int, body: bytes) -> bytes:
    head = struct.pack("<4sIIBBBB", b"NGSP", version, count, degree, bits, 0, 0)
    # Without the time: names of tests hold these bytes, and must be the same in every process.
    return gzip.compress(head + body, mtime=0)


@pytest.mark.parametrize("coefficients", [1, 4, 9, 16])
def test_what_is_written_is_near_by_the_published_layout(coefficients: int, tmp_path: Path) -> None:
    cloud = cloud_of(60, coefficients)
    write_spz(tmp_path / "a.spz", cloud)
    found = decoded_by_hand((tmp_path / "a.spz").read_bytes())
    assert len(found) == 60
    for row, each in enumerate(found):
        np.testing.assert_allclose(each["means"], cloud.means[row], atol=0.6e-6)
        np.testing.assert_allclose(each["scales"], cloud.scales[row], rtol=1 / 32 + 1e-3)
        np.testing.assert_allclose(each["opacities"], cloud.opacities[row], atol=0.51 / 255)
        likeness = abs(float(np.dot(each["quats"], cloud.quats[row])))
        assert math.acos(min(likeness, 1)) < 0.003
        shown = 0.28209479177387814 * (np.array(each["constants"]) - cloud.sh[row, 0])
        assert np.abs(shown).max() < 1 / 255
        np.testing.assert_allclose(
            np.reshape(each["rest"], (-1, 3)), cloud.sh[row, 1:], atol=0.51 / 128
        )


def test_our_reader_reads_version_3_as_the_layout_says(tmp_path: Path) -> None:
    write_spz(tmp_path / "a.spz", cloud_of(50))
    read = read_spz(tmp_path / "a.spz")
    _expect_same(read, decoded_by_hand((tmp_path / "a.spz").read_bytes()))


@pytest.mark.parametrize(("version", "degree"), [(2, 0), (2, 3), (3, 1), (3, 2)])
def test_any_bytes_are_read_as_the_layout_says(version: int, degree: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(degree)
    count, rest = 40, {0: 0, 1: 3, 2: 8, 3: 15}[degree]
    width = 16 + (3 if version == 2 else 4) + 3 * rest
    data = packed(
        version, count, degree, 12, rng.integers(0, 256, count * width, np.uint8).tobytes()
    )
    (tmp_path / "a.spz").write_bytes(data)
    _expect_same(read_spz(tmp_path / "a.spz"), decoded_by_hand(data))


def _expect_same(read: GaussianCloud, found: list[dict[str, list[float]]]) -> None:
    assert len(read) == len(found)
    for row, each in enumerate(found):
        np.testing.assert_allclose(read.means[row], each["means"], rtol=1e-6)
        quat = np.array(each["quats"])
        np.testing.assert_allclose(read.quats[row], quat / np.linalg.norm(quat), atol=1e-6)
        np.testing.assert_allclose(read.scales[row], each["scales"], rtol=1e-5)
        np.testing.assert_allclose(read.opacities[row], each["opacities"][0], rtol=1e-6)
        np.testing.assert_allclose(read.sh[row, 0], each["constants"], atol=1e-5)
        np.testing.assert_allclose(read.sh[row, 1:].ravel(), each["rest"], atol=1e-6)


def test_base_colours_stay_within_one_of_255(tmp_path: Path) -> None:
    cloud = cloud_of(500)
    write_spz(tmp_path / "a.spz", cloud)
    read = read_spz(tmp_path / "a.spz")
    shown = np.clip(0.5 + 0.28209479177387814 * np.stack([cloud.sh[:, 0], read.sh[:, 0]]), 0, 1)
    assert np.abs(shown[0] - shown[1]).max() < 1 / 255
    directions = np.random.default_rng(2).standard_normal((500, 3)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    seen = [seen_colours(each.sh, directions) for each in (cloud, read)]
    assert np.abs(seen[0] - seen[1]).max() < 3 / 255


@pytest.mark.parametrize(("reach", "step"), [(0.3, 1e-6), (7.9, 1e-6), (60.0, 1e-5), (2e6, 0.5)])
def test_positions_are_as_fine_as_their_reach_allows(
    reach: float, step: float, tmp_path: Path
) -> None:
    cloud = cloud_of(20)
    means = (cloud.means * np.float32(reach / 0.3)).astype(np.float32)
    means[0] = -reach
    write_spz(tmp_path / "a.spz", replace(cloud, means=means))
    np.testing.assert_allclose(read_spz(tmp_path / "a.spz").means, means, atol=step, rtol=1e-7)


def test_values_beyond_the_format_are_cut(tmp_path: Path) -> None:
    cloud = cloud_of(3)
    sh = cloud.sh.copy()
    sh[0, 0], sh[1, 1] = 9, -4
    scales = cloud.scales.copy()
    scales[0], scales[1] = 1e-9, 1e9
    write_spz(tmp_path / "a.spz", replace(cloud, sh=sh, scales=scales))
    read = read_spz(tmp_path / "a.spz")
    np.testing.assert_allclose(read.sh[0, 0], CONSTANT_RANGE, rtol=1e-5)
    np.testing.assert_allclose(read.sh[1, 1], -1)
    np.testing.assert_allclose(read.scales[:2, 0], SCALE_RANGE_M, rtol=1e-4)


def test_rotations_with_equal_parts_and_of_either_sign_come_back(tmp_path: Path) -> None:
    half = math.sqrt(0.5)
    quats = np.array(
        [[1, 0, 0, 0], [-1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], [0, 0, -1, 0], [half, 0, 0, -half],
         [-half, half, 0, 0]], np.float32,
    )  # fmt: skip
    write_spz(tmp_path / "a.spz", replace(cloud_of(6), quats=quats))
    likeness = np.abs((read_spz(tmp_path / "a.spz").quats * quats).sum(axis=1))
    np.testing.assert_allclose(likeness, 1, atol=1e-5)


def test_what_lies_too_far_out_is_told(tmp_path: Path) -> None:
    cloud = cloud_of(2)
    with pytest.raises(AssetError, match="9000000 m away"):
        write_spz(tmp_path / "a.spz", replace(cloud, means=np.full((2, 3), 9e6, np.float32)))
    assert not list(tmp_path.iterdir())


GOOD_BODY = bytes(20 * 5)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an SPZ"),
        (b"ply\nformat", "not an SPZ"),
        (struct.pack("<4sII", b"NGSP", 4, 7) + bytes(20), "version 4"),
        (b"NGSP", "not an SPZ"),
        (gzip.compress(b"hello", mtime=0), "not an SPZ"),
        (gzip.compress(b"x" * 40, mtime=0), "not an SPZ"),
        (packed(1, 5, 0, 12, GOOD_BODY), "version 1"),
        (packed(9, 5, 0, 12, GOOD_BODY), "version 9"),
        (packed(3, 5, 4, 12, GOOD_BODY), "degree 4"),
        (packed(3, 5, 0, 60, GOOD_BODY), "60 fractional bits"),
        (packed(3, 0, 0, 12, b""), "claims 0 Gaussians"),
        (packed(3, limits.GAUSSIANS + 1, 0, 12, GOOD_BODY), "claims 4,000,001"),
        (packed(3, 6, 0, 12, GOOD_BODY), "what its header says"),
        (packed(3, 4, 0, 12, GOOD_BODY), "what its header says"),
        (packed(3, 5, 0, 12, GOOD_BODY)[:-9], "what its header says"),
        (packed(3, 5, 0, 12, GOOD_BODY)[:-5] + b"12345", "damaged"),
    ],
)
def test_what_is_no_such_file_is_told(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.spz").write_bytes(data)
    with pytest.raises(AssetError, match=words) as caught:
        read_spz(tmp_path / "a.spz")
    assert caught.value.hint


def test_a_bomb_is_unpacked_no_further_than_its_header_claims(tmp_path: Path) -> None:
    import tracemalloc

    (tmp_path / "a.spz").write_bytes(packed(3, 5, 0, 12, bytes(64 << 20)))
    tracemalloc.start()
    with pytest.raises(AssetError, match="what its header says"):
        read_spz(tmp_path / "a.spz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="was not found"):
        read_spz(tmp_path / "a.spz")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8),
    data=st.data(),
)
def test_damaged_files_are_refused_in_words_or_read(
    changes: list[tuple[int, int]], data: st.DataObject, tmp_path: Path
) -> None:
    raw = bytearray(gzip.decompress(_sample(tmp_path)))
    for at, value in changes:
        raw[at % len(raw)] = value
    whole = gzip.compress(bytes(raw), 1)
    kept = data.draw(st.integers(0, len(whole)))
    path = tmp_path / "damaged.spz"
    path.write_bytes(whole[:kept] if data.draw(st.booleans()) else whole)
    try:
        cloud = read_spz(path)
    except AssetError:
        return
    assert len(cloud) <= 30
    assert all(np.isfinite(getattr(cloud, name)).all() for name in ("means", "quats", "sh"))


def _sample(folder: Path) -> bytes:
    path = folder / "sample.spz"
    if not path.exists():
        write_spz(path, cloud_of(30, 4))
    return path.read_bytes()
