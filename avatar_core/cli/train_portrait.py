"""`train-portrait`: a folder of people becomes a portrait model."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.training_runs import (
    add_running,
    check_resumable,
    run_training,
    teller,
    told_training,
)

if TYPE_CHECKING:
    import argparse

    from avatar_core.training.run_record import RunRecord

_DESCRIPTION = """\
Train a one-shot portrait model (EMOPortraits) from a folder of people. The run's folder keeps a
checkpoint; a run that was stopped or killed goes on with --resume. Under torchrun several processes
train one model together: torchrun --nproc_per_node 2 main.py train-portrait ... On a processor, one
process a core with --threads 1 is about twice as fast as one process with as many threads."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "train-portrait", help="train a portrait model from people", description=_DESCRIPTION
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="folder of people")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    parser.add_argument(
        "--preset",
        choices=("compact", "compact-gpu", "compact-finish", "official"),
        default="compact",
        help="compact, 128 pixels, for a processor, by default; compact-gpu, the same for one "
        "card; compact-finish goes over what one of these made, see --start; official, 512 "
        "pixels, wants several",
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="RUN",
        help="begin with the averaged weights of that run: its folder, or a checkpoint",
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--steps", type=int, default=0, help="of the whole run; as the preset has it by default"
    )
    parser.add_argument("--name", default="Compact portrait", help="what the model is called")
    parser.add_argument(
        "--licence", default="", metavar="TEXT", help="the model's licence, kept in its file"
    )
    add_running(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, and tell where the model lies."""
    return run_training(arguments, _train)


def _train(arguments: argparse.Namespace) -> int:
    from avatar_core.training.portrait_presets import preset
    from avatar_core.training.portrait_recipes import PortraitJob, train_portrait
    from avatar_core.training.portrait_run import PortraitRun

    settings = preset(arguments.preset, arguments.seed, arguments.steps)
    if arguments.device is not None:
        settings = replace(settings, device=arguments.device)
    if arguments.resume:
        check_resumable(arguments.out, settings.preset, settings.seed)
    job = PortraitJob(
        data=arguments.data,
        out=arguments.out,
        settings=settings,
        name=arguments.name,
        command=_command(arguments),
        licence=arguments.licence,
        start=arguments.start,
    )
    live = PortraitRun(_record(arguments), arguments.out, teller(as_json=arguments.json))
    train = partial(train_portrait, job, live.report, resume=arguments.resume, begun=live.begin)
    return told_training(arguments, live, train, leads=_leads())


def _leads() -> bool:
    """Whether this is the one process of several that tells."""
    return os.environ.get("RANK", "0") == "0"


def _record(arguments: argparse.Namespace) -> RunRecord:
    from avatar_core.training.run_record import RunRecord

    return RunRecord(
        capture=str(arguments.data.absolute()),
        name=arguments.name,
        preset=arguments.preset,
        seed=arguments.seed,
    )


def _command(arguments: argparse.Namespace) -> str:
    """The command line that starts such a run, without where files lie on this machine."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    words = ["torchrun", "--nproc_per_node", str(count)] if count > 1 else []
    words += ["main.py", "train-portrait", arguments.data.name, "--out", arguments.out.name]
    words += ["--preset", arguments.preset, "--seed", str(arguments.seed)]
    if arguments.start is not None:
        words += ["--start", arguments.start.name]
    if arguments.steps:
        words += ["--steps", str(arguments.steps)]
    if arguments.threads:
        words += ["--threads", str(arguments.threads)]
    return shlex.join(words)
