"""Every place where a project names a file, in one order: to move, pack or find them all alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from avatar_core.motion.driver_address import PATH_SCHEMES, DriverAddress
from avatar_core.project.model import Part, is_bundled

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.motion import MixerSettings
    from avatar_core.project.model import Project
    from avatar_core.project.paint import Painting

PROFILE_KEY = "mixer.profiles."
"""How keys of calibrations begin; the path follows, since nothing else tells them apart."""

_OF_FOLDERS = "sequence"
"""The scheme of drivers whose place is a folder."""


class FileRole(StrEnum):
    """What a file is to a project; the values are what a person calls it."""

    AVATAR = "avatar"
    HAIRSTYLE = "hairstyle"
    PORTRAIT = "portrait"
    DRIVER = "driving file"
    FOLDER = "folder of pictures"
    CLIP = "film"
    BACKGROUND = "background picture"
    PAINT = "picture of a paint layer"

    @property
    def is_hashed(self) -> bool:
        """Whether documents keep the hash of such a file."""
        return self in (FileRole.AVATAR, FileRole.HAIRSTYLE, FileRole.PORTRAIT)


@dataclass(frozen=True, slots=True)
class FileSlot:
    """A place in a project that names a file, which is never bundled and never nothing.

    Args:
        key: of this place among all of the project; stays when another file is put there, but for
            calibrations, see `PROFILE_KEY`.
        role: what the file is to the project.
        part: what of the project changes with it.
        path: the file; absolute in a document.
        sha256: what the document says about its contents: avatars, hairstyles and portraits only.
    """

    key: str
    role: FileRole
    part: Part
    path: str
    sha256: str = ""


Place: TypeAlias = "Callable[[FileSlot], FileSlot]"


def file_slots(project: Project) -> list[FileSlot]:
    """All places of a project that name files, in an order that depends on the project alone."""
    slots: list[FileSlot] = []

    def note(slot: FileSlot) -> FileSlot:
        slots.append(slot)
        return slot

    with_files(project, note)
    return slots


def with_files(project: Project, place: Place) -> Project:
    """The project with other files in the places that name any; the given one stays as it is.

    Args:
        project: the document.
        place: gives the slot with what is to stand there; asked in the order of `file_slots`.
    """
    again = project.copy()
    again.avatar, again.avatar_sha256 = _file(
        place, "avatar", FileRole.AVATAR, Part.AVATAR, project.avatar, project.avatar_sha256
    )
    again.hair, again.hair_sha256 = _file(
        place, "hair", FileRole.HAIRSTYLE, Part.AVATAR, project.hair, project.hair_sha256
    )
    again.source = _driver(place, "source", Part.DRIVING, project.source)
    again.drivers = tuple(
        _driver(place, f"drivers.{at}", Part.DRIVING, uri) for at, uri in enumerate(project.drivers)
    )
    again.mixer = _mixer(place, project.mixer)
    for clip_id, clip in project.clips.items():
        path, _ = _file(place, f"clips.{clip_id}", FileRole.CLIP, Part.CLIPS, clip.path)
        again.clips[clip_id] = replace(clip, path=path)
    scene = project.scene
    path, _ = _file(place, "scene", FileRole.BACKGROUND, Part.SCENE, scene.background_image)
    again.scene = replace(scene, background_image=path)
    again.painting = _painting(place, project.painting)
    for portrait_id, portrait in project.portraits.items():
        reference, sha256 = _file(
            place, f"portraits.{portrait_id}", FileRole.PORTRAIT, Part.PORTRAITS,
            portrait.reference, portrait.sha256,
        )  # fmt: skip
        again.portraits[portrait_id] = replace(portrait, reference=reference, sha256=sha256)
    return again


def driver_file(uri: str) -> str:
    """The path in the address of a driver; empty for devices, takes and sliders."""
    return DriverAddress.parse(uri).place if uri.partition(":")[0] in PATH_SCHEMES else ""


def _file(
    place: Place, key: str, role: FileRole, part: Part, path: str, sha256: str = ""
) -> tuple[str, str]:
    if not path or is_bundled(path):
        return path, sha256
    slot = place(FileSlot(key, role, part, path, sha256))
    return slot.path, slot.sha256


def _driver(place: Place, key: str, part: Part, uri: str) -> str:
    path = driver_file(uri)
    if not path:
        return uri
    scheme = uri.partition(":")[0]
    role = FileRole.FOLDER if scheme == _OF_FOLDERS else FileRole.DRIVER
    options = uri[len(scheme) + 1 + len(path) :]
    return f"{scheme}:{place(FileSlot(key, role, part, path)).path}{options}"


def _mixer(place: Place, mixer: MixerSettings) -> MixerSettings:
    groups = {
        group: replace(
            each,
            drivers=tuple(
                replace(
                    share,
                    driver=_driver(place, f"mixer.{group}.{at}", Part.MIXER, share.driver),
                )
                for at, share in enumerate(each.drivers)
            ),
        )
        for group, each in mixer.groups.items()
    }
    profiles = {
        _driver(place, f"{PROFILE_KEY}{uri}", Part.MIXER, uri): profile
        for uri, profile in mixer.profiles.items()
    }
    return replace(mixer, groups=groups, profiles=profiles)


def _painting(place: Place, painting: Painting) -> Painting:
    layers = dict(painting.layers)
    for layer_id, layer in painting.layers.items():
        source, _ = _file(place, f"paint.{layer_id}", FileRole.PAINT, Part.PAINT, layer.source)
        if source != layer.source:
            layers[layer_id] = replace(layer, source=source)
    return painting if layers == painting.layers else replace(painting, layers=layers)
