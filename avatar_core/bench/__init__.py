"""Benches: numbers that are compared with a baseline measured in the same run, or with a budget."""

from avatar_core.bench.budgets import Budget, budget_of
from avatar_core.bench.registry import BENCHES, machine, run_benches

__all__ = ["BENCHES", "Budget", "budget_of", "machine", "run_benches"]
