"""How fast and how well paint becomes part of an avatar, against the published procedure."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from avatar_core.bench.paint_baseline import EPOCHS, OfficialPainting
from avatar_core.bench.paint_makeup import face_texels, makeup
from avatar_core.bench.paint_views import held_out_views
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.assets import model_of
from avatar_core.mega.bake import TEXTURE, bake, baked_asset
from avatar_core.mega.colour_difference import display_difference
from avatar_core.resources import resource_path
from avatar_core.training.threads import use_threads

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.bench.paint_views import FaceView
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.mega.model import MegaModel
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.project.paint import BakedPaint

VIEW_PX = 320

_MANY = 100_000
_MANY_PAINT = (0.175, 0.1, 0.09, 0.5)
_REPEATS = 2


def run_bake(timed_epochs: int = 3) -> dict[str, Any]:
    """Bake make-up into the demo avatar, and 100 000 texels of a brown glaze.

    Args:
        timed_epochs: of the published procedure.

    Returns:
        `bake_100k_s`: 100 000 texels, from the asset to the deltas; `bake_makeup_s` and
        `bake_makeup_texels`: the make-up; `bake_baseline_s`: the published procedure on the same
        paint, from some epochs timed here; `bake_ratio`: of the two.

        `bake_delta_e` and `bake_delta_e_p95`: CIEDE2000 of painted pixels in twelve held-out views
        and expressions, all paint baked; `bake_delta_e_unpainted` before; `bake_delta_e_baseline`
        and `bake_delta_e_baseline_p95` after the published procedure, from the complete run kept
        in `resources/bench`; `bake_delta_e_shown`: with the share of the paint that stays paint in
        the studio, which is `bake_kept`. `bake_outside`: the largest change of a texel that was not
        touched. `bake_threads`. Times are the best of two.
    """
    threads = os.cpu_count() or 1
    use_threads(threads)
    asset = load_demo_avatar()
    model = model_of(asset)
    paint, many = makeup(model), glaze(model)
    _timed_bake(asset, np.where(np.arange(len(many))[:, None, None] < 150, many, np.float32(0)))
    many_s, _ = _timed_bake(asset, many)
    makeup_s, shared = _timed_bake(asset, paint)
    baked = bake(asset, paint, lambda _: None, whole=True)
    views = held_out_views(model, paint, VIEW_PX)
    before, after = basic_of(asset), basic_of(baked_asset(asset, baked))
    errors, unpainted = painted_errors(model, after, views), painted_errors(model, before, views)
    shown = shown_errors(model, basic_of(baked_asset(asset, shared)), shared, views)
    epoch_s = _epoch_s(OfficialPainting(model, paint), timed_epochs)
    coverage = paint.reshape(-1, 4)[baked.texels, 3]
    baseline = kept_baseline()
    return {
        "bake_100k_s": round(many_s, 2),
        "bake_makeup_s": round(makeup_s, 2),
        "bake_makeup_texels": len(baked.texels),
        "bake_baseline_s": round(EPOCHS * epoch_s, 1),
        "bake_ratio": round(EPOCHS * epoch_s / makeup_s, 1),
        "bake_delta_e": round(float(errors.mean()), 3),
        "bake_delta_e_p95": round(float(np.percentile(errors, 95)), 3),
        "bake_delta_e_unpainted": round(float(unpainted.mean()), 3),
        "bake_delta_e_baseline": baseline["delta_e"],
        "bake_delta_e_baseline_p95": baseline["delta_e_p95"],
        "bake_delta_e_shown": round(float(shown.mean()), 3),
        "bake_kept": round(float((shared.kept * coverage).sum() / coverage.sum()), 4),
        "bake_outside": _changed_outside(before, after, baked.texels),
        "bake_threads": threads,
    }


def glaze(model: MegaModel) -> Float32:
    """[S, S, 4] brown, half opaque, over the first 100 000 texels of skin, hair and clothes."""
    parts = face_texels(model).parts.reshape(-1)
    paint = np.zeros((len(parts), 4), np.float32)
    paint[np.flatnonzero(parts >= 0)[:_MANY]] = _MANY_PAINT
    size = model.networks.config.tex_size
    return paint.reshape(size, size, 4)


def basic_of(asset: AvatarAsset) -> Tensor:
    """[S, S, C] the basic texture."""
    texture = np.asarray(asset.face.weights[TEXTURE], np.float32)[0]
    return torch.from_numpy(np.ascontiguousarray(texture.transpose(1, 2, 0)))


@torch.inference_mode()
def painted_errors(model: MegaModel, basic: Tensor, views: list[FaceView]) -> Float64:
    """CIEDE2000 of every painted pixel of the views under a basic texture [S, S, C]."""
    painted = [view.at(torch.nonzero(view.is_painted)[:, 0]) for view in views]
    errors = [
        display_difference(view.colours(model, basic).numpy(), view.intended.numpy())
        for view in painted
    ]
    return np.concatenate(errors)


@torch.inference_mode()
def shown_errors(
    model: MegaModel, basic: Tensor, baked: BakedPaint, views: list[FaceView]
) -> Float64:
    """The same with the share of the paint that stayed paint over it."""
    kept = torch.ones(basic.shape[0] * basic.shape[1], 1)
    kept[torch.from_numpy(baked.texels).long(), 0] = torch.from_numpy(baked.kept)
    kept = kept.view(*basic.shape[:2], 1)
    painted = [view.at(torch.nonzero(view.is_painted)[:, 0]) for view in views]
    errors = [
        display_difference(view.with_live_paint(model, basic, kept).numpy(), view.intended.numpy())
        for view in painted
    ]
    return np.concatenate(errors)


def _timed_bake(asset: AvatarAsset, paint: Float32) -> tuple[float, BakedPaint]:
    """The best time of some, and what was baked."""
    best_s, baked = np.inf, bake(asset, np.zeros_like(paint), lambda _: None)
    for _ in range(_REPEATS):
        started = time.perf_counter()
        baked = bake(asset, paint, lambda _: None)
        best_s = min(best_s, time.perf_counter() - started)
    return best_s, baked


def _epoch_s(painting: OfficialPainting, epochs: int) -> float:
    """The best of some epochs, after one that is not timed."""
    painting.run_epoch()
    best_s = np.inf
    for _ in range(epochs):
        started = time.perf_counter()
        painting.run_epoch()
        best_s = min(best_s, time.perf_counter() - started)
    return float(best_s)


def kept_baseline() -> dict[str, Any]:
    """What a complete run of the published procedure came to: `delta_e`, `delta_e_p95`, settings.

    `resources/bench/make_paint_baseline.py` ran it.
    """
    text = resource_path("bench", "paint_baseline.json").read_text(encoding="utf-8")
    kept: dict[str, Any] = json.loads(text)
    return kept


def _changed_outside(before: Tensor, after: Tensor, texels: Any) -> float:
    change = (after - before).abs().amax(-1).reshape(-1)
    change[torch.from_numpy(texels).long()] = 0.0
    return float(change.max())
