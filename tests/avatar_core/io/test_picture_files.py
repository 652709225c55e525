"""Picture files: sizes by their headers, pixels, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.io import picture_files
from avatar_core.io.picture_files import read_picture_file
from avatar_core.picture_headers import picture_size

if TYPE_CHECKING:
    from pathlib import Path

ENCODED = {
    "png": (".png", []),
    "jpeg": (".jpg", []),
    "progressive jpeg": (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "lossy webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 60]),
    "lossless webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),
}


def encoded(kind: str, image: np.ndarray) -> bytes:
    suffix, options = ENCODED[kind]
    return cv2.imencode(suffix, image, options)[1].tobytes()


@pytest.mark.parametrize("kind", list(ENCODED))
@pytest.mark.parametrize("size", [(1, 1), (300, 70), (37, 2000)])
def test_sizes_are_read_from_the_header(kind: str, size: tuple[int, int]) -> None:
    data = encoded(kind, np.zeros((size[1], size[0], 3), np.uint8))
    assert picture_size(data) == size


def test_the_size_of_a_webp_with_transparency() -> None:
    """It lies in a container with a canvas, where the others have their picture alone."""
    image = np.random.default_rng(0).integers(0, 256, (33, 65, 4), np.uint8)
    data = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, 50])[1].tobytes()
    assert data[12:16] == b"VP8X"
    assert picture_size(data) == (65, 33)


def test_a_jpeg_with_notes_before_its_picture() -> None:
    data = encoded("jpeg", np.zeros((12, 34, 3), np.uint8))
    note = b"\xff\xfe\x00\x06\xff\xc0ab" + b"\xff"
    assert picture_size(data[:2] + note + data[2:]) == (34, 12)


@pytest.mark.parametrize("kind", list(ENCODED))
def test_cut_headers_have_no_size(kind: str) -> None:
    data = encoded(kind, np.zeros((8, 8, 3), np.uint8))
    assert all(picture_size(data[:length]) in (None, (8, 8)) for length in range(len(data)))
    assert picture_size(data[:15]) is None


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x80\x04K\x01.", b"\xff\xd8" + b"\xff" * 99])
def test_other_files_are_no_pictures(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(AssetError, match=r"The mask '.*a.png' cannot be read. .*PNG, JPEG or WebP"):
        read_picture_file(path, cv2.IMREAD_COLOR, "The mask")


@pytest.mark.parametrize("kind", list(ENCODED))
def test_pixels_are_opencvs(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.image"
    image = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    path.write_bytes(encoded(kind, image))
    ours = read_picture_file(path, cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(ours, cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))


def test_large_pictures_are_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded("png", np.zeros((50, 50, 3), np.uint8)))
    monkeypatch.setattr(picture_files, "MOST_PIXELS", 2499)
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(AssetError, match=r"impossible size \(50 x 50 pixels\)"):
        read_picture_file(path, cv2.IMREAD_COLOR)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(AssetError, match="cannot be read"):
            read_picture_file(path, cv2.IMREAD_COLOR)
