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
    named_take,
    open_project,
    painted_face,
)
from avatar_core.errors import RecordingError

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset, Project
    from avatar_core.recording.camera_path import CameraPlan, View
    from avatar_core.recording.clip import RecordingReport
    from avatar_core.recording.film_format import FilmFormat
    from avatar_core.recording.offline import RenderSettings
    from avatar_core.recording.presets import FilmPreset

_SIZE = (512, 512)
_DESCRIPTION = """\
Render an avatar into a film with sound. Every frame is drawn, however long that takes; the film
grows beside its place as NAME.partial.mp4 and moves there when it is complete.

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
    parser.add_argument("--take", metavar="NAME", help="a take of the project, by its name")
    _add_film(parser)
    parser.add_argument("--transparent", action="store_true", help="leave the background out")
    parser.add_argument("--size", metavar="WxH", type=parse_size, help="512x512 when left out")
    parser.add_argument(
        "--frames", metavar="A-B", type=parse_frames, default=(0, None), help="from 0, B included"
    )
    parser.add_argument("--fps", type=float, help="left out: that of the performance")
    _add_camera(parser)
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


def _add_film(parser: argparse.ArgumentParser) -> None:
    """What file is written."""
    parser.add_argument(
        "--out", metavar="FILM", type=Path, required=True, help="its ending says what it is"
    )
    parser.add_argument(
        "--format",
        metavar="KIND",
        help="where the ending does not say it: h264, h265, h264-intra, prores-4444, vp9, png-16, "
        "png-8, gif, webp",
    )
    parser.add_argument(
        "--preset",
        metavar="NAME",
        help="size, rate and format for where it goes: social-tall, social-square, social-wide, "
        "edit, edit-light, composite, composite-frames, web-overlay, preview-gif, preview-webp",
    )


def _add_camera(parser: argparse.ArgumentParser) -> None:
    """Where from."""
    parser.add_argument(
        "--camera",
        metavar="YAW[,PITCH]",
        type=parse_camera,
        default=(0.0, 0.0),
        help="degrees round to the person's left, and up",
    )
    parser.add_argument("--bookmark", metavar="NAME", help="seen from a bookmark of the project")
    parser.add_argument(
        "--turntable",
        metavar="SECONDS",
        type=float,
        help="walk round the head, so long a turn, from where the camera would stand",
    )


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
        if arguments.take is not None or arguments.bookmark is not None:
            raise RecordingError(
                "Takes and bookmarks belong to a project.", "Name one with --project."
            )
        return None
    project = open_project(arguments.project or DEMO)
    if arguments.take is not None:
        project.active_take = named_take(project, arguments.take).id
    return project


def _settings(
    arguments: argparse.Namespace, project: Project | None, asset: AvatarAsset
) -> RenderSettings:
    from avatar_core.batch.cameras import camera_for
    from avatar_core.io.backdrop import read_backdrop
    from avatar_core.recording.offline import RenderSettings
    from avatar_core.recording.presets import preset_of
    from avatar_core.render.scene import Blending, SceneOptions

    preset = None if arguments.preset is None else preset_of(arguments.preset)
    width, height = arguments.size or (preset and preset.size) or _SIZE
    first, last = arguments.frames
    is_transparent = arguments.transparent or bool(preset and preset.alpha)
    scene = SceneOptions(show_grid=False, blending=Blending(arguments.look))
    if project is not None:
        scene = replace(
            scene,
            background=project.scene.background,
            show_grid=project.scene.show_grid and not is_transparent,
            show_hair=project.scene.show_hair,
        )
        if project.scene.background_image and not is_transparent:
            backdrop = read_backdrop(Path(project.scene.background_image))
            scene = replace(scene, background_image=backdrop)
    bookmarks = {} if project is None else project.bookmarks
    return RenderSettings(
        width=width,
        height=height,
        fps=preset.fps if preset is not None and arguments.fps is None else arguments.fps,
        first_frame=first,
        last_frame=last,
        camera=camera_for(_plan(arguments), asset, bookmarks, (width, height)),
        scene=replace(scene, transparent=is_transparent),
        supersample=arguments.supersample,
        format=_format(arguments, preset),
    )


def _plan(arguments: argparse.Namespace) -> CameraPlan:
    from avatar_core.recording.camera_path import FramedView, NamedView, Turntable

    view: View = FramedView(*arguments.camera)
    if arguments.bookmark is not None:
        view = NamedView(arguments.bookmark)
    if arguments.turntable is None:
        return view
    try:
        return Turntable(arguments.turntable, view)
    except ValueError as reason:
        raise RecordingError(
            f"A turn cannot take {arguments.turntable:g} seconds.", "Choose 0.1 or more."
        ) from reason


def _format(arguments: argparse.Namespace, preset: FilmPreset | None) -> FilmFormat | None:
    """What was asked for; None leaves it to the ending of the name."""
    from avatar_core.recording.film_format import format_of

    if arguments.format is not None:
        return format_of(arguments.format)
    return None if preset is None else preset.format


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
