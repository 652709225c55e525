"""Speaks a data set of synthetic voices with the motion of their mouths; see README.md."""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[2])]

from synthetic_speech.dataset import Plan, write_index, write_utterance  # noqa: E402
from synthetic_speech.espeak import Espeak  # noqa: E402
from synthetic_speech.flite import Flite  # noqa: E402

if TYPE_CHECKING:
    from synthetic_speech.utterance import Speaker

_TOLD_EVERY_S = 600.0


def main() -> None:
    """Speak the utterances of a shard that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hours", type=float, default=Plan().hours, help="of speech, about")
    parser.add_argument("--seed", type=int, default=Plan().seed)
    parser.add_argument("--shard", default="0/1", help="i/n: every n-th utterance, from the i-th")
    chosen = parser.parse_args()
    shard, shards = map(int, chosen.shard.split("/"))
    plan = Plan(chosen.hours, chosen.seed)
    command = f"python make_speech.py OUT --hours {plan.hours:g} --seed {plan.seed}"
    write_index(chosen.out, plan, command)
    spoken_s = told_s = 0.0
    for number in range(shard, plan.count, shards):
        spoken_s += write_utterance(chosen.out, plan.line(number), speaker_of)
        if spoken_s - told_s >= _TOLD_EVERY_S:
            told_s = spoken_s
            sys.stdout.write(f"{number + 1} of {plan.count}: {spoken_s / 60:.0f} min\n")
            sys.stdout.flush()


@cache
def speaker_of(engine: str) -> Speaker:
    """The synthesiser of a name, started once."""
    return Flite() if engine == "flite" else Espeak()


if __name__ == "__main__":
    main()
