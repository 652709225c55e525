"""Synthetic people as a portrait model learns from them: pictures with everything known about them.

A data set is a folder with `people.json` and one folder a person. It may still grow while it is
read: persons are written whole, and what is listed but not there yet is passed over.
"""

from __future__ import annotations

import copy
import json
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.motion import ARKIT_UNITS
from avatar_core.training.npz import read_npz

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar_core.geometry import Float32, Int32, UInt8

INDEX = "people.json"
FRAMES = "frames.npz"
CROSS = "cross.npz"
"""The same person as drivers of the set move it, for evaluation; arrays as in `FRAMES`."""
SPLITS = ("train", "val", "test")

_MIB = 1 << 20
_MOST_READERS = 16
_EYES = (slice(36, 42), slice(42, 48))
_MOUTH = slice(48, 60)
_FACE = 64
_GROWN = 0.25
"""How far the regions of eyes and mouth reach beyond their landmarks, in their widths."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """All pictures of one person, F frames of S x S pixels.

    Image space is x right, y down, z away from the viewer, -1..1 over the picture; canonical space
    is that of the person's neutral head.

    Args:
        name: of the person's folder.
        images: [F, S, S, 3] uint8 sRGB.
        masks: [F, S, S] uint8, the person: head, hair, neck.
        details: [F, S, S] uint8, 255 about the eyes and the mouth, 64 in the rest of the face.
        weights: [F, 52] in the order of `ARKIT_UNITS`.
        gaze: [F, 2, 2] (yaw, pitch) of the (left, right) eye, radians.
        theta: [F, 4, 4] canonical from image space.
        landmarks: [F, 68, 3] image space.
        depth: [F, G, G] z of the visible surface on a grid over the picture, NaN where none is.
        neutral: [F, G, G, 3] canonical place of the same surface point on the neutral head.
    """

    name: str
    images: UInt8
    masks: UInt8
    details: UInt8
    weights: Float32
    gaze: Float32
    theta: Float32
    landmarks: Float32
    depth: Float32
    neutral: Float32

    def __len__(self) -> int:
        return len(self.images)

    @property
    def nbytes(self) -> int:
        """Memory its arrays take."""
        arrays = (self.images, self.masks, self.details, self.depth, self.neutral)
        return sum(array.nbytes for array in arrays)


class People:
    """Persons of one split, read when they are asked for and kept while there is room.

    Args:
        folder: of the data set.
        split: "train", "val" or "test".
        image_size: pictures are brought to this size.
        most_mib: memory to keep persons in.

    Raises:
        AssetError: the folder holds no such data set.
    """

    def __init__(self, folder: Path, split: str, image_size: int, most_mib: int = 4096) -> None:
        self.folder = folder
        self._split = split
        self._image_size = image_size
        self._most_bytes = most_mib * _MIB
        self._kept: OrderedDict[str, Person] = OrderedDict()
        self.names: tuple[str, ...] = ()
        self.refresh()

    def __len__(self) -> int:
        return len(self.names)

    def refresh(self) -> None:
        """Look which persons are there by now.

        Raises:
            AssetError: `people.json` is missing or damaged.
        """
        listed = [name for name, split in read_index(self.folder) if split == self._split]
        self.names = tuple(name for name in listed if (self.folder / name / FRAMES).is_file())

    @property
    def image_size(self) -> int:
        """Side of the pictures, pixels."""
        return self._image_size

    def only(self, *names: str) -> People:
        """Some of the persons, kept together with all."""
        chosen = copy.copy(self)
        chosen.names = names
        return chosen

    def person(self, name: str) -> Person:
        """One person.

        Raises:
            AssetError: the files are damaged.
        """
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        person = self._read(name)
        self._kept[name] = person
        while len(self._kept) > 1 and self._bytes() > self._most_bytes:
            self._kept.popitem(last=False)
        return person

    def each(self) -> Iterator[Person]:
        """All persons in turn, a few read ahead on other threads; none is kept.

        Raises:
            AssetError: the files are damaged.
        """
        count = min(os.cpu_count() or 1, _MOST_READERS)
        with ThreadPoolExecutor(count) as readers:
            for start in range(0, len(self.names), count):
                yield from readers.map(self._read, self.names[start : start + count])

    def _read(self, name: str) -> Person:
        return read_person(self.folder / name, self._image_size)

    def _bytes(self) -> int:
        return sum(person.nbytes for person in self._kept.values())


def read_index(folder: Path) -> list[tuple[str, str]]:
    """Folder names and splits of all persons of a data set, in its order.

    Raises:
        AssetError: `people.json` is missing or damaged.
    """
    path = folder / INDEX
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(str(person["name"]), str(person["split"])) for person in content["persons"]]
    except OSError as error:
        raise AssetError(
            f"'{folder}' holds no people to learn from: {INDEX} cannot be read.",
            "Make a set with make-people, or choose the folder of one.",
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AssetError(f"'{path}' is damaged.", "Make the set again.") from error
    if any("/" in name or "\\" in name or name.startswith(".") for name, _ in pairs):
        raise AssetError(f"'{path}' names folders outside of the set.", "Make the set again.")
    return pairs


def read_person(folder: Path, image_size: int, file: str = FRAMES) -> Person:
    """The frames in a person's folder, pictures brought to a size.

    Args:
        folder: of the person.
        image_size: of the pictures, pixels.
        file: `FRAMES`, or `CROSS` where there is one.

    Raises:
        AssetError: they are missing or damaged.
    """
    try:
        arrays = read_npz(folder / file)
        _expect_frames(arrays)
    except (OSError, ValueError, KeyError) as error:
        raise AssetError(
            f"The frames of '{folder.name}' cannot be read: {error}", "Make this person again."
        ) from error
    landmarks = arrays["landmarks"].astype(np.float32)
    return Person(
        name=folder.name,
        images=_resized(np.asarray(arrays["images"], np.uint8), image_size),
        masks=_resized(np.asarray(arrays["masks"], np.uint8), image_size),
        details=detail_maps(landmarks, image_size),
        weights=arrays["weights"].astype(np.float32),
        gaze=arrays["gaze"].astype(np.float32),
        theta=arrays["theta"].astype(np.float32),
        landmarks=landmarks,
        depth=arrays["depth"].astype(np.float32),
        neutral=arrays["neutral"].astype(np.float32),
    )


def _expect_frames(arrays: dict[str, Any]) -> None:
    count, size = arrays["images"].shape[:2]
    grid = arrays["depth"].shape[-1]
    shapes = {
        "images": (count, size, size, 3),
        "masks": (count, size, size),
        "weights": (count, len(ARKIT_UNITS)),
        "gaze": (count, 2, 2),
        "theta": (count, 4, 4),
        "landmarks": (count, 68, 3),
        "depth": (count, grid, grid),
        "neutral": (count, grid, grid, 3),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name}: expected {shape}, got {arrays[name].shape}")
    if count == 0 or arrays["images"].dtype != np.uint8 or arrays["masks"].dtype != np.uint8:
        raise ValueError("no frames, or pictures that are not uint8")


def _resized(pictures: UInt8, size: int) -> UInt8:
    """Pictures [F, S, S, ...] brought to `size`, averaging over the area of a pixel."""
    import cv2

    if pictures.shape[1] == size:
        return pictures
    way = cv2.INTER_AREA if pictures.shape[1] > size else cv2.INTER_LINEAR
    return np.stack([cv2.resize(picture, (size, size), interpolation=way) for picture in pictures])


def detail_maps(landmarks: Float32, size: int) -> UInt8:
    """[F, size, size] uint8 of landmarks [F, 68, 3]: 255 about eyes and mouth, 64 in the face."""
    import cv2

    maps = np.zeros((len(landmarks), size, size), np.uint8)
    flat = (landmarks[..., :2] + 1) / 2 * size
    for drawn, points in zip(maps, flat, strict=True):
        cv2.fillConvexPoly(drawn, _hull(points), _FACE)
        for part in (*_EYES, _MOUTH):
            width = float(np.ptp(points[part], 0).max())
            hull = _hull(points[part])
            cv2.fillConvexPoly(drawn, hull, 255)
            cv2.polylines(drawn, [hull], True, 255, max(1, round(2 * _GROWN * width)))
    return maps


def _hull(points: Float32) -> Int32:
    import cv2

    return np.asarray(cv2.convexHull(points.round().astype(np.int32)), np.int32)
