"""Stencil: a picture that is fixed in the view, through which brushes paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes
from avatar_core.texture.decal import bilinear

if TYPE_CHECKING:
    from avatar_core.geometry import Camera


@dataclass(frozen=True, slots=True, eq=False)
class Stencil:
    """A picture over the view.

    Args:
        picture: [h, w] 0..1, how much paint passes, row 0 at the top.
        centre_px: where its middle is in the view, x right and y down.
        height_px: how tall it is there; it keeps its shape.
        turn_rad: by which it is turned, clockwise as one sees it.

    Raises:
        ShapeError: the picture has another number of axes.
        ValueError: the picture is empty or the height is not positive.
    """

    picture: Float32
    centre_px: tuple[float, float]
    height_px: float
    turn_rad: float = 0.0

    def __post_init__(self) -> None:
        expect_shapes(picture=(self.picture, "h w"))
        if not self.picture.size:
            raise ValueError("picture: expected at least one pixel")
        if not (self.height_px > 0 and np.isfinite(self.height_px)):
            raise ValueError(f"height_px: expected more than 0, got {self.height_px}")

    @property
    def width_px(self) -> float:
        height, width = self.picture.shape
        return float(self.height_px * width / height)

    def passing(self, pixels: Float32) -> Float32:
        """[n] 0..1, how much paint passes at places [n, 2] of the view; nothing beside it."""
        expect_shapes(pixels=(pixels, "n 2"))
        height, width = self.picture.shape
        cosine, sine = np.cos(self.turn_rad), np.sin(self.turn_rad)
        upright = np.array([[cosine, -sine], [sine, cosine]])
        away = (pixels - np.array(self.centre_px)) @ upright * (height / self.height_px)
        half = np.array([width, height]) / 2
        columns, rows = (away + half - 0.5).astype(np.float32).T
        shares = bilinear(self.picture[..., None], columns, rows)[:, 0]
        is_within = (np.abs(away) <= half).all(axis=1)
        passing: Float32 = np.where(is_within, shares, np.float32(0)).astype(np.float32)
        return passing


def lightness(pixels: Float32) -> Float32:
    """[h, w] 0..1, how much paint passes a picture: none where it is black or clear.

    Args:
        pixels: [h, w, 4] premultiplied RGBA 0..1.
    """
    expect_shapes(pixels=(pixels, "h w 4"))
    light: Float32 = pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return light.clip(0, 1)


def through(places: Float32, camera: Camera, stencil: Stencil) -> Float32:
    """[n] 0..1, how much paint passes a stencil to places; none behind the eye.

    Args:
        places: [n, 3] metres, world.
        camera: of the view.
        stencil: in the pixels of the camera's picture.
    """
    expect_shapes(places=(places, "n 3"))
    if not len(places):
        return np.zeros(0, np.float32)
    pixels, depths = camera.project(places)
    return np.where(depths > camera.near_m, stencil.passing(pixels), np.float32(0))
