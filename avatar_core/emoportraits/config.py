"""Sizes of a portrait model: one graph, from the released networks down to the compact one."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping

Backbone = Literal["resnet18", "resnet34", "resnet50"]

BACKBONES: tuple[Backbone, ...] = ("resnet18", "resnet34", "resnet50")

_MOST = 1 << 14


@dataclass(frozen=True, slots=True)
class PortraitConfig:
    """Sizes of all networks; the defaults are those of the released EMOPortraits model.

    Args:
        image_size: side of source, driver and answer, pixels.
        latent_size: height and width of the appearance volume.
        depth: its depth.
        latent_channels: its channels.
        base_channels: unit of the widths of the appearance encoder.
        encoder_mult: its first width is `base_channels * encoder_mult`, doubled at every halving.
        encoder_max: its widest layer.
        identity_backbone: network behind the identity descriptor.
        identity_width: width of that network's stem; torchvision's is 64.
        identity_image_size: side of the picture it looks at.
        expression_backbone: network behind the expression latent.
        backbone_width: width of its stem.
        embedding_channels: channels of the identity descriptor and of the embedding, E.
        embed_size: side of both.
        expression_size: numbers of an expression latent, Z.
        expression_crop: side of the aligned crop it is read from.
        expression_dropout: share of features left out while training.
        warp_base: width of the last block of a warp generator, doubled towards the first.
        warp_max: its widest layer.
        source_blocks: residual blocks that refine the appearance volume.
        unet_max: widest layer of the network that makes the canonical volume (G3D).
        unet_start: side of its learned start.
        decoder_base: unit of the width of the decoder's trunk.
        decoder_mult: the trunk is `decoder_base * decoder_mult` wide, doubled for every doubling of
            the picture.
        decoder_max: its widest layer.
        decoder_blocks: residual blocks of the trunk.
        blocks_per_resolution: blocks for each doubling of the picture.
        channel_divisor: how much narrower each doubling is.
        head_pose_backbone: network behind the head pose, a file of its own.
        head_pose_width: width of its stem.
        head_pose_size: side of the picture it looks at.
        uses_spectral_norm: as the released model was trained; folded away for use.
        uses_weight_standardization: likewise.
        norm_groups: groups of every group norm; widths of the decoder are multiples of it.
        batch_norm_backbones: the networks behind identity and expression keep the batch norm of
            ResNet, where the released model has group norm. Aligned faces are much alike, and what
            they have in common drowns what tells them apart until something takes it off: with
            batch norm that is so from the first step.
        zero_warp_start: warps begin as identities, where the released model begins at random; the
            layer that says them has no spectral norm then, since that knows no zero.
        depth_towards_viewer: z of poses and volumes grows towards the viewer, as in the released
            model; in models that were trained here it grows away.
        detail_width: width of what lays the source's own pixels over the decoder's picture, see
            `source_detail`; 0 for none, as in the released model.
    """

    image_size: int = 512
    latent_size: int = 64
    depth: int = 16
    latent_channels: int = 96
    base_channels: int = 32
    encoder_mult: int = 4
    encoder_max: int = 512
    identity_backbone: Backbone = "resnet50"
    identity_width: int = 64
    identity_image_size: int = 256
    expression_backbone: Backbone = "resnet18"
    backbone_width: int = 64
    embedding_channels: int = 512
    embed_size: int = 4
    expression_size: int = 128
    expression_crop: int = 128
    expression_dropout: float = 0.2
    warp_base: int = 32
    warp_max: int = 512
    source_blocks: int = 3
    unet_max: int = 512
    unet_start: int = 8
    decoder_base: int = 32
    decoder_mult: int = 2
    decoder_max: int = 512
    decoder_blocks: int = 6
    blocks_per_resolution: int = 2
    channel_divisor: float = 1.5
    head_pose_backbone: Backbone = "resnet18"
    head_pose_width: int = 64
    head_pose_size: int = 128
    uses_spectral_norm: bool = True
    uses_weight_standardization: bool = True
    norm_groups: int = 32
    batch_norm_backbones: bool = False
    zero_warp_start: bool = False
    depth_towards_viewer: bool = False
    detail_width: int = 0

    @property
    def levels(self) -> int:
        """How often the picture is halved to reach the size of the volume."""
        return doublings(self.latent_size, self.image_size)

    @property
    def volume_features(self) -> int:
        """Channels of the volume laid flat: channels times depth."""
        return self.latent_channels * self.depth

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of all sizes."""
        return tuple(entry.name for entry in dataclasses.fields(cls))

    def to_plain(self) -> dict[str, Any]:
        """Numbers, words and switches by name, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> PortraitConfig:
        """Read what `to_plain` wrote. Names that are not known are left out.

        Raises:
            WeightsError: a value that no such model can have.
        """
        return cls(**known_sizes(cls, plain))


def known_sizes(kind: type[Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    """Those of named values that a dataclass of sizes knows, checked against its defaults.

    Raises:
        WeightsError: a value that no such model can have.
    """
    known: dict[str, Any] = {}
    for entry in dataclasses.fields(kind):
        if entry.name not in plain:
            continue
        value = plain[entry.name]
        if not _fits(value, entry.default):
            raise WeightsError(
                f"The portrait model says {entry.name} is {value!r:.40}.",
                "Its file is damaged or not a model of this studio.",
            )
        known[entry.name] = value
    return known


def doublings(low: int, high: int) -> int:
    """How often `low` is doubled to reach `high`.

    Raises:
        WeightsError: never, because it is no whole number of times.
    """
    count = round(math.log2(high / low)) if 0 < low <= high else -1
    if count < 0 or low << count != high:
        raise WeightsError(
            f"A portrait model cannot lead from size {low} to size {high}.",
            "Sizes have to be doubled a whole number of times.",
        )
    return count


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, str):
        return value in BACKBONES
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(default, int):
        return isinstance(value, int) and min(default, 1) <= value <= _MOST
    return 0 <= value <= _MOST


OFFICIAL = PortraitConfig(depth_towards_viewer=True)
"""The released EMOPortraits model."""

MEGAPORTRAITS = PortraitConfig(
    encoder_mult=2,
    expression_size=512,
    expression_dropout=0.0,
    decoder_blocks=8,
    blocks_per_resolution=1,
    channel_divisor=2.0,
    depth_towards_viewer=True,
)
"""Its base model, as the run file of the released code describes it."""

COMPACT = PortraitConfig(
    image_size=128,
    latent_size=64,
    depth=8,
    latent_channels=8,
    base_channels=24,
    encoder_mult=1,
    encoder_max=64,
    identity_backbone="resnet18",
    identity_width=24,
    identity_image_size=128,
    backbone_width=32,
    embedding_channels=128,
    expression_size=64,
    expression_dropout=0.0,
    warp_base=6,
    warp_max=96,
    source_blocks=2,
    unet_max=24,
    unet_start=4,
    decoder_base=24,
    decoder_mult=1,
    decoder_max=64,
    decoder_blocks=4,
    head_pose_width=24,
    uses_spectral_norm=False,
    norm_groups=4,
    batch_norm_backbones=True,
    zero_warp_start=True,
    detail_width=24,
)
"""Small enough for two cores; no spectral norm, which steadies long adversarial training."""
