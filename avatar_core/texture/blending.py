"""Blending pictures: how one lies over another, with W3C's blend modes and adjustments.

Colours are premultiplied float32 [..., 4] in display values; blend modes see straight colours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.project.paint import Adjustment, Blend, UInt16

NO_MASK: UInt16 = np.zeros(0, np.uint16)
"""Of a layer that hides nothing."""

_IN_ORDER = ("black", "white", "gamma", "hue_turn_rad", "saturation", "lightness")


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What layers are blended into, one after the other.

    Args:
        colours: [n, 4] premultiplied.
        covered: [n] 0..1, how much of what was there at first is covered by now.
    """

    colours: Float32
    covered: Float32 = field(default_factory=lambda: np.zeros(0, np.float32))

    @classmethod
    def clear(cls, count: int) -> Ground:
        """Nothing, for the members of a group."""
        return cls(np.zeros((count, 4), np.float32), np.zeros(count, np.float32))

    @classmethod
    def of(cls, base: Float32) -> Ground:
        """Opaque colours [n, 3]."""
        colours = np.ones((len(base), 4), np.float32)
        colours[:, :3] = base
        return cls(colours, np.zeros(len(base), np.float32))

    def copy(self) -> Ground:
        """The same, to be blended into on its own."""
        return Ground(self.colours.copy(), self.covered.copy())

    def blend_stored(
        self, source: UInt16, blend: Blend, opacity: float = 1.0, hidden: UInt16 = NO_MASK
    ) -> None:
        """Blend texels as they are stored, [n, 4], with a mask [n] or none."""
        from avatar_core.texture.blend_kernels import CODES, blend_stored

        self._expect(len(source), hidden)
        blend_stored(CODES[blend], opacity, self.colours, self.covered, source, hidden)

    def blend(
        self, source: Float32, blend: Blend, opacity: float = 1.0, hidden: UInt16 = NO_MASK
    ) -> None:
        """Blend premultiplied texels [n, 4], or one [1, 4] for all, with a mask [n] or none."""
        from avatar_core.texture.blend_kernels import CODES, blend_floats

        self._expect(len(self.colours) if len(source) == 1 else len(source), hidden)
        blend_floats(CODES[blend], opacity, self.colours, self.covered, source, hidden)

    def adjust(
        self, adjustment: Adjustment, opacity: float = 1.0, hidden: UInt16 = NO_MASK
    ) -> None:
        """Adjust the colours, with a mask [n] or none; what is clear stays clear."""
        if adjustment.changes_nothing:
            return
        from avatar_core.texture.blend_kernels import adjust

        self._expect(len(self.colours), hidden)
        numbers = np.array([getattr(adjustment, name) for name in _IN_ORDER], np.float32)
        adjust(numbers, opacity, self.colours, self.covered, hidden)

    def paint_over(self, base: Float32) -> UInt8:
        """[n, 4] premultiplied paint that over the base [n, 3] looks like this ground."""
        from avatar_core.texture.blend_kernels import paint_bytes

        self._expect(len(base), NO_MASK)
        paint = np.empty((len(base), 4), np.uint8)
        paint_bytes(self.colours, self.covered, base, paint)
        return paint

    def _expect(self, rows: int, hidden: UInt16) -> None:
        """Refuse other texels than these; the kernels look at no length."""
        count = len(self.colours)
        if rows != count or len(self.covered) != count or len(hidden) not in (0, count):
            raise ShapeError(f"source: expected {count} texels, got {rows}, mask {len(hidden)}")


def blend(below: Float32, above: Float32, mode: Blend, opacity: float = 1.0) -> Float32:
    """One picture over another, [..., 4] premultiplied each; a new array."""
    expect_shapes(below=(below.reshape(-1, below.shape[-1]), "n 4"))
    expect_shapes(above=(above.reshape(-1, above.shape[-1]), "n 4"))
    if below.shape != above.shape:
        raise ValueError(f"above: expected {below.shape}, got {above.shape}")
    colours = np.array(below.reshape(-1, 4), np.float32)
    ground = Ground(colours, np.zeros(len(colours), np.float32))
    ground.blend(np.ascontiguousarray(above.reshape(-1, 4), np.float32), mode, opacity)
    return colours.reshape(below.shape)
