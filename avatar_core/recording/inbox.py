"""What waits for the encoder: pictures up to a limit, sound without one."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.recording.film_format import FilmImage

_POLL_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture and its time in the clip."""

    image: FilmImage
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Samples [n, channels] and their time in the clip; None follows on what came before."""

    samples: Float32
    time_s: float | None


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of the clip; see `VideoWriter.stop`."""

    end_s: float | None


Item: TypeAlias = Picture | Sound | Stop


class Inbox:
    """Filled from any thread, emptied by one. What comes in goes out in the same order.

    Args:
        places: pictures that may wait.
    """

    def __init__(self, places: int) -> None:
        self._items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._places = threading.Semaphore(places)
        self._lock = threading.Lock()
        self._is_open = True
        self._refused = 0

    @property
    def is_open(self) -> bool:
        """Whether anything is still taken."""
        return self._is_open

    @property
    def refused(self) -> int:
        """Pictures that found no place."""
        return self._refused

    def put_picture(self, picture: Picture, wait: bool) -> bool:
        """Take a picture if there is a place, or wait for one. Returns whether it was taken."""
        return self._is_open and self._take_place(wait) and self._put(picture)

    def put_sound(self, sound: Sound) -> bool:
        """Take sound. Returns whether the inbox is open."""
        return self._put(sound)

    def close(self, end_s: float | None) -> None:
        """Put the end of the clip behind what is there, and take nothing more."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                self._items.put(Stop(end_s))

    def refuse_all(self) -> None:
        """Take nothing more, because nobody will look; whoever waits for a place gives up."""
        self._is_open = False

    def get(self) -> Item:
        """The next item, waiting for it; a picture leaves its place."""
        item = self._items.get()
        if isinstance(item, Picture):
            self._places.release()
        return item

    def _put(self, item: Picture | Sound) -> bool:
        with self._lock:
            if self._is_open:
                self._items.put(item)
            return self._is_open

    def _take_place(self, wait: bool) -> bool:
        if self._places.acquire(blocking=False):
            return True
        if not wait:
            with self._lock:
                self._refused += 1
            return False
        while self._is_open:
            if self._places.acquire(timeout=_POLL_S):
                return True
        return False
