from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.io import disk
from avatar_core.io.journal import JournalHeader, JournalOp, JournalReader, JournalWriter
from tests.avatar_core.io.faulty_disk import Fault, FaultyDisk

if TYPE_CHECKING:
    from pathlib import Path

HEADER = JournalHeader("/projects/Gesicht ✓.studio", "ab" * 32)
ENTRIES = [
    (JournalOp.BEGIN, b'"Drag"'),
    (JournalOp.PUSH, bytes(range(256)) * 3),
    (JournalOp.END, b""),
    (JournalOp.JUMP, b"12345678"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / ".face.studio.journal"
    writer = JournalWriter.create(path, HEADER)
    for op, data in ENTRIES:
        writer.append(op, [data[:100], memoryview(data[100:])])
    writer.close()
    return path


def read(path: Path) -> list[tuple[JournalOp, bytes]]:
    reader = JournalReader(path)
    return [
        (entry.op, data)
        for entry, data in zip(reader.entries, reader.payloads(reader.entries), strict=True)
    ]


def test_what_was_written_is_read(path: Path) -> None:
    assert read(path) == ENTRIES
    reader = JournalReader(path)
    assert reader.header == HEADER
    assert not reader.is_damaged
    assert reader.end == path.stat().st_size


def test_an_entry_that_was_under_way_is_no_damage(path: Path) -> None:
    whole, reader = path.read_bytes(), JournalReader(path)
    for size in range(reader.entries[1].start, reader.entries[1].end, 3):
        path.write_bytes(whole[:size])
        assert read(path) == ENTRIES[:1]
        assert not JournalReader(path).is_damaged


def test_space_that_never_got_its_bytes_is_no_damage(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(5000))
    assert read(path) == ENTRIES
    assert not JournalReader(path).is_damaged


def test_everything_before_any_damage_is_read_and_nothing_wrong_is(path: Path) -> None:
    whole, entries = path.read_bytes(), JournalReader(path).entries
    for at in range(entries[0].start, entries[-1].start, 3):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        before = sum(entry.end <= at for entry in entries)
        assert read(path) == ENTRIES[:before]
        assert JournalReader(path).is_damaged


def test_a_damaged_or_foreign_beginning_is_refused(path: Path) -> None:
    whole, first = path.read_bytes(), JournalReader(path).entries[0].start
    for at in range(first):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(ProjectFormatError):
            JournalReader(path)
    path.write_bytes(b"")
    with pytest.raises(ProjectFormatError):
        JournalReader(path)
    with pytest.raises(AssetError):
        JournalReader(path.with_name("gone"))


def test_a_journal_of_a_newer_release_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avatar_core.io.journal.VERSION", 2)
    JournalWriter.create(tmp_path / "j", HEADER).close()
    monkeypatch.undo()
    with pytest.raises(ProjectFormatError, match="newer release"):
        JournalReader(tmp_path / "j")


@pytest.mark.parametrize("text", [b"[]", b"{}", b"nothing", b"[" * 100_000])
def test_a_header_that_makes_no_sense_is_refused(text: bytes) -> None:
    with pytest.raises(ProjectFormatError):
        JournalHeader.from_bytes(text)


def test_a_write_that_fails_half_way_leaves_the_journal_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = JournalWriter.resume(path, path.stat().st_size)
    assert writer is not None
    faulty = FaultyDisk(Fault.FULL, first=2)
    faulty.install(monkeypatch)
    with pytest.raises(OSError, match="No space"):
        writer.append(JournalOp.PUSH, [b"x" * 1000])
    assert read(path) == ENTRIES
    writer.append(JournalOp.END)
    writer.close()
    assert read(path) == [*ENTRIES, (JournalOp.END, b"")]


def test_going_on_cuts_off_what_was_under_way(path: Path) -> None:
    end = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"JE half of an entry, longer than the next")
    writer = JournalWriter.resume(path, end)
    assert writer is not None
    writer.append(JournalOp.CANCEL)
    writer.close()
    assert read(path) == [*ENTRIES, (JournalOp.CANCEL, b"")]


def test_only_one_writer_has_a_journal(path: Path) -> None:
    first = JournalWriter.resume(path, path.stat().st_size)
    assert first is not None
    assert JournalWriter.resume(path, path.stat().st_size) is None
    first.close()
    second = JournalWriter.resume(path, path.stat().st_size)
    assert second is not None
    second.discard()
    assert not path.exists()


def test_a_journal_is_never_begun_over_another(path: Path) -> None:
    with pytest.raises(FileExistsError):
        JournalWriter.create(path, HEADER)
    assert read(path) == ENTRIES


def test_the_end_of_one_journal_goes_into_another_which_takes_its_place(path: Path) -> None:
    entries = JournalReader(path).entries
    other = JournalHeader("/other.studio", "cd" * 32)
    writer = JournalWriter.create(path.with_name("new"), other)
    writer.copy_from(path, entries[1].start, entries[-1].end)
    writer.move_to(path)
    writer.append(JournalOp.CANCEL)
    writer.sync()
    writer.close()
    assert list(path.parent.iterdir()) == [path]
    assert read(path) == [*ENTRIES[1:], (JournalOp.CANCEL, b"")]
    assert JournalReader(path).header == other


def test_a_journal_whose_place_was_not_taken_after_all_goes_on(path: Path) -> None:
    writer = JournalWriter.resume(path, path.stat().st_size)
    assert writer is not None
    writer.close()
    writer.append(JournalOp.CANCEL)
    assert JournalWriter.resume(path, path.stat().st_size) is None
    writer.close()
    assert read(path) == [*ENTRIES, (JournalOp.CANCEL, b"")]


def test_a_sync_that_failed_is_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = JournalWriter.resume(path, path.stat().st_size)
    assert writer is not None
    faulty = FaultyDisk(Fault.BROKEN, first=1)
    faulty.install(monkeypatch)
    with pytest.raises(OSError, match="error"):
        writer.sync()
    faulty.mend()
    writer.sync()
    writer.sync()  # there is nothing left to do
    assert faulty.calls == ["sync", "sync"]
    writer.close()


def test_a_sync_that_is_overtaken_by_the_end_of_the_journal_is_no_trouble(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = JournalWriter.resume(path, path.stat().st_size)
    assert writer is not None

    def overtaken(handle: int) -> None:
        writer.discard()
        os.fsync(handle)

    monkeypatch.setattr(disk, "sync", overtaken)
    writer.sync()
    assert not path.exists()
