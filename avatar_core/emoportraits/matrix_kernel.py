"""A product of matrices for compiled loops, as fast as the processor multiplies.

Compilers keep sums of a loop in memory, and so such a product at half of the possible speed. Here
the sums of a few rows by two vectors stay in registers, which has to be said in the compiler's own
terms (llvmlite is what numba compiles with). Importing this module loads numba. Whoever changes it
empties the caches of the modules that use it: numba does not notice.

Source:
    Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from avatar_core.geometry import Float32


def _has(feature: str) -> bool:
    """Whether loops are compiled for processors with a feature, by LLVM's name."""
    told = numba.config.CPU_FEATURES  # type: ignore[attr-defined]  # set at import
    if told is not None:
        return f"+{feature}" in str(told).split(",")
    try:
        return bool(binding.get_host_cpu_features().get(feature))
    except RuntimeError:  # of processors that LLVM knows nothing about
        return False


_LANES = 16 if _has("avx512f") else 8 if _has("avx") else 4
"""Numbers in one of the processor's vectors."""

_VECTORS = 2

ROWS = 4 if _LANES == 8 else 8
"""Rows of one step, as many as there are registers for: AVX has 16, AVX-512 and ARM have 32. How
many rows there are has to be a multiple of it."""

PANEL = _LANES * _VECTORS
"""Columns of one step."""


def packed(matrix: Float32) -> Float32:
    """Matrices [..., K, N] in panels [..., P, K, `PANEL`] as `multiply` reads them, with zeros."""
    missing = -matrix.shape[-1] % PANEL
    wide = np.pad(matrix, [(0, 0)] * (matrix.ndim - 1) + [(0, missing)])
    panels = wide.reshape(*wide.shape[:-1], -1, PANEL)
    return np.ascontiguousarray(np.moveaxis(panels, -2, -3), np.float32)


@intrinsic
def _multiply_step(_typing: Any, a: Any, b: Any, c: Any, row: Any, panel: Any) -> Any:
    """Write a step of `multiply`, from `row` on and of one panel, to c."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lane = ir.FloatType()
        vector = ir.VectorType(lane, _LANES)
        at_vector = vector.as_pointer()
        zeros, nothing = ir.Constant(vector, [0.0] * _LANES), ir.Constant(vector, ir.Undefined)
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)
        fused = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{_LANES}f32"
        )
        a, b, c = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
        )
        row, panel = arguments[3:]
        depth = cgutils.unpack_tuple(builder, a.shape)[1]
        width = cgutils.unpack_tuple(builder, c.shape)[1]
        count = depth.type
        rows = [builder.add(row, count(step)) for step in range(ROWS)]
        a_rows = [builder.gep(a.data, [builder.mul(each, depth)]) for each in rows]
        b_panel = builder.gep(b.data, [builder.mul(builder.mul(panel, depth), count(PANEL))])
        # The compiler makes registers of these.
        sums = [[cgutils.alloca_once_value(builder, zeros) for _ in range(_VECTORS)] for _ in rows]
        for total in (total for of_row in sums for total in of_row):
            builder.store(zeros, total)

        def vector_at(start: Any, index: int) -> Any:
            return builder.bitcast(builder.gep(start, [count(index * _LANES)]), at_vector)

        with cgutils.for_range(builder, depth) as loop:
            b_row = builder.gep(b_panel, [builder.mul(loop.index, count(PANEL))])
            parts = [builder.load(vector_at(b_row, v), align=4) for v in range(_VECTORS)]
            for a_row, of_row in zip(a_rows, sums, strict=True):
                number = builder.load(builder.gep(a_row, [loop.index]))
                first = builder.insert_element(nothing, number, ir.IntType(32)(0))
                repeated = builder.shuffle_vector(first, nothing, everywhere)
                for part, total in zip(parts, of_row, strict=True):
                    more = builder.call(fused, [repeated, part, builder.load(total)])
                    builder.store(more, total)
        for each, of_row in zip(rows, sums, strict=True):
            column = builder.mul(panel, count(PANEL))
            start = builder.gep(c.data, [builder.add(builder.mul(each, width), column)])
            for index, total in enumerate(of_row):
                builder.store(builder.load(total), vector_at(start, index), align=4)
        return context.get_dummy_value()

    return types.void(a, b, c, row, panel), generate


@numba.njit(cache=True, nogil=True)
def multiply(a, b, c):  # type: ignore[no-untyped-def]
    """Write a [T, K] times b [K, N] to c, float32, all without gaps.

    Args:
        a: [T, K], T a multiple of `ROWS`.
        b: [P, K, `PANEL`], see `packed`.
        c: [T, P `PANEL`] written; columns beyond N are zero.
    """
    for panel in range(b.shape[0]):
        for row in range(0, a.shape[0], ROWS):
            _multiply_step(a, b, c, row, panel)  # type: ignore[call-arg]
