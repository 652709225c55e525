"""What makes a folder of pictures a capture: the head, the hair, and an index of each series.

The index has the keys of the NeRSemble and VHAP data sets. Poses are camera to world, OpenGL axes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from synthetic_capture.head.head_file import save_head_model
from synthetic_capture.head.identity_basis import SHAPE_NAMES
from synthetic_capture.series import frames_of
from synthetic_capture.views.cameras import CENTRE_PX, FOCAL_PX, SIZE_PX, camera_pose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from synthetic_capture.series import Frame
    from synthetic_capture.strands.strands import Strands
    from synthetic_capture.subject import Subject

_ANGLE_RAD = float(2 * np.arctan(SIZE_PX / (2 * FOCAL_PX)))
_INTRINSICS = {
    "fl_x": FOCAL_PX,
    "fl_y": FOCAL_PX,
    "cx": CENTRE_PX,
    "cy": CENTRE_PX,
    "w": SIZE_PX,
    "h": SIZE_PX,
    "camera_angle_x": _ANGLE_RAD,
    "camera_angle_y": _ANGLE_RAD,
}


def write_index(subject: Subject, folder: Path, names: Iterable[str]) -> Iterator[str]:
    """Describe the frames of some series that are in an identity's folder.

    Gives a line for each file that was written.
    """
    save_head_model(subject.model, folder / "head_model.npz")
    yield "head_model.npz"
    save_strands(subject.hair, folder / "hair_strands.npz")
    yield "hair_strands.npz"
    for name in names:
        frames = [frame for frame in frames_of([name]) if _is_complete(frame, folder)]
        if frames:
            path = folder / f"transforms_{name}.json"
            path.write_text(json.dumps(series_index(frames), indent=1))
            for expression in {frame.expression: frame for frame in frames}.values():
                _save_parameters(subject, expression, folder)
            yield f"{path.name}: {len(frames)} frames"


def series_index(frames: list[Frame]) -> dict[str, Any]:
    """The index of one series as plain data."""
    return {
        **_INTRINSICS,
        "depth_unit_mm": 1.0,
        "timestep_indices": sorted({frame.timestep for frame in frames}),
        "camera_indices": sorted({frame.camera for frame in frames}),
        "frames": [_entry(frame) for frame in frames],
    }


def save_strands(strands: Strands, path: Path) -> None:
    """Write points [N, K, 3] in half precision, and both radii; metres."""
    np.savez_compressed(
        path,
        points=strands.points.astype(np.float16),
        radius_root=strands.radius_root,
        radius_tip=strands.radius_tip,
    )


def _entry(frame: Frame) -> dict[str, Any]:
    return {
        "timestep_index": frame.timestep,
        "timestep_id": frame.expression,
        "camera_index": frame.camera,
        "camera_id": f"{frame.camera:02d}",
        **_INTRINSICS,
        "transform_matrix": camera_pose(frame.camera).tolist(),
        **frame.files,
        "head_param_path": _parameter_path(frame),
        "hair": frame.has_hair,
    }


def _is_complete(frame: Frame, folder: Path) -> bool:
    return all((folder / path).exists() for path in frame.files.values())


def _parameter_path(frame: Frame) -> str:
    return f"head_param/{frame.timestep:05d}.npz"


def _save_parameters(subject: Subject, frame: Frame, folder: Path) -> None:
    """Write the head's parameters in a frame; only expression and eyes vary in a capture."""
    path = folder / _parameter_path(frame)
    path.parent.mkdir(exist_ok=True)
    expression, still = subject.expression(frame.expression), np.zeros((1, 3), np.float32)
    np.savez(
        path,
        expression=expression[None],
        neck_pose=still,
        jaw_pose=still,
        eyes_pose=subject.model.eyes_pose(expression).reshape(1, 6).astype(np.float32),
        rotation=still,
        translation=still,
        shape=np.zeros(len(SHAPE_NAMES), np.float32),
    )
