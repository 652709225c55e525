"""The lock that makes training wait for a bench: held, let go, left behind by a killed one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from avatar_core.training.bench_lock import bench_is_running, bench_lock, lock_path

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from avatar_core.training.bench_lock import bench_lock
with bench_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(100)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "bench.lock"


def test_it_is_held_as_long_as_the_bench_runs(path: Path) -> None:
    assert not bench_is_running(path)
    with bench_lock(path):
        assert bench_is_running(path)
    assert not bench_is_running(path)


def test_a_bench_that_fails_lets_go(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), bench_lock(path):
        raise ZeroDivisionError
    assert not bench_is_running(path)


def test_a_killed_bench_holds_up_nobody(path: Path) -> None:
    bench = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert bench.stdout is not None
    with bench, bench.stdout:
        assert bench.stdout.readline() == "held\n"
        assert bench_is_running(path)
        bench.kill()
        bench.wait()
    assert path.exists()
    assert not bench_is_running(path)


def test_a_file_left_by_someone_else_is_no_bench(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("12345\n")
    assert not bench_is_running(path)
    with bench_lock(path):
        assert bench_is_running(path)
    assert path.read_text() == "12345\n"


def test_a_second_bench_goes_on_with_a_warning(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("avatar_core.training.bench_lock._PATIENCE_S", 0.0)
    with bench_lock(path), bench_lock(path):
        assert "Another bench" in caplog.text
    assert not bench_is_running(path)


def test_a_folder_that_cannot_be_made_is_no_obstacle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with bench_lock(blocked / "bench.lock"):
        assert not bench_is_running(blocked / "bench.lock")
    assert "Training will not wait" in caplog.text


def test_the_file_is_the_users_own() -> None:
    assert "avatar-studio" in str(lock_path())


def test_it_comes_without_torch() -> None:
    code = "import sys, avatar_core.bench.registry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
