"""What a draw shows, apart from the avatar and the camera."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """How the avatar is shown.

    Args:
        background: display colour 0..1.
        show_grid: draw the ground grid and its axes.
        show_hair: draw the Gaussians.
        show_face: draw the mesh.
        transparent: leave the background out; the picture then has premultiplied alpha.
        shading: 0..1, how much a light at the eye shapes the face; its texture is already lit.
        selection_tint: display colour that marks selected Gaussians.
        selection_strength: 0..1, how much of it.
        ground_m: height of the ground grid, metres; below the head when left out.
    """

    background: Colour = (0.46, 0.46, 0.46)
    show_grid: bool = True
    show_hair: bool = True
    show_face: bool = True
    transparent: bool = False
    shading: float = 0.0
    selection_tint: Colour = (1.0, 0.62, 0.12)
    selection_strength: float = 0.0
    ground_m: float | None = None
