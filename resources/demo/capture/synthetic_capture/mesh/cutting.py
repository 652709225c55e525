"""Cutting a surface along the zero line of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.mesh.surface import Surface, blend

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float

_SNAP = 0.008
"""Vertices this near to the line count as on it, so no slivers arise."""


def cut(surface: Surface, values: Float, label_below: str | None) -> Surface:
    """Split triangles along values = 0.

    Args:
        surface: what to cut.
        values: [V] signed function of each vertex.
        label_below: label of everything on the negative side, or None to drop it.
    """
    return _Cut(surface, values, label_below).result()


class _Cut:
    def __init__(self, surface: Surface, values: Float, label_below: str | None) -> None:
        self._surface = surface
        self._values = np.where(np.abs(values) < _SNAP, 0.0, values)
        self._label_below = label_below
        self._out = Surface(list(surface.rows))
        self._crossings: dict[tuple[int, int], int] = {}

    def result(self) -> Surface:
        surface = self._surface
        for triangle, uv, label in zip(surface.triangles, surface.uvs, surface.labels, strict=True):
            values = self._values[list(triangle)]
            if (values > 0).any() or not values.any():
                self._out.add_fan(self._clipped(triangle, uv, values), label)
            if (values < 0).any() and self._label_below is not None:
                self._out.add_fan(self._clipped(triangle, uv, -values), self._label_below)
        return self._out.compact()

    def _clipped(
        self, triangle: tuple[int, int, int], uv: Float, values: Float
    ) -> list[tuple[int, Float]]:
        """The polygon of a triangle where `values` [3] at its corners are not negative."""
        polygon = []
        for k in range(3):
            after = (k + 1) % 3
            if values[k] >= 0:
                polygon.append((triangle[k], uv[k]))
            if values[k] * values[after] < 0:
                vertex, t = self._crossing(triangle[k], triangle[after])
                polygon.append((vertex, (1 - t) * uv[k] + t * uv[after]))
        return polygon

    def _crossing(self, a: int, b: int) -> tuple[int, float]:
        """The vertex on an edge where the function is zero, and its place from a (0) to b (1)."""
        low, high = min(a, b), max(a, b)
        t = float(self._values[low] / (self._values[low] - self._values[high]))
        if (low, high) not in self._crossings:
            rows = self._surface.rows
            row = blend(((1 - t, rows[low]), (t, rows[high])))
            self._crossings[low, high] = self._out.add_vertex(row)
        return self._crossings[low, high], (t if a == low else 1 - t)
