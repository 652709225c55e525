"""`read-videos`: videos of people become a data set for `train-portrait`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    import argparse

_DESCRIPTION = """\
Track, crop and mask the faces in a folder of videos for train-portrait: one video a person, or one
folder of videos a person. Use only videos of people who agreed to it. Persons that were read
already stay; every tenth one is kept for validation."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "read-videos", help="make a data set for train-portrait of videos", description=_DESCRIPTION
    )
    parser.add_argument("videos", type=Path, metavar="FOLDER", help="videos, or folders of them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the data set")
    parser.add_argument(
        "--size", type=int, default=512, help="side of the pictures, 512 by default"
    )
    parser.add_argument("--every", type=int, default=5, help="takes every so-manieth frame")
    parser.add_argument("--frames", type=int, default=200, help="at most so many of a person")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, and tell how many persons there are."""
    from avatar_core.driving.face_tracker import FaceTracker
    from avatar_core.driving.matte import PersonMatte
    from avatar_core.training.portrait_videos import VideoReading, read_videos

    reading = VideoReading(arguments.size, max(arguments.every, 1), max(arguments.frames, 2))
    progress = ProgressBar("reading", sys.stderr)
    count = read_videos(
        arguments.videos, arguments.out, reading, FaceTracker(), PersonMatte(), progress
    )
    sys.stdout.write(f"{count} persons in {arguments.out}\n")
    return 0
