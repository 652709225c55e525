"""What `.avatar` and `.hair` files hold, as plain arrays. No torch, no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, Int32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.heads import ParametricHead


RAW_HAIR = "canonical_gs."
"""Prefix of the raw parameters of an avatar's own hair among the weights of its face."""


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


@dataclass(frozen=True, slots=True, eq=False)
class HairAsset:
    """One hairstyle, with what it takes to fit it to another head of the same kind.

    Args:
        name: what the library calls it.
        description: a sentence or two for the library.
        gaussians: around the neutral head it was made on, metres.
        scalp: [S, 3] the vertices of that head that carry hair, metres.
        scalp_vertex_ids: [S] which vertices of the head those are.
        picture: [H, W, 3] uint8 sRGB for the library, top row first, or None.
        provenance: plain data on how it was made: sources, licence.

    Raises:
        ShapeError: arrays disagree in S, or there are fewer than three scalp vertices.
    """

    name: str
    description: str
    gaussians: GaussianCloud
    scalp: Float32
    scalp_vertex_ids: Int32
    picture: UInt8 | None = None
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sizes = expect_shapes(
            scalp=(self.scalp, "S 3"), scalp_vertex_ids=(self.scalp_vertex_ids, "S")
        )
        if sizes["S"] < 3:
            raise ShapeError(f"scalp: expected at least 3 vertices, got {sizes['S']}")
        if self.picture is not None:
            expect_shapes(picture=(self.picture, "H W 3"))
