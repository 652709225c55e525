"""Make the synthetic capture of a person; a stopped run goes on where it was.

python capture.py rosa OUT --series hair test face full --shard 0/2     the pictures
python capture.py rosa OUT --index                                      head, hair and index
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from synthetic_capture.head.makehuman import MakeHuman
from synthetic_capture.identities import IDENTITIES
from synthetic_capture.series import SERIES, frames_of
from synthetic_capture.subject import Subject
from synthetic_capture.views.index import write_index
from synthetic_capture.views.recording import Effort, recorded

_ROSAS_SERIES = ("hair", "test", "face", "full")


def main() -> None:
    parser = _parser()
    arguments = parser.parse_args()
    try:
        data = MakeHuman.installed()
    except FileNotFoundError as error:
        parser.error(str(error))
    folder = arguments.output / arguments.identity
    folder.mkdir(parents=True, exist_ok=True)
    subject = Subject(IDENTITIES[arguments.identity], data)
    if arguments.index:
        lines = write_index(subject, folder, arguments.series)
    else:
        work = arguments.output / "work" / arguments.identity
        work.mkdir(parents=True, exist_ok=True)
        lines = recorded(subject, frames_of(arguments.series), folder, work, _effort(arguments))
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("identity", choices=IDENTITIES)
    add("output", type=Path, help="folder of captures; the identity gets one of its own in it")
    add("--series", nargs="+", choices=SERIES, default=list(_ROSAS_SERIES))
    add("--index", action="store_true", help="describe the pictures that are there")
    add("--shard", type=_shard, default=(0, 1), metavar="K/N", help="make every Nth picture")
    add("--threads", type=int, default=2, help="of the renderer (%(default)s)")
    add("--samples", type=int, help="for each pixel, instead of those of the series")
    add("--limit", type=int, help="stop after so many pictures")
    return parser


def _shard(text: str) -> tuple[int, int]:
    shard, _, shards = text.partition("/")
    if not (shard.isdecimal() and shards.isdecimal() and int(shard) < int(shards)):
        raise argparse.ArgumentTypeError(f"{text}: write 0/2 and 1/2 for two processes")
    return int(shard), int(shards)


def _effort(arguments: argparse.Namespace) -> Effort:
    shard, shards = arguments.shard
    return Effort(shard, shards, arguments.threads, arguments.samples, arguments.limit)


if __name__ == "__main__":
    main()
