"""Benches: numbers that are compared with a baseline measured in the same run, or with a budget."""

from avatar_core.bench.budgets import Budget, budget_of
from avatar_core.bench.registry import BENCHES, SECONDS_VARIABLE, machine, run_benches

__all__ = ["BENCHES", "SECONDS_VARIABLE", "Budget", "budget_of", "machine", "run_benches"]
