"""Hair strands, grown step by step over the skull."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.strands.coat import planted
from synthetic_capture.strands.combing import combing, knot_centre
from synthetic_capture.strands.skin_proxy import SkinProxy
from synthetic_capture.strands.style import POINTS

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Float
    from synthetic_capture.strands.coat import Coat
    from synthetic_capture.strands.combing import Combing
    from synthetic_capture.strands.style import HairStyle

_TURN = 6.28
_CLEARANCE_DM = 0.015
_STRANDS_PER_COIL = 4
"""Strands that lead to a bun for each one coiled in it."""


def hair(model: HeadModel, style: HairStyle) -> Float:
    """Strands [N, 24, 3] dm, the same for the same head and style."""
    generator = np.random.default_rng(style.seed)
    skin = SkinProxy(model, generator)
    coat = planted(model, style, generator)
    comb = combing(coat, skin)
    path = smoothed(marched(coat, comb, skin), comb.smoothing_rounds)
    strands = resampled(path, _end_lengths(path, coat, generator), POINTS)
    strands = _clumped(strands, coat)
    strands = _curled(strands, coat, generator)
    strands += _frizz(strands, style.frizz, generator)
    clearance = np.full(len(strands) * POINTS, _CLEARANCE_DM)
    strands = skin.pushed_out(strands.reshape(-1, 3), clearance).reshape(strands.shape)
    strands[:, 0] = coat.roots.positions
    if style.kind == "bun":
        knot = coiled(knot_centre(coat), len(strands) // _STRANDS_PER_COIL, generator)
        strands = np.concatenate([strands, knot])
    return strands


def marched(coat: Coat, comb: Combing, skin: SkinProxy) -> Float:
    """Paths [N, steps + 1, 3] dm from the roots, kept off the skin."""
    tips = coat.roots.positions
    path = [tips]
    for k in range(comb.steps):
        direction = comb.direction(tips, k / comb.steps)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
        tips = tips + direction * comb.step_lengths(tips)[:, None]
        tips = skin.pushed_out(tips, coat.layer * min(1, (k + 1) / comb.rising_steps))
        tips = comb.allowed(tips)
        path.append(tips)
    return np.stack(path, 1)


def smoothed(polylines: Float, rounds: int) -> Float:
    """Polylines [N, K, 3] with their inner points averaged with both neighbours; ends stay."""
    for _ in range(rounds):
        before = polylines
        polylines = before.copy()
        polylines[:, 1:-1] = 0.25 * before[:, :-2] + 0.5 * before[:, 1:-1] + 0.25 * before[:, 2:]
    return polylines


def resampled(polylines: Float, ends: Float, points: int) -> Float:
    """[N, points, 3] at even steps along polylines [N, K, 3], up to arc lengths [N]."""
    lengths = arc_lengths(polylines)
    shares = np.linspace(0, 1, points)
    even = np.empty((len(polylines), points, 3))
    for i, (polyline, length) in enumerate(zip(polylines, lengths, strict=True)):
        for k in range(3):
            even[i, :, k] = np.interp(shares * ends[i], length, polyline[:, k])
    return even


def arc_lengths(polylines: Float) -> Float:
    """[N, K] lengths from the first point of polylines [N, K, 3]."""
    steps = np.linalg.norm(np.diff(polylines, axis=1), axis=2)
    return np.c_[np.zeros(len(polylines)), np.cumsum(steps, 1)]


def coiled(centre: Float, count: int, generator: np.random.Generator) -> Float:
    """A knot: strands [count, 24, 3] dm wound around a slightly flattened ball at `centre` [3]."""
    start = (generator.random(count) * _TURN)[:, None]
    tilt = (generator.normal(size=count) * 0.5)[:, None]
    radius = (0.33 + 0.04 * generator.normal(size=count))[:, None]
    angle = start + 3.4 * np.linspace(0, 1, POINTS)[None]
    latitude = tilt * np.cos(0.5 * angle + start)
    x, y = np.cos(angle) * np.cos(latitude), np.sin(angle) * np.cos(latitude)
    ring = np.stack([x, y, 0.8 * np.sin(latitude)], -1)
    strands: Float = centre + ring * radius[..., None] + np.array([0, 0, -0.05])
    return strands


def _end_lengths(path: Float, coat: Coat, generator: np.random.Generator) -> Float:
    """[N] arc lengths at which strands end: uncut, or where they pass a ragged line."""
    lengths = arc_lengths(path)
    if coat.style.kind != "falling" or coat.style.ends_y is None:
        return lengths[:, -1]
    level = (
        coat.eye[1]
        + coat.style.ends_y
        + 0.035 * generator.normal(size=len(coat.guide_ids))[coat.guide_of]
        + 0.02 * generator.normal(size=coat.count)
    )
    is_below = path[:, :, 1] < level[:, None]
    first = np.where(is_below.any(1), is_below.argmax(1), path.shape[1] - 1)
    ends: Float = lengths[np.arange(coat.count), first]
    return ends


def _clumped(strands: Float, coat: Coat) -> Float:
    """Strands drawn to their guides, tips most, where both run side by side."""
    guide, root = strands[coat.guide_ids][coat.guide_of], coat.roots.positions
    apart = np.linalg.norm(root - root[coat.guide_ids][coat.guide_of], axis=1)
    is_beside = np.linalg.norm(strands - guide, axis=2).max(1) < 0.6
    growing = np.clip(_shares() * 1.6, 0, 1) ** 1.2
    pull = coat.style.clumping * growing * (np.exp(-apart / 0.25) * is_beside)[:, None, None]
    clumped: Float = strands + (guide - strands) * pull
    return clumped


def _curled(strands: Float, coat: Coat, generator: np.random.Generator) -> Float:
    """Strands wound about themselves, together with their guides."""
    guides = len(coat.guide_ids)
    phase = (_TURN * generator.random(guides))[coat.guide_of][:, None]
    turns = (1.5 + generator.random(guides))[coat.guide_of][:, None]
    share = _shares()[..., 0]
    angle = _TURN * turns * share + phase
    x, z = (coat.style.curl * share * wave(angle) for wave in (np.cos, np.sin))
    curled: Float = strands + np.stack([x, 0 * x, z], -1)
    return curled


def _frizz(strands: Float, size: float, generator: np.random.Generator) -> Float:
    """A random walk along each strand, growing towards the tip."""
    walk: Float = size * np.cumsum(generator.normal(size=strands.shape), 1) * _shares()
    return walk


def _shares() -> Float:
    """[1, 24, 1] from 0 at the root to 1 at the tip."""
    return np.linspace(0, 1, POINTS)[None, :, None]
