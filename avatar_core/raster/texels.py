"""Bilinear texture look-ups of many channels, with gradients, for the CPU.

The compiled twin of `mega.textures.sample_texels` (grid_sample): texels lie channel by channel in
memory, so a look-up reads four short runs. The gradient of the texture is gathered in bands of
rows, one thread each: deterministic.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

_F = np.float32
_BANDS = 8
# No fast-math: places must round exactly as torch rounds them.
_compiled = numba.njit(cache=True, parallel=True, nogil=True, error_model="numpy")


@_compiled
def _gather(texture, uv, values):  # type: ignore[no-untyped-def]
    height, width, channels = texture.shape
    for m in numba.prange(uv.shape[0]):
        x0, y0, fx, fy = _place(uv[m, 0], uv[m, 1], width, height)
        for c in range(channels):
            upper = texture[y0, x0, c] * (_F(1) - fx) + texture[y0, x0 + 1, c] * fx
            lower = texture[y0 + 1, x0, c] * (_F(1) - fx) + texture[y0 + 1, x0 + 1, c] * fx
            values[m, c] = upper * (_F(1) - fy) + lower * fy


@_compiled
def _scatter(grad_values, uv, grad_texture):  # type: ignore[no-untyped-def]
    height, width, channels = grad_texture.shape
    for band in numba.prange(_BANDS):
        top = band * height // _BANDS
        bottom = (band + 1) * height // _BANDS
        for m in range(uv.shape[0]):
            x0, y0, fx, fy = _place(uv[m, 0], uv[m, 1], width, height)
            for dy in range(2):
                y = y0 + dy
                if y < top or y >= bottom:
                    continue
                weight_y = fy if dy else _F(1) - fy
                for dx in range(2):
                    weight = weight_y * (fx if dx else _F(1) - fx)
                    for c in range(channels):
                        grad_texture[y, x0 + dx, c] += weight * grad_values[m, c]


@_compiled
def _slope(texture, uv, grad_values, grad_uv):  # type: ignore[no-untyped-def]
    height, width, channels = texture.shape
    for m in numba.prange(uv.shape[0]):
        x0, y0, fx, fy = _place(uv[m, 0], uv[m, 1], width, height)
        along_x = _F(0)
        along_y = _F(0)
        for c in range(channels):
            a, b = texture[y0, x0, c], texture[y0, x0 + 1, c]
            d, e = texture[y0 + 1, x0, c], texture[y0 + 1, x0 + 1, c]
            along_x += grad_values[m, c] * ((b - a) * (_F(1) - fy) + (e - d) * fy)
            along_y += grad_values[m, c] * ((d - a) * (_F(1) - fx) + (e - b) * fx)
        grad_uv[m, 0] = along_x * _F(0.5) * (width - 1)
        grad_uv[m, 1] = along_y * _F(0.5) * (height - 1)


@numba.njit(cache=True, inline="always", error_model="numpy")
def _place(u, v, width, height):  # type: ignore[no-untyped-def]
    last_x, last_y = _F(width - 1), _F(height - 1)
    x = min(max((u + _F(1)) * _F(0.5) * last_x, _F(0)), last_x)
    y = min(max((v + _F(1)) * _F(0.5) * last_y, _F(0)), last_y)
    x0 = min(int(x), width - 2)
    y0 = min(int(y), height - 2)
    return x0, y0, _F(x - x0), _F(y - y0)


class _Sample(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, texture: Tensor, uv: Tensor) -> Tensor:
        texels = np.ascontiguousarray(texture.detach().numpy())
        places = np.ascontiguousarray(uv.detach().numpy())
        values = np.empty((len(places), texels.shape[2]), np.float32)
        _gather(texels, places, values)
        ctx.work = (texels, places)
        return torch.from_numpy(values)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        texels, places = ctx.work
        grad_values = np.ascontiguousarray(grads[0].numpy())
        grad_texture = grad_uv = None
        if ctx.needs_input_grad[0]:
            grad_texture = np.zeros_like(texels)
            _scatter(grad_values, places, grad_texture)
        if ctx.needs_input_grad[1]:
            grad_uv = np.empty_like(places)
            _slope(texels, places, grad_values, grad_uv)
        return tuple(None if g is None else torch.from_numpy(g) for g in (grad_texture, grad_uv))


def sample_texels(texture: Tensor, uv: Tensor) -> Tensor:
    """Texels [M, C] of a texture [H, W, C] at uv [M, 2] in -1..1.

    Bilinear, `align_corners=True`: -1 and 1 are the centres of the outermost texels; uv outside
    are clamped. Anything but float32 on the CPU goes through torch.
    """
    if texture.is_cuda or texture.dtype != torch.float32:
        planes = texture.permute(2, 0, 1)[None]
        sampled = functional.grid_sample(
            planes, uv[None, :, None], align_corners=True, padding_mode="border"
        )
        return sampled[0, :, :, 0].t()
    result: Tensor = _Sample.apply(texture, uv)  # type: ignore[no-untyped-call]
    return result
