"""Whatever call to the disk fails: the old project or the new one is there, and no edit is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from avatar_core.commands import RenameProject, SetBlendshape
from avatar_core.errors import AvatarError
from avatar_core.io import disk
from avatar_core.io.journal_places import JournalPlaces
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.project import Project, digest
from avatar_core.session import Session
from tests.avatar_core.io.faulty_disk import Fault, FaultyDisk, Killed
from tests.avatar_core.random_editing import RandomEditing, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.motion import Take

EDITS = 15


pytestmark = pytest.mark.usefixtures("journals_are_closed")


@pytest.fixture
def path(tmp_path: Path, full_project: Project) -> Path:
    """A project with something of everything, in a folder of its own."""
    path = tmp_path / "work" / "face.studio"
    path.parent.mkdir()
    save_project(SavedProject(full_project), path)
    return path


@pytest.fixture
def small(tmp_path: Path, some_take: Take) -> Path:
    """A project of a few calls to the disk."""
    path = tmp_path / "small" / "face.studio"
    path.parent.mkdir()
    save_project(SavedProject(Project(takes={some_take.id: some_take})), path)
    return path


@pytest.fixture
def places(tmp_path: Path) -> JournalPlaces:
    return JournalPlaces(tmp_path / "journals")


def reopened(path: Path, places: JournalPlaces) -> Session:
    """What is there after a restart."""
    session = Session(journals=places)
    session.open(path)
    for found in session.unfinished[-1:]:
        session.recovered(session.recovery(found).run())
    return session


def let_go(session: Session) -> None:
    """As when the program is gone: files are closed, and nothing else happens."""
    assert session.journal is not None
    log = session.journal._log
    if log is not None and log.writer is not None:
        log.writer._file.close()


@pytest.mark.parametrize(
    "fault", [Fault.FULL, pytest.param(Fault.BROKEN, marks=pytest.mark.slow), Fault.KILL]
)
def test_a_save_that_fails_at_any_call_destroys_nothing(
    fault: Fault, small: Path, places: JournalPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small
    monkeypatch.setattr(disk, "_BUFFER_BYTES", 8192)  # more calls, so more places to fail
    faulty = FaultyDisk(fault)
    faulty.install(monkeypatch)
    number, was_saved = 0, False
    while not was_saved:
        number += 1
        session = reopened(path, places)
        session.push(RenameProject.of(session.project, f"Edit {number}"))
        edited = digest(session.project)
        faulty.calls.clear()
        faulty.first = number
        with suppress(AvatarError, Killed):
            session.save()
        was_saved = len(faulty.calls) < number
        faulty.mend()
        let_go(session)
        load_project(path)  # a whole one
        again = reopened(path, places)
        assert digest(again.project) == edited, f"after {faulty.calls[:number]}"
        let_go(again)
        if fault is not Fault.KILL:
            left = {each.name for each in path.parent.iterdir()} - {path.name}
            assert all(name.endswith(".journal") for name in left)
    assert number > 10


@pytest.mark.parametrize("fault", [Fault.FULL, Fault.BROKEN])
def test_edits_that_the_disk_does_not_take_are_told_and_brought_later(
    fault: Fault, small: Path, places: JournalPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small
    faulty = FaultyDisk(fault)
    faulty.install(monkeypatch)
    session = Session(journals=places)
    session.open(path)
    told: list[bool] = []
    session.safety_changed.connect(
        lambda _: told.append(session.journal is not None and session.journal.trouble is not None)
    )
    assert session.journal is not None
    session.push(SetBlendshape.of(session.project, "jawOpen", 0.25))
    kept = digest(session.project)
    faulty.first, faulty.lasts = len(faulty.calls) + 1, True
    for at in range(5):
        session.push(SetBlendshape.of(session.project, "jawOpen", 0.5 + at / 10))
    assert told == [True]
    assert "would be lost" in str(session.journal.trouble)
    size = session.journal.nbytes
    faulty.mend()
    later = reopened_copy(session, path, places)
    assert digest(later.project) == kept  # what was safe
    let_go(later)
    session.journal.sync()
    assert told == [True, False]
    assert session.journal.nbytes > size
    final = digest(session.project)
    let_go(session)
    last = reopened(path, places)
    assert digest(last.project) == final
    let_go(last)


def reopened_copy(session: Session, path: Path, places: JournalPlaces) -> Session:
    """What a crash now would leave, without one."""
    assert session.journal is not None
    assert session.journal.path is not None
    copy = path.parent / "copy"
    copy.mkdir()
    (copy / path.name).write_bytes(path.read_bytes())
    name = session.journal.path.name
    (copy / name).write_bytes(session.journal.path.read_bytes())
    return reopened(copy / path.name, places)


def edit_until_killed(
    path: Path, places: JournalPlaces, faulty: FaultyDisk
) -> tuple[set[str], int]:
    """Edit with a disk that is full from some call on; what may be found, and the calls made."""
    expected: list[str] = []
    safe = [0]
    editing: RandomEditing | None = None

    def is_safe() -> bool:
        assert editing is not None
        assert editing.session.journal is not None
        return editing.session.journal.trouble is None

    def did(number: int) -> None:
        if is_safe():
            safe[0] = number + 1

    editing = RandomEditing(path, places, 3, lambda _, each: expected.append(each), did, 1 << 20)
    expected.append(fingerprint(editing.session.history, editing.session.project))
    assert is_safe()
    with suppress(AvatarError):
        editing.run(EDITS)
    if editing.session.journal is not None and is_safe():
        safe[0] = len(expected) - 1
    let_go(editing.session)
    return set(expected[safe[0] :]), len(faulty.calls)  # what was not synced may be there, too


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_with_the_disk_full_from_any_call_on_all_that_was_safe_is_there(
    step: int, path: Path, places: JournalPlaces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    faulty = FaultyDisk(Fault.FULL, lasts=True)
    faulty.install(monkeypatch)
    original = path.read_bytes()
    first, calls = 1, 1
    while first <= calls:
        folder = tmp_path / f"work{first}"
        folder.mkdir()
        (folder / path.name).write_bytes(original)
        faulty.calls.clear()
        faulty.first = first
        may_be, calls = edit_until_killed(folder / path.name, places, faulty)
        faulty.mend()
        session = reopened(folder / path.name, places)
        found = fingerprint(session.history, session.project)
        assert found in may_be, f"full from call {first} of {calls} on"
        let_go(session)
        first += step
