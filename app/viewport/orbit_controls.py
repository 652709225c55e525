"""Orbit controls: where the viewport's camera stands, and how drags move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum

import numpy as np
from PySide6.QtCore import Qt

from avatar_core.geometry import Camera, Float32, expect_shapes
from avatar_core.geometry.framing import PORTRAIT_FOV_Y_RAD, framing_camera

_CLOSEST_M = 0.03
_FARTHEST_M = 20.0
_STEEPEST_RAD = np.pi / 2
NARROWEST_FOV_RAD, WIDEST_FOV_RAD = np.deg2rad(10.0), np.deg2rad(90.0)
_ZOOM_PER_STEP = 0.88
_ZOOM_STEPS_PER_HEIGHT = 12.0
_NEAR_SHARE = 0.05
_FAR_SHARE = 20.0
"""Clipping range in distances to the target: wide enough for any head, fine enough for depth."""


class ViewSide(StrEnum):
    """Where the camera looks from; left and right are the person's own."""

    FRONT = "front"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"
    THREE_QUARTER_LEFT = "three_quarter_left"
    THREE_QUARTER_RIGHT = "three_quarter_right"
    TOP = "top"
    BOTTOM = "bottom"


_ANGLES: dict[ViewSide, tuple[float, float]] = {
    ViewSide.FRONT: (0.0, 0.0),
    ViewSide.BACK: (np.pi, 0.0),
    ViewSide.LEFT: (np.pi / 2, 0.0),
    ViewSide.RIGHT: (-np.pi / 2, 0.0),
    ViewSide.THREE_QUARTER_LEFT: (np.pi / 4, 0.0),
    ViewSide.THREE_QUARTER_RIGHT: (-np.pi / 4, 0.0),
    ViewSide.TOP: (0.0, np.pi / 2),
    ViewSide.BOTTOM: (0.0, -np.pi / 2),
}


class Drag(Enum):
    """What a drag of the mouse does."""

    ORBIT = "orbit"
    PAN = "pan"
    ZOOM = "zoom"


def drag_of(buttons: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Drag | None:
    """What buttons and keys ask for: left orbits, middle or Shift pans, Ctrl zooms.

    Alt changes nothing, so that hands used to Alt-dragging feel at home.
    """
    is_middle = bool(buttons & Qt.MouseButton.MiddleButton)
    if not (is_middle or buttons & Qt.MouseButton.LeftButton):
        return None
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        return Drag.ZOOM
    if is_middle or modifiers & Qt.KeyboardModifier.ShiftModifier:
        return Drag.PAN
    return Drag.ORBIT


@dataclass(frozen=True, slots=True, eq=False)
class OrbitPose:
    """A camera that looks at a target.

    Args:
        target: [3] metres.
        yaw_rad: how far the camera walked round to the person's left; 0 is in front.
        pitch_rad: how far it climbed, -pi/2..pi/2.
        distance_m: to the target.
        fov_y_rad: vertical field of view.
    """

    target: Float32
    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    distance_m: float = 1.0
    fov_y_rad: float = PORTRAIT_FOV_Y_RAD

    def __post_init__(self) -> None:
        expect_shapes(target=(self.target, "3"))

    def axes(self) -> Float32:
        """[3, 3] rows: right, down and forward of the camera in the world."""
        yaw, pitch = self.yaw_rad, self.pitch_rad
        right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
        level = np.cos(pitch)
        forward = -np.array([level * np.sin(yaw), np.sin(pitch), level * np.cos(yaw)])
        # Made from the angles, so that straight up and down need no special case.
        return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)

    @property
    def height_m(self) -> float:
        """How much of the world the picture is high, at the target."""
        return float(2 * self.distance_m * np.tan(0.5 * self.fov_y_rad))

    def with_fov(self, fov_y_rad: float) -> OrbitPose:
        """Another lens, from where the target is as large in the picture: a dolly zoom.

        The field of view is brought into its range; it is what gives way where the camera would
        come too close or go too far.
        """
        wanted = float(np.clip(fov_y_rad, NARROWEST_FOV_RAD, WIDEST_FOV_RAD))
        distance_m = 0.5 * self.height_m / np.tan(0.5 * wanted)
        distance_m = float(np.clip(distance_m, _CLOSEST_M, _FARTHEST_M))
        fov = float(2 * np.arctan2(0.5 * self.height_m, distance_m))
        return replace(self, distance_m=distance_m, fov_y_rad=fov)

    def camera(self, width_px: int, height_px: int) -> Camera:
        axes = self.axes()
        view = np.eye(4, dtype=np.float32)
        view[:3, :3] = axes
        view[:3, 3] = -axes @ (self.target - self.distance_m * axes[2])
        camera = Camera.from_fov(view, self.fov_y_rad, width_px, height_px)
        return replace(
            camera, near_m=_NEAR_SHARE * self.distance_m, far_m=_FAR_SHARE * self.distance_m
        )


class OrbitControls:
    """Turns drags, wheel steps and named views into poses; knows nothing of widgets.

    Distances of drags are in shares of the viewport's height, so a gesture moves the picture
    alike on every screen.
    """

    def __init__(self) -> None:
        self.pose = OrbitPose(np.zeros(3, np.float32))
        self._home = self.pose

    def camera(self, width_px: int, height_px: int) -> Camera:
        return self.pose.camera(max(width_px, 1), max(height_px, 1))

    def drag(self, kind: Drag, right: float, down: float) -> None:
        """Follow the mouse by shares of the height: what is under it goes along."""
        if kind is Drag.ORBIT:
            self._orbit(right, down)
        elif kind is Drag.PAN:
            self._pan(right, down)
        else:
            self.zoom(-_ZOOM_STEPS_PER_HEIGHT * down)

    def zoom(self, steps: float) -> None:
        """Move closer by positive steps of the wheel."""
        # In logarithms, so that a spinning wheel cannot overflow before it is limited.
        log_m = np.log(self.pose.distance_m) + steps * np.log(_ZOOM_PER_STEP)
        limited = float(np.exp(np.clip(log_m, np.log(_CLOSEST_M), np.log(_FARTHEST_M))))
        self.pose = replace(self.pose, distance_m=limited)

    def look_from(self, side: ViewSide | str) -> None:
        """Walk round the target.

        Raises:
            ValueError: no such side.
        """
        yaw_rad, pitch_rad = _ANGLES[ViewSide(side)]
        self.pose = replace(self.pose, yaw_rad=yaw_rad, pitch_rad=pitch_rad)

    def frame(self, points: Float32, width_px: int, height_px: int) -> None:
        """Bring all points [N, 3] into the picture, from the direction the camera is in."""
        camera = framing_camera(
            points,
            max(width_px, 1),
            max(height_px, 1),
            yaw_rad=self.pose.yaw_rad,
            pitch_rad=self.pose.pitch_rad,
            fov_y_rad=self.pose.fov_y_rad,
        )
        target = 0.5 * (points.min(axis=0) + points.max(axis=0))
        distance_m = float(np.linalg.norm(camera.position - target))
        self.pose = replace(
            self.pose, target=target.astype(np.float32), distance_m=max(distance_m, _CLOSEST_M)
        )

    def set_home(self) -> None:
        """What `reset` comes back to is the view now."""
        self._home = self.pose

    def reset(self) -> None:
        self.pose = self._home

    def _orbit(self, right: float, down: float) -> None:
        pitch_rad = float(
            np.clip(self.pose.pitch_rad + np.pi * down, -_STEEPEST_RAD, _STEEPEST_RAD)
        )
        yaw_rad = within_a_turn(self.pose.yaw_rad - np.pi * right)
        self.pose = replace(self.pose, yaw_rad=yaw_rad, pitch_rad=pitch_rad)

    def _pan(self, right: float, down: float) -> None:
        axes = self.pose.axes()
        shift = self.pose.height_m * (right * axes[0] + down * axes[1])
        self.pose = replace(self.pose, target=(self.pose.target - shift).astype(np.float32))


def within_a_turn(angle_rad: float) -> float:
    """The same direction within -pi..pi, so that days of orbiting cost no precision."""
    return float(np.remainder(angle_rad + np.pi, 2 * np.pi) - np.pi)
