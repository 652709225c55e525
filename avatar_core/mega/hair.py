"""MeGA's hair: canonical Gaussians, their deformation by expression, the ride on the head.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.3.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.gaussians.cloud import degree_from_coefficients
from avatar_core.gaussians.harmonics import BAND_0, GREY
from avatar_core.mega.encodings import SinCosEncoding
from avatar_core.mega.harmonics import harmonics
from avatar_core.project.mega_options import ATTRIBUTE_WIDTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFORMATION_SCALE = 1e-3
"""The network's outputs are thousandths."""


class DeformationMlp(nn.Module):
    """What an expression does to each Gaussian: ([N, 3], [N, E]) to raw offsets [N, outputs].

    Offsets follow the order of `attributes` and are thousandths of raw parameters (metres,
    quaternion, log scale, opacity logit, DC coefficient).
    """

    def __init__(
        self,
        n_expr: int,
        layers: Sequence[int] = (256, 256),
        attributes: Sequence[str] = tuple(ATTRIBUTE_WIDTHS),
        num_freqs: int = 6,
    ) -> None:
        super().__init__()
        self.attributes = tuple(attributes)
        self.encoding = SinCosEncoding(num_freqs)
        widths = [
            self.encoding.width(3) + n_expr,
            *layers,
            sum(ATTRIBUTE_WIDTHS[name] for name in attributes),
        ]
        modules: list[nn.Module] = []
        for before, after in itertools.pairwise(widths):
            linear = nn.Linear(before, after)
            nn.init.normal_(linear.weight, std=(2 / after) ** 0.5)
            nn.init.zeros_(linear.bias)
            modules += [linear, nn.Softplus()]
        modules.pop()
        nn.init.zeros_(modules[-1].weight)  # type: ignore[arg-type]  # a Linear's weight
        self.deform_expr = nn.Sequential(*modules)

    def forward(self, xyz: Tensor, expression: Tensor) -> Tensor:
        result: Tensor = self.deform_expr(torch.cat([self.encoding(xyz), expression], -1))
        return result

    def offsets(self, xyz: Tensor, expression: Tensor) -> dict[str, Tensor]:
        """Offsets by attribute, in raw parameter units, of N points under one expression [E]."""
        first = self.deform_expr[0]
        if not isinstance(first, nn.Linear):
            raise TypeError("the first layer is linear")
        # One expression for all points: its share of the first layer is one vector, not N rows.
        split = self.encoding.width(3)
        shared = functional.linear(expression, first.weight[:, split:], first.bias)
        hidden = functional.linear(self.encoding(xyz), first.weight[:, :split]) + shared
        for layer in list(self.deform_expr)[1:]:
            hidden = layer(hidden)
        parts = hidden.mul(DEFORMATION_SCALE).split(
            [ATTRIBUTE_WIDTHS[name] for name in self.attributes], -1
        )
        return dict(zip(self.attributes, parts, strict=True))


class CanonicalGaussians(nn.Module):
    """Raw Gaussian parameters under their official names; see `activated` for linear values."""

    def __init__(self, count: int, sh_coefficients: int = 16) -> None:
        super().__init__()
        self._xyz = nn.Parameter(torch.zeros(count, 3))
        self._features_dc = nn.Parameter(torch.zeros(count, 1, 3))
        self._features_rest = nn.Parameter(torch.zeros(count, sh_coefficients - 1, 3))
        self._scaling = nn.Parameter(torch.zeros(count, 3))
        self._rotation = nn.Parameter(torch.zeros(count, 4))
        self._opacity = nn.Parameter(torch.zeros(count, 1))

    @property
    def degree(self) -> int:
        """Highest degree of harmonics that the coefficients reach."""
        return degree_from_coefficients(1 + self._features_rest.shape[1])

    def raw(self) -> RawGaussians:
        return RawGaussians(
            self._xyz,
            self._rotation,
            self._scaling,
            self._opacity,
            self._features_dc[:, 0],
            self._features_rest,
        )

    def forward(self) -> SplatInputs:
        return self.raw().activated()


@dataclass(frozen=True, slots=True, eq=False)
class RawGaussians:
    """Unactivated parameters [N, 3], [N, 4], [N, 3], [N, 1], [N, 3], [N, K - 1, 3]."""

    xyz: Tensor
    rotation: Tensor
    scaling: Tensor
    opacity: Tensor
    features_dc: Tensor
    features_rest: Tensor

    def turned(self, quat: Tensor) -> RawGaussians:
        """The same Gaussians with their axes turned by a unit quaternion [4] wxyz.

        Colour coefficients stay in the axes they are in; tell `activated` where those point to.
        """
        w, x, y, z = quat.unbind()
        rows = [
            torch.stack([w, -x, -y, -z]),
            torch.stack([x, w, -z, y]),
            torch.stack([y, z, w, -x]),
            torch.stack([z, -y, x, w]),
        ]
        return replace(self, rotation=self.rotation @ torch.stack(rows).T)

    def shifted(self, transform: Tensor, offsets: dict[str, Tensor]) -> RawGaussians:
        """Centres carried by the head's map, then every offset added to its raw parameter.

        Args:
            transform: [3, 4] canonical to posed space. It moves centres only; see `turned`.
            offsets: by attribute, from `DeformationMlp.offsets`.
        """
        moved = self.xyz @ transform[:, :3].T + transform[:, 3]
        return RawGaussians(
            moved + offsets.get("xyz", 0.0),
            self.rotation + offsets.get("rotation", 0.0),
            self.scaling + offsets.get("scaling", 0.0),
            self.opacity + offsets.get("opacity", 0.0),
            self.features_dc + offsets.get("features_dc", 0.0),
            self.features_rest,
        )

    def activated(self, seen: Seen | None = None) -> SplatInputs:
        """Linear values.

        Args:
            seen: from where; colour comes from the DC coefficient alone when None. It is not
                negative either way.
        """
        return SplatInputs(
            self.xyz,
            functional.normalize(self.rotation, dim=-1),
            self.scaling.exp(),
            self.opacity[:, 0].sigmoid(),
            self._colours(seen).clamp(min=0.0),
        )

    def _colours(self, seen: Seen | None) -> Tensor:
        base = self.features_dc * BAND_0 + GREY
        if seen is None or seen.degree == 0 or self.features_rest.shape[1] == 0:
            return base
        # Where a Gaussian lies decides from where it is seen, but its colour must not move it.
        rays = self.xyz.detach() - seen.eye
        directions = functional.normalize(rays, dim=-1) @ seen.world_from_hair
        values = harmonics(directions, seen.degree)[:, 1:]
        rest = self.features_rest[:, : values.shape[1]]
        return base + (values[..., None] * rest).sum(1)


class Seen(NamedTuple):
    """From where hair is seen.

    eye [3] camera centre, world, metres; world_from_hair [3, 3] turn of the axes that the colour
    coefficients are in; degree 0..3 of the highest harmonics to draw.
    """

    eye: Tensor
    world_from_hair: Tensor
    degree: int


class SplatInputs(NamedTuple):
    """What a splat rasteriser takes: means, quats wxyz, scales, opacities [N], colours [N, 3]."""

    means: Tensor
    quats: Tensor
    scales: Tensor
    opacities: Tensor
    colours: Tensor
