"""Egg-shaped people in the format of the data set: tiny pictures with everything known of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry.rotations import matrix_from_axis_angle
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from pathlib import Path

AXES = np.array([0.5, 0.65, 0.5])
JAW_DROP = 0.2


def write_people(
    folder: Path, splits: tuple[str, ...] = ("train", "train", "test"), frames: int = 5
) -> Path:
    """A data set with one person a split named; pictures of 32 pixels."""
    persons = []
    for number, split in enumerate(splits):
        name = f"{number:05d}"
        (folder / name).mkdir(parents=True)
        np.savez(folder / name / "frames.npz", **egg_frames(number, frames))
        persons.append({"name": name, "split": split})
    content = {"format": "portrait-people", "version": 1, "persons": persons}
    (folder / "people.json").write_text(json.dumps(content))
    return folder


def egg_frames(seed: int, frames: int, size: int = 32) -> dict[str, np.ndarray]:
    """Frames of one egg whose lower half, darker, drops as its jaw opens."""
    random = np.random.default_rng(seed)
    colour = random.uniform(60, 220, 3)
    grid = size // 2
    out: dict[str, list[np.ndarray]] = {}
    for _ in range(frames):
        weights = np.zeros(52, np.float32)
        weights[UNIT_INDEX["jawOpen"]] = jaw = random.random()
        turn = random.uniform(-0.3, 0.3, 3)
        theta = np.eye(4)
        theta[:3, :3] = matrix_from_axis_angle(turn.astype(np.float32)) * random.uniform(0.9, 1.1)
        theta[:3, 3] = random.uniform(-0.1, 0.1, 3)
        fine, coarse = surface(theta, size), surface(theta, grid)
        seen = np.isfinite(fine[..., 2])
        lower = neutral_of(carried(fine, theta), jaw)[..., 1] > 0.2
        picture = np.where(lower[..., None], colour * 0.5, colour)
        picture = np.where(seen[..., None], picture, 90.0)
        landmarks = random.uniform(-0.5, 0.5, (68, 3))
        frame = {
            "images": picture.astype(np.uint8),
            "masks": np.where(seen, 255, 0).astype(np.uint8),
            "weights": weights,
            "head_rotation": turn.astype(np.float32),
            "gaze": np.zeros((2, 2), np.float32),
            "theta": theta.astype(np.float32),
            "landmarks": landmarks.astype(np.float32),
            "depth": coarse[..., 2].astype(np.float16),
            "neutral": neutral_of(carried(coarse, theta), jaw).astype(np.float16),
        }
        for name, value in frame.items():
            out.setdefault(name, []).append(value)
    return {name: np.stack(values) for name, values in out.items()}


def surface(theta: np.ndarray, size: int) -> np.ndarray:
    """[size, size, 3] image-space points of the egg that the pixels show; NaN beside it."""
    steps = (2 * np.arange(size) + 1) / size - 1
    x, y = np.meshgrid(steps, steps)
    start = carried(np.stack([x, y, 0 * x], -1), theta) / AXES
    along = theta[:3, 2] / AXES
    a, b, c = along @ along, start @ along, (start**2).sum(-1) - 1
    inside = b**2 - a * c
    z = np.where(inside > 0, (-b - np.sqrt(np.maximum(inside, 0))) / a, np.nan)
    return np.stack([x, y, z], -1)


def carried(points: np.ndarray, theta: np.ndarray) -> np.ndarray:
    return points @ theta[:3, :3].T + theta[:3, 3]


def neutral_of(posed: np.ndarray, jaw: float) -> np.ndarray:
    """Where points of the egg with an open jaw are on the neutral egg."""
    drop = JAW_DROP * jaw * np.clip(posed[..., 1:2] / AXES[1], 0, 1)
    return posed - drop * np.array([0, 1, 0])
