"""Where lids begin for someone who looks at the face: the rims that make-up follows.

Landmarks lie where the mesh of a lid meets the eyeball. From there its edge comes forward, some
millimetres deep, before it turns up or down over the eyeball: from the front nothing is seen of
that edge, and the rim is where it turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar_core.texture.atlas import AtlasMap
from avatar_core.texture.presets.face_map import BOARD
from avatar_core.texture.presets.marks import mirrored, smooth_line

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.texture.presets.face_map import FaceMap

_INNER_X, _OUTER_X = float(BOARD[42, 0]), float(BOARD[45, 0])
_UPPER: Final = smooth_line(BOARD[[42, 43, 44, 45]])
_LOWER: Final = smooth_line(BOARD[[42, 47, 46, 45]])
_COLUMNS = 41
_DEEPEST = 0.22
"""How far a lid may roll over, units of the board."""

_STEPS = 45
_EVEN_COLUMNS = 3.0
_WINDOW = 6
_STEEP = 0.5
"""Rise of a lid's face, as seen from the side, over the way on it; its edge rises less."""


@dataclass(frozen=True, slots=True, eq=False)
class Lids:
    """Rims of the lids of the person's left eye on the board; the right one mirrors them.

    Args:
        upper: [n, 2] from the inner corner out.
        lower: [n, 2] from the inner corner out.
    """

    upper: Float32
    lower: Float32

    @classmethod
    def of(cls, face: FaceMap) -> Lids:
        """By the head's neutral vertices where the board has them, otherwise by landmarks."""
        return cls(_rim(face, _UPPER, up=1), _rim(face, _LOWER, up=-1))

    def upper_at(self, across: Float32) -> Float32:
        """Height of the upper rim at distances from the middle of the face."""
        return np.interp(across, self.upper[:, 0], self.upper[:, 1]).astype(np.float32)

    def lower_at(self, across: Float32) -> Float32:
        """Height of the lower rim at distances from the middle of the face."""
        return np.interp(across, self.lower[:, 0], self.lower[:, 1]).astype(np.float32)


def _rim(face: FaceMap, curve: Float32, up: int) -> Float32:
    x = np.linspace(_INNER_X, _OUTER_X, _COLUMNS, dtype=np.float32)
    line = np.stack([x, np.interp(x, curve[:, 0], curve[:, 1])], axis=-1).astype(np.float32)
    if face.vertices is None:
        return line
    steps = np.linspace(0, _DEEPEST, _STEPS, dtype=np.float32)
    walk = np.repeat(line[None], _STEPS, axis=0)
    walk[..., 1] += up * steps[:, None]
    # Both eyes together, so that they are made up alike.
    sides = [_places(face, each.reshape(-1, 2)) for each in (walk, mirrored(walk))]
    edges = [_edge(side.reshape(_STEPS, _COLUMNS, 3), steps, up) for side in sides]
    away = np.mean(edges, axis=0)
    # At the corners both lids meet.
    away *= np.sqrt(np.clip(np.minimum(x - _INNER_X, _OUTER_X - x) / 0.08, 0, 1))
    line[:, 1] += up * _evened(away)
    return line


def _places(face: FaceMap, points: Float32) -> Float32:
    """[n, 3] where places on the board are in space, metres."""
    vertices = face.vertices
    assert vertices is not None
    atlas = AtlasMap.of(face.topology, face.size, vertices)
    corner = np.array(face.rectangle[1::-1], np.float32)
    at = np.rint(face.texels_of(points) + corner).astype(np.int32).clip(0, face.size - 1)
    return atlas.places_of(at[:, 1] * np.int32(face.size) + at[:, 0], vertices)


def _edge(places: Float32, steps: Float32, up: int) -> Float32:
    """[n] steps to the end of the edge, of walks [steps, n, 3] over a lid."""
    ahead = places[_WINDOW:] - places[:-_WINDOW]
    ways = np.maximum(np.linalg.norm(ahead, axis=2), 1e-9)
    is_face = up * ahead[..., 1] / ways > _STEEP
    first = np.where(is_face.any(axis=0), is_face.argmax(axis=0), 0)
    return steps[first]


def _evened(values: Float32) -> Float32:
    from scipy.ndimage import gaussian_filter1d, median_filter

    calm = median_filter(values, 7, mode="nearest")
    return np.asarray(gaussian_filter1d(calm, _EVEN_COLUMNS, mode="nearest"), np.float32)
