"""What an artist points at: Gaussians in an outline, a ball or a stroke, of a colour or a range.

Everything gives weights [M] float32 0..1; `selection.combined` adds them to what is selected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.gaussians import seen_colours
from avatar_core.geometry import expect_shapes
from avatar_core.hair.brush import Falloff, falloff_weights
from avatar_core.hair.colour import oklab_from_srgb

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera, Float32

_FAR_PX = 30_000
"""Outlines are cut off this far from the picture's corner."""

_SUBPIXEL_BITS = 4


def polygon_mask(size: tuple[int, int], points: ArrayLike) -> NDArray[np.bool_]:
    """The pixels within a closed outline, a lasso's or a polygon's; its line counts as within.

    Where the outline crosses itself, what it encloses twice lies outside.

    Args:
        size: height and width of the picture.
        points: [n, 2] x and y in pixels; the last joins the first. Less than three hold nothing.

    Returns:
        [H, W].
    """
    import cv2

    mask = np.zeros(size, np.uint8)
    outline = np.asarray(points, np.float64).reshape(-1, 2)
    if len(outline) >= 3:
        # OpenCV counts from the middle of the top left pixel.
        grid = np.rint((outline - 0.5).clip(-_FAR_PX, _FAR_PX) * 2**_SUBPIXEL_BITS)
        cv2.fillPoly(mask, [grid.astype(np.int32)], 1, shift=_SUBPIXEL_BITS)
    return mask.astype(bool)


def rows_in_mask(
    means: Float32,
    camera: Camera,
    mask: NDArray[np.bool_],
    allowed: NDArray[np.bool_] | None = None,
) -> Float32:
    """Gaussians whose middles show within a mask.

    Args:
        means: [M, 3] as drawn, world.
        camera: of the picture.
        mask: [H, W] of the picture.
        allowed: [M] those that count, such as the visible ones; None for all, seen or not.

    Raises:
        ShapeError: mask and picture differ in size.
    """
    expect_shapes(means=(means, "M 3"))
    if mask.shape != (camera.height_px, camera.width_px):
        raise ShapeError(
            f"mask: expected {[camera.height_px, camera.width_px]}, got {list(mask.shape)}"
        )
    pixels, depths = camera.project(means)
    x, y = pixels[:, 0], pixels[:, 1]
    shown = (depths > camera.near_m) & (x >= 0) & (y >= 0)
    shown &= (x < camera.width_px) & (y < camera.height_px)
    if allowed is not None:
        shown &= allowed
    rows = np.flatnonzero(shown)
    weights = np.zeros(len(means), np.float32)
    weights[rows] = mask[y[rows].astype(np.intp), x[rows].astype(np.intp)]
    return weights


def rows_in_sphere(
    means: Float32, centre: Float32, radius_m: float, falloff: Falloff = Falloff.CONSTANT
) -> Float32:
    """Gaussians in a ball around `centre` [3]; weights fall off towards its rim."""
    return rows_in_capsule(means, centre, centre, radius_m, falloff)


def rows_in_capsule(
    means: Float32,
    start: Float32,
    end: Float32,
    radius_m: float,
    falloff: Falloff = Falloff.CONSTANT,
) -> Float32:
    """Gaussians near the line from `start` [3] to `end` [3], as a ball sweeps along it.

    Args:
        means: [M, 3] metres.
        start: [3] metres.
        end: [3] metres; it may be the start.
        radius_m: of the ball.
        falloff: of the weights towards the rim.
    """
    expect_shapes(means=(means, "M 3"), start=(start, "3"), end=(end, "3"))
    middle, half = 0.5 * (start + end), 0.5 * np.linalg.norm(end - start)
    weights = np.zeros(len(means), np.float32)
    # A cheap box first: most of the hair is elsewhere.
    reach = np.float32(radius_m + half)
    near = np.abs(means[:, 0] - middle[0]) < reach
    near &= np.abs(means[:, 1] - middle[1]) < reach
    near &= np.abs(means[:, 2] - middle[2]) < reach
    rows = np.flatnonzero(near)
    along, from_start = end - start, means[rows] - start
    square = max(float(along @ along), 1e-12)
    parts = (from_start @ along / np.float32(square)).clip(0, 1)
    distances = np.linalg.norm(from_start - parts[:, None] * along, axis=1)
    weights[rows] = falloff_weights(distances, radius_m, falloff)
    return weights


class SelectionStroke:
    """A brush that selects: the most that any sample, or the way between two, gave each Gaussian.

    Args:
        means: [M, 3] around the neutral head, metres.
        falloff: towards the rim.
        is_mirrored: select the same across the plane x = 0.
        allowed: [M] those that count; None for all.
    """

    def __init__(
        self,
        means: Float32,
        falloff: Falloff = Falloff.CONSTANT,
        *,
        is_mirrored: bool = False,
        allowed: NDArray[np.bool_] | None = None,
    ) -> None:
        self._means = means
        self._falloff = falloff
        self._sides = [np.ones(3, np.float32)]
        if is_mirrored:
            self._sides.append(np.array([-1, 1, 1], np.float32))
        self._allowed = allowed
        self._last: Float32 | None = None
        self.weights: Float32 = np.zeros(len(means), np.float32)
        """[M] 0..1 found so far; replaced, never written."""

    def dab(self, position: Float32, radius_m: float, strength: float = 1.0) -> None:
        """Go on to `position` [3] with a ball of some size; `strength` 0..1 limits the weights."""
        last = position if self._last is None else self._last
        found = self.weights
        for side in self._sides:
            ball = rows_in_capsule(
                self._means, last * side, position * side, radius_m, self._falloff
            )
            found = np.maximum(found, np.float32(strength) * ball)
        self.weights = found if self._allowed is None else found * self._allowed
        self._last = position.copy()


def rows_by_colour(
    colours: Float32, sample: ArrayLike, tolerance: float = 0.08, softness: float = 0.04
) -> Float32:
    """Gaussians that look like a sample.

    Args:
        colours: [M, 3] display RGB: the basic ones, or as `seen_from` somewhere.
        sample: [3] display RGB.
        tolerance: distance in OKLab up to which they count fully; 0.02 is just noticeable.
        softness: further distance over which they count less and less.
    """
    away = oklab_from_srgb(colours) - oklab_from_srgb(sample)
    return _soft(tolerance - np.sqrt(np.einsum("nc,nc->n", away, away)), softness)


def seen_from(cloud: GaussianCloud, eye: Float32, hair_turn: Float32) -> Float32:
    """Display colours [M, 3] of hair as seen from somewhere.

    Args:
        cloud: [M] posed in the world, harmonics as around the neutral head.
        eye: [3] world, metres.
        hair_turn: [3, 3] turn of the hair as a whole, see `AvatarFrame.hair_turn`.
    """
    away: Float32 = cloud.means - eye
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), np.float32(1e-9))
    # A row d times the turn is the turn's transpose times d: back into the axes of the harmonics.
    turned: Float32 = away @ hair_turn
    return seen_colours(cloud.sh, turned)


def rows_in_range(values: Float32, low: float, high: float, softness: float = 0.0) -> Float32:
    """Gaussians with values from `low` to `high`; they count less and less over `softness` beyond.

    Args:
        values: [M], NaN where unknown: those never count.
        low: one limit, which counts as within.
        high: the other.
        softness: in the unit of the values.
    """
    low, high = min(low, high), max(low, high)
    inside = np.fmin(values - np.float32(low), np.float32(high) - values)
    return _soft(np.where(np.isnan(values), np.float32(-np.inf), inside), softness)


def _soft(inside: Float32, softness: float) -> Float32:
    """1 where `inside` is 0 or more, falling to 0 over `softness` below."""
    if softness <= 0:
        return (inside >= 0).astype(np.float32)
    return (1 + inside / np.float32(softness)).clip(0, 1).astype(np.float32)
