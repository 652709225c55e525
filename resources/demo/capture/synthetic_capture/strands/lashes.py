"""Lash strands along the lids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Float

_POINTS = 5
_NEIGHBOURS = 3


def lashes(model: HeadModel, makehuman_vertices: Float, per_lid: int = 120, seed: int = 2) -> Float:
    """Strands on a head with an expression.

    Upper lashes ride on MakeHuman's helper strips. Lower ones follow the skin of the lid, because
    a blink does not move their strip.

    Args:
        model: the head.
        makehuman_vertices: [M, 3] dm, MakeHuman's mesh with identity and expression.
        per_lid: strands of an upper lid; a lower one has half.
        seed: of everything random.

    Returns:
        [N, 5, 3] dm.
    """
    generator = np.random.default_rng(seed)
    base, neutral = model.data.base_mesh, model.makehuman_vertices
    moved: Float = np.asarray(model.topology.weights @ (makehuman_vertices - neutral))
    strands = []
    for side in "lr":
        for is_upper in (False, True):
            roots, tips = base.lash_vertices(side, is_upper)
            strip = makehuman_vertices if is_upper else neutral
            place = generator.random(per_lid if is_upper else per_lid // 2)
            slanted = np.clip(place + 0.012 * generator.normal(size=len(place)), 0, 1)
            root, tip = _along(strip[roots], place), _along(strip[tips], slanted)
            if not is_upper:
                carried = _moved_with_skin(root, model, moved)
                root, tip = root + carried, tip + carried
            share = 0.8 + 0.35 * generator.random(len(place))
            strands.append(_curved(root, tip - root, share, is_upper))
    return np.concatenate(strands)


def _along(points: Float, places: Float) -> Float:
    """[N, 3] on a polyline [K, 3] at places [N], 0 at its first point and 1 at its last."""
    at = places * (len(points) - 1)
    before = np.clip(np.floor(at).astype(int), 0, len(points) - 2)
    share = (at - before)[:, None]
    between: Float = points[before] * (1 - share) + points[before + 1] * share
    return between


def _moved_with_skin(points: Float, model: HeadModel, moved: Float) -> Float:
    """[N, 3] how far the skin near points [N, 3] goes, from displacements [V, 3] of the head."""
    ids = np.flatnonzero(model.topology.part_of_vertex == "skin")
    distances, near = cKDTree(model.points_dm[ids]).query(points, k=_NEIGHBOURS)
    weights = 1 / (distances + 1e-3)
    weights /= weights.sum(1, keepdims=True)
    carried: Float = (moved[ids[near]] * weights[..., None]).sum(1)
    return carried


def _curved(root: Float, reach: Float, share: Float, is_upper: bool) -> Float:
    """[N, 5, 3] from the lid along part of `reach` [N, 3]; upper ones curl up, lower ones down."""
    size = share[:, None] * (0.82 if is_upper else 0.42)
    lift = np.array([0, 0.02 if is_upper else -0.008, 0])
    places = np.linspace(0, 1, _POINTS)
    return np.stack([root + reach * q * size + lift * q * q for q in places], 1)
