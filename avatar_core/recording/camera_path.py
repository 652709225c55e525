"""Where a rendered film is seen from: a view that stands, a path through views, a turntable."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.geometry import Camera
from avatar_core.project import CameraBookmark

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_NEAR_SHARE, _FAR_SHARE = 0.05, 20.0
"""Clipping range in distances to the target, as in the viewport."""

CameraAt: TypeAlias = Callable[[float], Camera]
"""The camera at a time of the take, seconds."""


class Ease(StrEnum):
    """How a camera goes on from a key to the next one."""

    SMOOTH = "smooth"
    """Slow at both ends."""
    LINEAR = "linear"
    """At a steady pace."""
    HOLD = "hold"
    """Not at all: it stands, and cuts to the next view."""


@dataclass(frozen=True, slots=True)
class FramedView:
    """The whole head in the picture, from some direction.

    Args:
        yaw_deg: how far the camera walked round to the person's left; 0 is in front.
        pitch_deg: how far it climbed, -90..90.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class NamedView:
    """A bookmark of the project, by its name."""

    bookmark: str


View: TypeAlias = FramedView | NamedView | CameraBookmark


@dataclass(frozen=True, slots=True)
class CameraKey:
    """Where the camera is at a moment.

    Args:
        time_s: on the take's clock.
        view: what it shows.
        ease: how it leaves for the next key.
    """

    time_s: float
    view: View
    ease: Ease = Ease.SMOOTH

    def __post_init__(self) -> None:
        object.__setattr__(self, "ease", Ease(self.ease))


@dataclass(frozen=True, slots=True)
class CameraPath:
    """Keys in the order of their times, at least one; the camera stands before and after them."""

    keys: tuple[CameraKey, ...]

    def __post_init__(self) -> None:
        times = [key.time_s for key in self.keys]
        if not times or any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError("keys: expected rising times, and at least one")


@dataclass(frozen=True, slots=True)
class Turntable:
    """A steady walk round the head.

    Args:
        turn_s: seconds a turn; negative the other way round.
        view: where it begins.
    """

    turn_s: float
    view: View = FramedView()

    def __post_init__(self) -> None:
        if not (np.isfinite(self.turn_s) and abs(self.turn_s) >= 0.1):
            raise ValueError("turn_s: expected at least 0.1 seconds a turn")


CameraPlan: TypeAlias = View | CameraPath | Turntable


def camera_of(view: CameraBookmark, width_px: int, height_px: int) -> Camera:
    """The camera of a bookmark, for pictures of a size."""
    axes = _axes(view.yaw_rad, view.pitch_rad)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = axes
    matrix[:3, 3] = -axes @ (np.array(view.target, np.float32) - view.distance_m * axes[2])
    camera = Camera.from_fov(matrix, view.fov_y_rad, width_px, height_px)
    return replace(camera, near_m=_NEAR_SHARE * view.distance_m, far_m=_FAR_SHARE * view.distance_m)


def path_view(
    path: CameraPath, resolved: Callable[[View], CameraBookmark], time_s: float
) -> CameraBookmark:
    """Where a path is at a time of the take."""
    keys = path.keys
    later = bisect_right([key.time_s for key in keys], time_s)
    if later in (0, len(keys)):
        return resolved(keys[min(later, len(keys) - 1)].view)
    start, end = keys[later - 1], keys[later]
    share = (time_s - start.time_s) / (end.time_s - start.time_s)
    return between(resolved(start.view), resolved(end.view), _eased(share, start.ease))


def turntable_view(turntable: Turntable, start: CameraBookmark, time_s: float) -> CameraBookmark:
    """Where a turntable is at a time of the take."""
    yaw_rad = start.yaw_rad + 2 * np.pi * time_s / turntable.turn_s
    return replace(start, yaw_rad=_within_a_turn(yaw_rad))


def between(start: CameraBookmark, end: CameraBookmark, share: float) -> CameraBookmark:
    """A view a share 0..1 of the way from one to another.

    The camera stays on spheres round its target, and goes round by the shorter side; distance and
    lens change evenly to the eye, that is in proportion.
    """
    turn_rad = _within_a_turn(end.yaw_rad - start.yaw_rad)
    x, y, z = (one + share * (two - one) for one, two in zip(start.target, end.target, strict=True))
    lens = _in_proportion(np.tan(start.fov_y_rad / 2), np.tan(end.fov_y_rad / 2), share)
    return CameraBookmark(
        name=start.name,
        target=(x, y, z),
        yaw_rad=_within_a_turn(start.yaw_rad + share * turn_rad),
        pitch_rad=start.pitch_rad + share * (end.pitch_rad - start.pitch_rad),
        distance_m=_in_proportion(start.distance_m, end.distance_m, share),
        fov_y_rad=float(2 * np.arctan(lens)),
    )


def _in_proportion(start: float, end: float, share: float) -> float:
    return float(start * (end / start) ** share)


def _eased(share: float, ease: Ease) -> float:
    if ease is Ease.HOLD:
        return 0.0
    return share if ease is Ease.LINEAR else share * share * (3 - 2 * share)


def _axes(yaw_rad: float, pitch_rad: float) -> Float32:
    """[3, 3] rows: right, down and forward of the camera in the world."""
    right = np.array([np.cos(yaw_rad), 0.0, -np.sin(yaw_rad)])
    level = np.cos(pitch_rad)
    forward = -np.array([level * np.sin(yaw_rad), np.sin(pitch_rad), level * np.cos(yaw_rad)])
    # Made from the angles, so that straight up and down need no special case.
    return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)


def _within_a_turn(angle_rad: float) -> float:
    return float(np.remainder(angle_rad + np.pi, 2 * np.pi) - np.pi)
