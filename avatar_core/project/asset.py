"""AvatarAsset: what an `.avatar` file holds, as plain arrays. No torch, no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from avatar_core.geometry import UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.heads import ParametricHead


class FaceKind(StrEnum):
    """How the face gets its colour."""

    PLAIN = "plain"
    """One texture, as it is."""
    NEURAL = "neural"
    """MeGA's three neural textures and pixel decoder."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceAsset:
    """The face's appearance.

    Args:
        kind: plain or neural.
        texture: [H, W, 3] uint8 sRGB over the head's atlas, top row first: the face itself when
            plain, the decoded neutral look (drawn before torch is loaded) when neural.
        weights: named arrays of the neural face; empty when plain.
        options: plain data on how the neural face is to be evaluated; empty when plain.
    """

    kind: FaceKind
    texture: UInt8
    weights: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expect_shapes(texture=(self.texture, "H W 3"))


@dataclass(frozen=True, slots=True, eq=False)
class AvatarAsset:
    """One avatar: head, face and hair.

    Args:
        name: what the library calls it.
        description: a sentence or two for the library, honest about how it was made.
        head: the head model, with this person's identity as its rest shape.
        face: the face's appearance.
        hair: Gaussians in the space of the neutral head, metres.
        provenance: plain data on how it was made: command, seed, sources, licence, metrics.
    """

    name: str
    description: str
    head: ParametricHead
    face: FaceAsset
    hair: GaussianCloud
    provenance: dict[str, Any] = field(default_factory=dict)
