from __future__ import annotations

import pytest

from avatar_core import bench
from avatar_core.bench import registry
from avatar_core.errors import AssetError, DeviceError
from avatar_core.training import bench_lock


@pytest.fixture
def benches(monkeypatch):
    """Three benches: one that works, one that cannot run here, one with a fault."""
    calls = []

    def good():
        calls.append("good")
        return {"good_ms": 1.5, "good_ratio": None}

    def refused():
        raise DeviceError("There is no camera.", "Connect one.")

    def faulty():
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(registry, "BENCHES", {"good": good, "refused": refused, "faulty": faulty})
    return calls


@pytest.mark.usefixtures("benches")
def test_all_results_come_as_one_flat_dictionary():
    followed = []

    results = registry.run_benches(follow=followed.append)

    assert results == {
        "good_ms": 1.5,
        "good_ratio": None,
        "refused_error": "There is no camera. Connect one.",
        "faulty_error": "ZeroDivisionError: a bug",
    }
    assert followed == ["good", "refused", "faulty"]


def test_only_what_was_asked_for_runs_and_only_once(benches):
    assert registry.run_benches(["good", "good"]) == {"good_ms": 1.5, "good_ratio": None}
    assert benches == ["good"]


def test_an_unknown_name_stops_before_anything_runs(benches):
    with pytest.raises(AssetError, match="'better'") as caught:
        registry.run_benches(["good", "better"])

    assert "good, refused, faulty" in caught.value.hint
    assert benches == []


def test_training_is_told_to_wait_until_all_have_run(benches, monkeypatch, tmp_path):
    path = tmp_path / "bench.lock"
    monkeypatch.setattr(bench_lock, "lock_path", lambda: path)
    held = []
    registry.run_benches(follow=lambda _: held.append(bench_lock.bench_is_running()))

    assert held == [True, True, True]
    assert not bench_lock.bench_is_running()


def test_the_fixed_benches_are_there_and_their_modules_wait():
    assert list(bench.BENCHES) == [
        "startup", "sort", "ply", "splats", "decode", "parity", "viewport", "tracker", "recorder",
        "latency", "groom", "paint", "portrait", "speech", "retarget",
    ]  # fmt: skip


def test_the_machine_is_named():
    machine = bench.machine()

    assert machine["cpu_cores"] >= 1
    assert set(machine) == {"machine", "cpu", "cpu_cores", "gl_renderer"}


@pytest.mark.parametrize(
    ("key", "value", "verdict"),
    [
        ("sort_ratio", 12.0, "ok"),
        ("sort_ratio", 9.9, "OVER"),
        ("recorder_lost", 0, "ok"),
        ("recorder_lost", 1, "OVER"),
        ("startup_window_s", 2.0, "ok"),
        ("startup_window_s", None, "("),
    ],
)
def test_budgets_judge_numbers_only(key, value, verdict):
    assert bench.budget_of(key).verdict(value).startswith(verdict)
    assert bench.budget_of("sort_of_a_key") is None
