"""Killed at any moment, or with the disk full, a session loses nothing that was done."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from avatar_core.io.journal_places import JournalPlaces
from avatar_core.io.project_file import SavedProject, save_project
from avatar_core.project import digest
from avatar_core.session import Session
from tests.avatar_core.random_editing import RandomEditing, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import Project

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # the child has what it needs
]

LIVES = 2
"""Kills of one test: what was brought back is edited and killed again."""

FAST = 5

KILLS = [
    *range(FAST),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(FAST, 100)),
]


ALL, FEW = 64 << 20, 600
"""Bytes of the history that saves keep: every step, or at most the latest."""


def edit_in_child(path: Path, places: JournalPlaces, seed: int, log: Path, kept_bytes: int) -> int:
    """Edit in a process of its own, until it is killed. Returns its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        editing = RandomEditing(
            path,
            places,
            seed,
            lambda number, expected: os.write(handle, f"will {number} {expected}\n".encode()),
            lambda number: os.write(handle, f"did {number}\n".encode()),
            kept_bytes,
        )
        editing.run(1_000_000)
    finally:
        os._exit(1)


def kill_after(pid: int, log: Path, seconds: float) -> None:
    """Kill the child so long after its first edit."""
    end = time.monotonic() + 240
    while not (log.exists() and log.stat().st_size) and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "the child ended by itself"


def allowed(log: Path, before: str) -> set[str]:
    """What the session may be: as after the last edit that was done, or the one under way."""
    expected, last, done = {-1: before}, -1, -1
    for line in log.read_text().splitlines():
        word, number, *fingerprint = line.split()
        if word == "will":
            last = int(number)
            expected[last] = " ".join(fingerprint)
        else:
            done = int(number)
    return {expected[done], expected[last]}


def recovered(path: Path, places: JournalPlaces, kept_bytes: int) -> Session:
    session = Session(journals=places)
    session.kept_history_bytes = kept_bytes
    session.open(path)
    if session.unfinished:
        found = session.unfinished[-1]
        assert found.fits
        assert not found.is_damaged
        recovery = session.recovery(found).run()
        assert recovery.replayed is not None
        assert recovery.replayed.problem is None
        session.recovered(recovery)
    return session


def state_of(session: Session) -> str:
    return fingerprint(session.history, session.project)


@pytest.mark.parametrize("seed", KILLS)
def test_a_kill_at_any_moment_loses_nothing(
    seed: int, tmp_path: Path, full_project: Project
) -> None:
    path, places = tmp_path / "face.studio", JournalPlaces(tmp_path / "journals")
    save_project(SavedProject(full_project), path)
    chance = random.Random(seed)
    kept_bytes = FEW if seed % 2 else ALL
    for life in range(LIVES):
        before = recovered(path, places, kept_bytes)
        before.save()
        log = tmp_path / f"log{life}"
        pid = edit_in_child(path, places, seed + 1000 * life, log, kept_bytes)
        kill_after(pid, log, chance.uniform(0.0, 0.4 if seed < FAST else 2.0))
        session = recovered(path, places, kept_bytes)
        may_be = allowed(log, state_of(before))
        if kept_bytes == ALL:
            assert state_of(session) in may_be
        else:  # its history begins later
            assert digest(session.project) in {each.split()[0] for each in may_be}
        release(session)


def release(session: Session) -> None:
    """Let go of the journal without removing it, as a kill would."""
    assert session.journal is not None
    log = session.journal._log
    if log is not None and log.writer is not None:
        log.writer.close()
