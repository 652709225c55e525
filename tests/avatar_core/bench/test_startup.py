from __future__ import annotations

import json
import shutil
import sys

import pytest

from avatar_core.bench import startup, studio_window

WRITES_REPORT = """
import json, os
from pathlib import Path
path = Path(os.environ["AVATAR_STUDIO_STARTUP_REPORT"])
runs = path.with_name("runs")
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
count = len(runs.read_text())
assert os.environ["XDG_CONFIG_HOME"].startswith(str(path.parent))
report = {"first_paint_s": 10.0 / count, "torch_loaded": 0, "memory_mb": 300 + count}
path.write_text(json.dumps(report))
"""


def test_the_first_start_only_warms_up(studio):
    studio(WRITES_REPORT)

    results = startup.run(runs=3)

    assert results == {
        "startup_window_s": 3.333,
        "startup_cold_s": 10.0,
        "startup_torch_loaded": 0,
        "memory_demo_mb": 304.0,
    }


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit('no window today')", "no window today"),
        ("", "it said nothing"),
        (WRITES_REPORT + "path.write_text('{}')", "lacks"),
    ],
)
def test_a_studio_that_gives_no_report_leaves_a_reason(studio, code, reason):
    studio(code)

    results = startup.run(runs=1)

    assert results["startup_window_s"] is None
    assert results["memory_demo_mb"] is None
    assert reason in results["startup_reason"]
    json.dumps(results)


def test_a_studio_that_never_paints_is_given_up(studio, monkeypatch):
    studio("import time; time.sleep(60)")
    monkeypatch.setattr(studio_window, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(studio_window, "_CLOSE_S", 0.1)

    assert "gave no report" in startup.run(runs=1)["startup_reason"]


def test_a_studio_that_does_not_close_is_measured_all_the_same(studio, monkeypatch, caplog):
    studio(WRITES_REPORT + "import time; time.sleep(60)")
    monkeypatch.setattr(studio_window, "_CLOSE_S", 0.1)

    assert startup.run(runs=1)["startup_window_s"] == 5.0
    assert "did not close" in caplog.text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="screens are only made on Linux")
def test_without_a_screen_and_xvfb_there_is_a_reason(studio, monkeypatch):
    studio(WRITES_REPORT)
    for key in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)

    assert "Xvfb is not installed" in startup.run(runs=1)["startup_reason"]


@pytest.mark.window
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_a_screen_is_made_where_there_is_none(studio, monkeypatch):
    studio(
        "import os; assert os.environ['DISPLAY'][1:].isdigit(), os.environ['DISPLAY']\n"
        + WRITES_REPORT
    )
    for key in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(key, raising=False)

    assert startup.run(runs=1)["startup_window_s"] == 5.0
