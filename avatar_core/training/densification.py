"""Clones, splits and prunes the hair's Gaussians while they learn.

The optimiser goes along: Gaussians that stay keep their Adam moments, new ones start with none.

Source:
    Kerbl et al. 2023, 3D Gaussian Splatting, section 5.2; see `DensifyPlan`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from avatar_core.geometry import expect_shapes
from avatar_core.raster.projection import Projected, rotation_matrices

if TYPE_CHECKING:
    import numpy as np

    from avatar_core.geometry import Camera
    from avatar_core.mega.hair import CanonicalGaussians
    from avatar_core.training.hair_settings import DensifyPlan

Rows = dict[str, Tensor]
"""Rows of every parameter of `CanonicalGaussians`, by its name."""

_STANDARD_DEVIATIONS = 3.0


class PicturesSeen(NamedTuple):
    """Pictures seen in a stage: before the step, after it, and by the stage's end."""

    before: int
    after: int
    planned: int


@dataclass(slots=True, eq=False)
class Densifier:
    """What was seen of every Gaussian since the last round, and what follows from it.

    Args:
        plan: the rules.
        extent_m: of the scene, see `hair_start.scene_extent`.
        gradients: [N] sums of the lengths of screen-space gradients.
        views: [N] pictures that showed the Gaussian.
        radii: [N] greatest radius in heights of the picture.
    """

    plan: DensifyPlan
    extent_m: float
    gradients: Tensor
    views: Tensor
    radii: Tensor

    @classmethod
    def of(cls, plan: DensifyPlan, extent_m: float, gaussians: CanonicalGaussians) -> Densifier:
        """One that has seen nothing yet."""
        nothing = gaussians._xyz.detach().new_zeros(len(gaussians._xyz))
        return cls(plan, extent_m, nothing, nothing.clone(), nothing.clone())

    @torch.no_grad()
    def observe(self, projected: Projected, camera: Camera, pictures: int = 1) -> None:
        """Take in one picture, after the backward pass of its own loss.

        Args:
            projected: of all N Gaussians; its centres kept their gradient.
            camera: that the picture was drawn for.
            pictures: over how many the loss is averaged: thresholds are meant for the loss of one.
        """
        width_px, height_px = camera.width_px, camera.height_px
        radii_px = screen_radii(projected.conics)
        shown = _touches(projected, radii_px, width_px, height_px)
        if projected.centres.grad is not None:
            half = projected.centres.new_tensor([width_px / 2, height_px / 2])
            lengths = (projected.centres.grad * half).norm(dim=-1) * pictures
            self.gradients += torch.where(shown, lengths, 0.0)
        self.views += shown
        self.radii = torch.maximum(self.radii, torch.where(shown, radii_px / height_px, 0.0))

    def advance(
        self,
        gaussians: CanonicalGaussians,
        optimizer: torch.optim.Optimizer,
        seen: PicturesSeen,
        rng: np.random.Generator,
        *,
        late_reset: bool = False,
    ) -> None:
        """What is due after an optimiser step: a round of `densify`, a reset of opacities.

        Args:
            gaussians: changed in place.
            optimizer: of theirs.
            seen: how far the stage is.
            rng: places the children of split Gaussians.
            late_reset: also reset when less than an interval is left to recover in.
        """
        plan = self.plan
        if plan.multiplies(seen.before, seen.after):
            self.densify(gaussians, optimizer, seen.after, rng)
        in_time = late_reset or seen.planned - seen.after >= plan.reset_every
        if in_time and plan.resets(seen.before, seen.after):
            reset_opacities(gaussians, optimizer, plan.reset_opacity)

    @torch.no_grad()
    def densify(
        self,
        gaussians: CanonicalGaussians,
        optimizer: torch.optim.Optimizer,
        seen: int,
        rng: np.random.Generator,
    ) -> None:
        """One round: clone, split, prune; then nothing is remembered.

        Args:
            gaussians: changed in place, their parameters are replaced.
            optimizer: of theirs.
            seen: pictures so far in the stage.
            rng: places the children of split Gaussians.
        """
        plan = self.plan
        mean = self.gradients / self.views.clamp(min=1)
        sizes = gaussians._scaling.exp().amax(1)
        chosen, small = mean >= plan.gradient, sizes <= plan.small * self.extent_m
        rows = _rows(gaussians)
        clones = {name: value[chosen & small] for name, value in rows.items()}
        split = chosen & ~small
        children = _children({name: value[split] for name, value in rows.items()}, plan, rng)
        added = {name: torch.cat([clones[name], children[name]]) for name in rows}
        removed = self._removed(rows, self.radii, seen)
        removed_new = self._removed(added, self.radii.new_zeros(len(added["_xyz"])), seen)
        kept = torch.nonzero(~(split | removed))[:, 0]
        replace_rows(
            gaussians, kept, {name: v[~removed_new] for name, v in added.items()}, optimizer
        )
        self._forget(len(gaussians._xyz))

    def _removed(self, rows: Rows, radii: Tensor, seen: int) -> Tensor:
        plan = self.plan
        removed = rows["_opacity"][:, 0].sigmoid() < plan.least_opacity
        if seen > plan.large_after:
            sizes = rows["_scaling"].exp().amax(1)
            removed |= radii > plan.large_screen
            removed |= sizes > plan.large_world * self.extent_m
        return removed

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint needs to keep."""
        return {"gradients": self.gradients, "views": self.views, "radii": self.radii}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` gave.

        Raises:
            ShapeError: it is of another number of Gaussians.
        """
        count = str(len(self.gradients))
        expect_shapes(**{name: (state[name], count) for name in self.state()})
        device = self.gradients.device
        self.gradients = state["gradients"].to(device)
        self.views = state["views"].to(device)
        self.radii = state["radii"].to(device)

    def _forget(self, count: int) -> None:
        self.gradients = self.gradients.new_zeros(count)
        self.views = self.views.new_zeros(count)
        self.radii = self.radii.new_zeros(count)


@torch.no_grad()
def reset_opacities(
    gaussians: CanonicalGaussians, optimizer: torch.optim.Optimizer, ceiling: float
) -> None:
    """Lower all opacities to at most `ceiling`; their moments start anew."""
    gaussians._opacity.clamp_(max=math.log(ceiling / (1 - ceiling)))
    for name, value in optimizer.state.get(gaussians._opacity, {}).items():
        if name != "step":
            value.zero_()


@torch.no_grad()
def replace_rows(
    gaussians: CanonicalGaussians,
    kept: Tensor,
    added: Rows,
    optimizer: torch.optim.Optimizer | None = None,
) -> None:
    """Keep some Gaussians, append others.

    Args:
        gaussians: their parameters become new ones.
        kept: [K] indices of those that stay, in their new order.
        added: the rows that follow them.
        optimizer: learns the new parameters instead of the old; moments of kept rows are kept.
    """
    for name, old in list(gaussians.named_parameters()):
        grown = torch.cat([old[kept], added[name]])
        new = nn.Parameter(grown, requires_grad=old.requires_grad)
        setattr(gaussians, name, new)
        if optimizer is not None:
            _hand_over(optimizer, old, new, kept)


def resize(gaussians: CanonicalGaussians, count: int) -> None:
    """Make room for another number of Gaussians; all values become zero."""
    none = torch.zeros(0, dtype=torch.int64, device=gaussians._xyz.device)
    zeros = {
        name: value.detach().new_zeros((count, *value.shape[1:]))
        for name, value in gaussians.named_parameters()
    }
    replace_rows(gaussians, none, zeros)


def screen_radii(conics: Tensor) -> Tensor:
    """Radii [N] px (whole) of the circles that hold three standard deviations of conics [N, 3]."""
    a, b, c = conics.unbind(-1)
    middle = 0.5 * (a + c)
    spread = (middle**2 - (a * c - b * b)).clamp(min=0).sqrt()
    smallest = (a * c - b * b).clamp(min=1e-12) / (middle + spread)
    return (_STANDARD_DEVIATIONS * smallest.rsqrt()).ceil()


def _touches(projected: Projected, radii_px: Tensor, width_px: int, height_px: int) -> Tensor:
    """[N] whether the Gaussian's circle lies in front of the camera and meets the picture."""
    x, y = projected.centres.unbind(-1)
    inside = (x + radii_px > 0) & (x - radii_px < width_px)
    return projected.visible & inside & (y + radii_px > 0) & (y - radii_px < height_px)


def _rows(gaussians: CanonicalGaussians) -> Rows:
    return {name: value.detach() for name, value in gaussians.named_parameters()}


def _children(parents: Rows, plan: DensifyPlan, rng: np.random.Generator) -> Rows:
    """Smaller Gaussians drawn from the distributions that split ones are."""
    rows = {name: v.repeat(plan.children, *[1] * (v.dim() - 1)) for name, v in parents.items()}
    xyz = rows["_xyz"]
    # Drawn on the CPU, so that every device splits alike.
    noise = torch.from_numpy(rng.standard_normal(tuple(xyz.shape))).to(xyz)
    local = noise * rows["_scaling"].exp()
    turned = (rotation_matrices(rows["_rotation"]) @ local[..., None])[..., 0]
    return {
        **rows,
        "_xyz": xyz + turned,
        "_scaling": rows["_scaling"] - math.log(plan.shrink),
    }


def _hand_over(
    optimizer: torch.optim.Optimizer, old: nn.Parameter, new: nn.Parameter, kept: Tensor
) -> None:
    for group in optimizer.param_groups:
        group["params"] = [new if value is old else value for value in group["params"]]
    state = optimizer.state.pop(old, None)
    if state is None:
        return
    fresh = len(new) - len(kept)
    optimizer.state[new] = {
        name: value
        if name == "step"
        else torch.cat([value[kept], value.new_zeros((fresh, *value.shape[1:]))])
        for name, value in state.items()
    }
