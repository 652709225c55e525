"""Transports: the clocks of takes, films and sound files, made alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workers.playback import Transport
from app.workers.soundtrack import Soundtrack
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.backends import Backends
    from avatar_core.driving.sources import FrameSource
    from avatar_core.motion import Take


class Transports:
    """Makes them; films and sound files begin again after their end.

    Args:
        backends: the speaker, and what reads the sound of a film.
        notice: hears one sentence when there is no sound after all.

    `is_muted` silences all of them in the room.
    """

    def __init__(self, backends: Backends, notice: Callable[[str], None]) -> None:
        self.is_muted = False
        self._backends = backends
        self._notice = notice

    def of_take(self, take: Take, *, is_looping: bool) -> Transport:
        """The clock of a take with its sound."""
        soundtrack = None
        if take.audio is not None and len(take.audio.samples):
            soundtrack = Soundtrack(take.audio, take.audio_offset_s)
        return self._made(take.duration_s, soundtrack, is_looping)

    def of_film(self, source: FrameSource, starts_s: float) -> Transport:
        """The clock of a film whose first picture, and the sound with it, is at `starts_s`."""
        soundtrack = None
        if source.audio_path is not None:
            try:
                soundtrack = Soundtrack(self._backends.load_sound(source.audio_path), starts_s)
            except AssetError as error:
                self._notice(str(error))
        return self._made(source.duration_s or 0.0, soundtrack, is_looping=True)

    def of_sound(self, soundtrack: Soundtrack, duration_s: float) -> Transport:
        """The clock of a sound file."""
        return self._made(duration_s, soundtrack, is_looping=True)

    def _made(
        self, duration_s: float, soundtrack: Soundtrack | None, is_looping: bool
    ) -> Transport:
        return Transport(
            duration_s,
            soundtrack,
            is_looping=is_looping,
            is_muted=lambda: self.is_muted,
            open_output=self._backends.open_output,
            notice=self._notice,
        )
