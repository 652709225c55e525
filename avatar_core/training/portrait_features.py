"""Losses that look through a network: VGG19, a face network, a gaze network, an identity network.

None of those networks is shipped: their weights are others' and some are for research only. A
network is whatever gives features of a picture (`FeatureNet`); where there is none its term is
left out, and says so. `perceptual_net` stands in for VGG19.

Source:
    Drobyshev et al., EMOPortraits, arXiv:2404.19110 and its released code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.errors import ShapeError
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence


class FeatureNet(Protocol):
    """Anything that looks at pictures [B, 3, H, W], sRGB 0..1, and answers with features.

    It normalises its input itself. It must let gradients through and must not learn.
    """

    def __call__(self, image: Tensor, /) -> Sequence[Tensor]: ...


@dataclass(frozen=True, slots=True)
class FeatureTerm:
    """How the features of two pictures are compared.

    Args:
        layers: what each layer weighs; empty for the mean of all.
        scales: how many sizes are looked at, each half the last; their mean counts.
        size_px: side to which pictures are brought first; 0 leaves them.
    """

    layers: tuple[float, ...] = ()
    scales: int = 1
    size_px: int = 0


_DEEPER_COUNTS_MORE = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)

VGG19 = FeatureTerm(layers=(0.2,) * 5, scales=4)
"""relu1_1 to relu5_1 of the whole picture."""
VGG_FACE = FeatureTerm(layers=_DEEPER_COUNTS_MORE, scales=2, size_px=224)
"""conv1_1 to conv5_1 of aligned crops."""
GAZE = FeatureTerm(layers=_DEEPER_COUNTS_MORE, size_px=224)
"""Layers 1, 6, 11, 18, 25 of the whole picture, with gradients in the eyes alone."""
STAND_IN = FeatureTerm(scales=2)
"""All that `perceptual_net` sees, at two sizes."""


def feature_distance(
    net: FeatureNet, drawn: Tensor, target: Tensor, term: FeatureTerm = VGG19
) -> Tensor:
    """Mean absolute difference of features, layers weighed, mean over scales.

    Args:
        net: looks at both.
        drawn: [B, 3, H, W]; gradients go here alone.
        target: [B, 3, H, W].
        term: how they are compared.

    Raises:
        ShapeError: the network answers with other than the number of layers that are weighed.
    """
    expect_shapes(drawn=(drawn, "B 3 H W"), target=(target, "B 3 H W"))
    target = target.detach()
    if term.size_px:
        drawn, target = (_resized(image, term.size_px) for image in (drawn, target))
    total = drawn.new_zeros(())
    for scale in range(term.scales):
        if scale:
            drawn, target = _halved(drawn), _halved(target)
        found = net(drawn)
        with torch.no_grad():
            wanted = net(target)
        weights = term.layers or (1 / len(found),) * len(found)
        if len(weights) != len(found):
            raise ShapeError(f"features: expected {len(weights)} layers, got {len(found)}")
        for weight, a, b in zip(weights, found, wanted, strict=True):
            total = total + weight * functional.l1_loss(a, b)
    return total / term.scales


def identity_distance(net: FeatureNet, drawn: Tensor, target: Tensor) -> Tensor:
    """Mean of `1 - cos` of what an identity network finds last, of pictures [B, 3, H, W]."""
    found = net(drawn)[-1].flatten(1)
    with torch.no_grad():
        wanted = net(target)[-1].flatten(1)
    return (1 - functional.cosine_similarity(found, wanted)).mean()


def learning_inside(image: Tensor, mask: Tensor) -> Tensor:
    """The same picture [B, 3, H, W], through which gradients go only where the mask is."""
    return image * mask + image.detach() * (1 - mask)


@dataclass(frozen=True, slots=True)
class LossNets:
    """The networks a run can look through.

    Args:
        perceptual: VGG19 or what stands in for it.
        face: VGG-Face.
        gaze: a gaze network.
        identity: a face-recognition network, whose last features are a descriptor.
    """

    perceptual: FeatureNet | None = None
    face: FeatureNet | None = None
    gaze: FeatureNet | None = None
    identity: FeatureNet | None = None

    def notices(self) -> tuple[str, ...]:
        """A sentence for each network that is missing, to be shown with the run."""
        return tuple(
            f"There is no {what}, so the loss '{name}' is left out."
            for name, what in _NETS
            if getattr(self, name) is None
        )


_NETS = (
    ("perceptual", "perceptual network"),
    ("face", "face network"),
    ("gaze", "gaze network"),
    ("identity", "identity network"),
)


def _resized(image: Tensor, size_px: int) -> Tensor:
    shrinks = min(image.shape[-2:]) > size_px
    size = (size_px, size_px)
    return functional.interpolate(image, size=size, mode="bilinear", antialias=shrinks)


def _halved(image: Tensor) -> Tensor:
    return functional.interpolate(image, scale_factor=0.5, mode="bilinear")
