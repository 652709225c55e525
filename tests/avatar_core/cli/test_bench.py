from __future__ import annotations

import json
import os

import pytest

from avatar_core import cli
from avatar_core.bench import SECONDS_VARIABLE, registry


@pytest.fixture
def benches(monkeypatch):
    chosen = {
        "sort": lambda: {"sort_ratio": 12.5, "sort_100k_ms": 0.9},
        "ply": lambda: {"ply_ratio": None},
    }
    monkeypatch.setattr(registry, "BENCHES", chosen)
    return chosen


@pytest.mark.usefixtures("benches")
def test_json_is_one_flat_object_alone_on_stdout(capsys):
    assert cli.main(["bench", "--json"]) == 0

    output = capsys.readouterr()
    results = json.loads(output.out)
    assert results["sort_ratio"] == 12.5
    assert results["ply_ratio"] is None
    assert "machine" in results
    assert not any(isinstance(value, dict | list) for value in results.values())
    assert output.err.splitlines() == ["Measuring sort", "Measuring ply"]


@pytest.mark.usefixtures("benches")
def test_a_table_judges_by_the_budgets(capsys):
    cli.main(["bench", "sort"])

    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "ok (budget >= 10)" in lines["sort_ratio"]
    assert "OVER (budget <= 0.5)" in lines["sort_100k_ms"]
    assert "ply_ratio" not in lines


def test_a_bench_that_cannot_run_fails_the_command(benches, capsys):
    def faulty():
        raise ZeroDivisionError("a bug")

    benches["ply"] = faulty

    assert cli.main(["bench", "--json"]) == 1
    assert "a bug" in json.loads(capsys.readouterr().out)["ply_error"]


@pytest.mark.usefixtures("benches")
def test_an_unknown_bench_is_said(capsys):
    assert cli.main(["bench", "paint"]) == 2
    assert "There is no bench 'paint'." in capsys.readouterr().err


def test_seconds_reach_the_benches_that_want_time(benches, monkeypatch, capsys):
    monkeypatch.setenv(SECONDS_VARIABLE, "60")
    benches["sort"] = lambda: {"seconds": float(os.environ[SECONDS_VARIABLE])}
    cli.main(["bench", "sort", "--json", "--seconds", "600"])
    assert json.loads(capsys.readouterr().out)["seconds"] == 600
