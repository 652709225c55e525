"""How the hair learns: rates of its Gaussians, and when they multiply. Published values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class HairStart(StrEnum):
    """Where the hair's Gaussians come from."""

    GUIDED = "guided"
    """Along the capture's strands, or small and round in a shell; all in the hair's mean colour."""
    POINTS = "points"
    """At the capture's initial points, or in a shell; random colours, nearly transparent, as far
    apart as they are large (the published start)."""


@dataclass(frozen=True, slots=True)
class GaussianRates:
    """Learning rates of the hair stage by attribute.

    Args:
        xyz: of the centres at the start.
        xyz_final: of the centres after `xyz_steps` steps, with exponential decay in between.
        xyz_steps: see there.
        in_extents: the rates of the centres are per scene extent instead of per metre.
        features_dc: of the constant colour coefficient.
        features_rest: of the others.
        opacity: of the logits.
        scaling: of the log scales.
        rotation: of the quaternions.
    """

    xyz: float = 1.6e-4
    xyz_final: float = 1.6e-6
    xyz_steps: int = 30_000
    in_extents: bool = True
    features_dc: float = 2.5e-3
    features_rest: float = 2.5e-3 / 20
    opacity: float = 0.05
    scaling: float = 5e-3
    rotation: float = 1e-3

    def of(self, parameter: str) -> float:
        """Rate at the start of a parameter of `CanonicalGaussians`, by its name."""
        rate: float = getattr(self, parameter.removeprefix("_"))
        return rate

    def xyz_decay(self, step: int) -> float:
        """Factor of the centres' rate after that many steps, 1 at the start."""
        if self.xyz_final == self.xyz:
            return 1.0
        share = min(step / self.xyz_steps, 1.0)
        return math.exp(share * math.log(self.xyz_final / self.xyz))


@dataclass(frozen=True, slots=True)
class DensifyPlan:
    """When and by which rules the hair's Gaussians multiply.

    All counts are pictures seen, not steps: a step of eight pictures counts eight. An event is due
    in the step that reaches or passes a multiple of its interval.

    Args:
        start: nothing multiplies before.
        until: nothing multiplies after.
        every: pictures between two rounds of cloning, splitting and pruning.
        gradient: mean length of the screen-space gradient from which a Gaussian multiplies; the
            screen is 2 wide and 2 high, as in 3DGS.
        small: Gaussians up to this size (largest scale, share of the scene's extent) are cloned,
            larger ones split.
        children: Gaussians that a split one is replaced by.
        shrink: their scales are the parent's divided by this.
        least_opacity: Gaussians below are removed.
        large_after: from here on, large ones are removed too.
        large_screen: radius (three standard deviations) from which one is too large, in heights of
            the picture; published as 20 px of 802.
        large_world: largest scale from which one is too large, share of the scene's extent.
        reset_every: pictures between two resets of all opacities; 0 for none.
        reset_opacity: what opacities are lowered to by a reset.

    Source:
        Kerbl et al. 2023, 3D Gaussian Splatting, section 5.2 and the released settings; counts and
        thresholds of Wang et al., MeGA, arXiv:2404.19026, released trainer.
    """

    start: int = 500
    until: int = 100_000_000
    every: int = 200
    gradient: float = 2e-4
    small: float = 0.002
    children: int = 2
    shrink: float = 1.6
    least_opacity: float = 0.005
    large_after: int = 24_000
    large_screen: float = 20 / 802
    large_world: float = 0.1
    reset_every: int = 3_000
    reset_opacity: float = 0.01

    def multiplies(self, before: int, after: int) -> bool:
        """Whether a round is due in the step that took the pictures seen from one to the other."""
        return self.start < after <= self.until and before // self.every < after // self.every

    def resets(self, before: int, after: int) -> bool:
        """Whether opacities are to be reset after that step."""
        if self.reset_every == 0:
            return False
        return before // self.reset_every < after // self.reset_every
