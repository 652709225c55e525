from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar_core.commands import (
    FileReference,
    RelinkFiles,
    RenameProject,
    SetSource,
    history_journal,
)
from avatar_core.io import limits
from avatar_core.io.journal import JournalWriter
from avatar_core.io.journal_places import JournalPlaces
from avatar_core.session import Session
from tests.avatar_core.io.faulty_disk import Fault, FaultyDisk

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.errors import AvatarError


pytestmark = pytest.mark.usefixtures("journals_are_closed")


@pytest.fixture
def places(tmp_path: Path) -> JournalPlaces:
    return JournalPlaces(tmp_path / "journals")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "face.studio"


@pytest.fixture
def session(places: JournalPlaces, path: Path) -> Session:
    """A project that is saved."""
    session = Session(journals=places)
    session.save(path)
    return session


def name(session: Session, *names: str) -> None:
    for each in names:
        session.push(RenameProject.of(session.project, each))


def trouble(session: Session) -> AvatarError | None:
    assert session.journal is not None
    return session.journal.trouble


def brought_back(session: Session, path: Path, places: JournalPlaces) -> str:
    """The name of the project after a crash and a recovery."""
    assert session.journal is not None
    log = session.journal._log
    if log is not None and log.writer is not None:
        log.writer.close()
    later = Session(journals=places)
    later.open(path)
    for found in later.unfinished:
        later.recovered(later.recovery(found).run())
    return later.project.name


def test_an_edit_too_large_for_a_journal_is_done_and_told_until_the_next_save(
    session: Session, path: Path, places: JournalPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    name(session, *(f"Name {number}" for number in range(20)))
    session.save()
    monkeypatch.setattr(limits, "RECORD_BYTES", 1000)
    session.jump(0)  # brings along twenty steps
    assert session.history.index == 0
    assert "too large" in str(trouble(session))
    name(session, "After")
    assert session.project.name == "After"
    session.save()
    assert trouble(session) is None
    name(session, "Safe again")
    assert brought_back(session, path, places) == "Safe again"


def test_steps_that_quote_a_name_that_is_no_text_are_kept_and_brought_back(
    session: Session, path: Path, places: JournalPlaces
) -> None:
    session.kept_history_bytes = 1 << 20
    film, moved = str(path.with_name("a.mp4")), str(path.with_name("b \udcff.mp4"))
    session.push(SetSource.of(session.project, f"file:{film}"))
    session.push(RelinkFiles.of(session.project, {film: FileReference(moved)}))
    session.save()
    session.kept_history_bytes = 0
    session.save()
    name(session, "A")
    session.jump(0)
    session.jump(3)
    assert brought_back(session, path, places) == "A"


def test_edits_behind_one_that_was_lost_during_a_save_are_not_brought_back(
    session: Session, path: Path, places: JournalPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_journal, "_MOST_WAITING_BYTES", 0)
    faulty = FaultyDisk(Fault.FULL, lasts=True)
    faulty.install(monkeypatch)
    name(session, "A")
    saving = session.begin_save()
    name(session, "B")
    faulty.first = len(faulty.calls) + 1
    name(session, "Lost")
    faulty.mend()
    name(session, "On what was lost")
    saving.write()
    session.finish_save(saving)
    assert "Save the project" in str(trouble(session))
    name(session, "Still")
    assert brought_back(session, path, places) == "B"


def test_a_save_from_then_on_makes_edits_safe_again(
    session: Session, path: Path, places: JournalPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_journal, "_MOST_WAITING_BYTES", 0)
    faulty = FaultyDisk(Fault.FULL, lasts=True)
    faulty.install(monkeypatch)
    faulty.first = 1
    name(session, "Lost")
    faulty.mend()
    saving = session.begin_save()
    name(session, "Meanwhile")
    saving.write()
    session.finish_save(saving)
    assert trouble(session) is None
    assert brought_back(session, path, places) == "Meanwhile"


def test_what_was_recovered_and_cannot_be_written_on_is_told_and_begins_no_journal(
    session: Session, path: Path, places: JournalPlaces
) -> None:
    name(session, "A", "B")
    assert session.journal is not None
    assert session.journal._log is not None
    assert session.journal._log.writer is not None
    session.journal._log.writer.close()
    later = Session(journals=places)
    later.open(path)
    (found,) = later.unfinished
    recovery = later.recovery(found).run()
    other = JournalWriter.resume(found.path, found.end)  # of another studio
    assert other is not None
    later.recovered(recovery)
    assert "another studio" in str(trouble(later))
    name(later, "C")
    assert places.of_project(path) == (found.path,)
    later.save()
    assert trouble(later) is None
    name(later, "D")
    other.close()
    assert brought_back(later, path, places) == "D"
