"""A picture's pixels as means of texels, and back: the two kernels of the texture fit."""

from __future__ import annotations

from typing import Any

import numba


@numba.njit(cache=True)
def _texel(face: int, corner: Any, atlas: Any, size: int) -> tuple[int, int, float, float]:
    u = (
        corner[0] * atlas[face, 0, 0]
        + corner[1] * atlas[face, 1, 0]
        + corner[2] * atlas[face, 2, 0]
    )
    v = (
        corner[0] * atlas[face, 0, 1]
        + corner[1] * atlas[face, 1, 1]
        + corner[2] * atlas[face, 2, 1]
    )
    x = min(max(u * size - 0.5, 0.0), size - 1.001)
    y = min(max((1 - v) * size - 0.5, 0.0), size - 1.001)
    return int(x), int(y), x - int(x), y - int(y)


@numba.njit(cache=True)
def predict(faces: Any, corners: Any, trust: Any, atlas: Any, texture: Any, out: Any) -> None:
    """Pixels of a view drawn with a texture.

    Args:
        faces: [S n, S n] triangle of each of a pixel's n x n samples.
        corners: [S n, S n, 3] barycentrics.
        trust: [S, S]; pixels without any are skipped.
        atlas: [F, 3, 2] coordinates of the corners, origin bottom left.
        texture: [T, T, 3].
        out: [S, S, 3] receives the pixels.
    """
    finer = faces.shape[0] // trust.shape[0]
    size = texture.shape[0]
    for row in range(trust.shape[0]):
        for column in range(trust.shape[1]):
            if trust[row, column] <= 0:
                continue
            for channel in range(3):
                out[row, column, channel] = 0
            for k in range(finer * finer):
                r, c = row * finer + k // finer, column * finer + k % finer
                x, y, fx, fy = _texel(faces[r, c], corners[r, c], atlas, size)
                for channel in range(3):
                    upper = texture[y, x, channel] * (1 - fx) + texture[y, x + 1, channel] * fx
                    lower = (
                        texture[y + 1, x, channel] * (1 - fx) + texture[y + 1, x + 1, channel] * fx
                    )
                    out[row, column, channel] += (upper * (1 - fy) + lower * fy) / (finer * finer)


@numba.njit(cache=True)
def hand_back(
    faces: Any, corners: Any, trust: Any, atlas: Any, difference: Any, total: Any, weight: Any
) -> None:
    """Share the pixels' differences out over the texels they cover: the transpose of `predict`.

    Args:
        faces: as in `predict`.
        corners: as in `predict`.
        trust: [S, S] how much each pixel counts.
        atlas: as in `predict`.
        difference: [S, S, 3].
        total: [T, T, 3] receives differences times trust.
        weight: [T, T] receives trust.
    """
    finer = faces.shape[0] // trust.shape[0]
    size = total.shape[0]
    for row in range(trust.shape[0]):
        for column in range(trust.shape[1]):
            if trust[row, column] <= 0:
                continue
            for k in range(finer * finer):
                r, c = row * finer + k // finer, column * finer + k % finer
                x, y, fx, fy = _texel(faces[r, c], corners[r, c], atlas, size)
                for dy in range(2):
                    for dx in range(2):
                        share = trust[row, column] * (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
                        weight[y + dy, x + dx] += share
                        for channel in range(3):
                            total[y + dy, x + dx, channel] += (
                                share * difference[row, column, channel]
                            )
