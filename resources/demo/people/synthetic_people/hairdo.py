"""Hair of the head: guides are grown over the skull, strands follow them; rigid with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from synthetic_capture.mesh.triangles import vertex_normals
from synthetic_capture.strands.hair import hair as grown_hair
from synthetic_capture.strands.roots import scalp_roots
from synthetic_capture.strands.skin_proxy import SkinProxy
from synthetic_capture.strands.style import HairStyle

from synthetic_people.hair_regions import scalp_cover
from synthetic_people.strand_set import StrandSet

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Float, Float32

    from synthetic_people.traits import Traits

_GUIDES = 400
_SOLID = ("skin", "scalp", "ear", "neck", "garment", "lips")
_CLEARANCE_DM = 0.012
_KIND_OF = {"falling": "falling", "curly": "falling", "fringe": "falling", "bun": "bun",
            "slick": "bun", "short": "short", "afro": "short", "buzz": "short"}  # fmt: skip


def hair(model: HeadModel, traits: Traits, count: int, points: int) -> StrandSet | None:
    """The hair of the head: guides are grown, `count` strands of `points` points follow them."""
    style, rng = traits.hair, np.random.default_rng([traits.seed, 31])
    if style.kind == "bald":
        return None
    guides = _guides(model, traits, rng)
    kept = (
        scalp_cover(_base_points(model, guides[:, 0]), traits) > rng.random(len(guides)) * 0.8 + 0.1
    )
    knots = guides[kept]
    if len(knots) < 8:
        return None
    strands = _children(model, knots, traits, count, rng)
    strands = _resampled(strands, points)
    strands = _styled(strands, traits, rng)
    strands[:, 1:] = _off_the_skin(model, strands[:, 1:])
    width = np.linspace(1.0, 0.55, points) * style.thickness
    return StrandSet(
        points=model.metres(strands).astype(np.float32),
        colours=_hair_colours(traits, strands, rng),
        half_width=(width * 0.00042 * np.sqrt(6000 / count)).astype(np.float32),
    )


def _guides(model: HeadModel, traits: Traits, rng: np.random.Generator) -> Float:
    """[G, 24, 3] dm."""
    style = traits.hair
    if style.kind == "afro":
        return _radial(model, traits, rng)
    grown = grown_hair(
        model,
        HairStyle(
            kind=_KIND_OF[style.kind],  # type: ignore[arg-type]
            count=_GUIDES,
            guides=90,
            length=style.length,
            ends_y=style.ends_y,
            parting_x=style.parting_x,
            lift=style.lift,
            curl=0.004,
            frizz=0.0006,
            clumping=0.4,
            seed=traits.seed,
        ),
    )
    if style.kind == "fringe":
        grown = np.concatenate([grown, _fringe(model, traits, rng)])
    return grown


def _radial(model: HeadModel, traits: Traits, rng: np.random.Generator) -> Float:
    """Guides that stand away from the skull."""
    roots = scalp_roots(model, _GUIDES, rng)
    places = np.linspace(0, 1, 24)[None, :, None]
    centre = roots.positions.mean(0) * (0, 1, 1) + np.array([0, -0.1, 0.05])
    away = roots.positions - centre
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    direction = 0.5 * roots.normals + 0.8 * away + 0.12 * rng.normal(size=away.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = traits.hair.length * (0.85 + 0.2 * rng.random(len(away)))
    length *= np.clip((roots.positions[:, 1] - 6.2) / 1.2, 0.35, 1)
    guides: Float = roots.positions[:, None] + direction[:, None] * length[:, None, None] * places
    return guides


def _fringe(model: HeadModel, traits: Traits, rng: np.random.Generator) -> Float:
    """Guides from the front of the scalp down over the forehead."""
    roots = scalp_roots(model, 1500, rng)
    front = roots.base_positions
    chosen = np.flatnonzero((front[:, 2] > 0.95) & (np.abs(front[:, 0]) < 0.5))[:160]
    skin = SkinProxy(model, rng)
    tips, path = roots.positions[chosen], [roots.positions[chosen]]
    steps = 23
    length = rng.uniform(0.45, 0.7) + 0.05 * rng.normal(size=len(chosen))
    sweep = rng.normal() * 0.35
    for k in range(steps):
        share = k / steps
        direction = roots.normals[chosen] * max(0, 0.6 - 3 * share) + np.array(
            [sweep, -0.25 - 1.3 * share, 0.75 - 0.8 * share]
        )
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        tips = skin.pushed_out(
            tips + direction * (length / steps)[:, None], np.full(len(tips), 0.05 + 0.05 * share)
        )
        path.append(tips)
    return np.stack(path, 1)


def _children(
    model: HeadModel, guides: Float, traits: Traits, count: int, rng: np.random.Generator
) -> Float:
    """[count, 24, 3] dm: strands beside guides, drawn to them towards the tips."""
    spread = 0.055 if traits.hair.kind != "afro" else 0.08
    parent = rng.integers(0, len(guides), count)
    offset = np.clip(rng.normal(size=(count, 1, 3)), -1.5, 1.5) * spread
    share = np.linspace(0, 1, guides.shape[1])[None, :, None]
    clump = 0.35 + 0.4 * np.random.default_rng([traits.seed, 5]).random()
    if traits.hair.kind in ("afro", "buzz", "short"):
        clump = 0.1
    return guides[parent] + offset * (1 - clump * share**1.5)


def _styled(strands: Float, traits: Traits, rng: np.random.Generator) -> Float:
    """Curls, wound alike by neighbours, and frizz."""
    style = traits.hair
    count, points = strands.shape[:2]
    share = np.linspace(0, 1, points)[None, :]
    place = strands[:, 0] * 5
    phase = 6.28 * (np.sin(place @ (1.3, 2.1, 0.7)) + 0.15 * rng.normal(size=count))[:, None]
    steps = np.linalg.norm(np.diff(strands, axis=1), axis=2)
    arc = np.c_[np.zeros(count), np.cumsum(steps, 1)]
    turns = {"afro": 3.0, "curly": 1.1}.get(style.kind, 0.55)
    radius = style.curl * {"afro": 0.055, "curly": 0.075, "falling": 0.06, "fringe": 0.02}.get(
        style.kind, 0.02
    )
    angle = 6.28 * turns * arc + phase
    wound = np.stack([np.cos(angle), 0.35 * np.sin(angle + 1), np.sin(angle)], -1)
    strands = strands + radius * np.clip(share * 3, 0, 1)[..., None] * wound
    walk = np.cumsum(rng.normal(size=strands.shape), 1) * share[..., None]
    return strands + walk * 0.006 * style.frizz


def _off_the_skin(model: HeadModel, points: Float) -> Float:
    """Points [..., 3] dm that are inside the head, moved out along the nearest normals."""
    outer = np.flatnonzero(np.isin(model.topology.part_of_vertex, _SOLID))
    normals = vertex_normals(model.points_dm, model.topology.faces)[outer]
    flat = points.reshape(-1, 3)
    nearest = cKDTree(model.points_dm[outer]).query(flat)[1]
    normal = normals[nearest]
    height = ((flat - model.points_dm[outer][nearest]) * normal).sum(1)
    moved = flat + normal * np.clip(_CLEARANCE_DM - height, 0, None)[:, None]
    free: Float = moved.reshape(points.shape)
    return free


def _resampled(strands: Float, points: int) -> Float:
    """Polylines [N, K, 3] at `points` of their points."""
    places = np.linspace(0, strands.shape[1] - 1, points)
    low = np.minimum(places.astype(int), strands.shape[1] - 2)
    share = (places - low)[None, :, None]
    sampled: Float = strands[:, low] * (1 - share) + strands[:, low + 1] * share
    return sampled


def _hair_colours(traits: Traits, strands: Float, rng: np.random.Generator) -> Float32:
    style = traits.hair
    count, points = strands.shape[:2]
    colour = np.broadcast_to(np.array(style.colour), (count, points, 3)).copy()
    if style.tips is not None:
        share = np.linspace(-0.4, 1.1, points).clip(0, 1)[None, :, None]
        colour += (np.array(style.tips) - colour) * share
    lock = np.sin(strands[:, 0] @ (23.0, 17.0, 29.0))[:, None, None]
    colour *= 1 + 0.14 * lock + 0.16 * rng.normal(size=(count, 1, 1))
    greys = rng.random(count) < style.greying
    colour[greys] = 0.25 * colour[greys] + 0.55
    clipped: Float32 = np.clip(colour, 0, 1).astype(np.float32)
    return clipped


def _base_points(model: HeadModel, roots: Float) -> Float:
    """[N, 3] places on the base mesh of the vertices nearest to roots [N, 3] dm."""
    nearest = cKDTree(model.points_dm).query(roots)[1]
    points: Float = model.topology.base_points[nearest]
    return points
