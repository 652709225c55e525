"""`render`: an avatar performs a take, a film or a still, and becomes a clip."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.posed import posed_performance
from avatar_core.cli.progress_bar import ProgressBar, clock_text
from avatar_core.cli.subjects import (
    DEMO,
    dressed_avatar,
    groomed_hair,
    load_avatar,
    open_project,
    painted_face,
)

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset, Project
    from avatar_core.recording.clip import RecordingReport
    from avatar_core.recording.offline import RenderSettings

_DESCRIPTION = """\
Render an avatar into an mp4 clip with sound. Every frame is drawn, however long that takes; the
clip grows beside its place as NAME.partial.mp4 and moves there when it is complete.

Left and right stay what they are: the avatar's left side does what the person's left side does,
so beside the film it looks the same way."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "render",
        help="render a performance into a clip",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--avatar", metavar="PATH|demo", help="who performs")
    who.add_argument(
        "--project", metavar="PATH|demo", help="avatar, mixer, scene and takes of a project"
    )
    parser.add_argument(
        "--drive",
        metavar="FILE|demo",
        help="a .take, a Live Link Face .csv, a FLAME .npz, a video, an image, or a sound that is "
        "spoken (sound:PATH: that of a video); left out: the project's take",
    )
    parser.add_argument("--out", metavar="CLIP.mp4", type=Path, required=True)
    parser.add_argument("--size", metavar="WxH", type=parse_size, default=(512, 512))
    parser.add_argument(
        "--frames", metavar="A-B", type=parse_frames, default=(0, None), help="from 0, B included"
    )
    parser.add_argument("--fps", type=float, help="left out: that of the performance")
    parser.add_argument(
        "--camera",
        metavar="YAW[,PITCH]",
        type=parse_camera,
        default=(0.0, 0.0),
        help="degrees round to the person's left, and up",
    )
    parser.add_argument(
        "--look",
        choices=("clean", "exact"),
        default="clean",
        help="clean: smooth edges, no fringe; exact: pixel by pixel what the avatar was trained on",
    )
    parser.add_argument(
        "--supersample",
        metavar="1-4",
        type=int,
        choices=range(1, 5),
        default=1,
        help="draw that many times larger in both directions and average",
    )
    parser.add_argument(
        "--fit",
        action="store_true",
        help="fit a FLAME head to the landmarks in a film: closer than its units, and slower",
    )
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Render, and tell what was made."""
    # What draws, tracks and encodes is loaded only now, so that `--help` answers at once.
    from avatar_core.recording.offline import render_performance

    started_s = time.monotonic()
    project = _project(arguments)
    asset = load_avatar(arguments.avatar) if project is None else dressed_avatar(project)
    hair, paint = None, None
    if project is not None:
        hair = groomed_hair(project, asset)
        asset, paint = painted_face(project, asset)
    take, poses = posed_performance(arguments.drive, project, asset, fitted=arguments.fit)
    report = render_performance(
        asset,
        take,
        arguments.out,
        _settings(arguments, project, asset),
        ProgressBar("Rendering", sys.stderr),
        hair,
        paint,
        poses,
    )
    tell(report, time.monotonic() - started_s, as_json=arguments.json)
    return 0


def _project(arguments: argparse.Namespace) -> Project | None:
    if arguments.avatar is not None:
        return None
    return open_project(arguments.project or DEMO)


def _settings(
    arguments: argparse.Namespace, project: Project | None, asset: AvatarAsset
) -> RenderSettings:
    from avatar_core.io.backdrop import read_backdrop
    from avatar_core.recording.offline import RenderSettings, portrait_camera
    from avatar_core.render.scene import Blending, SceneOptions

    width, height = arguments.size
    first, last = arguments.frames
    yaw, pitch = (math.radians(angle) for angle in arguments.camera)
    scene = SceneOptions(show_grid=False, blending=Blending(arguments.look))
    if project is not None:
        scene = replace(
            scene,
            background=project.scene.background,
            show_grid=project.scene.show_grid,
            show_hair=project.scene.show_hair,
        )
        if project.scene.background_image:
            backdrop = read_backdrop(Path(project.scene.background_image))
            scene = replace(scene, background_image=backdrop)
    return RenderSettings(
        width=width,
        height=height,
        fps=arguments.fps,
        first_frame=first,
        last_frame=last,
        camera=portrait_camera(asset, width, height, yaw, pitch),
        scene=scene,
        supersample=arguments.supersample,
    )


def tell(report: RecordingReport, spent_s: float, *, as_json: bool) -> None:
    """Say what was made, in a line or as JSON."""
    if as_json:
        made = {**asdict(report), "path": str(report.path.absolute()), "spent_s": round(spent_s, 3)}
        made.pop("error")
        sys.stdout.write(json.dumps(made) + "\n")
        return
    for notice in report.notices:
        sys.stderr.write(f"{notice}\n")
    sys.stdout.write(
        f"{report.path}: {report.frames} frames, {report.duration_s:.2f} s, "
        f"{report.size_bytes / 1e6:.1f} MB, made in {clock_text(spent_s)}\n"
    )


def parse_size(text: str) -> tuple[int, int]:
    """`512x512` as numbers."""
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no size like 1920x1080")
    width, height = (int(number) for number in match.groups())
    if width == 0 or height == 0:
        raise argparse.ArgumentTypeError(f"'{text}' has no pixels")
    return width, height


def parse_frames(text: str) -> tuple[int, int | None]:
    """`10-99`, `10-` or `10` as the first and the last frame; None is the end."""
    match = re.fullmatch(r"(\d{1,9})(-(\d{1,9})?)?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no range of frames like 0-99")
    first = int(match[1])
    if match[2] is None:
        return first, first
    return first, None if match[3] is None else int(match[3])


def parse_camera(text: str) -> tuple[float, float]:
    """`30` or `30,-10` as degrees round and up."""
    try:
        yaw, _, pitch = text.partition(",")
        angles = float(yaw), float(pitch or 0)
    except ValueError:
        angles = math.nan, math.nan
    if not all(math.isfinite(angle) for angle in angles) or abs(angles[1]) > 90:
        raise argparse.ArgumentTypeError(f"'{text}' is no direction like 30,-10")
    return angles
