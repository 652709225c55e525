"""Make-up for the benches of painting: what people paint on a face.

It is drawn in the space of the neutral head, by the measures of the demo heads: they look towards
+z, their eyes are at about y = 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from avatar_core.geometry import Camera
from avatar_core.raster.meshes import rasterize_mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.mega.model import MegaModel

Values: TypeAlias = "NDArray[np.floating[Any]]"

_LIPSTICK = (0.60, 0.22, 0.22, 0.85)
_BLUSH = (0.78, 0.42, 0.37, 0.5)
_FRECKLE = (0.52, 0.33, 0.25, 0.6)
_BROW = (0.33, 0.22, 0.17, 0.75)
_SCAR = (0.80, 0.58, 0.52, 0.7)
_STUBBLE = (0.50, 0.41, 0.37, 0.4)
"""Display red, green, blue and the most coverage."""

_FRECKLES = 160
_BLEED_TEXELS = 2


class FaceTexels(NamedTuple):
    """places [S, S, 3] on the neutral head, metres, 0 off the charts; parts [S, S], -1 there."""

    places: Float32
    parts: NDArray[np.int64]


def face_texels(model: MegaModel) -> FaceTexels:
    """Where each texel of the avatar's texture lies, row 0 below."""
    size = model.networks.config.tex_size
    corners = model.surface.corner_uv.cpu().numpy().reshape(-1, 2)
    flat = np.concatenate([corners, np.ones((len(corners), 1), np.float32)], 1)
    half = 0.5 * (size - 1)
    intrinsics = np.array([[half, 0, half + 0.5], [0, half, half + 0.5], [0, 0, 1]], np.float32)
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    image = rasterize_mesh(flat, faces, Camera(np.eye(4, dtype=np.float32), intrinsics, size, size))
    is_on = image.face_ids >= 0
    ids = np.where(is_on, image.face_ids, 0)
    triangles = model.canonical_vertices[model.surface.faces[ids]]
    places = np.einsum("hwk,hwkc->hwc", image.barycentrics, triangles).astype(np.float32)
    parts = np.where(is_on, model.head.topology.face_part[ids].astype(np.int64), -1)
    return FaceTexels(places * is_on[..., None], parts)


def makeup(model: MegaModel, seed: int = 5) -> Float32:
    """[S, S, 4] premultiplied display RGB and coverage at the texture's own texels, row 0 below.

    Stubble, blush, freckles, brows, a scar and lipstick, one over the other.
    """
    texels = face_texels(model)
    x, y, z = np.moveaxis(texels.places, -1, 0)
    names = list(model.head.topology.part_names)
    skin = (texels.parts == names.index("skin")) & (z > 0.0)
    lips = (texels.parts == names.index("lips")).astype(np.float32)
    rng = np.random.default_rng(seed)
    paint = np.zeros((*x.shape, 4), np.float32)
    for colour, coverage in (
        (_STUBBLE, skin * _stubble(x, y, rng)),
        (_BLUSH, skin * _blush(x, y)),
        (_FRECKLE, skin * _freckles(texels.places, skin, rng)),
        (_BROW, skin * _brows(x, y)),
        (_SCAR, skin * _line(x, y, (-0.046, -0.014), (-0.031, -0.036), 0.0012)),
        (_LIPSTICK, _softened(lips)),
    ):
        share = (colour[3] * coverage).astype(np.float32)[..., None]
        paint = share * np.array([*colour[:3], 1.0], np.float32) + (1.0 - share) * paint
    return bled(paint, texels.parts >= 0)


def bled(paint: Float32, is_on_chart: NDArray[np.bool_]) -> Float32:
    """The paint [S, S, 4] going on for two texels beyond the charts."""
    from scipy.ndimage import distance_transform_edt

    distance, (rows, columns) = distance_transform_edt(~is_on_chart, return_indices=True)
    return np.where(distance[..., None] <= _BLEED_TEXELS, paint[rows, columns], np.float32(0))


def _blush(x: Values, y: Values) -> Values:
    return np.exp(-((np.abs(x) - 0.043) ** 2 / 0.013**2 + (y + 0.032) ** 2 / 0.011**2))


def _brows(x: Values, y: Values) -> Values:
    along = (np.abs(x) - 0.028) / 0.018
    middle = 0.0235 + 0.005 * (1.0 - along**2)
    half_height = 0.0032 * np.clip(1.0 - 0.5 * along, 0.2, 1.2)
    inside = _edge((half_height - np.abs(y - middle)) / 0.001)
    return inside * _edge((1.0 - np.abs(along)) * 18.0)


def _stubble(x: Values, y: Values, rng: np.random.Generator) -> Values:
    grain = 0.75 + 0.25 * rng.random(x.shape, np.float32)
    chin = _edge((-0.062 - y + 0.4 * np.abs(x)) / 0.014)
    return grain * chin * _edge((0.055 - np.abs(x)) / 0.014) * _edge((y + 0.099) / 0.010)


def _freckles(places: Float32, where: NDArray[np.bool_], rng: np.random.Generator) -> Values:
    x, y, z = np.moveaxis(places, -1, 0)
    likely = where & (np.abs(x) < 0.05) & (y > -0.045) & (y < -0.008) & (z > 0.06)
    rows, columns = np.nonzero(likely)
    drawn = rng.choice(len(rows), min(_FRECKLES, len(rows)), replace=False)
    coverage = np.zeros(x.shape, np.float32)
    for place in places[rows[drawn], columns[drawn]]:
        radius_m = rng.uniform(0.0008, 0.0015)
        away = np.linalg.norm(places - place, axis=-1)
        coverage = np.maximum(coverage, np.exp(-((away / radius_m) ** 2)) * rng.uniform(0.5, 1.0))
    return coverage


def _line(
    x: Values, y: Values, start: tuple[float, float], end: tuple[float, float], radius_m: float
) -> Values:
    """A stroke from a place (x, y) to another."""
    from_start = np.stack([x - start[0], y - start[1]], -1)
    along = np.array(end, np.float32) - np.array(start, np.float32)
    share = np.clip(from_start @ along / (along @ along), 0.0, 1.0)
    away = np.linalg.norm(from_start - share[..., None] * along, axis=-1)
    coverage: Values = np.exp(-((away / radius_m) ** 2))
    return coverage


def _softened(mask: Float32) -> Values:
    from scipy.ndimage import gaussian_filter

    softened: Values = mask * gaussian_filter(mask, 1.0)
    return softened


def _edge(steps: Values) -> Values:
    """0 below 0, 1 above 1, smooth between."""
    t = np.clip(steps, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
