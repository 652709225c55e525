"""Captures as VHAP exports NeRSemble and MeGA completes it: FLAME poses, derived file names.

Splits become the series that the trainer knows: `train` (or a lone `transforms.json`) is "full",
`onef`, one timestep of a resting face, is "hair", every other split keeps its name: `test` is what
avatars are measured with, `val` and painted splits are not trained on. Without `onef` the timestep
of `train` whose face rests most stands in for it.

Source:
    Qian et al. 2024, VHAP; Wang et al., MeGA, arXiv:2404.19026, supplementary data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.heads import HeadParameters
from avatar_core.io import limits
from avatar_core.io.arrays import arrays_from_npz
from avatar_core.training.capture_frames import CaptureFrame
from avatar_core.training.capture_index import camera_of, existing, if_there, place_of

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = "flame_param_path"
"""The entry by which this layout is recognised."""

_SERIES = {"train": "full", "transforms": "full", "onef": "hair"}
_JOINTS = {"rotation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 6}
_PICTURES = "images"
_PARAMETER_BYTES = 16 * limits.MIB

Series = dict[str, tuple[CaptureFrame, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class VhapReading:
    """Frames by series, and the person.

    Args:
        series: under the trainer's names.
        identity: [S] FLAME's identity coefficients; the frames' parameters have their own only
            where it differs.
        canonical: the pose of the series "hair", in whose space the hair is made.
        warnings: a sentence for everything that was replaced.
    """

    series: Series
    identity: Float32
    canonical: HeadParameters
    warnings: tuple[str, ...]


def vhap_series(folder: Path, indices: dict[str, dict[str, Any]]) -> VhapReading:
    """Frames by series of a VHAP or MeGA capture.

    Args:
        folder: of the capture; files may lie in the sequences beside it.
        indices: from `read_index`, by split.

    Raises:
        AssetError: a frame is incomplete, a file that it needs is missing or damaged, FLAME
            parameters have a wrong shape, or a path leads elsewhere.
    """
    poses: dict[Path, HeadParameters] = {}
    series: Series = {}
    for split, index in indices.items():
        name = _SERIES.get(split, split)
        frames = tuple(_frame(folder, name, entry, poses) for entry in index["frames"])
        series[name] = series.get(name, ()) + frames
    identity = _identity(folder, series, poses)
    series, warnings = _with_one_hair_pose(series)
    own = {id(pose): _without(pose, identity) for pose in poses.values()}
    series = {
        name: tuple(replace(frame, parameters=own[id(frame.parameters)]) for frame in frames)
        for name, frames in series.items()
    }
    resting = series.get("hair") or next(frames for frames in series.values() if frames)
    return VhapReading(series, identity, resting[0].parameters, warnings)


def _frame(
    folder: Path, series: str, entry: dict[str, Any], poses: dict[Path, HeadParameters]
) -> CaptureFrame:
    try:
        path = place_of(folder, entry[PARAMETERS])
        if path not in poses:
            poses[path] = _read_parameters(path)
        image = existing(place_of(folder, entry["file_path"]))
        mask = entry.get("fg_mask_path")
        return CaptureFrame(
            series=series,
            timestep=int(entry["timestep_index"]),
            expression_name=str(entry.get("timestep_id", entry["timestep_index"])),
            camera_index=int(entry["camera_index"]),
            camera=camera_of(entry),
            image_path=image,
            mask_path=if_there(
                place_of(folder, mask) if mask else _beside(image, "fg_masks", image.name)
            ),
            parsing_path=if_there(_beside(image, "parsing", f"{image.stem}_labels.png")),
            depth_path=if_there(_beside(image, "depths", f"{image.stem}.npz")),
            parameters=poses[path],
            has_hair=True,
        )
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise AssetError(f"A frame of series '{series}' in '{folder}' is incomplete.") from error


def _beside(image: Path, kind: str, name: str) -> Path | None:
    return image.parent.with_name(kind) / name if image.parent.name == _PICTURES else None


def _read_parameters(path: Path) -> HeadParameters:
    """One timestep's parameters, with their identity; offsets of vertices are left out."""
    try:
        if path.stat().st_size > _PARAMETER_BYTES:
            raise AssetError(f"'{path}' is larger than one timestep's FLAME parameters can be.")
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"The FLAME parameters '{path}' cannot be read.") from error
    arrays = arrays_from_npz(data, f"'{path}'", most_bytes=_PARAMETER_BYTES)
    try:
        reader = NamedArrays(arrays)
        rows = {name: reader.floats(name) for name in ("expr", "translation", *_JOINTS)}
        shape = reader.floats("shape")
        expect_shapes(
            shape=(shape[0] if shape.ndim == 2 and len(shape) == 1 else shape, "S"),
            expr=(rows["expr"], "1 E"),
            translation=(rows["translation"], "1 3"),
            **{name: (rows[name], f"1 {width}") for name, width in _JOINTS.items()},
        )
    except ShapeError as error:
        raise AssetError(f"'{path}' holds no FLAME parameters of one timestep: {error}.") from error
    joints = np.concatenate([rows[name].ravel() for name in _JOINTS]).reshape(5, 3)
    # Copies: torch wants arrays that may be written to.
    expression, translation = rows["expr"][0].copy(), rows["translation"][0].copy()
    return HeadParameters(expression, joints, translation, shape.flatten())


def _identity(folder: Path, series: Series, poses: dict[Path, HeadParameters]) -> Float32:
    """The identity of the hair's timestep, or of the first one."""
    widths = {(len(pose.expression), _shape_of(pose).size) for pose in poses.values()}
    if not widths:
        raise AssetError(f"The capture '{folder}' has no frames.")
    if len(widths) > 1:
        raise AssetError(f"The timesteps of '{folder}' differ in their numbers of coefficients.")
    first = series.get("hair") or next(frames for frames in series.values() if frames)
    return _shape_of(first[0].parameters)


def _shape_of(pose: HeadParameters) -> Float32:
    return np.zeros(0, np.float32) if pose.shape is None else pose.shape


def _without(pose: HeadParameters, identity: Float32) -> HeadParameters:
    same = np.array_equal(_shape_of(pose), identity)
    return replace(pose, shape=None) if same else pose


def _with_one_hair_pose(series: Series) -> tuple[Series, tuple[str, ...]]:
    """The series "hair" with one pose only: its Gaussians are drawn where they are made."""
    hair = series.get("hair", ())
    if hair:
        kept = tuple(frame for frame in hair if frame.parameters is hair[0].parameters)
        said = ("the neutral split has several timesteps; the first is used",)
        return {**series, "hair": kept}, said if len(kept) < len(hair) else ()
    full = series.get("full", ())
    if not full:
        return series, ()
    resting = min(full, key=_unrest).parameters
    kept = tuple(replace(f, series="hair") for f in full if f.parameters is resting)
    said = (f"there is no neutral split 'onef'; timestep {kept[0].timestep} stands in for it",)
    return {**series, "hair": kept}, said


def _unrest(frame: CaptureFrame) -> float:
    """How far a face is from rest: its expression and its jaw."""
    parameters = frame.parameters
    return float(np.linalg.norm(parameters.expression) + np.linalg.norm(parameters.joints[2]))
