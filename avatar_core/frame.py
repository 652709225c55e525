"""AvatarFrame and PortraitFrame: what inference hands to drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from avatar_core.geometry import Float16, Float32, Int32, UInt8, expect_shapes

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


@dataclass(frozen=True, slots=True, eq=False)
class WarpSource:
    """What stays the same of a photograph while it is warped. Lengths in pixels of the picture.

    Args:
        picture: [H, W, 3] uint8 sRGB, top row first; or [H, W, 4] premultiplied, where the person
            was cut out of it.
        filling: [h, w, 4] uint8, what lies behind the lids as far as it can be guessed: the white
            of the eyes without irises, and how far each pixel is seen through open lids or lips.
        filling_box: [4] left, top, width and height of the filling.
        irises: [2, 3] x, y and radius of the (left, right) iris.
        tooth: [3] 0..1 sRGB of teeth in this light.
        tooth_amount: 0..1, how far teeth are painted, because the picture shows none.
        jaw_share: 0..1, how much of what shows between the lips is the lower jaw's.
        mouth_down: [2] half of the mouth's width, downwards as the mouth lies in the picture.
    """

    picture: UInt8
    filling: UInt8
    filling_box: Float32
    irises: Float32
    tooth: Float32
    tooth_amount: float
    jaw_share: float
    mouth_down: Float32

    def __post_init__(self) -> None:
        expect_shapes(
            picture=(self.picture, f"H W {4 if self.picture.shape[-1] == 4 else 3}"),
            filling=(self.filling, "h w 4"),
            filling_box=(self.filling_box, "4"),
            irises=(self.irises, "2 3"),
            tooth=(self.tooth, "3"),
            mouth_down=(self.mouth_down, "2"),
        )


@dataclass(frozen=True, slots=True, eq=False)
class WarpMesh:
    """One moment of a warped photograph. Arrays are no longer written by their maker.

    Args:
        positions: [V, 3] x, y (down) and z (away from the viewer), pixels of the picture.
        places: [V, 2] the place in the picture whose material a vertex shows, pixels; inside eyes
            and mouth the place itself, before the head is turned.
        layers: [V] 0 skin, 1 left eye, 2 right eye, 3 mouth.
        cover: [V] 0..1, how far skin hides what is behind it; soft edges of lids and lips.
        mouth: [V, 4] inside the mouth: to the person's left of its middle, below the upper lip as
            the picture shows it, share of the way to the lower lip, opening in the picture; lengths
            in halves of its width.
        triangles: [F, 3] in the order in which they are drawn, nearest last.
        inside: how many of them, the first ones, lie inside eyes and mouth.
        iris_shifts: [2, 2] pixels by which the (left, right) iris has moved.
        jaw_shift: [2] pixels by which the lower jaw has moved.
        lips_parted: how far the lips have come apart, in halves of the mouth's width.
    """

    positions: Float32
    places: Float32
    layers: UInt8
    cover: Float32
    mouth: Float32
    triangles: Int32
    inside: int
    iris_shifts: Float32
    jaw_shift: Float32
    lips_parted: float

    def __post_init__(self) -> None:
        expect_shapes(
            positions=(self.positions, "V 3"),
            places=(self.places, "V 2"),
            layers=(self.layers, "V"),
            cover=(self.cover, "V"),
            mouth=(self.mouth, "V 4"),
            triangles=(self.triangles, "F 3"),
            iris_shifts=(self.iris_shifts, "2 2"),
            jaw_shift=(self.jaw_shift, "2"),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PortraitFrame:
    """One moment of a portrait. Arrays are no longer written by their maker.

    From back to front: the colour behind all, the ground, the head. Lengths in pixels of the
    portrait's picture. A ground or a warp's source that is the very one of the frame before needs
    no new upload.

    Args:
        motion: the sample it shows.
        size: width and height of the portrait's picture.
        shown: left, top, width and height of the part of it that is to be seen.
        colour: [4] 0..1 premultiplied, behind all; zeros where nothing is.
        ground: [H, W, 3] uint8 over all of the picture, or None.
        head: [S, S, 4] uint8 premultiplied, what a model drew, or None.
        head_box: left, top, width and height of the head's place.
        warp: the photograph and its moment where it is warped; it covers the picture by itself,
            unless the person was cut out of it.
        stage_ms: milliseconds spent per stage on the way here.
        captured_s: as in `AvatarFrame`.
    """

    motion: MotionFrame
    size: tuple[int, int]
    shown: tuple[float, float, float, float]
    colour: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    ground: UInt8 | None = None
    head: UInt8 | None = None
    head_box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    warp: tuple[WarpSource, WarpMesh] | None = None
    stage_ms: dict[str, float] = field(default_factory=dict)
    captured_s: float | None = None

    def __post_init__(self) -> None:
        if self.ground is not None:
            expect_shapes(ground=(self.ground, "H W 3"))
        if self.head is not None:
            expect_shapes(head=(self.head, "S S 4"))
