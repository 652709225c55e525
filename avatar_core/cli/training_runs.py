"""What the commands that train have in common: options, how they tell what they do, resuming."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.errors import AssetError, AvatarError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.run_events import RunEvent
    from avatar_core.training.told_run import ToldRun


def add_running(parser: argparse.ArgumentParser) -> None:
    """Add the options of where and how a run runs, which change nothing of what it makes."""
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
        "--json", action="store_true", help="tell what happens as lines of JSON, step by step"
    )


def run_training(arguments: argparse.Namespace, train: Callable[[argparse.Namespace], int]) -> int:
    """Train at the priority and with the threads asked for; errors become events too."""
    from avatar_core.training.priority import lower_priority
    from avatar_core.training.run_events import FailedTold
    from avatar_core.training.threads import use_threads

    if arguments.background:
        lower_priority()
    use_threads(arguments.threads)
    try:
        return train(arguments)
    except AvatarError as error:
        if arguments.json:
            _tell_line(FailedTold(error.message, error.hint))
        raise


def told_training(
    arguments: argparse.Namespace,
    live: ToldRun[Any],
    train: Callable[[], Path],
    *,
    leads: bool = True,
) -> int:
    """Train while `live` tells of it, stop when asked to where it listens; tell the result.

    Args:
        arguments: of the command line.
        live: what the run reports to.
        train: trains; gives the path of what it wrote.
        leads: of several processes that train together this is the one that tells.
    """
    from avatar_core.stop_word import listen

    if arguments.listen:
        listen(sys.stdin, live.stop)
    path = train()
    if not leads:
        return 0
    live.finish(path)
    if not arguments.json:
        sys.stdout.write(f"Trained {path}\n")
    return 0


def teller(*, as_json: bool) -> Callable[[RunEvent], None]:
    """What tells the events of a run: lines of JSON, or a progress bar."""
    return _tell_line if as_json else _bar_teller(ProgressBar("training", sys.stderr))


def check_resumable(folder: Path, preset: str, seed: int) -> None:
    """Other networks than those of the checkpoint could not go on with it.

    Raises:
        AssetError: the run in the folder has another preset or seed.
    """
    from avatar_core.training.run_record import read_record

    record = read_record(folder)
    if record is not None and (record.preset, record.seed) != (preset, seed):
        raise AssetError(
            f"The run in '{folder}' has the preset {record.preset} and the seed {record.seed}.",
            f"Resume it with --preset {record.preset} --seed {record.seed}.",
        )


def _tell_line(event: RunEvent) -> None:
    from avatar_core.training.run_events import event_line

    sys.stdout.write(event_line(event) + "\n")
    sys.stdout.flush()


def _bar_teller(bar: ProgressBar) -> Callable[[RunEvent], None]:
    from avatar_core.training.run_events import StepTold

    def tell(event: RunEvent) -> None:
        if isinstance(event, StepTold):
            bar(event.step, event.total)

    return tell
