"""What other programs stumble over in a mesh, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import Float32, Int32

_LEAST_AREA_M2 = 1e-12
_LARGEST_M = 10.0
_STILL_M = 1e-6
_FARTHEST_M = 0.2


def mesh_notes(vertices: Float32, faces: Int32, uv: Float32) -> list[str]:
    """On a mesh that is to be handed on.

    Args:
        vertices: [V, 3] metres.
        faces: [F, 3] vertex ids.
        uv: [V, 2] places in the texture.
    """
    notes = []
    corners = vertices[faces].astype(np.float64)
    areas = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    flat = int((areas < 2 * _LEAST_AREA_M2).sum())
    if flat:
        notes.append(f"{flat} of {len(faces)} triangles have no area.")
    size = float(np.ptp(vertices, axis=0).max(initial=0))
    if size > _LARGEST_M:
        notes.append(f"The head is {size:.0f} m large; check its unit.")
    outside = int(((uv < 0) | (uv > 1)).any(axis=1).sum())
    if outside:
        notes.append(f"{outside} vertices lie outside the texture.")
    return notes


def target_notes(deltas: Mapping[str, Float32], wanted: tuple[str, ...]) -> list[str]:
    """On morph targets.

    Args:
        deltas: [V, 3] metres, by name.
        wanted: the names that a performance needs.
    """
    missing = [name for name in wanted if name not in deltas]
    still = [name for name, each in deltas.items() if float(np.abs(each).max(initial=0)) < _STILL_M]
    far = [name for name, each in deltas.items() if np.abs(each).max(initial=0) > _FARTHEST_M]
    told = (
        (missing, "missing among the morph targets"),
        (still, "without any effect on this head"),
        (far, "moving vertices farther than a face can"),
    )
    return [
        f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {words}."
        for names, words in told
        if names
    ]
