"""`bench`: measures this machine with the studio on it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from avatar_core.bench import BENCHES, SECONDS_VARIABLE, budget_of, machine, run_benches

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "bench",
        help="measure this machine",
        description=f"Measure one or all of: {', '.join(BENCHES)}. Training waits meanwhile.",
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help="which; all when left out")
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument(
        "--seconds",
        type=float,
        help="how long latency is measured, and the recorder records while hair is combed; 600 "
        "shows whether anything grows",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, tell, and fail when a bench could not be run."""

    def follow(name: str) -> None:
        sys.stderr.write(f"Measuring {name}\n")
        sys.stderr.flush()

    if arguments.seconds is not None:
        os.environ[SECONDS_VARIABLE] = str(max(arguments.seconds, 1.0))
    results = run_benches(arguments.names, follow)
    if arguments.json:
        sys.stdout.write(json.dumps({**machine(), **results}) + "\n")
    else:
        _print_table({**machine(), **results})
    return int(any(key.endswith("_error") for key in results))


def _print_table(results: dict[str, object]) -> None:
    for key, value in results.items():
        budget = budget_of(key)
        verdict = "" if budget is None else budget.verdict(value)
        sys.stdout.write(f"{key:28s} {'-' if value is None else value!s:>14s}  {verdict}\n")
