from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import pytest

from app.workers.journal_sync import JournalSync
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from avatar_core.commands.project_journal import ProjectJournal


class FakeJournal:
    def __init__(self) -> None:
        self.trouble: AssetError | None = None
        self.threads: list[threading.Thread] = []

    def sync(self) -> None:
        self.threads.append(threading.current_thread())
        if len(self.threads) > 1:
            self.trouble = None


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


@pytest.fixture
def sync(journal: FakeJournal) -> Iterator[JournalSync]:
    sync = JournalSync(cast("ProjectJournal", journal))
    sync._timer.setInterval(10)
    yield sync
    sync.shutdown()


def test_many_edits_are_synced_once_on_another_thread(
    sync: JournalSync, journal: FakeJournal, qtbot: QtBot
) -> None:
    for _ in range(50):
        sync.wake()
    assert journal.threads == []
    qtbot.waitUntil(lambda: bool(journal.threads))
    qtbot.wait(50)
    assert len(journal.threads) == 1
    assert threading.current_thread() not in journal.threads


def test_what_the_disk_does_not_take_is_tried_again(
    sync: JournalSync, journal: FakeJournal, qtbot: QtBot
) -> None:
    journal.trouble = AssetError("The disk is full.")
    sync.wake()
    qtbot.waitUntil(lambda: len(journal.threads) == 2)
    assert journal.trouble is None
