"""HistoryJournal: tells a journal what a history does, so that all of it can be done once more.

Whoever reads the journal starts from a saved state, and knows only those steps of the history that
were saved with it. Where an undo or a redo crosses others, the journal brings them along. A reader
may also start where a later save was made, see `begin_save`, and may miss others then.
"""

from __future__ import annotations

import errno
import json
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakSet

from avatar_core.commands.records import record_chunks
from avatar_core.commands.step_bytes import step_chunks
from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.journal import JournalOp
from avatar_core.project.tile_bytes import packed_loosely

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from avatar_core.commands.command import Command
    from avatar_core.commands.history import Step
    from avatar_core.io.journal import JournalWriter

JUMP = struct.Struct("<iI")
"""How many steps to redo, or to undo if negative, and how many come along."""

_MOST_WAITING_BYTES = 256 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_SAVING = {JournalOp.MARK, JournalOp.SAVED}

_Entry = tuple[JournalOp, list["bytes | memoryview"]]


@dataclass(slots=True)
class _Save:
    """A save under way.

    Args:
        token: its name.
        unknown: steps that a reader of what it saves would not know; those that the history has
            forgotten are gone.
        end: offset in the journal behind all that is saved with it, bytes; None before the mark.
        has_gap: edits made after the mark are lost, so later ones fit nothing.
    """

    token: str
    unknown: WeakSet[Step]
    end: int | None = None
    has_gap: bool = False

    def move_end(self, op: JournalOp, start: int, end: int) -> None:
        """Its mark was written there; or that it is complete, with no edit since the mark."""
        if op is JournalOp.MARK or self.end == start:
            self.end = end


class HistoryJournal:
    """A history's log that writes a journal, made with the first entry.

    An entry that the disk does not take waits in memory and is tried again with the next one, and
    by `sync`: editing goes on, and `trouble` says that it is not safe at the moment. When too much
    waits, or an edit is too large for a journal, the journal stays as it is, and only a save makes
    edits safe again.

    Args:
        opened: makes the file; raises `OSError` where it cannot.
        unknown: steps of the history that a reader does not know.
        told: called when `trouble` comes or goes, on any thread.
        writer: a journal to go on with.
    """

    def __init__(
        self,
        opened: Callable[[], JournalWriter],
        unknown: Iterable[Step] = (),
        told: Callable[[], None] = lambda: None,
        writer: JournalWriter | None = None,
    ) -> None:
        self._opened = opened
        self._unknown = WeakSet(unknown)
        self._told = told
        self._writer = writer
        self._begun: _Entry | None = None
        self._save: _Save | None = None
        self._waiting: list[_Entry] = []
        self._trouble: AvatarError | None = None
        self._is_lost = False
        self._lock = threading.RLock()

    @property
    def trouble(self) -> AvatarError | None:
        """Why edits are not safe at the moment; None while they are."""
        return self._trouble

    @property
    def writer(self) -> JournalWriter | None:
        """The file, once there is something in it."""
        return self._writer

    # what a history tells

    def pushed(self, command: Command) -> None:
        with packed_loosely():
            chunks = record_chunks(command.to_record())
        self._write(JournalOp.PUSH, chunks)

    def jumped(self, delta: int, crossed: Sequence[Step]) -> None:
        lacking = [step for step in crossed if self._lacks(step)]
        with packed_loosely():
            chunks = [chunk for step in lacking for chunk in step_chunks(step)]
        self._write(JournalOp.JUMP, [JUMP.pack(delta, len(lacking)), *chunks])
        self._unknown.difference_update(lacking)
        if self._save is not None:
            self._save.unknown.difference_update(lacking)

    def began(self, label: str | None) -> None:
        # Written with the first push: a click that changes nothing leaves no trace.
        self._begun = (JournalOp.BEGIN, [json.dumps(label).encode()])

    def ended(self) -> None:
        self._close_gesture(JournalOp.END)

    def cancelled(self) -> None:
        self._close_gesture(JournalOp.CANCEL)

    # saving

    def begin_save(self, token: str, kept: Iterable[Step], steps: Iterable[Step]) -> None:
        """A save begins with the document as it is now.

        Args:
            token: names the save.
            kept: the steps that are saved with it.
            steps: all steps of the history.
        """
        with self._lock:
            self._save = _Save(token, WeakSet(set(steps) - set(kept)))
            self._write(JournalOp.MARK, [token.encode()])

    def saved(self, token: str, state: str) -> None:
        """That save is complete, and about to replace the project's file. Any thread.

        From here on the journal fits both files, the old one and the new one.
        """
        if not self._is_lost:
            self._write(JournalOp.SAVED, [json.dumps({"token": token, "state": state}).encode()])
            self.sync()

    def fail_save(self) -> None:
        """The save came to nothing."""
        with self._lock:
            if self._save is not None:
                self._unknown |= self._save.unknown
                self._save = None
            if self._is_lost:
                self._waiting.clear()

    def finish_save(
        self,
        opened: Callable[[], JournalWriter],
        moved: Callable[[JournalWriter, int], JournalWriter],
    ) -> None:
        """The saved file is in its place: go on with a journal that starts from it.

        Args:
            opened: makes that journal.
            moved: makes that journal in place of the present one, with what stands in that from an
                offset on; raises `OSError` where it cannot, and the present one is as it was.
        """
        with self._lock:
            save, former = self._save, self._writer
            self._save, self._writer, self._opened = None, None, opened
            self._is_lost = save is not None and save.has_gap
            if save is None:
                return
            self._unknown = save.unknown
            self._drop_before(save.token)
            if former is None:
                pass
            elif save.end is None or save.end == former.nbytes:
                former.discard()
            else:
                self._carry_over(former, lambda: moved(former, save.end or 0))
            if not self._is_lost:
                self._flush()

    def give_up(self, reason: OSError) -> None:
        """Write nothing until the next save: what the document holds stands in no journal."""
        with self._lock:
            self._lose()
            self._tell(_trouble(reason, self._is_lost))

    # the disk

    def sync(self) -> None:
        """Write what waits, and make all of it survive a power cut; that may take a while."""
        with self._lock:
            if not self._is_lost:
                self._flush()
            writer = self._writer
        if writer is not None:
            try:
                writer.sync()
            except OSError as reason:
                with self._lock:
                    self._meet(reason)

    def _lacks(self, step: Step) -> bool:
        return step in self._unknown or (self._save is not None and step in self._save.unknown)

    def _close_gesture(self, op: JournalOp) -> None:
        if self._begun is not None:
            self._begun = None
            return
        self._write(op, [])

    def _write(self, op: JournalOp, chunks: list[bytes | memoryview]) -> None:
        with self._lock:
            if self._is_lost and (self._save is None or self._save.has_gap):
                return
            if self._begun is not None and op is JournalOp.PUSH:
                self._waiting.append(self._begun)
                self._begun = None
            self._waiting.append((op, chunks))
            if not self._is_lost:
                self._flush()

    def _flush(self) -> None:
        try:
            while self._waiting:
                op, chunks = self._waiting[0]
                self._writer = self._writer or self._opened()
                start = self._writer.nbytes
                self._writer.append(op, chunks)
                del self._waiting[0]
                if self._save is not None and op in _SAVING:
                    self._save.move_end(op, start, self._writer.nbytes)
        except (OSError, ValueError) as reason:  # the disk refuses it, or it is too large
            self._meet(reason)
        else:
            self._tell(None)

    def _drop_before(self, token: str) -> None:
        """Let go of what still waits from before a save."""
        mark = (JournalOp.MARK, [token.encode()])
        if mark in self._waiting:
            del self._waiting[: self._waiting.index(mark) + 1]

    def _carry_over(self, former: JournalWriter, moved: Callable[[], JournalWriter]) -> None:
        try:
            self._writer = moved()
        except OSError as reason:
            self._writer = former  # it fits the new file as well
            self._meet(reason)

    def _meet(self, reason: OSError | ValueError) -> None:
        nbytes = sum(len(chunk) for _, chunks in self._waiting for chunk in chunks)
        if nbytes > _MOST_WAITING_BYTES or isinstance(reason, ValueError):
            self._lose()
        self._tell(_trouble(reason, self._is_lost))

    def _lose(self) -> None:
        self._is_lost = True
        self._waiting.clear()
        if self._save is not None:
            self._save.has_gap = True

    def _tell(self, trouble: AvatarError | None) -> None:
        former, self._trouble = self._trouble, trouble
        if (former is None) is not (trouble is None):
            self._told()


def _trouble(reason: OSError | ValueError, is_lost: bool) -> AvatarError:
    if isinstance(reason, ValueError):
        why = "an edit is too large to be written down"
    else:
        why = "the disk is full" if reason.errno in _FULL else (reason.strerror or str(reason))
    hint = "Save the project." if is_lost else "Free some space, or save the project elsewhere."
    return AssetError(f"New edits would be lost in a crash: {why}.", hint)
