"""GaussianAvatars' files on the user's FLAME head: Gaussians that ride on its triangles.

A file of that project (`point_cloud.ply` with a column `binding_0`) belongs to one person, whose
identity stands in the `flame_param.npz` beside it. Such Gaussians are the whole head, not hair on
a mesh, so they are posed here and make no avatar of the studio.

Source:
    Qian et al. 2024, GaussianAvatars, arXiv:2312.02069, and the layout of its published files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.exchange.tracked import read_tracked, shape_of
from avatar_core.gaussians.binding import (
    BINDING_COLUMN,
    FLAME_FACES,
    binding_from_column,
    posed_from_binding,
)
from avatar_core.heads.flame import FlameHead
from avatar_core.io import limits
from avatar_core.io.arrays import arrays_from_npz
from avatar_core.io.gaussian_ply import read_gaussian_ply
from avatar_core.mega.driven import driven_parameters
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32, Int32
    from avatar_core.heads import HeadParameters, ParametricHead

_FLAME_VERTICES = 5023
_OFFSET = "static_offset"
_HINT = "Choose the point_cloud.ply that GaussianAvatars has written."


@dataclass(frozen=True, slots=True, eq=False)
class BoundGaussians:
    """Gaussians in the space of their triangles.

    Args:
        cloud: means and scales in triangle sizes, quats relative to the triangle.
        binding: [N] triangle of FLAME that each rides on.
        left_out: how many of the file ride on teeth that only GaussianAvatars' mesh has.
    """

    cloud: GaussianCloud
    binding: Int32
    left_out: int


def read_bound_gaussians(path: Path) -> BoundGaussians:
    """Read a `point_cloud.ply`. Gaussians on GaussianAvatars' own teeth are left out.

    Raises:
        AssetError: missing, damaged, or its Gaussians are not bound to triangles.
    """
    gaussians = read_gaussian_ply(path)
    column = gaussians.extra.get(BINDING_COLUMN)
    if column is None:
        raise AssetError(
            f"The Gaussians of {path.name} are bound to no head: {BINDING_COLUMN} is missing.",
            _HINT,
        )
    try:
        binding = binding_from_column(column)
    except ShapeError as error:
        raise AssetError(f"{path.name} is damaged: {error}.", _HINT) from error
    on_flame = binding < FLAME_FACES
    return BoundGaussians(
        gaussians.cloud.subset(on_flame), binding[on_flame], int((~on_flame).sum())
    )


def head_of_sequence(head: FlameHead, path: Path) -> FlameHead:
    """The head with the identity of a `flame_param.npz`: its shape and its static offset.

    FLAME's own vertices alone are offset, which Gaussians ride on; midpoints of a subdivision and
    teeth stay. `exchange.tracked` reads the poses of the same file.

    Raises:
        AssetError: missing, damaged, or made for another layout of FLAME.
    """
    _, _, n_shape = head.mesh.shape_directions.shape
    n_expr = head.mesh.expression_directions.shape[2]
    shape = shape_of(read_tracked(path, n_shape, n_expr))
    arrays = arrays_from_npz(
        path.read_bytes(), f"'{path.name}'", most_bytes=limits.FLAME_TRACKED_BYTES
    )
    template = head.mesh.template.copy()
    if _OFFSET in arrays:
        template[:_FLAME_VERTICES] += _static_offset(arrays[_OFFSET], path.name)
    return replace(head, shape=shape, mesh=replace(head.mesh, template=template))


def posed_gaussians(
    bound: BoundGaussians, head: ParametricHead, pose: HeadParameters | MotionFrame
) -> GaussianCloud:
    """The Gaussians in world space, metres, on a posed head.

    Args:
        bound: from `read_bound_gaussians`.
        head: the person's, see `head_of_sequence`.
        pose: FLAME parameters, or a moment of a performance (a head without ARKit's units then
            turns, and keeps its face still).

    Raises:
        AssetError: the head is not FLAME.
    """
    if not isinstance(head, FlameHead):
        raise AssetError(
            "These Gaussians ride on FLAME's triangles, and this head has others.",
            "Choose an avatar with a FLAME head.",
        )
    if isinstance(pose, MotionFrame):
        pose = driven_parameters(head, pose)
    faces = head.mesh.faces[:FLAME_FACES]
    return posed_from_binding(bound.cloud, bound.binding, head.pose(pose), faces)


def _static_offset(values: object, title: str) -> Float32:
    offset = np.asarray(values, np.float32)
    if offset.ndim == 3 and len(offset) == 1:
        offset = offset[0]
    known = offset.ndim == 2 and len(offset) >= _FLAME_VERTICES and offset.shape[1] == 3
    if not known or not np.isfinite(offset).all():
        raise AssetError(
            f"'{title}' is damaged: {_OFFSET} is no offset of FLAME's {_FLAME_VERTICES} vertices.",
            "Take the file that lies beside the point_cloud.ply.",
        )
    return offset[:_FLAME_VERTICES]
