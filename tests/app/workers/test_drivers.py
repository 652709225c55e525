"""The hub of drivers on stand-ins for all devices."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers import driver_loop
from app.workers.backends import Backends
from app.workers.driver_loop import DriverEvents
from app.workers.drivers import DriverHub
from app.workers.playback import Transport
from avatar_core.errors import AssetError, AvatarError, DeviceError
from avatar_core.motion import ChannelGroup, DriverShare, GroupSettings, MixerSettings, TakeAudio
from avatar_core.motion.speech_style import SpeechStyle
from tests.app.workers.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.workers.status import DriverState


class Rig:
    """A hub; what it opens is taken from `devices` by URI."""

    def __init__(self, fake: Any) -> None:
        self.devices: dict[str, Any] = {}
        self.opened: list[str] = []
        self.errors: list[AvatarError] = []
        self.notices: list[str] = []
        self.arrivals = 0
        self.speech_note = ""
        backends = Backends(
            open_source=self._open,
            make_tracker=fake.Tracker,
            open_microphone=lambda address: self._open(str(address)),
            make_speech=lambda: fake.Speech(self.speech_note),
            open_phone=self._open,
            load_sound=self._load_sound,
        )
        events = DriverEvents(
            self._note_arrival, lambda: None, self.errors.append, self.notices.append
        )
        self.hub = DriverHub(
            backends,
            events,
            lambda source, starts_s: Transport(source.duration_s or 1.0, is_looping=True),
            lambda soundtrack, duration_s: Transport(duration_s, is_looping=True),
        )

    def state(self, uri: str) -> DriverState:
        return next(state for state in self.hub.states() if state.uri == uri)

    def jaw(self, uri: str) -> float:
        frame = self.hub.frames().get(uri)
        return -1.0 if frame is None else frame.motion.weight("jawOpen")

    def until(self, condition: Callable[[], object]) -> None:
        until(condition, lambda: (self._seen(), self.errors, self.notices))

    def _seen(self) -> list[tuple[str, str, str, float]]:
        states = self.hub.states()
        return [(each.uri, each.state, each.words, self.jaw(each.uri)) for each in states]

    def _note_arrival(self) -> None:
        self.arrivals += 1

    def _open(self, uri: str) -> Any:
        self.opened.append(uri)
        if uri not in self.devices:
            raise DeviceError(f"{uri} is not there.", "Connect it.")
        device = self.devices[uri]
        return device() if callable(device) else device

    def _load_sound(self, path: Any) -> TakeAudio:
        if str(path) not in self.devices:
            raise AssetError("There is no such sound.", "Choose another.")
        sound: TakeAudio = self.devices[str(path)]
        return sound


@pytest.fixture
def rig(fake: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(driver_loop, "_FIRST_RETRY_S", 0.05)
    made = Rig(fake)
    yield made
    made.hub.stop()
    assert made.hub.join(3.0)


def test_all_kinds_give_motion_at_once(rig: Rig, fake: Any) -> None:
    take = fake.take(1.0)
    rig.devices.update(
        {
            "camera:0": fake.Source([51] * 10_000),
            "mic:": fake.Microphone(),
            "livelink:11111": fake.Phone(0.7),
            "talk.wav": TakeAudio(np.full((80_000, 2), 0.25, np.float32), 8000),
        }
    )
    uris = ["camera:0", "mic:", "livelink:11111", "sound:talk.wav", f"take:{take.id}"]
    rig.hub.listen(uris, {take.id: take})
    rig.until(lambda: all(rig.hub.frames().values()))
    assert list(rig.hub.frames()) == uris
    rig.until(lambda: rig.jaw("camera:0") == pytest.approx(0.2))
    assert rig.jaw("mic:") == pytest.approx(0.5)
    assert rig.jaw("livelink:11111") == pytest.approx(0.7)
    rig.until(lambda: rig.jaw("sound:talk.wav") == pytest.approx(0.25))
    rig.until(lambda: rig.jaw(f"take:{take.id}") > 0)
    states = rig.hub.states()
    assert [state.uri for state in states] == uris
    assert {state.state for state in states} == {"live"}
    assert all(state.age_ms is not None and state.age_ms < 2000 for state in states)
    assert rig.errors == []


def test_drivers_that_stay_are_left_alone_and_others_end(rig: Rig, fake: Any) -> None:
    camera, phone = fake.Source([51] * 10_000), fake.Phone()
    rig.devices.update({"camera:0": camera, "vmc:39539": phone})
    rig.hub.listen(["camera:0", "vmc:39539"])
    rig.until(lambda: all(rig.hub.frames().values()))
    rig.hub.listen(["vmc:39539", "sliders"])
    rig.until(lambda: camera.is_closed)
    assert list(rig.hub.frames()) == ["vmc:39539"]
    assert not phone.is_closed
    assert rig.opened.count("vmc:39539") == 1
    rig.hub.listen([])
    rig.until(lambda: phone.is_closed)
    assert rig.hub.frames() == {}


def test_a_device_is_given_back_before_it_is_opened_with_other_settings(
    rig: Rig, fake: Any
) -> None:
    small = fake.Source([51] * 10_000)
    was_closed: list[bool] = []

    def large() -> Any:
        was_closed.append(small.is_closed)
        return fake.Source([102] * 10_000)

    slow_close = small.close
    small.close = lambda: (time.sleep(0.2), slow_close())
    rig.devices.update({"camera:0": small, "camera:0?size=1280x720": large})
    rig.hub.listen(["camera:0"])
    rig.until(lambda: rig.jaw("camera:0") > 0)
    rig.hub.listen(["camera:0?size=1280x720"])
    rig.until(lambda: rig.jaw("camera:0?size=1280x720") == pytest.approx(0.4))
    assert was_closed == [True]
    assert rig.errors == []


def test_listening_never_waits(rig: Rig, fake: Any) -> None:
    slow, is_reading, may_end = fake.Source([51]), threading.Event(), threading.Event()
    ended: list[bool] = []

    def read(timeout_s: float) -> None:
        is_reading.set()
        ended.append(may_end.wait(10.0))

    slow.read = read
    rig.devices.update({"camera:0": slow, "camera:1": fake.Source([51] * 1000)})
    rig.hub.listen(["camera:0"])
    assert is_reading.wait(10.0)
    rig.hub.listen(["camera:1"])
    rig.hub.states()
    assert ended == []
    may_end.set()
    rig.until(lambda: "camera:1" in rig.opened)


# Microphones.


def test_a_microphone_tells_level_and_age(rig: Rig, fake: Any) -> None:
    microphone = fake.Microphone()
    rig.devices["mic:"] = microphone
    rig.hub.listen(["mic:"])
    rig.until(lambda: rig.state("mic:").state == "live")
    state = rig.state("mic:")
    assert state.level == pytest.approx(0.9, abs=0.01)  # -6 of -60 dB
    frame = rig.hub.frames()["mic:"]
    assert frame is not None
    # Sound is as old as its model needs later sound, and no older.
    assert frame.stage_ms["listen"] == pytest.approx(40, abs=21)
    microphone.level = 0.0
    rig.until(lambda: rig.state("mic:").state == "silent")
    assert rig.state("mic:").words == "No voice is heard."
    assert rig.state("mic:").level == 0.0


def test_a_mouth_that_does_not_move_wakes_nobody(rig: Rig, fake: Any) -> None:
    rig.devices["mic:"] = fake.Microphone()
    rig.hub.listen(["mic:"])
    rig.until(lambda: rig.jaw("mic:") > 0)
    before, given = rig.arrivals, len(rig.hub.recent_motion("mic:", 60.0))
    rig.until(lambda: len(rig.hub.recent_motion("mic:", 60.0)) >= given + 15)
    assert rig.arrivals == before
    rig.until(lambda: rig.state("mic:").fps > 20)


def test_style_reaches_who_speaks_now_and_later(rig: Rig, fake: Any) -> None:
    rig.devices.update({"mic:": fake.Microphone(), "mic:B": fake.Microphone()})
    rig.hub.listen(["mic:"])
    rig.until(lambda: rig.jaw("mic:") == pytest.approx(0.5))
    rig.hub.set_mixer(MixerSettings(speech=SpeechStyle(amount=1.5)))
    rig.until(lambda: rig.jaw("mic:") == pytest.approx(0.75))
    rig.hub.listen(["mic:B"])
    rig.until(lambda: rig.jaw("mic:B") >= 0)
    assert rig.jaw("mic:B") == pytest.approx(0.75)  # from its first motion on
    assert rig.errors == []


def test_a_model_that_cannot_speak_live_is_said_to_be_replaced(rig: Rig, fake: Any) -> None:
    rig.devices["mic:"] = fake.Microphone()
    note = "Live speech takes the studio's own model."
    rig.speech_note = note
    rig.hub.listen(["mic:"])
    rig.until(lambda: rig.jaw("mic:") > 0)
    assert rig.notices == [note]
    rig.devices["talk.wav"] = TakeAudio(np.full((8000, 1), 0.5, np.float32), 8000)
    rig.hub.listen(["sound:talk.wav"])
    rig.until(lambda: rig.jaw("sound:talk.wav") > 0)
    assert rig.notices == [note, note]


def test_asked_again_those_that_speak_take_the_model_that_is_chosen(rig: Rig, fake: Any) -> None:
    rig.devices["mic:"] = microphone = fake.Microphone()
    rig.devices["talk.wav"] = TakeAudio(np.full((80_000, 1), 0.25, np.float32), 8000)
    uris = ["mic:", "sound:talk.wav"]
    rig.hub.listen(uris)
    rig.until(lambda: all(rig.hub.frames().values()))
    for uri, note in zip(uris, ("Live speech takes another.", "So does a file."), strict=True):
        rig.speech_note = note
        rig.hub.retry(uri)
        rig.until(lambda note=note: note in rig.notices)
    microphone.level = 0.75
    rig.until(lambda: rig.jaw("mic:") == pytest.approx(0.75))
    assert rig.jaw("sound:talk.wav") == pytest.approx(0.25)
    assert not microphone.is_closed
    assert rig.opened == ["mic:"]
    assert len(rig.notices) == 2


def test_why_another_model_speaks_is_said_once_however_often_it_is_opened(
    rig: Rig, fake: Any
) -> None:
    rig.speech_note = "Live speech takes the studio's own model."
    rig.hub.listen(["mic:"])  # nothing is connected
    rig.until(lambda: len(rig.opened) > 2)
    assert rig.notices == [rig.speech_note]


def test_a_microphone_that_returns_with_another_rate_goes_on(
    rig: Rig, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_loop, "_FIRST_RETRY_S", 0.1)
    gone = DeviceError("The microphone no longer gives sound.", "Check its cable.")
    later = [fake.Microphone(8000, 30, gone), fake.Microphone(16_000)]
    rig.devices["mic:"] = lambda: later.pop(0)
    rig.hub.listen(["mic:"])
    rig.hub.tape.run()
    rig.until(lambda: rig.errors == [gone])
    rig.until(lambda: rig.notices == ["Microphone is back."])
    pieces = rig.hub.tape.pieces()
    assert (pieces[0].rate_hz, pieces[-1].rate_hz) == (8000, 16_000)
    sound = rig.hub.tape.sound(pieces[0].began_s, pieces[-1].ended_s)
    assert sound is not None
    assert sound.rate_hz == 8000
    loud = np.abs(sound.samples[:, 0]) > 0.4
    assert loud[:1000].any()
    assert loud[-1200:].any()
    assert not loud.all()  # the outage is silent


def test_the_tape_holds_what_the_microphone_hears_that_speaks(rig: Rig, fake: Any) -> None:
    levels = {"mic:": 0.5, "mic:B": 0.25}
    for uri, level in levels.items():
        rig.devices[uri] = fake.Microphone()
        rig.devices[uri].level = level

    def heard() -> set[float]:
        rig.until(lambda: all(rig.jaw(uri) > 0 for uri in rig.hub.frames()))
        rig.hub.tape.run()
        rig.until(lambda: len(rig.hub.tape.pieces()) > 5)
        return {float(piece.samples[0]) for piece in rig.hub.tape.pieces()}

    rig.hub.listen(["mic:B", "mic:"])
    assert heard() == {0.25}  # the main driver moves the mouth
    rig.hub.listen(["mic:", "mic:B"])  # both go on, in another order
    assert heard() == {0.5}
    lips = GroupSettings(drivers=(DriverShare("mic:B"), DriverShare("sliders")))
    rig.hub.set_mixer(MixerSettings(groups={ChannelGroup.LIPS: lips, ChannelGroup.JAW: lips}))
    assert heard() == {0.25}
    rig.hub.tell_recorded()
    assert rig.notices == ["Of 2 microphones, B is the one that is recorded."]
    rig.hub.listen(["mic:"])
    assert heard() == {0.5}
    rig.hub.tell_recorded()
    assert len(rig.notices) == 1


def test_a_sound_file_speaks_without_a_lag_and_can_be_sought(rig: Rig, fake: Any) -> None:
    samples = np.zeros((80_000, 1), np.float32)
    samples[40_000:] = 0.8
    rig.devices["talk.wav"] = TakeAudio(samples, 8000)
    rig.hub.listen(["sound:talk.wav"])
    rig.until(lambda: rig.jaw("sound:talk.wav") == pytest.approx(0.0))
    transport = rig.hub.transport("sound:talk.wav")
    assert transport is not None
    assert transport.duration_s == pytest.approx(10.0)
    transport.pause()
    rig.hub.seek("sound:talk.wav", 4.9)
    time.sleep(0.2)
    assert rig.jaw("sound:talk.wav") == pytest.approx(0.0)
    rig.hub.seek("sound:talk.wav", 5.1)
    rig.until(lambda: rig.jaw("sound:talk.wav") == pytest.approx(0.8))


def test_a_sound_beside_a_camera_has_the_clock(rig: Rig, fake: Any) -> None:
    rig.devices["camera:0"] = fake.Source([51] * 10_000)
    rig.devices["talk.wav"] = TakeAudio(np.zeros((8000, 1), np.float32), 8000)
    rig.hub.listen(["camera:0"])
    rig.until(lambda: rig.jaw("camera:0") > 0)
    assert rig.hub.transport("camera:0") is None
    rig.hub.seek("camera:0", 0.5)  # harmless
    rig.hub.listen(["camera:0", "sound:talk.wav"])
    rig.until(lambda: rig.hub.transport("camera:0") is not None)
    transport = rig.hub.transport("camera:0")
    assert transport is not None
    transport.pause()
    rig.hub.seek("camera:0", 0.5)
    assert transport.position_s == 0.5


# Phones and takes.


def test_a_phone_out_of_range_is_missed_once_and_welcomed_back(rig: Rig, fake: Any) -> None:
    phone = fake.Phone()
    rig.devices["ifacialmocap:49983"] = phone
    rig.hub.listen(["ifacialmocap:49983"])
    rig.until(lambda: rig.state("ifacialmocap:49983").state == "live")
    phone.is_in_range = False
    rig.until(lambda: rig.state("ifacialmocap:49983").state == "lost")
    assert rig.hub.frames() == {"ifacialmocap:49983": None}
    time.sleep(0.3)
    assert [error.message for error in rig.errors] == ["iFacialMocap sends nothing."]
    assert rig.opened == ["ifacialmocap:49983"]  # its socket stays open
    phone.is_in_range = True
    rig.until(lambda: rig.state("ifacialmocap:49983").state == "live")
    assert rig.notices == ["iFacialMocap is back."]


def test_a_phone_that_never_sent_anything_is_waited_for_in_peace(rig: Rig, fake: Any) -> None:
    phone = fake.Phone()
    phone.is_in_range = False
    rig.devices["livelink:11111"] = phone
    rig.hub.listen(["livelink:11111"])
    rig.until(lambda: rig.state("livelink:11111").words.startswith("Live Link Face sends nothing."))
    assert "open to the network" in rig.state("livelink:11111").words
    assert rig.state("livelink:11111").state == "silent"
    phone.reason = "Packets come that are none of Live Link Face."
    rig.until(lambda: rig.state("livelink:11111").words == phone.reason)
    assert rig.errors == []
    phone.reason = "Live Link Face sends MetaHuman controls: switch the app to ARKit mode."
    rig.until(lambda: rig.state("livelink:11111").words == phone.reason)


def test_a_port_in_use_is_said_and_tried_again(rig: Rig, fake: Any) -> None:
    rig.hub.listen(["vmc:39539"])
    rig.until(lambda: rig.state("vmc:39539").state == "failed")
    rig.devices["vmc:39539"] = fake.Phone()
    rig.until(lambda: rig.state("vmc:39539").state == "live")
    assert rig.notices == ["VMC is there now."]


def test_a_take_beside_follows_the_project(rig: Rig, fake: Any) -> None:
    take = fake.take(1.0)
    uri = f"take:{take.id}"
    rig.hub.listen([uri], {})
    rig.until(lambda: rig.state(uri).state == "failed")
    assert rig.state(uri).words == "The take that drives beside is not in the project."
    rig.hub.listen([uri], {take.id: take})
    rig.until(lambda: rig.jaw(uri) > 0)
    assert rig.state(uri).state == "live"
    held = replace(take, weights=np.full_like(take.weights, 0.25))
    rig.hub.listen([uri], {take.id: held})  # it was edited
    rig.until(lambda: rig.jaw(uri) == 0.25)
    assert {motion.weight("jawOpen") for motion in rig.hub.recent_motion(uri, 1.0)} == {0.25}
