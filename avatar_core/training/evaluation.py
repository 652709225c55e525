"""An avatar against a capture: pictures, scores by series, side-by-side sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from avatar_core.io.atomic import atomic_write
from avatar_core.io.images import image_to_png
from avatar_core.mega.reference_renderer import render
from avatar_core.training.metrics import PictureScores, mean_scores, score_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.mega.model import MegaModel
    from avatar_core.mega.networks import Ablation
    from avatar_core.training.captures import Capture, CaptureFrame

SAMPLES = 2
"""Along a pixel's side, unless told otherwise: what stills are drawn with."""

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
    samples: int = SAMPLES,
) -> Iterator[Evaluated]:
    """Draw each frame's pose from its camera and compare. Bald frames compare the face alone.

    Args:
        model: the avatar.
        capture: where the frames' pictures are.
        frames: which to draw.
        ablation: parts to leave out.
        samples: along a pixel's side: pictures are drawn that many times larger and averaged, as a
            camera averages what falls on a pixel. Drawn with one, meshes have jagged outlines.
    """
    for frame in frames:
        size = (frame.camera.width_px, frame.camera.height_px)
        picture = capture.picture(frame, size)
        posed = model.posed(frame.parameters)
        camera = frame.camera.resized(size[0] * samples, size[1] * samples)
        with torch.inference_mode():
            if frame.has_hair:
                blended, layers = render(model, posed, camera, ablation=ablation)
                rendered, face = blended.rgb[0], layers.face
            else:
                face, _ = model.face(posed, camera, ablation)
                rendered = face.rgb
        depth = None if picture.depth_m is None else picture.depth_m * _MM
        shown = _averaged(rendered.cpu().numpy().clip(0, 1), samples)
        centre = samples // 2
        face_depth = face.depth_mm.cpu().numpy()[centre::samples, centre::samples]
        scores = score_picture(shown, picture.image, picture.person, face_depth, depth)
        yield Evaluated(frame, shown, picture.image, scores)


def evaluate_series(
    model: MegaModel,
    capture: Capture,
    series: tuple[str, ...],
    ablation: Ablation | None = None,
    progress: Callable[[int, int], None] | None = None,
    samples: int = SAMPLES,
) -> dict[str, Any]:
    """Scores by series and over all frames, as plain data; arguments as `evaluate_frames`."""
    result: dict[str, Any] = {"samples": samples, "series": {}}
    every: list[PictureScores] = []
    total = len(capture.frames(*series))
    for name in series:
        scores = []
        frames = capture.frames(name)
        for evaluated in evaluate_frames(model, capture, frames, ablation, samples):
            scores.append(evaluated.scores)
            if progress is not None:
                progress(len(every) + len(scores), total)
        if scores:
            result["series"][name] = mean_scores(scores).as_dict() | {"frames": len(scores)}
            every += scores
    return result | (mean_scores(every).as_dict() if every else {})


def _averaged(picture: Float32, samples: int) -> Float32:
    """A picture [kH, kW, 3] at [H, W, 3], every pixel the mean of its k x k samples."""
    if samples == 1:
        return picture
    height, width = picture.shape[0] // samples, picture.shape[1] // samples
    mean: Float32 = picture.reshape(height, samples, width, samples, 3).mean((1, 3))
    return mean


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
