"""Beard, brows and lashes: short strands that follow the skin they grow from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from synthetic_capture.mesh.triangles import vertex_normals
from synthetic_capture.strands.lashes import _along

from synthetic_people.hair_regions import beard_density, brow_density
from synthetic_people.strand_set import StrandSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Float, Int

    from synthetic_people.traits import Traits


def beard(model: HeadModel, traits: Traits, count: int) -> StrandSet | None:
    """Short strands on jaw and lip."""
    style, rng = traits.beard, np.random.default_rng([traits.seed, 37])
    if style.kind == "none" or style.length <= 0:
        return None
    roots = _skin_roots(
        model, lambda points: style.density * 1.2 * beard_density(points, style.kind), count, rng
    )
    if roots is None:
        return None
    n = len(roots.base)
    is_moustache = roots.base[:, 1] > 6.66
    sideways = np.c_[0.25 * np.sign(roots.base[:, 0]) * is_moustache, np.full(n, -1.0), np.zeros(n)]
    direction = sideways + 0.55 * roots.normals + 0.35 * rng.normal(size=(n, 3))
    length = style.length * rng.uniform(0.6, 1.2, n) * (0.4 + 0.6 * roots.density)
    greys = rng.random(n) < traits.hair.greying * 1.2
    colours = np.where(greys[:, None], 0.72, np.array(traits.hair.colour) * 0.9)
    return _skin_strands(
        model,
        roots,
        direction,
        length * np.where(is_moustache, 0.6, 1),
        colours * (1 + 0.18 * rng.normal(size=(n, 1))),
        0.0003 * (3000 / count) ** 0.5,
        rng,
    )


def brows(model: HeadModel, traits: Traits, count: int) -> StrandSet | None:
    """Strands of the brows: upright at the nose, flat towards the temples."""
    style, rng = traits.brows, np.random.default_rng([traits.seed, 43])
    roots = _skin_roots(
        model, lambda points: style.density * 1.1 * brow_density(points, traits), count, rng
    )
    if roots is None:
        return None
    n, x = len(roots.base), roots.base[:, 0]
    along = np.clip((np.abs(x) - 0.12) / 0.4, 0, 1)
    lift = np.interp(along, [0, 0.25, 0.6, 1], [1.3, 0.55, 0.05, -0.25]) + 0.22 * rng.normal(size=n)
    direction = np.c_[np.sign(x) * np.interp(along, [0, 0.2], [0.35, 1]), lift, np.zeros(n)]
    direction += 0.25 * roots.normals + 0.1 * rng.normal(size=(n, 3))
    greys = rng.random(n) < 0.7 * traits.hair.greying
    colours = np.where(greys[:, None], 0.6, np.array(style.colour)) * (
        1 + 0.2 * rng.normal(size=(n, 1))
    )
    length = (
        0.075 * rng.uniform(0.6, 1.15, n) * np.interp(along, [0, 0.2, 0.8, 1], [0.7, 1, 0.9, 0.6])
    )
    return _skin_strands(
        model, roots, direction, length, colours, 0.00021 * (800 / count) ** 0.5, rng
    )


def lashes(model: HeadModel, traits: Traits, per_lid: int = 40) -> StrandSet:
    """Lashes of both lids, carried by the skin beside their roots."""
    rng, base, neutral = (
        np.random.default_rng([traits.seed, 41]),
        model.data.base_mesh,
        model.makehuman_vertices,
    )
    parts = []
    for side in "lr":
        for is_upper in (True, False):
            roots, tips = base.lash_vertices(side, is_upper)
            place = rng.random(per_lid if is_upper else per_lid // 2)
            root = _along(neutral[roots], place)
            reach = (_along(neutral[tips], place) - root) * (0.75 if is_upper else 0.4)
            reach *= (0.6 + 0.6 * rng.random(len(place)))[:, None]
            places = np.linspace(0, 1, 4)
            lift = np.array([0, 0.02 if is_upper else -0.008, 0])
            parts.append(np.stack([root + reach * q + lift * q * q for q in places], 1))
    strands = np.concatenate(parts)
    skin = np.flatnonzero(model.topology.part_of_vertex == "skin")
    distance, near = cKDTree(model.points_dm[skin]).query(strands[:, 0], k=3)
    weights = 1 / (np.asarray(distance) + 1e-3)
    shade = np.array(traits.brows.colour) * 0.35
    return StrandSet(
        points=model.metres(strands).astype(np.float32),
        colours=np.broadcast_to(shade, strands.shape).astype(np.float32).copy(),
        half_width=(np.linspace(0.00028, 0.0001, 4) * (0.4 + traits.lash_strength)).astype(
            np.float32
        ),
        carriers=skin[near],
        carrier_weights=(weights / weights.sum(1, keepdims=True)).astype(np.float32),
    )


@dataclass(frozen=True)
class _SkinRoots:
    """Where N short strands leave the skin; `base` on the base mesh, dm."""

    ids: Int
    weights: Float
    base: Float
    positions: Float
    normals: Float
    density: Float


def _skin_roots(
    model: HeadModel, density: Callable[[Float], Float], count: int, rng: np.random.Generator
) -> _SkinRoots | None:
    """At most `count` random roots where `density` of base-mesh points [N, 3] asks for them."""
    faces = model.topology.faces_of("skin", "neck")
    corners = model.topology.base_points[faces]
    area = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    middles = np.concatenate([corners, corners.mean(1, keepdims=True)], 1)
    area = area * (density(middles.reshape(-1, 3)).reshape(-1, 4).max(1) > 0.02)
    if area.sum() == 0:
        return None
    picked = rng.choice(len(faces), count, p=area / area.sum())
    weights = rng.dirichlet([1, 1, 1], count)
    base = np.einsum("nk,nkc->nc", weights, corners[picked])
    wanted = density(base)
    kept = rng.random(count) < wanted
    ids, weights = faces[picked[kept]], weights[kept]
    normals = np.einsum(
        "nk,nkc->nc", weights, vertex_normals(model.points_dm, model.topology.faces)[ids]
    )
    return _SkinRoots(
        ids=ids,
        weights=weights,
        base=base[kept],
        positions=np.einsum("nk,nkc->nc", weights, model.points_dm[ids]),
        normals=normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9),
        density=np.clip(wanted[kept], 0, 1),
    )


def _skin_strands(
    model: HeadModel,
    roots: _SkinRoots,
    direction: Float,
    length: Float,
    colours: Float,
    half_width: float,
    rng: np.random.Generator,
    points: int = 5,
) -> StrandSet:
    """Bent strands from roots along `direction` [N, 3], not into the skin; `length` [N] dm."""
    inwards = np.minimum(0, (direction * roots.normals).sum(1))[:, None]
    direction = direction - roots.normals * inwards * 1.1
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
    places = np.linspace(0, 1, points)[None, :, None]
    strands = roots.positions[:, None] + direction[:, None] * length[:, None, None] * places
    strands += rng.normal(size=strands.shape) * 0.06 * length[:, None, None] * places
    strands += roots.normals[:, None] * 0.008
    return StrandSet(
        points=model.metres(strands).astype(np.float32),
        colours=np.repeat(np.clip(colours, 0, 1)[:, None], points, 1).astype(np.float32),
        half_width=(half_width * np.linspace(1, 0.55, points)).astype(np.float32),
        carriers=roots.ids,
        carrier_weights=roots.weights.astype(np.float32),
    )
