"""Recovery: finding journals that nobody finished, and doing again what stands in them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import command_from_record
from avatar_core.commands.history import History
from avatar_core.commands.history_journal import JUMP
from avatar_core.commands.records import record_from_bytes
from avatar_core.commands.step_bytes import steps_from_bytes
from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io.journal import JournalEntry, JournalOp, JournalReader, JournalWriter
from avatar_core.io.reading import read_error, reading
from avatar_core.io.saved_state import saved_state
from avatar_core.project.plain import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from avatar_core.io.journal import JournalHeader
    from avatar_core.io.journal_places import JournalPlaces
    from avatar_core.project import Project

_SAVING = {JournalOp.MARK, JournalOp.SAVED}


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A journal that was not closed, and what can be done with it.

    Args:
        path: the file.
        header: what it starts from.
        state: what the project holds that it is to be done again on, see `saved_state`.
        entries: what is to be done again from there; empty where it does not fit.
        steps: how many edits that is, as an artist counts them.
        time_s: when it was last written, seconds since 1970.
        end: offset behind its last readable entry, bytes.
        is_damaged: a part of it cannot be read; everything before that can.
        fits: it starts from the state that the project is in.
    """

    path: Path
    header: JournalHeader
    state: str
    entries: tuple[JournalEntry, ...]
    steps: int
    time_s: float
    end: int
    is_damaged: bool
    fits: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of doing a journal again.

    Args:
        end: offset behind all that was done again, bytes.
        problem: why the rest could not be; None when there was none.
        was_open: a gesture was open at the end.
    """

    end: int
    problem: AvatarError | None
    was_open: bool

    @property
    def warning(self) -> AvatarError | None:
        """What the artist is told about the problem."""
        if self.problem is None:
            return None
        return AssetError(
            f"Not every step could be brought back: {self.problem.message}",
            "What is left of the journal is kept with the studio's data.",
        )


def unfinished(path: Path, state: str | None) -> Unfinished | None:
    """What stands in a journal; None when it holds no edit, or another studio is writing it.

    Args:
        path: the journal.
        state: what the project holds that is to be recovered, see `saved_state`; None for what
            the file holds that the journal names.

    Raises:
        AssetError: it cannot be read from the disk.
        ProjectFormatError: damaged at the very beginning, or from a newer release.
    """
    if _is_in_use(path):
        return None
    with reading(path):
        time_s = path.stat().st_mtime
    reader = JournalReader(path)
    state = _named_state(reader.header) if state is None else state
    start = _start(reader, state)
    entries = reader.entries[start or 0 :]
    entries = tuple(entry for entry in entries if entry.op not in _SAVING)
    steps = counted_steps(entry.op for entry in entries)
    if not entries and not reader.is_damaged:
        return None
    return Unfinished(
        path=path,
        header=reader.header,
        state=state,
        entries=entries if start is not None else (),
        steps=steps,
        time_s=time_s,
        end=reader.end,
        is_damaged=reader.is_damaged,
        fits=start is not None,
    )


def unfinished_of(project: Path, state: str, places: JournalPlaces) -> tuple[Unfinished, ...]:
    """The journals of a project; those that cannot be read at all are put aside.

    Args:
        project: its file, absolute.
        state: what it holds.
        places: where journals lie.
    """
    found = [_looked_into(path, state, places) for path in places.of_project(project)]
    return tuple(each for each in found if each is not None)


def unfinished_unsaved(places: JournalPlaces) -> tuple[Unfinished, ...]:
    """The journals of projects that have no file, oldest first; otherwise as `unfinished_of`."""
    found = [_looked_into(path, None, places) for path in places.unsaved()]
    return tuple(each for each in found if each is not None)


def kept_journals(places: JournalPlaces, project: Path | None) -> tuple[Unfinished, ...]:
    """Journals that were put aside, of a project or of those that have no file; oldest first."""
    found = []
    for path in places.kept():
        try:
            each = unfinished(path, None)
        except AvatarError:
            continue
        if each is None or each.steps == 0:
            continue
        header = each.header
        owner = Path(header.project) if header.project and not header.is_copy else None
        if owner == project:
            found.append(each)
    return tuple(found)


def restored(path: Path, places: JournalPlaces) -> Unfinished | None:
    """A journal that was put aside, in a place where it can go on; None where it does not fit.

    Raises:
        AssetError: it cannot be read or moved.
        ProjectFormatError: damaged at the very beginning, or from a newer release.
    """
    found = unfinished(path, None)
    if found is None or not found.fits or not found.entries:
        return None
    header = found.header
    has_file = header.project and not header.is_copy
    target = places.another(Path(header.project)) if has_file else places.new()
    try:
        path.rename(target)
    except OSError as reason:
        raise read_error(path.name, reason) from reason
    return replace(found, path=target)


def _looked_into(path: Path, state: str | None, places: JournalPlaces) -> Unfinished | None:
    try:
        return unfinished(path, state)
    except ProjectFormatError:
        put_aside(path, places)
    except AvatarError:
        pass
    return None


def put_aside(path: Path, places: JournalPlaces) -> Path | None:
    """Keep a journal where it is in nobody's way. None where it cannot be moved."""
    target = places.aside(path)
    try:
        places.folder.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
    except OSError:
        return None
    return target


def replay(
    found: Unfinished, history: History, told: Callable[[float], object] = lambda _share: None
) -> Replayed:
    """Do again what stands in a journal, as far as possible.

    An open gesture at its end becomes a step.

    Args:
        found: it.
        history: of the project in the state that the journal starts from.
        told: gets how much is done, 0..1; what it raises ends the work.
    """
    reader = JournalReader(found.path)
    end = found.end
    problem: AvatarError | None = None
    for at, (entry, data) in enumerate(
        zip(found.entries, reader.payloads(found.entries), strict=False)
    ):
        told(at / len(found.entries))
        try:
            _do_again(entry.op, data, history)
        except AvatarError as reason:
            problem = reason
        except (ValueError, LookupError, TypeError, ArithmeticError, RuntimeError) as reason:
            problem = damaged(f"an edit in its journal does not fit ({reason})")
        if problem is not None:
            end = entry.start
            break
    was_open = history.in_gesture
    history.end_gesture()
    return Replayed(end, problem, was_open)


class Recovery:
    """One journal done again, on a copy of the document: on any thread, and given up at any time.

    Args:
        found: the journal; it fits.
        project: the document that it starts from, which stays as it is.
        history: that document's.
        budget_bytes: memory of the new history.
    """

    def __init__(
        self, found: Unfinished, project: Project, history: History, budget_bytes: int
    ) -> None:
        self.found = found
        self.origin = history
        self.project = project.copy()
        self.history = History(self.project, budget_bytes, history.steps, history.index)
        self.replayed: Replayed | None = None

    def run(self, told: Callable[[float], object] = lambda _share: None) -> Self:
        """Do it again as far as possible; see `replay`."""
        self.replayed = replay(self.found, self.history, told)
        return self


def counted_steps(ops: Iterable[JournalOp]) -> int:
    """How many edits those are as an artist counts them: a gesture is one."""
    steps, in_gesture = 0, False
    for op in ops:
        match op:
            case JournalOp.BEGIN:
                in_gesture = True
                steps += 1
            case JournalOp.END:
                in_gesture = False
            case JournalOp.CANCEL:
                in_gesture = False
                steps -= 1
            case JournalOp.PUSH if not in_gesture:
                steps += 1
            case JournalOp.JUMP:
                steps += 1
    return max(steps, 0)


def _do_again(op: JournalOp, data: bytes, history: History) -> None:
    match op:
        case JournalOp.PUSH:
            history.push(command_from_record(record_from_bytes(data)))
        case JournalOp.JUMP:
            _jump(data, history)
        case JournalOp.BEGIN:
            label = json.loads(data)
            if not (label is None or isinstance(label, str)):
                raise damaged("a gesture in its journal has no label")
            history.begin_gesture(label)
        case JournalOp.END:
            history.end_gesture()
        case JournalOp.CANCEL:
            history.cancel_gesture()


def _jump(data: bytes, history: History) -> None:
    """Undo or redo, with the steps that came along where the history does not have them."""
    if len(data) < JUMP.size:
        raise damaged("an undo in its journal is cut off")
    delta, count = JUMP.unpack_from(data)
    steps = steps_from_bytes(memoryview(data)[JUMP.size :], count)
    known = history.index if delta < 0 else len(history.steps) - history.index
    lacking = max(abs(delta) - known, 0)
    if lacking > count:
        raise damaged("an undo in its journal goes beyond what is known")
    if lacking and delta < 0:
        history.put_below(steps[count - lacking :][::-1])
    elif lacking:
        history.put_above(steps[count - lacking :])
    history.jump(history.index + delta)


def _start(reader: JournalReader, state: str) -> int | None:
    """The entry from which the journal continues a state; None where it does not."""
    if reader.header.state == state:
        return 0
    told = [(at, entry) for at, entry in enumerate(reader.entries) if entry.op in _SAVING]
    starts: dict[str, int] = {}
    found = None
    for (at, entry), data in zip(told, reader.payloads(each for _, each in told), strict=False):
        if entry.op is JournalOp.MARK:
            starts[data.decode(errors="replace")] = at + 1
            continue
        try:
            saved = json.loads(data)
        except ValueError:
            continue
        if isinstance(saved, dict) and saved.get("state") == state:
            found = starts.get(str(saved.get("token")), found)
    return found


def _named_state(header: JournalHeader) -> str:
    """What the file holds now that a journal starts from; empty where it names none."""
    if not header.project:
        return ""
    try:
        return saved_state(Path(header.project))
    except AvatarError:
        return "gone"


def _is_in_use(path: Path) -> bool:
    """Whether another studio is writing it."""
    try:
        writer = JournalWriter.resume(path, 0)
    except OSError:
        return False  # a place that nobody writes to
    if writer is None:
        return True
    writer.close()
    return False
