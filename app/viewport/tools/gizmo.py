"""Gizmo: handles around a point in space, and what dragging them means. Pure geometry."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes, matrix_from_quat, quat_from_axis_angle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.geometry import Camera
    from avatar_core.geometry.shapes import Float64

ARROW, RING, RIM, CENTRE = 0.95, 0.7, 1.15, 0.12
"""Length of the arrows and radii, in shares of the gizmo's size."""

_GRIP_DIRECTION = np.array([np.sqrt(0.5), -np.sqrt(0.5)])
"""The handle that scales sits on the rim, to the upper right."""

_ARROW_START = 0.25
_CORNERS = 48
_EDGE_ON = 0.2
_LEAST_FACTOR, _MOST_FACTOR = 0.05, 20.0


class GizmoKind(StrEnum):
    """What a handle does."""

    MOVE = "move"
    TURN = "turn"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Handle:
    """One handle: along or around an axis 0..2 of the gizmo; None for the view's own plane."""

    kind: GizmoKind
    axis: int | None = None


def handles_of(kinds: Iterable[GizmoKind]) -> tuple[Handle, ...]:
    """All handles of these kinds, those easier to miss first."""
    made: list[Handle] = []
    if GizmoKind.SCALE in (kinds := tuple(kinds)):
        made.append(Handle(GizmoKind.SCALE))
    for kind in (GizmoKind.MOVE, GizmoKind.TURN):
        if kind in kinds:
            made += [Handle(kind, axis) for axis in (None, 0, 1, 2)]
    # The rim lies around everything else, and behind it.
    return tuple(sorted(made, key=lambda each: each == Handle(GizmoKind.TURN)))


@dataclass(frozen=True, slots=True, eq=False)
class GizmoMove:
    """What a drag asks for: x' = pivot + scale * turn (x - pivot) + shift, world axes.

    Args:
        shift: [3] metres.
        turn: [3, 3] rotation.
        scale: a factor.
    """

    shift: Float32 = field(default_factory=lambda: np.zeros(3, np.float32))
    turn: Float32 = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    scale: float = 1.0

    def __post_init__(self) -> None:
        expect_shapes(shift=(self.shift, "3"), turn=(self.turn, "3 3"))


@dataclass(frozen=True, slots=True, eq=False)
class Gizmo:
    """Handles as they are seen now.

    Args:
        camera: of the picture.
        pivot: [3] world, metres.
        axes: [3, 3] columns: unit directions of its axes in the world.
        size_px: of the whole, device pixels.
    """

    camera: Camera
    pivot: Float32
    axes: Float32
    size_px: float

    def __post_init__(self) -> None:
        expect_shapes(pivot=(self.pivot, "3"), axes=(self.axes, "3 3"))

    @property
    def is_seen(self) -> bool:
        """Whether it lies before the camera."""
        return self._depth_m > self.camera.near_m

    @property
    def place(self) -> Float32:
        """[2] pixels of the pivot."""
        place: Float32 = self.camera.project(self.pivot[None])[0][0]
        return place

    def lines(self, handle: Handle) -> list[Float32]:
        """Polylines [n, 2] in pixels that the handle is drawn as; the near half of rings."""
        size_m, axis = self._size_m, handle.axis
        if handle.kind is GizmoKind.MOVE and axis is not None:
            shares = np.array([_ARROW_START, ARROW], np.float32)[:, None]
            return [self._project(self.pivot + size_m * shares * self.axes[:, axis])]
        if handle.kind is GizmoKind.TURN and axis is not None:
            return self._near_arcs(axis)
        if handle.kind is GizmoKind.SCALE:
            grip = self.place + RIM * self.size_px * _GRIP_DIRECTION
            return [np.stack([grip, grip]).astype(np.float32)]
        radius = self.size_px * (CENTRE if handle.kind is GizmoKind.MOVE else RIM)
        angles = np.linspace(0, 2 * np.pi, _CORNERS + 1)
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return [(self.place + radius * ring).astype(np.float32)]

    def handle_at(
        self, x_px: float, y_px: float, handles: Iterable[Handle], reach_px: float
    ) -> Handle | None:
        """The handle under a place: the nearest of those in reach, but first those that are small.

        Of equally near ones it is the first.
        """
        here = np.array([x_px, y_px])
        best, nearest_px = None, reach_px
        for handle in handles:
            away_px = min(distance_to_line_px(here, line) for line in self.lines(handle))
            is_grip = handle.kind is GizmoKind.SCALE and away_px < reach_px
            if is_grip or (handle == Handle(GizmoKind.MOVE) and self._is_in_centre(here)):
                return handle
            if away_px < nearest_px:
                best, nearest_px = handle, away_px
        return best

    def moved(self, handle: Handle, start: Float64, now: Float64) -> GizmoMove:
        """What dragging a handle from one place [2] in the picture to another asks for."""
        if handle.kind is GizmoKind.SCALE:
            return GizmoMove(scale=self._factor(start, now))
        if handle.kind is GizmoKind.MOVE:
            shift = self._on_plane(now) - self._on_plane(start)
            if handle.axis is not None:
                axis = self.axes[:, handle.axis].astype(np.float64)
                shift = axis * (self._along(axis, now) - self._along(axis, start))
            return GizmoMove(shift=shift.astype(np.float32))
        axis, angle_rad = self._turned(handle.axis, start, now)
        turn = matrix_from_quat(quat_from_axis_angle((angle_rad * axis)[None].astype(np.float32)))
        return GizmoMove(turn=turn[0])

    @property
    def _depth_m(self) -> float:
        return float(self.camera.project(self.pivot[None])[1][0])

    @property
    def _size_m(self) -> float:
        return self.size_px * self._depth_m / float(self.camera.intrinsics[1, 1])

    @property
    def _towards_eye(self) -> Float64:
        away = self.camera.position.astype(np.float64) - self.pivot
        return away / np.linalg.norm(away)

    def _project(self, points: Float32 | Float64) -> Float32:
        return self.camera.project(points.astype(np.float32))[0]

    def _near_arcs(self, axis: int) -> list[Float32]:
        across, along = self.axes[:, axis - 2], self.axes[:, axis - 1]
        angles = np.linspace(0, 2 * np.pi, _CORNERS + 1)[:, None]
        ring = np.cos(angles) * across + np.sin(angles) * along
        # A ring that faces the eye lies about the pivot's distance all round: it is whole.
        is_near = ring @ self._towards_eye > -_EDGE_ON
        points = self._project(self.pivot + RING * self._size_m * ring)
        if is_near.all():
            return [points]
        first = int(np.argmin(is_near[:-1]))  # begin in the gap, so that no arc is cut
        order = (first + np.arange(_CORNERS + 1)) % _CORNERS
        cuts = np.flatnonzero(np.diff(is_near[order].astype(int))) + 1
        parts = np.split(order, cuts)
        return [points[part] for part in parts if is_near[part[0]] and len(part) > 1]

    def _is_in_centre(self, here: Float64) -> bool:
        return bool(np.linalg.norm(here - self.place) <= CENTRE * self.size_px)

    def _on_plane(self, place: Float64) -> Float64:
        """[3] where the ray through a pixel meets the plane through the pivot that faces us."""
        origin, ray = (each.astype(np.float64) for each in self.camera.ray(*place.tolist()))
        forward = self.camera.forward.astype(np.float64)
        met: Float64 = origin + ray * (forward @ (self.pivot - origin)) / (forward @ ray)
        return met

    def _along(self, axis: Float64, place: Float64) -> float:
        """Metres along an axis through the pivot, at the pixel of it next to a place."""
        ahead = self._ahead(axis)
        on_axis = self.place + ahead * float((place - self.place) @ ahead)
        origin, ray = (each.astype(np.float64) for each in self.camera.ray(*on_axis.tolist()))
        cosine = float(axis @ ray)
        slant = 1 - cosine * cosine
        if slant < 1e-3:  # it points at the eye: nothing to tell from the picture
            return 0.0
        away = origin - self.pivot
        return float((axis @ away - cosine * (ray @ away)) / slant)

    def _turned(self, axis: int | None, start: Float64, now: Float64) -> tuple[Float64, float]:
        """Direction [3] and radians of a turn about it."""
        if axis is None:
            one, other = (np.arctan2(*(each - self.place)[::-1]) for each in (start, now))
            # Clockwise in the picture, and so about the way into it.
            return -self._towards_eye, float(other - one)
        direction = self.axes[:, axis].astype(np.float64)
        if abs(direction @ self._towards_eye) < _EDGE_ON:
            return direction, self._rolled(direction, start, now)
        across, along = self.axes[:, axis - 2], self.axes[:, axis - 1]
        angles = []
        for place in (start, now):
            origin, ray = (each.astype(np.float64) for each in self.camera.ray(*place.tolist()))
            met = origin + ray * (direction @ (self.pivot - origin)) / (direction @ ray)
            angles.append(np.arctan2((met - self.pivot) @ along, (met - self.pivot) @ across))
        return direction, float(angles[1] - angles[0])

    def _rolled(self, direction: Float64, start: Float64, now: Float64) -> float:
        """Radians by which a ring seen edge-on rolls under the pen."""
        tangent = np.cross(direction, self._towards_eye)
        return float((now - start) @ self._ahead(tangent)) / (RING * self.size_px)

    def _ahead(self, direction: Float64) -> Float64:
        """[2] where a direction of the world leads in the picture, at the pivot; unit length."""
        step = self._project((self.pivot + 1e-2 * self._size_m * direction)[None])[0]
        ahead = step.astype(np.float64) - self.place
        unit: Float64 = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
        return unit

    def _factor(self, start: Float64, now: Float64) -> float:
        reach = [float(np.linalg.norm(each - self.place)) for each in (start, now)]
        return float(np.clip(reach[1] / max(reach[0], 1.0), _LEAST_FACTOR, _MOST_FACTOR))


def distance_to_line_px(place: Float64, line: Float32) -> float:
    """How far a place [2] is from a polyline [n, 2]."""
    starts, ways = line[:-1].astype(np.float64), np.diff(line.astype(np.float64), axis=0)
    lengths = np.maximum((ways * ways).sum(axis=1), 1e-12)
    shares = (((place - starts) * ways).sum(axis=1) / lengths).clip(0, 1)
    nearest = starts + shares[:, None] * ways
    return float(np.linalg.norm(place - nearest, axis=1).min(initial=np.inf))
