"""What commands work on, with what is worth saying told on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avatar_core.batch import subjects
from avatar_core.batch.subjects import DEMO as DEMO
from avatar_core.batch.subjects import dressed_avatar as dressed_avatar
from avatar_core.batch.subjects import load_avatar as load_avatar
from avatar_core.batch.subjects import named_take as named_take
from avatar_core.batch.subjects import open_project as open_project
from avatar_core.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    from avatar_core.hair.edited import EditedHair
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, Project
    from avatar_core.texture.composite import PaintMaps


def told(sentence: str) -> None:
    """Say a sentence beside the result."""
    sys.stderr.write(f"{sentence}\n")


def groomed_hair(project: Project, asset: AvatarAsset) -> EditedHair | None:
    """The hair as edited in a project, or None where it was not."""
    return subjects.groomed_hair(project, asset, told)


def painted_face(project: Project, asset: AvatarAsset) -> tuple[AvatarAsset, PaintMaps | None]:
    """The avatar of a project with what is baked into its face, and the paint over that."""
    return subjects.painted_face(project, asset, told)


def performance(drive: str | None, project: Project | None) -> Take:
    """What drives the avatar: a file where one is named, else the project's take.

    Raises:
        AvatarError: it cannot be read, or there is none.
    """
    bar = ProgressBar("Reading the performance", sys.stderr)
    return subjects.posed_performance(drive or "", project, None, bar)[0]
