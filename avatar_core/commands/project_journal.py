"""ProjectJournal: the journal of whichever document a session has open."""

from __future__ import annotations

import errno
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.commands.history_journal import HistoryJournal
from avatar_core.commands.recovery import put_aside
from avatar_core.io import disk
from avatar_core.io.journal import JournalHeader, JournalWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from avatar_core.commands.history import History, Step
    from avatar_core.commands.recovery import Replayed, Unfinished
    from avatar_core.errors import AvatarError
    from avatar_core.io.journal_places import JournalPlaces


class ProjectJournal:
    """Begins, moves and ends journals as documents come, are saved and go.

    Args:
        places: where journals lie.
        told: called when `trouble` comes or goes, on any thread.
    """

    def __init__(self, places: JournalPlaces, told: Callable[[], None] = lambda: None) -> None:
        self.places = places
        self._told = told
        self._log: HistoryJournal | None = None

    @property
    def trouble(self) -> AvatarError | None:
        """Why edits are not safe at the moment; None while they are."""
        return self._log.trouble if self._log is not None else None

    @property
    def path(self) -> Path | None:
        """The journal's file, once there is something in it."""
        writer = self._log.writer if self._log is not None else None
        return writer.path if writer is not None else None

    @property
    def nbytes(self) -> int:
        """Its size."""
        writer = self._log.writer if self._log is not None else None
        return writer.nbytes if writer is not None else 0

    def follow(self, history: History, header: JournalHeader) -> None:
        """Write down from now on what a history does; its document is in a saved state.

        Args:
            history: the steps in it were read from that state.
            header: says what it starts from.
        """
        log = HistoryJournal(lambda: self._opened(header), told=self._told)
        self._log = history.log = log

    def go_on(self, history: History, found: Unfinished, replayed: Replayed) -> None:
        """Go on with a journal that was done again.

        What cannot be read, or done again, is kept beside it.

        Args:
            history: the one that it was done in.
            found: the journal.
            replayed: how far that came.
        """
        if found.is_damaged or replayed.problem is not None:
            self._keep_copy(found.path)
        header = replace(found.header, state=found.state)
        trouble = OSError(errno.EBUSY, "another studio writes its journal")
        try:
            writer = _taken_up(found, replayed.end, header)
        except OSError as reason:
            writer, trouble = None, reason
        log = HistoryJournal(lambda: self._opened(header), told=self._told, writer=writer)
        self._log = history.log = log
        if writer is None:  # a journal begun now would lack what was done again
            log.give_up(trouble)
        if replayed.was_open:
            log.ended()

    def begin_save(self, kept: Iterable[Step], steps: Iterable[Step]) -> str:
        """A save begins with the document as it is now.

        Args:
            kept: the steps that are saved with it.
            steps: all steps of the history.

        Returns:
            The name of the save.
        """
        token = secrets.token_hex(8)
        if self._log is not None:
            self._log.begin_save(token, kept, steps)
        return token

    def saved(self, token: str, state: str) -> None:
        """The save is complete, and about to replace the project's file. Any thread."""
        if self._log is not None:
            self._log.saved(token, state)

    def fail_save(self) -> None:
        if self._log is not None:
            self._log.fail_save()

    def finish_save(self, header: JournalHeader) -> None:
        """The save is in its place; header says which."""
        if self._log is not None:
            self._log.finish_save(
                lambda: self._opened(header),
                lambda former, start: self._moved(former, start, header),
            )

    def discard(self) -> None:
        """Nothing of the document is to be brought back: all is saved, or not wanted."""
        if self._log is not None and self._log.writer is not None:
            self._log.writer.discard()
        self._log = None

    def sync(self) -> None:
        """Make it survive a power cut, and try again what failed. Not for the GUI's thread."""
        log = self._log
        if log is not None:
            log.sync()

    def _opened(self, header: JournalHeader) -> JournalWriter:
        """A journal in the first place that takes it."""
        return self._in_place(header, lambda path: JournalWriter.create(path, header))

    def _moved(self, former: JournalWriter, start: int, header: JournalHeader) -> JournalWriter:
        """The journal of a saved state, with what another one holds from an offset on."""
        writer = self._in_place(
            header, lambda path: _continued(path, former, start, header), former.path
        )
        if former.path != writer.path:
            former.discard()
        return writer

    def _in_place(
        self,
        header: JournalHeader,
        make: Callable[[Path], JournalWriter],
        own: Path | None = None,
    ) -> JournalWriter:
        if not header.project or header.is_copy:
            self.places.folder.mkdir(parents=True, exist_ok=True)
            return make(self.places.new())
        project = Path(header.project)
        beside, elsewhere = self.places.of(project)
        try:
            return make(self._freed(beside, project, own))
        except OSError:
            self.places.folder.mkdir(parents=True, exist_ok=True)
            return make(self._freed(elsewhere, project, own))

    def _freed(self, path: Path, project: Path, own: Path | None) -> Path:
        """That place, or another where a studio that runs has it; what was left there is kept."""
        if path == own or not path.exists():
            return path
        left = JournalWriter.resume(path, 0)
        if left is None:
            self.places.folder.mkdir(parents=True, exist_ok=True)
            return self.places.another(project)
        left.close()
        put_aside(path, self.places)
        return path

    def _keep_copy(self, path: Path) -> None:
        try:
            self.places.folder.mkdir(parents=True, exist_ok=True)
            self.places.aside(path).write_bytes(path.read_bytes())
        except OSError:
            return


def _taken_up(found: Unfinished, end: int, header: JournalHeader) -> JournalWriter | None:
    """A journal that was done again up to an offset, to go on with; None while another has it.

    Where it was begun before the save that the project stands at, or only a part of it could be
    done, it begins anew with that part: what is appended has to fit the project's file.
    """
    writer = JournalWriter.resume(found.path, end)
    if writer is None or (found.header == header and end == found.end):
        return writer
    start = found.entries[0].start if found.entries else end
    try:
        return _continued(found.path, writer, min(start, end), header)
    except BaseException:
        writer.close()
        raise


def _continued(
    path: Path, former: JournalWriter, start: int, header: JournalHeader
) -> JournalWriter:
    """A journal with the end of another one, in place of whatever lies at a path."""
    fresh = path.with_name(f"{path.name}.new")
    disk.remove(fresh)
    writer = JournalWriter.create(fresh, header)
    try:
        writer.copy_from(former.path, start, former.nbytes)
        writer.sync()  # before it takes the place of one that may be synced
        if former.path == path:
            former.close()
        writer.move_to(path)
    except BaseException:
        writer.discard()
        raise
    return writer
