"""A capture of a ball with hair: a few small pictures with everything a real capture has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.geometry import look_at
from avatar_core.heads import BlendshapeHead
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 32
FOCAL = 80.0


def ball_arrays() -> dict[str, np.ndarray]:
    """Arrays of a ball of 10 cm: the upper third is scalp, jawOpen pulls the lower part down."""
    rings, spokes = 9, 12
    polar = np.linspace(0.15, np.pi - 0.15, rings)
    azimuth = np.linspace(0, 2 * np.pi, spokes, endpoint=False)
    grid_p, grid_a = np.meshgrid(polar, azimuth, indexing="ij")
    vertices = 0.1 * np.stack(
        [np.sin(grid_p) * np.sin(grid_a), np.cos(grid_p), np.sin(grid_p) * np.cos(grid_a)], -1
    ).reshape(-1, 3)
    faces = []
    for ring in range(rings - 1):
        for spoke in range(spokes):
            a, b = ring * spokes + spoke, ring * spokes + (spoke + 1) % spokes
            faces += [(a, a + spokes, b), (b, a + spokes, b + spokes)]
    count = len(vertices)
    uv = np.stack([grid_a / (2 * np.pi), 1 - grid_p / np.pi], -1).reshape(-1, 2)
    deltas = np.zeros((52, count, 3), np.float32)
    deltas[ARKIT_UNITS.index("jawOpen"), vertices[:, 1] < -0.03, 1] = -0.02
    weights = np.zeros((count, 5), np.float32)
    weights[:, 1] = 1
    return {
        "vertices": vertices.astype(np.float32),
        "faces": np.array(faces, np.int32),
        "uv": uv.astype(np.float32),
        "uv_faces": np.array(faces, np.int32),
        "part_names": np.array(["skin"]),
        "face_part": np.zeros(len(faces), np.uint8),
        "scalp_vertex_ids": np.flatnonzero(vertices[:, 1] > 0.04).astype(np.int32),
        "landmark_face_ids": np.zeros(1, np.int32),
        "landmark_barycentric": np.full((1, 3), 1 / 3, np.float32),
        "expression_names": np.array(ARKIT_UNITS),
        "expression_deltas": deltas,
        "eye_look_axis_angle": np.zeros((52, 2, 3), np.float32),
        "joint_names": np.array(["root", "neck", "jaw", "left_eye", "right_eye"]),
        "joints": np.zeros((5, 3), np.float32),
        "parents": np.array([-1, 0, 1, 1, 1], np.int32),
        "skin_weights": weights,
        "eye_centres": np.zeros((2, 3), np.float32),
    }


@pytest.fixture
def ball_head() -> BlendshapeHead:
    return BlendshapeHead.from_arrays(ball_arrays())


@pytest.fixture
def capture_folder(tmp_path: Path) -> Path:
    """Series hair, face and full: two expressions seen by three cameras."""
    folder = tmp_path / "ball"
    rng = np.random.default_rng(4)
    (folder / "head_param").mkdir(parents=True)
    np.savez(folder / "head_model.npz", **ball_arrays())
    for timestep, opening in enumerate((0.0, 0.8)):
        expression = np.zeros((1, 52), np.float32)
        expression[0, ARKIT_UNITS.index("jawOpen")] = opening
        zeros = np.zeros((1, 3), np.float32)
        np.savez(
            folder / "head_param" / f"{timestep:05d}.npz",
            expression=expression,
            rotation=zeros,
            neck_pose=zeros,
            jaw_pose=zeros,
            eyes_pose=np.zeros((1, 6), np.float32),
            translation=zeros,
        )
    for series, timesteps, hair in (("hair", 1, True), ("face", 2, False), ("full", 2, True)):
        frames = [
            _frame(folder, rng, series, timestep, camera, hair)
            for timestep in range(timesteps)
            for camera in range(3)
        ]
        index = {"frames": frames, "depth_unit_mm": 1.0}
        (folder / f"transforms_{series}.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def _frame(
    folder: Path, rng: np.random.Generator, series: str, timestep: int, camera: int, hair: bool
) -> dict[str, object]:
    angle = (camera - 1) * 0.5
    eye = 0.5 * np.array([np.sin(angle), 0, np.cos(angle)], np.float32)
    pose = np.linalg.inv(look_at(eye, np.zeros(3, np.float32))) @ np.diag([1.0, -1, -1, 1])
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    inside = (rows - SIZE / 2) ** 2 + (columns - SIZE / 2) ** 2 < 16**2
    above = inside & (rows < 9) & hair
    image = np.full((SIZE, SIZE, 3), 255, np.uint8)
    image[inside] = (150, 160, 220)  # blue, green, red
    image[inside] = image[inside] + rng.integers(0, 20, (int(inside.sum()), 3)).astype(np.uint8)
    image[above] = (20, 40, 70)
    labels = np.where(above, 8, np.where(inside, 1, 0)).astype(np.uint8)
    name = f"{timestep:05d}_{camera:02d}.png"
    for kind, picture in (
        ("images", image),
        ("fg_masks", inside.astype(np.uint8) * 255),
        ("parsing", labels),
        ("depth", np.where(inside, 400, 0).astype(np.uint16)),
    ):
        (folder / series / kind).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / series / kind / name), picture)
    return {
        "timestep_index": timestep,
        "timestep_id": ["neutral", "open"][timestep],
        "camera_index": camera,
        "fl_x": FOCAL,
        "fl_y": FOCAL,
        "cx": SIZE / 2,
        "cy": SIZE / 2,
        "w": SIZE,
        "h": SIZE,
        "transform_matrix": pose.tolist(),
        "file_path": f"{series}/images/{name}",
        "fg_mask_path": f"{series}/fg_masks/{name}",
        "parsing_path": f"{series}/parsing/{name}",
        "depth_path": f"{series}/depth/{name}",
        "head_param_path": f"head_param/{timestep:05d}.npz",
        "hair": hair,
    }
