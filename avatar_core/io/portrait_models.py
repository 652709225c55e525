"""Portrait models on this machine: those that ship with the studio, and those imported."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

import platformdirs

from avatar_core.errors import AvatarError
from avatar_core.io.portrait_model_file import PortraitModelInfo, load_portrait_model_info
from avatar_core.resources import resource_folder

logger = logging.getLogger(__name__)

SUFFIX = ".safetensors"


class PortraitModelEntry(NamedTuple):
    """A model file and what it says of itself."""

    path: Path
    info: PortraitModelInfo


def user_models_folder() -> Path:
    """Where imported models lie; they stay on this machine and go into no project."""
    return Path(platformdirs.user_data_dir("avatar-studio")) / "models"


def bundled_models_folder() -> Path:
    """Where the models lie that ship with the studio."""
    return resource_folder() / "models"


def portrait_models() -> list[PortraitModelEntry]:
    """All models, the user's own first, by name. Files that cannot be read are left out."""
    entries = []
    for folder in (user_models_folder(), bundled_models_folder()):
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                entries.append(PortraitModelEntry(path, load_portrait_model_info(path)))
            except AvatarError as error:
                logger.warning("A portrait model is left out: %s", error)
    return entries


def model_path(name_or_path: str) -> Path:
    """Where a model goes: a bare name means the user's own folder, anything else is a path."""
    path = Path(name_or_path)
    if len(path.parts) == 1 and path.suffix != SUFFIX:
        return user_models_folder() / f"{path.name}{SUFFIX}"
    return path
