"""A picture of Gaussians, drawn slowly and readably: what the renderer is tested against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.harmonics import seen_colours
from avatar_core.gaussians.projection import LEAST_ALPHA, MOST_ALPHA, projected

if TYPE_CHECKING:
    from avatar_core.gaussians.cloud import GaussianCloud
    from avatar_core.geometry import Camera, Float32
    from avatar_core.geometry.shapes import Float64


def splatted(cloud: GaussianCloud, camera: Camera, turn: Float32 | None = None) -> Float64:
    """The premultiplied picture of a cloud, farthest Gaussian first.

    Args:
        cloud: the Gaussians.
        camera: where from, and how large.
        turn: [3, 3] by which the cloud was turned after its harmonics were made; None for none.

    Returns:
        [H, W, 4] premultiplied display RGB and coverage, top row first.

    Source:
        Kerbl et al. 2023, 3D Gaussian Splatting, equation 3, composited back to front.
    """
    ellipses = projected(cloud, camera)
    directions = cloud.means - camera.position
    directions = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
    if turn is not None:
        # Turning the look back is the same as turning the harmonics forward.
        directions = directions @ turn
    colours = seen_colours(cloud.sh, directions.astype(np.float32))
    picture = np.zeros((camera.height_px, camera.width_px, 4))
    for index in np.argsort(-ellipses.depths, kind="stable"):
        if not ellipses.visible[index]:
            continue
        rows, columns = _covered(ellipses.centres[index], ellipses.axes[index], picture)
        alpha = _alpha(
            ellipses.centres[index],
            ellipses.covariances[index],
            float(cloud.opacities[index]),
            rows,
            columns,
        )
        source = alpha[..., None] * np.append(colours[index], 1.0)
        picture[rows, columns] = source + (1 - alpha[..., None]) * picture[rows, columns]
    return picture


def _covered(centre: Float64, axes: Float64, picture: Float64) -> tuple[slice, slice]:
    """Rows and columns of the pixels that the ellipse's box touches."""
    reach = np.linalg.norm(axes, axis=0)
    first = np.maximum(np.floor(centre - reach), 0).astype(int)
    last = np.maximum(np.ceil(centre + reach), 0).astype(int)
    height, width = picture.shape[:2]
    return (
        slice(min(first[1], height), min(last[1], height)),
        slice(min(first[0], width), min(last[0], width)),
    )


def _alpha(
    centre: Float64, covariance: Float64, opacity: float, rows: slice, columns: slice
) -> Float64:
    """Coverage of each pixel centre in a box of the picture."""
    y, x = np.mgrid[rows, columns] + 0.5
    offset = np.stack([x, y], axis=-1) - centre
    distance = np.einsum("hwi,ij,hwj->hw", offset, np.linalg.inv(covariance), offset)
    alpha = np.minimum(opacity * np.exp(-0.5 * distance), MOST_ALPHA)
    return np.where(alpha >= LEAST_ALPHA, alpha, 0.0)
