"""Where the hair's Gaussians start: along known strands, at points, in a shell about the scalp.

Source:
    Kerbl et al. 2023, 3D Gaussian Splatting, section 5.1; Wang et al., MeGA, arXiv:2404.19026,
    released trainer and its script for initial points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.spatial import cKDTree

from avatar_core.errors import AssetError
from avatar_core.gaussians import sh_from_colours
from avatar_core.io import limits
from avatar_core.io.arrays import array_from_npy
from avatar_core.training.densification import resize
from avatar_core.training.hair_settings import HairStart
from avatar_core.training.npz import read_npz

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from avatar_core.geometry import Float32, Int32
    from avatar_core.mega.hair import CanonicalGaussians
    from avatar_core.mega.model import MegaModel
    from avatar_core.training.captures import Capture, CaptureFrame
    from avatar_core.training.settings import TrainerSettings

STRANDS = "hair_strands.npz"
"""Name of a capture's strands."""
POINTS = "*init_pts_150000.npy"
"""Name of a capture's initial points; they lie in its folder or the person's, the one above."""

_STRAND_THICKNESS_M = 9e-4
_START_OPACITY_LOGIT = 1.4
_SHELL_M = 0.02
_FAINT_OPACITY_LOGIT = float(np.log(0.1 / 0.9))
_NEAREST = 3
_LEAST_SPACING_M = 1e-7**0.5
_EXTENT_MARGIN = 1.1
_MOST_POINTS = 4_000_000
_GREY = 0.3
_COLOUR_SIZE_PX = (128, 128)


def start_hair(
    model: MegaModel,
    capture: Capture,
    frames: tuple[CaptureFrame, ...],
    settings: TrainerSettings,
) -> None:
    """Give the model's Gaussians their places, sizes and colours, as the settings say.

    Args:
        model: changed in place; gets as many Gaussians as the capture has initial points.
        capture: may bring strands or points.
        frames: pictures with hair.
        settings: `hair_start`, `gaussians` and `seed` count.

    Raises:
        AssetError: a file is damaged.
    """
    gaussians = model.networks.canonical_gs
    surface = model.surface
    scalp = (model.canonical_vertices, surface.faces, surface.scalp_vertex_ids)
    if settings.hair_start is HairStart.POINTS:
        points = read_points(capture.folder)
        if points is None:
            rng = np.random.default_rng(settings.seed)
            points, _ = shell_points(*scalp, settings.gaussians, rng)
        if len(points) != len(gaussians._xyz):
            resize(gaussians, len(points))
        start_at_points(gaussians, points, settings.seed)
        return
    colour = hair_colour(capture, frames)
    strands = capture.folder / STRANDS
    if strands.is_file():
        start_along_strands(gaussians, read_strands(strands), colour, settings.seed)
    else:
        start_in_shell(gaussians, *scalp, colour, settings.seed)


def hair_colour(capture: Capture, frames: tuple[CaptureFrame, ...]) -> Float32:
    """[3] mean colour of the hair in the first picture, 0..1 sRGB; a dark grey without labels."""
    picture = capture.picture(frames[0], _COLOUR_SIZE_PX)
    if picture.hair is None or not (picture.hair > 0.5).any():
        return np.full(3, _GREY, np.float32)
    mean: Float32 = picture.image[picture.hair > 0.5].mean(0)
    return mean


def scene_extent(frames: Iterable[CaptureFrame]) -> float:
    """Metres: 1.1 times the greatest distance of a camera from the middle of all; 1 for one."""
    centres = np.stack([frame.camera.position for frame in frames])
    farthest = float(np.linalg.norm(centres - centres.mean(0), axis=1).max())
    return _EXTENT_MARGIN * farthest or 1.0


def read_points(folder: Path) -> Float32 | None:
    """Initial points [N, 3] in metres around the canonical head, or None where there are none.

    Raises:
        AssetError: they are there but cannot be read, or are something else.
    """
    found = [path for place in (folder, folder.parent) for path in sorted(place.glob(POINTS))]
    if not found:
        return None
    try:
        if found[0].stat().st_size > limits.CAPTURE_POINTS_BYTES:
            raise AssetError(f"The points '{found[0]}' are larger than points can be.")
        data = found[0].read_bytes()
    except OSError as error:
        raise AssetError(f"The points '{found[0]}' cannot be read.") from error
    points = np.array(array_from_npy(data, f"The file '{found[0]}'"), np.float32)
    whole = points.ndim == 2 and points.shape[1] == 3 and 0 < len(points) <= _MOST_POINTS
    if not whole or not np.isfinite(points).all():
        raise AssetError(f"The points '{found[0]}' are not [N, 3] finite points.")
    return points


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
    points, area = shell_points(vertices, faces, scalp_vertex_ids, count, rng)
    spacing = np.sqrt(area * 0.5 / count)
    scales = np.full((count, 3), spacing)
    _write(gaussians, points, _unturned(count), scales, colour)


def start_at_points(gaussians: CanonicalGaussians, points: Float32, seed: int) -> None:
    """Round Gaussians in random colours, faint, as large as their neighbours are far.

    Args:
        gaussians: as many as points.
        points: [N, 3] metres.
        seed: of the colours.
    """
    count = len(points)
    near = min(_NEAREST, count - 1)
    distances = np.asarray(cKDTree(points).query(points, near + 1)[0]).reshape(count, -1)[:, 1:]
    spacing = np.sqrt(np.square(distances).mean(1)) if near else np.zeros(count)
    scales = np.repeat(spacing.clip(min=_LEAST_SPACING_M)[:, None], 3, 1)
    colours = np.random.default_rng(seed).random((count, 3)).astype(np.float32)
    _write(gaussians, points, _unturned(count), scales, colours, _FAINT_OPACITY_LOGIT)


def shell_points(
    vertices: Float32,
    faces: Int32,
    scalp_vertex_ids: Int32,
    count: int,
    rng: np.random.Generator,
) -> tuple[Float32, float]:
    """Random points [N, 3] on the scalp (a third) and up to 2 cm outside it, and its area twice.

    Args:
        vertices: [V, 3] metres.
        faces: [F, 3].
        scalp_vertex_ids: [S]; a face all of whose corners are among them is scalp.
        count: N.
        rng: places the points.
    """
    on_scalp = np.isin(faces, scalp_vertex_ids).all(1)
    corners = vertices[faces[on_scalp]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    face = rng.choice(len(corners), count, p=areas / areas.sum())
    weights = rng.dirichlet((1.0, 1.0, 1.0), count)
    points = np.einsum("nk,nkc->nc", weights, corners[face])
    outward = normals[face] / areas[face, None]
    points += outward * rng.random((count, 3)) * _SHELL_M * (np.arange(count) % 3 > 0)[:, None]
    return points, areas.sum()


def _unturned(count: int) -> Float32:
    return np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1))


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
    gaussians: CanonicalGaussians,
    means: Float32,
    quats: Float32,
    scales: Float32,
    colours: Float32,
    opacity_logit: float = _START_OPACITY_LOGIT,
) -> None:
    """Colours are [3] for all or [N, 3]."""
    sh = sh_from_colours(np.atleast_2d(colours))
    with torch.no_grad():
        gaussians._xyz.copy_(torch.as_tensor(means))
        gaussians._rotation.copy_(torch.as_tensor(quats))
        gaussians._scaling.copy_(torch.as_tensor(np.log(scales)))
        gaussians._opacity.fill_(opacity_logit)
        gaussians._features_dc.copy_(torch.as_tensor(sh))
