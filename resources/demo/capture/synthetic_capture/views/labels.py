"""Label and depth pictures, drawn from the mesh and the strands that were rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.views.cameras import FOCAL_PX, SIZE_PX
from synthetic_capture.views.raster import mesh_depth, strand_cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthetic_capture.head.topology import Topology
    from synthetic_capture.mesh.arrays import Float, UInt8
    from synthetic_capture.strands.strands import Strands
    from synthetic_capture.subject import Face

BACKGROUND, LASHES, HAIR = 0, 2, 8
LABEL_OF_PART = {
    "skin": 1,
    "lips": 1,
    "scalp": 1,
    "eye_left": 3,
    "eye_right": 3,
    "teeth_upper": 4,
    "teeth_lower": 4,
    "gums": 4,
    "tongue": 4,
    "mouth_inside": 4,
    "ear": 5,
    "neck": 6,
    "garment": 7,
}
_LASH_COVER = 0.3
_HAIR_COVER = 0.5


def labelled(
    topology: Topology,
    face: Face,
    hair: Strands | None,
    world_from_camera: Float,
    focal_px: float = FOCAL_PX,
    size_px: int = SIZE_PX,
) -> tuple[UInt8, NDArray[np.uint16]]:
    """Labels and depth of one view.

    Args:
        topology: faces and their parts.
        face: mesh, brows and lashes.
        hair: None for a bald head.
        world_from_camera: [4, 4], OpenGL axes.
        focal_px: focal length.
        size_px: side of the picture.

    Returns:
        [S, S] labels: 0 background, 2 brows and lashes, 8 hair, `LABEL_OF_PART` elsewhere; and
        [S, S] depth of the mesh without strands in whole millimetres, 0 off the mesh.
    """
    depth, ids = mesh_depth(face.vertices, topology.faces, world_from_camera, focal_px, size_px)
    table = np.array([LABEL_OF_PART[part] for part in topology.labels], np.uint8)
    labels = np.where(ids >= 0, table[ids], BACKGROUND).astype(np.uint8)

    def cover(strands: Strands) -> Float:
        return strand_cover(strands, world_from_camera, focal_px, depth)

    labels[np.maximum(cover(face.brows), cover(face.lashes)) > _LASH_COVER] = LASHES
    if hair is not None:
        labels[cover(hair) > _HAIR_COVER] = HAIR
    millimetres = np.where(np.isfinite(depth), depth * 1000 + 0.5, 0).astype(np.uint16)
    return labels, millimetres
