"""CaptureLoop: owns the camera or film and hands on its newest picture."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from app.workers.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.latest import Latest
    from app.workers.playback import Transport
    from avatar_core.driving.sources import CapturedImage, FrameSource
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import UInt8

_READ_S = 0.1
"""How long one read may wait; also how soon a new request is noticed."""
_LATE_S = 0.1
"""A film's picture later than this is not worth tracking any more."""
_LOOKS = 5
"""How often a still is handed on: enough for the tracker to settle on it, and then no more."""


class CaptureLoop(Loop):
    """Reads whatever source was requested last.

    A camera sets its own pace. A film is read as fast as it comes and shown when its transport,
    whose master clock is the film's sound, gets there; so pictures follow the sound.

    Args:
        images: where the newest picture goes.
        open_source: opens a URI without pacing of its own.
        make_transport: the clock of a film and the time of its first picture, to which its sound
            belongs; not opened yet.
        report: hears errors.
        changed: called when a source was opened or ended.
    """

    def __init__(
        self,
        images: Latest[CapturedImage],
        open_source: Callable[[str], FrameSource],
        make_transport: Callable[[FrameSource, float], Transport],
        report: Callable[[AvatarError], None],
        changed: Callable[[], None],
    ) -> None:
        super().__init__("Capture", report)
        self._images = images
        self._open_source = open_source
        self._make_transport = make_transport
        self._changed = changed
        self._lock = threading.Lock()
        self._request: str | None = None
        self._is_requested = False
        self._sought_s: float | None = None
        self._uri: str | None = None
        self._source: FrameSource | None = None
        self._transport: Transport | None = None
        self._skipped = 0
        self._first: CapturedImage | None = None
        self._still: UInt8 | None = None
        self._looks = 0

    @property
    def transport(self) -> Transport | None:
        """The film's clock; None for cameras, stills and no source."""
        return self._transport

    @property
    def is_open(self) -> bool:
        """A source is open."""
        return self._source is not None

    @property
    def skipped(self) -> int:
        """Pictures of films that came too late to be shown."""
        return self._skipped

    def request(self, uri: str | None) -> None:
        """Change to another source, or to none."""
        with self._lock:
            self._request, self._is_requested, self._sought_s = uri, True, None
        self.wake.set()

    def seek(self, time_s: float) -> None:
        """Go to a place in the film; cameras and stills have none."""
        with self._lock:
            self._sought_s = time_s
        self.wake.set()

    def step(self) -> None:
        """Do what was asked for, then hand on one picture."""
        if self._is_requested:
            self._change_source()
        elif self._sought_s is not None:
            self._seek_film()
        source = self._source
        if source is None:
            self.rest()
            return
        image, self._first = self._first or source.read(_READ_S), None
        if image is not None:
            self._hand_on(image)
        elif source.ended:
            self.rest(None if self._transport is None else _READ_S)

    def give_up(self) -> None:
        """Close what failed and wait for the next request."""
        self.close()
        self._changed()

    def close(self) -> None:
        self._first = self._still = None
        source, self._source = self._source, None
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
        if source is not None:
            source.close()

    def _change_source(self) -> None:
        with self._lock:
            uri, self._is_requested = self._request, False
        self.close()
        self._images.take()
        self.renew()
        if uri is not None:
            self._source, self._uri = self._open_source(uri), uri
            if self._source.duration_s is not None:
                self._start_film(self._source)
        self._changed()

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
        if sought_s is None or self._transport is None or self._uri is None:
            return
        self._first = None
        source, self._source = self._source, None
        if source is not None:
            source.close()
        self._source = source = self._open_source(self._uri)
        self._transport.seek(sought_s)
        image = source.read(_READ_S)
        while image is not None and image.looped == 0 and image.time_s < sought_s:
            if self.is_stopping or self._has_request:
                return
            image = source.read(_READ_S)
        if image is not None:
            # Shown at once, so that seeking is seen while paused.
            self._images.put(replace(image, captured_s=time.perf_counter()))

    @property
    def _has_request(self) -> bool:
        return self._is_requested or self._sought_s is not None

    def _hand_on(self, image: CapturedImage) -> None:
        if self._transport is not None:
            late_s = self._wait_until_due(image, self._transport)
            if late_s is None:
                return
            if late_s > _LATE_S:
                self._skipped += 1
                return
            image = replace(image, captured_s=time.perf_counter())
        elif image.image is self._still:
            self._looks += 1
            if self._looks > _LOOKS:
                return
        else:
            self._still, self._looks = image.image, 1
        self._images.put(image)

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
