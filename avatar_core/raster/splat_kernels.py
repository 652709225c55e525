"""Compiled loops of the CPU splat rasteriser: binning, compositing, its gradient.

Gaussian-major per tile: each tile keeps its transmittance and colours in small local arrays and
walks its Gaussians front to back, touching only the pixels a Gaussian can reach. Every tile is
worked by one thread, and gradients are written one row per (tile, Gaussian) pair and summed
afterwards in a fixed order: no atomics, two runs are bit-identical.
"""

from __future__ import annotations

import numba
import numpy as np

TILE = 16
CHANNELS = 4
"""Red, green, blue, depth."""
GRADIENTS = 6 + CHANNELS
"""Centre 2, conic 3, opacity 1, channels."""
MIN_ALPHA = np.float32(1 / 255)
SOLID_ALPHA = np.float32(0.05)
MIN_TRANSMITTANCE = np.float32(1e-4)
_F = np.float32

_parallel = numba.njit(cache=True, parallel=True, fastmath=True, nogil=True, error_model="numpy")
_serial = numba.njit(cache=True, nogil=True, error_model="numpy")


@_serial
def bin_to_tiles(centres, reach, order, width, height):  # type: ignore[no-untyped-def]
    """Lists of Gaussians per tile, front to back: offsets [tiles + 1], ids [pairs]."""
    tiles_x = (width + TILE - 1) // TILE
    tiles_y = (height + TILE - 1) // TILE
    offsets = np.zeros(tiles_x * tiles_y + 1, np.int64)
    for i in order:
        x0, x1, y0, y1 = _tile_range(centres, reach, i, tiles_x, tiles_y)
        for ty in range(y0, y1 + 1):
            for tx in range(x0, x1 + 1):
                offsets[ty * tiles_x + tx + 1] += 1
    for t in range(tiles_x * tiles_y):
        offsets[t + 1] += offsets[t]
    place = offsets[:-1].copy()
    ids = np.empty(offsets[-1], np.int32)
    for i in order:
        x0, x1, y0, y1 = _tile_range(centres, reach, i, tiles_x, tiles_y)
        for ty in range(y0, y1 + 1):
            for tx in range(x0, x1 + 1):
                tile = ty * tiles_x + tx
                ids[place[tile]] = i
                place[tile] += 1
    return offsets, ids


@_serial
def _tile_range(centres, reach, i, tiles_x, tiles_y):  # type: ignore[no-untyped-def]
    x0 = max(0, int(np.floor((centres[i, 0] - reach[i, 0]) / TILE)))
    x1 = min(tiles_x - 1, int(np.floor((centres[i, 0] + reach[i, 0]) / TILE)))
    y0 = max(0, int(np.floor((centres[i, 1] - reach[i, 1]) / TILE)))
    y1 = min(tiles_y - 1, int(np.floor((centres[i, 1] + reach[i, 1]) / TILE)))
    return x0, x1, y0, y1


@_serial
def _pixel_range(centres, reach, i, x_start, y_start, width, height):  # type: ignore[no-untyped-def]
    """Pixels of a tile that Gaussian i can reach, tile coordinates, ends included."""
    x0 = max(0, int(np.floor(centres[i, 0] - reach[i, 0])) - x_start)
    x1 = min(min(TILE, width - x_start) - 1, int(np.ceil(centres[i, 0] + reach[i, 0])) - x_start)
    y0 = max(0, int(np.floor(centres[i, 1] - reach[i, 1])) - y_start)
    y1 = min(min(TILE, height - y_start) - 1, int(np.ceil(centres[i, 1] + reach[i, 1])) - y_start)
    return x0, x1, y0, y1


@_parallel
def composite(  # type: ignore[no-untyped-def]
    centres, conics, opacities, channels, reach, offsets, ids,
    alpha_max, depth_gap, image, transmittance, last, near, contributors,
):  # fmt: skip
    """Front-to-back compositing of all tiles into the given images.

    `depth_gap` (in units of channel 3; infinite to switch off) ends a pixel at the first Gaussian
    that lies farther than that behind its first solid one. `near` [H, W, 3] gets the depths of the
    first three Gaussians with alpha above 0.05, -1 where there are fewer.
    """
    height, width = transmittance.shape
    tiles_x = (width + TILE - 1) // TILE
    tiles_y = (height + TILE - 1) // TILE
    for tile in numba.prange(tiles_x * tiles_y):
        y_start = tile // tiles_x * TILE
        x_start = tile % tiles_x * TILE
        rest = np.ones((TILE, TILE), np.float32)
        colour = np.zeros((TILE, TILE, CHANNELS), np.float32)
        ended = np.zeros((TILE, TILE), np.bool_)
        end = np.zeros((TILE, TILE), np.int64)
        solid = np.zeros((TILE, TILE), np.int32)
        count = np.zeros((TILE, TILE), np.int32)
        first = np.full((TILE, TILE, 3), -1.0, np.float32)
        for k in range(offsets[tile], offsets[tile + 1]):
            i = ids[k]
            x0, x1, y0, y1 = _pixel_range(centres, reach, i, x_start, y_start, width, height)
            a = conics[i, 0] * _F(0.5)
            b = conics[i, 1]
            c = conics[i, 2] * _F(0.5)
            opacity = opacities[i]
            red, green, blue, depth = (
                channels[i, 0], channels[i, 1], channels[i, 2], channels[i, 3],
            )  # fmt: skip
            for y in range(y0, y1 + 1):
                dy = centres[i, 1] - (y_start + y + _F(0.5))
                for x in range(x0, x1 + 1):
                    if ended[y, x]:
                        continue
                    dx = centres[i, 0] - (x_start + x + _F(0.5))
                    alpha = opacity * np.exp(-(a * dx * dx + b * dx * dy + c * dy * dy))
                    if alpha < MIN_ALPHA:
                        continue
                    alpha = min(alpha_max, alpha)
                    after = rest[y, x] * (_F(1) - alpha)
                    beyond = solid[y, x] > 0 and depth - first[y, x, 0] > depth_gap
                    if after < MIN_TRANSMITTANCE or beyond:
                        ended[y, x] = True
                        continue
                    weight = rest[y, x] * alpha
                    colour[y, x, 0] += weight * red
                    colour[y, x, 1] += weight * green
                    colour[y, x, 2] += weight * blue
                    colour[y, x, 3] += weight * depth
                    rest[y, x] = after
                    end[y, x] = k + 1
                    count[y, x] += 1
                    if alpha > SOLID_ALPHA and solid[y, x] < 3:
                        first[y, x, solid[y, x]] = depth
                        solid[y, x] += 1
        for y in range(min(TILE, height - y_start)):
            for x in range(min(TILE, width - x_start)):
                for channel in range(CHANNELS):
                    image[y_start + y, x_start + x, channel] = colour[y, x, channel]
                for layer in range(3):
                    near[y_start + y, x_start + x, layer] = first[y, x, layer]
                transmittance[y_start + y, x_start + x] = rest[y, x]
                last[y_start + y, x_start + x] = end[y, x]
                contributors[y_start + y, x_start + x] = count[y, x]


@_parallel
def composite_gradient(  # type: ignore[no-untyped-def]
    centres, conics, opacities, channels, reach, offsets, ids,
    alpha_max, transmittance, last, grad_image, grad_alpha, rows,
):  # fmt: skip
    """Gradient of `composite` per (tile, Gaussian) pair into `rows` [pairs, GRADIENTS].

    Walks each pixel back to front, recovering the transmittance by division.
    """
    height, width = transmittance.shape
    tiles_x = (width + TILE - 1) // TILE
    tiles_y = (height + TILE - 1) // TILE
    for tile in numba.prange(tiles_x * tiles_y):
        y_start = tile // tiles_x * TILE
        x_start = tile % tiles_x * TILE
        rest = np.ones((TILE, TILE), np.float32)
        behind = np.zeros((TILE, TILE), np.float32)
        through = np.zeros((TILE, TILE), np.float32)
        end = np.zeros((TILE, TILE), np.int64)
        grad = np.zeros((TILE, TILE, CHANNELS), np.float32)
        stop = offsets[tile]
        for y in range(min(TILE, height - y_start)):
            for x in range(min(TILE, width - x_start)):
                rest[y, x] = transmittance[y_start + y, x_start + x]
                # Alpha is one minus the final transmittance.
                through[y, x] = rest[y, x] * grad_alpha[y_start + y, x_start + x]
                end[y, x] = last[y_start + y, x_start + x]
                stop = max(stop, end[y, x])
                for channel in range(CHANNELS):
                    grad[y, x, channel] = grad_image[y_start + y, x_start + x, channel]
        for k in range(stop - 1, offsets[tile] - 1, -1):
            i = ids[k]
            x0, x1, y0, y1 = _pixel_range(centres, reach, i, x_start, y_start, width, height)
            a, b, c = conics[i, 0], conics[i, 1], conics[i, 2]
            half_a = a * _F(0.5)
            half_c = c * _F(0.5)
            opacity = opacities[i]
            red, green, blue, depth = (
                channels[i, 0], channels[i, 1], channels[i, 2], channels[i, 3],
            )  # fmt: skip
            g_x = g_y = g_a = g_b = g_c = g_o = _F(0)
            g_red = g_green = g_blue = g_depth = _F(0)
            for y in range(y0, y1 + 1):
                dy = centres[i, 1] - (y_start + y + _F(0.5))
                for x in range(x0, x1 + 1):
                    if k >= end[y, x]:
                        continue
                    dx = centres[i, 0] - (x_start + x + _F(0.5))
                    falloff = np.exp(-(half_a * dx * dx + b * dx * dy + half_c * dy * dy))
                    alpha = opacity * falloff
                    if alpha < MIN_ALPHA:
                        continue
                    capped = alpha > alpha_max
                    alpha = min(alpha_max, alpha)
                    inverse = _F(1) / (_F(1) - alpha)
                    rest[y, x] *= inverse
                    weight = alpha * rest[y, x]
                    g_red += weight * grad[y, x, 0]
                    g_green += weight * grad[y, x, 1]
                    g_blue += weight * grad[y, x, 2]
                    g_depth += weight * grad[y, x, 3]
                    here = (
                        red * grad[y, x, 0] + green * grad[y, x, 1]
                        + blue * grad[y, x, 2] + depth * grad[y, x, 3]
                    )  # fmt: skip
                    g_alpha = here * rest[y, x] + (through[y, x] - behind[y, x]) * inverse
                    behind[y, x] += here * weight
                    if capped:
                        continue
                    g_exponent = -alpha * g_alpha
                    g_x += g_exponent * (a * dx + b * dy)
                    g_y += g_exponent * (b * dx + c * dy)
                    g_a += g_exponent * dx * dx * _F(0.5)
                    g_b += g_exponent * dx * dy
                    g_c += g_exponent * dy * dy * _F(0.5)
                    g_o += falloff * g_alpha
            rows[k, 0], rows[k, 1] = g_x, g_y
            rows[k, 2], rows[k, 3], rows[k, 4] = g_a, g_b, g_c
            rows[k, 5] = g_o
            rows[k, 6], rows[k, 7], rows[k, 8], rows[k, 9] = g_red, g_green, g_blue, g_depth
        for k in range(max(stop, offsets[tile]), offsets[tile + 1]):
            for column in range(GRADIENTS):
                rows[k, column] = _F(0)


@_serial
def sum_rows(rows, ids, sums):  # type: ignore[no-untyped-def]
    """Add each pair's row to its Gaussian, in the order of the pairs."""
    for k in range(ids.size):
        for column in range(GRADIENTS):
            sums[ids[k], column] += rows[k, column]
