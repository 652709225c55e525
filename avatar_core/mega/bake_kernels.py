"""Compiled loops of `bake`: sixteen texels at a time, so that every line is a few vector steps.

The pixel decoder sees a texel through the eight sums that enter its first sines. With those as
unknowns a texel is a least-squares problem of eight numbers, and its derivatives are written out.
The readable twin of the network is `mega.textures.PixelDecoder`.

Importing this module loads numba and compiles, once per machine.
"""

from __future__ import annotations

import math

import numba
import numpy as np

LANES = 16
WIDTH = 8
"""Of the decoder's hidden layers."""

_F = np.float32
_NORMAL = WIDTH * (WIDTH + 1) // 2
_LEAST_DAMPING, _DAMPING_DOWN, _DAMPING_UP = _F(1e-7), _F(0.25), _F(6.0)
_FLOOR = _F(1e-3)
"""Damping of directions that hardly matter."""
_SETTLED = _F(0.02)
"""A texel whose cost falls by less than this share is done."""

_helper = numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")


@_helper
def fit(starts, full, goal, metric, share, near, pull, decoder, conditions, rounds, sums, costs):  # type: ignore[no-untyped-def]
    """Damped Gauss-Newton (Levenberg-Marquardt) of every texel.

    Least squares of metric (decoded - wanted) over the conditions, plus pull |sums - near|^2, where
    wanted lies between `full` and `goal` by `share`.

    Args:
        starts: [B, C, 8, 16] what enters the first sines under each condition, unpainted.
        full: [B, C, 3, 16] the colours that makes, 0..1.
        goal: [B, C, 3, 16] the colours with all of the paint.
        metric: [B, 9, 16] 3 x 3 by rows, weighs a difference of colours.
        share: [B, 16] how much of the way to go.
        near: [B, 8, 16] what the unknowns are pulled to.
        pull: how strongly.
        decoder: weights and biases of the second, third and last layer, sines' factor included.
        conditions: [K] which conditions to look at.
        rounds: most evaluations.
        sums: [B, 8, 16] added to the starts; where to begin, and written.
        costs: [B, 16] written.
    """
    w2, b2, w3, b3, w4, b4 = decoder
    lanes, rgb, triangle = (WIDTH, LANES), (3, LANES), (_NORMAL, LANES)
    waves, values, tried = np.empty(lanes, _F), np.empty(lanes, _F), np.empty(lanes, _F)
    slope1, slope2, slope3 = np.empty(lanes, _F), np.empty(lanes, _F), np.empty(lanes, _F)
    back, forth, step = np.empty(lanes, _F), np.empty(lanes, _F), np.empty(lanes, _F)
    colour, error, weighed = np.empty(rgb, _F), np.empty(rgb, _F), np.empty(rgb, _F)
    jacobian, turned = np.empty((3, *lanes), _F), np.empty((3, *lanes), _F)
    normal, best_normal = np.empty(triangle, _F), np.empty(triangle, _F)
    factor = np.empty(triangle, _F)
    gradient, best_gradient = np.empty(lanes, _F), np.empty(lanes, _F)
    cost, best, damping = np.empty(LANES, _F), np.empty(LANES, _F), np.empty(LANES, _F)
    for b in range(len(starts)):
        tried[:] = sums[b]
        best[:] = _F(1e30)
        damping[:] = _F(0.003)
        for turn in range(rounds):
            _begin(tried, near[b], pull, normal, gradient, cost)
            for c in conditions:
                for i in range(WIDTH):
                    for lane in range(LANES):
                        values[i, lane] = starts[b, c, i, lane] + tried[i, lane]
                _sines(values, waves, slope1)
                _product(w2, b2, waves, values)
                _sines(values, waves, slope2)
                _product(w3, b3, waves, values)
                _sines(values, waves, slope3)
                _product(w4, b4, waves, colour)
                for k in range(3):
                    for lane in range(LANES):
                        shown = _F(1) / (_F(1) + math.exp(-colour[k, lane]))
                        before = full[b, c, k, lane]
                        wanted = before + share[b, lane] * (goal[b, c, k, lane] - before)
                        error[k, lane] = shown - wanted
                        colour[k, lane] = shown * (_F(1) - shown)
                    for j in range(WIDTH):
                        for lane in range(LANES):
                            back[j, lane] = w4[k, j] * slope3[j, lane] * colour[k, lane]
                    _product_back(w3, back, slope2, forth)
                    _product_back(w2, forth, slope1, jacobian[k])
                _weigh(metric[b], error, jacobian, weighed, turned)
                _gather(turned, weighed, normal, gradient, cost)
            pending = _accept(
                cost, tried, normal, gradient, best, sums[b], best_normal, best_gradient, damping
            )
            if not pending or turn + 1 == rounds:
                break
            _solve(best_normal, best_gradient, damping, factor, step)
            for i in range(WIDTH):
                for lane in range(LANES):
                    tried[i, lane] = sums[b, i, lane] + step[i, lane]
        costs[b] = best


@_helper
def decode(starts, sums, decoder, colours):  # type: ignore[no-untyped-def]
    """Colours 0..1 of starts [B, C, 8, 16] plus sums [B, 8, 16], into [B, C, 3, 16]."""
    w2, b2, w3, b3, w4, b4 = decoder
    values, waves, slope = (
        np.empty((WIDTH, LANES), _F), np.empty((WIDTH, LANES), _F), np.empty((WIDTH, LANES), _F)
    )  # fmt: skip
    for b in range(len(starts)):
        for c in range(starts.shape[1]):
            for i in range(WIDTH):
                for lane in range(LANES):
                    values[i, lane] = starts[b, c, i, lane] + sums[b, i, lane]
            _sines(values, waves, slope)
            _product(w2, b2, waves, values)
            _sines(values, waves, slope)
            _product(w3, b3, waves, values)
            _sines(values, waves, slope)
            _product(w4, b4, waves, colours[b, c])
            for k in range(3):
                for lane in range(LANES):
                    colours[b, c, k, lane] = _F(1) / (_F(1) + math.exp(-colours[b, c, k, lane]))


@_helper
def _sines(values, sines, cosines):  # type: ignore[no-untyped-def]
    """To about 1e-7 for values up to some thousands: quarter turns taken off, then polynomials.

    Source:
        Cody, Waite, Software Manual for the Elementary Functions, 1980; coefficients of Cephes.
    """
    for i in range(WIDTH):
        for lane in range(LANES):
            quarters = np.floor(values[i, lane] * _F(0.6366197723675814) + _F(0.5))
            rest = values[i, lane] - quarters * _F(1.5703125)
            rest -= quarters * _F(4.837512969970703e-4)
            rest -= quarters * _F(7.54978995489188216e-8)
            square = rest * rest
            odd = rest + rest * square * (
                _F(-1.6666654611e-1) + square * (_F(8.3321608736e-3) - square * _F(1.9515295891e-4))
            )
            even = (
                _F(1)
                - _F(0.5) * square
                + square * square * (
                    _F(4.166664568298827e-2)
                    + square * (_F(-1.388731625493765e-3) + square * _F(2.443315711809948e-5))
                )
            )  # fmt: skip
            side = quarters - _F(4) * np.floor(quarters * _F(0.25))
            is_turned = (side == _F(1)) | (side == _F(3))
            sine = even if is_turned else odd
            cosine = odd if is_turned else even
            sines[i, lane] = -sine if side >= _F(2) else sine
            cosines[i, lane] = -cosine if (side == _F(1)) | (side == _F(2)) else cosine


@_helper
def _product(weights, bias, inputs, outputs):  # type: ignore[no-untyped-def]
    for i in range(len(weights)):
        for lane in range(LANES):
            outputs[i, lane] = bias[i]
        for j in range(WIDTH):
            weight = weights[i, j]
            for lane in range(LANES):
                outputs[i, lane] += weight * inputs[j, lane]


@_helper
def _product_back(weights, outputs, slope, inputs):  # type: ignore[no-untyped-def]
    for j in range(WIDTH):
        for lane in range(LANES):
            inputs[j, lane] = _F(0)
        for i in range(WIDTH):
            weight = weights[i, j]
            for lane in range(LANES):
                inputs[j, lane] += weight * outputs[i, lane]
        for lane in range(LANES):
            inputs[j, lane] *= slope[j, lane]


@_helper
def _begin(tried, near, pull, normal, gradient, cost):  # type: ignore[no-untyped-def]
    """Normal equations of the pull alone."""
    normal[:] = _F(0)
    cost[:] = _F(0)
    for i in range(WIDTH):
        row = i * (i + 1) // 2
        for lane in range(LANES):
            away = tried[i, lane] - near[i, lane]
            cost[lane] += pull * away * away
            gradient[i, lane] = pull * away
            normal[row + i, lane] = pull


@_helper
def _weigh(metric, error, jacobian, weighed, turned):  # type: ignore[no-untyped-def]
    for k in range(3):
        for lane in range(LANES):
            weighed[k, lane] = (
                metric[3 * k, lane] * error[0, lane]
                + metric[3 * k + 1, lane] * error[1, lane]
                + metric[3 * k + 2, lane] * error[2, lane]
            )
        for j in range(WIDTH):
            for lane in range(LANES):
                turned[k, j, lane] = (
                    metric[3 * k, lane] * jacobian[0, j, lane]
                    + metric[3 * k + 1, lane] * jacobian[1, j, lane]
                    + metric[3 * k + 2, lane] * jacobian[2, j, lane]
                )


@_helper
def _gather(jacobian, error, normal, gradient, cost):  # type: ignore[no-untyped-def]
    entry = 0
    for i in range(WIDTH):
        for j in range(i + 1):
            for lane in range(LANES):
                normal[entry, lane] += (
                    jacobian[0, i, lane] * jacobian[0, j, lane]
                    + jacobian[1, i, lane] * jacobian[1, j, lane]
                    + jacobian[2, i, lane] * jacobian[2, j, lane]
                )
            entry += 1
        for lane in range(LANES):
            gradient[i, lane] += (
                jacobian[0, i, lane] * error[0, lane]
                + jacobian[1, i, lane] * error[1, lane]
                + jacobian[2, i, lane] * error[2, lane]
            )
    for lane in range(LANES):
        cost[lane] += error[0, lane] ** 2 + error[1, lane] ** 2 + error[2, lane] ** 2


@_helper
def _accept(cost, tried, normal, gradient, best, sums, best_normal, best_gradient, damping):  # type: ignore[no-untyped-def]
    """Keep what is better, lane by lane; whether any lane has still something to gain."""
    pending = False
    for lane in range(LANES):
        if cost[lane] < best[lane]:
            if best[lane] - cost[lane] > _SETTLED * best[lane]:
                pending = True
            best[lane] = cost[lane]
            damping[lane] = max(damping[lane] * _DAMPING_DOWN, _LEAST_DAMPING)
            for i in range(WIDTH):
                sums[i, lane] = tried[i, lane]
                best_gradient[i, lane] = gradient[i, lane]
            for entry in range(_NORMAL):
                best_normal[entry, lane] = normal[entry, lane]
        else:
            damping[lane] *= _DAMPING_UP
            if damping[lane] < _F(1.0):
                pending = True
    return pending


@_helper
def _solve(normal, gradient, damping, factor, step):  # type: ignore[no-untyped-def]
    """The damped step by Cholesky's factors; the lower triangle lies row after row."""
    for i in range(WIDTH):
        row = i * (i + 1) // 2
        for j in range(i + 1):
            other = j * (j + 1) // 2
            for lane in range(LANES):
                value = normal[row + j, lane]
                if i == j:
                    value += damping[lane] * (value + _FLOOR)
                factor[row + j, lane] = value
            for k in range(j):
                for lane in range(LANES):
                    factor[row + j, lane] -= factor[row + k, lane] * factor[other + k, lane]
            for lane in range(LANES):
                if i == j:
                    factor[row + j, lane] = math.sqrt(max(factor[row + j, lane], _F(1e-12)))
                else:
                    factor[row + j, lane] /= factor[other + j, lane]
    for i in range(WIDTH):
        row = i * (i + 1) // 2
        for lane in range(LANES):
            step[i, lane] = -gradient[i, lane]
        for k in range(i):
            for lane in range(LANES):
                step[i, lane] -= factor[row + k, lane] * step[k, lane]
        for lane in range(LANES):
            step[i, lane] /= factor[row + i, lane]
    for i in range(WIDTH - 1, -1, -1):
        for k in range(i + 1, WIDTH):
            below = k * (k + 1) // 2
            for lane in range(LANES):
                step[i, lane] -= factor[below + i, lane] * step[k, lane]
        for lane in range(LANES):
            step[i, lane] /= factor[i * (i + 1) // 2 + i, lane]
