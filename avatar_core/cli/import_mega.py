"""`import-mega`: an avatar from an official MeGA checkpoint."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_core.exchange.official_import import ImportReport

_DESCRIPTION = """\
Make an avatar of a folder that training with the published MeGA code has written
(checkpoint_*.pth, params.yaml, flame_params.npz). It needs your own copy of FLAME; what is missing
is named, with the place it comes from. Nothing is downloaded, and nothing in a file is executed."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "import-mega",
        help="make an avatar of an official MeGA checkpoint",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--out", metavar="A.avatar", type=Path, required=True)
    parser.add_argument(
        "--flame", metavar="PKL", type=Path, help="your flame2023.pkl; left out: looked for"
    )
    parser.add_argument(
        "--assets", metavar="DIR", type=Path, help="folder with faces_uvs.npy and its siblings"
    )
    parser.add_argument(
        "--masks", metavar="PKL", type=Path, nargs="+", default=[], help="FLAME_masks_mouth.pkl"
    )
    parser.add_argument(
        "--checkpoint", metavar="PTH", type=Path, help="which one; left out: the best in DIR"
    )
    parser.add_argument(
        "--hair-from", metavar="PTH", type=Path, help="take the hair of this checkpoint instead"
    )
    parser.add_argument(
        "--canonical", metavar="NPZ", type=Path, help="pose of the frame the hair was fitted on"
    )
    parser.add_argument(
        "--mask-blur",
        action=argparse.BooleanOptionalAction,
        help="soften the edge between hair and face; left out: by the checkpoint's age",
    )
    parser.add_argument("--name", default="", help="what the library calls it")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, save, and tell what is to be known about it."""
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.exchange.official_import import OfficialChoices, import_official
    from avatar_core.io.avatar_file import save_avatar
    from avatar_core.io.flame_sources import find_flame_sources

    folders = [] if arguments.assets is None else [arguments.assets]
    flame = find_flame_sources(arguments.flame, arguments.masks, folders)
    choices = OfficialChoices(
        checkpoint=_in_folder(arguments.folder, arguments.checkpoint),
        hair_from=arguments.hair_from,
        canonical=arguments.canonical,
        mask_blurred=arguments.mask_blur,
        name=arguments.name,
    )
    report = import_official(arguments.folder, flame, choices)
    save_avatar(report.asset, arguments.out)
    _tell(report, arguments.out, arguments.json)
    return 0


def _in_folder(folder: Path, checkpoint: Path | None) -> Path | None:
    """A bare file name means the one in the folder."""
    if checkpoint is None or checkpoint.is_file() or len(checkpoint.parts) > 1:
        return checkpoint
    return folder / checkpoint


def _tell(report: ImportReport, path: Path, as_json: bool) -> None:
    asset = report.asset
    if as_json:
        made = {
            "path": str(path.absolute()),
            "name": asset.name,
            "gaussians": len(asset.hair),
            "warnings": list(report.warnings),
            "used_files": [str(file) for file in report.used_files],
        }
        sys.stdout.write(json.dumps(made) + "\n")
        return
    for warning in report.warnings:
        sys.stderr.write(f"{warning}\n")
    sys.stdout.write(
        f"{path}: {asset.name}, {len(asset.hair)} Gaussians, {path.stat().st_size / 1e6:.1f} MB\n"
    )
