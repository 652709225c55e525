"""The command line: the same core as the window, for scripts and machines without a screen."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli import (
    batch,
    bench,
    doctor,
    evaluate,
    evaluate_portrait,
    export,
    fill_hidden,
    import_emoportraits,
    import_mega,
    import_speech,
    pack,
    portrait,
    read_videos,
    relink,
    render,
    render_job,
    retarget,
    train_mega,
    train_portrait,
    train_speech,
)
from avatar_core.errors import AvatarError, Cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

_USER_ERROR, _UNEXPECTED, _INTERRUPTED = 2, 1, 130
_DESCRIPTION = """\
Edit, perform and record neural head avatars.

Without arguments, or with a project, avatar or take to open, the studio's window comes up:
  %(prog)s                  the window with the demo project
  %(prog)s FILE.studio      the window with this project
With a command, the work is done here and no window opens."""
_EPILOG = "`demo` names the bundled avatar, project or performance."


def main(argv: Sequence[str]) -> int:
    """Run one command.

    Args:
        argv: the arguments, without the program's name.

    Returns:
        The exit status: 0 done, 1 an unexpected error or a failed check, 2 something the user can
        put right (said in one sentence on stderr), 130 interrupted.
    """
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text
    try:
        arguments = make_parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said why, or has shown the help
        return int(stop.code or 0)
    level = logging.INFO if arguments.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    try:
        return int(arguments.run(arguments))
    except AvatarError as error:
        sys.stderr.write(f"{error}\n")
        return _USER_ERROR
    except BrokenPipeError:  # whoever read the output has heard enough, as in `doctor | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Cancelled, KeyboardInterrupt):
        sys.stderr.write("Stopped.\n")
        return _INTERRUPTED
    except Exception:
        logger.exception("This should not have happened")
        return _UNEXPECTED


def make_parser() -> argparse.ArgumentParser:
    """The parser with all commands; each sets `run`."""
    parser = argparse.ArgumentParser(
        prog=_program(),
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"Avatar Studio {_version()}")
    parser.add_argument("--verbose", action="store_true", help="tell on stderr what is going on")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (
        render, render_job, portrait, batch, train_mega, train_portrait, train_speech,
        read_videos, fill_hidden,
        evaluate, evaluate_portrait, import_mega, import_emoportraits, import_speech, export,
        retarget, pack, relink, doctor, bench,
    ):  # fmt: skip
        command.add_to(commands)
    return parser


def _program() -> str:
    """What the user typed: the installed command, or the file of a checkout."""
    typed = Path(sys.argv[0]).stem
    return typed if typed == "avatar-studio" else "main.py"


def _version() -> str:
    try:
        return metadata.version("avatar-studio")
    except metadata.PackageNotFoundError:
        return "(not installed)"
