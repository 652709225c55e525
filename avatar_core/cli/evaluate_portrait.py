"""`evaluate-portrait`: a portrait model against people it has never seen."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    import argparse

    from avatar_core.io.portrait_model_file import PortraitModelFile
    from avatar_core.training.portrait_identity import IdentityReferee

_DESCRIPTION = """\
Let people of a data set drive each other and compare with their true pictures. expression_* is the
mean absolute difference of the 52 weights that the studio's face tracker finds in what was drawn
and in the driver's picture; a ratio is over that of the source left as it is. People differ in what
the tracker finds: *_truth is against true pictures of the source's person under that driver, where
the set has them (make_people.py --cross), and *_tracker_perfect what these reach by the first
measure. pose_* is the angle
between the head rotations it finds, degrees. render_identity_* is the cosine of descriptors of a
network that was trained to tell the training people apart; it is trained first where --identity
names no file yet."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "evaluate-portrait",
        help="measure a portrait model against people",
        description=_DESCRIPTION,
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="a portrait model's file")
    parser.add_argument("data", type=Path, metavar="DATA", help="folder of people")
    parser.add_argument("--split", choices=("test", "val", "train"), default="test")
    parser.add_argument(
        "--identity",
        type=Path,
        metavar="FILE",
        help="keep that network there, or take it from there",
    )
    parser.add_argument(
        "--identity-steps", type=int, default=400, metavar="N", help="steps that train it"
    )
    parser.add_argument("--sources", type=int, default=20, help="persons that are driven")
    parser.add_argument("--drivers", type=int, default=12, help="pictures that drive each")
    parser.add_argument(
        "--size",
        type=int,
        default=0,
        metavar="PX",
        help="side of the pictures; the model's own by default. What keeps the source's pixels "
        "draws as large",
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="PNG", help="write drivers and drawn pictures"
    )
    parser.add_argument(
        "--gains",
        action="store_true",
        help="first find out on the validation people how much more each region of the face has "
        "to be told, and keep that in the model's file",
    )
    parser.add_argument(
        "--keep", action="store_true", help="write the scores into the model's file, too"
    )
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; all cores by default")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, and tell the scores."""
    from avatar_core.emoportraits.model import portrait_model
    from avatar_core.io.portrait_model_file import load_portrait_model, save_portrait_model
    from avatar_core.training.portrait_data import People
    from avatar_core.training.portrait_evaluation import (
        EvaluationPlan,
        evaluate_portrait,
        sheet_rows,
    )
    from avatar_core.training.portrait_sheets import write_sheet
    from avatar_core.training.threads import use_threads

    use_threads(arguments.threads)
    file = load_portrait_model(arguments.model)
    model = portrait_model(file.info.config, file.arrays)
    people = People(arguments.data, arguments.split, arguments.size or model.config.image_size)
    if len(people) < 2:
        raise AssetError(
            f"'{arguments.data}' holds fewer than two people of the split '{arguments.split}'.",
            "Two at least are needed, to drive each other.",
        )
    if arguments.gains:
        file = _with_gains(file, arguments)
        model = portrait_model(file.info.config, file.arrays)
    referee = _referee(arguments)
    plan = EvaluationPlan(arguments.sources, arguments.drivers)
    progress = ProgressBar("driving", sys.stderr)
    scores, drives = evaluate_portrait(model, people, referee, plan, progress)
    if arguments.sheet is not None:
        write_sheet(arguments.sheet, sheet_rows(drives))
    if arguments.keep:
        provenance = {**file.info.provenance, "scores": scores}
        info = replace(file.info, provenance=provenance)
        save_portrait_model(replace(file, info=info), arguments.model)
    sys.stdout.write(json.dumps(scores) + "\n" if arguments.json else _table(scores))
    return 0


def _with_gains(file: PortraitModelFile, arguments: argparse.Namespace) -> PortraitModelFile:
    from avatar_core.emoportraits.learned import learned_of
    from avatar_core.emoportraits.model import portrait_model
    from avatar_core.io.portrait_model_file import save_portrait_model
    from avatar_core.training.portrait_data import People
    from avatar_core.training.portrait_gain import best_gains, gained

    model = portrait_model(file.info.config, file.arrays)
    size = arguments.size or model.config.image_size
    held_out = People(arguments.data, "val", size)
    learned = learned_of(model.extra, model.config.expression_size)
    if learned is None or not len(held_out):
        raise AssetError(
            "There is nothing to find gains with.",
            "The model needs a map from motion, and the data people of the split 'val'.",
        )
    if "gains" in file.info.provenance.get("fit", {}):
        raise AssetError("This model has its gains already.", "Export it anew to find others.")
    gains = best_gains(model, held_out, ProgressBar("gains", sys.stderr))
    told = replace(learned, latent_map=gained(learned.latent_map, gains))
    extra = {f"extra.{name}": array for name, array in told.arrays().items()}
    fit = {**file.info.provenance.get("fit", {}), "gains": gains}
    info = replace(file.info, provenance={**file.info.provenance, "fit": fit})
    found = replace(file, info=info, arrays={**file.arrays, **extra})
    return replace(found, info=save_portrait_model(found, arguments.model))


def _referee(arguments: argparse.Namespace) -> IdentityReferee:
    from avatar_core.training.portrait_data import People
    from avatar_core.training.portrait_identity import (
        IDENTITY_PX,
        load_identity,
        save_identity,
        train_identity,
    )

    kept: Path | None = arguments.identity
    if kept is not None and kept.is_file():
        return load_identity(kept)
    people = People(arguments.data, "train", IDENTITY_PX)
    if not len(people):
        raise AssetError(
            f"'{arguments.data}' holds nobody to learn identities from.",
            "Name a file with --identity.",
        )
    referee = train_identity(
        people, arguments.identity_steps, ProgressBar("identities", sys.stderr)
    )
    if kept is not None:
        save_identity(referee, kept)
    return referee


def _table(scores: dict[str, Any]) -> str:
    own = {f"self_{name}": value for name, value in scores["self"].items()}
    rows = {**{k: v for k, v in scores.items() if k != "self"}, **own}
    return "".join(f"{name:42} {value}\n" for name, value in rows.items())
