"""Punching in: some channels of a take are performed anew while it plays."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from avatar_core.errors import RecordingError
from avatar_core.motion import TakeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from app.workers.driving import DrivingLoop, TakePlayback
    from app.workers.playback import Transport
    from app.workers.recording_desk import RecordingDesk
    from avatar_core.motion import ChannelGroup, MotionFrame, Take

_BACK_S = 0.05
"""A place this much before the last one is another round, not jitter."""


class PunchRecorder(TakeRecorder):
    """Records by the place on the take that was heard and seen when the performer moved.

    What took long on its way from the camera still lands where it belongs. While the take stands
    still nothing is recorded, and when it begins again, the new round replaces the old one.

    Args:
        transport: of the take.
        clock: of the moments that are given to `append`.
    """

    def __init__(
        self, transport: Transport, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(clock)
        self._transport = transport
        self._now = clock
        self._begun_s = transport.position_s
        self._last_s = -_BACK_S

    def append(self, frame: MotionFrame, time_s: float | None = None) -> bool:
        """Add a frame of a moment on the clock; now, when left out."""
        if not self._transport.is_playing:
            return False
        age_s = 0.0 if time_s is None else self._now() - time_s
        place_s = self._transport.position_s - age_s
        if place_s < self._last_s - _BACK_S:
            self.restart()
            self._begun_s = 0.0
        self._last_s = place_s
        return place_s >= self._begun_s and super().append(frame, place_s)


class PunchDesk(QObject):
    """Has live drivers move some groups of the take that plays, and records them.

    Args:
        driving: mixes.
        desk: records.
        playback: the take that plays, or None.
        listen: turns on the drivers that are heard now.
    """

    recorded = Signal(object, float)
    """A `Take` with all channels of the new performance, and where on the old take it begins."""

    def __init__(
        self,
        driving: DrivingLoop,
        desk: RecordingDesk,
        playback: Callable[[], TakePlayback | None],
        listen: Callable[[], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._driving = driving
        self._desk = desk
        self._playback = playback
        self._listen = listen
        self._groups: frozenset[ChannelGroup] = frozenset()
        desk.punch_recorded.connect(self._deliver)

    @property
    def groups(self) -> frozenset[ChannelGroup]:
        """Those that are performed anew now; none while nothing is punched in."""
        return self._groups

    def rehearse(self, groups: Collection[ChannelGroup]) -> None:
        """Have live drivers move these groups from now on, or none; nothing is recorded yet.

        Cameras take a moment to open, so this comes before a countdown.
        """
        self._groups = frozenset(groups)
        self._listen()
        self._driving.punch(self._groups)

    def start(self) -> None:
        """Record the groups that are rehearsed, along the take.

        Raises:
            RecordingError: no take plays.
        """
        playback = self._playback()
        if playback is None:
            raise RecordingError("No take plays to record over.", "Choose a take and try again.")
        self._desk.start_take("", PunchRecorder(playback.transport))

    def stop(self) -> None:
        """End it; answers with `recorded` if anything was recorded."""
        self._desk.stop_take()
        self.rehearse(())

    def _deliver(self, take: Take, place_s: float) -> None:
        self.recorded.emit(take, place_s)
