"""Performances that pose a FLAME head more exactly than weights can."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.cli.subjects import performance
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from avatar_core.heads.flame_sequence import FlameSequence
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, Project


def posed_performance(
    drive: str | None, project: Project | None, asset: AvatarAsset, *, fitted: bool
) -> tuple[Take, FlameSequence | None]:
    """What an avatar performs, and its poses where they are known.

    Args:
        drive: a file, `demo`, or None for the project's own.
        project: mixes; a FLAME sequence without one is followed exactly.
        asset: who performs.
        fitted: fits its FLAME head to the landmarks of a film.

    Raises:
        AvatarError: it cannot be read, or cannot be fitted.
    """
    from avatar_core.heads.flame import FlameHead
    from avatar_core.io.flame_sequence import is_flame_sequence, read_flame_sequence
    from avatar_core.io.flame_takes import head_of_motion, take_from_flame
    from avatar_core.recording.flame_film import flame_from_film
    from avatar_core.recording.performance import Direction

    head = asset.head
    if fitted:
        if drive is None or not isinstance(head, FlameHead):
            raise AssetError(
                "Only a FLAME head can be fitted, to the face in a film.",
                "Leave --fit out, or name an avatar with a FLAME head and a film with --drive.",
            )
        direction = None if project is None else Direction.of_project(project)
        bar = ProgressBar("Tracking the face", sys.stderr)
        fit = flame_from_film(drive, head_of_motion(head), direction, progress=bar)
        return fit.take, fit.sequence
    path = Path((drive or "").removeprefix("file:")).expanduser()
    if project is not None or not isinstance(head, FlameHead) or not is_flame_sequence(path):
        return performance(drive, project), None
    known = head_of_motion(head)
    sequence = read_flame_sequence(path)
    take = take_from_flame(sequence, known, path.stem)
    return take, sequence.with_expressions(len(head.expression_names))
