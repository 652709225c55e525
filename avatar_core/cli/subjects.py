"""What commands work on: projects, avatars as projects dress and groom them, performances."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.progress_bar import ProgressBar
from avatar_core.errors import AssetError, RecordingError

if TYPE_CHECKING:
    from avatar_core.hair.edited import EditedHair
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, Project
    from avatar_core.texture.composite import PaintMaps

DEMO = "demo"
"""What stands for the bundled project, avatar or performance."""


def open_project(reference: str) -> Project:
    """The project of a path, or the demo.

    Raises:
        AvatarError: it cannot be read.
    """
    from avatar_core.io.project_file import load_project
    from avatar_core.resources import resource_path

    path = resource_path("demo", "demo.studio") if reference == DEMO else Path(reference)
    return load_project(path).project


def load_avatar(reference: str) -> AvatarAsset:
    """The avatar of a path, of `demo:NAME`, or the demo.

    Raises:
        AvatarError: it cannot be read.
    """
    from avatar_core.io.avatar_shelf import AvatarShelf
    from avatar_core.project.model import DEMO_AVATAR

    return AvatarShelf().load(DEMO_AVATAR if reference == DEMO else reference)


def dressed_avatar(project: Project) -> AvatarAsset:
    """The avatar of a project in the hairstyle it wears there, without hair edits.

    Raises:
        AvatarError: avatar or hairstyle cannot be read.
    """
    from avatar_core.io.wardrobe import Wardrobe

    return Wardrobe().dressed(load_avatar(project.avatar), project.hair)


def groomed_hair(project: Project, asset: AvatarAsset) -> EditedHair | None:
    """The hair as edited in a project, or None where it was not.

    Args:
        project: the document.
        asset: its avatar, see `dressed_avatar`.
    """
    from avatar_core.hair.edited import edited_hair

    if project.hair_edits.is_empty:
        return None
    if not project.hair_edits.fits(asset.hair):
        sys.stderr.write("The hair edits are left out, because they were made on other hair.\n")
        return None
    return edited_hair(asset.hair, project.hair_edits)


def painted_face(project: Project, asset: AvatarAsset) -> tuple[AvatarAsset, PaintMaps | None]:
    """The avatar of a project with what is baked into its face, and the paint that lies over that.

    Args:
        project: the document.
        asset: its avatar, see `dressed_avatar`.

    Returns:
        The avatar, and its paint or None where there is none.
    """
    from avatar_core.mega.diffuse import diffuse_look
    from avatar_core.texture.bare import bare_face, composed

    painting = project.painting
    if painting.is_empty:
        return asset, None
    from avatar_core.mega.cloned_skin import skin_of

    try:
        asset = skin_of(asset, painting)
    except AssetError as error:
        sys.stderr.write(f"{error.message} Its skin is drawn as it was.\n")
    shown = asset
    if painting.baked is not None:
        from avatar_core.mega.bake import baked_asset

        try:
            shown = baked_asset(asset, painting.baked)
        except AssetError as error:
            sys.stderr.write(f"{error.message} It is drawn as fresh paint.\n")
            painting = replace(painting, baked=None)
    base = bare_face(diffuse_look(asset, painting.size), painting.size)
    return shown, composed(asset, base, painting).maps


def performance(drive: str | None, project: Project | None) -> Take:
    """What drives the avatar: a file where one is named, else the project's take.

    Raises:
        AvatarError: it cannot be read, or there is none.
    """
    from avatar_core.recording.performance import (
        Direction,
        load_performance,
        performance_of_project,
    )

    bar = ProgressBar("Reading the performance", sys.stderr)
    if drive is not None:
        direction = None if project is None else Direction.of_project(project)
        return load_performance(drive, direction, progress=bar)
    if project is None:
        raise RecordingError(
            "Nothing drives the avatar.", "Name a take, a video, an image or a sound with --drive."
        )
    return performance_of_project(project, progress=bar)
