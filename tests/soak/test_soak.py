"""A short soak, and proof that its checks see what they are there for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.soak.devices import full_disk
from tests.soak.measures import Measures
from tests.soak.run import grown
from tests.soak.session import Soak

ROOT = Path(__file__).resolve().parents[2]
_LOOK = Measures(memory_mb=900, handles=14, threads=4, system_threads=17, widgets=1500)


@pytest.mark.slow
@pytest.mark.window
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="a full disk is made with Linux's limits")
def test_twenty_seconds_of_a_session_at_random_find_nothing(tmp_path: Path) -> None:
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no X display")
    out, home = tmp_path / "report.json", tmp_path / "home"
    command = [sys.executable, "-m", "tests.soak.run", "--minutes", "0.33", "--cycle", "10"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}
    environment |= {"HOME": str(home), "XDG_STATE_HOME": str(home)}
    done = subprocess.run(
        [*command, "--out", str(out)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["actions"] > 0
    assert report["saves_checked"] > 0
    assert not list(home.rglob("*.log"))


@pytest.mark.parametrize(
    ("name", "more"),
    [("memory_mb", 400), ("handles", 20), ("threads", 5), ("system_threads", 12), ("widgets", 900)],
)
def test_what_grows_is_a_finding(name: str, more: int) -> None:
    last = replace(_LOOK, **{name: getattr(_LOOK, name) + more})
    assert [each.split()[0] for each in grown([_LOOK, _LOOK, _LOOK, last])] == [name]


def test_what_comes_and_goes_is_no_finding() -> None:
    more = replace(_LOOK, memory_mb=1300, handles=90)
    assert grown([_LOOK, more, _LOOK]) == []


def test_a_file_that_cannot_be_read_after_a_save_is_a_finding(tmp_path: Path) -> None:
    film = tmp_path / "original.mp4"
    film.touch()
    soak = Soak(SimpleNamespace(folder=tmp_path), 0, film)  # type: ignore[arg-type]
    soak._path.write_bytes(b"cut off")
    soak._check_file("after a save")
    assert [each[:37] for each in soak.report.findings] == ["the file cannot be read after a save:"]


def test_what_other_tests_take_from_here_is_imported_on_windows_too() -> None:
    lines = (
        "import sys; sys.modules['resource'] = None",
        "import tests.fuzz.guard, tests.soak.devices, tests.soak.measures, tests.soak.run",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="a full disk is made with Linux's limits")
def test_a_full_disk_refuses_and_lets_go_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with full_disk(), pytest.raises(OSError, match="large"):
        path.write_bytes(bytes(100_000))
    path.write_bytes(bytes(100_000))
    assert path.stat().st_size == 100_000
