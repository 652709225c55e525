"""Reading a frame's pictures: colours, matte, labels, depth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import Float32, UInt8, expect_shapes
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.io import limits
from avatar_core.io.arrays import arrays_from_npz
from avatar_core.io.picture_files import read_picture_file

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.training.capture_frames import CaptureFrame, Labels

_PICTURES_KEPT = 512


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A frame's pictures at one size.

    image [H, W, 3] 0..1 sRGB on white; person, hair, head [H, W] 0..1 coverage (hair and head are
    None without labels); depth_m [H, W] metres of the bare head, 0 unknown, or None.
    """

    image: Float32
    person: Float32
    hair: Float32 | None
    head: Float32 | None
    depth_m: Float32 | None


@dataclass(frozen=True, slots=True, eq=False)
class _Raw:
    image: UInt8
    person: UInt8
    hair: UInt8 | None
    head: UInt8 | None
    depth_m: Float32 | None


def read_picture(
    frame: CaptureFrame, labels: Labels, depth_unit_m: float, size_px: tuple[int, int]
) -> Picture:
    """The frame's pictures at (width, height), reduced by area; the last few hundred are kept.

    Measured depth (`.npz`) shows whatever was in front: it counts where the labels say head, and
    not at all without labels.

    Raises:
        AssetError: a file is damaged, or does not fit its picture.
    """
    raw = _read_raw(frame, labels, depth_unit_m)
    return Picture(
        _reduced(raw.image, size_px).astype(np.float32) / 255.0,
        _reduced(raw.person, size_px).astype(np.float32) / 255.0,
        None if raw.hair is None else _reduced(raw.hair, size_px).astype(np.float32) / 255.0,
        None if raw.head is None else _reduced(raw.head, size_px).astype(np.float32) / 255.0,
        None if raw.depth_m is None else _nearest(raw.depth_m, size_px),
    )


@lru_cache(maxsize=_PICTURES_KEPT)
def _read_raw(frame: CaptureFrame, labels: Labels, depth_unit_m: float) -> _Raw:
    image = read_picture_file(frame.image_path, cv2.IMREAD_COLOR)[:, :, ::-1]
    shape = image.shape[:2]
    person = np.full(shape, 255, np.uint8)
    if frame.mask_path is not None:
        person = read_picture_file(frame.mask_path, cv2.IMREAD_GRAYSCALE)
    hair = head = depth = None
    if frame.parsing_path is not None:
        parsing = read_picture_file(frame.parsing_path, cv2.IMREAD_GRAYSCALE)
        hair = _coverage(parsing, labels.hair)
        head = _coverage(parsing, labels.head)
    if frame.depth_path is not None and frame.depth_path.suffix == ".npz":
        if head is not None:
            depth = _read_sparse_depth(frame.depth_path, shape)
            depth[_reduced(head, (shape[1], shape[0])) < 255] = 0
    elif frame.depth_path is not None:
        raw = read_picture_file(frame.depth_path, cv2.IMREAD_UNCHANGED, "The depth")
        if raw.ndim != 2:
            raise AssetError(f"The depth '{frame.depth_path}' has colours instead of distances.")
        depth = (raw * depth_unit_m).astype(np.float32)
    return _Raw(np.ascontiguousarray(image), person, hair, head, depth)


def _read_sparse_depth(path: Path, shape: tuple[int, int]) -> Float32:
    """[H, W] metres, 0 where nothing was measured; the layout of pydata sparse's `save_npz`."""
    try:
        if path.stat().st_size > limits.CAPTURE_ARRAYS_BYTES:
            raise AssetError(f"The depth '{path}' is larger than a picture's depth can be.")
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"The depth '{path}' cannot be read.") from error
    arrays = arrays_from_npz(data, f"The depth '{path}'", most_bytes=limits.CAPTURE_ARRAYS_BYTES)
    try:
        return _dense(NamedArrays(arrays), shape)
    except ShapeError as error:
        raise AssetError(f"The depth '{path}' does not fit its picture: {error}.") from error


def _dense(arrays: NamedArrays, shape: tuple[int, int]) -> Float32:
    values, places = arrays.floats("data"), arrays.ints("coords", below=max(shape))
    expect_shapes(data=(values, "N"), coords=(places, "2 N"))
    rows, columns = places
    own = tuple(arrays.ints("shape", below=max(shape) + 1).reshape(-1).tolist())
    if own != shape:
        raise ShapeError(f"shape: expected {shape}, got {own}")
    if np.any(rows >= shape[0]) or np.any(columns >= shape[1]):
        raise ShapeError("coords: outside the picture")
    depth = np.zeros(shape, np.float32)
    depth[rows, columns] = values.clip(min=0)
    return depth


def _coverage(parsing: UInt8, values: frozenset[int]) -> UInt8:
    table = np.zeros(256, np.uint8)
    table[list(values)] = 255
    covered: UInt8 = table[parsing]
    return covered


def _reduced(image: UInt8, size_px: tuple[int, int]) -> UInt8:
    if (image.shape[1], image.shape[0]) == size_px:
        return image
    return np.asarray(cv2.resize(image, size_px, interpolation=cv2.INTER_AREA), np.uint8)


def _nearest(image: Float32, size_px: tuple[int, int]) -> Float32:
    if (image.shape[1], image.shape[0]) == size_px:
        return image
    return np.asarray(cv2.resize(image, size_px, interpolation=cv2.INTER_NEAREST), np.float32)
