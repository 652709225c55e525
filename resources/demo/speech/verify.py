"""Checks a data set of synthetic speech; exits with 1 if it is wrong. See README.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[2])]

from synthetic_speech.truth_check import Found, checked  # noqa: E402

_MOST_LATE_S = 0.02


def main() -> None:
    """Tell what the check found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--utterances", type=int, default=400)
    chosen = parser.parse_args()
    found = checked(chosen.data, chosen.utterances)
    sys.stdout.write("\n".join(told(found)) + "\n")
    sys.exit(1 if is_wrong(found) else 0)


def told(found: Found) -> list[str]:
    """The findings, a line each."""
    lines = [f"{split}: {minutes:.1f} minutes" for split, minutes in sorted(found.minutes.items())]
    for engine, late_s in sorted(found.late_s.items()):
        if late_s:
            middle, far = np.median(late_s) * 1000, np.percentile(np.abs(late_s), 90) * 1000
            lines.append(
                f"{engine}: {len(late_s)} closures of breathed plosives, heard {middle:+.0f} ms"
                f" from where they are told (median), 90 % within {far:.0f} ms"
            )
    if found.closed:
        shut = np.mean(np.array(found.closed) > 0) * 100
        lines.append(
            f"lips together in {shut:.1f} % of {len(found.closed)} m, b, p,"
            f" and in {np.mean(found.closed) * 100:.1f} % of their frames"
        )
    lines += [f"{voice} is in more than one split" for voice in sorted(found.shared_voices)]
    return [*lines, *found.faults]


def is_wrong(found: Found) -> bool:
    """Whether the data set should not be used."""
    is_late = any(abs(np.median(late_s)) > _MOST_LATE_S for late_s in found.late_s.values())
    is_open = bool(found.closed) and min(found.closed) == 0
    return bool(found.faults or found.shared_voices) or is_late or is_open


if __name__ == "__main__":
    main()
