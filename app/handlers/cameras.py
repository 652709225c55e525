"""The viewport's camera: named views, lens, turntable, and where it stood last time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from app.viewport.camera_rig import FASTEST_RAD_S, TURN_RAD_S
from app.viewport.orbit_controls import (
    NARROWEST_FOV_RAD,
    WIDEST_FOV_RAD,
    OrbitPose,
    ViewSide,
)
from avatar_core.geometry.framing import PORTRAIT_FOV_Y_RAD

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.viewport.view_bar import ViewBar

_FARTHEST_M = 100.0
_SPEED = "turntable_rad_s"


class CameraHandler(QObject):
    """Moves the camera as asked, and keeps it with the project.

    The turntable's speed is a habit of the user's and kept in the preferences.
    """

    def __init__(self, context: StudioContext, view: AvatarView, bar: ViewBar) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._popover = bar.camera_popover
        actions, rig = context.actions, view.rig
        for side in ViewSide:
            actions[f"view.{side}"].triggered.connect(
                lambda _checked=False, side=side: rig.look_from(side)
            )
        actions["view.frame"].triggered.connect(view.frame_avatar)
        actions["view.reset"].triggered.connect(rig.reset)
        actions["view.turntable"].triggered.connect(rig.set_turning)
        actions["view.camera"].triggered.connect(bar.toggle_camera)
        rig.turning_changed.connect(actions["view.turntable"].setChecked)
        view.camera_changed.connect(lambda _camera: self._show_lens())
        self._popover.fov_edited.connect(self._set_fov)
        self._popover.speed_edited.connect(self._set_speed)
        self._set_speed(_speed(context.preferences.remembered(_SPEED)))
        self._show_lens()

    def keep_camera(self) -> None:
        """Put the camera into the session, to be saved with the project."""
        pose = self._view.rig.pose
        self._context.session.view_state["camera"] = {
            "target": [float(each) for each in pose.target],
            "yaw_rad": pose.yaw_rad,
            "pitch_rad": pose.pitch_rad,
            "distance_m": pose.distance_m,
            "fov_y_rad": pose.fov_y_rad,
        }

    def restore_camera(self) -> None:
        """Look from where the project was last seen, else from the front."""
        rig = self._view.rig
        rig.reset()
        rig.set_pose(_pose(self._context.session.view_state.get("camera")) or rig.pose)

    def _set_fov(self, fov_y_rad: float) -> None:
        self._view.rig.set_fov(fov_y_rad)
        self._show_lens()

    def _set_speed(self, speed_rad_s: float) -> None:
        self._view.rig.set_turn_speed(speed_rad_s)
        self._popover.show_speed(speed_rad_s)
        self._context.preferences.remember(_SPEED, speed_rad_s)

    def _show_lens(self) -> None:
        self._popover.show_fov(self._view.orbit.pose.fov_y_rad)


def _speed(kept: object) -> float:
    """A turntable's speed that somebody may have written by hand."""
    if isinstance(kept, int | float) and abs(kept) <= FASTEST_RAD_S:
        return float(kept)
    return TURN_RAD_S


def _pose(kept: object) -> OrbitPose | None:
    """The pose that plain data of unknown origin describes, or None."""
    try:
        data = dict(kept)  # type: ignore[call-overload]
        target = [float(each) for each in data["target"]]
        yaw, pitch, distance = (
            float(data[each]) for each in ("yaw_rad", "pitch_rad", "distance_m")
        )
        fov = float(data.get("fov_y_rad", PORTRAIT_FOV_Y_RAD))
        if not all(abs(each) < _FARTHEST_M for each in (*target, yaw, pitch)):
            return None
        pose = OrbitPose(np.array(target, np.float32), yaw, pitch, distance, fov)
    except (TypeError, ValueError, KeyError):
        return None
    is_sound = 0 < distance < _FARTHEST_M and NARROWEST_FOV_RAD <= fov <= WIDEST_FOV_RAD
    return pose if is_sound else None
