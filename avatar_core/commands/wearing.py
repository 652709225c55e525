"""Wearing: the avatar of a project in its hairstyle, with the edits of its hair."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avatar_core.errors import AssetError, AvatarError
from avatar_core.hair.edited import EditedHair, edited_hair
from avatar_core.project import DEMO_AVATAR, HairEdits

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.io.avatar_shelf import AvatarShelf
    from avatar_core.io.wardrobe import Wardrobe
    from avatar_core.project import AvatarAsset, Project


class Worn(NamedTuple):
    """An avatar in its hairstyle, and whether these are the ones that the project names."""

    asset: AvatarAsset
    is_named: bool


class _Edited(NamedTuple):
    """The latest edited hair, and what it was made of."""

    hair: EditedHair
    edits: HairEdits


class Wearing:
    """Reads what a project wears, and stands in for what cannot be read.

    Args:
        avatars: where avatars come from.
        wardrobe: where hairstyles come from.
        warn: gets what could not be read.
    """

    def __init__(
        self, avatars: AvatarShelf, wardrobe: Wardrobe, warn: Callable[[AvatarError], object]
    ) -> None:
        self._avatars = avatars
        self._wardrobe = wardrobe
        self._warn = warn
        self._edited: _Edited | None = None

    def worn(self, project: Project) -> Worn:
        """The avatar in its hairstyle; the demo avatar, or the avatar's own hair, in their place.

        Raises:
            AssetError: not even the demo avatar can be read.
        """
        try:
            asset = self._avatars.load(project.avatar)
        except AvatarError as error:
            if project.avatar == DEMO_AVATAR:
                raise
            self._warn(error)
            return Worn(self._avatars.load(DEMO_AVATAR), is_named=False)
        try:
            return Worn(self._wardrobe.dressed(asset, project.hair), is_named=True)
        except AvatarError as error:
            self._warn(error)
            return Worn(asset, is_named=False)

    def edited(self, project: Project) -> EditedHair:
        """The hair of `worn` with the project's edits; asked again, the same value.

        Raises:
            AssetError: not even the demo avatar can be read.
        """
        (asset, is_named), edits = self.worn(project), project.hair_edits
        if not (edits.is_empty or (is_named and edits.fits(asset.hair))):
            self._warn(_EDITS_LEFT_OUT)
            edits = _NO_EDITS
        known = self._edited
        if known is None or known.hair.base is not asset.hair:
            self._edited = _Edited(edited_hair(asset.hair, edits), edits)
        elif known.edits is not edits:
            self._edited = _Edited(edited_hair(asset.hair, edits, known), edits)
        assert self._edited is not None
        return self._edited.hair

    def loses_edits(self, project: Project, avatar: str, hair: str) -> bool:
        """Whether an avatar in a hairstyle wears other hair than the one that was edited."""
        if project.hair_edits.is_empty:
            return False
        if hair != project.hair or not (hair or avatar == project.avatar):
            return True
        try:
            worn = self._wardrobe.dressed(self._avatars.load(avatar), hair)
        except AvatarError:
            return False  # not to be read just now, so nobody knows
        return not project.hair_edits.fits(worn.hair)


_NO_EDITS = HairEdits()
_EDITS_LEFT_OUT = AssetError(
    "The hair edits of this project are not shown, because they were made on other hair.",
    "They are back once the avatar and the hairstyle are; clear them to start anew.",
)
