from __future__ import annotations

from pathlib import Path

import pytest

from app import event_report
from app.event_report import latencies


def test_it_is_asked_for_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(event_report.VARIABLE, raising=False)
    assert event_report.report_path() is None
    monkeypatch.setenv(event_report.VARIABLE, "/tmp/report.json")
    assert event_report.report_path() == Path("/tmp/report.json")


def test_paints_are_taken_off_what_an_event_waited() -> None:
    paints = [(1.0, 1.1), (1.0, 1.1), (2.0, 2.05)]
    told = latencies([(1.05, 1.12)] * 20, paints)
    assert told["event_p95_ms"] == pytest.approx(70)
    assert told["event_outside_p95_ms"] == pytest.approx(20)
    assert told["paint_p95_ms"] == pytest.approx(97.5)


def test_events_between_paints_wait_for_none() -> None:
    told = latencies([(1.2, 1.203)], [(1.0, 1.1), (1.3, 1.4)])
    assert told["event_outside_p95_ms"] == pytest.approx(told["event_p95_ms"]) == pytest.approx(3)


def test_without_events_there_is_nothing_to_tell() -> None:
    assert latencies([], []) == {
        "event_p95_ms": 0.0, "event_outside_p95_ms": 0.0, "paint_p95_ms": 0.0,
    }  # fmt: skip
