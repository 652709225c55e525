"""Which of the user's own files a FLAME head is made of, where they come from, where they lie.

FLAME and what belongs to it are licensed to each user by their makers. The studio ships none of it
and downloads nothing; it says what it needs and why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from avatar_core.errors import AssetError
from avatar_core.io.reading import is_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SITE = "the FLAME site, flame.is.tue.mpg.de, after accepting its licence"
_REPOSITORY = "assets/flame in the published MeGA code (conallwang/MeGA)"
_ARCHIVE = "the face-data archive that MeGA's author publishes beside the models"


@dataclass(frozen=True, slots=True)
class FlameFile:
    """One file, in words for the user.

    Args:
        name: the name it is published under.
        origin: where it comes from.
        purpose: what it is needed for.
        without: what happens when it is not there; empty when nothing works without it.
        aliases: other names it goes by.
    """

    name: str
    origin: str
    purpose: str
    without: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def is_required(self) -> bool:
        return not self.without

    def __str__(self) -> str:
        return f"{self.name} (from {self.origin}; it holds {self.purpose})"


MODEL = FlameFile(
    "flame2023.pkl", _SITE, "the head's shape, expressions and joints; take the one with jaw"
    " rotation", aliases=("generic_model.pkl", "FLAME2023.pkl"),
)  # fmt: skip
UV_FACES = FlameFile("faces_uvs.npy", _REPOSITORY, "which place of the texture each corner shows")
UV = FlameFile("vertex_uvs.npy", _REPOSITORY, "the places of the texture")
MASKS = FlameFile(
    "FLAME_masks_mouth.pkl",
    f"{_ARCHIVE}, or as FLAME_masks.pkl from the FLAME site",
    "which vertices are scalp and eyes",
    without="hair follows the upper scalp as one rigid piece instead of the map it was trained on",
    aliases=("FLAME_masks.pkl",),
)
FACES = FlameFile(
    "flame_faces.npy", _REPOSITORY, "the triangles, with 30 that close the mouth",
    without="the triangles of the head model itself are used; the mouth is closed by teeth alone",
)  # fmt: skip
BACK_NECK = FlameFile(
    "backneck_idcs.npy", _REPOSITORY, "the back of the neck, which is no scalp",
    without="hair follows the scalp as one rigid piece instead of the map it was trained on",
)  # fmt: skip
SHRINK_SCALP = FlameFile(
    "shrink_scalp_idcs.npy", _REPOSITORY, "the upper scalp, which training pulls in under the hair",
    without="avatars are shown as they are; training cannot pull in the scalp",
)  # fmt: skip
LOWER_NECK = FlameFile(
    "lower_neck_bottom_face_idcs.npy", _ARCHIVE, "the rim of the neck, which is not subdivided",
    without="the rim of the neck is subdivided with the rest, which nobody will see",
)  # fmt: skip
LANDMARKS = FlameFile(
    "landmark_embedding_with_eyes.npy", "the assets of VHAP or GaussianAvatars",
    "where the 68 face landmarks sit", without="the head has no landmarks, which drawing needs not",
)  # fmt: skip

FLAME_FILES = (
    MODEL, UV_FACES, UV, MASKS, FACES, BACK_NECK, SHRINK_SCALP, LOWER_NECK, LANDMARKS,
)  # fmt: skip
"""Everything, the needed ones first."""


@dataclass(frozen=True, slots=True)
class FlameSources:
    """Files that were found.

    Args:
        model: the head model.
        masks: one or more files of vertex masks; later ones win.
        assets: the others, by their published name.
    """

    model: Path
    masks: tuple[Path, ...] = ()
    assets: Mapping[str, Path] = field(default_factory=dict)

    def path_of(self, file: FlameFile) -> Path | None:
        """Where a file of `FLAME_FILES` lies (the first of the masks), or None."""
        if file is MODEL:
            return self.model
        if file is MASKS:
            return self.masks[0] if self.masks else None
        return self.assets.get(file.name)

    @property
    def missing(self) -> tuple[FlameFile, ...]:
        """What was not found."""
        return tuple(file for file in FLAME_FILES if self.path_of(file) is None)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that will be read, in a fixed order."""
        return (self.model, *self.masks, *(self.assets[name] for name in sorted(self.assets)))


def flame_folder() -> Path:
    """The folder of the user's own FLAME files, looked through whenever one is needed."""
    return Path(platformdirs.user_data_dir("avatar-studio")) / "flame"


def find_flame_sources(
    model: Path | None = None,
    masks: Sequence[Path] = (),
    folders: Iterable[Path] = (),
) -> FlameSources:
    """The files a head is made of, looked for by name.

    Args:
        model: the head model; looked for when None.
        masks: files of vertex masks; looked for when empty.
        folders: where to look first. Then come the folder of the model and `flame_folder()`.

    Raises:
        AssetError: a file that was named does not exist, or a needed one is in none of the places;
            every missing one is named, with where it comes from and what it is for.
    """
    for named in (*(() if model is None else (model,)), *masks):
        if not named.is_file():
            raise AssetError(f"'{named}' does not exist.", "Check the path.")
    places = [*folders, *(() if model is None else (model.parent,)), flame_folder()]
    for place in places[: len(places) - 1]:
        if not place.is_dir():
            raise AssetError(f"'{place}' is not a folder.", "Check the path.")
    found = _all_found(places)
    if model is not None:
        found[MODEL.name] = model
    if masks:
        found[MASKS.name] = masks[0]
    missing = lacking_flame_files(found)
    if missing:
        raise _missing_error(missing, places)
    found_model = found[MODEL.name]
    found_masks = tuple(masks) or tuple(found[name] for name in (MASKS.name,) if name in found)
    assets = {k: path for k, path in found.items() if k not in (MODEL.name, MASKS.name)}
    return FlameSources(found_model, found_masks, assets)


def look_for_flame_files(folder: Path | None = None) -> dict[str, Path]:
    """What `find_flame_sources` would find, by published name; nothing missing is an error.

    Args:
        folder: where to look before `flame_folder()`; it need not exist.
    """
    return _all_found([*(() if folder is None else (folder,)), flame_folder()])


def lacking_flame_files(found: Mapping[str, Path]) -> tuple[FlameFile, ...]:
    """Files without which no head can be made of those that were found, by published name."""
    missing = tuple(file for file in FLAME_FILES if file.is_required and file.name not in found)
    has_scalp = MASKS.name in found or SHRINK_SCALP.name in found
    return missing if has_scalp else (*missing, MASKS)


def _all_found(places: Sequence[Path]) -> dict[str, Path]:
    return {file.name: path for file in FLAME_FILES if (path := _found(file, places)) is not None}


def _found(file: FlameFile, places: Iterable[Path]) -> Path | None:
    candidates = (place / name for place in places for name in (file.name, *file.aliases))
    return next((path for path in candidates if is_file(path)), None)


def _missing_error(files: Sequence[FlameFile], places: Sequence[Path]) -> AssetError:
    looked = ", ".join(str(place) for place in dict.fromkeys(places))
    return AssetError(
        f"A FLAME head needs files that are missing: {'; '.join(str(file) for file in files)}.",
        f"Put them into one of these folders, or name them: {looked}.",
    )
