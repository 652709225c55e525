from __future__ import annotations

from avatar_core.bench import timing


def test_the_best_of_all_rounds_counts_and_the_first_call_of_each_does_not(monkeypatch) -> None:
    now_s = [0.0]
    spent_s = iter([9.0, 2.0, 9.0, 1.0, 9.0, 3.0])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now_s[0])

    def job() -> None:
        now_s[0] += next(spent_s)

    assert timing.best_ms(3, job) == [1000.0]
