"""Ten thousand damaged and hostile datagrams of every protocol: refused in words, or harmless."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.phones import PROTOCOLS, PacketError, open_phone
from tests.avatar_core.driving.phones.senders import (
    Sender,
    facial_mocap,
    live_link,
    meta_human,
    open_see_face,
    osc,
    osc_bundle,
    vmc,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar_core.motion import MotionFrame

PACKETS = 10_000


def live_link_seeds() -> list[bytes]:
    return [live_link({"JawOpen": 0.5}), live_link(has_face=False), meta_human(), meta_human("<")]


def facial_mocap_seeds() -> list[bytes]:
    values = {"jawOpen": 20.0, "eyeBlink_L": 5.0, "mouthSmile_R": 32.0, "trackingStatus": 1.0}
    hostile = [b"|" * 5000, b"=" * 5000, b"#" * 5000, b"-&" * 5000, b"jawOpen-" + b"9" * 5000]
    lists = [b"=head#" + b"1," * 5000, b"head#1e308,-1e308,1e308,1e308,1e308,1e308|jawOpen-1e308"]
    return [facial_mocap(values), facial_mocap(values, version=2), *hostile, *lists]


def vmc_seeds() -> list[bytes]:
    deep = osc("/VMC/Ext/Blend/Apply")
    for _ in range(200):
        deep = osc_bundle(deep)
    head = (1e38, -1e38, 0.5, 0.5)
    return [
        vmc({"jawOpen": 0.5, "A": 0.2}, {"Head": (0, 0, 0, 1), "LeftEye": (0, 0, 0, 1)}),
        osc("/VMC/Ext/Blend/Val", "jawOpen", 0.5),
        osc("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, *head),
        osc_bundle(*[b"/\0\0\0"] * 2000),
        b"/VMC/Ext/Blend/Val\0\0," + b"[" * 3000 + b"\0" * 8,
        b"/VMC/Ext/Blend/Val\0\0," + b"T" * 8000 + b"\0" * 8,
        deep,
    ]


def open_see_face_seeds() -> list[bytes]:
    face = open_see_face({"MouthOpen": 0.5})
    return [face, open_see_face(is_old=True), face * 36, b"\xff" * 1785, b"\x7f" * 1729]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "livelink": live_link_seeds,
    "ifacialmocap": facial_mocap_seeds,
    "vmc": vmc_seeds,
    "openseeface": open_see_face_seeds,
}

NASTY = (
    b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x00",
    struct.pack(">f", float("nan")), struct.pack("<f", float("inf")), b"\x7f\x80\x00\x01",
    b"\x01\x00\x80\x7f", struct.pack(">f", 3e38), struct.pack("<f", -3e38), b"#bundle\0", b"\0",
)  # fmt: skip


def damaged(seeds: list[bytes], count: int) -> Iterator[bytes]:
    """Packets that are random, cut off, changed, prolonged, or two in one."""
    dice = random.Random(7)
    for n in range(count):
        seed = dice.choice(seeds)
        kind = n % 6
        if kind == 0:
            yield dice.randbytes(dice.choice((0, 1, 4, 16, len(seed) % 4096, 1785)))
        elif kind == 1:
            yield seed[: dice.randrange(len(seed))]
        elif kind == 2:
            yield seed[: dice.randrange(len(seed))] + dice.randbytes(dice.randrange(64))
        elif kind == 3:
            yield seed + dice.choice(seeds)[: dice.randrange(200)]
        else:
            data = bytearray(seed)
            for _ in range(dice.randrange(1, 12)):
                at = dice.randrange(len(data))
                piece = dice.choice(NASTY) if kind == 4 else dice.randbytes(1)
                data[at : at + len(piece)] = piece
            yield bytes(data)


def expect_sane(motion: MotionFrame) -> None:
    assert np.isfinite(motion.weights).all()
    assert motion.weights.min() >= 0
    assert motion.weights.max() <= 1
    assert np.linalg.norm(motion.head_rotation) <= np.radians(100) + 1e-5
    assert np.abs(motion.head_translation).max() <= 5
    assert motion.gaze is None or np.abs(motion.gaze).max() <= np.radians(60) + 1e-5
    assert 0 <= motion.confidence <= 1


@pytest.mark.parametrize("scheme", SEEDS)
def test_damaged_packets_are_refused_or_harmless(scheme: str) -> None:
    make = PROTOCOLS[scheme].reader
    reader = make({})
    refused = 0
    for n, packet in enumerate(damaged(SEEDS[scheme](), PACKETS)):
        if n % 500 == 0:
            reader = make({})
        try:
            motion = reader.parse(packet, n / 60).motion
        except PacketError:
            refused += 1
        else:
            if motion is not None:
                expect_sane(motion)
    assert PACKETS / 4 < refused < PACKETS


@pytest.mark.parametrize("scheme", SEEDS)
def test_damaged_packets_are_counted_by_the_receiver(scheme: str) -> None:
    receiver = open_phone(f"{scheme}:0")
    packets = list(damaged(SEEDS[scheme](), 600))
    try:
        with Sender(receiver.address[1]) as sender:
            for packet in packets:
                sender.send(packet[:9000])  # as large as every system sends
                receiver.read(0)
            seen = receiver.state.received + receiver.state.refused
            assert seen == len(packets)
            good = {
                "livelink": live_link(),
                "ifacialmocap": facial_mocap({"jawOpen": 1}),
                "vmc": vmc({"A": 1}),
                "openseeface": open_see_face(time_s=1e9),
            }
            for _ in range(20):  # numbers of before were nonsense; it finds its way back
                sender.send(good[scheme])
            assert receiver.read(5.0) is not None
            assert receiver.state.reason == ""
    finally:
        receiver.close()
