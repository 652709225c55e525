"""The whole portrait generator: source and driver to a picture.

Source:
    MegaPortraits, arXiv:2207.07621, section 3; EMOPortraits, arXiv:2404.19110; the order of steps
    is that of the released code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
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
from avatar_core.emoportraits.half import with_range
from avatar_core.emoportraits.pose import inverse, pose_grid, sample_volume
from avatar_core.emoportraits.source_detail import Detailed, SourceDetail, resized, source_places
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
        picture: [B, 3, S, S] the source on green, for models that keep its pixels.
        places: [B, P, D, H, W] where in it the cells of the canonical volume lie, likewise; see
            `source_places`.
    """

    identity: Tensor
    canonical: Tensor
    theta: Tensor
    latent: Tensor
    picture: Tensor | None = None
    places: Tensor | None = None

    @property
    def parts(self) -> tuple[Tensor, ...]:
        """All that is there, in the order in which it is handed over."""
        parts = (self.identity, self.canonical, self.theta, self.latent)
        if self.picture is None or self.places is None:
            return parts
        return (*parts, self.picture, self.places)


class Driven(NamedTuple):
    """A source moved by a driver, before it is a picture.

    Args:
        volume: [B, C, D, H, W].
        places: [B, P, D, H, W] where in the source picture its cells come from, for models that
            keep the source's pixels.
    """

    volume: Tensor
    places: Tensor | None


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
        self.detail_nw = SourceDetail(config) if config.detail_width else None

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
        with with_range(latent.device):
            motion = self.pose_unsqueeze_nw(latent.to(identity.dtype)).view(-1, *identity.shape[1:])
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
            image: [B, 3, S, S] RGB in 0..1; the networks see it at the model's own size.
            mask: [B, 1, S, S] 1 on the person.
            theta: [B, 4, 4] head pose, measured on the masked picture.
        """
        expect_shapes(image=(image, "B 3 * *"), mask=(mask, "B 1 * *"), theta=(theta, "B 4 4"))
        own = self.config.image_size
        masked = resized(image, own) * resized(mask, own)
        appearance = self.encode_appearance(masked)
        latent = self.expression(masked, theta)
        warp = self.warp_to_canonical(self.embed(latent, appearance.identity))
        canonical = self.canonical(appearance.volume, theta, warp)
        source = SourceCode(appearance.identity, canonical, theta, latent)
        return self.with_picture(source, image, mask, warp)

    def with_picture(
        self, source: SourceCode, image: Tensor, mask: Tensor, warp: Tensor | None = None
    ) -> SourceCode:
        """A source with what the model needs to keep its pixels; nothing, if it keeps none.

        Args:
            source: encoded from this picture, or restored from what was encoded once.
            image: [B, 3, S, S] RGB in 0..1; larger than the model's own size, it makes larger
                pictures.
            mask: [B, 1, S, S] 1 on the person.
            warp: to canonical space, where it is known.
        """
        if self.detail_nw is None:
            return source
        if warp is None:
            warp = self.warp_to_canonical(self.embed(source.latent, source.identity))
        green = torch.tensor([0.0, 1.0, 0.0], dtype=image.dtype, device=image.device)
        picture = image * mask + green[:, None, None] * (1 - mask)
        return replace(source, picture=picture, places=source_places(source.theta, warp))

    def drive(self, source: SourceCode, latent: Tensor, theta: Tensor) -> Tensor:
        """Picture [B, 3, S, S] in 0..1 on green.

        Args:
            source: of one person, or one for each driver.
            latent: [B, Z] expression to show.
            theta: [B, 4, 4] head pose to show; see `mixed_pose`.
        """
        driven = self.driven(source, latent, theta)
        return self.finished(source, driven, self.decode(driven.volume), latent)

    def driven(self, source: SourceCode, latent: Tensor, theta: Tensor) -> Driven:
        """A source in the driver's expression and pose, see `drive`."""
        warp = self.warp_from_canonical(self.embed(latent, source.identity))
        return self.moved(source, warp, theta)

    def moved(self, source: SourceCode, warp: Tensor, theta: Tensor) -> Driven:
        """What `driven` answers, of a warp [B, D, H, W, 3] that is known."""
        moved, channels = source.canonical, source.canonical.shape[1]
        if source.places is not None:
            # In one volume: most of sampling is to find out where, not to read.
            moved = torch.cat([moved.float(), source.places], 1)
        posed = self.posed(moved.expand(len(warp), -1, -1, -1, -1), warp, theta)
        if source.places is None:
            return Driven(posed, None)
        return Driven(posed[:, :channels], posed[:, channels:])

    def finished(
        self, source: SourceCode, driven: Driven, decoded: Tensor, latent: Tensor
    ) -> Tensor:
        """The decoder's picture [B, 3, s, s] with the source's own pixels, where a model has them.

        Args:
            source: as in `drive`; without its picture, nothing is added.
            driven: it, moved.
            decoded: what the decoder makes of that.
            latent: [B, Z] the driver's.
        """
        detailed = self.detailed(source, driven, decoded, latent)
        return decoded if detailed is None else detailed.picture.clamp(0, 1)

    def detailed(
        self, source: SourceCode, driven: Driven, decoded: Tensor, latent: Tensor
    ) -> Detailed | None:
        """What `finished` makes its picture of; None where there is nothing to add."""
        if self.detail_nw is None or source.picture is None or driven.places is None:
            return None
        picture = source.picture.expand(len(decoded), -1, -1, -1)
        detailed: Detailed = self.detail_nw(picture, *driven, decoded, latent)
        return detailed

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
