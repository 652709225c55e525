"""Checks the truth of a data set against its pictures.

1. theta is a similarity, and on the skull it takes pixel and depth to the neutral place.
2. Flow: the first frame, warped to another by the surface points that they share, looks like it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from pathlib import Path

    from synthetic_capture.mesh.arrays import Float

_CROWN_Y = -0.35
"""Canonical height above which no face unit moves the head (the brows reach -0.3)."""
_MATCHED = 0.02
"""Neutral places nearer than this, image units, are the same surface point."""


def cells(clip: dict[str, Float], frame: int) -> tuple[Float, Float, Float]:
    """Image points [N, 3], neutral places [N, 3] and colours [N, 3] 0..1 of a frame's head."""
    depth, neutral = clip["depth"][frame].astype(float), clip["neutral"][frame].astype(float)
    size = len(depth)
    row, column = np.nonzero(np.isfinite(depth))
    image = clip["images"][frame].reshape(size, 2, size, 2, 3).mean((1, 3)) / 255
    mask = clip["masks"][frame].reshape(size, 2, size, 2).mean((1, 3))
    head = mask[row, column] > 254
    row, column = row[head], column[head]
    xy = (np.stack([column, row], 1) + 0.5) / size * 2 - 1
    return np.c_[xy, depth[row, column]], neutral[row, column], image[row, column]


def skull_error(clip: dict[str, Float], frame: int) -> Float:
    """[N] distances between theta p and the neutral place, of points on the crown."""
    points, neutral, _ = cells(clip, frame)
    crown = neutral[:, 1] < _CROWN_Y
    theta = clip["theta"][frame].astype(float)
    placed = points[crown] @ theta[:3, :3].T + theta[:3, 3]
    distances: Float = np.linalg.norm(placed - neutral[crown], axis=1)
    return distances


def flow_error(clip: dict[str, Float], source: int, target: int) -> tuple[float, float, float]:
    """Mean colour difference 0..1 of matched points, the same without warping, and their share."""
    _, source_neutral, source_colour = cells(clip, source)
    points, neutral, colour = cells(clip, target)
    found = cKDTree(source_neutral).query(neutral)
    nearest, same = np.asarray(found[1]), np.asarray(found[0]) < _MATCHED
    warped = np.abs(source_colour[nearest[same]] - colour[same]).mean()
    size = clip["depth"].shape[1]
    still = clip["images"][source].reshape(size, 2, size, 2, 3).mean((1, 3)) / 255
    at = ((points[same, :2] + 1) / 2 * size).astype(int)
    unmoved = np.abs(still[at[:, 1], at[:, 0]] - colour[same]).mean()
    return float(warped), float(unmoved), float(same.mean())


def numbers(root: Path, people: int) -> dict[str, float]:
    """Medians and worst cases over some people of a data set."""
    index = json.loads((root / "people.json").read_text())
    names = [person["name"] for person in index["persons"]]
    there = [name for name in names if (root / name / "frames.npz").exists()][:people]
    skull: list[Float] = []
    scales: list[float] = []
    warped: list[float] = []
    unmoved: list[float] = []
    shares: list[float] = []
    for name in there:
        with np.load(root / name / "frames.npz", allow_pickle=False) as file:
            clip = {key: file[key] for key in file.files}
        for frame in range(0, len(clip["images"]), 4):
            skull.append(skull_error(clip, frame))
            linear = clip["theta"][frame, :3, :3].astype(float)
            scale = np.cbrt(np.linalg.det(linear))
            scales.append(np.abs(linear @ linear.T / scale**2 - np.eye(3)).max())
            if frame:
                parts = flow_error(clip, 0, frame)
                for values, value in zip((warped, unmoved, shares), parts, strict=True):
                    values.append(value)
    distances = np.concatenate(skull)
    return {
        "people": len(there),
        "skull median": float(np.median(distances)),
        "skull 99%": float(np.percentile(distances, 99)),
        "theta not a similarity by": float(np.max(scales)),
        "colour difference, warped": float(np.mean(warped)),
        "colour difference, not warped": float(np.mean(unmoved)),
        "points of a frame found in frame 0": float(np.mean(shares)),
    }


def is_true(found: dict[str, float]) -> bool:
    """Whether `numbers` are those of a data set that tells the truth."""
    return (
        found["skull 99%"] < 0.02
        and found["theta not a similarity by"] < 1e-4
        and found["colour difference, warped"] < 0.6 * found["colour difference, not warped"]
    )
