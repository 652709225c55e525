"""Performances that pose a FLAME head more exactly than weights can."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avatar_core.batch import subjects
from avatar_core.cli.progress_bar import ProgressBar
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
    from avatar_core.io.flame_takes import head_of_motion
    from avatar_core.recording.flame_film import flame_from_film
    from avatar_core.recording.performance import Direction

    head = asset.head
    if not fitted:
        bar = ProgressBar("Reading the performance", sys.stderr)
        return subjects.posed_performance(drive or "", project, asset, bar)
    if drive is None or not isinstance(head, FlameHead):
        raise AssetError(
            "Only a FLAME head can be fitted, to the face in a film.",
            "Leave --fit out, or name an avatar with a FLAME head and a film with --drive.",
        )
    direction = None if project is None else Direction.of_project(project)
    bar = ProgressBar("Tracking the face", sys.stderr)
    fit = flame_from_film(drive, head_of_motion(head), direction, progress=bar)
    return fit.take, fit.sequence
