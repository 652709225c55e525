"""What a draw shows, apart from the avatar and the camera."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8

Colour = tuple[float, float, float]


class Blending(StrEnum):
    """How hair and face become one picture."""

    CLEAN = "clean"
    """For work: smooth edges, hair that fades into the skin, no fringe over any background."""
    EXACT = "exact"
    """As MeGA's trainer and reference renderer see it, pixel by pixel."""


class FaceView(StrEnum):
    """What is drawn on the face."""

    COLOUR = "colour"
    DIFFUSE = "diffuse"
    """The basic texture alone, as it was before view and expression changed it."""
    VIEW = "view"
    """What the view-dependent texture changes, on mid grey."""
    DYNAMIC = "dynamic"
    """What the expression changes, on mid grey."""
    DISPLACEMENT = "displacement"
    """Where the displacement decoder moved the surface, on mid grey."""
    UV = "uv"
    """Places in the atlas, u red and v green, with a checker."""
    PARTS = "parts"
    """A colour for every part of the head."""


class HairView(StrEnum):
    """How the Gaussians are drawn."""

    SOFT = "soft"
    ELLIPSOIDS = "ellipsoids"
    """As solid bodies of their size, to see where they lie."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneOptions:
    """How the avatar is shown.

    Args:
        background: display colour 0..1.
        background_image: [H, W, 3] uint8 sRGB behind the avatar instead of the colour, scaled to
            cover the picture; top row first.
        show_grid: draw the ground grid and its axes.
        show_hair: draw the Gaussians.
        show_face: draw the mesh.
        transparent: leave the background out; the picture then has premultiplied alpha.
        shading: 0..1, how much a light at the eye shapes the face; its texture is already lit.
        selection_tint: display colour that marks selected Gaussians.
        selection_strength: 0..1, how much of it.
        ground_m: height of the ground grid, metres; below the head when left out.
        blending: how hair and face become one picture.
        face_view: what is drawn on the face.
        part_strengths: how much of the view and of the dynamic texture goes into a neural face: 0
            nothing, 1 as it is, 2 twice.
        hair_view: how the Gaussians are drawn.
        show_depth: distances instead of colours, near light and far dark.
        show_wireframe: the mesh's edges over the picture.
        smooth_edges: several samples along the head's edges; exact pictures have one everywhere.
        pixel_share: 0..1, draws with this share of the pixels along each side, and enlarges.
        fine_hair: Gaussians to their faintest rims, fading into the skin; without, nearly half of
            their work is saved.
    """

    background: Colour = (0.46, 0.46, 0.46)
    background_image: UInt8 | None = None
    show_grid: bool = True
    show_hair: bool = True
    show_face: bool = True
    transparent: bool = False
    shading: float = 0.0
    selection_tint: Colour = (1.0, 0.62, 0.12)
    selection_strength: float = 0.0
    ground_m: float | None = None
    blending: Blending = Blending.CLEAN
    face_view: FaceView = FaceView.COLOUR
    part_strengths: tuple[float, float] = (1.0, 1.0)
    hair_view: HairView = HairView.SOFT
    show_depth: bool = False
    show_wireframe: bool = False
    smooth_edges: bool = True
    pixel_share: float = 1.0
    fine_hair: bool = True
