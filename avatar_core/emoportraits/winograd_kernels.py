"""Compiled loops of `winograd`. Importing this module loads numba.

Pictures lie channels last, so every innermost loop runs over channels that are neighbours in
memory, and becomes vector instructions.

Source:
    Winograd, Arithmetic Complexity of Computations (1980); Lavin and Gray, arXiv:1509.09308, whose
    F(4x4, 3x3) this is: 36 products for 16 outputs, where plain convolution needs 144.
"""

from __future__ import annotations

import numba
import numpy as np

from avatar_core.emoportraits.matrix_kernel import PANEL, multiply

# Reordered sums let the compiler use vectors; there are no NaN to keep.
_compiled = numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")

TILE = 4
"""Side of what one tile answers, pixels."""
POINTS = 36
"""Products of one tile: 6 by 6."""
_SEEN = 6
"""Side of what one tile sees."""


@_compiled
def convolve(  # type: ignore[no-untyped-def]
    x, scale, shift, weights, bias, residual, out, sums, rows, tiles, first, last
):
    """A 3 by 3 convolution of relu(x scale + shift), whole rows of tiles of it.

    Args:
        x: [h, w, C]; where `out` is larger by a whole number, each pixel is repeated.
        scale: [C].
        shift: [C].
        weights: [36, P, C, `PANEL`] of `winograd.transformed`.
        bias: [N].
        residual: [h', w', N] added to the answer, repeated like `x`; [0, 0, N] for none. May be
            `out` itself.
        out: [H, W, N] written; H and W are multiples of 4.
        sums: [2, N] to which the sums of what is written and of its squares are added.
        rows: rows of tiles at once, R.
        tiles: T of each of them at once, a divisor of W / 4; R T is a multiple of
            `matrix_kernel.ROWS`.
        first: row of tiles to begin with.
        last: row of tiles to stop before; `last - first` is a multiple of R.
    """
    width, outputs = out.shape[1], out.shape[2]
    inputs = x.shape[2]
    seen = tiles * TILE + _SEEN - TILE
    strip = np.empty((_SEEN, seen, inputs), np.float32)
    half = np.empty((_SEEN, seen, inputs), np.float32)
    points = np.empty((POINTS, rows * tiles, inputs), np.float32)
    products = np.empty((POINTS, rows * tiles, weights.shape[1] * PANEL), np.float32)
    answers = np.empty((_SEEN, TILE, outputs), np.float32)
    column = np.empty((TILE, outputs), np.float32)
    some = np.empty((2, outputs), np.float32)
    for top in range(first, last, rows):
        for left in range(0, width, TILE * tiles):
            for row in range(rows):
                _see(x, scale, shift, out.shape[0], width, TILE * (top + row), left, strip)
                _transform_height(strip, half)
                _transform_width(half, points, row * tiles, tiles)
            for point in range(POINTS):
                multiply(points[point], weights[point], products[point])
            some[:] = 0
            for row in range(rows):
                _answer(
                    products, row * tiles, tiles, answers, column,
                    bias, residual, out, TILE * (top + row), left, some,
                )  # fmt: skip
            sums += some


@_compiled
def multiply_pixels(x, scale, shift, weights, bias, out, first, last):  # type: ignore[no-untyped-def]
    """A 1 by 1 convolution of rows `first` to `last` of x, or of relu(x scale + shift).

    Args:
        x: [h, w, C]; w is a multiple of `matrix_kernel.ROWS`.
        scale: [C], or [0] for x as it is.
        shift: [C].
        weights: [P, C, `PANEL`], packed.
        bias: [N].
        out: [h, w, N] written.
        first: row to begin with.
        last: row to stop before.
    """
    active = np.empty(x.shape[1:], np.float32)
    products = np.empty((x.shape[1], weights.shape[0] * PANEL), np.float32)
    for y in range(first, last):
        if len(scale) > 0:
            for column in range(x.shape[1]):
                _activate(x[y, column], scale, shift, active[column])
            multiply(active, weights, products)
        else:
            multiply(x[y], weights, products)
        for column in range(x.shape[1]):
            for k in range(len(bias)):
                out[y, column, k] = products[column, k] + bias[k]


@_compiled
def add_up(x, sums, first, last):  # type: ignore[no-untyped-def]
    """Add to sums [2, C] those of rows `first` to `last` of x [h, w, C], and of their squares."""
    some = np.empty((2, x.shape[2]), np.float32)
    for y in range(first, last):
        some[:] = 0
        for column in range(x.shape[1]):
            there = x[y, column]
            for channel in range(x.shape[2]):
                some[0, channel] += there[channel]
                some[1, channel] += there[channel] * there[channel]
        for channel in range(x.shape[2]):
            sums[0, channel] += some[0, channel]
            sums[1, channel] += some[1, channel]


@_compiled
def _see(x, scale, shift, height, width, top, left, strip):  # type: ignore[no-untyped-def]
    """Fill strip [6, S, C] with relu(x scale + shift) around a row of tiles; zeros outside."""
    times = height // x.shape[0]
    for i in range(_SEEN):
        y = top + i - 1
        for j in range(strip.shape[1]):
            column = left + j - 1
            there = strip[i, j]
            if y < 0 or y >= height or column < 0 or column >= width:
                there[:] = 0
                continue
            _activate(x[y // times, column // times], scale, shift, there)


@_compiled
def _activate(x, scale, shift, out):  # type: ignore[no-untyped-def]
    for k in range(len(scale)):
        out[k] = max(x[k] * scale[k] + shift[k], np.float32(0))


@_compiled
def _transform_height(strip, half):  # type: ignore[no-untyped-def]
    for j in range(strip.shape[1]):
        _transform(
            strip[0, j], strip[1, j], strip[2, j], strip[3, j], strip[4, j], strip[5, j],
            half[0, j], half[1, j], half[2, j], half[3, j], half[4, j], half[5, j],
        )  # fmt: skip


@_compiled
def _transform_width(half, points, start, tiles):  # type: ignore[no-untyped-def]
    for i in range(_SEEN):
        p = _SEEN * i
        for tile in range(tiles):
            j, t = TILE * tile, start + tile
            _transform(
                half[i, j], half[i, j + 1], half[i, j + 2],
                half[i, j + 3], half[i, j + 4], half[i, j + 5],
                points[p, t], points[p + 1, t], points[p + 2, t],
                points[p + 3, t], points[p + 4, t], points[p + 5, t],
            )  # fmt: skip


@_compiled
def _transform(a, b, c, d, e, f, to_a, to_b, to_c, to_d, to_e, to_f):  # type: ignore[no-untyped-def]
    """Six vectors of inputs to six of points: B of the paper, transposed."""
    for k in range(len(a)):
        even, odd = e[k] - 4 * c[k], d[k] - 4 * b[k]
        wide, narrow = e[k] - c[k], 2 * (d[k] - b[k])
        to_a[k] = 4 * a[k] - 5 * c[k] + e[k]
        to_b[k] = even + odd
        to_c[k] = even - odd
        to_d[k] = wide + narrow
        to_e[k] = wide - narrow
        to_f[k] = 4 * b[k] - 5 * d[k] + f[k]


@_compiled
def _answer(products, start, tiles, half, column, bias, residual, out, top, left, some):  # type: ignore[no-untyped-def]
    """Products [36, R T, N] of a row of tiles to pixels of `out`, and their sums to some [2, N]."""
    times = out.shape[0] // max(len(residual), 1)
    for tile in range(tiles):
        t = start + tile
        for i in range(_SEEN):
            p = _SEEN * i
            _back(
                products[p, t], products[p + 1, t], products[p + 2, t],
                products[p + 3, t], products[p + 4, t], products[p + 5, t],
                half[i, 0], half[i, 1], half[i, 2], half[i, 3],
            )  # fmt: skip
        for j in range(TILE):
            x = left + TILE * tile + j
            _back(
                half[0, j], half[1, j], half[2, j], half[3, j], half[4, j], half[5, j],
                column[0], column[1], column[2], column[3],
            )  # fmt: skip
            for i in range(TILE):
                y = top + i
                if len(residual) > 0:
                    _add(column[i], residual[y // times, x // times])
                _finish(column[i], bias, out[y, x], some)


@_compiled
def _back(a, b, c, d, e, f, to_a, to_b, to_c, to_d):  # type: ignore[no-untyped-def]
    """Six vectors of points to four of answers: A of the paper, transposed."""
    for k in range(len(to_a)):
        near, near_odd = b[k] + c[k], b[k] - c[k]
        far, far_odd = d[k] + e[k], d[k] - e[k]
        to_a[k] = a[k] + near + far
        to_b[k] = near_odd + 2 * far_odd
        to_c[k] = near + 4 * far
        to_d[k] = near_odd + 8 * far_odd + f[k]


@_compiled
def _add(total, part):  # type: ignore[no-untyped-def]
    for k in range(len(total)):
        total[k] += part[k]


@_compiled
def _finish(pixel, bias, out, some):  # type: ignore[no-untyped-def]
    """Write a pixel [N] with its bias, and add it to the sums [2, N]."""
    for k in range(len(bias)):
        value = pixel[k] + bias[k]
        out[k] = value
        some[0, k] += value
        some[1, k] += value * value
