from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from avatar_core.driving.phones import PhoneReceiver, PhoneState, open_phone
from avatar_core.driving.phones import facial_mocap as facial_mocap_module
from avatar_core.driving.phones import receiver as receiver_module
from avatar_core.errors import DeviceError
from tests.avatar_core.driving.phones.directions import nose
from tests.avatar_core.driving.phones.senders import (
    PhoneOnAir,
    Sender,
    facial_mocap,
    live_link,
    meta_human,
    open_see_face,
    vmc,
    vmc_messages,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.motion import MotionFrame

SHORT_S = 0.05
SOON_S = 5.0


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine neither makes a sender silent nor leaves packets for the next read."""
    monkeypatch.setattr(receiver_module, "SILENCE_S", 60.0)
    monkeypatch.setattr(receiver_module, "_MOST_AT_ONCE_S", 60.0)


@contextmanager
def listening(uri: str) -> Iterator[tuple[PhoneReceiver, Sender]]:
    receiver = open_phone(uri)
    try:
        with Sender(receiver.address[1]) as sender:
            yield receiver, sender
    finally:
        receiver.close()


def read(receiver: PhoneReceiver) -> MotionFrame:
    motion = receiver.read(SOON_S)
    assert motion is not None
    return motion


TURNED_LEFT = (0.0, -0.17364818, 0.0, 0.98480775)  # Unity: 20 degrees, to the avatar's left

PACKETS = {
    "livelink:0": [live_link({"JawOpen": 0.5, "HeadYaw": 0.34906585})],
    "ifacialmocap:0": [facial_mocap({"jawOpen": 50}, head=(0, 20, 0, 0, 0, -0.5))],
    "vmc:0": [vmc({"JawOpen": 0.5}, {"Head": TURNED_LEFT})],
    "openseeface:0": [open_see_face({"MouthOpen": 0.625})],
}


@pytest.mark.parametrize("uri", PACKETS)
def test_every_protocol_arrives_over_a_socket(uri: str) -> None:
    with listening(uri) as (receiver, sender):
        sender.send(*PACKETS[uri])
        motion = read(receiver)
        assert motion.weight("jawOpen") == pytest.approx(0.5)
        if uri != "openseeface:0":
            assert nose(motion)[0] == pytest.approx(20, abs=1e-3)
        state = receiver.state
        assert state.is_live
        assert (state.received, state.lost, state.reordered, state.refused) == (1, 0, 0, 0)
        assert state.sender == "{}:{}".format(*sender.endpoint)
        assert state.reason == ""


@pytest.mark.parametrize("is_bundled", [True, False])
def test_a_vmc_frame_comes_whole_or_in_messages(is_bundled: bool) -> None:
    with listening("vmc:0") as (receiver, sender):
        for amount in (0.25, 0.5):
            values = {"A": 0.0, "jawOpen": amount}
            sender.send(*([vmc(values)] if is_bundled else vmc_messages(values, time_s=amount)))
        assert read(receiver).weight("jawOpen") == pytest.approx(0.5)


def test_the_newest_frame_wins_and_none_queues_up() -> None:
    with listening("livelink:0") as (receiver, sender):
        for frame in range(100):
            sender.send(live_link({"JawOpen": frame / 100}, frame=frame))
        assert read(receiver).weight("jawOpen") == pytest.approx(0.99)
        assert receiver.read(0) is None
        assert receiver.state.received == 100


def test_lost_and_late_frames_are_counted_and_left_out() -> None:
    with listening("livelink:0") as (receiver, sender):
        for frame in (10, 11, 12, 15, 16):
            sender.send(live_link({"JawOpen": frame / 100}, frame=frame))
        assert read(receiver).weight("jawOpen") == pytest.approx(0.16)
        sender.send(live_link({"JawOpen": 1.0}, frame=13), live_link({"JawOpen": 1.0}, frame=16))
        assert receiver.read(SHORT_S) is None
        sender.send(live_link({"JawOpen": 0.17}, frame=17))
        assert read(receiver).weight("jawOpen") == pytest.approx(0.17)
        assert (receiver.state.lost, receiver.state.reordered) == (2, 2)


def test_a_tracker_is_ordered_by_its_clock() -> None:
    with listening("openseeface:0") as (receiver, sender):
        for time_s, opened in ((10.0, 0.1), (10.2, 0.5), (10.1, 1.0)):
            sender.send(open_see_face({"MouthOpen": opened}, time_s=time_s))
        assert read(receiver).weight("jawOpen") == pytest.approx(0.4)
        assert receiver.state.reordered == 1


def test_what_was_refused_long_ago_explains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening("livelink:0") as (receiver, sender):
        sender.send(meta_human())
        receiver.read(SHORT_S)
        assert receiver.reason == receiver.state.reason != ""
        monkeypatch.setattr(receiver_module, "SILENCE_S", 0.0)
        assert receiver.reason == receiver.state.reason == ""
        assert receiver.state.refused == 1


def test_what_is_refused_is_counted_and_explained() -> None:
    with listening("livelink:0") as (receiver, sender):
        sender.send(b"hello", meta_human(), bytes(3000), live_link()[:100], b"")
        assert receiver.read(SHORT_S) is None
        assert receiver.state.refused == 5
        assert receiver.state.received == 0
        assert not receiver.state.is_live
        sender.send(meta_human())
        receiver.read(SHORT_S)
        assert "switch the app to ARKit mode" in receiver.state.reason
        sender.send(bytes(9000))
        receiver.read(SHORT_S)
        assert receiver.state.reason == "A packet was too large."
        sender.send(live_link({"JawOpen": 0.5}))
        assert read(receiver).weight("jawOpen") == pytest.approx(0.5)
        assert receiver.state.reason == ""


def test_one_sender_is_followed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening("livelink:0") as (receiver, first), Sender(receiver.address[1]) as second:
        first.send(live_link({"JawOpen": 0.3}, frame=100))
        read(receiver)
        second.send(live_link({"JawOpen": 0.9}, frame=5))
        assert receiver.read(SHORT_S) is None
        assert receiver.state.refused == 1
        assert "second program" in receiver.state.reason
        monkeypatch.setattr(receiver_module, "SILENCE_S", 0.0)  # the first has gone silent
        second.send(live_link({"JawOpen": 0.9}, frame=6))
        assert read(receiver).weight("jawOpen") == pytest.approx(0.9)
        assert receiver.state.sender == "{}:{}".format(*second.endpoint)
        assert receiver.state.reordered == 0


def test_a_phone_that_comes_back_is_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_module, "SILENCE_S", 0.5)
    receiver = open_phone("livelink:0")
    try:
        with PhoneOnAir(receiver.address[1], lambda n: live_link(frame=n), fps=100) as phone:
            read(receiver)
            assert receiver.state.is_live
            phone.leave()
            while receiver.read(0.6) is not None:
                pass
            assert not receiver.state.is_live
            assert receiver.read(0) is None
            phone.come_back()
            read(receiver)
            assert receiver.state.is_live
            assert receiver.state.lost == 0  # a silence is no loss
    finally:
        receiver.close()


def test_a_silence_makes_old_news_of_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening("ifacialmocap:0") as (receiver, sender):
        sender.send(facial_mocap({"jawOpen": 50, "cheekPuff": 20}))
        read(receiver)
        sender.send(facial_mocap({"jawOpen": 60}))
        assert read(receiver).weight("cheekPuff") == pytest.approx(0.2)
        monkeypatch.setattr(receiver_module, "SILENCE_S", 0.0)
        sender.send(facial_mocap({"jawOpen": 60}))
        assert read(receiver).weight("cheekPuff") == 0


def test_reading_never_waits_longer_than_asked() -> None:
    with listening("vmc:0") as (receiver, _):
        start = time.perf_counter()
        assert receiver.read(0) is None
        assert receiver.read(SHORT_S) is None
        assert SHORT_S * 0.9 <= time.perf_counter() - start < SOON_S
        assert receiver.state == PhoneState()


def test_a_flood_does_not_hold_a_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_module, "_MOST_AT_ONCE_S", 0.0)
    with listening("vmc:0") as (receiver, sender):
        sender.send(*[b"nonsense"] * 100)
        assert receiver.read(0) is None
        assert receiver.state.refused == 1


def test_sockets_stay_on_this_machine_unless_opened() -> None:
    for uri, host in (("livelink:0", "127.0.0.1"), ("livelink:0?open=1", "0.0.0.0")):
        with listening(uri) as (receiver, sender):
            assert receiver.address[0] == host
            sender.send(live_link())
            read(receiver)


def test_a_port_that_is_taken_is_named() -> None:
    with listening("vmc:0") as (receiver, _):
        port = receiver.address[1]
        with pytest.raises(DeviceError, match=f"Port {port} is taken") as caught:
            open_phone(f"vmc:{port}")
        assert f"vmc:{port + 1}" in caught.value.hint or f"vmc:{port - 1}" in caught.value.hint
    open_phone(f"vmc:{port}").close()


def test_closing_twice_is_harmless_and_frees_the_port() -> None:
    receiver = open_phone("livelink:0")
    port = receiver.address[1]
    receiver.close()
    receiver.close()
    again = open_phone(f"livelink:{port}")
    assert again.address == ("127.0.0.1", port)
    again.close()


def test_a_socket_that_breaks_is_said_in_words() -> None:
    receiver = open_phone("livelink:0")
    receiver.close()
    with pytest.raises(DeviceError, match="hears nothing"):
        receiver.read(0)


def test_a_phone_is_asked_until_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_module, "_ASK_EVERY_S", 0.02)
    with Sender(1) as phone:
        port = phone.endpoint[1]
        receiver = open_phone(f"ifacialmocap:0?phone=127.0.0.1:{port}")
        try:
            assert receiver.read(0) is None
            request, computer = phone.answer()
            assert request.startswith(b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719")
            assert computer == receiver.address  # phones answer to where they were asked from
            receiver.read(0.1)
            assert phone.answer()[0] == request
            phone._target = computer
            phone.send(facial_mocap({"jawOpen": 50}))
            assert read(receiver).weight("jawOpen") == pytest.approx(0.5)
        finally:
            receiver.close()


def test_only_the_phone_that_was_asked_is_heard() -> None:
    receiver = open_phone("ifacialmocap:0?phone=127.0.0.2:4000")
    try:
        with Sender(receiver.address[1]) as stranger:
            stranger.send(facial_mocap({"jawOpen": 50}))
            assert receiver.read(SHORT_S) is None
            assert "not the phone" in receiver.state.reason
    finally:
        receiver.close()


def test_face_motion_3d_is_stopped_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facial_mocap_module, "FACE_MOTION_3D_PORT", 0)  # any that is free here
    with Sender(1) as phone:
        receiver = open_phone(f"ifacialmocap:0?phone=127.0.0.1:{phone.endpoint[1]}")
        receiver.read(0)
        assert phone.answer()[0] == b"FACEMOTION3D_OtherStreaming"
        receiver.close()
        assert phone.answer()[0] == b"StopStreaming_FACEMOTION3D"
