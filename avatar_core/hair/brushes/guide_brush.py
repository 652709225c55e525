"""What brushes that bend strands have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.guides import Bundle, Guides, close_guides, opened_guides

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas


class GuideBrush(ABC):
    """A stroke that says where the guides under it are wanted; hair follows them.

    Args:
        settings: what the artist chose.
    """

    spring = 0.5
    """How much what is not held keeps its shape, see `Guides.bend`."""

    trail_m = 0.06
    """Over what distance the hair beyond the brush comes along less and less; 0 for not at all."""

    def __init__(self, settings: BrushSettings) -> None:
        self.settings = settings
        self._guides: Guides | None = None

    @property
    def guides(self) -> Guides:
        """The guides, from `begin` to `end`."""
        assert self._guides is not None
        return self._guides

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """The pen is set down.

        Raises:
            AssetError: the strands of the hair are not known yet.
        """
        self._guides = opened_guides(canvas)

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """The pen moves, or rests."""
        bundle = self.guides.under(dab.position, dab.radius_m, self.settings.falloff)
        if bundle is not None:
            if self.trail_m > 0:
                bundle = bundle.trailing(self.trail_m)
            self.guides.bend(bundle, self.targets(bundle, dab), self.spring)
            self.guides.carry(canvas)

    def end(self, canvas: HairCanvas) -> None:
        """The pen is lifted."""
        close_guides(canvas, self.guides)
        self._guides = None

    @abstractmethod
    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        """Where nodes are wanted, [g, K, 3] metres; where they are now for those left alone."""

    def option(self, name: str, default: float) -> float:
        return self.settings.options.get(name, default)


def moved_by(bundle: Bundle, weights: Float32, motions: Float32) -> Float32:
    """Targets [g, K, 3] that lie by `motions` [g, K, 3] or [3] away, weighted [g, K]."""
    return bundle.nodes + weights[..., None] * motions.astype(np.float32)


def turned_about(points: Float32, middle: Float32, axis: Float32, angles_rad: Float32) -> Float32:
    """Points [..., 3] turned about a line, each by its own angle [...].

    Args:
        points: metres.
        middle: [3] on the line.
        axis: [3] unit vector along it.
        angles_rad: right-handed about it.

    Source:
        Rodrigues' rotation formula.
    """
    away = points - middle
    sines, cosines = np.sin(angles_rad)[..., None], np.cos(angles_rad)[..., None]
    along = (away @ axis)[..., None] * axis
    turned: Float32 = along + cosines * (away - along) + sines * np.cross(axis, away)
    return turned + middle
