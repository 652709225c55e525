"""Losses of EMOPortraits' training: adversarial, of expression latents, of volumes and of parts.

Each is a function of tensors alone. Those that need a network's eyes are in `portrait_features`.

Source:
    Drobyshev et al., EMOPortraits, arXiv:2404.19110, section 3, and MegaPortraits,
    arXiv:2207.07621, section 3.2; where paper and released code differ, the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEMPERATURE = 0.2
CONTRASTIVE_MARGIN = 0.2
MISMATCH_MARGIN = 0.5
PUSH_MARGIN = 0.3


class PublishedWeight(NamedTuple):
    """What a term of the loss weighs.

    Args:
        paper: in the paper, None where it does not say.
        released: in the released run.
        from_epoch: of the released run, before which the term is left out.
    """

    paper: float | None
    released: float
    from_epoch: int = 0


PUBLISHED_WEIGHTS: Mapping[str, PublishedWeight] = {
    "perceptual": PublishedWeight(20, 18),
    "face": PublishedWeight(10, 10),
    "gaze": PublishedWeight(10, 10),
    "details": PublishedWeight(None, 500, from_epoch=10),
    "adversarial": PublishedWeight(1, 1),
    "features": PublishedWeight(40, 40),
    "identity": PublishedWeight(None, 35),
    "contrastive": PublishedWeight(2, 2, from_epoch=1),
    "pull": PublishedWeight(None, 1),
    "push": PublishedWeight(None, 1),
    "mismatch": PublishedWeight(1, 10),
    "canonical": PublishedWeight(1, 0.5, from_epoch=1),
}
"""By the names of `PortraitWeights`. An epoch of the released run is some 940 steps of 16 pairs."""


def hinge_discriminator(real: Sequence[Tensor], drawn: Sequence[Tensor]) -> Tensor:
    """How badly a discriminator tells real pictures (scores above 1) from drawn ones (below -1).

    Args:
        real: scores of each scale, any shape.
        drawn: the same for drawn pictures, which the caller has detached.
    """
    scales = [
        functional.relu(1 - high).mean() + functional.relu(1 + low).mean()
        for high, low in zip(real, drawn, strict=True)
    ]
    return torch.stack(scales).mean()


def hinge_generator(drawn: Sequence[Tensor]) -> Tensor:
    """How unreal the discriminator finds drawn pictures: minus its scores, mean over scales."""
    return -torch.stack([scores.mean() for scores in drawn]).mean()


def feature_matching(real: Sequence[Sequence[Tensor]], drawn: Sequence[Sequence[Tensor]]) -> Tensor:
    """Mean absolute difference of a discriminator's features, over layers, then over scales.

    Args:
        real: features of each scale and layer; no gradient goes there.
        drawn: the same for drawn pictures.
    """
    scales = []
    for wanted, found in zip(real, drawn, strict=True):
        layers = [functional.l1_loss(f, w.detach()) for w, f in zip(wanted, found, strict=True)]
        scales.append(torch.stack(layers).mean())
    return torch.stack(scales).mean()


def contrastive(
    found: Tensor,
    wanted: Tensor,
    mismatch: Tensor | None = None,
    temperature: float = TEMPERATURE,
    margin: float = CONTRASTIVE_MARGIN,
) -> Tensor:
    """Latents nearer to their own driver than to any other, a sum over the batch.

    `-log(p / (p + n))` with `p = exp((cos(found, own) - margin) / t)` and `n` the sum of
    `exp(cos(found, other) / t)`. The paper takes the margin off the others too, the code does not.

    Args:
        found: [B, Z] latents of drawn pictures.
        wanted: [B, Z] latents of what drove them.
        mismatch: [B] what `source_driver_mismatch` gives, counted as one more other; or None.
        temperature: t.
        margin: see above.
    """
    expect_shapes(found=(found, "B Z"), wanted=(wanted, "B Z"))
    similar = _cosines(found, wanted)
    own = (similar.diagonal() - margin) / temperature
    others = _without_diagonal(similar) / temperature
    if mismatch is not None:
        others = torch.cat([others, mismatch[:, None] / temperature], 1)
    return (torch.logsumexp(torch.cat([own[:, None], others], 1), 1) - own).sum()


def source_driver_mismatch(
    source: Tensor, driver: Tensor, margin: float = MISMATCH_MARGIN
) -> Tensor:
    """How far [B] the latents of source and driver are too much alike.

    It keeps a model from learning small motions alone. Only the driver learns. The released run
    weighs items of different data differently, so they are not summed.

    Args:
        source: [B, Z].
        driver: [B, Z].
        margin: the cosine that is allowed.
    """
    return functional.relu(functional.cosine_similarity(source.detach(), driver) - margin)


def pull(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean of `1 - cos` of latents [B, Z] of drawn pictures and of what drove them."""
    return (1 - functional.cosine_similarity(found, wanted)).mean()


def push(found: Tensor, wanted: Tensor, margin: float = PUSH_MARGIN) -> Tensor:
    """Mean of how far latents [B, Z] of drawn pictures are too much like other drivers' ones.

    Nothing for a batch of one.
    """
    others = _without_diagonal(_cosines(found, wanted))
    return functional.relu(others - margin).sum() / max(others.numel(), 1)


def canonical_distance(source: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of canonical volumes of one person; only the source learns."""
    return functional.l1_loss(source, target.detach())


def part_distance(drawn: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean over the whole picture of the absolute difference in a part of it.

    Args:
        drawn: [B, 3, H, W].
        target: [B, 3, H, W].
        mask: [B, 1, H, W] 0..1: eyes, mouth or ears of the target.
    """
    return ((drawn - target).abs() * mask).mean()


def _cosines(found: Tensor, wanted: Tensor) -> Tensor:
    """Cosines [B, B] of every found latent with every wanted one."""
    return functional.normalize(found, dim=1) @ functional.normalize(wanted, dim=1).T


def _without_diagonal(square: Tensor) -> Tensor:
    """[B, B - 1] of [B, B]."""
    size = len(square)
    # Read from its second number on, the diagonal closes every row of `size + 1`.
    return square.flatten()[1:].view(size - 1, size + 1)[:, :-1].reshape(size, size - 1)
