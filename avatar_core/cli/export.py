"""`export`: an avatar in the formats of others, or its hair for other avatars."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import RenderError

if TYPE_CHECKING:
    from avatar_core.exchange import ExportReport
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset

_DEMO = "demo"
_FORMATS = ("official", "ply", "hair")
_DESCRIPTION = """\
Write an avatar in a format of others, or its hair for other avatars:
  official   a folder that the published MeGA code loads (avatars with a FLAME head)
  ply        a folder with the hair as 3D Gaussians
  hair       one .hair file, which the library puts on other avatars of the same head model
What the format cannot hold is listed."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "export",
        help="write an avatar in a format of others, or its hair for other avatars",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("avatar", metavar="A.avatar|demo")
    parser.add_argument("--to", choices=_FORMATS, required=True)
    parser.add_argument(
        "--out",
        metavar="DIR|X.hair",
        type=Path,
        required=True,
        help="a new or empty folder; the file to write for --to hair",
    )
    parser.add_argument("--name", default="", help="what the library calls the hairstyle")
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export, and tell what was written and what is not in it."""
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.exchange import export_hair, export_official, export_ply
    from avatar_core.io.avatar_shelf import AvatarShelf
    from avatar_core.project.model import DEMO_AVATAR

    asset = AvatarShelf().load(DEMO_AVATAR if arguments.avatar == _DEMO else arguments.avatar)
    if arguments.to == "hair":
        report = export_hair(asset, arguments.out, arguments.name, _picture(asset))
    else:
        write = {"official": export_official, "ply": export_ply}[arguments.to]
        report = write(asset, arguments.out)
    _tell(report, arguments.json)
    return 0


def _picture(asset: AvatarAsset) -> UInt8 | None:
    from avatar_core.cli.hair_picture import hair_picture

    try:
        return hair_picture(asset)
    except RenderError as error:
        sys.stderr.write(f"{error.message}\n")
        return None


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
