"""Which Gaussian one sees at a pixel: the one halfway through what hair shows there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.projection import LEAST_ALPHA, LOW_PASS_PX2, MOST_ALPHA, projected
from avatar_core.geometry import matrix_from_quat
from avatar_core.render.visibility import WIDEST_SIGMAS

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera, Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.render.sorting import UInt32

SOFTNESS_RANGE_M = (0.0005, 0.004)
"""As in `shaders/splat_project.frag.glsl`."""

_LEAST_COVER_OF_FACE = 0.5
_LEAST_COVER_OF_NOTHING = 0.05


def hair_at_pixel(
    cloud: GaussianCloud,
    order: UInt32,
    camera: Camera,
    pixel: tuple[int, int],
    surface_m: float | None,
) -> tuple[int, float] | None:
    """The Gaussian at the median of the hair's visible coverage of a pixel.

    Hair thinner than half the coverage lets the face behind it be picked; over the background
    even a faint strand counts.

    Args:
        cloud: as posed.
        order: the Gaussians that are drawn, farthest first.
        camera: of the picture.
        pixel: column and row, top left (0, 0).
        surface_m: distance of the face there, metres; None where there is none.

    Returns:
        Its index and its distance along the camera's z axis in metres; None without hair.
    """
    middle = np.array(pixel, np.float64) + 0.5
    nearest_first = order[::-1]
    candidates = nearest_first[_may_touch(cloud, nearest_first, camera, middle)]
    if len(candidates) == 0:
        return None
    near = cloud.subset(candidates)
    alpha = _alpha_at(near, camera, middle)
    depths = (near.means @ camera.view[2, :3] + camera.view[2, 3]).astype(np.float64)
    if surface_m is not None:
        alpha *= _before_surface(surface_m - depths, _softness_m(near, camera))
    seen = alpha * np.cumprod(np.concatenate([[1.0], 1.0 - alpha[:-1]]))
    covered = np.cumsum(seen)
    least = _LEAST_COVER_OF_NOTHING if surface_m is None else _LEAST_COVER_OF_FACE
    if covered[-1] < least:
        return None
    median = int(np.searchsorted(covered, 0.5 * covered[-1]))
    return int(candidates[median]), float(depths[median])


def _may_touch(
    cloud: GaussianCloud, indices: UInt32, camera: Camera, middle: Float64
) -> np.ndarray:
    """Whether balls around the Gaussians reach the pixel: cheap, and never wrong about a no."""
    local = cloud.means[indices] @ camera.view[:3, :3].T + camera.view[:3, 3]
    focal = np.array([camera.intrinsics[0, 0], camera.intrinsics[1, 1]])
    slopes = local[:, :2] / local[:, 2:]
    away = np.linalg.norm(focal * slopes + camera.intrinsics[:2, 2] - middle, axis=1)
    reach_m = WIDEST_SIGMAS * cloud.scales[indices].max(axis=1)
    oblique = 1.0 + np.linalg.norm(slopes, axis=1)
    reach_px = focal.max() * reach_m / local[:, 2] * oblique + WIDEST_SIGMAS * LOW_PASS_PX2**0.5
    touching: np.ndarray = away <= reach_px
    return touching


def _alpha_at(cloud: GaussianCloud, camera: Camera, middle: Float64) -> Float64:
    ellipses = projected(cloud, camera)
    offsets = middle - ellipses.centres
    distances = np.einsum("ni,nij,nj->n", offsets, np.linalg.inv(ellipses.covariances), offsets)
    falloff: Float64 = np.exp(-0.5 * distances)
    alpha = np.minimum(MOST_ALPHA, cloud.opacities.astype(np.float64) * falloff)
    alpha[~ellipses.visible | (alpha < LEAST_ALPHA)] = 0.0
    return alpha


def _softness_m(cloud: GaussianCloud, camera: Camera) -> Float64:
    """[N] standard deviation along the camera's z axis, limited as in the shader."""
    axes = matrix_from_quat(cloud.quats) * cloud.scales[:, None, :]
    along_view: Float32 = np.einsum("i,nij->nj", camera.view[2, :3], axes)
    softness: Float64 = np.linalg.norm(along_view, axis=1).astype(np.float64)
    return softness.clip(*SOFTNESS_RANGE_M)


def _before_surface(margin_m: Float64, softness_m: Float64) -> Float64:
    """GLSL's smoothstep from -softness to +softness."""
    t = np.clip(0.5 + 0.5 * margin_m / softness_m, 0.0, 1.0)
    smooth: Float64 = t * t * (3.0 - 2.0 * t)
    return smooth
