"""CameraRig: what the hands, the menus and time do to the viewport's camera."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.viewport.orbit_controls import OrbitControls, OrbitPose, ViewSide, within_a_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.viewport.orbit_controls import Drag
    from avatar_core.geometry import Float32

GLIDE_S = 0.25
TURN_RAD_S = float(np.deg2rad(30.0))
FASTEST_RAD_S = float(np.deg2rad(180.0))

_LONGEST_STEP_S = 0.25
"""A window that was hidden or busy goes on turning from where it was."""


class CameraRig(QObject):
    """Moves orbit controls: under the hands at once, to named views smoothly, or round for ever.

    Whoever shows the picture calls `step` at display rate.

    Signals:
        moved(): the next picture is seen from elsewhere.
        turning_changed(bool): the turntable started or stopped; a drag stops it too.

    Args:
        parent: the owner.
        is_watched: whether anybody sees the picture; to glide makes no sense otherwise.
        clock: seconds.
    """

    moved = Signal()
    turning_changed = Signal(bool)

    def __init__(
        self,
        parent: QObject | None = None,
        is_watched: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(parent)
        self.orbit = OrbitControls()
        self._is_watched = is_watched
        self._clock = clock
        self._glide: _Glide | None = None
        self._is_turning = False
        self._speed_rad_s = TURN_RAD_S
        self._stepped_s = 0.0

    @property
    def pose(self) -> OrbitPose:
        """Where the camera is; where it is going, while it glides."""
        return self.orbit.pose if self._glide is None else self._glide.end

    @property
    def is_turning(self) -> bool:
        """Whether the turntable runs."""
        return self._is_turning

    # Under the hands.

    def drag(self, kind: Drag, right: float, down: float) -> None:
        """Follow the mouse, see `OrbitControls.drag`."""
        self.set_turning(False)
        self.settle()
        self.orbit.drag(kind, right, down)
        self.moved.emit()

    def zoom(self, steps: float) -> None:
        """Follow the wheel; the turntable goes on."""
        self.settle()
        self.orbit.zoom(steps)
        self.moved.emit()

    def set_fov(self, fov_y_rad: float) -> None:
        """Another lens, with the avatar as large as it was."""
        self.settle()
        self.orbit.pose = self.orbit.pose.with_fov(fov_y_rad)
        self.moved.emit()

    # To other views.

    def look_from(self, side: ViewSide | str) -> None:
        """A side of the avatar.

        Raises:
            ValueError: no such side.
        """
        self._leave_turntable(lambda: self.orbit.look_from(side))

    def reset(self) -> None:
        """The view at home."""
        self._leave_turntable(self.orbit.reset)

    def go_to(self, pose: OrbitPose) -> None:
        """Any other view."""
        self._leave_turntable(lambda: setattr(self.orbit, "pose", pose))

    def frame(self, points: Float32, width_px: int, height_px: int) -> None:
        """Bring all points [N, 3] into the picture; the turntable goes on."""
        self._move(lambda: self.orbit.frame(points, width_px, height_px))

    def start_at_home(self, points: Float32, width_px: int, height_px: int) -> None:
        """Frame points [N, 3] from the front through a portrait lens, and call that home."""
        self._glide = None
        self.orbit.pose = OrbitPose(self.orbit.pose.target)
        self.orbit.frame(points, width_px, height_px)
        self.orbit.set_home()
        self.moved.emit()

    def set_pose(self, pose: OrbitPose) -> None:
        """Be somewhere else at once."""
        self._glide = None
        self.orbit.pose = pose
        self.moved.emit()

    def settle(self) -> None:
        """Be at the end of a glide at once."""
        if self._glide is not None:
            self.set_pose(self._glide.end)

    # Over time.

    def set_turning(self, is_turning: bool) -> None:
        """Start or stop the turntable: a steady walk round the avatar."""
        if is_turning == self._is_turning:
            return
        self.settle()
        self._is_turning, self._stepped_s = is_turning, self._clock()
        self.turning_changed.emit(is_turning)

    def set_turn_speed(self, speed_rad_s: float) -> None:
        """How quickly the turntable turns; to the person's left, or back when negative."""
        self._speed_rad_s = float(np.clip(speed_rad_s, -FASTEST_RAD_S, FASTEST_RAD_S))

    def step(self) -> None:
        """Bring the camera to where it is by now."""
        now_s = self._clock()
        if self._glide is not None:
            self._follow(self._glide, now_s)
        elif self._is_turning:
            passed_s = min(max(now_s - self._stepped_s, 0.0), _LONGEST_STEP_S)
            self._stepped_s = now_s
            yaw_rad = within_a_turn(self.orbit.pose.yaw_rad + passed_s * self._speed_rad_s)
            self.orbit.pose = replace(self.orbit.pose, yaw_rad=yaw_rad)
            self.moved.emit()

    def _follow(self, glide: _Glide, now_s: float) -> None:
        share = (now_s - glide.began_s) / GLIDE_S
        if share < 1:
            self.orbit.pose = blended(glide.start, glide.end, _eased(max(share, 0.0)))
            self.moved.emit()
        else:
            self.settle()

    def _leave_turntable(self, move: Callable[[], object]) -> None:
        self.set_turning(False)
        self._move(move)

    def _move(self, move: Callable[[], object]) -> None:
        """Do a move of the controls smoothly, where that can be seen."""
        start, began_s = self.orbit.pose, self._clock()
        self.orbit.pose = self.pose
        self._glide = None
        move()
        if self._is_watched() and not self._is_turning:
            self._glide = _Glide(start, self.orbit.pose, began_s)
            self.orbit.pose = start
        self.moved.emit()


@dataclass(frozen=True, slots=True, eq=False)
class _Glide:
    start: OrbitPose
    end: OrbitPose
    began_s: float


def blended(start: OrbitPose, end: OrbitPose, share: float) -> OrbitPose:
    """The pose a share 0..1 of the way from one to another, round by the shorter side."""

    def grown(one: float, other: float) -> float:  # evenly to the eye, near and far
        return float(one * (other / one) ** share)

    turn_rad = within_a_turn(end.yaw_rad - start.yaw_rad)
    tangents = [float(np.tan(0.5 * each.fov_y_rad)) for each in (start, end)]
    return OrbitPose(
        target=(start.target + share * (end.target - start.target)).astype(np.float32),
        yaw_rad=within_a_turn(start.yaw_rad + share * turn_rad),
        pitch_rad=start.pitch_rad + share * (end.pitch_rad - start.pitch_rad),
        distance_m=grown(start.distance_m, end.distance_m),
        fov_y_rad=float(2 * np.arctan(grown(*tangents))),
    )


def _eased(share: float) -> float:
    """Slow at both ends."""
    return share * share * (3 - 2 * share)
