"""`fill-hidden`: skin that hair hid in every picture gets the colours around it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable

_DESCRIPTION = """\
Training learns nothing of skin that hair hides in every picture, and leaves noise there, which
shows when the hair is cut or exchanged. This fills it with the colours of the skin around it; all
other texels stay as they are, bit for bit. train-mega does so by itself."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "fill-hidden",
        help="fill skin that no picture of a capture shows",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("avatar", metavar="A.avatar", type=Path)
    parser.add_argument("capture", metavar="CAPTURE", type=Path, help="that it was trained from")
    parser.add_argument("--out", metavar="B.avatar", type=Path, required=True)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fill, write, and tell how much of the face was changed."""
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.io.avatar_file import load_avatar, save_avatar
    from avatar_core.mega.assets import model_of
    from avatar_core.mega.bake import TEXTURE
    from avatar_core.mega.texture_fill import filled_unseen
    from avatar_core.training.captures import open_capture
    from avatar_core.training.sightings import sightings

    asset = load_avatar(arguments.avatar)
    if TEXTURE not in asset.face.weights:
        raise AssetError(
            f"The face of '{asset.name}' has a plain texture.", "Choose an avatar of train-mega."
        )
    seen = sightings(model_of(asset), open_capture(arguments.capture), _told("Looking"))
    if seen is None:
        raise AssetError(
            f"The capture '{arguments.capture}' does not say what is hair.",
            "It needs parsing pictures.",
        )
    filled = filled_unseen(asset, seen, _told("Filling"))
    before, after = asset.face.weights[TEXTURE], filled.face.weights[TEXTURE]
    changed = float((before != after).any(axis=1).mean())
    filled.provenance["filled"] = "fill-hidden"
    save_avatar(filled, arguments.out)
    sys.stdout.write(f"{arguments.out}: {100 * changed:.1f} % of the texels filled\n")
    return 0


def _told(word: str) -> Callable[[float], None]:
    bar = ProgressBar(word, sys.stderr)
    return lambda share: bar(round(100 * share), 100)
