from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from avatar_core.errors import AssetError, RecordingError
from avatar_core.io.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Callable

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes and links")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "project.studio"
    path.write_bytes(b"old")
    return path


def write(path: Path, *parts: bytes) -> None:
    with atomic_write(path) as file:
        for part in parts:
            file.write(part)


def write_half_and_raise(path: Path, error: BaseException) -> None:
    with atomic_write(path) as file:
        file.write(b"half")
        raise error


def expect_untouched(target: Path) -> None:
    assert target.read_bytes() == b"old"
    assert [each.name for each in target.parent.iterdir()] == [target.name]


def test_the_new_file_takes_its_place(target: Path) -> None:
    write(target, b"new ", b"file")
    assert target.read_bytes() == b"new file"
    assert list(target.parent.iterdir()) == [target]


def test_a_first_file_needs_no_old_one(tmp_path: Path) -> None:
    write(tmp_path / "first", b"data")
    assert (tmp_path / "first").read_bytes() == b"data"


def test_the_old_file_is_there_until_the_end(target: Path) -> None:
    with atomic_write(target) as file:
        file.write(b"half")
        file.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"half"


def test_any_exception_in_the_block_keeps_the_old_file(target: Path) -> None:
    for error in (KeyError("a bug"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            write_half_and_raise(target, error)
        expect_untouched(target)


def fail_with(number: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_that_fills_up_midway_keeps_the_old_file(number: int, target: Path) -> None:
    with pytest.raises(AssetError, match="disk is full") as caught:
        write_half_and_raise(target, OSError(number, os.strerror(number)))
    assert "Free some space" in caught.value.hint
    expect_untouched(target)


@pytest.mark.parametrize("place", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failure_at_the_last_moment_keeps_the_old_file(
    place: str, number: int, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, fail_with(number))
    with pytest.raises(AssetError, match=r"could not be saved"):
        write(target, b"new")
    expect_untouched(target)


@POSIX
def test_a_file_size_limit_of_the_system_keeps_the_old_file(target: Path) -> None:
    """A real failing write: the kernel refuses to let any file grow past the limit."""
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(AssetError, match="disk is full"):
            write(target, b"x" * (1 << 21))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    expect_untouched(target)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"folder .*gone does not exist"):
        write(tmp_path / "gone" / "a.studio", b"new")


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.studio").mkdir()
    with pytest.raises(AssetError, match="it is a folder"):
        write(tmp_path / "a.studio", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.studio"]


@POSIX
def test_a_name_that_no_disk_takes_is_said(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="could not be saved: File name too long"):
        write(tmp_path / ("x" * 300), b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_named(target: Path) -> None:
    with pytest.raises(AssetError, match="does not exist"):
        write(target / "a.studio", b"new")


@POSIX
def test_an_unwritable_folder_is_named(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser may write anywhere, so the refusal is simulated where it would come from."""
    monkeypatch.setattr("avatar_core.io.disk.DiskFile.__init__", fail_with(errno.EACCES))
    with pytest.raises(AssetError, match="may not be written to"):
        write(target, b"new")
    monkeypatch.undo()
    expect_untouched(target)


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(target: Path) -> None:
    target.parent.chmod(0o500)
    try:
        with pytest.raises(AssetError, match="may not be written to"):
            write(target, b"new")
    finally:
        target.parent.chmod(0o700)
    expect_untouched(target)


def test_the_caller_chooses_the_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError), atomic_write(tmp_path / "no" / "a", RecordingError):
        pass


def test_a_folder_that_cannot_be_synced_is_no_failure(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Network drives refuse it; the file is complete and in place by then."""
    sync = os.fsync

    def only_files(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            fail_with(errno.EINVAL)()
        sync(handle)

    monkeypatch.setattr("os.fsync", only_files)
    write(target, b"new")
    assert target.read_bytes() == b"new"


@POSIX
def test_file_and_folder_are_synced_in_the_right_order(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(handle: int) -> None:
        seen.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def note_replace(self: Path, other: Path) -> Path:
        seen.append("rename")
        return replace(self, other)

    monkeypatch.setattr("os.fsync", note_sync)
    monkeypatch.setattr("pathlib.Path.replace", note_replace)
    write(target, b"new")
    assert seen == ["file", "rename", "folder"]


@POSIX
def test_a_link_keeps_pointing_at_the_file(target: Path) -> None:
    link = target.with_name("link.studio")
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@POSIX
def test_who_could_read_the_old_file_can_read_the_new_one(target: Path) -> None:
    target.chmod(0o640)
    write(target, b"new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_long_and_foreign_names_work(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 120 + ".studio")
    write(path, b"new")
    assert path.read_bytes() == b"new"
