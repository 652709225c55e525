from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from avatar_core.commands import RenameProject, SetBlendshape
from avatar_core.commands.recovery import (
    counted_steps,
    kept_journals,
    put_aside,
    restored,
    unfinished_of,
    unfinished_unsaved,
)
from avatar_core.errors import AssetError, Cancelled
from avatar_core.io import packing
from avatar_core.io.journal import JournalOp, JournalReader
from avatar_core.io.journal_places import JournalPlaces
from avatar_core.io.packed_projects import pack_project
from avatar_core.io.project_file import SavedProject
from avatar_core.io.saved_state import saved_state
from avatar_core.project import Project, digest
from avatar_core.session import Session
from tests.avatar_core.io.faulty_disk import FaultyDisk

if TYPE_CHECKING:
    from pathlib import Path

P, J, B, E, C = (
    JournalOp.PUSH,
    JournalOp.JUMP,
    JournalOp.BEGIN,
    JournalOp.END,
    JournalOp.CANCEL,
)


pytestmark = pytest.mark.usefixtures("journals_are_closed")


@pytest.fixture
def places(tmp_path: Path) -> JournalPlaces:
    return JournalPlaces(tmp_path / "journals")


@pytest.fixture
def session(places: JournalPlaces) -> Session:
    return Session(journals=places)


def name(session: Session, *names: str) -> None:
    for each in names:
        session.push(RenameProject.of(session.project, each))


def crash(session: Session) -> str:
    """The program is gone; what the document was."""
    assert session.journal is not None
    log = session.journal._log
    if log is not None and log.writer is not None:
        log.writer.close()
    return digest(session.project)


def opened(path: Path, places: JournalPlaces) -> Session:
    """Opened again, with everything brought back."""
    session = Session(journals=places)
    session.open(path)
    (found,) = session.unfinished
    assert found.fits
    session.recovered(session.recovery(found).run())
    return session


def labels(session: Session) -> list[str]:
    return [step.label for step in session.history.steps]


@pytest.mark.parametrize(
    ("ops", "steps"),
    [
        ([], 0),
        ([P, P], 2),
        ([P, B, P, P, E, P], 3),
        ([B, P, C], 0),
        ([P, J, J], 3),
        ([B, P], 1),
        ([C], 0),
    ],
)
def test_a_gesture_counts_as_one_step(ops: list[JournalOp], steps: int) -> None:
    assert counted_steps(ops) == steps


def test_a_project_that_was_never_saved_comes_back_with_its_history(
    session: Session, places: JournalPlaces
) -> None:
    name(session, "A", "B", "C")
    session.undo()
    before = crash(session)
    (found,) = unfinished_unsaved(places)
    assert (found.steps, found.fits, found.is_damaged) == (4, True, False)
    later = Session(journals=places)
    later.recovered(later.recovery(found).run())
    assert digest(later.project) == before
    assert len(labels(later)) == 3
    assert later.dirty
    later.redo()
    assert later.project.name == "C"
    later.jump(0)
    assert not later.dirty
    later.close()
    assert places.unsaved() == ()


def test_a_copy_of_a_project_comes_back_upon_that_project(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "template.studio"
    name(session, "Template")
    session.save(path)
    session.open(path, as_copy=True)
    session.push(SetBlendshape.of(session.project, "jawOpen", 0.5))
    before = crash(session)
    (found,) = unfinished_unsaved(places)
    later = Session(journals=places)
    later.recovered(later.recovery(found).run())
    assert digest(later.project) == before
    assert later.path is None
    later.close()


def test_undo_beyond_what_was_saved_comes_back_without_a_kept_history(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    name(session, "A", "B", "C", "D")
    session.jump(3)
    session.save(path)
    session.jump(1)
    before = crash(session)
    later = opened(path, places)
    assert digest(later.project) == before
    assert later.project.name == "A"
    assert (len(labels(later)), later.history.index) == (2, 0)  # B and C, known again
    later.jump(2)
    assert not later.dirty  # as it was saved
    later.close()


def test_redo_beyond_what_was_saved_comes_back_without_a_kept_history(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    name(session, "A", "B", "C")
    session.jump(1)
    session.save(path)
    session.jump(3)
    session.undo()
    before = crash(session)
    later = opened(path, places)
    assert digest(later.project) == before
    assert later.project.name == "B"
    later.redo()
    assert later.project.name == "C"
    later.close()


def test_steps_known_again_are_written_once(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    name(session, *(f"Name {number}" for number in range(20)))
    session.save(tmp_path / "face.studio")
    assert session.journal is not None
    session.jump(0)
    size = session.journal.nbytes
    assert size > 20 * 60
    for _ in range(5):
        session.jump(20)
        session.jump(0)
    assert session.journal.nbytes < size + 500
    session.close()


def test_killed_between_a_save_and_its_end_edits_made_meanwhile_are_there(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    name(session, "A")
    session.save(path)
    name(session, "B")
    saving = session.begin_save()
    name(session, "C")
    session.begin_gesture("Drag")
    name(session, "D", "E")
    saving.write()
    before = crash(session)
    later = opened(path, places)
    assert digest(later.project) == before
    later.undo()
    assert later.project.name == "C"
    later.undo()
    assert later.project.name == "B"
    assert not later.dirty
    later.close()


def test_what_goes_into_another_journal_is_on_the_disk_before_it_takes_its_place(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.save(tmp_path / "face.studio")
    name(session, "A")
    saving = session.begin_save()
    name(session, "B")
    saving.write()
    faulty = FaultyDisk()
    faulty.install(monkeypatch)
    session.finish_save(saving)
    assert faulty.calls.index("sync") < faulty.calls.index("replace")
    session.close()


@pytest.mark.parametrize("later_edits", [(), ("C",)])
def test_killed_again_after_a_recovery_all_is_there(
    later_edits: tuple[str, ...], session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    name(session, "A")
    saving = session.begin_save()
    name(session, "B")
    saving.write()  # the last that the journal hears
    name(session, *later_edits)
    crash(session)
    for number in range(3):
        again = opened(path, places)
        name(again, f"Life {number}")
        before = crash(again)
    last = opened(path, places)
    assert digest(last.project) == before
    assert len(labels(last)) == 1 + len(later_edits) + 3
    last.close()


def test_a_save_that_fails_is_as_if_it_had_not_been(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    name(session, "A")
    session.save(path)
    name(session, "B")
    session.fail_save(session.begin_save())
    name(session, "C")
    session.jump(0)
    before = crash(session)
    later = opened(path, places)
    assert digest(later.project) == before
    assert later.history.can_redo
    later.close()


def test_a_drag_that_was_under_way_is_one_step(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    session.begin_gesture("Drag")
    name(session, "A", "B")
    crash(session)
    later = opened(path, places)
    assert labels(later) == ["Drag"]
    name(later, "C")
    crash(later)
    last = opened(path, places)
    assert len(labels(last)) == 2
    last.close()


def test_a_click_that_changes_nothing_leaves_no_journal(
    session: Session, places: JournalPlaces
) -> None:
    session.begin_gesture()
    session.end_gesture()
    with session.gesture():
        pass
    assert places.unsaved() == ()


def test_a_journal_of_another_state_is_not_applied_and_kept(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    backup = path.read_bytes()
    name(session, "A")
    session.save()
    name(session, "B")
    crash(session)
    path.write_bytes(backup)  # an older version was put back
    later = Session(journals=places)
    later.open(path)
    (found,) = later.unfinished
    assert not found.fits
    assert found.entries == ()
    assert later.project.name != "B"
    name(later, "Other")  # begins a journal of its own
    (kept,) = places.kept()
    assert JournalReader(kept).entries
    later.close()


def test_damage_in_the_middle_keeps_what_is_before_it_and_a_copy(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    name(session, "A", "B", "C", "D")
    crash(session)
    journal = places.of(path)[0]
    entries = JournalReader(journal).entries
    data = bytearray(journal.read_bytes())
    data[entries[2].start + 20] ^= 1
    journal.write_bytes(data)
    later = opened(path, places)
    assert later.project.name == "B"
    name(later, "E")
    before = crash(later)
    assert digest(opened(path, places).project) == before
    assert len(places.kept()) == 1


def test_an_edit_that_cannot_be_done_again_ends_it_and_is_told(
    session: Session, places: JournalPlaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    name(session, "A", "B", "C")
    crash(session)
    do = RenameProject.do

    def refuse(self: RenameProject, project):  # type: ignore[no-untyped-def]
        if self.after == "B":
            raise ValueError("B is impossible")
        return do(self, project)

    monkeypatch.setattr(RenameProject, "do", refuse)
    later = opened(path, places)
    assert later.project.name == "A"
    assert "could be brought back" in str(later.warnings[0])
    assert len(places.kept()) == 1
    name(later, "D")
    crash(later)
    assert opened(path, places).project.name == "D"


def test_giving_up_changes_nothing(session: Session, places: JournalPlaces, tmp_path: Path) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    name(session, "A", "B")
    crash(session)
    later = Session(journals=places)
    later.open(path)
    before = digest(later.project)

    def stop(share: float) -> None:
        if share > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        later.recovery(later.unfinished[0]).run(stop)
    assert digest(later.project) == before
    assert unfinished_of(path, saved_state(path), places)[0].steps == 2


def test_what_was_edited_while_steps_were_brought_back_stays(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    name(session, "A", "B")
    crash(session)
    later = Session(journals=places)
    later.open(path)
    recovery = later.recovery(later.unfinished[0]).run()
    name(later, "Meanwhile")
    with pytest.raises(AssetError, match="changed meanwhile"):
        later.recovered(recovery)
    assert later.project.name == "Meanwhile"
    (kept,) = kept_journals(places, path)
    assert kept.steps == 2
    later.undo()
    later.new()
    with pytest.raises(AssetError, match="changed meanwhile"):
        later.recovered(recovery)
    later.close()


def test_steps_that_were_left_can_be_brought_back_later(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    name(session, "A")
    before = crash(session)
    later = Session(journals=places)
    later.open(path)
    put_aside(later.unfinished[0].path, places)
    assert kept_journals(places, None) == ()
    (kept,) = kept_journals(places, path)
    found = restored(kept.path, places)
    assert found is not None
    assert kept_journals(places, path) == ()
    again = opened(path, places)
    assert digest(again.project) == before
    again.close()


def test_the_journal_of_another_studio_is_left_alone(
    session: Session, places: JournalPlaces, tmp_path: Path
) -> None:
    path = tmp_path / "face.studio"
    session.save(path)
    name(session, "A")
    other = Session(journals=places)
    other.open(path)
    assert other.unfinished == ()
    name(other, "B")
    first, second = digest(session.project), digest(other.project)
    crash(session)
    crash(other)
    found = unfinished_of(path, saved_state(path), places)
    assert len(found) == 2
    results = set()
    for each in found:
        later = Session(journals=places)
        later.open(path)
        recovery = later.recovery(next(one for one in later.unfinished if one.path == each.path))
        results.add(digest(recovery.run().project))
    assert results == {first, second}


def test_undo_beyond_a_save_comes_back_though_steps_do_not_travel_with_packed_files(
    session: Session, places: JournalPlaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "cache_folder", lambda: tmp_path / "cache")
    film, path = tmp_path / "face.mp4", tmp_path / "face.studio"
    film.write_bytes(b"a film")
    pack_project(SavedProject(Project(source=f"file:{film}")), path)
    session.open(path)
    session.kept_history_bytes = 1 << 20
    name(session, "A", "B", "C")
    session.save()
    session.jump(1)
    before = crash(session)
    later = opened(path, places)
    assert digest(later.project) == before
    assert later.project.name == "A"
    later.close()


def test_steps_that_the_history_has_forgotten_are_let_go_of(
    session: Session, tmp_path: Path
) -> None:
    name(session, "A")
    forgotten = weakref.ref(session.history.steps[0])
    session.save(tmp_path / "face.studio")  # keeps no steps, so the journal may have to bring it
    session.undo()
    name(session, "B")
    gc.collect()
    assert forgotten() is None
    session.close()
