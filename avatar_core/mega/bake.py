"""Paint becomes part of the neural texture: latents that decode to the intended colours.

Only touched texels change; the networks stay as they are. The intended colour of a texel is its
paint times how view and expression shade the texel today, see `bake_texels`. Each texel is fitted
under a dozen views and expressions at once. Colours between texels come from latents between
latents, so neighbours have to be alike: paint is laid on step by step, and in every step each texel
starts from, and is held near, what its neighbours found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import expect_shapes
from avatar_core.mega.assets import model_of, neutral_look
from avatar_core.mega.bake_conditions import conditions_of
from avatar_core.mega.bake_texels import BakeTexels
from avatar_core.project.asset import FaceKind
from avatar_core.project.paint import BakedPaint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry import Float32, Int32
    from avatar_core.mega.bake_conditions import BakeCondition
    from avatar_core.mega.bake_texels import Step
    from avatar_core.project.asset import AvatarAsset

TEXTURE = "neural_texture.texture"
"""The basic texture among the weights of a face."""

_LEAST_COVERAGE = 1 / 512
_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Of the paint, from step to step."""
_EVERY = 4
"""Of the conditions, while the paint is laid on."""
_FINAL_PASSES = 2
_ROUNDS = 3
_PULL = 0.003
_SHARED_PASSES = 2
_GATHERED, _LAID_ON = 0.3, 0.9
"""Shares of the work."""

_REACHED, _MISSED = 1.0, 3.0
"""CIEDE2000 up to which a colour counts as reached, and from which it does not."""

_AROUND = tuple((row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if row or column)


def bake(
    asset: AvatarAsset,
    paint: Float32,
    step: Step,
    conditions: Sequence[BakeCondition] | None = None,
    source: str = "",
    *,
    whole: bool = False,
) -> BakedPaint:
    """Find the latents of painted texels.

    The network does not have every colour. What it cannot reach stays paint, by `kept`, so that
    the picture is right with paint laid over what is baked.

    Args:
        asset: with a neural face, unpainted.
        paint: [S, S, 4] display RGB premultiplied by coverage, and coverage, 0..1, at the neural
            texture's own texels, row 0 at the bottom.
        step: hears the share that is done, 0..1; raising `Cancelled` in it stops the work.
        conditions: views and expressions to be right under; see `bake_conditions`, whose round of
            expressions they are when left out.
        source: digest of what is baked.
        whole: bake colours out of reach as near as they come, for files that hold no paint; `kept`
            then only tells where that was.

    Raises:
        AssetError: the face has no neural texture.
        ShapeError: the paint is not of the texture's size.
        WeightsError: the face is damaged, or cannot hold paint.
    """
    _expect_neural(asset)
    channels, size = asset.face.weights[TEXTURE].shape[1:3]
    expect_shapes(paint=(paint, "S S 4"))
    if len(paint) != size:
        raise ShapeError(f"paint: expected {size} rows and columns, got {len(paint)}")
    texels = np.flatnonzero(paint[..., 3].reshape(-1) > _LEAST_COVERAGE).astype(np.int32)
    if not len(texels):
        nothing = np.zeros((0, channels), np.float32)
        return BakedPaint(texels, nothing, np.zeros(0, np.float32), source)
    model = model_of(asset)
    if conditions is None:
        conditions = conditions_of(model)
    problem = BakeTexels.of(model, paint, texels, conditions, _span(step, 0.0, _GATHERED))
    neighbours = _neighbours(texels, size)
    coverage = paint.reshape(-1, 4)[texels, 3]
    sums, errors = _laid_on(problem, neighbours, _span(step, _GATHERED, _LAID_ON))
    if whole:
        kept = _missed(errors)
        step(1.0)
    else:
        rest = _span(step, _LAID_ON, 1.0)
        sums, kept = _shared(problem, neighbours, sums, errors, coverage, rest)
    return BakedPaint(texels, sums @ problem.latents_from_sums.T, kept, source)


def baked_asset(asset: AvatarAsset, baked: BakedPaint) -> AvatarAsset:
    """The avatar with baked paint in its basic texture and in its neutral look.

    Raises:
        AssetError: the face has no neural texture, or the paint was baked for another.
    """
    _expect_neural(asset)
    basic = asset.face.weights[TEXTURE]
    channels, size = basic.shape[1:3]
    is_inside = not len(baked.texels) or 0 <= baked.texels.min() <= baked.texels.max() < size**2
    if baked.deltas.shape != (len(baked.texels), channels) or not is_inside:
        raise AssetError(
            f"The baked paint does not fit the texture of the avatar '{asset.name}'.",
            "Bake the paint again.",
        )
    texture = np.array(basic, np.float32)
    texture.reshape(channels, -1)[:, baked.texels] += baked.deltas.T
    face = replace(asset.face, weights={**asset.face.weights, TEXTURE: texture})
    painted = replace(asset, face=face)
    look = neutral_look(model_of(painted))
    return replace(painted, face=replace(face, texture=look))


def _expect_neural(asset: AvatarAsset) -> None:
    if asset.face.kind is not FaceKind.NEURAL:
        raise AssetError(
            f"The face of '{asset.name}' has a plain texture, into which nothing can be baked.",
            "Its paint is shown as it is.",
        )


def _span(step: Step, start: float, end: float) -> Step:
    """Tells `step` of a part of the work."""
    return lambda done: step(start + done * (end - start))


def _laid_on(problem: BakeTexels, neighbours: Int32, step: Step) -> tuple[Float32, Float32]:
    """Sums [T, 8] that make the intended colours, and the CIEDE2000 [T] that is left."""
    count = problem.starts.shape[1]
    few = np.arange(0, count, _EVERY, dtype=np.int32)
    plan = [(share, few) for share in _SHARES]
    plan += [(1.0, np.arange(count, dtype=np.int32))] * _FINAL_PASSES
    work = np.cumsum([0, *(len(conditions) for _, conditions in plan)])
    work = work / work[-1]
    sums = np.zeros((len(problem.texels), problem.starts.shape[2]), np.float32)
    costs = np.zeros(len(sums), np.float32)
    for at, (share, conditions) in enumerate(plan):
        near = _mean_around(sums, neighbours)
        follow = _span(step, work[at], work[at + 1])
        sums, costs = problem.fitted(sums, near, _PULL, share, conditions, _ROUNDS, follow)
    return sums, _differences(costs, count)


def _shared(
    problem: BakeTexels,
    neighbours: Int32,
    sums: Float32,
    errors: Float32,
    coverage: Float32,
    step: Step,
) -> tuple[Float32, Float32]:
    """Where a colour was missed, paint stays over the texture, which then has less to reach.

    With a share k of its coverage a left as live paint over the texture, the picture is right if
    the texture shows the paint with coverage a (1 - k) / (1 - a k).

    Returns:
        Sums [T, 8], and the share [T] of the paint that stays.
    """
    sums, errors, kept = sums.copy(), errors.copy(), np.zeros(len(sums), np.float32)
    count = problem.starts.shape[1]
    for turn in range(_SHARED_PASSES):
        rows = np.flatnonzero(errors * (1.0 - coverage * kept) > _REACHED)
        if not len(rows):
            break
        kept[rows] += (1.0 - kept[rows]) * _missed(errors[rows])
        left, whole = 1.0 - kept[rows], 1.0 - coverage[rows] * kept[rows]
        share = np.where(whole > 0, left / np.maximum(whole, 1e-6), 1.0).astype(np.float32)
        sums[rows], costs = problem.chosen(rows).fitted(
            sums[rows],
            _mean_around(sums, neighbours)[rows],
            _PULL,
            share,
            np.arange(count, dtype=np.int32),
            _ROUNDS,
            _span(step, turn / _SHARED_PASSES, (turn + 1) / _SHARED_PASSES),
        )
        errors[rows] = _differences(costs, count)
    # Paint that stays as a whole leaves a see-through texel as it was.
    sums[(kept >= 1.0) & (coverage < 1.0)] = 0.0
    step(1.0)
    return sums, kept


def _missed(errors: Float32) -> Float32:
    """[T] 0 where a colour was reached to 1 where it was not, of the CIEDE2000 left."""
    away = np.clip((errors - _REACHED) / (_MISSED - _REACHED), np.float32(0), np.float32(1))
    missed: Float32 = away * away * (np.float32(3) - np.float32(2) * away)
    return missed


def _differences(costs: Float32, count: int) -> Float32:
    """CIEDE2000 [T] of the squared errors over `count` conditions."""
    differences: Float32 = np.float32(100) * np.sqrt(costs / np.float32(count))
    return differences


def _neighbours(texels: Int32, size: int) -> Int32:
    """[T, 8] rows of the texels around each; T where there is no paint."""
    row_of = np.full((size + 2, size + 2), len(texels), np.int32)
    rows, columns = np.divmod(texels, size)
    row_of[rows + 1, columns + 1] = np.arange(len(texels), dtype=np.int32)
    around = [row_of[rows + 1 + down, columns + 1 + right] for down, right in _AROUND]
    return np.stack(around, -1)


def _mean_around(sums: Float32, neighbours: Int32) -> Float32:
    """[T, 8] mean of the neighbours; those without paint are zero, corners count half."""
    padded = np.concatenate([sums, np.zeros((1, sums.shape[1]), np.float32)])
    weights = np.array([0.5 if down and right else 1.0 for down, right in _AROUND], np.float32)
    total = np.zeros_like(sums)
    for at, weight in enumerate(weights / weights.sum()):
        total += weight * padded[neighbours[:, at]]
    return total
