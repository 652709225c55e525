"""Draws a data set of synthetic people; see README.md."""

from __future__ import annotations

import argparse
import sys
import time
from math import gcd
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "capture"), str(_HERE.parents[2])]

from synthetic_capture.head.makehuman import MakeHuman  # noqa: E402
from synthetic_people.dataset import Plan, write_cross, write_index, write_person  # noqa: E402
from synthetic_people.drawing import Painter  # noqa: E402
from synthetic_people.stage import Stage  # noqa: E402


def main() -> None:
    """Draw the people of a shard that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    plan = Plan()
    for name in ("people", "frames", "size", "seed", "samples", "test", "validation", "cross"):
        parser.add_argument(f"--{name}", type=int, default=getattr(plan, name))
    parser.add_argument("--shard", default="0/1", help="i/n: every n-th person, from the i-th")
    chosen = vars(parser.parse_args())
    root, (shard, shards) = chosen.pop("out"), map(int, chosen.pop("shard").split("/"))
    plan = Plan(**chosen)
    command = "python make_people.py OUT " + " ".join(f"--{k} {v}" for k, v in chosen.items())
    write_index(root, plan, command)
    stage = Stage(MakeHuman.installed())
    painter = Painter(stage, plan.size * plan.samples)
    for person in spread_order(plan.people)[shard::shards]:
        start = time.perf_counter()
        drawn = [write(root, plan, person, stage, painter) for write in (write_person, write_cross)]
        if any(drawn):
            sys.stdout.write(f"{person}: {time.perf_counter() - start:.1f} s\n")
            sys.stdout.flush()


def spread_order(people: int) -> list[int]:
    """All people in an order whose every beginning has some of each split."""
    step = next(s for s in range(max(int(people * 0.382), 1), 2 * people) if gcd(s, people) == 1)
    return [k * step % people for k in range(people)]


if __name__ == "__main__":
    main()
