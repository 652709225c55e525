"""Captures: multi-view pictures of one person, with cameras, mattes, labels, depth and poses.

Two layouts are read, told apart by what their entries name: the studio's own
(`capture_studio`) and that of VHAP and MeGA (`capture_vhap`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError
from avatar_core.training import capture_studio, capture_vhap
from avatar_core.training.capture_frames import CELEBA_LABELS as CELEBA_LABELS
from avatar_core.training.capture_frames import STUDIO_LABELS as STUDIO_LABELS
from avatar_core.training.capture_frames import CaptureFrame as CaptureFrame
from avatar_core.training.capture_frames import Labels as Labels
from avatar_core.training.capture_index import read_index
from avatar_core.training.capture_pictures import Picture as Picture
from avatar_core.training.capture_pictures import read_picture

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.heads import HeadParameters

_log = logging.getLogger(__name__)
_LARGEST_DEPTH_UNIT_MM = 1e6
_PREFIX = "transforms_"
_BACKUP = "backup"


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """One person's pictures by series, and where they came from.

    Args:
        folder: of the capture.
        series: frames by the names the trainer knows: hair, face, full, test and others.
        labels: what the parsing pictures mean.
        depth_unit_m: metres of one step of a depth picture.
        warnings: a sentence for everything that is missing.
        flame_identity: [S] the person's FLAME identity where the capture was tracked with FLAME;
            None where it brings its own head.
        canonical: the pose of the series hair, or None for the head at rest.
    """

    folder: Path
    series: dict[str, tuple[CaptureFrame, ...]]
    labels: Labels
    depth_unit_m: float = 1e-3
    warnings: tuple[str, ...] = field(default=())
    flame_identity: Float32 | None = None
    canonical: HeadParameters | None = None

    def frames(self, *names: str) -> tuple[CaptureFrame, ...]:
        """Frames of the named series that exist, in order."""
        return tuple(frame for name in names for frame in self.series.get(name, ()))

    def picture(self, frame: CaptureFrame, size_px: tuple[int, int]) -> Picture:
        """The frame's pictures at (width, height), reduced by area."""
        return read_picture(frame, self.labels, self.depth_unit_m, size_px)


def open_capture(folder: Path) -> Capture:
    """Read the index of a capture folder; pictures are read when asked for.

    Args:
        folder: holds `transforms_<series>.json` and what they name.

    Raises:
        AssetError: no index, an unreadable one, or files it names are missing, damaged, or outside
            of the capture and the folders beside it.
    """
    capture = capture_of(folder, read_indices(folder))
    for warning in capture.warnings:
        _log.warning("%s: %s", folder, warning)
    return capture


def capture_of(folder: Path, indices: dict[str, dict[str, Any]]) -> Capture:
    """The capture that indices describe, by series; what `open_capture` raises.

    Args:
        folder: of the capture.
        indices: from `read_indices`, or fewer frames of it.
    """
    if any(capture_vhap.PARAMETERS in entry for entry in _first_entries(indices)):
        return _vhap_capture(folder, indices)
    return _studio_capture(folder, indices)


def read_indices(folder: Path) -> dict[str, dict[str, Any]]:
    """The indices of a capture folder by series, each with its list `frames` of entries.

    Raises:
        AssetError: there is none, or one is unreadable.
    """
    named = {path.stem.removeprefix(_PREFIX): path for path in folder.glob(f"{_PREFIX}*.json")}
    paths = {name: named[name] for name in sorted(named) if not name.startswith(_BACKUP)}
    whole = folder / "transforms.json"
    if not paths and whole.is_file():
        paths = {whole.stem: whole}
    if not paths:
        raise AssetError(
            f"'{folder}' is no capture: it has no transforms_<series>.json.",
            "Choose the folder of one person, e.g. .../synthetic_capture/rosa.",
        )
    return {name: read_index(path) for name, path in paths.items()}


def _first_entries(indices: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [index["frames"][0] for index in indices.values() if index["frames"]]


def _studio_capture(folder: Path, indices: dict[str, dict[str, Any]]) -> Capture:
    series = capture_studio.studio_series(folder, indices)
    unit_mm = 1.0
    for index in indices.values():
        unit_mm = _depth_unit_mm(folder, index.get("depth_unit_mm", unit_mm))
    return Capture(folder, series, STUDIO_LABELS, unit_mm / 1000.0, _missing_parts(series))


def _depth_unit_mm(folder: Path, value: object) -> float:
    if not isinstance(value, int | float) or not 0 < value <= _LARGEST_DEPTH_UNIT_MM:
        raise AssetError(f"The capture '{folder}' has an impossible depth unit ({value!r:.40}).")
    return float(value)


def _vhap_capture(folder: Path, indices: dict[str, dict[str, Any]]) -> Capture:
    reading = capture_vhap.vhap_series(folder, indices)
    return Capture(
        folder,
        reading.series,
        CELEBA_LABELS,
        warnings=_missing_parts(reading.series) + reading.warnings,
        flame_identity=reading.identity,
        canonical=reading.canonical,
    )


def _missing_parts(series: dict[str, tuple[CaptureFrame, ...]]) -> tuple[str, ...]:
    frames = [frame for group in series.values() for frame in group]
    missing = []
    if not all(frame.depth_path for frame in frames):
        missing.append("depth is missing for some frames; depth and normal losses skip them")
    if not all(frame.parsing_path for frame in frames):
        missing.append("labels are missing for some frames; hair losses skip them")
    return tuple(missing)
