"""Head poses of a portrait: the transform `theta`, what it does to grids, and how two are mixed.

Image space: x right, y down, z in depth; x and y run from -1 to 1 across the picture, z has the
same unit. `theta` [4, 4] leads from there to canonical space, where the head looks straight at the
viewer: `canonical = S R (image + t)`, so `theta = S R T`. Which way z grows is the own matter of
the model (`PortraitConfig.depth_towards_viewer`) and nothing to this module.

Grids are made by broadcasting, without matrix products: autocast would round those to half, and
a warp needs more than the eight bits of bfloat16.

Source:
    Drobyshev et al., MegaPortraits, arXiv:2207.07621, section 3.1, and EMOPortraits,
    arXiv:2404.19110; conventions of the released code.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.emoportraits.shares import share, shares_of
from avatar_core.geometry import expect_shapes

_ROTATION_LOW_RAD = -math.pi / 2
_ROTATION_HIGH_RAD = math.pi
# Not symmetric: so the released code has it, and its networks were trained that way.

ALIGNMENT_ZOOM = 0.5
"""The expression network sees the middle half of the canonical picture."""

_GAUSS_NEWTON_STEPS = 20
_DAMPING = 1e-9

MixVariant = Literal["new", "old"]


class PoseParameters(NamedTuple):
    """What a pose consists of, and what the head-pose network answers.

    Args:
        scale: [B, 3] along the axes of canonical space.
        rotation: [B, 3] radians (a, b, c) of `Rz(a) Ry(b) Rx(c)`: tilt in the picture, turn to the
            side, nod.
        translation: [B, 3] image space.
    """

    scale: Tensor
    rotation: Tensor
    translation: Tensor

    @property
    def theta(self) -> Tensor:
        """[B, 4, 4] image space to canonical space."""
        return theta_of(*self)


def clamped_rotation(rotation: Tensor) -> Tensor:
    """Angles within -pi/2 .. pi, each by itself."""
    return rotation.clamp(_ROTATION_LOW_RAD, _ROTATION_HIGH_RAD)


def rotation_matrices(rotation: Tensor) -> Tensor:
    """Matrices [B, 3, 3] `Rz(a) Ry(b) Rx(c)` of angles [B, 3], which are not clamped."""
    expect_shapes(rotation=(rotation, "B 3"))
    (ca, cb, cc), (sa, sb, sc) = rotation.cos().unbind(-1), rotation.sin().unbind(-1)
    rows = [
        [ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc],
        [sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc],
        [-sb, cb * sc, cb * cc],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def rotation_angles(matrices: Tensor) -> Tensor:
    """Angles [B, 3] of rotations [B, 3, 3]; the turn to the side is within -pi/2 .. pi/2."""
    expect_shapes(matrices=(matrices, "B 3 3"))
    tilt = torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0])
    turn = torch.asin((-matrices[:, 2, 0]).clamp(-1, 1))
    nod = torch.atan2(matrices[:, 2, 1], matrices[:, 2, 2])
    return torch.stack([tilt, turn, nod], -1)


def theta_of(scale: Tensor, rotation: Tensor, translation: Tensor) -> Tensor:
    """The transform [B, 4, 4] from image space to canonical space.

    Args:
        scale: [B, 3].
        rotation: [B, 3] radians; clamped to -pi/2 .. pi.
        translation: [B, 3], added before the rotation.
    """
    expect_shapes(
        scale=(scale, "B 3"), rotation=(rotation, "B 3"), translation=(translation, "B 3")
    )
    linear = scale[:, :, None] * rotation_matrices(clamped_rotation(rotation))
    return _affine(linear, (linear * translation[:, None, :]).sum(-1))


def inverse(theta: Tensor) -> Tensor:
    """From canonical space to image space, for affine transforms [B, 4, 4].

    Written out by cofactors, so that it can be exported to ONNX and stays in full precision.
    """
    expect_shapes(theta=(theta, "B 4 4"))
    a, b, c = theta[:, 0, :3], theta[:, 1, :3], theta[:, 2, :3]
    cofactors = torch.stack([_cross(b, c), _cross(c, a), _cross(a, b)], -1)
    linear = cofactors / (a * cofactors[:, :, 0]).sum(-1)[:, None, None]
    return _affine(linear, -(linear * theta[:, None, :3, 3]).sum(-1))


def identity_grid(
    depth: int, height: int, width: int, device: torch.device | str | None = None
) -> Tensor:
    """Places [D, H, W, 4] of a volume's cells as (x, y, z, 1), from -1 to 1 with both ends.

    `sample_volume` takes -1 and 1 for the outer faces of the outer cells, so an identity warp
    shrinks the picture a little: the released networks have learned with that.
    """
    z, y, x = torch.meshgrid(
        *(torch.linspace(-1, 1, size, device=device) for size in (depth, height, width)),
        indexing="ij",
    )
    return torch.stack([x, y, z, torch.ones_like(x)], -1)


def pose_grid(theta: Tensor, depth: int, height: int, width: int) -> Tensor:
    """Where each cell of a posed volume comes from in the canonical one, [B, D, H, W, 3].

    With `inverse(theta)` it is the way back: it takes the pose of the source off its volume.

    Args:
        theta: [B, 4, 4].
        depth: cells of the volume along z.
        height: along y.
        width: along x.
    """
    expect_shapes(theta=(theta, "B 4 4"))
    x, y, z, offset = theta[:, None, None, None, :3].float().unbind(-1)
    along_x = _steps(width, theta).view(1, 1, 1, -1, 1) * x
    along_y = _steps(height, theta).view(1, 1, -1, 1, 1) * y
    along_z = _steps(depth, theta).view(1, -1, 1, 1, 1) * z
    return along_x + along_y + along_z + offset


def sample_volume(volume: Tensor, grid: Tensor) -> Tensor:
    """Values of a volume at the places of a grid, trilinear, zero outside, at least in float32.

    Args:
        volume: [B, C, D, H, W].
        grid: [B, d, h, w, 3] (x, y, z); -1 and 1 are the outer faces of the volume.

    Returns:
        [B, C, d, h, w].
    """
    expect_shapes(volume=(volume, "B * * * *"), grid=(grid, "B * * * 3"))
    kind = torch.promote_types(volume.dtype, torch.float32)
    volume, grid = volume.to(kind), grid.to(kind)
    if _reads_alone(volume, grid):
        return _compiled_sample(volume, grid)
    return functional.grid_sample(volume, grid, padding_mode="zeros", align_corners=False)


def _reads_alone(volume: Tensor, grid: Tensor) -> bool:
    """Whether numbers are all that is asked for: nothing is learned, recorded or exported."""
    return (
        torch.is_inference_mode_enabled()
        and volume.device.type == grid.device.type == "cpu"
        and volume.dtype == torch.float32
    )


def _compiled_sample(volume: Tensor, grid: Tensor) -> Tensor:
    """What torch's own function gives, several times as fast on a processor."""
    from avatar_core.emoportraits.sampling_kernels import sample

    batch, channels = volume.shape[:2]
    size = grid.shape[1:4]
    places = grid.expand(batch, -1, -1, -1, -1).flatten(1, 3).contiguous().numpy()
    volumes = volume.contiguous().numpy()
    out = torch.empty(batch, channels, *size)
    outs = out.flatten(2).numpy()
    firsts, lasts = zip(*shares_of(places.shape[1]), strict=True)
    for each in zip(volumes, places, outs, strict=True):
        share(partial(sample, *each), firsts, lasts)
    return out


def alignment_grid(theta: Tensor, size_px: int) -> Tensor:
    """Where the pixels of the expression network's crop lie in the picture, [B, S, S, 2].

    The crop is the middle half of the canonical picture: upright and of one size, but as much
    turned to the side as the head is.

    Args:
        theta: [B, 4, 4].
        size_px: side S of the crop.
    """
    x, y, _, offset = inverse(theta.float())[:, None, None, :2].unbind(-1)
    steps = ALIGNMENT_ZOOM * _steps(size_px, theta)
    return steps.view(1, 1, -1, 1) * x + steps.view(1, -1, 1, 1) * y + offset


def aligned_crop(image: Tensor, theta: Tensor, size_px: int) -> Tensor:
    """The expression network's crop [B, C, S, S] of pictures [B, C, H, W], black outside."""
    expect_shapes(image=(image, "B * * *"), theta=(theta, "B 4 4"))
    kind = torch.promote_types(image.dtype, torch.float32)
    grid = alignment_grid(theta, size_px).to(kind)
    return functional.grid_sample(image.to(kind), grid, padding_mode="zeros", align_corners=False)


def mixed_pose(source: Tensor, driver: Tensor, variant: MixVariant = "new") -> Tensor:
    """The source's head under the driver's turn and place, [B, 4, 4].

    The linear part is split into a rotation and a stretch, `A = U P`. "new" draws with
    `k P_source U_driver T_driver`, `k` the ratio of the mean entries of the 4x4 stretches, so the
    head gets the driver's distance; "old" with `T_driver U_driver P_source`. Where the driver's
    transform is not finite, it is handed back as it is.

    Args:
        source: [B, 4, 4] or [1, 4, 4] for one source under many drivers.
        driver: [B, 4, 4].
        variant: "new" is what the released script uses.
    """
    expect_shapes(source=(source, "* 4 4"), driver=(driver, "B 4 4"))
    usable = driver.isfinite().all(-1).all(-1)[:, None, None]
    _, stretch = polar(source[:, :3, :3])
    turn, driver_stretch = polar(driver[:, :3, :3].where(usable, torch.eye(3).to(driver)))
    place = driver[:, :3, 3]
    if variant == "old":
        return _affine(turn @ stretch, place).where(usable, driver)
    # Each 4x4 stretch holds a 1 in its corner; the factor 1/16 cancels.
    ratio = (driver_stretch.sum((1, 2)) + 1) / (stretch.sum((1, 2)) + 1)
    linear = ratio[:, None, None] * stretch @ turn
    return _affine(linear, (linear * place[:, None, :]).sum(-1)).where(usable, driver)


def polar(matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Orthogonal `U` and symmetric `P` [B, 3, 3] with `matrices = U P`, P positive."""
    left, stretches, right = torch.linalg.svd(matrices)
    return left @ right, right.transpose(1, 2) @ (stretches[:, :, None] * right)


def smoothed_pose(theta: Tensor, previous: Tensor | None, momentum: float = 0.5) -> Tensor:
    """Moving average of poses: `momentum` of the new one, the rest of the last answer."""
    if previous is None:
        return theta
    return torch.lerp(previous, theta, momentum)


def fit_theta(keypoints: Tensor, canonical: Tensor) -> Tensor:
    """The pose [B, 4, 4] that carries keypoints closest to the canonical ones; see `fit_pose`."""
    return fit_pose(keypoints, canonical).theta


def fit_pose(keypoints: Tensor, canonical: Tensor) -> PoseParameters:
    """The pose that carries keypoints closest to the canonical ones, least squares.

    Starts at the best similarity (Umeyama 1991) and takes Gauss-Newton steps in nine unknowns. The
    released code reaches the same minimum with LBFGS from no rotation.

    Args:
        keypoints: [B, N, 3] image space, at least four that do not lie in one plane.
        canonical: [N, 3] the same points in canonical space.
    """
    expect_shapes(keypoints=(keypoints, "B N 3"), canonical=(canonical, "N 3"))
    points, target = keypoints.detach().double(), canonical.detach().double().to(keypoints.device)
    unknowns = _similarity_start(points, target)
    for _ in range(_GAUSS_NEWTON_STEPS):
        residual, jacobian = _residual_and_jacobian(points, target, unknowns)
        normal = jacobian.transpose(1, 2) @ jacobian
        normal = normal + _DAMPING * torch.eye(9, dtype=normal.dtype, device=normal.device)
        step = torch.linalg.solve(normal, jacobian.transpose(1, 2) @ residual[:, :, None])
        unknowns = unknowns - step[:, :, 0]
        if float(step.abs().max()) < 1e-10:
            break
    return PoseParameters(*unknowns.to(keypoints.dtype).split(3, 1))


def _similarity_start(points: Tensor, target: Tensor) -> Tensor:
    """Unknowns [B, 9] of the similarity that fits best."""
    middle, target_middle = points.mean(1, keepdim=True), target.mean(0)
    local, local_target = points - middle, target - target_middle
    left, singular, right = torch.linalg.svd(local_target.T @ local)
    signs = torch.ones_like(singular)
    signs[:, 2] = torch.det(left @ right).sign()
    rotation = (left * signs[:, None, :]) @ right
    scale = (singular * signs).sum(1) / local.square().sum((1, 2)).clamp_min(1e-12)
    back = (target_middle @ rotation) / scale[:, None]
    return torch.cat(
        [scale[:, None].expand(-1, 3), rotation_angles(rotation), back - middle[:, 0]], 1
    )


def _residual_and_jacobian(
    points: Tensor, target: Tensor, unknowns: Tensor
) -> tuple[Tensor, Tensor]:
    """Errors [B, 3 N] and their derivatives [B, 3 N, 9] by scale, rotation and translation."""
    scale, angles, translation = unknowns.split(3, 1)
    rotation = rotation_matrices(angles)
    moved = points + translation[:, None]
    turned = moved @ rotation.transpose(1, 2)
    residual = scale[:, None] * turned - target
    by_scale = torch.diag_embed(turned)
    by_angle = scale[:, None, :, None] * _turned_by_angle(angles, turned, moved)
    by_translation = (scale[:, :, None] * rotation)[:, None].expand_as(by_scale)
    jacobian = torch.cat([by_scale, by_angle, by_translation], -1)
    return residual.flatten(1), jacobian.flatten(1, 2)


def _turned_by_angle(angles: Tensor, turned: Tensor, moved: Tensor) -> Tensor:
    """Derivatives [B, N, 3, 3] of `turned = Rz Ry Rx moved` by the three angles (last axis).

    Each angle turns about its axis as the rotations to its left have turned it.
    """
    zeros = torch.zeros_like(angles[:, :1])
    tilt = rotation_matrices(torch.cat([angles[:, :1], zeros, zeros], 1))
    tilt_turn = rotation_matrices(torch.cat([angles[:, :2], zeros], 1))
    axis_z = torch.zeros_like(angles)
    axis_z[:, 2] = 1
    axes = torch.stack([axis_z, tilt[:, :, 1], tilt_turn[:, :, 0]], 1)
    return torch.stack(
        [torch.linalg.cross(axis[:, None].expand_as(moved), turned) for axis in axes.unbind(1)], -1
    )


def _affine(linear: Tensor, offset: Tensor) -> Tensor:
    """[B, 4, 4] of a linear part [B, 3, 3] and an offset [B, 3]."""
    rows = torch.cat([linear, offset[:, :, None]], -1)
    last = torch.zeros_like(rows[:, :1])
    last[:, :, 3] = 1
    return torch.cat([rows, last], 1)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    return a.roll(-1, -1) * b.roll(1, -1) - a.roll(1, -1) * b.roll(-1, -1)


def _steps(size: int, like: Tensor) -> Tensor:
    return torch.linspace(-1, 1, size, device=like.device)
