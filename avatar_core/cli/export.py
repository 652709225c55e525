"""`export`: an avatar in the formats of others, or its hair for other avatars."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.subjects import (
    dressed_avatar,
    groomed_hair,
    load_avatar,
    open_project,
    performance,
)
from avatar_core.errors import AssetError, RenderError

if TYPE_CHECKING:
    from avatar_core.exchange.official_export import ExportReport
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset, Project

_FORMATS = ("official", "ply", "hair")
_DESCRIPTION = """\
Write an avatar in a format of others, or its hair for other avatars:
  official   a folder that the published MeGA code loads (avatars with a FLAME head)
  ply        a folder with the hair as 3D Gaussians
  hair       one .hair file, which the library puts on other avatars of the same head model
With --project it is the avatar of that project, its hair as edited there. With --at the hair in the
.ply lies as it does at that moment of a performance, in the world.
What the format cannot hold is listed."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "export",
        help="write an avatar in a format of others, or its hair for other avatars",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("avatar", metavar="A.avatar|demo", nargs="?")
    who.add_argument("--project", metavar="P.studio|demo", help="avatar and hair of a project")
    parser.add_argument("--to", choices=_FORMATS, required=True)
    parser.add_argument(
        "--out",
        metavar="DIR|X.hair",
        type=Path,
        required=True,
        help="a new or empty folder; the file to write for --to hair",
    )
    parser.add_argument(
        "--at", metavar="SECONDS", type=parse_seconds, help="pose the hair (--to ply)"
    )
    parser.add_argument(
        "--drive",
        metavar="FILE|demo",
        help="the performance that --at is a moment of; left out: the project's take",
    )
    parser.add_argument("--name", default="", help="what the library calls the hairstyle")
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export, and tell what was written and what is not in it."""
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.exchange.hair_export import export_hair
    from avatar_core.exchange.official_export import export_official
    from avatar_core.exchange.ply_export import export_ply

    if arguments.at is not None and arguments.to != "ply":
        raise AssetError("Only a .ply holds hair at a moment.", "Leave --at out, or add --to ply.")
    project = None if arguments.project is None else open_project(arguments.project)
    asset = load_avatar(arguments.avatar) if project is None else dressed_avatar(project)
    hair = None if project is None else groomed_hair(project, asset)
    groomed = asset if hair is None else replace(asset, hair=hair.cloud)
    if arguments.to == "hair":
        report = export_hair(groomed, arguments.out, arguments.name, _picture(groomed))
    elif arguments.to == "official":
        painting = None if project is None else project.painting
        report = export_official(asset, arguments.out, painting, hair)
    else:
        report = export_ply(asset, arguments.out, hair, _moment(arguments, project, asset))
    _tell(report, arguments.json)
    return 0


def _moment(
    arguments: argparse.Namespace, project: Project | None, asset: AvatarAsset
) -> AvatarFrame | None:
    from avatar_core.mega import build

    if arguments.at is None:
        return None
    take = performance(arguments.drive, project)
    if arguments.at > take.duration_s:
        raise AssetError(
            f"'{take.name}' ends after {take.duration_s:.2f} s, before {arguments.at:.2f} s.",
            "Name an earlier moment with --at.",
        )
    return build(asset).evaluate(take.frame_at(arguments.at))


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


def parse_seconds(text: str) -> float:
    """`1.5` as a moment, seconds from the start."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no moment like 1.5")
    return seconds
