"""`portrait`: one picture of a person performs a take, a film or a still, and becomes a clip."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.batch.subjects import open_portrait
from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.cli.render import parse_frames, parse_size, tell
from avatar_core.cli.subjects import load_avatar, performance

if TYPE_CHECKING:
    from avatar_core.emoportraits.performer import Performer
    from avatar_core.project import Portrait, PortraitSettings

_DESCRIPTION = """\
Let one picture of a person perform, and render it into an mp4 clip with sound.

Engines: a portrait model (imported by `import-emoportraits` or trained by `train-portrait`), or the
landmark warp, a preview for photographs that needs no weights. Left out, the best there is."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "portrait",
        help="let a picture of a person perform, into a clip",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--source", metavar="PICTURE|PORTRAIT|demo", required=True, help="who performs"
    )
    parser.add_argument(
        "--drive",
        metavar="FILE|demo",
        required=True,
        help="a .take, a Live Link Face .csv, a video or an image",
    )
    parser.add_argument("--out", metavar="CLIP.mp4", type=Path, required=True)
    parser.add_argument("--face", metavar="N", type=int, default=1, help="1 is the largest face")
    parser.add_argument("--engine", choices=("best", "model", "warp"), default="best")
    parser.add_argument("--model", metavar="FILE", type=Path, help="a portrait model of your own")
    parser.add_argument(
        "--detail",
        action=argparse.BooleanOptionalAction,
        help="the model's second stage, where it has one; left out, on graphics cards alone",
    )
    parser.add_argument(
        "--compile", action="store_true", help="compile the model for the graphics card first"
    )
    parser.add_argument(
        "--background", choices=("picture", "plate", "green", "transparent"), default="picture"
    )
    parser.add_argument(
        "--absolute", action="store_true", help="show the driver's expression, not what it adds"
    )
    parser.add_argument("--beside", metavar="AVATAR|demo", help="an avatar performs to its left")
    parser.add_argument("--size", metavar="WxH", type=parse_size, help="of each of the pictures")
    parser.add_argument(
        "--frames", metavar="A-B", type=parse_frames, default=(0, None), help="from 0, B included"
    )
    parser.add_argument("--fps", type=float, help="left out: that of the performance")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Render, and tell what was made."""
    # What draws, tracks and encodes is loaded only now, so that `--help` answers at once.
    from avatar_core.recording.offline import RenderSettings
    from avatar_core.recording.portrait_film import PortraitFilm, natural_size, render_portrait

    started_s = time.monotonic()
    settings = _settings(arguments)
    portrait = open_portrait(arguments.source, arguments.face)
    performer = _performer(arguments, portrait, settings)
    beside = None if arguments.beside is None else load_avatar(arguments.beside)
    width, height = arguments.size or natural_size(performer, settings)
    first, last = arguments.frames
    if not arguments.json:
        sys.stderr.write(f"{portrait.name}: {performer.label}\n")
    report = render_portrait(
        PortraitFilm(performer, settings, beside),
        performance(arguments.drive, None),
        arguments.out,
        RenderSettings(width, height, arguments.fps, first, last),
        ProgressBar("Rendering", sys.stderr),
    )
    tell(report, time.monotonic() - started_s, as_json=arguments.json)
    return 0


def _settings(arguments: argparse.Namespace) -> PortraitSettings:
    from avatar_core.project import PortraitBackground, PortraitEngine, PortraitSettings

    return PortraitSettings(
        engine=PortraitEngine(arguments.engine),
        blend=1.0 if arguments.absolute else 0.0,
        background=PortraitBackground(arguments.background),
    )


def _performer(
    arguments: argparse.Namespace, portrait: Portrait, settings: PortraitSettings
) -> Performer:
    from avatar_core.exchange.portrait_engines import (
        ModelWishes,
        PortraitEngines,
        load_runtime,
        model_performer,
    )

    wishes = ModelWishes(arguments.detail, arguments.compile)
    if arguments.model is not None:
        return model_performer(load_runtime(arguments.model, _notice, wishes), portrait)
    engines = PortraitEngines(_notice)
    engines.wishes = wishes
    return engines.open(portrait, settings)


def _notice(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
