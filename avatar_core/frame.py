"""AvatarFrame: what inference hands to drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from avatar_core.geometry import Float16, Float32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.motion import MotionFrame


class Paint(Protocol):
    """What there is to see of a painting, [S, S, 4] uint8 in whole tiles, top row first.

    `texture.composite.PaintMaps` is one.
    """

    @property
    def colour(self) -> UInt8:
        """Premultiplied display colour, and how much of the face it covers."""

    @property
    def shares(self) -> UInt8:
        """Gloss, wrinkles and sculpt, 128 as they are; the last one means nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class NeuralTextures:
    """What the decoders of a neural face say of one moment; added to the face's basic texture.

    Channels come in groups of four, the last one filled up with zeros, which is how a graphics
    card stores them. Row 0 is the bottom of the atlas. An array that is the very one of the frame
    before needs no new upload.

    Args:
        view: [L, H, W, 4] float16, from where it is seen.
        dynamic: [L, H, W, 4] float16, the expression.

    Raises:
        ShapeError: the two differ in shape.
    """

    view: Float16
    dynamic: Float16

    def __post_init__(self) -> None:
        expect_shapes(view=(self.view, "L H W 4"), dynamic=(self.dynamic, "L H W 4"))


@dataclass(frozen=True, slots=True, eq=False)
class AvatarFrame:
    """One evaluated moment of an avatar. Arrays are no longer written by their maker.

    Mesh and hair always come from the same motion sample, so nothing swims at the hairline.

    Args:
        motion: the sample it shows.
        vertices: [V, 3] posed head, metres, world axes.
        hair_means: [N, 3] metres.
        hair_quats: [N, 4] wxyz.
        hair_turn: [3, 3] rotation of the hair as a whole, which turns its harmonics.
        hair_scales: [N, 3] metres; None where they are the asset's.
        hair_opacities: [N] 0..1; None where they are the asset's.
        hair_constants: [N, 3] the constant coefficient of the hair's harmonics; None where it is
            the asset's.
        displacements: [V, 3] metres, what a neural face added to its posed head; None for none.
        neural: the moving parts of a neural face's texture; None to draw the asset's plain one.
        stage_ms: milliseconds spent per stage on the way here ("track", "mix", "pose", ...).
        captured_s: `time.perf_counter()` when the driving picture was available; its age at
            display is shown in the HUD. None when nothing was captured (sliders, neutral).
    """

    motion: MotionFrame
    vertices: Float32
    hair_means: Float32
    hair_quats: Float32
    hair_turn: Float32
    hair_scales: Float32 | None = None
    hair_opacities: Float32 | None = None
    hair_constants: Float32 | None = None
    displacements: Float32 | None = None
    neural: NeuralTextures | None = None
    stage_ms: dict[str, float] = field(default_factory=dict)
    captured_s: float | None = None

    def __post_init__(self) -> None:
        expected = {
            "vertices": (self.vertices, "V 3"),
            "hair_means": (self.hair_means, "N 3"),
            "hair_quats": (self.hair_quats, "N 4"),
            "hair_turn": (self.hair_turn, "3 3"),
            "hair_scales": (self.hair_scales, "N 3"),
            "hair_opacities": (self.hair_opacities, "N"),
            "hair_constants": (self.hair_constants, "N 3"),
            "displacements": (self.displacements, "V 3"),
        }
        expect_shapes(
            **{
                name: (array, shape)
                for name, (array, shape) in expected.items()
                if array is not None
            }
        )
