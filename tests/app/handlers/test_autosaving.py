from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.handlers.autosaving import AutosaveHandler
from app.handlers.documents import DocumentHandler
from avatar_core.errors import AssetError
from avatar_core.io.project_file import load_project
from tests.app.handlers.keeping_context import name, with_journal
from tests.avatar_core.io.faulty_disk import Fault, FaultyDisk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def kept(context: StudioContext, tmp_path: Path) -> Iterator[StudioContext]:
    context = with_journal(context, tmp_path)
    yield context
    context.session.close()
    context.events.close()


@pytest.fixture
def documents(kept: StudioContext) -> Iterator[DocumentHandler]:
    handler = DocumentHandler(kept)
    yield handler
    handler.shutdown()


@pytest.fixture
def autosaving(kept: StudioContext, documents: DocumentHandler) -> Iterator[AutosaveHandler]:
    handler = AutosaveHandler(kept, documents)
    yield handler
    handler.shutdown()


def versions(autosaving: AutosaveHandler, context: StudioContext) -> list[str]:
    """Names of the kept versions, newest first."""
    assert autosaving.shelf is not None
    found = autosaving.shelf.of(context.session.path)
    return [load_project(each.path).project.name for each in found]


def keep(autosaving: AutosaveHandler, documents: DocumentHandler, qtbot: QtBot) -> None:
    autosaving.keep_version()
    qtbot.waitUntil(lambda: not documents.saver.is_busy)


def test_versions_are_kept_of_what_was_edited_and_of_nothing_else(
    kept: StudioContext, documents: DocumentHandler, autosaving: AutosaveHandler, qtbot: QtBot
) -> None:
    keep(autosaving, documents, qtbot)
    assert versions(autosaving, kept) == []
    name(kept.session, "A")
    keep(autosaving, documents, qtbot)
    keep(autosaving, documents, qtbot)
    assert versions(autosaving, kept) == ["A"]
    assert kept.session.dirty  # a version is no save
    assert kept.session.path is None
    kept.session.begin_gesture()
    name(kept.session, "B")
    keep(autosaving, documents, qtbot)
    assert kept.session.history.in_gesture
    assert versions(autosaving, kept) == ["A"]
    kept.session.end_gesture()
    keep(autosaving, documents, qtbot)
    assert versions(autosaving, kept) == ["B", "A"]


def test_only_as_many_versions_stay_as_were_wished_for(
    kept: StudioContext, documents: DocumentHandler, autosaving: AutosaveHandler, qtbot: QtBot
) -> None:
    kept.preferences.apply(replace(kept.preferences.values, autosave_keep=2))
    for each in "ABC":
        name(kept.session, each)
        keep(autosaving, documents, qtbot)
    assert versions(autosaving, kept) == ["C", "B"]


def test_how_safe_edits_are_is_told(
    kept: StudioContext,
    documents: DocumentHandler,
    autosaving: AutosaveHandler,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[str, str, bool]] = []
    autosaving.state_changed.connect(lambda *state: told.append(state))
    autosaving.announce()
    assert told[-1][0] == "Autosave on"
    name(kept.session, "A")
    keep(autosaving, documents, qtbot)
    assert "Autosaving …" in [words for words, _, _ in told]
    assert told[-1][0].startswith("Autosaved ")
    faulty = FaultyDisk(Fault.FULL, first=1, lasts=True)
    faulty.install(monkeypatch)
    name(kept.session, "B")
    assert told[-1][0] == "Not safe"
    assert "disk is full" in told[-1][1]
    assert told[-1][2]
    faulty.mend()
    assert kept.session.journal is not None
    kept.session.journal.sync()
    assert not told[-1][2]


def test_a_version_that_cannot_be_written_is_told_and_editing_goes_on(
    kept: StudioContext,
    documents: DocumentHandler,
    autosaving: AutosaveHandler,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> Path:
        raise OSError(errno.EACCES, "Permission denied")

    name(kept.session, "A")
    monkeypatch.setattr("avatar_core.io.snapshots.SnapshotShelf.place", fail)
    keep(autosaving, documents, qtbot)
    assert "No version was kept" in kept.toast.text
    monkeypatch.undo()
    monkeypatch.setattr("avatar_core.commands.saving.save_project", _full)
    keep(autosaving, documents, qtbot)
    assert "disk is full" in kept.toast.text
    monkeypatch.undo()
    keep(autosaving, documents, qtbot)
    assert versions(autosaving, kept) == ["A"]
    name(kept.session, "B")
    keep(autosaving, documents, qtbot)
    assert versions(autosaving, kept) == ["B", "A"]


def test_a_version_of_the_former_project_is_none_of_this_one(
    kept: StudioContext, documents: DocumentHandler, autosaving: AutosaveHandler, qtbot: QtBot
) -> None:
    told: list[str] = []
    autosaving.state_changed.connect(lambda words, _tip, _is_unsafe: told.append(words))
    name(kept.session, "A")
    autosaving.keep_version()
    kept.session.new()
    qtbot.waitUntil(lambda: not documents.saver.is_busy)
    assert versions(autosaving, kept) == ["A"]  # those that have no file share a folder
    autosaving.announce()
    assert told[-1] == "Autosave on"


def _full(*_: object, **__: object) -> None:
    raise AssetError("face.studio could not be saved because the disk is full.")


def test_the_preferences_say_how_often_and_how_much_history(
    kept: StudioContext, autosaving: AutosaveHandler
) -> None:
    assert autosaving._timer.interval() == 5 * 60_000
    kept.preferences.apply(replace(kept.preferences.values, autosave_minutes=2, history_mb=3))
    assert autosaving._timer.interval() == 2 * 60_000
    assert kept.session.kept_history_bytes == 3 << 20
    kept.preferences.apply(replace(kept.preferences.values, autosave_minutes=0))
    assert not autosaving._timer.isActive()


def test_a_long_journal_makes_a_version_soon(
    kept: StudioContext, autosaving: AutosaveHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.handlers.autosaving._LONG_JOURNAL_BYTES", 300)
    name(kept.session, "A")
    assert autosaving._timer.interval() > 60_000
    name(kept.session, "B", "C", "D")
    assert autosaving._timer.interval() == 1000


def test_without_a_journal_nothing_is_kept(context: StudioContext, qtbot: QtBot) -> None:
    documents = DocumentHandler(context)
    handler = AutosaveHandler(context, documents)
    name(context.session, "A")
    handler.keep_version()
    assert handler.shelf is None
    assert not documents.saver.is_busy
    handler.shutdown()
