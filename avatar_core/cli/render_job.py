"""`render-job`: one job of the render queue, for the window and for scripts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError, Cancelled

if TYPE_CHECKING:
    import argparse

    from avatar_core.batch.render_events import RenderEvent

_ERROR = 2
_STOPPED = 130


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "render-job",
        help="render a job of the window's render queue",
        description="Render a job of the window's render queue, or go on with it. Stopped or"
        " killed, it goes on from there the next time.",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the job in the queue")
    parser.add_argument("--json", action="store_true", help="tell what happens as lines of JSON")
    parser.add_argument(
        "--listen", action="store_true", help="stop when standard input says stop, or ends"
    )
    parser.add_argument(
        "--background", action="store_true", help="leave the processor to whoever works in front"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Render, and tell what was made."""
    from avatar_core.batch.queue_store import JOB, PARTS, PREVIEW, load_job
    from avatar_core.batch.render_events import ErrorTold, event_line
    from avatar_core.batch.told_render import ToldRender
    from avatar_core.stop_word import listen
    from avatar_core.training.priority import lower_priority

    if arguments.background:
        lower_priority()
    tell = _say if not arguments.json else lambda event: _write(event_line(event))
    try:
        folder = arguments.folder
        job = load_job(folder / JOB)
        told = ToldRender(job, tell, folder / PARTS, folder / PREVIEW)
        if arguments.listen:
            listen(sys.stdin, told.stop)
        told.run()
    except Cancelled:
        return _STOPPED
    except AvatarError as error:
        if not arguments.json:
            raise
        tell(ErrorTold(error.message, error.hint))
        return _ERROR
    return 0


def _say(event: RenderEvent) -> None:
    from avatar_core.batch.render_events import FilmsTold, NoticeTold

    if isinstance(event, NoticeTold):
        sys.stderr.write(f"{event.sentence}\n")
    elif isinstance(event, FilmsTold):
        for film in event.films:
            _write(film)


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
