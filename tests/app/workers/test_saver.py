from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from app.workers.saver import Saver
from avatar_core.commands.saving import Saving
from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.project_file import SavedProject, load_project
from avatar_core.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def saver() -> Iterator[Saver]:
    saver = Saver()
    yield saver
    saver.shutdown()


def saving(path: Path, name: str = "Face") -> Saving:
    return Saving(SavedProject(Project(name=name)), (), 0, path)


def test_saves_are_written_one_after_the_other_on_another_thread(
    saver: Saver, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    write = Saving.write

    def noted(self: Saving) -> Path:
        threads.append(threading.current_thread())
        return write(self)

    monkeypatch.setattr(Saving, "write", noted)
    done: list[Saving] = []
    saver.written.connect(done.append)
    jobs = [saving(tmp_path / "face.studio", str(number)) for number in range(3)]
    for job in jobs:
        saver.write(job)
    assert saver.is_busy
    assert done == []
    qtbot.waitUntil(lambda: not saver.is_busy)
    assert done == jobs
    assert threading.current_thread() not in threads
    assert load_project(tmp_path / "face.studio").project.name == "2"


def test_a_save_that_fails_is_told_and_the_next_one_goes_on(
    saver: Saver, tmp_path: Path, qtbot: QtBot
) -> None:
    failed: list[tuple[Saving, AvatarError]] = []
    saver.failed.connect(lambda *what: failed.append(what))
    bad, good = saving(tmp_path / "gone" / "a.studio"), saving(tmp_path / "b.studio")
    saver.write(bad)
    saver.write(good)
    with qtbot.waitSignal(saver.written) as written:
        pass
    assert written.args == [good]
    assert [job for job, _ in failed] == [bad]
    assert isinstance(failed[0][1], AssetError)


def test_the_end_waits_for_what_is_being_written(saver: Saver, tmp_path: Path) -> None:
    saver.write(saving(tmp_path / "face.studio"))
    saver.shutdown()
    assert load_project(tmp_path / "face.studio").project.name == "Face"
