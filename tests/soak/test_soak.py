"""A short soak, and proof that its checks see what they are there for."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.soak.devices import full_disk
from tests.soak.measures import Measures
from tests.soak.run import grown

ROOT = Path(__file__).resolve().parents[2]
_LOOK = Measures(memory_mb=900, handles=14, threads=4, system_threads=17, widgets=1500)


@pytest.mark.slow
@pytest.mark.window
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="a full disk is made with Linux's limits")
def test_twenty_seconds_of_a_session_at_random_find_nothing(tmp_path: Path) -> None:
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no X display")
    out = tmp_path / "report.json"
    command = [sys.executable, "-m", "tests.soak.run", "--minutes", "0.33", "--cycle", "10"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}
    done = subprocess.run(
        [*command, "--out", str(out)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert '"saves_checked"' in out.read_text(encoding="utf-8")


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


@pytest.mark.skipif(sys.platform != "linux", reason="a full disk is made with Linux's limits")
def test_a_full_disk_refuses_and_lets_go_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with full_disk(), pytest.raises(OSError, match="large"):
        path.write_bytes(bytes(100_000))
    path.write_bytes(bytes(100_000))
    assert path.stat().st_size == 100_000
