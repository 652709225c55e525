"""Differentiable splatting of Gaussians: one function, several back ends.

The picture is what the 3DGS rasteriser that MeGA modified draws, with its extra outputs (near
depths, contributor count) and its depth-gap rule in a form that does not depend on tiles.

Source:
    Kerbl et al. 2023, 3D Gaussian Splatting, section 6 and appendix C; Wang et al. 2024, MeGA,
    arXiv:2404.19026, section 3.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from avatar_core.errors import DeviceError
from avatar_core.geometry import expect_shapes
from avatar_core.raster import gsplat_backend, splat_oracles
from avatar_core.raster.projection import Projected, project_gaussians

if TYPE_CHECKING:
    from avatar_core.geometry import Camera


class SplatBackend(StrEnum):
    """Who does the work."""

    AUTO = "auto"
    """gsplat for tensors on CUDA where it is installed, numba for all others."""
    NUMBA = "numba"
    """Compiled CPU loops with an analytic gradient; deterministic. Other devices' tensors are
    copied to the CPU and back."""
    GSPLAT = "gsplat"
    """On CUDA, with the optional package gsplat; equal to rounding, not deterministic."""
    TORCH_DENSE = "torch_dense"
    """Every Gaussian at every pixel: the oracle for gradients, up to a few hundred Gaussians."""
    TORCH_TILES = "torch_tiles"
    """Tile-batched torch: the baseline for timings."""


@dataclass(frozen=True, slots=True)
class SplatRule:
    """What differs between published rasterisers.

    Args:
        alpha_max: cap of one Gaussian's alpha, below 1: 0.99 in 3DGS and MeGA, 0.999 in gsplat.
        depth_gap_m: a pixel ends at the first Gaussian that lies farther than this behind its
            first solid one (alpha above 0.05); infinite for plain 3DGS.
    """

    alpha_max: float = 0.99
    depth_gap_m: float = math.inf


MEGA_RULE = SplatRule(alpha_max=0.99, depth_gap_m=0.1)


class SplatImage(NamedTuple):
    """What splatting gives; gradients flow through `rgb`, `alpha` and `depth`.

    rgb [H, W, 3] premultiplied, without background; alpha [H, W]; depth [H, W] metres, the sum of
    depth times weight (not normalised); near [H, W, 3] metres of the first three Gaussians with
    alpha above 0.05, -1 where there are fewer; contributors [H, W]; projected: the Gaussians on the
    image plane, whose centres lie on the way of the gradients (`retain_grad` keeps theirs).
    """

    rgb: Tensor
    alpha: Tensor
    depth: Tensor
    near: Tensor
    contributors: Tensor
    projected: Projected


def rasterize_splats(
    means: Tensor,
    quats: Tensor,
    scales: Tensor,
    opacities: Tensor,
    colours: Tensor,
    camera: Camera,
    *,
    rule: SplatRule = MEGA_RULE,
    backend: SplatBackend = SplatBackend.AUTO,
) -> SplatImage:
    """Draw N Gaussians.

    Args:
        means: [N, 3] metres.
        quats: [N, 4] wxyz.
        scales: [N, 3] metres.
        opacities: [N] 0..1.
        colours: [N, 3].
        camera: gives the view, intrinsics and image size.
        rule: which published rasteriser to follow.
        backend: who does the work.

    Returns:
        The picture, on the device of `means`.

    Raises:
        ShapeError: arrays disagree.
        DeviceError: gsplat was chosen and is missing, or the tensors are not on CUDA.
    """
    expect_shapes(
        means=(means, "N 3"),
        quats=(quats, "N 4"),
        scales=(scales, "N 3"),
        opacities=(opacities, "N"),
        colours=(colours, "N 3"),
    )
    projected = project_gaussians(
        means,
        quats,
        scales,
        torch.as_tensor(camera.view, device=means.device),
        torch.as_tensor(camera.intrinsics, device=means.device),
        camera.width_px,
        camera.height_px,
    )
    channels = torch.cat([colours, projected.depths[:, None]], -1)
    size = (camera.height_px, camera.width_px)
    image, alpha, near, contributors = _composite(
        projected, opacities, channels, size, rule, backend
    )
    return SplatImage(image[..., :3], alpha, image[..., 3], near, contributors, projected)


def chosen_backend(backend: SplatBackend, device: torch.device) -> SplatBackend:
    """Who does the work for tensors on `device`: the given back end, or what AUTO stands for.

    Raises:
        DeviceError: gsplat for tensors that are not on CUDA.
    """
    if backend is SplatBackend.AUTO:
        on_gpu = device.type == "cuda" and gsplat_backend.is_installed()
        return SplatBackend.GSPLAT if on_gpu else SplatBackend.NUMBA
    if backend is SplatBackend.GSPLAT and device.type != "cuda":
        raise DeviceError(
            f"gsplat draws on CUDA only, and these Gaussians are on '{device.type}'.",
            "Move them to a CUDA device, or choose numba.",
        )
    return backend


def _composite(
    projected: Projected,
    opacities: Tensor,
    channels: Tensor,
    size: tuple[int, int],
    rule: SplatRule,
    backend: SplatBackend,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    backend = chosen_backend(backend, opacities.device)
    if backend is SplatBackend.NUMBA:
        result: tuple[Tensor, Tensor, Tensor, Tensor] = _NumbaComposite.apply(  # type: ignore[no-untyped-call]
            projected.centres,
            projected.conics,
            opacities,
            channels,
            projected.visible,
            size,
            rule,
        )
        return result
    composite = _IN_TORCH[backend]
    return composite(projected, opacities, channels, size, rule.alpha_max, rule.depth_gap_m)


_IN_TORCH = {
    SplatBackend.GSPLAT: gsplat_backend.composite,
    SplatBackend.TORCH_DENSE: splat_oracles.dense,
    SplatBackend.TORCH_TILES: splat_oracles.tiled,
}


def reach_of(conics: np.ndarray[Any, Any], opacities: np.ndarray[Any, Any]) -> Any:
    """Half width and height [N, 2] px of the box outside which alpha is below 1/255."""
    exponent = np.log(np.maximum(255.0 * opacities, 1.0))
    determinant = np.maximum(conics[:, 0] * conics[:, 2] - conics[:, 1] ** 2, 1e-12)
    half = np.sqrt(2.0 * exponent / determinant)[:, None] * np.sqrt(conics[:, [2, 0]])
    return half.astype(np.float32)


class _NumbaComposite(torch.autograd.Function):
    """Compiled compositing with its analytic gradient."""

    @staticmethod
    def forward(
        ctx: Any,
        centres: Tensor,
        conics: Tensor,
        opacities: Tensor,
        channels: Tensor,
        visible: Tensor,
        size: tuple[int, int],
        rule: SplatRule,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        from avatar_core.raster import splat_kernels as kernels

        arrays = [
            np.ascontiguousarray(value.detach().cpu().numpy(), np.float32)
            for value in (centres, conics, opacities, channels)
        ]
        drawn = visible.cpu().numpy() & (arrays[2] >= kernels.MIN_ALPHA)
        drawn &= np.isfinite(arrays[0]).all(-1) & np.isfinite(arrays[1]).all(-1)
        front_to_back = np.argsort(arrays[3][:, 3], kind="stable")
        order = front_to_back[drawn[front_to_back]].astype(np.int32)
        reach = reach_of(arrays[1], arrays[2])
        height, width = size
        offsets, ids = kernels.bin_to_tiles(arrays[0], reach, order, width, height)
        image = np.empty((height, width, kernels.CHANNELS), np.float32)
        rest = np.empty((height, width), np.float32)
        last = np.empty((height, width), np.int64)
        near = np.empty((height, width, 3), np.float32)
        contributors = np.empty((height, width), np.int32)
        kernels.composite(  # type: ignore[call-arg]  # a star argument hides how many there are
            *arrays, reach, offsets, ids, np.float32(rule.alpha_max),
            np.float32(rule.depth_gap_m), image, rest, last, near, contributors,
        )  # fmt: skip
        ctx.work = (arrays, reach, offsets, ids, np.float32(rule.alpha_max), rest, last)
        outputs = tuple(
            torch.from_numpy(a).to(centres.device) for a in (image, 1 - rest, near, contributors)
        )
        ctx.mark_non_differentiable(outputs[2], outputs[3])
        return outputs  # type: ignore[return-value]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        from avatar_core.raster import splat_kernels as kernels

        arrays, reach, offsets, ids, alpha_max, rest, last = ctx.work
        grad_image, grad_alpha = (
            np.ascontiguousarray(g.cpu().numpy(), np.float32) for g in grads[:2]
        )
        rows = np.empty((ids.size, kernels.GRADIENTS), np.float32)
        kernels.composite_gradient(  # type: ignore[call-arg]
            *arrays, reach, offsets, ids, alpha_max, rest, last, grad_image, grad_alpha, rows
        )
        sums = np.zeros((len(arrays[0]), kernels.GRADIENTS), np.float32)
        kernels.sum_rows(rows, ids, sums)
        total = torch.from_numpy(sums).to(grads[0].device)
        return total[:, 0:2], total[:, 2:5], total[:, 5], total[:, 6:], None, None, None
