"""What rendered people tell beyond their pictures: where each point of the head comes from.

The renderer knows for every visible point its place `p` in image space and its place `c` on the
neutral head; `q = theta p` is the place in the expression, with the pose taken off. So a warp to
canonical space has to read at `c` what lies at `q`, and one from it has to read at `q` what lies
at `c`. That is asked of the warps directly, which brings a small model on a processor to moving
faces within minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.emoportraits.pose import inverse, sample_volume
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from avatar_core.training.portrait_batch import PortraitBatch

_SHELL = (-0.05, 0.15)
"""Depths beneath the visible surface that move along with it, in image space."""

_ELSEWHERE, _IN_DETAILS = 0.05, 0.3
_BESIDE_DETAILS = 0.1
UNITS = len(ARKIT_UNITS)
_CALM = 0.4
"""Faces whose weights add up to less are as good as neutral."""
_EYES = slice(36, 42), slice(42, 48)
_EYE_RADIUS = 0.08
"""Canonical units."""
_IN_EYES = 4.0
_FACE = 0.2
_SURROUNDINGS = 0.2
"""Side of the square that a place is compared with, in pictures."""
_SOME = 1e-3
_FAR = 0.1
"""Canonical units; ways beyond count no more than that."""


@dataclass(frozen=True, slots=True, eq=False)
class SurfacePoints:
    """Points of heads: N for each of B pictures.

    Args:
        image: [B, N, 3] image space.
        neutral: [B, N, 3] the same points on the neutral head, canonical space.
        seen: [B, N] whether there is such a point.
    """

    image: Tensor
    neutral: Tensor
    seen: Tensor


def surface_points(
    batch: PortraitBatch, generator: torch.Generator, stride: int = 2
) -> SurfacePoints:
    """Visible points of all pictures of a batch, P V of them, and a little of what lies beneath.

    Args:
        batch: the pictures.
        generator: draws how far beneath the surface each point lies.
        stride: takes every so-manieth point of the grid, across and down.
    """
    image = _image_points(batch.depth.flatten(0, 1))[:, ::stride, ::stride].flatten(1, 2)
    depth = image[..., 2]
    neutral = batch.neutral.flatten(0, 1)[:, ::stride, ::stride].flatten(1, 2)
    theta = batch.theta.flatten(0, 1)
    seen = depth.isfinite() & neutral.isfinite().all(-1)
    beneath = torch.rand(seen.shape, generator=generator).to(depth)
    beneath = _SHELL[0] + (_SHELL[1] - _SHELL[0]) * beneath
    image = image.nan_to_num() + torch.stack([beneath * 0, beneath * 0, beneath], -1)
    along = theta[:, None, :3, 2] * beneath[:, :, None]
    return SurfacePoints(image, neutral.nan_to_num() + along, seen)


def stress_of(points: SurfacePoints, theta: Tensor, details: Tensor, amount: float) -> Tensor:
    """How much each point counts, [B, N]: most where expressions move the face.

    Expressions move few points, and those a little: in a plain mean the outline of the head and the
    bust drown them.

    Args:
        points: of B pictures.
        theta: [B, 4, 4] their poses.
        details: [B, 1, S, S] 1 about eyes and mouth, less in the rest of the face, 0 beside it.
        amount: how much a way counts there; 0 lets all points count alike.
    """
    if amount == 0:
        return torch.ones_like(points.seen, dtype=torch.float32)
    moved = _moved(points.image, theta, points.neutral)
    places = points.image[:, :, None, :2]
    found = functional.grid_sample(details.float(), places, align_corners=False)[:, 0, :, 0]
    stress: Tensor = _ELSEWHERE + found * (_IN_DETAILS + amount * moved)
    return stress


def warp_from_error(
    warp: Tensor, points: SurfacePoints, theta: Tensor, stress: Tensor | None = None
) -> Tensor:
    """Mean distance between where a warp from canonical space reads and where it should.

    Args:
        warp: [B, D, H, W, 3] as the generator makes it.
        points: of the pictures that are drawn.
        theta: [B, 4, 4] their poses.
        stress: [B, N] how much each point counts, see `stress_of`; all alike where left out.
    """
    # The pose is laid on a grid that counts both ends, the decoder takes cells for pixels. How deep
    # a cell of the posed volume lies is nobody else's business.
    stretch = _stretch(warp)
    stretch[2] = 1
    places = carried(points.image * stretch, theta)
    return _mean_distance(warp, places, points.neutral, points.seen, stress)


def warp_to_error(
    warp: Tensor, points: SurfacePoints, theta: Tensor, stress: Tensor | None = None
) -> Tensor:
    """The same for a warp to canonical space; `points` and `theta` [B, 4, 4] of the source."""
    wanted = carried(points.image, theta) / _stretch(warp)
    return _mean_distance(warp, points.neutral, wanted, points.seen, stress)


class FlowErrors(NamedTuple):
    """How far the source picture is read from where it should be, image units.

    Args:
        places: mean distance.
        shapes: mean distance of what differs from the surroundings in the face. A pose or a depth
            that is a little off moves a face as a whole; that is more than expressions move a lid,
            and nobody minds.
    """

    places: Tensor
    shapes: Tensor


def flow_errors(at: Tensor, batch: PortraitBatch, amount: float = 0.0) -> FlowErrors:
    """How far the source picture is read from where it should be.

    A calm source shows the neutral head, so each point that a driver shows is known in it, hidden
    or not. Sources that are not calm ask nothing. Eyes and mouth count most: eyes are small.

    Args:
        at: [P K, 2, h, w] places in the sources for each of their drivers.
        batch: sources and drivers.
        amount: how much more points count that the expression moves, as for `stress_of`.
    """
    theta, drivers = inverse(batch.theta[:, 0]), batch.drivers
    neutral = batch.neutral[:, 1:].flatten(0, 1)
    wanted = carried(neutral.flatten(1, 2), theta.repeat_interleave(drivers, 0))
    wanted = wanted[..., :2].unflatten(1, neutral.shape[1:3]).movedim(-1, 1)
    is_calm = batch.motion[:, 0, :UNITS].sum(-1) < _CALM
    known = wanted.isfinite().all(1) & (wanted.nan_to_num().abs() < 1).all(1)
    known = known & is_calm.repeat_interleave(drivers)[:, None, None]
    side = neutral.shape[1]
    details = functional.adaptive_avg_pool2d(batch.details[:, 1:].flatten(0, 1), side)[:, 0]
    counts = known * (_BESIDE_DETAILS + details)
    if amount > 0:
        image = _image_points(batch.depth[:, 1:].flatten(0, 1)).flatten(1, 2)
        moved = _moved(image, batch.theta[:, 1:].flatten(0, 1), neutral.flatten(1, 2))
        moved = moved.nan_to_num().view_as(counts)
        counts = counts * (1 + amount * moved) * (1 + _IN_EYES * _eyes(batch))
    found = functional.interpolate(at.float(), size=(side, side), mode="bilinear")
    off = found - wanted.nan_to_num()
    in_face = known * (details > _FACE)
    shape = (off - _around(off, in_face)).abs().sum(1)
    shapes = (shape * counts * in_face).sum() / (counts * in_face).sum().clamp_min(1)
    places = (off.abs().sum(1) * counts).sum() / counts.sum().clamp_min(1)
    return FlowErrors(places, shapes)


def _around(values: Tensor, counts: Tensor) -> Tensor:
    """The mean around each cell of a map [B, C, G, G], of the cells [B, G, G] that count."""
    reach = int(_SURROUNDINGS * counts.shape[-1]) // 2
    means = functional.avg_pool2d(
        torch.cat([values * counts[:, None], counts[:, None].float()], 1),
        2 * reach + 1,
        stride=1,
        padding=reach,
    )
    mean: Tensor = means[:, :-1] / means[:, -1:].clamp_min(_SOME)
    return mean


def _eyes(batch: PortraitBatch) -> Tensor:
    """[P K, G, G] 1 in the middle of an eye, less and less away from it."""
    neutral = batch.neutral[:, 1:].flatten(0, 1)
    marks = batch.landmarks[:, 1:].flatten(0, 1)
    near: list[Tensor] = []
    for eye in _EYES:
        middle = marks[:, eye].mean(1)[:, None, None]
        near.append((-(((neutral - middle) / _EYE_RADIUS) ** 2).sum(-1)).exp())
    return (near[0] + near[1]).nan_to_num()


def _image_points(depth: Tensor) -> Tensor:
    """[B, G, G, 3] places in image space of what is seen at depths [B, G, G]."""
    side = depth.shape[-1]
    steps = (2 * torch.arange(side, device=depth.device) + 1) / side - 1
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([x.expand_as(depth), y.expand_as(depth), depth], -1)


def _moved(image: Tensor, theta: Tensor, neutral: Tensor) -> Tensor:
    """[B, N] how far an expression moves points, canonical units; NaN where there is none."""
    moved: Tensor = (carried(image, theta) - neutral).norm(dim=-1).clamp_max(_FAR)
    return moved


def depth_error(depth: Tensor, batch: PortraitBatch) -> Tensor:
    """Mean distance between the depths that are found and the true ones, image units.

    Eyes and mouth count most.

    Args:
        depth: [P K, h, w] of each driver.
        batch: sources and drivers.
    """
    wanted = batch.depth[:, 1:].flatten(0, 1)
    side = wanted.shape[-1]
    details = functional.adaptive_avg_pool2d(batch.details[:, 1:].flatten(0, 1), side)[:, 0]
    counts = wanted.isfinite() * (_BESIDE_DETAILS + details)
    found = functional.interpolate(depth[:, None].float(), size=(side, side), mode="bilinear")
    distance = (found[:, 0] - wanted.nan_to_num()).abs()
    error: Tensor = (distance * counts).sum() / counts.sum().clamp_min(1)
    return error


def carried(points: Tensor, theta: Tensor) -> Tensor:
    """Points [B, N, 3] carried by [B, 4, 4], in full precision even under autocast."""
    along = theta[:, None, :3, :3] * points[:, :, None, :]
    return along.sum(-1) + theta[:, None, :3, 3]


def _stretch(warp: Tensor) -> Tensor:
    """[3] (x, y, z): how much a grid with both ends reaches beyond the centres of cells."""
    depth, height, width = warp.shape[1:4]
    sizes = torch.tensor([width, height, depth], dtype=torch.float32, device=warp.device)
    return sizes / (sizes - 1)


def _mean_distance(
    warp: Tensor, places: Tensor, wanted: Tensor, seen: Tensor, stress: Tensor | None
) -> Tensor:
    volume = warp.permute(0, 4, 1, 2, 3)
    read = sample_volume(volume, places[:, None, None])[:, :, 0, 0].transpose(1, 2)
    # Beyond the centres of the outer cells a reading fades to zero.
    inside = seen & (places.abs() * _stretch(warp) <= 1).all(-1) & (wanted.abs() <= 1).all(-1)
    distance = (read - wanted).abs().sum(-1)
    counts = inside.float() if stress is None else inside * stress
    return (distance * counts).sum() / counts.sum().clamp_min(1e-3)
