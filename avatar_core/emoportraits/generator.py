"""The whole portrait generator: source and driver to a picture.

Source:
    MegaPortraits, arXiv:2207.07621, section 3; EMOPortraits, arXiv:2404.19110; the order of steps
    is that of the released code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from avatar_core.emoportraits.blocks import LayerStyle, conv, initialise
from avatar_core.emoportraits.config import PortraitConfig, doublings
from avatar_core.emoportraits.decoder import Decoder
from avatar_core.emoportraits.encoders import (
    ExpressionEmbedder,
    FaceExpression,
    IdentityEmbedder,
    LocalEncoder,
)
from avatar_core.emoportraits.pose import inverse, pose_grid, sample_volume
from avatar_core.emoportraits.volumes import Unet3d, VolumeSource
from avatar_core.emoportraits.warps import WarpGenerator
from avatar_core.geometry import expect_shapes


class Appearance(NamedTuple):
    """What is seen in a source.

    Args:
        identity: [B, E, e, e] descriptor.
        volume: [B, C, D, H, W] in the source's own pose and expression.
    """

    identity: Tensor
    volume: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class SourceCode:
    """A source as drivers need it; made once.

    Args:
        identity: [B, E, e, e].
        canonical: [B, C, D, H, W] volume without pose and expression.
        theta: [B, 4, 4] head pose.
        latent: [B, Z] expression.
    """

    identity: Tensor
    canonical: Tensor
    theta: Tensor
    latent: Tensor


class PortraitGenerator(nn.Module):
    """All networks of a portrait model but the head pose.

    Args:
        config: sizes.
    """

    def __init__(self, config: PortraitConfig) -> None:
        super().__init__()
        self.config = config
        style = style_of(config)
        channels, side = config.embedding_channels, config.embed_size
        # Never used by the released code, but in its state dict.
        self.bn = nn.BatchNorm1d(channels, affine=False)
        self.local_encoder_nw = LocalEncoder(
            config.image_size, encoder_widths(config), config.volume_features, style
        )
        self.idt_embedder_nw = IdentityEmbedder(
            config.identity_backbone,
            config.identity_width,
            channels,
            config.identity_image_size,
            side,
            style,
        )
        self.expression_embedder_nw = ExpressionEmbedder(
            FaceExpression(
                config.expression_backbone,
                config.backbone_width,
                config.expression_size,
                side,
                config.expression_dropout,
                style,
            ),
            config.expression_crop,
        )
        self.pose_unsqueeze_nw = nn.Linear(config.expression_size, channels * side**2, bias=False)
        self.warp_embed_head_orig_nw = conv(2, channels, channels, 1, style)
        self.xy_generator_nw = _warp_generator(config, style)
        self.uv_generator_nw = _warp_generator(config, style)
        self.volume_source_nw = VolumeSource(config.latent_channels, config.source_blocks, style)
        self.volume_process_nw = Unet3d(unet_widths(config), config.unet_start, style)
        self.decoder_nw = Decoder(
            config.volume_features,
            decoder_widths(config),
            config.decoder_blocks,
            config.blocks_per_resolution,
            style,
        )
        initialise(self)
        if config.zero_warp_start:
            self.xy_generator_nw.start_at_identity()
            self.uv_generator_nw.start_at_identity()

    def encode_appearance(self, image: Tensor) -> Appearance:
        """Identity and volume of a picture [B, 3, S, S], black outside the head."""
        expect_shapes(image=(image, "B 3 * *"))
        config = self.config
        flat = self.local_encoder_nw(image)
        volume = flat.unflatten(1, (config.latent_channels, config.depth))
        return Appearance(self.idt_embedder_nw(image), self.volume_source_nw(volume))

    def expression(self, image: Tensor, theta: Tensor) -> Tensor:
        """Latent [B, Z] of a picture [B, 3, H, W] with its head pose [B, 4, 4]."""
        latent: Tensor = self.expression_embedder_nw(image, theta)
        return latent

    def embed(self, latent: Tensor, identity: Tensor) -> Tensor:
        """Embedding [B, E, e e] of an expression [B, Z] on a person [B, E, e, e]."""
        expect_shapes(latent=(latent, "B Z"), identity=(identity, "* E e e"))
        motion = self.pose_unsqueeze_nw(latent).view(-1, *identity.shape[1:])
        fused: Tensor = self.warp_embed_head_orig_nw(0.5 * (motion + identity))
        return fused.flatten(2)

    def warp_to_canonical(self, embedding: Tensor) -> Tensor:
        """Grid [B, D, H, W, 3] that takes an expression off a volume."""
        warp: Tensor = self.xy_generator_nw(embedding).warp
        return warp

    def warp_from_canonical(self, embedding: Tensor) -> Tensor:
        """Grid [B, D, H, W, 3] that puts an expression on the canonical volume."""
        warp: Tensor = self.uv_generator_nw(embedding).warp
        return warp

    def canonical(self, volume: Tensor, theta: Tensor, warp: Tensor) -> Tensor:
        """The canonical volume [B, C, D, H, W]: first the pose is taken off, then the expression.

        Args:
            volume: [B, C, D, H, W] of the source.
            theta: [B, 4, 4] its head pose.
            warp: [B, D, H, W, 3] of `warp_to_canonical`.
        """
        away = pose_grid(inverse(theta), *volume.shape[2:])
        neutral = sample_volume(sample_volume(volume, away), warp)
        refined: Tensor = self.volume_process_nw(neutral)
        return refined

    def posed(self, canonical: Tensor, warp: Tensor, theta: Tensor) -> Tensor:
        """The driver's volume [B, C, D, H, W]: first the expression is put on, then the pose.

        Args:
            canonical: [B, C, D, H, W].
            warp: [B, D, H, W, 3] of `warp_from_canonical`.
            theta: [B, 4, 4] head pose to draw.
        """
        expressive = sample_volume(canonical, warp)
        return sample_volume(expressive, pose_grid(theta, *canonical.shape[2:]))

    def decode(self, volume: Tensor) -> Tensor:
        """Picture [B, 3, S, S] in 0..1, green where there is no head, of a posed volume."""
        image: Tensor = self.decoder_nw(volume.flatten(1, 2)).img
        return image

    def encode_source(self, image: Tensor, mask: Tensor, theta: Tensor) -> SourceCode:
        """All that a driver needs of a source.

        Args:
            image: [B, 3, S, S] RGB in 0..1.
            mask: [B, 1, S, S] 1 on the person.
            theta: [B, 4, 4] head pose, measured on the masked picture.
        """
        expect_shapes(image=(image, "B 3 * *"), mask=(mask, "B 1 * *"), theta=(theta, "B 4 4"))
        masked = image * mask
        appearance = self.encode_appearance(masked)
        latent = self.expression(masked, theta)
        warp = self.warp_to_canonical(self.embed(latent, appearance.identity))
        canonical = self.canonical(appearance.volume, theta, warp)
        return SourceCode(appearance.identity, canonical, theta, latent)

    def drive(self, source: SourceCode, latent: Tensor, theta: Tensor) -> Tensor:
        """Picture [B, 3, S, S] in 0..1 on green.

        Args:
            source: of one person, or one for each driver.
            latent: [B, Z] expression to show.
            theta: [B, 4, 4] head pose to show; see `mixed_pose`.
        """
        return self.decode(self.driven(source, latent, theta))

    def driven(self, source: SourceCode, latent: Tensor, theta: Tensor) -> Tensor:
        """The driver's volume [B, C, D, H, W] of a source, see `drive`."""
        warp = self.warp_from_canonical(self.embed(latent, source.identity))
        canonical = source.canonical.expand(len(warp), -1, -1, -1, -1)
        return self.posed(canonical, warp, theta)

    def forward(
        self, image: Tensor, mask: Tensor, theta: Tensor, latent: Tensor, pose: Tensor
    ) -> Tensor:
        """Source and driver to a picture, in one go: `encode_source`, then `drive`."""
        return self.drive(self.encode_source(image, mask, theta), latent, pose)


def style_of(config: PortraitConfig) -> LayerStyle:
    """How the weights of all networks are normalised."""
    return LayerStyle(
        config.norm_groups,
        config.uses_spectral_norm,
        config.uses_weight_standardization,
        config.batch_norm_backbones,
    )


def encoder_widths(config: PortraitConfig) -> tuple[int, ...]:
    """Channels of the appearance encoder: behind its stem, then behind every halving."""
    base = config.base_channels * config.encoder_mult
    return base, *(min(base << step, config.encoder_max) for step in range(1, config.levels + 1))


def warp_widths(config: PortraitConfig) -> tuple[int, ...]:
    """Channels of a warp generator: of its start, then of every block."""
    count = doublings(config.embed_size, config.latent_size)
    return tuple(min(config.warp_base << step, config.warp_max) for step in range(count, -1, -1))


def unet_widths(config: PortraitConfig) -> tuple[int, ...]:
    """Channels of G3D: of the volume, then behind every block on the way down."""
    count = doublings(config.unet_start, config.latent_size)
    first = config.latent_channels
    return first, *(min(first << step, config.unet_max) for step in range(1, count + 1))


def decoder_widths(config: PortraitConfig) -> tuple[int, ...]:
    """Channels of the decoder: of its trunk, then of every doubling of the picture."""
    trunk = config.decoder_base * config.decoder_mult << config.levels
    widths = [min(trunk, config.decoder_max)]
    step = config.norm_groups
    for _ in range(config.levels):
        narrower = int(widths[-1] / config.channel_divisor / step) * step
        widths.append(max(narrower, step))
    return tuple(widths)


def _warp_generator(config: PortraitConfig, style: LayerStyle) -> WarpGenerator:
    return WarpGenerator(
        config.embedding_channels,
        config.embed_size,
        warp_widths(config),
        config.depth,
        style,
        zero_start=config.zero_warp_start,
    )
