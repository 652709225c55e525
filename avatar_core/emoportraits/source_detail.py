"""The source's own pixels in what is drawn: carried along the model's flow, blended where they fit.

A volume of a few channels that is sampled four times keeps no hair, no iris and no pore. But the
same samplings that move the volume can carry along where in the source picture every cell came
from. Here the depth that is seen at each cell is chosen, and the source picture is read at the
places found there, sharp and of the right person. A small U-Net puts depths and places right pixel
by pixel, since lids and irises are finer than the cells of a volume, blends what is read there with
the decoder's picture and paints what the source does not show: the inside of a mouth, say.

Source:
    Ours. Reading the source along a flow of the driver's: Siarohin et al., arXiv:2003.00196;
    layers that are scaled and shifted by what drives them: Perez et al., arXiv:1709.07871.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.emoportraits.pose import identity_grid, inverse, pose_grid, sample_volume
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig

PLACES = 6
"""Channels of a volume of places: (x, y) in the source picture, times how much of the cell lies
inside of the volumes; that share; and (x, y, z) in canonical space, times what driving leaves."""

_SEEN = 32
"""Width of what chooses the depth that is seen."""
_GROUPS = 4
_MOST_SHIFT = 0.05
"""Unit of the shifts by which places are put right, in half pictures."""
_TRUST_START = 1.5
"""At first the source's pixels have sigmoid(1.5) = 0.82 of a picture."""
_MODULATION_START = 0.02
_LEAST_INSIDE = 1e-2


class Detailed(NamedTuple):
    """What `SourceDetail` answers.

    Args:
        picture: [B, 3, S, S], a little beyond 0..1 at times.
        carried: [B, 3, S, S] the source alone, moved to where it is to be seen.
        trust: [B, 1, S, S] 0..1, how much of the picture that is.
        at: [B, 2, s, s] where in the source picture (x, y) what is carried was read.
        depth: [B, s, s] z of what is seen, image space.
    """

    picture: Tensor
    carried: Tensor
    trust: Tensor
    at: Tensor
    depth: Tensor


def source_places(theta: Tensor, warp: Tensor) -> Tensor:
    """Where the cells of a canonical volume come from, [B, `PLACES`, D, H, W].

    Args:
        theta: [B, 4, 4] head pose of the source.
        warp: [B, D, H, W, 3] its warp to canonical space.
    """
    expect_shapes(theta=(theta, "B 4 4"), warp=(warp, "B D H W 3"))
    depth, height, width = warp.shape[1:4]
    away = pose_grid(inverse(theta), depth, height, width)[..., :2].movedim(-1, 1)
    found = sample_volume(torch.cat([away, torch.ones_like(away[:, :1])], 1), warp)
    own = identity_grid(depth, height, width, warp.device)[..., :3].movedim(-1, 0)
    return torch.cat([found, own.expand(len(found), -1, -1, -1, -1)], 1)


class ModulatedConv(nn.Module):
    """Convolution of 3 by 3, group norm, scale and shift by a latent (FiLM), SiLU.

    Args:
        inputs: channels before.
        outputs: channels behind, a multiple of four.
        latent: numbers of the latent.
        stride: 2 halves the size.
    """

    def __init__(self, inputs: int, outputs: int, latent: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.norm = nn.GroupNorm(_GROUPS, outputs, affine=False)
        self.modulation = nn.Linear(latent, 2 * outputs)
        nn.init.normal_(self.modulation.weight, std=_MODULATION_START)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, features: Tensor, latent: Tensor) -> Tensor:
        """[B, outputs, h, w] of features [B, inputs, H, W] and a latent [B, Z]."""
        scale, shift = self.modulation(latent)[:, :, None, None].chunk(2, 1)
        normed = self.norm(self.conv(features))
        return functional.silu(torch.addcmul(shift, normed, 1 + scale), inplace=True)


class SourceDetail(nn.Module):
    """Blends a source, moved along the flow, with the picture that was decoded.

    Args:
        config: sizes of the model; `detail_width` is the width of the U-Net.
    """

    def __init__(self, config: PortraitConfig) -> None:
        super().__init__()
        latent, width = config.expression_size, config.detail_width
        features = config.volume_features
        self._size = config.image_size
        self.seen_in = ModulatedConv(features + 3, _SEEN, latent)
        self.seen = ModulatedConv(_SEEN, _SEEN, latent)
        self.depth_share = nn.Conv2d(_SEEN, config.depth, 3, 1, 1)
        self.shift = _quiet_conv(_SEEN, 2)
        self.fine_in = ModulatedConv(3 + 3 + 1 + 3, width, latent)
        self.fine = ModulatedConv(width, width, latent)
        self.middle_in = ModulatedConv(width, 2 * width, latent, stride=2)
        self.middle = ModulatedConv(2 * width + features, 2 * width, latent)
        self.coarse_in = ModulatedConv(2 * width, 3 * width, latent, stride=2)
        self.coarse = ModulatedConv(3 * width, 3 * width, latent)
        self.coarse_again = ModulatedConv(3 * width, 3 * width, latent)
        self.middle_out = ModulatedConv(5 * width, 2 * width, latent)
        self.fine_out = ModulatedConv(3 * width, width, latent)
        self.head = _quiet_conv(width, 4)
        self.fine_shift = _quiet_conv(width, 2)
        self.fine_depth = _quiet_conv(width, 1)
        with torch.no_grad():
            assert self.head.bias is not None
            self.head.bias[0] = _TRUST_START

    def forward(
        self, source: Tensor, volume: Tensor, places: Tensor, decoded: Tensor, latent: Tensor
    ) -> Detailed:
        """The picture, as large as the source is given.

        Args:
            source: [B, 3, S, S] on green; S need not be the model's own size.
            volume: [B, C, D, h, w] posed, what `decoded` was made of.
            places: [B, `PLACES`, D, h, w] of `source_places`, moved along with the volume.
            decoded: [B, 3, s, s] the decoder's picture.
            latent: [B, Z] of the driver.
        """
        expect_shapes(source=(source, "B 3 S S"), places=(places, f"B {PLACES} D h w"))
        flat = volume.flatten(1, 2)
        chosen = self.seen(
            self.seen_in(torch.cat([flat, places[:, 3:].mean(2)], 1), latent), latent
        )
        depth = _expected_depth(self.depth_share(chosen).float().softmax(1))
        own, places = self._size, places.float()
        seen = _at_depth(places, depth)
        shift = _MOST_SHIFT * self.shift(chosen).float()
        small = _carried(resized(source, own), _read_at(seen) + shift)
        given = torch.cat([small, decoded, resized(seen[:, 2:], own)], 1)
        features = self._features(given, flat, latent)
        deeper, shifts = self.fine_depth(features).float(), self.fine_shift(features).float()
        depth = (resized(depth[:, None], own) + _MOST_SHIFT * deeper)[:, 0]
        at = _read_at(_at_depth(places, depth)) + resized(shift, own) + _MOST_SHIFT * shifts
        carried = _carried(source, at)
        side = source.shape[-1]
        blend, decoded = resized(self.head(features).float(), side), resized(decoded, side)
        trust = torch.sigmoid(blend[:, :1])
        return Detailed(
            torch.lerp(decoded, carried, trust) + blend[:, 1:], carried, trust, at, depth
        )

    def _features(self, given: Tensor, flat: Tensor, latent: Tensor) -> Tensor:
        """[B, width, s, s] of what is given, of which the last layers make shift and blend."""
        fine = self.fine(self.fine_in(given, latent), latent)
        middle = self.middle_in(fine, latent)
        flat = resized(flat, middle.shape[-1])
        middle = self.middle(torch.cat([middle, flat], 1), latent)
        coarse = self.coarse(self.coarse_in(middle, latent), latent)
        coarse = resized(self.coarse_again(coarse, latent), middle.shape[-1])
        middle = self.middle_out(torch.cat([coarse, middle], 1), latent)
        middle = resized(middle, fine.shape[-1])
        features: Tensor = self.fine_out(torch.cat([middle, fine], 1), latent)
        return features


def _expected_depth(share: Tensor) -> Tensor:
    """[B, h, w] mean depth of slices that are seen by shares [B, D, h, w]."""
    count = share.shape[1]
    centres = (2 * torch.arange(count, device=share.device) + 1) / count - 1
    return (share * centres[:, None, None]).sum(1)


def _read_at(seen: Tensor) -> Tensor:
    """[B, 2, h, w] (x, y) in the source picture that places [B, `PLACES`, h, w] tell."""
    return seen[:, :2] / seen[:, 2:3].clamp_min(_LEAST_INSIDE)


def _at_depth(places: Tensor, depth: Tensor) -> Tensor:
    """Channels [B, C, h, w] of a volume [B, C, D, H, W] at a depth [B, h, w] of every pixel.

    Poses are laid on a grid that counts both ends of the volume (`pose_grid`), so a depth of image
    space lies a little nearer to its middle.
    """
    slices, (height, width) = places.shape[2], depth.shape[1:]
    own = depth * ((slices - 1) / slices)
    y, x = torch.meshgrid(
        *((2 * torch.arange(n, device=depth.device) + 1) / n - 1 for n in (height, width)),
        indexing="ij",
    )
    grid = torch.stack([x.expand_as(own), y.expand_as(own), own], -1)
    return sample_volume(places, grid[:, None])[:, :, 0]


def resized(picture: Tensor, side: int) -> Tensor:
    """A map [B, C, h, h] brought to `side`; shrinking averages over the area of a pixel."""
    if picture.shape[-1] == side:
        return picture
    if picture.shape[-1] > side:
        return functional.interpolate(picture, size=(side, side), mode="area")
    return functional.interpolate(picture, size=(side, side), mode="bilinear")


def _carried(source: Tensor, at: Tensor) -> Tensor:
    """The source [B, 3, S, S] read at places [B, 2, h, w] of a coarser map."""
    grid = resized(at, source.shape[-1]).movedim(1, -1)
    return functional.grid_sample(source.float(), grid, padding_mode="border", align_corners=False)


def _quiet_conv(inputs: int, outputs: int) -> nn.Conv2d:
    """A convolution of 3 by 3 that says nothing at first."""
    layer = nn.Conv2d(inputs, outputs, 3, 1, 1)
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
