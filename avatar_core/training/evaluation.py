"""An avatar against a capture: pictures, scores by series, side-by-side sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from avatar_core.io.atomic import atomic_write
from avatar_core.io.images import image_to_png
from avatar_core.mega.blend import BlendMode
from avatar_core.training.metrics import PictureScores, mean_scores, score_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.mega.model import MegaModel
    from avatar_core.mega.networks import Ablation
    from avatar_core.training.captures import Capture, CaptureFrame

_MM = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """One frame: the avatar's picture [H, W, 3] 0..1, the capture's, and the scores."""

    frame: CaptureFrame
    rendered: Float32
    truth: Float32
    scores: PictureScores


def evaluate_frames(
    model: MegaModel,
    capture: Capture,
    frames: tuple[CaptureFrame, ...],
    ablation: Ablation | None = None,
) -> Iterator[Evaluated]:
    """Draw each frame's pose from its camera and compare. Bald frames compare the face alone."""
    for frame in frames:
        size = (frame.camera.width_px, frame.camera.height_px)
        picture = capture.picture(frame, size)
        posed = model.posed(frame.parameters)
        with torch.inference_mode():
            if frame.has_hair:
                blended, layers = model.picture(posed, frame.camera, BlendMode.EVAL, ablation)
                rendered, face = blended.rgb[0], layers.face
            else:
                face, _ = model.face(posed, frame.camera, ablation)
                rendered = face.rgb
        depth = None if picture.depth_m is None else picture.depth_m * _MM
        shown = rendered.cpu().numpy().clip(0, 1)
        face_depth = face.depth_mm.cpu().numpy()
        scores = score_picture(shown, picture.image, picture.person, face_depth, depth)
        yield Evaluated(frame, shown, picture.image, scores)


def evaluate_series(
    model: MegaModel,
    capture: Capture,
    series: tuple[str, ...],
    ablation: Ablation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Scores by series and over all frames, as plain data."""
    result: dict[str, Any] = {"series": {}}
    every: list[PictureScores] = []
    total = len(capture.frames(*series))
    for name in series:
        scores = []
        for evaluated in evaluate_frames(model, capture, capture.frames(name), ablation):
            scores.append(evaluated.scores)
            if progress is not None:
                progress(len(every) + len(scores), total)
        if scores:
            result["series"][name] = mean_scores(scores).as_dict() | {"frames": len(scores)}
            every += scores
    return result | (mean_scores(every).as_dict() if every else {})


def comparison_sheet(rows: list[Evaluated], difference_gain: float = 4.0) -> UInt8:
    """Capture | avatar | amplified difference, one frame a row; [H, W, 3] uint8 sRGB."""
    strips = []
    for row in rows:
        difference = np.abs(row.rendered - row.truth) * difference_gain
        strips.append(np.concatenate([row.truth, row.rendered, difference.clip(0, 1)], 1))
    sheet: UInt8 = np.round(np.concatenate(strips, 0) * 255).astype(np.uint8)
    return sheet


def write_sheet(
    model: MegaModel, capture: Capture, frames: tuple[CaptureFrame, ...], path: Path, most: int = 6
) -> None:
    """Write a comparison sheet of up to `most` frames, spread over the given ones, as PNG.

    Raises:
        AssetError: the file cannot be written.
    """
    chosen = frames[:: max(1, len(frames) // most)][:most]
    sheet = comparison_sheet(list(evaluate_frames(model, capture, chosen)))
    with atomic_write(path) as file:
        file.write(image_to_png(sheet))
