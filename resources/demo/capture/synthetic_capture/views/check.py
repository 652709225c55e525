"""Holds a finished capture against its own head_model.npz."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from synthetic_capture.head.posing import skinned
from synthetic_capture.views.cameras import in_camera
from synthetic_capture.views.images import read_image
from synthetic_capture.views.raster import mesh_depth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from synthetic_capture.mesh.arrays import Float, Int32, UInt8

_FILE_KEYS = ("file_path", "fg_mask_path", "parsing_path", "depth_path", "head_param_path")
_POSE_KEYS = ("rotation", "neck_pose", "jaw_pose", "eyes_pose")
_ROUNDING_MM = 0.6
_LEAST_OVERLAP = 0.99
_MOST_WRONG_DEPTH = 0.001
_OVERLAY_CAMERAS = (0, 5, 8, 14)
_OVERLAYS = 4
_EDGE_COLOUR, _LANDMARK_COLOUR = (0, 220, 60), (255, 0, 0)


@dataclass
class SeriesReport:
    """What was found in one series.

    Args:
        name: of the index file.
        has_hair: whether the pictures show hair.
        missing: files that the index names and that are not there.
        overlaps: for each frame, of mesh and alpha: their intersection over their union, or with
            hair the share of the mesh within alpha.
        wrong_depths: for each frame, the pixels whose depth differs from the mesh's by more than
            rounding, as a share of the mesh.
        overlays: a few pictures with the mesh's parts and landmarks drawn in.
    """

    name: str
    has_hair: bool
    missing: list[str] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    wrong_depths: list[float] = field(default_factory=list)
    overlays: list[UInt8] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether files, silhouettes and depths agree with the head."""
        return (
            not self.missing
            and min(self.overlaps) >= _LEAST_OVERLAP
            and max(self.wrong_depths) <= _MOST_WRONG_DEPTH
        )


def checked(folder: Path) -> Iterator[SeriesReport]:
    """A report on each series of an identity's folder."""
    head = _arrays(folder / "head_model.npz")
    for path in sorted(folder.glob("transforms_*.json")):
        frames = json.loads(path.read_text())["frames"]
        report = SeriesReport(path.name, has_hair=frames[0]["hair"])
        for frame in frames:
            missing = [frame[key] for key in _FILE_KEYS if not (folder / frame[key]).exists()]
            report.missing += missing
            if not missing:
                _check_frame(folder, frame, head, report)
        yield report


def posed_vertices(
    head: Mapping[str, NDArray[Any]], parameters: Mapping[str, NDArray[Any]]
) -> Float:
    """The mesh of a frame, from stored arrays alone.

    Args:
        head: arrays of head_model.npz.
        parameters: arrays of a file of head_param.

    Returns:
        [V, 3] metres.
    """
    shape, expression = parameters["shape"], parameters["expression"].ravel()
    rest = head["vertices"] + np.einsum("k,kvc->vc", shape, head["shape_deltas"])
    rest = rest + np.einsum("k,kvc->vc", expression, head["expression_deltas"])
    joints = head["joints"] + np.einsum("k,kjc->jc", shape, head["joint_shape_deltas"])
    rotations = np.concatenate([parameters[key].reshape(-1, 3) for key in _POSE_KEYS])
    posed = skinned(
        rest.astype(np.float64), head["skin_weights"], joints, head["parents"].tolist(), rotations
    )
    return posed + parameters["translation"].ravel()


def _check_frame(
    folder: Path, frame: dict[str, Any], head: dict[str, NDArray[Any]], report: SeriesReport
) -> None:
    vertices = posed_vertices(head, _arrays(folder / frame["head_param_path"]))
    pose = np.array(frame["transform_matrix"])
    depth, ids = mesh_depth(vertices, head["faces"], pose, frame["fl_x"], frame["w"])
    is_mesh = ids >= 0
    is_figure = read_image(folder / frame["fg_mask_path"]) > 127
    whole = is_mesh if report.has_hair else is_mesh | is_figure
    report.overlaps.append(float((is_figure & is_mesh).sum() / whole.sum()))
    stored = read_image(folder / frame["depth_path"]).astype(float)
    expected = np.where(is_mesh, depth * 1000, 0)
    is_wrong = np.abs(stored - expected) > _ROUNDING_MM
    report.wrong_depths.append(float(is_wrong.sum() / is_mesh.sum()))
    wants_overlay = frame["camera_index"] in _OVERLAY_CAMERAS and frame["timestep_index"] > 0
    if wants_overlay and len(report.overlays) < _OVERLAYS:
        report.overlays.append(_overlay(folder / frame["file_path"], frame, head, vertices, ids))


def _overlay(
    path: Path, frame: dict[str, Any], head: dict[str, NDArray[Any]], vertices: Float, ids: Int32
) -> UInt8:
    """The picture [H, W, 3] with borders of parts in green and landmarks in red."""
    image = read_image(path)[..., :3].copy()
    part = np.where(ids >= 0, head["face_part"][ids], 255)
    is_edge = np.zeros(part.shape, bool)
    is_edge[:-1] |= part[:-1] != part[1:]
    is_edge[:, :-1] |= part[:, :-1] != part[:, 1:]
    image[is_edge] = _EDGE_COLOUR
    corners = vertices[head["faces"][head["landmark_face_ids"]]]
    landmarks = np.einsum("lk,lkc->lc", head["landmark_barycentric"], corners)
    points = in_camera(landmarks, np.array(frame["transform_matrix"]))
    pixels = frame["fl_x"] * points[:, :2] / points[:, 2:] + frame["cx"]
    for x, y in pixels.astype(int):
        image[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] = _LANDMARK_COLOUR
    return image


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as stored:
        return dict(stored)
