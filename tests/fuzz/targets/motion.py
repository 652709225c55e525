"""Motion from elsewhere: tables, timecodes, datagrams of phones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.phones import PROTOCOLS, PacketError
from avatar_core.errors import AvatarError
from avatar_core.io.live_link_csv import load_live_link_csv, save_live_link_csv
from avatar_core.io.timecode import times_from_timecodes
from avatar_core.motion.driver_address import DriverAddress
from tests.avatar_core.driving.phones import test_fuzz as phones
from tests.fuzz.target import Shape, Target, read_file, write_file
from tests.fuzz.targets.documents import small_take, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _tables() -> list[bytes]:
    return [written(lambda path: save_live_link_csv(small_take(), path), "a.csv")]


def _write_table(value: Any, path: Path) -> None:
    save_live_link_csv(value, path)


def _same_table(one: bytes, other: bytes) -> bool:
    """Numbers of six digits behind the point, of which the last may be rounded otherwise."""
    tables = [[line.split(",") for line in each.decode().splitlines()] for each in (one, other)]
    if [row[0] for row in tables[0]] != [row[0] for row in tables[1]]:
        return False
    numbers = [np.array([row[1:] for row in table[1:]], np.float64) for table in tables]
    return bool(np.allclose(*numbers, rtol=0, atol=5e-6))


def _codes() -> list[bytes]:
    return [b"00:00:01:23.250\n00:00:01:24.250\n23:59:59:59\n00:00:00:00\n", b"01:02:03;04\n" * 9]


def _read_codes(data: bytes, _: Path) -> Any:
    times_s, rows, _start = times_from_timecodes(data.decode("utf-8", "replace").split("\n"))
    if not np.isfinite(times_s).all() or (np.diff(times_s) < 0).any() or len(rows) != len(times_s):
        raise ArithmeticError("times that do not rise")
    return times_s


def _addresses() -> list[bytes]:
    return [b"camera:0?size=1280x720&fps=30", b"file:/films/a.mp4", b"vmc:39539?open=1", b"take:x"]


def _read_address(data: bytes, _: Path) -> str:
    address = DriverAddress.parse(data.decode("utf-8", "replace"))
    address.number("fps", 30.0, 1, 240)
    return f"{address} {address.label}"


def _phone(scheme: str) -> Target:
    def read(data: bytes, _: Path) -> Any:
        reader = PROTOCOLS[scheme].reader({})
        motion = None
        # Readers remember what earlier packets said.
        for packet in (data, data[: len(data) // 2], data):
            try:
                motion = reader.parse(packet, 1.0).motion
            except PacketError as error:
                if "\n" in str(error):
                    raise ValueError("more than a sentence") from error
            else:
                if motion is not None:
                    phones.expect_sane(motion)
        return motion

    seeds: Callable[[], list[bytes]] = phones.SEEDS[scheme]
    return Target(f"phone {scheme}", seeds, read, refuses=(PacketError,))


TARGETS = (
    Target("Live Link CSV", _tables, read_file(load_live_link_csv, "a.csv"), Shape.TEXT,
           write=write_file(_write_table, "a.csv"), same=_same_table),
    Target("timecodes", _codes, _read_codes, Shape.TEXT),
    Target("driver address", _addresses, _read_address, Shape.TEXT, (AvatarError,)),
    *(_phone(scheme) for scheme in PROTOCOLS),
)  # fmt: skip
