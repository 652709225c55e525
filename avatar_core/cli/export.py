"""`export`: an avatar in the formats of others, or its hair for other avatars."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.cli.render import parse_frames
from avatar_core.cli.subjects import (
    dressed_avatar,
    groomed_hair,
    load_avatar,
    open_project,
    performance,
)
from avatar_core.errors import AssetError, RenderError
from avatar_core.exchange.formats import Format, Pose

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.exchange.avatar_export import ExportSubject, ExportWish
    from avatar_core.exchange.export_report import ExportReport
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import UInt8
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset

_DESCRIPTION = """\
Write an avatar in a format of others, or its hair for other avatars:
  glb        head with texture and 52 morph targets, hair as Gaussians (glTF 2.0)
  ply, spz, splat   the hair as 3D Gaussians: exact, packed, or simple
  textures   a folder with the face, painted and bare, and every layer (PNG, OpenRaster)
  curves     a folder with a performance as CSV, NPZ, .take and FLAME parameters
  hair       one .hair file, which the library puts on other avatars of the same head model
  avatar     one .avatar with everything that was done to it in a project
  official   a folder that the published MeGA code loads (avatars with a FLAME head)
With --project it is the avatar of that project, its hair as edited there. With --at it is as it was
at that moment of a performance, with --frames every frame becomes a file, with --animate a .glb
holds the performance. What the format cannot hold is listed."""


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
    who.add_argument("--project", metavar="P.studio|demo", help="avatar, hair and paint of it")
    parser.add_argument("--to", choices=[str(each) for each in Format], required=True)
    parser.add_argument(
        "--out",
        metavar="DIR|FILE",
        type=Path,
        required=True,
        help="a new or empty folder, or for formats of one file that file",
    )
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--at", metavar="SECONDS", type=parse_seconds, help="as it is at that moment")
    when.add_argument(
        "--frames",
        metavar="A-B",
        type=parse_frames,
        help="every frame of the performance, from 0, B included, as a file of its own",
    )
    when.add_argument(
        "--animate",
        metavar="A-B",
        nargs="?",
        type=parse_frames,
        const=(0, None),
        help="the performance, or these frames of it, as an animation (--to glb)",
    )
    parser.add_argument(
        "--drive",
        metavar="FILE|demo",
        help="the performance; left out: the project's take",
    )
    parser.add_argument(
        "--axes",
        choices=("y-up", "y-down"),
        help="of .ply, .spz and .splat: y-down is what viewers take .ply and .splat for, y-up what"
        " SPZ's description says and the studio has; left out: those",
    )
    parser.add_argument("--no-hair", action="store_true", help="the head alone (--to glb)")
    parser.add_argument("--name", default="", help="what the library calls hairstyle or avatar")
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export, and tell what was written and what is not in it."""
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.exchange.avatar_export import export_avatar

    subject, take = _subject(arguments)
    wish = _wish(arguments, subject.asset, take)
    if wish.format is Format.HAIR:
        hair = subject.hair
        worn = subject.asset if hair is None else replace(subject.asset, hair=hair.cloud)
        wish = replace(wish, picture=_picture(worn))
    bar = ProgressBar("Exporting", sys.stderr)
    report = export_avatar(subject, wish, lambda done, _text: bar(round(100 * done), 100))
    _tell(report, arguments.json)
    return 0


def _subject(arguments: argparse.Namespace) -> tuple[ExportSubject, Callable[[], Take]]:
    """Who is exported, and how to read the performance."""
    from avatar_core.exchange.avatar_export import ExportSubject

    if arguments.project is None:
        asset = load_avatar(arguments.avatar)
        return ExportSubject(asset), lambda: performance(arguments.drive, None)
    project = open_project(arguments.project)
    asset = dressed_avatar(project)
    subject = ExportSubject(asset, groomed_hair(project, asset), project.painting)
    return subject, lambda: performance(arguments.drive, project)


def _wish(
    arguments: argparse.Namespace, asset: AvatarAsset, take: Callable[[], Take]
) -> ExportWish:
    from avatar_core.exchange.avatar_export import ExportWish, expect_possible
    from avatar_core.exchange.gaussian_export import Axes

    pose, frames = Pose.REST, (0, None)
    if arguments.at is not None:
        pose = Pose.MOMENT
    elif arguments.frames is not None:
        pose, frames = Pose.SEQUENCE, arguments.frames
    elif arguments.animate is not None:
        pose, frames = Pose.ANIMATION, arguments.animate
    wish = ExportWish(
        Format(arguments.to), arguments.out, pose, frames=frames,
        axes=None if arguments.axes is None else Axes(arguments.axes),
        with_hair=not arguments.no_hair, name=arguments.name,
    )  # fmt: skip
    expect_possible(wish)
    if pose is Pose.MOMENT:
        return replace(wish, frame=_moment(take(), arguments.at, asset))
    if wish.needs_take:
        return replace(wish, take=take())
    return wish


def _moment(take: Take, at_s: float, asset: AvatarAsset) -> AvatarFrame:
    from avatar_core.mega import build

    if at_s > take.duration_s:
        raise AssetError(
            f"'{take.name}' ends after {take.duration_s:.2f} s, before {at_s:.2f} s.",
            "Name an earlier moment with --at.",
        )
    return build(asset).evaluate(take.frame_at(at_s))


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
    sys.stdout.write(f"{report.folder}: {report.listed}\n")


def parse_seconds(text: str) -> float:
    """`1.5` as a moment, seconds from the start."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no moment like 1.5")
    return seconds
