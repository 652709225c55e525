from __future__ import annotations

from avatar_core.bench import retarget
from avatar_core.bench.budgets import budget_of


def test_flame_is_driven_within_its_budgets(monkeypatch) -> None:
    monkeypatch.setattr(retarget, "_EVERY", 150)
    monkeypatch.setattr(retarget, "_REPEATS", 2)

    figures = retarget.run()

    quality = ("_mm", "_steps")
    for name in (name for name in figures if name.endswith(quality)):
        budget = budget_of(name)
        assert budget is None or budget.holds(figures[name]), name
    assert figures["retarget_fit_landmark_mm"] < figures["retarget_map_landmark_mm"]
    assert figures["retarget_map_ms"] > 0
    assert figures["retarget_fit_ms"] > 0
    assert figures["retarget_learn_s"] > 0
