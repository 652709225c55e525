"""Sizes that files state, held against the program that wrote them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from avatar_core.driving.still_image import read_picture
from avatar_core.errors import AssetError
from avatar_core.picture_headers import is_cut_png, stated_size

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "AVIF"])
def test_the_size_is_the_one_that_was_written(kind: str) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (37, 21), (10, 200, 30)).save(stream, kind)
    assert stated_size(stream.getvalue()) == (37, 21)


def test_bitmaps_from_top_to_bottom_have_a_height_too() -> None:
    data = cv2.imencode(".bmp", np.zeros((5, 4, 3), np.uint8))[1].tobytes()
    turned = data[:22] + struct.pack("<i", -5) + data[26:]
    assert stated_size(turned) == (4, 5)


@pytest.mark.parametrize(
    "data", [b"", b"BM", b"II*\0", b"\0\0\0\x20ftypavif", b"GIF89a", b"\0" * 99]
)
def test_what_states_no_size_has_none(data: bytes) -> None:
    assert stated_size(data) is None


def test_a_small_file_of_a_huge_picture_is_never_unpacked(tmp_path: Path) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b""))
    with pytest.raises(AssetError, match="30000 x 30000 pixels, more than can be followed"):
        read_picture(path)


def test_a_part_that_claims_gigabytes_is_never_believed(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")
    data = stream.getvalue()
    at = data.index(b"IDAT") - 4
    assert not is_cut_png(data)
    assert is_cut_png(data[:at] + b"\x7f\xff\xff\xff" + data[at + 4 :])
    assert is_cut_png(data[:33] + data[-12:] + data[33:at] + b"\x7f\xff\xff\xff" + data[at + 4 :])
    assert not is_cut_png(data + b"left over")
    assert all(is_cut_png(data[:length]) for length in range(8, len(data)))
    path = tmp_path / "cut.png"
    path.write_bytes(data[:at] + b"\x7f\xff\xff\xff" + data[at + 4 :])
    with pytest.raises(AssetError, match="damaged"):
        read_picture(path)
