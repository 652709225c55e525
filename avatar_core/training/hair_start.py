"""Where the hair's Gaussians start: along known strands, or in a shell around the scalp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.errors import AssetError
from avatar_core.gaussians import sh_from_colours
from avatar_core.training.npz import read_npz

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32, Int32
    from avatar_core.mega.hair import CanonicalGaussians

_STRAND_THICKNESS_M = 9e-4
_START_OPACITY_LOGIT = 1.4
_SHELL_M = 0.02


def read_strands(path: Path) -> Float32:
    """Strands [S, P, 3] in metres of a file `hair_strands.npz`.

    Raises:
        AssetError: it cannot be read or holds something else.
    """
    try:
        points = np.asarray(read_npz(path)["points"], np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise AssetError(f"The strands '{path}' cannot be read.") from error
    if points.ndim != 3 or points.shape[2] != 3 or not np.isfinite(points).all():
        raise AssetError(f"The strands '{path}' are not [S, P, 3] finite points.")
    return points


def start_along_strands(
    gaussians: CanonicalGaussians, strands: Float32, colour: Float32, seed: int
) -> None:
    """Put elongated Gaussians on random strand segments, all of one colour [3] 0..1."""
    rng = np.random.default_rng(seed)
    count = gaussians._xyz.shape[0]
    strand = rng.integers(0, strands.shape[0], count)
    segment = rng.integers(0, strands.shape[1] - 1, count)
    start, end = strands[strand, segment], strands[strand, segment + 1]
    along = end - start
    length = np.linalg.norm(along, axis=1, keepdims=True) + 1e-6
    scales = np.concatenate([0.9 * length, np.full((count, 2), _STRAND_THICKNESS_M)], 1)
    _write(gaussians, 0.5 * (start + end), _quats_from_x(along / length), scales, colour)


def start_in_shell(
    gaussians: CanonicalGaussians,
    vertices: Float32,
    faces: Int32,
    scalp_vertex_ids: Int32,
    colour: Float32,
    seed: int,
) -> None:
    """A third of the points on the scalp, the rest up to 2 cm outside it, round and small."""
    rng = np.random.default_rng(seed)
    count = gaussians._xyz.shape[0]
    on_scalp = np.isin(faces, scalp_vertex_ids).all(1)
    corners = vertices[faces[on_scalp]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    face = rng.choice(len(corners), count, p=areas / areas.sum())
    weights = rng.dirichlet((1.0, 1.0, 1.0), count)
    points = np.einsum("nk,nkc->nc", weights, corners[face])
    outward = normals[face] / areas[face, None]
    points += outward * rng.random((count, 3)) * _SHELL_M * (np.arange(count) % 3 > 0)[:, None]
    spacing = np.sqrt(areas.sum() * 0.5 / count)
    quats = np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1))
    _write(gaussians, points, quats, np.full((count, 3), spacing), colour)


def _quats_from_x(directions: Float32) -> Float32:
    """Shortest rotations [N, 4] that turn the x axis to unit directions [N, 3]."""
    quats = np.zeros((len(directions), 4))
    quats[:, 0] = 1.0 + directions[:, 0]
    quats[:, 2], quats[:, 3] = -directions[:, 2], directions[:, 1]
    opposite = quats[:, 0] < 1e-6
    quats[opposite] = (0.0, 0.0, 1.0, 0.0)
    unit: Float32 = (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _write(
    gaussians: CanonicalGaussians, means: Float32, quats: Float32, scales: Float32, colour: Float32
) -> None:
    with torch.no_grad():
        gaussians._xyz.copy_(torch.as_tensor(means))
        gaussians._rotation.copy_(torch.as_tensor(quats))
        gaussians._scaling.copy_(torch.as_tensor(np.log(scales)))
        gaussians._opacity.fill_(_START_OPACITY_LOGIT)
        gaussians._features_dc.copy_(torch.as_tensor(sh_from_colours(colour[None])))
