"""From samples to the arrays of the data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthetic_people.canonical import theta_of

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Float32, UInt8

    from synthetic_people.drawing import Drawn, Painter
    from synthetic_people.lighting import Lighting
    from synthetic_people.person import Person
    from synthetic_people.takes import Pose

_SAME_SURFACE = 0.04
"""Samples of a cell whose depths differ by less, image units, are averaged."""


@dataclass(frozen=True)
class Clip:
    """All frames of a person, as in the README."""

    images: UInt8
    masks: UInt8
    weights: Float32
    head_rotation: Float32
    gaze: Float32
    theta: Float32
    landmarks: Float32
    depth: np.ndarray
    neutral: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """By the names of frames.npz."""
        return dict(vars(self))


def recorded(
    painter: Painter,
    person: Person,
    poses: list[Pose],
    lighting: Lighting,
    backdrop: UInt8,
) -> Clip:
    """Draw every pose of a person that the painter has entered; the size is the backdrop's."""
    size = len(backdrop)
    rows: dict[str, list[np.ndarray]] = {name: [] for name in Clip.__dataclass_fields__}
    for pose in poses:
        head, body = person.placed(pose)
        drawn = painter.draw(pose.weights, head, body, lighting)
        image, mask = composed(drawn, backdrop)
        depth, neutral = truth_cells(drawn, size // 2)
        vertices = person.face(pose.weights)
        marks = person.stage.landmarks(vertices) @ head[:3, :3].T + head[:3, 3]
        values: dict[str, np.ndarray] = {
            "images": image,
            "masks": mask,
            "weights": pose.weights,
            "head_rotation": axis_angle(pose.rotation),
            "gaze": person.gaze(pose.weights),
            "theta": theta_of(person.canonical, head),
            "landmarks": marks,
            "depth": depth,
            "neutral": neutral,
        }
        for name, value in values.items():
            rows[name].append(value)
    kinds = {"images": np.uint8, "masks": np.uint8, "depth": np.float16, "neutral": np.float16}
    return Clip(**{n: np.stack(v).astype(kinds.get(n, np.float32)) for n, v in rows.items()})


def composed(drawn: Drawn, backdrop: UInt8) -> tuple[UInt8, UInt8]:
    """The picture [S, S, 3] before a backdrop [S, S, 3], and the mask [S, S] of the head."""
    size = len(backdrop)
    cover, head = (_averaged(part[..., None], size) for part in (drawn.is_hit, drawn.is_head))
    image = _averaged(drawn.picture[..., :3], size) + backdrop * (1 - cover)
    mask = 255 * head[..., 0]
    return (np.clip(image, 0, 255) + 0.5).astype(np.uint8), (mask + 0.5).astype(np.uint8)


def truth_cells(drawn: Drawn, size: int) -> tuple[Float32, Float32]:
    """Depth [size, size] and neutral place [size, size, 3] at the middle of each cell.

    The four samples about the middle are averaged where they lie on one surface; else those near
    the foremost are. NaN where the middle shows background.
    """
    step = len(drawn.truth) // size
    first = step // 2 - 1
    around = [(first + i, first + j) for i in (0, 1) for j in (0, 1)]
    truth = np.stack([drawn.truth[i::step, j::step] for i, j in around])
    is_hit = np.stack([drawn.is_hit[i::step, j::step] for i, j in around])
    depth = np.where(is_hit, truth[..., 3], np.inf)
    is_front = is_hit & (depth < depth.min(0) + _SAME_SURFACE)
    count = is_front.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(is_front[..., None], truth, 0).sum(0) / count[..., None]
    mean[is_hit.sum(0) < 2] = np.nan
    return mean[..., 3], mean[..., :3]


def axis_angle(rotation: Float) -> Float:
    """[3] of a rotation [3, 3] by less than half a turn."""
    angle = np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))
    axis = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    return axis * (0.5 if angle < 1e-6 else angle / (2 * np.sin(angle)))


def _averaged(samples: np.ndarray, size: int) -> Float32:
    step = len(samples) // size
    cells = samples.reshape(size, step, size, step, -1)
    mean: Float32 = cells.mean((1, 3), dtype=np.float32)
    return mean
