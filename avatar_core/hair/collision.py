"""HeadCollider: how far hair is from the skin of the posed head, and which way is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32


class HeadCollider:
    """The skin of a head that moves, asked for many points at a time.

    Args:
        vertices: [V, 3] the neutral head, metres.
        faces: [F, 3] vertex ids, counter-clockwise from outside.
    """

    def __init__(self, vertices: Float32, faces: Int32) -> None:
        raise NotImplementedError

    def posed(self, vertices: Float32) -> HeadCollider:
        """The same head in another pose, [V, 3] in the space of the neutral head; cheap."""
        raise NotImplementedError

    def heights(self, points: Float32) -> Float32:
        """[n] metres of points [n, 3] above the skin, negative beneath; +inf far away from it."""
        raise NotImplementedError

    def outwards(self, points: Float32) -> Float32:
        """[n, 3] unit normals of the skin nearest to points [n, 3]."""
        raise NotImplementedError

    def kept_out(self, points: Float32, least_m: Float32 | float) -> Float32:
        """Points [n, 3] lifted to at least the height(s) `least_m` above the skin."""
        raise NotImplementedError
