"""Captures: multi-view pictures of one person, with cameras, mattes, labels, depth and poses."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from avatar_core.errors import AssetError
from avatar_core.geometry import Camera, Float32, UInt8
from avatar_core.geometry.camera import view_from_opengl_pose
from avatar_core.heads import HeadParameters

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)
_PICTURES_KEPT = 512


@dataclass(frozen=True, slots=True)
class Labels:
    """Which values of a parsing picture mean what.

    Args:
        person: everything that belongs to the subject.
        hair: drawn by Gaussians.
        head: drawn by the mesh.
        depth_valid: parts whose measured depth can be trusted.
    """

    person: frozenset[int]
    hair: frozenset[int]
    head: frozenset[int]
    depth_valid: frozenset[int]


STUDIO_LABELS = Labels(
    person=frozenset(range(1, 9)),
    hair=frozenset({8}),
    head=frozenset(range(1, 8)),
    depth_valid=frozenset({1, 5, 6}),
)
"""0 background, 1 skin, 2 brows and lashes, 3 eyes, 4 mouth, 5 ears, 6 neck, 7 garment, 8 hair."""

CELEBA_LABELS = Labels(
    person=frozenset(range(1, 18)) - {14},
    hair=frozenset({13, 15}),
    head=frozenset(range(1, 18)) - {13, 14},
    depth_valid=frozenset({1, 2, 4, 5, 6, 7, 12}),
)
"""CelebAMask-HQ: 13 hair, 14 hat, 15 earring; see reference of the MeGA data sets."""


@dataclass(frozen=True, slots=True, eq=False)
class CaptureFrame:
    """One picture. Optional files are None where the capture does not have them."""

    series: str
    timestep: int
    expression_name: str
    camera_index: int
    camera: Camera
    image_path: Path
    mask_path: Path | None
    parsing_path: Path | None
    depth_path: Path | None
    parameters: HeadParameters
    driving: Float32
    has_hair: bool

    @property
    def name(self) -> str:
        """Unique within the capture."""
        return f"{self.series}/{self.timestep:05d}_{self.camera_index:02d}"


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
class Capture:
    """One person's pictures by series, and where they came from."""

    folder: Path
    series: dict[str, tuple[CaptureFrame, ...]]
    labels: Labels
    depth_unit_m: float = 1e-3
    warnings: tuple[str, ...] = field(default=())

    def frames(self, *names: str) -> tuple[CaptureFrame, ...]:
        """Frames of the named series that exist, in order."""
        return tuple(frame for name in names for frame in self.series.get(name, ()))

    def picture(self, frame: CaptureFrame, size_px: tuple[int, int]) -> Picture:
        """The frame's pictures at (width, height), reduced by area."""
        raw = _read_raw(frame, self.labels, self.depth_unit_m)
        return Picture(
            _reduced(raw.image, size_px).astype(np.float32) / 255.0,
            _reduced(raw.person, size_px).astype(np.float32) / 255.0,
            None if raw.hair is None else _reduced(raw.hair, size_px).astype(np.float32) / 255.0,
            None if raw.head is None else _reduced(raw.head, size_px).astype(np.float32) / 255.0,
            None if raw.depth_m is None else _nearest(raw.depth_m, size_px),
        )


def open_capture(folder: Path) -> Capture:
    """Read the index of a capture folder; pictures are read when asked for.

    Args:
        folder: holds `transforms_<series>.json` and what they name.

    Raises:
        AssetError: no index, an unreadable one, or files it names are missing.
    """
    indices = sorted(folder.glob("transforms_*.json"))
    if not indices:
        raise AssetError(
            f"'{folder}' is no capture: it has no transforms_<series>.json.",
            "Choose the folder of one person, e.g. .../synthetic_capture/rosa.",
        )
    series = {}
    unit_mm = 1.0
    for path in indices:
        index = _read_index(path)
        unit_mm = float(index.get("depth_unit_mm", unit_mm))
        name = path.stem.removeprefix("transforms_")
        series[name] = tuple(_frame(folder, name, entry) for entry in index["frames"])
    capture = Capture(folder, series, STUDIO_LABELS, unit_mm / 1000.0, _missing_parts(series))
    for warning in capture.warnings:
        _log.warning("%s: %s", folder, warning)
    return capture


def _read_index(path: Path) -> dict[str, Any]:
    try:
        index = dict(json.loads(path.read_text(encoding="utf-8")))
        frames = list(index["frames"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(f"'{path}' is no readable index of a capture.") from error
    return {**index, "frames": frames}


def _frame(folder: Path, series: str, entry: dict[str, Any]) -> CaptureFrame:
    try:
        parameters, driving = _read_parameters(folder / entry["head_param_path"])
        return CaptureFrame(
            series=series,
            timestep=int(entry["timestep_index"]),
            expression_name=str(entry.get("timestep_id", entry["timestep_index"])),
            camera_index=int(entry["camera_index"]),
            camera=_camera(entry),
            image_path=_existing(folder / entry["file_path"]),
            mask_path=_optional(folder, entry, "fg_mask_path"),
            parsing_path=_optional(folder, entry, "parsing_path"),
            depth_path=_optional(folder, entry, "depth_path"),
            parameters=parameters,
            driving=driving,
            has_hair=bool(entry.get("hair", True)),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise AssetError(f"A frame of series '{series}' in '{folder}' is incomplete.") from error


def _camera(entry: dict[str, Any]) -> Camera:
    view = view_from_opengl_pose(np.asarray(entry["transform_matrix"], np.float64))
    intrinsics = np.array(
        [[entry["fl_x"], 0, entry["cx"]], [0, entry["fl_y"], entry["cy"]], [0, 0, 1]], np.float32
    )
    return Camera(view, intrinsics, int(entry["w"]), int(entry["h"]))


@lru_cache(maxsize=256)
def _read_parameters(path: Path) -> tuple[HeadParameters, Float32]:
    """Head parameters and the driving signal [expression | rotation | neck | jaw | eyes]."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            values = {key: np.asarray(arrays[key], np.float32).ravel() for key in arrays.files}
    except (OSError, ValueError) as error:
        raise AssetError(f"The head parameters '{path}' cannot be read.") from error
    joints = np.concatenate(
        [values[key] for key in ("rotation", "neck_pose", "jaw_pose", "eyes_pose")]
    ).reshape(5, 3)
    parameters = HeadParameters(values["expression"], joints, values["translation"])
    return parameters, np.concatenate([values["expression"], joints.ravel()])


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise AssetError(f"The capture names a file that is missing: '{path}'.")
    return path


def _optional(folder: Path, entry: dict[str, Any], key: str) -> Path | None:
    path = folder / entry[key] if entry.get(key) else None
    return path if path is not None and path.is_file() else None


def _missing_parts(series: dict[str, tuple[CaptureFrame, ...]]) -> tuple[str, ...]:
    frames = [frame for group in series.values() for frame in group]
    missing = []
    if not all(frame.depth_path for frame in frames):
        missing.append("depth is missing for some frames; depth and normal losses skip them")
    if not all(frame.parsing_path for frame in frames):
        missing.append("labels are missing for some frames; hair losses skip them")
    return tuple(missing)


@dataclass(frozen=True, slots=True, eq=False)
class _Raw:
    image: UInt8
    person: UInt8
    hair: UInt8 | None
    head: UInt8 | None
    depth_m: Float32 | None


@lru_cache(maxsize=_PICTURES_KEPT)
def _read_raw(frame: CaptureFrame, labels: Labels, depth_unit_m: float) -> _Raw:
    image = _read_image(frame.image_path, cv2.IMREAD_COLOR)[:, :, ::-1]
    shape = image.shape[:2]
    person = np.full(shape, 255, np.uint8)
    if frame.mask_path is not None:
        person = _read_image(frame.mask_path, cv2.IMREAD_GRAYSCALE)
    hair = head = depth = None
    if frame.parsing_path is not None:
        parsing = _read_image(frame.parsing_path, cv2.IMREAD_GRAYSCALE)
        hair = _coverage(parsing, labels.hair)
        head = _coverage(parsing, labels.head)
    if frame.depth_path is not None:
        raw = _read_image(frame.depth_path, cv2.IMREAD_UNCHANGED)
        depth = (raw * depth_unit_m).astype(np.float32)
    return _Raw(np.ascontiguousarray(image), person, hair, head, depth)


def _read_image(path: Path, flags: int) -> Any:
    image = cv2.imread(str(path), flags)
    if image is None:
        raise AssetError(f"The picture '{path}' cannot be read.", "It may be truncated.")
    return image


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
