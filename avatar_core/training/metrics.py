"""How close a picture comes to the truth. Each number says which pixels it is about."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from avatar_core.training.flip import flip_map
from avatar_core.training.losses import ssim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.geometry import Float32

_BEST_PSNR_DB = 100.0


@dataclass(frozen=True, slots=True)
class PictureScores:
    """Scores of one picture, or means over several.

    Args:
        psnr_masked_db: over the person's pixels alone (mean squared error within the matte).
        psnr_db: over the whole frame on white, background included, which flatters.
        ssim: over the whole frame on white.
        ssim_masked: over the bounding box of the person, all outside the matte set to black.
        gmsd: gradient magnitude similarity deviation of the whole frame, 0 is best.
        flip: mean LDR-FLIP of the whole frame on white, 67 pixels per degree: 0 is best, at most
            1; NaN where its package is missing.
        flip_masked: mean of the same map over the person's pixels alone.
        depth_mm: mean distance of the head's depth where both are known; NaN without depth.
    """

    psnr_masked_db: float
    psnr_db: float
    ssim: float
    ssim_masked: float
    gmsd: float
    flip: float = float("nan")
    flip_masked: float = float("nan")
    depth_mm: float = float("nan")

    def as_dict(self) -> dict[str, float]:
        """By name, rounded for people; unknown ones left out."""
        return {k: round(v, 4) for k, v in asdict(self).items() if np.isfinite(v)}


def score_picture(
    rendered: Float32,
    truth: Float32,
    person: Float32,
    depth_mm: Float32 | None = None,
    true_depth_mm: Float32 | None = None,
) -> PictureScores:
    """Compare pictures [H, W, 3] in 0..1 on white; `person` [H, W] is the matte, 0..1."""
    error = np.square(rendered - truth).mean(-1)
    inside = person > 0.5
    flip, flip_masked = _flip(rendered, truth, inside)
    first, second = (torch.from_numpy(a).permute(2, 0, 1)[None] for a in (rendered, truth))
    return PictureScores(
        psnr_masked_db=_psnr(float(error[inside].mean())) if inside.any() else float("nan"),
        psnr_db=_psnr(float(error.mean())),
        ssim=float(ssim(first, second)),
        ssim_masked=_masked_ssim(rendered, truth, inside),
        gmsd=gradient_deviation(rendered, truth),
        flip=flip,
        flip_masked=flip_masked,
        depth_mm=_depth_error(depth_mm, true_depth_mm),
    )


def mean_scores(scores: Iterable[PictureScores]) -> PictureScores:
    """Mean of each score over pictures, unknown values left out."""
    rows = [asdict(score) for score in scores]
    means = {}
    for key in rows[0] if rows else PictureScores.__dataclass_fields__:
        values = [row[key] for row in rows if np.isfinite(row[key])]
        means[key] = float(np.mean(values)) if values else float("nan")
    return PictureScores(**means)


def gradient_deviation(first: Float32, second: Float32) -> float:
    """Gradient magnitude similarity deviation of pictures [H, W, 3] in 0..1; 0 is best.

    Source:
        Xue et al. 2014, Gradient Magnitude Similarity Deviation, equations 1 to 4 (luma, halved
        size, Prewitt gradients, c = 170 on a scale of 255).
    """
    maps = [_gradient_magnitude(image) for image in (first, second)]
    constant = 170.0 / 255.0**2
    similarity = (2 * maps[0] * maps[1] + constant) / (
        maps[0].square() + maps[1].square() + constant
    )
    return float(similarity.std(unbiased=False))


def _gradient_magnitude(image: Float32) -> torch.Tensor:
    luma = torch.from_numpy(image @ np.array([0.299, 0.587, 0.114], np.float32))[None, None]
    half = functional.avg_pool2d(luma, 2)
    kernel = torch.tensor([[1.0, 0.0, -1.0]] * 3) / 3
    stack = torch.stack([kernel, kernel.t()])[:, None]
    gradients = functional.conv2d(functional.pad(half, (1, 1, 1, 1), mode="replicate"), stack)
    return gradients.square().sum(1).sqrt()


def _masked_ssim(
    first: Float32, second: Float32, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> float:
    """SSIM of the person's bounding box with everything outside the matte equal."""
    if not inside.any():
        return float("nan")
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    kept = inside[box][..., None].astype(np.float32)
    planes = [torch.from_numpy(a[box] * kept).permute(2, 0, 1)[None] for a in (first, second)]
    return float(ssim(planes[0], planes[1]))


def _flip(
    rendered: Float32, truth: Float32, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> tuple[float, float]:
    """Mean FLIP of the frame and of the person."""
    errors = flip_map(truth, rendered)
    if errors is None:
        return float("nan"), float("nan")
    return float(errors.mean()), float(errors[inside].mean()) if inside.any() else float("nan")


def _psnr(squared_error: float) -> float:
    if squared_error <= 10 ** (-_BEST_PSNR_DB / 10):
        return _BEST_PSNR_DB
    return float(-10 * np.log10(squared_error))


def _depth_error(depth_mm: Float32 | None, truth_mm: Float32 | None) -> float:
    if depth_mm is None or truth_mm is None:
        return float("nan")
    known = (depth_mm > 0) & (truth_mm > 0)
    return float(np.abs(depth_mm - truth_mm)[known].mean()) if known.any() else float("nan")
