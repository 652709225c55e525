"""PictureDriver: a camera, film or still whose face is tracked."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from app.workers.driver_loop import DriverLoop
from app.workers.tracking import TrackingLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.workers.driver_loop import DriverEvents
    from app.workers.playback import Transport
    from app.workers.status import DriverPhase
    from avatar_core.driving.face_tracker import FaceTracker
    from avatar_core.driving.sources import CapturedImage, FrameSource
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import UInt8

    OpenSource = Callable[[str], FrameSource]
    MakeTransport = Callable[[FrameSource, float], Transport]

_READ_S = 0.1
"""How long one read may wait; also how soon a request is noticed."""
_LATE_S = 0.1
"""A film's picture later than this is not worth tracking any more."""
_GAP_S = 0.25
"""So often one is tracked nevertheless: a machine that never keeps up shows a film all the same.

Paused, it shows none on the way to the place where it stands.
"""
_LOOKS = 5
"""How often a still is handed on: enough for the tracker to settle on it, and then no more."""
_NO_FACE = "No face is in the picture."


class PictureDriver(DriverLoop):
    """Reads pictures; a second thread tracks the newest one.

    A camera sets its own pace. A film is read as fast as it comes and shown when its transport,
    whose master clock is the film's sound, gets there; so pictures follow the sound.

    Args:
        uri: of the source.
        events: who hears of it.
        open_source: opens a URI without pacing of its own.
        make_tracker: makes the face tracker, on the tracking thread.
        make_transport: the clock of a film and the time of its first picture, to which its sound
            belongs; not opened yet.
        leaving: drivers that may still hold the device.
    """

    def __init__(
        self,
        uri: str,
        events: DriverEvents,
        open_source: OpenSource,
        make_tracker: Callable[[], FaceTracker],
        make_transport: MakeTransport,
        leaving: Sequence[DriverLoop] = (),
    ) -> None:
        super().__init__(uri, events, leaving)
        self._tracking = TrackingLoop(make_tracker, self.give, self._stop_following)
        self._open_source = open_source
        self._make_transport = make_transport
        self._lock = threading.Lock()
        self._sought_s: float | None = None
        self._source: FrameSource | None = None
        self._transport: Transport | None = None
        self._skipped = 0
        self._handed_s = -math.inf
        self._first: CapturedImage | None = None
        self._still: UInt8 | None = None
        self._looks = 0

    @property
    def transport(self) -> Transport | None:
        """The film's clock; None for cameras and stills."""
        return self._transport

    @property
    def dropped(self) -> int:
        return self._tracking.images.dropped + self._skipped

    def seek(self, time_s: float) -> None:
        """Go to a place in the film; cameras and stills have none."""
        with self._lock:
            self._sought_s = time_s
        self.wake.set()

    def retry(self) -> None:
        if self._tracking.has_failed:
            self._tracking.restart()
            self._looks = 0
        super().retry()

    def start(self) -> None:
        super().start()
        self._tracking.start()

    def stop(self) -> None:
        super().stop()
        self._tracking.stop()

    def join(self, timeout_s: float) -> bool:
        deadline_s = time.perf_counter() + timeout_s
        has_ended = super().join(timeout_s)
        return self._tracking.join(max(deadline_s - time.perf_counter(), 0.0)) and has_ended

    def open_driver(self) -> None:
        self._tracking.restart()
        self._still = None
        self._source = self._open_source(self.uri)
        if self._source.duration_s is not None:
            self._start_film(self._source)

    def run_driver(self) -> None:
        if self._sought_s is not None:
            self._seek_film()
        source = self._source
        if source is None:
            return
        image, self._first = self._first or source.read(_READ_S), None
        if image is not None:
            self._hand_on(image)
        elif source.ended:
            self.rest(None if self._transport is None else _READ_S)

    def close_driver(self) -> None:
        source, self._source = self._source, None
        transport, self._transport = self._transport, None
        self._first = None
        if transport is not None:
            transport.close()
        if source is not None:
            source.close()
        self._tracking.images.clear()

    def _phase_and_words(self) -> tuple[DriverPhase, str]:
        frame = self.newest
        if self._phase == "live" and frame is not None and frame.motion.confidence == 0:
            return "silent", _NO_FACE
        return self._phase, self._words

    def _stop_following(self, error: AvatarError) -> None:
        """Pictures come, but the tracker has failed."""
        self._withdraw("failed", error.message)
        self._events.report(error)

    def _start_film(self, source: FrameSource) -> None:
        self._first = source.read(_READ_S)
        transport = self._make_transport(source, self._first.time_s if self._first else 0.0)
        self._transport = transport
        transport.open()
        transport.play()

    def _seek_film(self) -> None:
        """Read the film anew, up to the place sought: sources run forwards only."""
        with self._lock:
            sought_s, self._sought_s = self._sought_s, None
        if sought_s is None or self._transport is None:
            return
        self._first = None
        source, self._source = self._source, None
        if source is not None:
            source.close()
        self._source = source = self._open_source(self.uri)
        self._transport.seek(sought_s)
        image = source.read(_READ_S)
        while image is not None and image.looped == 0 and image.time_s < sought_s:
            if self.is_stopping or self._has_request:
                return
            image = source.read(_READ_S)
        if image is not None:
            # Shown at once, so that seeking is seen while paused.
            self._tracking.images.put(replace(image, captured_s=time.perf_counter()))

    @property
    def _has_request(self) -> bool:
        return self._sought_s is not None

    def _hand_on(self, image: CapturedImage) -> None:
        if self._transport is not None:
            late_s = self._wait_until_due(image, self._transport)
            if late_s is None:
                return
            now_s = time.perf_counter()
            is_due = self._transport.is_playing and now_s - self._handed_s >= _GAP_S
            if late_s > _LATE_S and not is_due:
                self._skipped += 1
                return
            self._handed_s = now_s
            image = replace(image, captured_s=now_s)
        elif image.image is self._still:
            self._looks += 1
            if self._looks > _LOOKS:
                return
        else:
            self._still, self._looks = image.image, 1
        self._tracking.images.put(image)

    def _wait_until_due(self, image: CapturedImage, transport: Transport) -> float | None:
        """Seconds the picture is late; None when a request came first."""
        due_s = image.looped * transport.duration_s + image.time_s
        while not (self.is_stopping or self._has_request):
            transport.watch()
            early_s: float = due_s - transport.elapsed_s
            if early_s <= 0:
                return -early_s
            self.rest(min(early_s, _READ_S))
        return None
