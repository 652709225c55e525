"""`evaluate`: an avatar against the pictures of a capture."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    import argparse

_DESCRIPTION = """\
Draw an avatar in the poses and from the cameras of a capture and compare. psnr_masked_db,
ssim_masked and flip_masked count the person's pixels alone; psnr_db, ssim, gmsd and flip the whole
frame on white. flip is LDR-FLIP (Andersson et al. 2020) seen at 67 pixels per degree."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "evaluate", help="measure an avatar against a capture", description=_DESCRIPTION
    )
    parser.add_argument("avatar", metavar="AVATAR|demo", help="an .avatar with a neural face")
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="folder of one person")
    parser.add_argument(
        "--series", default="test", help="comma-separated; test by default, all for every one"
    )
    parser.add_argument(
        "--samples", type=int, default=2, choices=(1, 2, 3, 4), metavar="1..4",
        help="samples along a pixel's side, averaged; 2 by default, as for stills",
    )  # fmt: skip
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="write capture | avatar | error")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; all cores by default")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, and tell the scores."""
    from avatar_core.errors import AssetError
    from avatar_core.io.avatar_file import load_avatar, load_demo_avatar
    from avatar_core.mega.assets import model_of
    from avatar_core.project import FaceKind
    from avatar_core.training.capture_head import expect_poses
    from avatar_core.training.captures import open_capture
    from avatar_core.training.evaluation import evaluate_series, write_sheet
    from avatar_core.training.threads import use_threads

    use_threads(arguments.threads)
    asset = load_demo_avatar() if arguments.avatar == "demo" else load_avatar(arguments.avatar)
    if asset.face.kind is not FaceKind.NEURAL:
        raise AssetError(
            f"The avatar '{asset.name}' has a plain texture and no neural face to evaluate.",
            "Choose one made by train-mega or import-mega.",
        )
    capture = open_capture(arguments.capture)
    series = tuple(capture.series if arguments.series == "all" else arguments.series.split(","))
    if not capture.frames(*series):
        raise AssetError(
            f"The capture has no series {', '.join(series)}.",
            f"It has {', '.join(capture.series)}.",
        )
    expect_poses(capture, asset.head)
    model = model_of(asset)
    progress = ProgressBar("drawing", sys.stderr)
    samples = arguments.samples
    scores = evaluate_series(model, capture, series, progress=progress, samples=samples)
    if arguments.sheet is not None:
        write_sheet(model, capture, capture.frames(*series), arguments.sheet)
    sys.stdout.write(json.dumps(scores) + "\n" if arguments.json else _table(scores))
    return 0


def _table(scores: dict[str, Any]) -> str:
    overall = {k: v for k, v in scores.items() if k not in ("series", "samples")}
    rows = [*scores["series"].items(), ("all", overall)]
    lines = [
        f"{name:12s} " + "  ".join(f"{key} {value:g}" for key, value in values.items())
        for name, values in rows
    ]
    return "\n".join(lines) + "\n"
