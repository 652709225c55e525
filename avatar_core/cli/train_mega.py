"""`train-mega`: a capture becomes an avatar."""

from __future__ import annotations

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
    parser.add_argument(
        "--preset",
        choices=("draft", "compact", "official"),
        default="compact",
        help="compact by default; draft is small and quick; official wants CUDA",
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--name", default="", help="the avatar's name; the capture's by default")
    parser.add_argument(
        "--flame",
        type=Path,
        metavar="FOLDER",
        help="your FLAME files, for captures tracked with FLAME; left out: looked for",
    )
    parser.add_argument(
        "--steps-factor",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="multiply the steps of every stage, 0.5 for half as long",
    )
    parser.add_argument(
        "--face",
        type=Path,
        metavar="AVATAR",
        help="keep the face of this avatar of the same person and train hair alone",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=("view", "dynamic", "displacement", "soft_blend"),
        help="leave a part out of the joint stage, to see what it earns; may be repeated",
    )
    parser.add_argument(
        "--licence", default="", metavar="TEXT", help="the avatar's licence, kept in its file"
    )
    parser.add_argument(
        "--preview-every",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="write preview.png into DIR, capture | avatar | difference; 0 for never",
    )
    add_running(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, and tell where the avatar lies."""
    return run_training(arguments, _train)


def _train(arguments: argparse.Namespace) -> int:
    from avatar_core.training.live_run import LiveRun
    from avatar_core.training.recipes import TrainingJob, train_avatar
    from avatar_core.training.settings import preset, with_steps_scaled

    settings = preset(arguments.preset, arguments.seed)
    settings = with_steps_scaled(settings, arguments.steps_factor)
    settings = replace(settings, left_out=tuple(arguments.without))
    if arguments.device is not None:
        settings = replace(settings, device=arguments.device)
    if arguments.resume:
        check_resumable(arguments.out, settings.preset, settings.seed)
    job = TrainingJob(
        capture=arguments.capture,
        out=arguments.out,
        settings=settings,
        name=arguments.name,
        command=_command(arguments),
        flame=arguments.flame,
        face=arguments.face,
        licence=arguments.licence,
    )
    tell = teller(as_json=arguments.json)
    live = LiveRun(_record(arguments), arguments.out, tell, arguments.preview_every)
    train = partial(train_avatar, job, live.report, resume=arguments.resume, begun=live.begin)
    return told_training(arguments, live, train)


def _record(arguments: argparse.Namespace) -> RunRecord:
    from avatar_core.training.run_record import RunRecord

    return RunRecord(
        capture=str(arguments.capture.absolute()),
        name=arguments.name or arguments.capture.name.capitalize(),
        preset=arguments.preset,
        seed=arguments.seed,
        flame="" if arguments.flame is None else str(arguments.flame.absolute()),
    )


def _command(arguments: argparse.Namespace) -> str:
    """The command line that makes the same avatar again, without this machine's folders."""
    words = ["main.py", "train-mega", arguments.capture.name, "--out", arguments.out.name]
    words += ["--preset", arguments.preset, "--seed", str(arguments.seed)]
    words += ["--name", arguments.name] if arguments.name else []
    factor = arguments.steps_factor
    words += [] if factor == 1 else ["--steps-factor", f"{factor:g}"]
    words += [] if arguments.flame is None else ["--flame", arguments.flame.name]
    words += [] if arguments.face is None else ["--face", arguments.face.name]
    words += ["--licence", arguments.licence] if arguments.licence else []
    words += [word for part in arguments.without for word in ("--without", part)]
    return shlex.join(words)
