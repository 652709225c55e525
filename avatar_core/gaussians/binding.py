"""Gaussians that ride on triangles, as GaussianAvatars rigs them to a head.

Source:
    Qian et al. 2024, GaussianAvatars, arXiv:2312.02069, section 3.2, rigging to triangles.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import (
    Float32,
    Int32,
    expect_shapes,
    quat_from_matrix,
    quat_multiply,
)

if TYPE_CHECKING:
    from avatar_core.gaussians.cloud import GaussianCloud
    from avatar_core.geometry.shapes import AnyArray, Float64

BINDING_COLUMN = "binding_0"
"""The column of a GaussianAvatars `.ply` that names each Gaussian's triangle."""

FLAME_FACES = 9976
"""Triangles that GaussianAvatars' face list shares with FLAME's; later ones are its own teeth."""

_SMALLEST_LENGTH = 1e-10


class TriangleFrames(NamedTuple):
    """A frame per triangle.

    rotations [F, 3, 3] triangle to world, column vectors; sizes [F] metres; centres [F, 3] metres.
    """

    rotations: Float32
    sizes: Float32
    centres: Float32


def triangle_frames(vertices: Float32, faces: Int32) -> TriangleFrames:
    """The frame of every triangle: along its first edge, along its normal, across both.

    Args:
        vertices: [V, 3] metres.
        faces: [F, 3] vertex ids.

    Returns:
        Frames; a triangle without area has the world's axes, one without extent the least size.

    Source:
        Qian et al. 2024, GaussianAvatars, section 3.2; the size is the mean of the first edge and
        of the height over it.
    """
    expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
    corners = vertices[faces].astype(np.float64)
    edge = corners[:, 1] - corners[:, 0]
    side = corners[:, 2] - corners[:, 0]
    first, length = _normalised(edge)
    normal, area = _normalised(np.cross(first, side))
    across = np.cross(first, normal)
    rotations = np.stack([first, normal, across], -1)
    rotations[(length < _SMALLEST_LENGTH) | (area < _SMALLEST_LENGTH)] = np.eye(3)
    height = np.abs(np.einsum("fi,fi->f", across, side))
    sizes = np.maximum(0.5 * (length + height), _SMALLEST_LENGTH)
    return TriangleFrames(
        rotations.astype(np.float32),
        sizes.astype(np.float32),
        corners.mean(1).astype(np.float32),
    )


def posed_means(
    means: Float32, binding: Int32, frames: Float32, scales: Float32, origins: Float32
) -> Float32:
    """Move Gaussian means from triangle space to world space.

    Args:
        means: [N, 3] in the frame of the bound triangle, in triangle sizes.
        binding: [N] index of the triangle each Gaussian rides on.
        frames: [F, 3, 3] triangle-to-world rotations, column vectors.
        scales: [F] triangle sizes, metres.
        origins: [F, 3] triangle centres in world space, metres.

    Returns:
        [N, 3] means in world space, metres.

    Raises:
        ShapeError: an array does not have the shape above.

    Source:
        Qian et al. 2024, GaussianAvatars, arXiv:2312.02069, rigging to triangles.
    """
    expect_shapes(
        means=(means, "N 3"), binding=(binding, "N"), frames=(frames, "F 3 3"),
        scales=(scales, "F"), origins=(origins, "F 3"),
    )  # fmt: skip
    local = scales[binding, None] * means
    world: Float32 = np.einsum("nij,nj->ni", frames[binding], local) + origins[binding]
    return world


def posed_from_binding(
    cloud: GaussianCloud, binding: Int32, vertices: Float32, faces: Int32
) -> GaussianCloud:
    """Gaussians of triangle space in the space of a posed head.

    Args:
        cloud: N Gaussians as their file has them: means and scales in triangle sizes, quats
            relative to the triangle.
        binding: [N] index into `faces`, see `binding_from_column`.
        vertices: [V, 3] posed, metres.
        faces: [F, 3] the triangles that the file means. Of a `FlameHead` these are the first
            `FLAME_FACES`; Gaussians bound beyond ride on the file's own teeth and have to be left
            out, or they would sit on other triangles.

    Returns:
        The same Gaussians in world space, metres. Harmonics are left as they are: the published
        renderer evaluates them along world directions.

    Raises:
        ShapeError: arrays disagree, or a binding names no triangle.

    Source:
        Qian et al. 2024, GaussianAvatars, section 3.2, equations 2 to 4.
    """
    expect_shapes(means=(cloud.means, "N 3"), binding=(binding, "N"))
    if len(binding) and (binding.min() < 0 or binding.max() >= len(faces)):
        raise ShapeError(f"binding: expected triangles 0..{len(faces) - 1}")
    frames = triangle_frames(vertices, faces)
    turns = quat_from_matrix(frames.rotations)[binding]
    return replace(
        cloud,
        means=posed_means(cloud.means, binding, *frames),
        quats=quat_multiply(turns, cloud.quats),
        scales=cloud.scales * frames.sizes[binding, None],
    )


def binding_from_column(column: AnyArray) -> Int32:
    """Triangle indices [N] of the column `binding_0`, which files store as real numbers.

    Raises:
        ShapeError: values are not whole or negative.
    """
    values = np.asarray(column, np.float64)
    if not np.all(np.isfinite(values)) or np.any((values < 0) | (values % 1 != 0)):
        raise ShapeError("binding_0: expected whole numbers from 0 on")
    if len(values) and values.max() >= np.iinfo(np.int32).max:
        raise ShapeError("binding_0: a triangle beyond any mesh")
    return values.astype(np.int32)


def _normalised(vectors: Float64) -> tuple[Float64, Float64]:
    length = np.linalg.norm(vectors, axis=-1)
    return vectors / np.maximum(length, _SMALLEST_LENGTH)[:, None], length
