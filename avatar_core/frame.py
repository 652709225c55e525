"""AvatarFrame: what inference hands to drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avatar_core.geometry import Float32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.motion import MotionFrame


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
        face_texture: [H, W, 3] uint8 sRGB, the face's look in this moment, top row first; None to
            keep the asset's texture.
        stage_ms: milliseconds spent per stage on the way here ("track", "mix", "pose", ...).
        captured_s: `time.perf_counter()` when the driving picture was available; its age at
            display is shown in the HUD. None when nothing was captured (sliders, neutral).
    """

    motion: MotionFrame
    vertices: Float32
    hair_means: Float32
    hair_quats: Float32
    hair_turn: Float32
    face_texture: UInt8 | None = None
    stage_ms: dict[str, float] = field(default_factory=dict)
    captured_s: float | None = None

    def __post_init__(self) -> None:
        expect_shapes(
            vertices=(self.vertices, "V 3"),
            hair_means=(self.hair_means, "N 3"),
            hair_quats=(self.hair_quats, "N 4"),
            hair_turn=(self.hair_turn, "3 3"),
        )
        if self.face_texture is not None:
            expect_shapes(face_texture=(self.face_texture, "H W 3"))
