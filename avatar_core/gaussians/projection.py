"""Gaussians in the image plane: the readable twin of the splat shader.

The camera's axes are OpenCV's (z forward). A Gaussian becomes an ellipse: the perspective is
linear enough over its size that its covariance is carried by the Jacobian alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes, matrix_from_quat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians.cloud import GaussianCloud
    from avatar_core.geometry import Camera, Float32
    from avatar_core.geometry.shapes import Float64

LOW_PASS_PX2 = 0.3
"""Added to both diagonal elements, so that no Gaussian is thinner than a pixel."""

LEAST_ALPHA = 1 / 255
"""What is fainter cannot change an 8-bit picture and is not drawn."""

MOST_ALPHA = 0.99

_FRUSTUM_MARGIN = 1.3


@dataclass(frozen=True, slots=True, eq=False)
class ProjectedGaussians:
    """N Gaussians as ellipses in an image.

    Args:
        centres: [N, 2] pixels; the centre of the top left pixel is (0.5, 0.5).
        covariances: [N, 2, 2] px^2, low-passed.
        axes: [N, 2, 2] half axes of the drawn quad as rows, pixels, the longer first; they end
            where the Gaussian falls below `LEAST_ALPHA`.
        depths: [N] metres along z.
        visible: [N] in front of the near plane and not too faint.
    """

    centres: Float64
    covariances: Float64
    axes: Float64
    depths: Float64
    visible: NDArray[np.bool_]


def projected(cloud: GaussianCloud, camera: Camera) -> ProjectedGaussians:
    """Project a cloud.

    Source:
        Zwicker et al. 2001, "EWA Volume Splatting", sections 4 and 5; Kerbl et al. 2023,
        3D Gaussian Splatting, section 4. The low pass and the clamp of the slope follow the
        training rasteriser, without opacity compensation.
    """
    view = camera.view.astype(np.float64)
    local = cloud.means @ view[:3, :3].T + view[:3, 3]
    depths = local[:, 2]
    in_front = depths > camera.near_m
    z = np.where(in_front, depths, 1.0)
    fx, fy = float(camera.intrinsics[0, 0]), float(camera.intrinsics[1, 1])
    slopes = local[:, :2] / z[:, None]
    centres = slopes * [fx, fy] + camera.intrinsics[:2, 2]
    limit = _FRUSTUM_MARGIN * 0.5 * np.array([camera.width_px / fx, camera.height_px / fy])
    # Only inside the Jacobian: far off the picture the linear approximation would explode.
    jacobians = _jacobians(np.clip(slopes, -limit, limit), z, fx, fy)
    spread = jacobians @ view[:3, :3] @ _scaled_axes(cloud.quats, cloud.scales)
    covariances = spread @ np.swapaxes(spread, 1, 2) + LOW_PASS_PX2 * np.eye(2)
    return ProjectedGaussians(
        centres=centres,
        covariances=covariances,
        axes=quad_axes(covariances, cloud.opacities),
        depths=depths,
        visible=in_front & (cloud.opacities >= LEAST_ALPHA),
    )


def quad_axes(covariances: Float64, opacities: Float32) -> Float64:
    """Half axes [N, 2, 2] (rows, longer first) within which alpha is at least `LEAST_ALPHA`.

    Args:
        covariances: [N, 2, 2] px^2.
        opacities: [N] 0..1; below `LEAST_ALPHA` the axes are zero.
    """
    expect_shapes(covariances=(covariances, "N 2 2"), opacities=(opacities, "N"))
    # opacity * exp(-r^2 / 2) = 1 / 255 at r standard deviations.
    faintness = np.maximum(opacities.astype(np.float64) / LEAST_ALPHA, 1.0)
    reach = np.sqrt(2 * np.log(faintness))
    variances, vectors = np.linalg.eigh(covariances)
    lengths = reach[:, None] * np.sqrt(np.maximum(variances, 0))
    half_axes: Float64 = (np.swapaxes(vectors, 1, 2) * lengths[:, :, None])[:, ::-1]
    return half_axes


def _jacobians(slopes: Float64, z: Float64, fx: float, fy: float) -> Float64:
    """[N, 2, 3] change of the pixel position per metre in camera axes."""
    jacobians = np.zeros((len(z), 2, 3))
    jacobians[:, 0, 0] = fx / z
    jacobians[:, 1, 1] = fy / z
    jacobians[:, 0, 2] = -fx * slopes[:, 0] / z
    jacobians[:, 1, 2] = -fy * slopes[:, 1] / z
    return jacobians


def _scaled_axes(quats: Float32, scales: Float32) -> Float64:
    """[N, 3, 3] columns: the Gaussian's axes in world space, one standard deviation long."""
    axes: Float64 = matrix_from_quat(quats).astype(np.float64) * scales[:, None, :]
    return axes
