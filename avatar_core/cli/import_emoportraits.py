"""`import-emoportraits`: a portrait model from the released weights."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.io.portrait_models import model_path, user_models_folder

if TYPE_CHECKING:
    from avatar_core.exchange.portrait_import import PortraitImport

_DESCRIPTION = """\
Make a portrait model of the released EMOPortraits weights, unpacked side by side
(logs/<experiment>/checkpoints/..._model.pth, repos/head_pose_regressor.pth, and logs_s2 if there
is one). Fetch them yourself from where their authors publish them and mind their licence, which is
printed. Nothing is downloaded, and nothing in a file is executed."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "import-emoportraits",
        help="make a portrait model of the released EMOPortraits weights",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument(
        "--out",
        metavar="M",
        default="emoportraits",
        help="a name in the studio's own folder of models, or a path ending in .safetensors",
    )
    parser.add_argument(
        "--checkpoint", metavar="PTH", type=Path, help="which one; left out: the longest trained"
    )
    parser.add_argument(
        "--head-pose",
        metavar="PTH",
        type=Path,
        help="head_pose_regressor.pth; left out: looked for",
    )
    parser.add_argument("--half", action="store_true", help="float16: half the file")
    parser.add_argument(
        "--film",
        metavar="FILM",
        type=Path,
        help="a face that does much, from which the model learns what weights mean to it; left"
        " out: renders of the demo avatar",
    )
    parser.add_argument("--name", default="", help="what the library calls it")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, save, and tell what is to be known about it."""
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.exchange.demo_faces import rendered_faces
    from avatar_core.exchange.motion_map import filmed_faces, taught
    from avatar_core.exchange.portrait_import import import_portrait_model
    from avatar_core.io.portrait_model_file import save_portrait_model

    made = import_portrait_model(
        arguments.folder,
        arguments.checkpoint,
        arguments.head_pose,
        arguments.name,
        arguments.half,
    )
    path = model_path(arguments.out)
    if path.parent == user_models_folder():
        path.parent.mkdir(parents=True, exist_ok=True)
    bar = ProgressBar("Learning what weights mean", sys.stderr)
    film: Path | None = arguments.film

    def learn(share: float) -> None:
        bar(round(100 * share), 100)

    if film is None:
        model = taught(made.model, rendered_faces(learn), "renders of the demo avatar")
    else:
        model = taught(made.model, filmed_faces(film, learn), film.name)
    info = save_portrait_model(model, path)
    _tell(made, path, info.digest, arguments.json)
    return 0


def _tell(made: PortraitImport, path: Path, digest: str, as_json: bool) -> None:
    size = path.stat().st_size
    info = made.model.info
    if as_json:
        told = {
            "path": str(path.absolute()),
            "name": info.name,
            "digest": digest,
            "bytes": size,
            "image_size": info.config["image_size"],
            "notes": list(made.notes),
            "licences": info.licences,
            "used_files": [str(file) for file in made.used_files],
        }
        sys.stdout.write(json.dumps(told) + "\n")
        return
    for note in made.notes:
        sys.stderr.write(f"{note}\n")
    sys.stdout.write(f"{path}: {info.name}, {size / 1e6:.1f} MB\n")
