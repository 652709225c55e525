"""What files of avatars, hairstyles and portraits have in common, read without trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.io import limits

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import UInt8

_NAME_LETTERS = 200
_DESCRIPTION_LETTERS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class AssetLabel:
    """What a library shows of a file: name, description and picture [H, W, 3], or None."""

    name: str
    description: str
    picture: UInt8 | None


def asset_name(manifest: dict[str, Any]) -> str:
    """The name in a manifest.

    Raises:
        ShapeError: missing, no text or too long; so with everything here.
    """
    return _text(manifest, "name", _NAME_LETTERS)


def asset_description(manifest: dict[str, Any]) -> str:
    """The description in a manifest."""
    return _text(manifest, "description", _DESCRIPTION_LETTERS)


def section_of(manifest: dict[str, Any], key: str) -> dict[str, Any]:
    """Named values within a manifest."""
    section = manifest.get(key)
    if not isinstance(section, dict):
        raise ShapeError(f"{key}: missing in the manifest")
    return section


def shown_gaussians(cloud: GaussianCloud) -> GaussianCloud:
    """The cloud itself, after a look at whether it can be drawn."""
    if len(cloud) > limits.GAUSSIANS:
        raise ShapeError(f"hair: {len(cloud)} Gaussians are more than can be shown")
    if np.any(cloud.scales <= 0):
        raise ShapeError("scales: expected positive numbers")
    if np.any((cloud.opacities < 0) | (cloud.opacities > 1)):
        raise ShapeError("opacities: expected 0..1")
    if not np.all(np.any(cloud.quats != 0, axis=1)):
        raise ShapeError("quats: a rotation is zero")
    return cloud


def _text(manifest: dict[str, Any], key: str, most_letters: int) -> str:
    text = manifest.get(key)
    if not isinstance(text, str) or len(text) > most_letters:
        raise ShapeError(f"{key}: expected a text of at most {most_letters} letters")
    return text
