"""`train-portrait`: a folder of people becomes a portrait model."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.errors import AssetError, AvatarError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from avatar_core.training.portrait_presets import PortraitSettings
    from avatar_core.training.run_events import RunEvent
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
        choices=("compact", "official"),
        default="compact",
        help="compact, 128 pixels, by default; official, 512 pixels, wants several GPUs",
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--steps", type=int, default=0, help="of the whole run; as the preset has it by default"
    )
    parser.add_argument("--name", default="Compact portrait", help="what the model is called")
    parser.add_argument(
        "--licence", default="", metavar="TEXT", help="the model's licence, kept in its file"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in DIR")
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        help="what computes; auto is CUDA where there is any, left out: as the preset has it",
    )
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; all cores by default")
    parser.add_argument(
        "--background", action="store_true", help="leave the processor to whoever works in front"
    )
    parser.add_argument(
        "--listen",
        action="store_true",
        help="end with a checkpoint once standard input says stop, or ends",
    )
    parser.add_argument(
        "--json", action="store_true", help="tell steps and the end as lines of JSON"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, and tell where the model lies."""
    from avatar_core.training.priority import lower_priority
    from avatar_core.training.threads import use_threads

    if arguments.background:
        lower_priority()
    use_threads(arguments.threads)
    try:
        return _train(arguments)
    except AvatarError as error:
        if arguments.json:
            _tell_failure(error)
        raise


def _train(arguments: argparse.Namespace) -> int:
    from avatar_core.training.live_run import listen
    from avatar_core.training.portrait_presets import preset
    from avatar_core.training.portrait_recipes import PortraitJob, train_portrait
    from avatar_core.training.portrait_run import PortraitRun

    settings = preset(arguments.preset, arguments.seed, arguments.steps)
    if arguments.device is not None:
        settings = replace(settings, device=arguments.device)
    if arguments.resume:
        _check_resumable(arguments.out, settings)
    job = PortraitJob(
        data=arguments.data,
        out=arguments.out,
        settings=settings,
        name=arguments.name,
        command=_command(arguments),
        licence=arguments.licence,
    )
    tell = _tell_line if arguments.json else _teller(ProgressBar("training", sys.stderr))
    live = PortraitRun(_record(arguments), arguments.out, tell)
    if arguments.listen:
        listen(sys.stdin, live.stop)
    path = train_portrait(job, live.report, resume=arguments.resume, begun=live.begin)
    if _leads():
        live.finish(path)
        if not arguments.json:
            sys.stdout.write(f"Trained {path}\n")
    return 0


def _leads() -> bool:
    """Whether this is the one process of several that tells."""
    return os.environ.get("RANK", "0") == "0"


def _check_resumable(folder: Path, settings: PortraitSettings) -> None:
    """Other networks than those of the checkpoint could not go on with it."""
    from avatar_core.training.run_record import read_record

    record = read_record(folder)
    if record is not None and (record.preset, record.seed) != (settings.preset, settings.seed):
        raise AssetError(
            f"The run in '{folder}' has the preset {record.preset} and the seed {record.seed}.",
            f"Resume it with --preset {record.preset} --seed {record.seed}.",
        )


def _record(arguments: argparse.Namespace) -> RunRecord:
    from avatar_core.training.run_record import RunRecord

    return RunRecord(
        capture=str(arguments.data.absolute()),
        name=arguments.name,
        preset=arguments.preset,
        seed=arguments.seed,
    )


def _tell_line(event: RunEvent) -> None:
    from avatar_core.training.run_events import event_line

    sys.stdout.write(event_line(event) + "\n")
    sys.stdout.flush()


def _tell_failure(error: AvatarError) -> None:
    from avatar_core.training.run_events import FailedTold

    _tell_line(FailedTold(error.message, error.hint))


def _teller(bar: ProgressBar) -> Callable[[RunEvent], None]:
    from avatar_core.training.run_events import StepTold

    def tell(event: RunEvent) -> None:
        if isinstance(event, StepTold):
            bar(event.step, event.total)

    return tell


def _command(arguments: argparse.Namespace) -> str:
    """The command line that starts such a run, without where files lie on this machine."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    words = ["torchrun", "--nproc_per_node", str(count)] if count > 1 else []
    words += ["main.py", "train-portrait", arguments.data.name, "--out", arguments.out.name]
    words += ["--preset", arguments.preset, "--seed", str(arguments.seed)]
    if arguments.steps:
        words += ["--steps", str(arguments.steps)]
    if arguments.threads:
        words += ["--threads", str(arguments.threads)]
    return shlex.join(words)
