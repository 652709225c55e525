"""Portraits: one picture of a person that performs, and how a project lets it perform.

A `Portrait` is what a `.portrait` file holds, as plain arrays. A `ProjectPortrait` is what the
document says of it: which file, and the artist's settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from avatar_core.geometry import Float32, UInt8, expect_shapes
from avatar_core.project.portrait_settings import PortraitSettings as PortraitSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import AnyArray

SMALLEST_BOX_PX = 16.0
"""The side of the smallest crop; less of a picture shows no face."""

MOST_PICTURE_PX = 4096
"""The longest side of a portrait's picture."""


class CropBox(NamedTuple):
    """The square of a picture that a model sees: left and top edge and side, pixels."""

    x: float
    y: float
    side: float

    def inside(self, width_px: int, height_px: int) -> CropBox:
        """The box of the same place, made smaller and moved as little as lets it fit a picture."""
        side = float(min(max(self.side, SMALLEST_BOX_PX), width_px, height_px))
        middle_x, middle_y = self.x + self.side / 2, self.y + self.side / 2
        x = min(max(middle_x - side / 2, 0.0), width_px - side)
        y = min(max(middle_y - side / 2, 0.0), height_px - side)
        return CropBox(x, y, side)

    def is_inside(self, width_px: int, height_px: int) -> bool:
        """Whether the whole box shows picture."""
        # Comparisons with NaN are false, so this refuses NaN too.
        return (
            self.side > 0
            and self.x >= 0
            and self.y >= 0
            and self.x + self.side <= width_px
            and self.y + self.side <= height_px
        )


@dataclass(frozen=True, slots=True, eq=False)
class PortraitCode:
    """What one model made of a portrait, kept so that it is not computed anew.

    It belongs to the portrait's picture, matte and box as they are: change one and it is void.

    Args:
        identity: [E, H, W] global descriptor.
        canonical: [C, D, H, W] volume of the neutral, frontal head; float16 or float32.
        theta: [4, 4] pose of the source, picture to canonical space.
        latent: [Z] expression of the source.

    Raises:
        ShapeError: an array does not have the shape above.
        ValueError: numbers that are not finite, or of another type.
    """

    identity: Float32
    canonical: AnyArray
    theta: Float32
    latent: Float32

    def __post_init__(self) -> None:
        expect_shapes(
            identity=(self.identity, "* * *"),
            canonical=(self.canonical, "* * * *"),
            theta=(self.theta, "4 4"),
            latent=(self.latent, "*"),
        )
        for name in ("identity", "canonical", "theta", "latent"):
            wanted = (np.float16, np.float32) if name == "canonical" else (np.float32,)
            _expect_finite(name, getattr(self, name), *wanted)


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """One person in one picture, with what was found in it.

    Args:
        name: what the library calls it.
        description: a sentence or two for the library, honest about where it comes from.
        picture: [H, W, 3] uint8 sRGB, top row first, the person upright.
        box: the square that a model sees, within the picture.
        landmarks: [478, 3] x, y (down) and z (away from the viewer), pixels of the picture; None
            when no tracker has seen it.
        matte: [H, W] uint8, how much of each pixel is the person, or None.
        weights: [52] expression in the picture, ARKit packet order, 0..1.
        head_rotation: [3] axis-angle, radians, axes as in `MotionFrame`.
        gaze: [2, 2] (yaw, pitch) radians of (left, right) eye, or None.
        provenance: plain data on how it was made: source, licence, notices.
        codes: what models made of it, by the digest of the model's weights.

    Raises:
        ShapeError: an array does not have the shape above.
        ValueError: the box leaves the picture, numbers out of range or not finite, or a picture
            larger than `MOST_PICTURE_PX`.
    """

    name: str
    description: str
    picture: UInt8
    box: CropBox
    landmarks: Float32 | None = None
    matte: UInt8 | None = None
    weights: Float32 = field(default_factory=lambda: np.zeros(52, np.float32))
    head_rotation: Float32 = field(default_factory=lambda: np.zeros(3, np.float32))
    gaze: Float32 | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    codes: Mapping[str, PortraitCode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expect_shapes(
            picture=(self.picture, "H W 3"),
            weights=(self.weights, "52"),
            head_rotation=(self.head_rotation, "3"),
            **({} if self.matte is None else {"matte": (self.matte, "H W")}),
            **({} if self.landmarks is None else {"landmarks": (self.landmarks, "478 3")}),
            **({} if self.gaze is None else {"gaze": (self.gaze, "2 2")}),
        )
        if max(self.picture.shape) > MOST_PICTURE_PX or 0 in self.picture.shape:
            raise ValueError(f"picture: impossible size {self.width_px} x {self.height_px}")
        for name, array in (("picture", self.picture), ("matte", self.matte)):
            if array is not None and array.dtype != np.uint8:
                raise ValueError(f"{name}: expected uint8, got {array.dtype}")
        for name in ("weights", "head_rotation", "landmarks", "gaze"):
            if getattr(self, name) is not None:
                _expect_finite(name, getattr(self, name), np.float32)
        if not ((self.weights >= 0) & (self.weights <= 1)).all():
            raise ValueError("weights: expected 0..1")
        if not self.box.is_inside(self.width_px, self.height_px):
            raise ValueError(f"box: {self.box} leaves {self.width_px} x {self.height_px} pixels")
        object.__setattr__(self, "box", CropBox(*map(float, self.box)))

    @property
    def width_px(self) -> int:
        return int(self.picture.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.picture.shape[0])

    def with_box(self, box: CropBox) -> Portrait:
        """The same person through another crop, brought within the picture; codes are void then."""
        box = box.inside(self.width_px, self.height_px)
        return self if box == self.box else replace(self, box=box, codes={})


@dataclass(frozen=True, slots=True)
class ProjectPortrait:
    """A portrait in a project.

    Args:
        reference: `demo:NAME` or the absolute path of a `.portrait` file.
        sha256: hash of that file when it was added; empty for a bundled one.
        name: what the artist calls it.
        settings: how it performs.
        is_shown: whether it stands in the view and performs.
        box: the crop that the artist chose in place of the file's, or None.

    Raises:
        ValueError: no reference, or a box that nothing can be seen in.
    """

    reference: str
    sha256: str = ""
    name: str = ""
    settings: PortraitSettings = field(default_factory=PortraitSettings)
    is_shown: bool = True
    box: CropBox | None = None

    def __post_init__(self) -> None:
        if not self.reference:
            raise ValueError("reference: expected the name of a portrait")
        if self.box is None:
            return
        if not self.box.is_inside(MOST_PICTURE_PX, MOST_PICTURE_PX):
            raise ValueError(f"box: {self.box} lies in no picture")
        object.__setattr__(self, "box", CropBox(*map(float, self.box)))

    def cropped(self, portrait: Portrait) -> Portrait:
        """The portrait of the file through the crop of the project."""
        return portrait if self.box is None else portrait.with_box(self.box)


def _expect_finite(name: str, array: AnyArray, *kinds: type[np.generic]) -> None:
    if array.dtype not in map(np.dtype, kinds) or not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite {kinds[0].__name__} numbers")
