"""Depth order of Gaussians: the farthest first, by counting sort over 16-bit depths."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

UInt32: TypeAlias = NDArray[np.uint32]

LEVELS = 65536
"""Depths are told apart in this many steps between the nearest and the farthest."""

FAST_FROM = 50_000
"""Below this size the compiled kernel, which takes a second to load, saves no more than 0.2 ms."""

PACKED_LIMIT = 1 << 24
"""The kernel packs an index and eight bits of depth into 32."""


def depth_order(depths: Float32) -> UInt32:
    """Indices that put depths back to front.

    Depths are rounded to `LEVELS` steps between the smallest and the largest (6 micrometres over a
    head); equal ones keep their order, so nothing flickers. Depths that are not finite come first,
    where everything else is drawn over them.

    The compiled kernel is loaded in the background once large clouds are sorted again and again;
    until it is there numpy does the same work, with the same result.

    Args:
        depths: [N] distance from the viewer, any unit.

    Returns:
        [N] indices into `depths`, farthest first.
    """
    expect_shapes(depths=(depths, "N"))
    depths = np.ascontiguousarray(depths, np.float32)
    if not FAST_FROM <= len(depths) < PACKED_LIMIT:
        return depth_order_numpy(depths)
    kernel = _kernel.wanted()
    nearest, farthest = depths.min(), depths.max()
    # The kernel takes finite depths only; a NaN shows up in both extremes, and is rare.
    if kernel is None or not np.isfinite(nearest) or not np.isfinite(farthest):
        return depth_order_numpy(depths)
    return kernel(depths, farthest, _scale(nearest, farthest))


def depth_order_numpy(depths: Float32) -> UInt32:
    """The readable twin of the compiled kernel; same contract as `depth_order`."""
    finite = np.isfinite(depths)
    if not finite.any():
        return np.arange(len(depths), dtype=np.uint32)
    nearest, farthest = depths[finite].min(), depths[finite].max()
    steps = np.where(finite, (farthest - depths) * _scale(nearest, farthest), np.float32(0))
    # numpy sorts 16-bit integers by radix, stable and much faster than floats.
    return np.argsort(steps.astype(np.uint16), kind="stable").astype(np.uint32)


def _scale(nearest: np.float32, farthest: np.float32) -> np.float32:
    """Steps per unit of depth; the farthest becomes step 0. Finite for equal depths too."""
    return np.float32((LEVELS - 1) / max(float(farthest) - float(nearest), 1e-12))


def warm_up() -> None:
    """Wait until the compiled kernel is in use; for benches and long offline renders."""
    _kernel.load()


class _DepthOrder(Protocol):
    def __call__(self, depths: Float32, farthest: np.float32, scale: np.float32) -> UInt32: ...


class _LazyKernel:
    """Loads numba behind the window's back: importing it costs more than the first frames."""

    def __init__(self, load: Callable[[], _DepthOrder]) -> None:
        self._load = load
        self._kernel: _DepthOrder | None = None
        self._requests = 0
        self._lock = threading.Lock()

    def wanted(self) -> _DepthOrder | None:
        """The kernel if it is there; the second request starts loading it."""
        if self._kernel is None:
            self._requests += 1
            if self._requests == 2:
                threading.Thread(target=self.load, name="depth-sort-loader", daemon=True).start()
        return self._kernel

    def load(self) -> None:
        with self._lock:
            if self._kernel is None:
                self._kernel = self._load()


def _compiled_depth_order() -> _DepthOrder:
    from avatar_core.render import counting_sort

    return counting_sort.depth_order


_kernel = _LazyKernel(_compiled_depth_order)
