"""Checks the truth of a data set against its pictures; see README.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "capture")]

from synthetic_people.truth_check import is_true, numbers  # noqa: E402


def main() -> int:
    """Print the numbers; 1 where the truth is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--people", type=int, default=20)
    arguments = parser.parse_args()
    found = numbers(arguments.root, arguments.people)
    for name, value in found.items():
        sys.stdout.write(f"{name}: {value:.4g}\n")
    return 0 if is_true(found) else 1


if __name__ == "__main__":
    sys.exit(main())
