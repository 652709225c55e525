"""What an avatar can be handed on as: names, suffixes, and what each format can hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """Kinds of files and folders, by the names of the command line."""

    PLY = "ply"
    SPZ = "spz"
    SPLAT = "splat"
    GLB = "glb"
    AVATAR = "avatar"
    OFFICIAL = "official"
    HAIR = "hair"
    TEXTURES = "textures"
    CURVES = "curves"


class Pose(StrEnum):
    """When an avatar is written."""

    REST = "rest"
    """Around the neutral head."""
    MOMENT = "moment"
    """As it is at one moment, in the world."""
    SEQUENCE = "sequence"
    """Every frame of a performance as a file of its own."""
    ANIMATION = "animation"
    """At rest, with a performance in the same file."""


_STILL = (Pose.REST,)
_POSED = (Pose.REST, Pose.MOMENT, Pose.SEQUENCE)


@dataclass(frozen=True, slots=True)
class FormatKind:
    """A format as it is offered.

    Args:
        title: its name.
        about: what is in it and what it is for, a sentence or two.
        suffix: of its files; empty for folders.
        stem: what its file in a folder is called.
        poses: when it can be written.
    """

    title: str
    about: str
    suffix: str = ""
    stem: str = "avatar"
    poses: tuple[Pose, ...] = _STILL

    @property
    def is_gaussians(self) -> bool:
        """Whether it holds hair as Gaussians and nothing else."""
        return self.stem == "hair" and Pose.MOMENT in self.poses


FORMATS: dict[Format, FormatKind] = {
    Format.GLB: FormatKind(
        "glTF (.glb)",
        "The whole avatar for engines, Blender and browsers: the head with its painted texture and"
        " 52 morph targets, and the hair as Gaussians (KHR_gaussian_splatting).",
        ".glb",
        poses=(*_POSED, Pose.ANIMATION),
    ),
    Format.PLY: FormatKind(
        "3D Gaussians (.ply)",
        "The hair, exact to the last bit, for every editor and viewer of Gaussians.",
        ".ply",
        "hair",
        _POSED,
    ),
    Format.SPZ: FormatKind(
        "Packed Gaussians (.spz)",
        "The hair in about a tenth of the size, for the web and phones. Colours are within 1 of"
        " 255, sizes within 3 %.",
        ".spz",
        "hair",
        _POSED,
    ),
    Format.SPLAT: FormatKind(
        "Simple Gaussians (.splat)",
        "The hair for simple viewers in browsers: one colour a Gaussian, whatever the view.",
        ".splat",
        "hair",
        _POSED,
    ),
    Format.TEXTURES: FormatKind(
        "Textures (.png, .ora)",
        "A folder with the painted and the bare face, all layers in one OpenRaster file, and each"
        " as a PNG of 16 bits.",
    ),
    Format.CURVES: FormatKind(
        "Curves (.csv, .npz)",
        "A folder with the take as a Live Link Face table, as arrays, and as FLAME parameters where"
        " the avatar has a FLAME head.",
    ),
    Format.HAIR: FormatKind(
        "Hairstyle (.hair)",
        "The hair as edited, to be put on other avatars of the same head model.",
        ".hair",
        "hair",
    ),
    Format.AVATAR: FormatKind(
        "Avatar (.avatar)",
        "The whole avatar with all that was done to it, as a file of the studio.",
        ".avatar",
    ),
    Format.OFFICIAL: FormatKind(
        "MeGA run (folder)",
        "A folder that the published MeGA code loads; for avatars with a FLAME head.",
    ),
}
"""In the order they are offered."""
