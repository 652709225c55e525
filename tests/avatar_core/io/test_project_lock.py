from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from avatar_core.errors import AssetError
from avatar_core.io import project_lock
from avatar_core.io.project_lock import (
    SILENT_S,
    LockState,
    ProjectLock,
    is_read_only,
    lock_path,
)
from avatar_core.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD = """
import sys
from avatar_core.io.project_lock import ProjectLock
lock = ProjectLock(sys.argv[1])
lock.acquire()
print(lock.state.value, flush=True)
sys.stdin.read()
lock.release()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "a show ✓.studio"
    path.write_bytes(b"a project")
    return path


@pytest.fixture
def other(project: Path) -> Iterator[subprocess.Popen[str]]:
    """Another studio that has the project open."""
    command = [sys.executable, "-c", HOLD, str(project)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ours"
        yield process
        process.kill()


def edit_lock(project: Path, **values: Any) -> None:
    path = lock_path(project)
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def silent(project: Path, seconds: float) -> None:
    path = lock_path(project)
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))


def test_the_second_studio_is_told_who_has_it(project: Path, other: subprocess.Popen[str]) -> None:
    lock = ProjectLock(project)
    holder = lock.acquire()
    assert holder is not None
    assert (holder.pid, holder.host) == (other.pid, socket.gethostname())
    assert holder.words.startswith(f"{holder.user} on {holder.host}, since ")
    assert lock.state is LockState.TAKEN
    lock.release()
    assert lock_path(project).exists()  # it is not ours to take away


def test_a_studio_that_ends_gives_it_back(project: Path, other: subprocess.Popen[str]) -> None:
    other.communicate("")
    assert not lock_path(project).exists()
    lock = ProjectLock(project)
    assert lock.acquire() is None
    assert lock.state is LockState.OURS
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_a_killed_studio_has_it_no_longer(project: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it has ended, its number is taken
    assert lock_path(project).exists()
    lock = ProjectLock(project)
    assert lock.acquire() is None
    assert lock.state is LockState.OURS
    lock.release()


def test_a_number_that_was_given_to_another_program_is_no_studio(
    project: Path, other: subprocess.Popen[str]
) -> None:
    edit_lock(project, started="12")
    assert ProjectLock(project).holder() is None


def test_a_studio_on_this_machine_may_be_silent_for_long(
    project: Path, other: subprocess.Popen[str]
) -> None:
    silent(project, 100 * SILENT_S)
    assert ProjectLock(project).holder() is not None


@pytest.mark.parametrize(("silence_s", "has_it"), [(SILENT_S - 30, True), (SILENT_S + 30, False)])
@pytest.mark.parametrize("values", [{"host": "far away"}, {"machine": "another of that name"}])
def test_a_studio_on_another_machine_must_be_heard_of(
    project: Path, values: dict[str, str], silence_s: float, has_it: bool
) -> None:
    ProjectLock(project).acquire()
    edit_lock(project, id="another", pid=2**22 + 1, **values)
    silent(project, silence_s)
    assert (ProjectLock(project).holder() is not None) is has_it


def test_who_lost_it_notices(project: Path, other: subprocess.Popen[str]) -> None:
    mine, theirs = ProjectLock(project), ProjectLock(project)
    other.communicate("")
    mine.acquire()
    assert mine.beat() is LockState.OURS
    theirs.acquire(take_over=True)
    assert mine.beat() is LockState.TAKEN
    assert theirs.beat() is LockState.OURS
    kept = lock_path(project).read_text()
    mine.release()
    assert lock_path(project).read_text() == kept
    theirs.release()
    assert not lock_path(project).exists()


def test_a_heartbeat_is_seen(project: Path) -> None:
    lock = ProjectLock(project)
    lock.acquire()
    silent(project, 1000)
    before = lock_path(project).stat().st_mtime
    lock.beat()
    assert lock_path(project).stat().st_mtime > before + 900
    lock.release()


def test_a_lock_that_was_removed_by_hand_is_put_back(project: Path) -> None:
    lock = ProjectLock(project)
    lock.acquire()
    lock_path(project).unlink()
    assert lock.beat() is LockState.OURS
    assert lock_path(project).exists()
    lock.release()


def test_two_sessions_of_one_program_do_not_keep_one_another_out(project: Path) -> None:
    first, second = ProjectLock(project), ProjectLock(project)
    assert first.acquire() is None
    assert second.acquire() is None
    assert first.beat() is LockState.TAKEN
    second.release()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOTSUP, errno.ENOSPC])
def test_where_there_can_be_none_nothing_breaks(
    project: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, touch = Path.open, Path.touch

    def refuse(self: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if set(mode) & set("wxa+"):
            raise OSError(code, os.strerror(code))
        return opened(self, mode, *arguments, **named)

    def refuse_touch(self: Path, *arguments: Any, **named: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "touch", refuse_touch)
    lock = ProjectLock(project)
    assert lock.acquire() is None
    assert lock.state is LockState.IMPOSSIBLE
    assert lock.beat() is LockState.IMPOSSIBLE
    assert is_read_only(project.parent) is (code in (errno.EROFS, errno.EACCES))
    lock.release()
    monkeypatch.setattr(Path, "touch", touch)
    assert not is_read_only(project.parent)
    assert list(project.parent.iterdir()) == [project]


@pytest.mark.parametrize(
    "text",
    ["", "no lock", "[]", '{"format": "else"}', '{"format": "avatar-studio-lock", "id": 3}',
     "[" * 100_000],
)  # fmt: skip
def test_what_is_no_lock_is_nobodys(project: Path, text: str) -> None:
    lock_path(project).write_text(text)
    assert ProjectLock(project).holder() is None


def test_names_from_others_are_made_harmless(project: Path, other: subprocess.Popen[str]) -> None:
    edit_lock(project, user="a\nb\x1b[31m" + "x" * 500)
    holder = ProjectLock(project).holder()
    assert holder is not None
    assert holder.user.startswith("ab[31m")
    assert len(holder.user) <= 60


def test_links_to_a_project_share_its_lock(project: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.studio"
    link.parent.mkdir()
    link.symlink_to(project)
    assert lock_path(link) == lock_path(project)


def test_long_names_have_a_lock_of_their_own(tmp_path: Path) -> None:
    one, two = tmp_path / f"{'x' * 240}1.studio", tmp_path / f"{'x' * 240}2.studio"
    one.touch()
    assert lock_path(one) != lock_path(two)
    lock = ProjectLock(one)
    assert lock.acquire() is None
    assert lock.state is LockState.OURS
    lock.release()


def test_of_two_that_open_at_once_one_has_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, early = ProjectLock(project), ProjectLock(project)
    monkeypatch.setattr(project_lock, "_held", set())
    put_first = ProjectLock._put_first

    def too_late(self: ProjectLock, draft: Path) -> bool:
        if self is late:
            early.acquire()
            project_lock._held.clear()  # as if it were another program's
            edit_lock(project, pid=1, started="")
        return put_first(self, draft)

    monkeypatch.setattr(ProjectLock, "_put_first", too_late)
    assert late.acquire() is not None
    assert late.state is LockState.TAKEN


def test_a_script_does_not_save_over_what_another_studio_has_open(
    project: Path, other: subprocess.Popen[str]
) -> None:
    session = Session()
    with pytest.raises(AssetError, match="another studio has it") as caught:
        session.save(project)
    assert caught.value.hint
    assert project.read_bytes() == b"a project"
    assert session.path is None
    other.kill()
    other.wait()
    session.save(project)
    mine = ProjectLock(project)
    assert mine.acquire() is None
    session.save()  # a lock of this program keeps it from nothing
    mine.release()
