from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError, RecordingError
from avatar_core.recording import ledger as ledger_module
from avatar_core.recording.ledger import Ledger, line_of, read_line

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = [{"kind": "chunk", "n": at, "name": "ä\n"} for at in range(5)]


@pytest.fixture
def path(tmp_path) -> Path:
    ledger = Ledger(tmp_path / "a.ledger")
    for entry in ENTRIES:
        ledger.append(entry)
    return tmp_path / "a.ledger"


def test_what_was_written_is_read(path):
    assert Ledger(path).entries == ENTRIES


def test_a_line_cut_off_anywhere_costs_that_line_alone(path):
    data = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        ledger = Ledger(path)
        assert ledger.entries == ENTRIES[: sum(end <= cut for end in ends)]
        if cut % 37 == 0:
            ledger.append({"more": 1})
            assert Ledger(path).entries[-1] == {"more": 1}
            assert Ledger(path).damaged == 0


def test_a_bit_that_fell_over_costs_at_most_two_lines(path):
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), 3):
        flipped = data.copy()
        flipped[at] ^= 1 << (at % 7)
        path.write_bytes(flipped)
        entries = Ledger(path).entries
        assert len(entries) >= 3
        assert all(entry in ENTRIES for entry in entries)


@pytest.mark.parametrize("line", [b"", b"{}", b"\xff", b"0 " + b"[" * 9999, line_of({})[:-2]])
def test_other_lines_hold_no_entry(line):
    assert read_line(line) is None


def test_a_full_disk_is_said(path, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    ledger = Ledger(path)
    monkeypatch.setattr(ledger_module.os, "fsync", full)
    with pytest.raises(RecordingError, match="disk is full"):
        ledger.append({"more": 1})
    assert ledger.entries == ENTRIES


def test_a_folder_is_no_ledger(tmp_path):
    with pytest.raises(AssetError, match="folder"):
        Ledger(tmp_path)
