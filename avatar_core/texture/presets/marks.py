"""What make-up is made of: soft shapes, lines that taper, hairs, spots and noise on a FaceMap.

Everything gives coverage [h, w] 0..1 over the rectangle of the board; places and widths are in its
units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.texture.presets.face_map import FaceMap

Field: TypeAlias = NDArray[np.floating[Any]]
"""Numbers of any precision."""

_FINER = 2
"""Hairs are drawn on a board so many times as fine."""

_FRACTION_BITS = 4
_FOLD = 0.03
_ROUND = 24
"""Points along a smooth line between two that were given."""


def step(start: float, end: float, values: Field) -> Float32:
    """0 at the start, 1 at the end, smooth between; falling where the end is the smaller."""
    share = ((values - start) / (end - start)).clip(0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def bump(face: FaceMap, centre: tuple[float, float], radii: tuple[float, float],
         turn_rad: float = 0.0) -> Float32:  # fmt: skip
    """A soft spot, 1 in the middle; radii are standard deviations along its own axes."""
    x, y = face.x - centre[0], face.y - centre[1]
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    along, across = (x * cos + y * sin) / radii[0], (y * cos - x * sin) / radii[1]
    return np.asarray(np.exp(-0.5 * (along**2 + across**2)), np.float32)


def smooth_line(points: Float32, is_closed: bool = False) -> Float32:
    """A smooth line through points [n, 2]: Catmull and Rom's, [m, 2]."""
    if is_closed:
        before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
        starts, ends = points, after
        lead, follow = before, np.roll(points, -2, axis=0)
    else:
        padded = np.concatenate(
            [2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]]
        )
        lead, starts, ends, follow = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, _ROUND, endpoint=False, dtype=np.float32)[None, :, None]
    lead, starts, ends, follow = (each[:, None] for each in (lead, starts, ends, follow))
    bends = (
        2 * starts
        + (ends - lead) * t
        + (2 * lead - 5 * starts + 4 * ends - follow) * t**2
        + (3 * starts - lead - 3 * ends + follow) * t**3
    )
    line = 0.5 * bends.reshape(-1, 2)
    whole = line if is_closed else np.concatenate([line, points[-1:]])
    return whole.astype(np.float32)


def mirrored(points: Float32) -> Float32:
    """The same on the other half of the face."""
    return points * np.array([-1, 1], np.float32)


def area(face: FaceMap, outlines: list[Float32], soft: float = 0.0) -> Float32:
    """What lies within any of some outlines [n, 2], with rims that fade over `soft` units."""
    import cv2

    rows, columns = face.shape
    canvas = np.zeros((rows * _FINER, columns * _FINER), np.uint8)
    for outline in outlines:
        cv2.fillPoly(canvas, [_fixed(face, outline)], 255, cv2.LINE_AA, _FRACTION_BITS)
    cover = _coarse(face, canvas)
    return blurred(face, cover, soft / 2)


def tapered(face: FaceMap, line: Float32, widths: Float32, soft: float = 0.0) -> Float32:
    """A line [n, 2] of changing width [n]."""
    ahead = np.gradient(line, axis=0)
    normals = np.stack([-ahead[:, 1], ahead[:, 0]], axis=-1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    away = normals * (widths / 2)[:, None]
    outline = np.concatenate([line + away, (line - away)[::-1]]).astype(np.float32)
    return area(face, [outline], soft)


def hairs(face: FaceMap, starts: Float32, ways: Float32, bends: Float32, width: float) -> Float32:
    """Short hairs [n], each thinning out.

    Args:
        face: the board.
        starts: [n, 2] where they leave the skin.
        ways: [n, 2] from there to their tips.
        bends: [n] how far they bow out to the left of their way, as a share of its length.
        width: at the root; thinner than a texel, they are drawn paler.
    """
    import cv2

    if not len(starts):
        return np.zeros(face.shape, np.float32)
    side = np.stack([-ways[:, 1], ways[:, 0]], axis=-1) * bends[:, None]
    middles, ends = starts + ways / 2 + side, starts + ways
    lines = _fixed(face, np.concatenate([starts, middles, ends])).reshape(3, -1, 2)
    canvas = np.zeros(tuple(_FINER * each for each in face.shape), np.uint8)
    width_px = width * face.unit_texels * _FINER
    pale = min(width_px, 1.0)
    for thick, parts, level in ((width_px, (0, 1), 1.0), (0.6 * width_px, (1, 2), 0.75)):
        size = max(1, round(thick))
        for line in np.ascontiguousarray(lines[list(parts)].transpose(1, 0, 2)):
            cv2.polylines(canvas, [line], False, round(255 * pale * level), size, cv2.LINE_AA,
                          _FRACTION_BITS)  # fmt: skip
    return _coarse(face, canvas)


def spots(face: FaceMap, places: Float32, radii: Field, depths: Field,
          rng: np.random.Generator) -> Float32:  # fmt: skip
    """Uneven round spots [n] of some radii and depths 0..1; where they overlap, they deepen."""
    rows, columns = face.shape
    clear = np.ones(face.shape, np.float32)
    centres = face.texels_of(places)
    for (column, row), radius, depth in zip(centres, radii * face.unit_texels, depths, strict=True):
        reach = int(2 * radius) + 2
        top, left = max(int(row) - reach, 0), max(int(column) - reach, 0)
        bottom, right = min(int(row) + reach + 1, rows), min(int(column) + reach + 1, columns)
        turn, long, wave = rng.uniform(0, np.pi), rng.uniform(0.75, 1.3), rng.uniform(0, 2 * np.pi)
        if top >= bottom or left >= right:
            continue
        y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
        x, y = x - column, y - row
        cos, sin = np.cos(turn), np.sin(turn)
        x, y = (x * cos + y * sin) / long, (y * cos - x * sin) * long
        uneven = 1 + 0.18 * np.sin(3 * np.arctan2(y, x) + wave)
        distance = np.hypot(x, y) / uneven
        soft = max(0.6 * radius, 0.75)
        # Below a texel a spot gets paler rather than smaller.
        pale = min(1.0, (radius / 0.75) ** 2)
        clear[top:bottom, left:right] *= 1 - depth * pale * step(radius + soft, radius - soft,
                                                                 distance)  # fmt: skip
    return 1 - clear


def noise(face: FaceMap, rng: np.random.Generator, grain: float, stretch: float = 1.0) -> Float32:
    """Smooth noise 0..1, evenly spread.

    Args:
        face: the board.
        rng: what it comes from.
        grain: width of a fleck.
        stretch: how much higher than wide flecks are.
    """
    import cv2

    low, high = face.places.min(axis=(0, 1)), face.places.max(axis=(0, 1))
    cells = np.array([grain, grain * stretch], np.float32)
    across, down = (np.ceil((high - low) / cells).astype(int) + 4).tolist()
    lattice = rng.random((down, across)).astype(np.float32)
    at = (face.places - low) / cells + 1
    field = cv2.remap(lattice, np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1]),
                      cv2.INTER_CUBIC)  # fmt: skip
    return step(0.1, 0.9, field.astype(np.float32))


def blurred(face: FaceMap, cover: Float32, deviation: float) -> Float32:
    """Coverage spread over a distance."""
    import cv2

    texels = deviation * face.unit_texels
    if texels < 0.3:
        return cover
    return cv2.GaussianBlur(cover, (0, 0), texels).astype(np.float32)


def scattered(
    rng: np.random.Generator, low: tuple[float, float], high: tuple[float, float], apart: float
) -> Float32:
    """Places [n, 2] in a box that keep a distance, in no order: a shaken lattice of triangles."""
    rows = np.arange(low[1], high[1], apart * np.sqrt(3) / 2)
    columns = np.arange(low[0], high[0], apart)
    x, y = np.meshgrid(columns, rows)
    x = x + (np.arange(len(rows)) % 2)[:, None] * apart / 2
    places = np.stack([x, y], axis=-1).reshape(-1, 2)
    return (places + rng.uniform(-0.35, 0.35, places.shape) * apart).astype(np.float32)


def sampled(face: FaceMap, field: Float32, places: Float32) -> Float32:
    """[n] a field [h, w] at places [n, 2]; 0 outside, and where the board folds within lips."""
    at = np.rint(face.texels_of(places)).astype(np.int64)
    rows, columns = face.shape
    is_in = (at >= 0).all(axis=1) & (at[:, 0] < columns) & (at[:, 1] < rows)
    at = np.where(is_in[:, None], at, 0)
    missed = np.linalg.norm(face.places[at[:, 1], at[:, 0]] - places, axis=1)
    values = field[at[:, 1], at[:, 0]] * (is_in & (missed < _FOLD))
    return np.asarray(values, np.float32)


def _fixed(face: FaceMap, points: Float32) -> Int32:
    """Places on the finer board in OpenCV's fixed point numbers."""
    texels = (face.texels_of(points) + 0.5) * _FINER - 0.5
    bound = 1 << 24
    fixed = np.rint(texels * (1 << _FRACTION_BITS)).clip(-bound, bound)
    return np.asarray(fixed, np.int32)


def _coarse(face: FaceMap, canvas: UInt8) -> Float32:
    rows, columns = face.shape
    finer = canvas.reshape(rows, _FINER, columns, _FINER).astype(np.float32)
    return np.asarray(finer.mean(axis=(1, 3)) / 255, np.float32)
