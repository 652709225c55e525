"""Vectors, unit quaternions (wxyz) and points of curves as tuples, for compiled loops of hair.

Importing this module loads numba. Whoever changes it empties the caches of the modules that use it:
numba does not notice.
"""

from __future__ import annotations

import math

import numba

helper = numba.njit(cache=True, nogil=True, error_model="numpy")


@helper
def at(points, k):  # type: ignore[no-untyped-def]
    return float(points[k, 0]), float(points[k, 1]), float(points[k, 2])


@helper
def plus(a, scale, b):  # type: ignore[no-untyped-def]
    """The sum of a and scale times b."""
    return a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]


@helper
def dot(a, b):  # type: ignore[no-untyped-def]
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@helper
def cross(a, b):  # type: ignore[no-untyped-def]
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@helper
def towards(a, b):  # type: ignore[no-untyped-def]
    """The unit vector from a to b; zero where they are one."""
    away = plus(b, -1.0, a)
    length = math.sqrt(dot(away, away))
    scale = 1.0 / length if length > 1e-9 else 0.0
    return away[0] * scale, away[1] * scale, away[2] * scale


@helper
def unit(a):  # type: ignore[no-untyped-def]
    return towards((0.0, 0.0, 0.0), a)


@helper
def turn_between(a, b):  # type: ignore[no-untyped-def]
    """The smallest turn from one unit vector to another; none between opposite ones or zero."""
    w = 1.0 + dot(a, b)
    x, y, z = cross(a, b)
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if w < 1e-6 or dot(a, a) < 0.5 or dot(b, b) < 0.5:
        return 1.0, 0.0, 0.0, 0.0
    return w / length, x / length, y / length, z / length


@helper
def turned(turn, vector):  # type: ignore[no-untyped-def]
    axis = (turn[1], turn[2], turn[3])
    twice = cross(axis, vector)
    return plus(plus(vector, 2.0 * turn[0], twice), 2.0, cross(axis, twice))


@helper
def product(a, b):  # type: ignore[no-untyped-def]
    """The turn b, then a."""
    return (
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    )


@helper
def part_of(turn, share):  # type: ignore[no-untyped-def]
    """A share 0..1 of a turn, which need not be of unit length; none of one without length."""
    w, x, y, z = turn
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if length < 1e-6:
        return 1.0, 0.0, 0.0, 0.0
    scale = share / math.copysign(length, w)
    w, x, y, z = 1.0 - share + scale * w, scale * x, scale * y, scale * z
    length = math.sqrt(w * w + x * x + y * y + z * z)
    return w / length, x / length, y / length, z / length
