"""DriverHub: all drivers that are on, each on threads of its own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.workers.phone_driver import PhoneDriver
from app.workers.picture_driver import PictureDriver
from app.workers.sound_driver import MicrophoneDriver, SoundFileDriver, SpeakingDriver
from app.workers.sound_tape import SoundTape
from app.workers.take_driver import TakeDriver
from avatar_core.motion import MixerSettings
from avatar_core.motion.driver_address import DriverAddress
from avatar_core.motion.shares import speaking
from avatar_core.project.model import SLIDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.workers.backends import Backends
    from app.workers.driver_frame import DriverFrame
    from app.workers.driver_loop import DriverEvents, DriverLoop
    from app.workers.playback import Transport
    from app.workers.soundtrack import Soundtrack
    from app.workers.status import DriverState
    from avatar_core.driving.sources import FrameSource
    from avatar_core.motion import MotionFrame, Take


class DriverHub:
    """Opens drivers, keeps them, and lets them go; the window's thread asks, and never waits.

    Drivers that stay on are left alone. One that is replaced by another of the same device, such
    as a camera with another size, gives the device back first.

    Args:
        backends: the devices and models behind them.
        events: who hears of them.
        film_transport: the clock of a film and the time of its first picture.
        sound_transport: the clock of a sound file and its length in seconds.

    `tape` holds what the microphone hears that speech comes from, while something is recorded.
    """

    def __init__(
        self,
        backends: Backends,
        events: DriverEvents,
        film_transport: Callable[[FrameSource, float], Transport],
        sound_transport: Callable[[Soundtrack, float], Transport],
    ) -> None:
        self._backends = backends
        self._events = events
        self._film_transport = film_transport
        self._sound_transport = sound_transport
        self._drivers: dict[str, DriverLoop] = {}
        self._leaving: list[DriverLoop] = []
        self._takes: Mapping[str, Take] = {}
        self._mixer = MixerSettings()
        self._main = SLIDERS
        self.tape = SoundTape()

    def listen(self, uris: Sequence[str], takes: Mapping[str, Take] | None = None) -> None:
        """Which drivers are on from now on; those that are on already go on.

        Args:
            uris: addresses, the main driver first; `sliders` is none.
            takes: those that `take:ID` may name, by id.
        """
        takes = self._takes if takes is None else takes
        self._main = uris[0] if uris else SLIDERS
        wanted = [uri for uri in dict.fromkeys(uris) if uri != SLIDERS]
        changed = {
            f"take:{name}"
            for name in self._takes.keys() | takes.keys()
            if self._takes.get(name) is not takes.get(name)
        }
        self._takes = takes
        before, self._leaving = self._drivers, [each for each in self._leaving if each.is_alive]
        kept = {uri: before[uri] for uri in wanted if uri in before and uri not in changed}
        for uri, driver in before.items():
            if uri not in kept:
                driver.stop()
                self._leaving.append(driver)
        begun = {uri: self._made(uri) for uri in wanted if uri not in kept}
        self._drivers = {uri: kept.get(uri) or begun[uri] for uri in wanted}
        self._pass_tape()
        for driver in begun.values():
            driver.start()
        self._events.arrived()

    def retry(self, uri: str) -> None:
        """The user asks for a driver again: what failed is tried now, and models are taken anew."""
        driver = self._drivers.get(uri)
        if driver is not None:
            driver.retry()

    def set_mixer(self, settings: MixerSettings) -> None:
        """How those that hear speech perform it, and which of them it comes from."""
        self._mixer = settings
        for driver in self._drivers.values():
            if isinstance(driver, SpeakingDriver):
                driver.style = settings.speech
        self._pass_tape()

    def frames(self) -> dict[str, DriverFrame | None]:
        """The newest frame of each driver that is on; None while it gives none."""
        return {uri: driver.newest for uri, driver in self._drivers.items()}

    def states(self) -> tuple[DriverState, ...]:
        """How each driver is doing, in the order in which they were given."""
        return tuple(driver.state for driver in self._drivers.values())

    def rate_fps(self, uri: str) -> float:
        """Motions a second that a driver gives; 0 for one that is off."""
        driver = self._drivers.get(uri)
        return 0.0 if driver is None else driver.rate.per_second

    def recent_motion(self, uri: str, seconds: float) -> list[MotionFrame]:
        """What a driver gave over the last seconds, oldest first."""
        driver = self._drivers.get(uri)
        return [] if driver is None else driver.recent_motion(seconds)

    def transport(self, main: str) -> Transport | None:
        """The clock of the main driver, else that of the first one beside it which has a length."""
        driver = self._timed(main)
        return None if driver is None else driver.transport

    def seek(self, main: str, time_s: float) -> None:
        """Go to a place on that clock."""
        driver = self._timed(main)
        if driver is not None:
            driver.seek(time_s)

    @property
    def has_microphone(self) -> bool:
        """Whether one is on: what it hears belongs to what is recorded."""
        return bool(self._microphones)

    def tell_recorded(self) -> None:
        """Say which of several microphones is recorded; nothing where nobody would ask."""
        count, recorded = len(self._microphones), self._recorded()
        if recorded is not None and count > 1:
            name = recorded.address.label
            self._events.notice(f"Of {count} microphones, {name} is the one that is recorded.")

    @property
    def dropped(self) -> int:
        """Pictures of all drivers that were overtaken before anyone used them."""
        return sum(driver.dropped for driver in self._drivers.values())

    def stop(self) -> None:
        """Ask all to end; returns at once."""
        self._leaving += self._drivers.values()
        self._drivers = {}
        for driver in self._leaving:
            driver.stop()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of all. Returns whether it came in time."""
        deadline_s = time.perf_counter() + timeout_s
        ended = [
            driver.join(max(deadline_s - time.perf_counter(), 0.0)) for driver in self._leaving
        ]
        return all(ended)

    def _timed(self, main: str) -> DriverLoop | None:
        drivers = self._drivers
        timed = [driver for driver in drivers.values() if driver.transport is not None]
        return drivers[main] if drivers.get(main) in timed else next(iter(timed), None)

    @property
    def _microphones(self) -> dict[str, MicrophoneDriver]:
        drivers = self._drivers.items()
        return {uri: each for uri, each in drivers if isinstance(each, MicrophoneDriver)}

    def _recorded(self) -> MicrophoneDriver | None:
        """The microphone that speech comes from."""
        voices = self._microphones
        uri = speaking(self._mixer, self._main, tuple(self._drivers), tuple(voices))
        return None if uri is None else voices[uri]

    def _pass_tape(self) -> None:
        """Have the microphone recorded that speech comes from, and no other."""
        recorded = self._recorded()
        for driver in (*self._leaving, *self._drivers.values()):
            if isinstance(driver, MicrophoneDriver):
                driver.tape = self.tape if driver is recorded else None

    def _made(self, uri: str) -> DriverLoop:
        address, backends = DriverAddress.parse(uri), self._backends
        leaving = [each for each in self._leaving if each.address.device == address.device]
        match address.scheme:
            case "mic":
                microphone = MicrophoneDriver(
                    uri, self._events, backends.open_microphone, backends.make_speech, leaving
                )
                microphone.style = self._mixer.speech
                return microphone
            case "sound":
                sound = SoundFileDriver(
                    uri,
                    self._events,
                    backends.load_sound,
                    backends.make_speech,
                    self._sound_transport,
                )
                sound.style = self._mixer.speech
                return sound
            case "livelink" | "ifacialmocap" | "vmc" | "openseeface":
                return PhoneDriver(uri, self._events, backends.open_phone, leaving)
            case "take":
                return TakeDriver(uri, self._events, self._takes.get(address.place))
            case _:
                return PictureDriver(
                    uri,
                    self._events,
                    backends.open_source,
                    backends.make_tracker,
                    self._film_transport,
                    leaving,
                )
