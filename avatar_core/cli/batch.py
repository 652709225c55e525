"""`batch`: many films of many takes and avatars, on one machine or on a cluster."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar, clock_text

if TYPE_CHECKING:
    from avatar_core.batch.crew import Crew
    from avatar_core.batch.run import BatchReport, FilmOutcome

_DESCRIPTION = """\
Render all films that a YAML file asks for, for example

  defaults: {size: 1280x720, fps: 30, out: "films/{avatar}-{drive}.mp4"}
  matrix:
    avatar: [demo, anna.avatar]
    drive: [hello.take, song.wav]
  jobs:
    - {project: short.studio, out: films/short.mov, background: transparent}

A ledger beside it says what is done, frame by frame: a batch that was stopped or killed goes on
with --resume. On a cluster all machines need the studio, and the files at the same paths."""

_FAILED = 1
_MOST_WORKERS = 256


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "batch",
        help="render many films, on one machine or on a cluster",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("jobs", metavar="JOBS.yaml", type=Path)
    parser.add_argument(
        "--ledger", metavar="FILE", type=Path, help="left out: JOBS.ledger beside the jobs"
    )
    parser.add_argument("--resume", action="store_true", help="go on with what the ledger knows of")
    parser.add_argument(
        "--workers", metavar="N", type=_workers, help="processes that draw; left out: one"
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="draw on this Ray cluster (auto, HOST:PORT, or local for one of this machine's own): "
        "a process for each graphics card, or for every few processors",
    )
    parser.add_argument(
        "--cpus",
        metavar="N",
        type=_workers,
        default=2,
        help="processors for each worker of a cluster without graphics cards; 2 when left out",
    )
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Render, and tell what was made."""
    # What draws, tracks and encodes is loaded only now, so that `--help` answers at once.
    from avatar_core.batch.jobs_file import load_batch
    from avatar_core.batch.run import run_batch

    started_s = time.monotonic()
    batch = load_batch(arguments.jobs)
    ledger = arguments.ledger or arguments.jobs.with_suffix(".ledger")
    report = run_batch(
        batch,
        ledger,
        _crew(arguments),
        arguments.resume,
        ProgressBar("Drawing", sys.stderr),
        _tell_film,
    )
    _tell(report, time.monotonic() - started_s, as_json=arguments.json)
    return _FAILED if report.failed else 0


def _crew(arguments: argparse.Namespace) -> Crew:
    from avatar_core.batch.crew import LoneCrew, PoolCrew

    if arguments.ray is not None:
        from avatar_core.batch.ray_crew import RayCrew

        return RayCrew(arguments.ray, arguments.cpus, arguments.workers)
    workers = arguments.workers or 1
    return LoneCrew() if workers == 1 else PoolCrew(workers)


def _tell_film(film: FilmOutcome) -> None:
    if film.error is not None:
        said = str(film.error)
    elif film.is_kept:
        said = f"was there already, {film.frames} frames"
    else:
        said = f"{film.frames} frames"
    over_the_bar = "\r\x1b[K" if sys.stderr.isatty() else ""
    sys.stderr.write(f"{over_the_bar}{' '.join([f'{film.out}: {said}', *film.notices])}\n")


def _tell(report: BatchReport, spent_s: float, *, as_json: bool) -> None:
    made = [film for film in report.films if film.error is None]
    if as_json:
        answer = {
            "films": [
                {
                    "out": film.out,
                    "frames": film.frames,
                    "kept": film.is_kept,
                    "error": None if film.error is None else str(film.error),
                    "notices": list(film.notices),
                }
                for film in report.films
            ],
            "frames_drawn": report.frames_drawn,
            "frames_refused": report.frames_refused,
            "workers_lost": report.workers_lost,
            "retried": report.retried,
            "workers": report.workers,
            "spent_s": round(spent_s, 3),
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        return
    words = [
        f"{len(made)} of {len(report.films)} films are there",
        f"{report.frames_drawn} frames drawn by {len(report.workers)} workers",
    ]
    if report.workers_lost:
        words.append(f"{report.workers_lost} pieces lost with their worker and drawn again")
    sys.stdout.write(f"{', '.join(words)}, in {clock_text(spent_s)}\n")


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to {_MOST_WORKERS}")
    return int(text)
