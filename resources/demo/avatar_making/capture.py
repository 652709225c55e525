"""Reads a synthetic capture: calibrated views of a posed head (layout in its README)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from avatar_core.geometry import Camera, Float32, UInt8
from avatar_core.heads import BlendshapeHead, HeadParameters

if TYPE_CHECKING:
    from pathlib import Path

HAIR, LASHES = 8, 2
"""Parsing labels: hair; brows and lashes."""


@dataclass(frozen=True, eq=False)
class View:
    """One picture: `image` [S, S, 3] display values 0..1, `parsing` [S, S] labels."""

    expression_name: str
    camera: Camera
    vertices: Float32
    image: Float32
    parsing: UInt8


class Capture:
    """One identity's folder.

    Args:
        folder: holds head_model.npz, hair_strands.npz, albedo.webp and the series.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with np.load(folder / "head_model.npz", allow_pickle=False) as arrays:
            self.head = BlendshapeHead.from_arrays(dict(arrays))

    def albedo(self) -> Float32:
        """[H, W, 3] painted texture, display values 0..1, top row first."""
        return _read_rgb(self.folder / "albedo.webp")

    def strands(self) -> Float32:
        """[N, K, 3] points of the true hair from root to tip, metres."""
        with np.load(self.folder / "hair_strands.npz", allow_pickle=False) as arrays:
            return np.asarray(arrays["points"], np.float32)

    def views(self, series: str, expressions: tuple[str, ...] | None = None) -> list[View]:
        """The views of a series, of the named expressions or of all."""
        index = json.loads((self.folder / f"transforms_{series}.json").read_text())
        return [
            self._view(frame)
            for frame in index["frames"]
            if expressions is None or frame["timestep_id"] in expressions
        ]

    def _view(self, frame: dict[str, Any]) -> View:
        parsing = cv2.imread(str(self.folder / frame["parsing_path"]), cv2.IMREAD_UNCHANGED)
        return View(
            expression_name=frame["timestep_id"],
            camera=_camera(frame),
            vertices=self._posed(self.folder / frame["head_param_path"]),
            image=_read_rgb(self.folder / frame["file_path"]),
            parsing=np.asarray(parsing, np.uint8),
        )

    def _posed(self, path: Path) -> Float32:
        with np.load(path, allow_pickle=False) as stored:
            joints = np.concatenate(
                [stored[key].reshape(-1, 3) for key in _JOINT_KEYS], dtype=np.float32
            )
            return self.head.pose(
                HeadParameters(
                    expression=stored["expression"].ravel().astype(np.float32),
                    joints=joints,
                    translation=stored["translation"].ravel().astype(np.float32),
                )
            )


_JOINT_KEYS = ("rotation", "neck_pose", "jaw_pose", "eyes_pose")


def _camera(frame: dict[str, Any]) -> Camera:
    world_from_camera = np.array(frame["transform_matrix"])
    world_from_camera[:3, 1:3] *= -1  # OpenGL to OpenCV axes
    intrinsics = np.array(
        [[frame["fl_x"], 0, frame["cx"]], [0, frame["fl_y"], frame["cy"]], [0, 0, 1]], np.float32
    )
    view = np.linalg.inv(world_from_camera).astype(np.float32)
    return Camera(view, intrinsics, frame["w"], frame["h"])


def _read_rgb(path: Path) -> Float32:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(path)
    return np.asarray(image[:, :, ::-1], np.float32) / np.float32(255)
