"""`export`: an avatar in the formats of others."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_core.exchange import ExportReport

_DEMO = "demo"
_FORMATS = ("official", "ply")
_DESCRIPTION = """\
Write an avatar in a format of others:
  official   a folder that the published MeGA code loads (avatars with a FLAME head)
  ply        the hair as 3D Gaussians
What the format cannot hold is listed."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "export",
        help="write an avatar in a format of others",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("avatar", metavar="A.avatar|demo")
    parser.add_argument("--to", choices=_FORMATS, required=True)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="a new or empty folder"
    )
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export, and tell what was written and what is not in it."""
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.exchange import export_official, export_ply
    from avatar_core.io.avatar_shelf import AvatarShelf
    from avatar_core.project.model import DEMO_AVATAR

    asset = AvatarShelf().load(DEMO_AVATAR if arguments.avatar == _DEMO else arguments.avatar)
    write = {"official": export_official, "ply": export_ply}[arguments.to]
    _tell(write(asset, arguments.out), arguments.json)
    return 0


def _tell(report: ExportReport, as_json: bool) -> None:
    if as_json:
        written = {
            "folder": str(report.folder.absolute()),
            "files": list(report.files),
            "notes": list(report.notes),
        }
        sys.stdout.write(json.dumps(written) + "\n")
        return
    for note in report.notes:
        sys.stderr.write(f"{note}\n")
    sys.stdout.write(f"{report.folder}: {', '.join(report.files)}\n")
