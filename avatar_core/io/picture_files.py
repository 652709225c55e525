"""Picture files, read without trust: a size is checked before anything is unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.images import MOST_PIXELS
from avatar_core.picture_headers import is_cut_png, picture_size

if TYPE_CHECKING:
    from pathlib import Path


def read_picture_file(path: Path, flags: int, title: str = "The picture") -> Any:
    """The pixels of a PNG, JPEG or WebP file as OpenCV gives them.

    Args:
        path: the file.
        flags: of `cv2.imdecode`.
        title: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: missing, another format, damaged, or larger than `images.MOST_PIXELS`.
    """
    return decoded_picture(picture_bytes(path, title), flags, f"{title} '{path}'")


def picture_bytes(path: Path, title: str = "The picture") -> bytes:
    """The bytes of a file that may be a picture.

    Raises:
        AssetError: missing, or larger than any picture.
    """
    try:
        if path.stat().st_size > limits.PICTURE_BYTES:
            raise AssetError(f"{title} '{path}' is larger than a picture can be.")
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{title} '{path}' cannot be read.", "Check the path.") from error


def decoded_picture(data: bytes, flags: int, name: str) -> Any:
    """The pixels of a PNG, JPEG or WebP file's bytes as OpenCV gives them.

    Args:
        data: the bytes of the file.
        flags: of `cv2.imdecode`.
        name: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: another format, damaged, or larger than `images.MOST_PIXELS`.
    """
    size = picture_size(data)
    if size is None:
        raise AssetError(f"{name} cannot be read.", "It has to be a PNG, JPEG or WebP file, uncut.")
    expect_possible_size(size, name)
    return unpacked_picture(data, flags, name)


def expect_possible_size(size: tuple[int, int], name: str) -> None:
    """Refuse a picture whose header states more pixels than are decoded, or none.

    Raises:
        AssetError: it does.
    """
    width, height = size
    if min(size) <= 0 or width * height > MOST_PIXELS:
        raise AssetError(f"{name} has an impossible size ({width} x {height} pixels).")


def unpacked_picture(data: bytes, flags: int, name: str) -> Any:
    """What OpenCV makes of a file whose header was found to be in order.

    Raises:
        AssetError: it is damaged.
    """
    try:
        image = None if is_cut_png(data) else cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise AssetError(f"{name} cannot be read.", "It may be truncated.")
    return image
