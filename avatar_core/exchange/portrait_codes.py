"""What models made of portraits, kept on this machine: each source is encoded once.

A `.portrait` file may bring codes along. These here are of those that brought none: bundled ones,
and ones that a project shows through another crop. Files stay as they are, so projects go on
knowing them by their hashes.
"""

from __future__ import annotations

import logging
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs

from avatar_core.errors import ShapeError
from avatar_core.io.array_cache import arrays_key, keep_arrays, kept_arrays
from avatar_core.project.portrait import PortraitCode

if TYPE_CHECKING:
    from avatar_core.project import Portrait

logger = logging.getLogger(__name__)

_VERSION = "portrait code 1"
"""Raised whenever the same model would make another code of the same portrait."""


def kept_codes_folder() -> Path:
    """Where codes lie, those of the dozen portraits that were used last."""
    return Path(platformdirs.user_cache_dir("avatar-studio")) / "portrait_codes"


def with_kept_code(portrait: Portrait, model: str, folder: Path | None = None) -> Portrait:
    """The portrait with what a model once made of it; as it is where nothing was kept.

    Args:
        portrait: of any file, through any crop.
        model: digest of the model.
        folder: where codes are kept; the user's cache when left out.
    """
    if model in portrait.codes:
        return portrait
    arrays = kept_arrays(folder or kept_codes_folder(), _key(portrait, model))
    if arrays is None:
        return portrait
    try:
        code = PortraitCode(**arrays)  # type: ignore[arg-type]
    except (ShapeError, TypeError, ValueError) as error:
        logger.warning("A kept code of a portrait makes no sense: %s", error)
        return portrait
    return replace(portrait, codes={**portrait.codes, model: code})


def keep_code(
    portrait: Portrait, model: str, code: PortraitCode, folder: Path | None = None
) -> None:
    """Keep what a model made of a portrait; see `with_kept_code`. Never fails."""
    arrays = {each.name: getattr(code, each.name) for each in fields(PortraitCode)}
    keep_arrays(folder or kept_codes_folder(), _key(portrait, model), arrays)


def _key(portrait: Portrait, model: str) -> str:
    """A name for everything that encoding looks at."""
    nothing = np.zeros(0, np.float32)
    return arrays_key(
        f"{_VERSION} {model}",
        (
            portrait.picture,
            np.array(portrait.box),
            nothing if portrait.matte is None else portrait.matte,
            nothing if portrait.landmarks is None else portrait.landmarks,
        ),
    )
