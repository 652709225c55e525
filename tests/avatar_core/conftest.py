"""A small head and a small avatar: every feature of the real ones on a few dozen vertices."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud
from avatar_core.heads import BlendshapeHead
from avatar_core.motion import ARKIT_UNITS
from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind


@pytest.fixture
def head_arrays() -> dict[str, np.ndarray]:
    """Arrays of a head of 40 vertices: random, but valid in every respect."""
    rng = np.random.default_rng(7)
    vertices, faces, joints = 40, 30, 5
    deltas = 0.01 * rng.standard_normal((52, vertices, 3)).astype(np.float32)
    deltas[:, ::4] = 0  # a quarter of the vertices never moves
    look = np.zeros((52, 2, 3), np.float32)
    for side, (name, sign) in enumerate((("Left", 1), ("Right", -1))):
        for unit, axis in (
            ("Down", (0.2, 0, -0.01)),
            ("Up", (-0.17, 0, -0.01)),
            ("Out", (0, 0.26 * sign, 0.01)),
            ("In", (0, -0.27 * sign, -0.01)),
        ):
            look[ARKIT_UNITS.index(f"eyeLook{unit}{name}"), side] = axis
    weights = rng.random((vertices, joints)).astype(np.float32)
    return {
        "vertices": 0.1 * rng.standard_normal((vertices, 3)).astype(np.float32),
        "faces": rng.integers(0, vertices, (faces, 3)).astype(np.int32),
        "uv": rng.random((50, 2)).astype(np.float32),
        "uv_faces": rng.integers(0, 50, (faces, 3)).astype(np.int32),
        "part_names": np.array(["skin", "scalp"]),
        "face_part": rng.integers(0, 2, faces).astype(np.uint8),
        "scalp_vertex_ids": np.arange(0, vertices, 4, dtype=np.int32),
        "landmark_face_ids": rng.integers(0, faces, 6).astype(np.int32),
        "landmark_barycentric": np.full((6, 3), 1 / 3, np.float32),
        "expression_names": np.array(ARKIT_UNITS),
        "expression_deltas": deltas,
        "eye_look_axis_angle": look,
        "joint_names": np.array(["root", "neck", "jaw", "left_eye", "right_eye"]),
        "joints": 0.1 * rng.standard_normal((joints, 3)).astype(np.float32),
        "parents": np.array([-1, 0, 1, 1, 1], np.int32),
        "skin_weights": weights / weights.sum(1, keepdims=True),
        "eye_centres": np.array([[0.03, 0, 0.05], [-0.03, 0, 0.05]], np.float32),
        "shape_names": np.array(["wide", "long"]),
        "shape_deltas": 0.01 * rng.standard_normal((2, vertices, 3)).astype(np.float32),
        "joint_shape_deltas": 0.01 * rng.standard_normal((2, joints, 3)).astype(np.float32),
    }


@pytest.fixture
def small_head(head_arrays: dict[str, np.ndarray]) -> BlendshapeHead:
    return BlendshapeHead.from_arrays(head_arrays)


@pytest.fixture
def small_avatar(head_arrays: dict[str, np.ndarray]) -> AvatarAsset:
    """An avatar whose scalp turns with the neck alone, with 20 Gaussians of degree 1."""
    rng = np.random.default_rng(11)
    skin_weights = head_arrays["skin_weights"].copy()
    skin_weights[head_arrays["scalp_vertex_ids"]] = (0, 1, 0, 0, 0)
    quats = rng.standard_normal((20, 4)).astype(np.float32)
    hair = GaussianCloud(
        means=0.1 * rng.standard_normal((20, 3)).astype(np.float32),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        scales=rng.uniform(1e-4, 1e-2, (20, 3)).astype(np.float32),
        opacities=rng.random(20).astype(np.float32),
        sh=rng.standard_normal((20, 4, 3)).astype(np.float32),
        flags=rng.integers(0, 16, 20).astype(np.uint8),
    )
    texture = rng.integers(0, 256, (16, 12, 3)).astype(np.uint8)
    return AvatarAsset(
        name="Ada",
        description="Made for tests.",
        head=BlendshapeHead.from_arrays({**head_arrays, "skin_weights": skin_weights}),
        face=FaceAsset(FaceKind.PLAIN, texture),
        hair=hair,
        provenance={"seed": 7, "licence": "CC0"},
    )
