"""TrackingLoop: pictures of a driver become its motion."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.workers.driver_frame import DriverFrame, SeenDriver
from app.workers.latest import Latest
from app.workers.loop import Loop
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.driving.face_tracker import FaceTracker
    from avatar_core.driving.sources import CapturedImage
    from avatar_core.errors import AvatarError


class TrackingLoop(Loop):
    """Tracks the newest picture; older ones are overtaken.

    A tracker that fails is said once, and then rests until `restart`.

    Args:
        make_tracker: makes the face tracker, on this thread, when the first picture comes.
        give: where the motion goes.
        report: hears errors.
    """

    def __init__(
        self,
        make_tracker: Callable[[], FaceTracker],
        give: Callable[[DriverFrame], None],
        report: Callable[[AvatarError], None],
    ) -> None:
        super().__init__("Face tracking", report)
        self.images: Latest[CapturedImage] = Latest(self.wake)
        self.has_failed = False
        self._make_tracker = make_tracker
        self._give = give
        self._tracker: FaceTracker | None = None
        self._is_new_source = True

    def restart(self) -> None:
        """Other pictures come from now on; a tracker that had failed is tried again."""
        self._is_new_source = True
        self.images.clear()
        self.renew()

    def step(self) -> None:
        """Wait for a picture and track it."""
        self.rest()
        image = self.images.take()
        if image is None or (self.has_failed and not self._is_new_source):
            return
        if self._tracker is None:
            self._tracker = self._make_tracker()
        if self._is_new_source:
            self._is_new_source = False
            self.has_failed = False
            self._tracker.reset()
        started_s = time.perf_counter()
        face = self._tracker.track(image.image, image.captured_s)
        ended_s = time.perf_counter()
        stages = {
            "capture": 1000 * (started_s - image.captured_s),
            "track": 1000 * (ended_s - started_s),
        }
        motion = MotionFrame(confidence=0.0) if face is None else face.motion
        seen = SeenDriver(image.image, None if face is None else face.box)
        self._give(DriverFrame(motion, image.captured_s, stages, seen))

    def give_up(self) -> None:
        """Rest until other pictures come."""
        self._is_new_source = False
        self._tracker = None
        self.has_failed = True

    def close(self) -> None:
        self._tracker = None
