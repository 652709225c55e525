"""Networks of released portrait models, made of the shapes of their weights or of keywords."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from avatar_core.emoportraits.config import PortraitConfig
from avatar_core.emoportraits.decoder import Decoder
from avatar_core.emoportraits.discriminator import Discriminator
from avatar_core.emoportraits.encoders import (
    ExpressionEmbedder,
    FaceExpression,
    HeadPoseNet,
    IdentityEmbedder,
    LocalEncoder,
)
from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig
from avatar_core.emoportraits.generator import (
    decoder_widths,
    encoder_widths,
    style_of,
    unet_widths,
    warp_widths,
)
from avatar_core.emoportraits.official_config import decoder_layout
from avatar_core.emoportraits.volumes import Unet3d, VolumeSource
from avatar_core.emoportraits.warps import WarpGenerator
from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from torch import nn

    from avatar_core.emoportraits.blocks import LayerStyle
    from avatar_core.emoportraits.official_shapes import StateShapes

Options = Mapping[str, Any]


def _local_encoder(shapes: StateShapes, options: Options) -> nn.Module:
    if shapes:
        size, widths = shapes.picture_size, shapes.encoder_widths
        outputs = shapes.weight("finale_layers.2", 4)[0]
        return LocalEncoder(size, widths, outputs, shapes.style(_groups(options)))
    sizes = _sizes(options)
    return LocalEncoder(
        sizes.image_size, encoder_widths(sizes), sizes.volume_features, _style(options)
    )


def _stage2_encoder(shapes: StateShapes, options: Options) -> nn.Module:
    return _local_encoder(shapes, {"uses_spectral_norm": False, **options})


def _volume_source(shapes: StateShapes, options: Options) -> nn.Module:
    if shapes:
        widths = shapes.block_widths("net.net", 3)
        return VolumeSource(widths[0], len(widths) - 1, shapes.style(_groups(options)))
    sizes = _sizes(options)
    return VolumeSource(sizes.latent_channels, sizes.source_blocks, _style(options))


def _warp_generator(shapes: StateShapes, options: Options) -> nn.Module:
    sizes = _sizes(options)
    if not shapes:
        return WarpGenerator(
            sizes.embedding_channels,
            sizes.embed_size,
            warp_widths(sizes),
            sizes.depth,
            _style(options),
        )
    widths = shapes.block_widths("blocks_3d", 3)
    first, channels, *_ = shapes.weight("first_conv", 4)
    grid = "identity_grid"
    return WarpGenerator(
        channels,
        math.isqrt(shapes.shape("projector.v.0", 2)[0]),
        widths,
        shapes.shape(grid, 5)[2] if grid in shapes else sizes.depth,
        shapes.style(_groups(options)),
        start_depth=first // widths[0],
    )


def _unet3d(shapes: StateShapes, options: Options) -> nn.Module:
    if shapes:
        widths = shapes.block_widths("blocks_3d_down", 3)
        start = shapes.shape("input_tensor", 5)[-1]
        return Unet3d(widths, start, shapes.style(_groups(options)))
    sizes = _sizes(options)
    return Unet3d(unet_widths(sizes), sizes.unet_start, _style(options))


def _decoder(shapes: StateShapes, options: Options) -> nn.Module:
    sizes = _sizes(options)
    if not shapes:
        inputs = int(options.get("in_channels", sizes.volume_features))
        return Decoder(
            inputs,
            decoder_widths(sizes),
            sizes.decoder_blocks,
            sizes.blocks_per_resolution,
            _style(options),
        )
    if {"image_size", "latent_size"} <= options.keys():
        levels = sizes.levels
    else:
        levels = shapes.count("img_decoder.dec_img_blocks") // sizes.blocks_per_resolution
    per_level, widths = decoder_layout(shapes, levels)
    inputs = shapes.weight("res_decoder.0", 4)[1]
    blocks = shapes.count("res_decoder") - 1
    return Decoder(inputs, widths, blocks, per_level, shapes.style(_groups(options)))


def _discriminator(shapes: StateShapes, options: Options) -> nn.Module:
    if not shapes:
        base, most = int(options.get("base_channels", 64)), int(options.get("max_channels", 512))
        blocks = int(options.get("num_blocks", 4))
        widths = [min(base << index, most) for index in range(blocks)]
        return Discriminator(int(options.get("image_size", 512)), widths, _scales(options))
    names = sorted(shapes.roots, reverse=True)
    if not names or not all(name[4:].isdigit() for name in names):
        raise WeightsError("A discriminator's networks are called net_0512 and the like.")
    first = shapes.under(names[0])
    widths = [first.shape(f"blocks.{i}.main.0.weight", 4)[0] for i in range(first.count("blocks"))]
    return Discriminator(int(names[0][4:]), widths, len(names))


def _idt_embedder(shapes: StateShapes, options: Options) -> nn.Module:
    sizes = _sizes(options)
    net = shapes.under("net")
    return IdentityEmbedder(
        net.backbone if net else sizes.identity_backbone,
        net.weight("conv1", 4)[0] if net else sizes.identity_width,
        net.weight("fc", 4)[0] if net else sizes.embedding_channels,
        int(options.get("identity_image_size", sizes.identity_image_size)),
        sizes.embed_size,
        net.style(_groups(options)) if net else _style(options),
    )


def _expression_embedder(shapes: StateShapes, options: Options) -> nn.Module:
    sizes = _sizes(options)
    face = shapes.under("net_face")
    net = face.under("net")
    grid = "identity_grid"
    return ExpressionEmbedder(
        FaceExpression(
            net.backbone if net else sizes.expression_backbone,
            net.weight("conv1", 4)[0] if net else sizes.backbone_width,
            face.weight("pose_head", 2)[0] if net else sizes.expression_size,
            sizes.embed_size,
            sizes.expression_dropout,
            face.style(_groups(options)) if net else _style(options),
        ),
        math.isqrt(shapes.shape(grid, 3)[1]) if grid in shapes else sizes.expression_crop,
    )


def head_pose_of(shapes: StateShapes, options: Options) -> HeadPoseNet:
    """The head-pose network, in full size where there are no weights."""
    size = int(options.get("head_pose_size", 128))
    if not shapes:
        return HeadPoseNet(image_size=size)
    return HeadPoseNet(shapes.backbone, shapes.weight("conv1", 4)[0], size)


def enhancer_of(shapes: StateShapes, options: Options) -> Enhancer:
    """The second stage, in the released code's default size where there are no weights."""
    if not shapes:
        return Enhancer(EnhancerConfig())
    encoder, decoder = shapes.under("local_encoder"), shapes.under("decoder")
    widths, size = encoder.encoder_widths, encoder.picture_size
    tail = decoder.block_widths("img_decoder.dec_img_blocks", 2)
    return Enhancer(
        EnhancerConfig(
            image_size=size,
            latent_size=size >> (len(widths) - 1),
            features=encoder.weight("finale_layers.2", 4)[0],
            base_channels=widths[0] // 4,
            max_channels=max(*widths, *tail),
            blocks=decoder.count("res_decoder") - 1,
            uses_weight_standardization=shapes.is_standardized,
            norm_groups=_groups(options),
        )
    )


def _sizes(options: Options) -> PortraitConfig:
    """The sizes that keywords tell; the rest is that of the released model."""
    given: dict[str, Any] = {
        name: options[name] for name in PortraitConfig.names() if name in options
    }
    for keyword, names in _KEYWORDS.items():
        if keyword in options:
            given |= {name: options[keyword] for name in names if name not in options}
    return PortraitConfig(**given)


def _style(options: Options) -> LayerStyle:
    return style_of(_sizes(options))


def _groups(options: Options) -> int:
    return _sizes(options).norm_groups


def _scales(options: Options) -> int:
    return int(options.get("scales", 2))


_KEYWORDS = {
    "channel_mult": ("encoder_mult", "decoder_mult"),
    "max_channels": ("encoder_max", "warp_max", "unet_max", "decoder_max", "embedding_channels"),
    "num_blocks": ("source_blocks", "decoder_blocks"),
    "output_size": ("latent_size",),
    "start_size": ("unet_start",),
    "base_channels": ("warp_base", "decoder_base"),
}
"""What the released code calls by one word, and we by several."""

BUILDERS: dict[str, Callable[[StateShapes, Options], nn.Module]] = {
    "local_encoder": _local_encoder,
    "idt_embedder": _idt_embedder,
    "expression_embedder": _expression_embedder,
    "warp_generator": _warp_generator,
    "volume_source": _volume_source,
    "unet3d": _unet3d,
    "decoder": _decoder,
    "head_pose": head_pose_of,
    "stage2_encoder": _stage2_encoder,
    "enhancer": enhancer_of,
    "discriminator": _discriminator,
}
"""How each network is made of the shapes of its weights, or of keywords where there are none."""
