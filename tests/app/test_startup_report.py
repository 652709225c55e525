from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from app import startup_report


def test_the_report_is_wanted_only_when_the_environment_says_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(startup_report.VARIABLE, raising=False)
    assert startup_report.report_path() is None
    monkeypatch.setenv(startup_report.VARIABLE, "/tmp/report.json")
    assert startup_report.report_path() == Path("/tmp/report.json")


def test_it_tells_time_memory_and_torch(tmp_path: Path) -> None:
    startup_report.write_report(tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert set(report) == {"first_paint_s", "torch_loaded", "memory_mb"}
    assert report["first_paint_s"] > 0
    assert report["torch_loaded"] in (0, 1)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux's process table")
def test_the_process_began_before_now_and_holds_memory() -> None:
    assert 0 < time.time() - startup_report.process_start_s() < 24 * 3600
    assert 1 < startup_report.resident_mb() < 100_000
    assert os.getpid() > 0
