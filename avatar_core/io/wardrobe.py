"""Wardrobe: avatars in the hairstyle that a project names."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from avatar_core.errors import AvatarError
from avatar_core.io.avatar_shelf import HairShelf
from avatar_core.project import with_hair

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset, HairAsset


class _Worn(NamedTuple):
    asset: AvatarAsset
    hair: HairAsset
    result: AvatarAsset


class Wardrobe:
    """Puts hairstyles on avatars, and keeps the latest: asked again, it gives the same asset.

    Safe for any number of threads.

    Args:
        hairstyles: where they come from.
    """

    def __init__(self, hairstyles: HairShelf | None = None) -> None:
        self._hairstyles = hairstyles or HairShelf()
        self._lock = threading.Lock()
        self._worn: _Worn | None = None

    def load(self, reference: str) -> HairAsset:
        """The hairstyle of a reference, `demo:NAME` or a path.

        Raises:
            AssetError: there is no such file, or it cannot be read.
            ProjectFormatError: not a hairstyle, or from a newer release.
        """
        return self._hairstyles.load(reference)

    def dressed(self, asset: AvatarAsset, reference: str) -> AvatarAsset:
        """An avatar in a hairstyle; itself when the reference is empty.

        Raises:
            AssetError: the hairstyle cannot be read, or was made for another kind of head.
            ProjectFormatError: not a hairstyle, or from a newer release.
        """
        if not reference:
            return asset
        hair = self.load(reference)
        with self._lock:
            worn = self._worn
            if worn is None or worn.asset is not asset or worn.hair is not hair:
                self._worn = worn = _Worn(asset, hair, with_hair(asset, hair))
            return worn.result

    def misfit(self, asset: AvatarAsset, reference: str) -> AvatarError | None:
        """Why a hairstyle cannot be on an avatar; None when it can, or cannot be read just now."""
        if not reference:
            return None
        try:
            self.load(reference)
        except AvatarError:
            return None
        try:
            self.dressed(asset, reference)
        except AvatarError as error:
            return error
        return None
