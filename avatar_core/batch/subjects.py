"""What films show: projects, avatars as projects dress and groom them, portraits, performances."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from avatar_core.errors import AssetError, FaceNotFoundError, RecordingError
from avatar_core.motion.driver_address import place_path
from avatar_core.recording.progress import Progress, unheard

if TYPE_CHECKING:
    from avatar_core.hair.edited import EditedHair
    from avatar_core.heads.flame_sequence import FlameSequence
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, Portrait, Project
    from avatar_core.texture.composite import PaintMaps

DEMO = "demo"
"""What stands for the bundled project, avatar, portrait or performance."""

Notice: TypeAlias = Callable[[str], None]
"""Hears a sentence about what is drawn otherwise than asked for."""

_logged: Notice = logging.getLogger(__name__).warning
_DEMO_PORTRAIT = "demo:lena"


def project_path(reference: str) -> Path:
    """The file of a project's path, or of the demo."""
    from avatar_core.resources import resource_path

    return resource_path("demo", "demo.studio") if reference == DEMO else Path(reference)


def open_project(reference: str) -> Project:
    """The project of a path, or the demo.

    Raises:
        AvatarError: it cannot be read.
    """
    from avatar_core.io.project_file import load_project

    return load_project(project_path(reference)).project


def named_take(project: Project, name: str) -> Take:
    """A take of a project, by its name or id.

    Raises:
        AssetError: there is none.
    """
    for take in project.takes.values():
        if name in (take.id, take.name):
            return take
    known = ", ".join(take.name for take in project.takes.values())
    raise AssetError(
        f"The project has no take '{name:.60}'.", f"It has {known}." if known else "It has none."
    )


def avatar_reference(reference: str) -> str:
    """The reference of an avatar as projects hold it."""
    from avatar_core.project.model import DEMO_AVATAR

    return DEMO_AVATAR if reference == DEMO else reference


def load_avatar(reference: str) -> AvatarAsset:
    """The avatar of a path, of `demo:NAME`, or the demo.

    Raises:
        AvatarError: it cannot be read.
    """
    from avatar_core.io.avatar_shelf import AvatarShelf

    return AvatarShelf().load(avatar_reference(reference))


def dressed_avatar(project: Project) -> AvatarAsset:
    """The avatar of a project in the hairstyle it wears there, without hair edits.

    Raises:
        AvatarError: avatar or hairstyle cannot be read.
    """
    from avatar_core.io.wardrobe import Wardrobe

    return Wardrobe().dressed(load_avatar(project.avatar), project.hair)


def groomed_hair(
    project: Project, asset: AvatarAsset, notice: Notice = _logged
) -> EditedHair | None:
    """The hair as edited in a project, or None where it was not.

    Args:
        project: the document.
        asset: its avatar, see `dressed_avatar`.
        notice: hears of edits that were made on other hair.
    """
    from avatar_core.hair.edited import edited_hair

    if project.hair_edits.is_empty:
        return None
    if not project.hair_edits.fits(asset.hair):
        notice("The hair edits are left out, because they were made on other hair.")
        return None
    return edited_hair(asset.hair, project.hair_edits)


def painted_face(
    project: Project, asset: AvatarAsset, notice: Notice = _logged
) -> tuple[AvatarAsset, PaintMaps | None]:
    """The avatar of a project with what is baked into its face, and the paint that lies over that.

    Args:
        project: the document.
        asset: its avatar, see `dressed_avatar`.
        notice: hears of what was made on another face.

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
        notice(f"{error.message} Its skin is drawn as it was.")
    shown = asset
    if painting.baked is not None:
        from avatar_core.mega.bake import baked_asset

        try:
            shown = baked_asset(asset, painting.baked)
        except AssetError as error:
            notice(f"{error.message} It is drawn as fresh paint.")
            painting = replace(painting, baked=None)
    base = bare_face(diffuse_look(asset, painting.size), painting.size)
    return shown, composed(asset, base, painting).maps


def open_portrait(source: str, face: int = 1) -> Portrait:
    """The portrait of a file, of `demo:NAME`, of the demo, or of a face in a picture.

    Args:
        source: what to open.
        face: of a picture with several; 1 is the largest.

    Raises:
        AvatarError: it cannot be read, or shows no such face.
    """
    from avatar_core.io.avatar_shelf import PortraitShelf

    if is_portrait_file(source):
        return PortraitShelf().load(portrait_reference(source))
    from avatar_core.exchange.portrait_source import PortraitReader

    reader = PortraitReader()
    found = reader.open(Path(source))
    if not 1 <= face <= len(found.faces):
        raise FaceNotFoundError(
            f"{found.name} has no face {face}.", f"It has the faces 1 to {len(found.faces)}."
        )
    return reader.portrait(found, face - 1)


def portrait_reference(source: str) -> str:
    """The reference of a portrait as projects hold it."""
    return _DEMO_PORTRAIT if source == DEMO else source


def is_portrait_file(source: str) -> bool:
    """Whether a source is a portrait already; else it is a picture."""
    named = source == DEMO or source.startswith(f"{DEMO}:")
    return named or Path(source).suffix.lower() == ".portrait"


def posed_performance(
    drive: str,
    project: Project | None,
    asset: AvatarAsset | None = None,
    progress: Progress = unheard,
) -> tuple[Take, FlameSequence | None]:
    """What is performed, and poses of a FLAME head where they are known.

    Args:
        drive: a file or `demo`; empty for the project's own.
        project: mixes; a FLAME sequence without one is followed exactly.
        asset: who performs; None for a portrait.
        progress: hears the pictures of a film being tracked.

    Raises:
        AvatarError: it cannot be read, or there is nothing.
    """
    from avatar_core.heads.flame import FlameHead
    from avatar_core.io.flame_sequence import is_flame_sequence, read_flame_sequence
    from avatar_core.io.flame_takes import head_of_motion, take_from_flame
    from avatar_core.recording.performance import (
        Direction,
        load_performance,
        performance_of_project,
    )

    path = place_path(drive.removeprefix("file:"))
    head = None if asset is None else asset.head
    if drive and project is None and isinstance(head, FlameHead) and is_flame_sequence(path):
        sequence = read_flame_sequence(path)
        take = take_from_flame(sequence, head_of_motion(head), path.stem)
        return take, sequence.with_expressions(len(head.expression_names))
    if drive:
        direction = None if project is None else Direction.of_project(project)
        return load_performance(drive, direction, progress=progress), None
    if project is None:
        raise RecordingError(
            "Nothing drives the avatar.", "Name a take, a video, an image or a sound with --drive."
        )
    return performance_of_project(project, progress=progress), None
