"""`train-mega`: a capture becomes an avatar."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    import argparse

    from avatar_core.training.mega_trainer import TrainerStatus

_DESCRIPTION = """\
Train a MeGA avatar from a multi-view capture: hair, head, then both together. The run's folder
keeps a checkpoint; a run that was stopped or killed goes on with --resume. The avatar is measured
on the capture's series "test", which is never trained on. Captures of NeRSemble in the layout of
VHAP and MeGA are read too; they need your own copy of FLAME."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "train-mega", help="train an avatar from a capture", description=_DESCRIPTION
    )
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="folder of one person")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    parser.add_argument("--preset", choices=("compact", "official"), default="compact")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--name", default="", help="the avatar's name; the capture's by default")
    parser.add_argument(
        "--flame",
        type=Path,
        metavar="FOLDER",
        help="your FLAME files, for captures tracked with FLAME; left out: looked for",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in DIR")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; all cores by default")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, and tell where the avatar lies."""
    from avatar_core.training.recipes import TrainingJob, train_avatar
    from avatar_core.training.settings import preset
    from avatar_core.training.threads import use_threads

    use_threads(arguments.threads)
    job = TrainingJob(
        capture=arguments.capture,
        out=arguments.out,
        settings=preset(arguments.preset, arguments.seed),
        name=arguments.name,
        command=_command(arguments),
        flame=arguments.flame,
    )
    bar = ProgressBar("training", sys.stderr)

    def report(status: TrainerStatus) -> None:
        bar(status.step, status.total)

    path = train_avatar(job, report, resume=arguments.resume)
    if arguments.json:
        sys.stdout.write(json.dumps({"avatar": str(path)}) + "\n")
    else:
        sys.stdout.write(f"Trained {path}\n")
    return 0


def _command(arguments: argparse.Namespace) -> str:
    """The command line that makes the same avatar again, without this machine's folders."""
    words = ["main.py", "train-mega", arguments.capture.name, "--out", arguments.out.name]
    words += ["--preset", arguments.preset, "--seed", str(arguments.seed)]
    words += [] if arguments.flame is None else ["--flame", arguments.flame.name]
    return shlex.join(words)
