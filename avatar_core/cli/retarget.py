"""`retarget`: a performance as FLAME parameters, for other programs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.cli.subjects import load_avatar, performance
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead
    from avatar_core.heads.flame_sequence import FlameSequence

_TAKES = (".take", ".csv", ".npz")
_DESCRIPTION = """\
Write a performance as FLAME parameters: an .npz in VHAP's layout, which MeGA and GaussianAvatars
read. Films and stills are fitted by the landmarks of the face; takes, and films with --how map, go
through the linear map from the 52 units, as live."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "retarget",
        help="write a performance as FLAME parameters",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "drive",
        metavar="FILE|demo",
        help="a video, an image, a .take or a Live Link Face .csv",
    )
    parser.add_argument(
        "--avatar",
        metavar="A.avatar",
        help="whose FLAME head it is for; left out: that of the FLAME files",
    )
    parser.add_argument("--out", metavar="MOTION.npz", type=Path, required=True)
    parser.add_argument(
        "--how",
        choices=("fit", "map"),
        help="fit: by landmarks (films only); map: by the 52 units; left out: fit where possible",
    )
    parser.add_argument(
        "--offsets",
        action="store_true",
        help="add offsets of single vertices, all zero, as GaussianAvatars' viewer wants them",
    )
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the sequence, and tell what it holds."""
    from avatar_core.io.flame_sequence import write_flame_sequence

    sequence, told = _sequence(arguments)
    write_flame_sequence(sequence, arguments.out, with_offsets=arguments.offsets)
    made = {
        "path": str(arguments.out.absolute()),
        "frames": len(sequence),
        "duration_s": round(float(sequence.times_s[-1]), 3),
        "expressions": sequence.expression.shape[1],
        **told,
    }
    if arguments.json:
        sys.stdout.write(json.dumps(made) + "\n")
    else:
        sys.stdout.write(
            f"{arguments.out}: {len(sequence)} frames with {made['expressions']} expressions, "
            f"by the {told['how']}\n"
        )
    return 0


def _sequence(arguments: argparse.Namespace) -> tuple[FlameSequence, dict[str, object]]:
    from avatar_core.io.flame_takes import flame_from_take, head_of_motion
    from avatar_core.recording.flame_film import flame_from_film
    from avatar_core.recording.sound_take import sound_file

    drive: str = arguments.drive
    suffix = Path(drive).suffix.lower()
    is_film = drive != "demo" and suffix not in _TAKES and sound_file(drive) is None
    if arguments.how == "fit" and not is_film:
        raise AssetError(f"'{drive}' shows no face to fit.", "Leave --how out, or name a film.")
    head = head_of_motion(None if arguments.avatar is None else _flame_head(arguments.avatar))
    if is_film and arguments.how != "map":
        bar = ProgressBar("Tracking the face", sys.stderr)
        fit = flame_from_film(drive, head, progress=bar)
        error_mm = round(1000 * fit.error_m, 3)
        return fit.sequence, {"how": "fit", "fitted": fit.fitted, "landmark_error_mm": error_mm}
    return flame_from_take(performance(drive, None), head), {"how": "map"}


def _flame_head(reference: str) -> FlameHead:
    from avatar_core.heads.flame import FlameHead

    head = load_avatar(reference).head
    if not isinstance(head, FlameHead):
        raise AssetError(
            "This avatar has no FLAME head.",
            "Name one that was imported or trained with FLAME, or leave --avatar out.",
        )
    return head
