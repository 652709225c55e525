"""Hair, neck and background: rings around the face that follow it less the farther out they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.features import FACE_OVAL
from avatar_core.emoportraits.landmark_warp.strips import strip_triangles

if TYPE_CHECKING:
    from avatar_core.emoportraits.landmark_warp.source_face import SourceFace
    from avatar_core.geometry import Int32
    from avatar_core.geometry.shapes import Float64

_RINGS = np.array([1.05, 1.12, 1.2, 1.3, 1.42, 1.57, 1.75, 1.97, 2.25, 2.6, 3.1])
# Distance from the middle of the face, in its radii.
_HEAD_DEPTH = -1.2  # where the skull is widest, in head axes and face sizes
_HEAD_WITHIN, _HAIR_WITHIN = 1.35, 2.2
# Radii at which that depth is reached: beside the face and above it, where hair lies in front.
_DEEPEST = 3.0
_SKIN_ENDS = 1.6
_SIDE_RINGS = 4
_SLACK, _TORN = 1.15, 2.5
# How far rings are pulled from the outline, in their distance, when skin begins to stand in for
# what lies beside the face, and when it does so fully.
_INWARDS = 0.08
_NECK = (0.7, 0.95)
# Downwardness between which the neck takes over, which does not turn out of sight.
_UP = (1.3, 2.7)
_DOWN = (1.0, 2.1)
# Radii between which the head's turn fades: above and beside it there is hair, below it the
# shoulders stay where they are.


class Surroundings:
    """Rings of 36 vertices around the face of one photograph, the last beyond its borders.

    Args:
        face: the photograph's face.
        far_px: the distance of the last ring, pixels.
    """

    size = (len(_RINGS) + 1) * len(FACE_OVAL)
    """How many vertices there are."""

    def __init__(self, face: SourceFace, far_px: float) -> None:
        oval = face.landmarks[FACE_OVAL]
        middle = oval[:, :2].mean(0)
        angles, radii = _star(oval[:, :2] - middle)
        directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        distances = np.concatenate([_RINGS[:, None] * radii, np.maximum(far_px, 3.5 * radii)[None]])
        flat = middle + distances[..., None] * directions
        spread = np.append(_RINGS, 4.0)[:, None]
        downward = directions @ _down_in_picture(face)
        within = _HEAD_WITHIN + (_HAIR_WITHIN - _HEAD_WITHIN) * _smooth(0.2, 0.9, -downward)
        depth = _depths(face, flat, oval[:, 2], _smooth(1.0, within, spread))
        self._oval, self._middle = oval[:, :2], middle
        self.places: Float64 = flat.reshape(-1, 2)
        """[K, 2] vertices in the picture."""
        self.points: Float64 = face.unprojected(np.dstack([flat, depth]).reshape(-1, 3))
        """[K, 3] the same before the camera."""
        self._beside = 1 - _smooth(*_NECK, downward)
        downness = _smooth(0.1, 0.8, downward)
        starts = _UP[0] + downness * (_DOWN[0] - _UP[0])
        ends = _UP[1] + downness * (_DOWN[1] - _UP[1])
        self._follow_head = (1 - _smooth(starts, ends, spread)).reshape(-1, 1)
        self._follow_skin = (1 - _smooth(1.0, _SKIN_ENDS, spread))[..., None]

    def moved(self, skin: Float64, turn: Float64, pivot: Float64, shift: Float64) -> Float64:
        """[K, 3] the vertices before the camera when the face moves.

        Args:
            skin: [36, 3] what expressions move the outline of the face by.
            turn: [3, 3] of the head about its pivot.
            pivot: [3] the joint.
            shift: [3] of the head.
        """
        moves = (self._follow_skin * skin).reshape(-1, 3)
        points = self.points + moves
        turned = (points - pivot) @ turn.T + pivot + shift
        moved: Float64 = points + self._follow_head * (turned - points)
        return moved

    def shown_places(self, oval: Float64, rings: Float64) -> tuple[Float64, Float64]:
        """Places in the picture that the outline [36, 2] and the rings [K, 2] show.

        Where a turned head pulls them apart, the side of the face comes into view, which a
        picture from the front does not have: the skin at its outline stands in for it, rather
        than the background beside it.

        Args:
            oval: [36, 2] where the outline has gone, pixels.
            rings: [K, 2] where the rings have gone.
        """
        count = len(oval)
        near = slice(0, _SIDE_RINGS * count)
        was = self.places[near].reshape(_SIDE_RINGS, count, 2) - self._oval
        now = rings[near].reshape(_SIDE_RINGS, count, 2) - oval
        lengths = np.linalg.norm(was[-1], axis=-1), np.linalg.norm(now[-1], axis=-1)
        stretch = lengths[1] / np.maximum(lengths[0], 1e-9)
        share = (self._beside * _smooth(_SLACK, _TORN, stretch))[:, None]
        places = self.places.copy()
        inwards = _INWARDS * share * (self._oval - self._middle)
        skin = self._oval - inwards
        places[near] = (skin + (1 - 0.7 * share) * was).reshape(-1, 2)
        return skin, places

    @staticmethod
    def triangles(first: int) -> Int32:
        """[F, 3] from the outline of the face outwards; vertices are numbered from `first` on."""
        count = len(FACE_OVAL)
        rings = first + np.arange(Surroundings.size, dtype=np.int32).reshape(-1, count)
        grid = np.concatenate([FACE_OVAL[None].astype(np.int32), rings])
        grid = np.concatenate([grid, grid[:, :1]], axis=1)
        return strip_triangles(grid)


def _star(offsets: Float64) -> tuple[Float64, Float64]:
    """Angles that only grow, and radii, of an outline around its middle.

    The far side of a face turned away folds back in the picture; rings around it must not.
    """
    angles = np.unwrap(np.arctan2(offsets[:, 1], offsets[:, 0]))
    radii = np.linalg.norm(offsets, axis=1)
    step = 0.25 * 2 * np.pi / len(angles)
    for _ in range(8):
        late = np.maximum.accumulate(angles - step * np.arange(len(angles)))
        angles = late + step * np.arange(len(angles))
        overrun = angles[-1] + step - angles[0] - 2 * np.pi
        if overrun <= 0:
            break
        angles = angles - overrun * np.linspace(0, 1, len(angles))
    return angles, radii


def _depths(face: SourceFace, flat: Float64, oval: Float64, share: Float64) -> Float64:
    """[R, 36] depth of each ring's vertices: from the face's outline back to the widest skull."""
    front = face.turn[:, 2]
    offset = (flat - face.projected(face.origin[None])[0, :2]) * [1, -1]
    facing = max(float(front[2]), 0.5)
    plane = (_HEAD_DEPTH * face.size_px - offset @ front[:2]) / facing
    limit = _DEEPEST * face.size_px
    back = -face.origin[2] - np.clip(plane, -limit, limit)
    depth: Float64 = oval + share * (back - oval)
    return depth


def _down_in_picture(face: SourceFace) -> Float64:
    down = -face.turn[:2, 1] * [1, -1]
    length = float(np.linalg.norm(down))
    return down / length if length > 1e-6 else np.array([0.0, 1.0])


def _smooth(start: float | Float64, end: float | Float64, value: Float64) -> Float64:
    share = np.clip((value - start) / (end - start), 0.0, 1.0)
    smooth: Float64 = share * share * (3 - 2 * share)
    return smooth
