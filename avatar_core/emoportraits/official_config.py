"""Sizes of a released portrait model: from the shapes of its weights and its `args.txt`."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from avatar_core.emoportraits.config import OFFICIAL, PortraitConfig
from avatar_core.emoportraits.generator import decoder_widths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avatar_core.emoportraits.official_shapes import StateShapes

Arguments = dict[str, int | float | bool | str]

_MOST_BYTES = 1 << 20
_LINE = re.compile(r"\s*([A-Za-z_]\w*)\s*:\s*(.*?)\s*")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DIVISORS = (1.5, 2.0, 1.25, 1.75, 1.0, 3.0, 4.0)


def read_arguments(path: Path) -> Arguments:
    """Options of a training run, as the released code keeps them: a line `key: value` for each.

    Values are typed by their look: whole or real numbers, True and False, else text. Nothing is
    executed; lines of another form are left out.
    """
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    return parsed_arguments(text)


def parsed_arguments(text: str) -> Arguments:
    """The contents of such a file; see `read_arguments`."""
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {match[1]: _value(match[2]) for match in found if match}


def config_of(shapes: StateShapes, arguments: Mapping[str, Any] | None = None) -> PortraitConfig:
    """Sizes of the generator whose state dict has these shapes.

    Args:
        shapes: of the generator's networks alone.
        arguments: `read_arguments`, for what shapes do not tell.

    Raises:
        WeightsError: shapes that no portrait generator has.
    """
    arguments = arguments or {}
    encoder = shapes.under("local_encoder_nw")
    identity = shapes.under("idt_embedder_nw.net")
    face = shapes.under("expression_embedder_nw.net_face")
    warp = shapes.under("xy_generator_nw")
    unet = shapes.under("volume_process_nw")
    image_size, widths = encoder.picture_size, encoder.encoder_widths
    base = _number(arguments, "gen_num_channels", OFFICIAL.base_channels)
    warp_widths = warp.block_widths("blocks_3d", 3)
    unet_widths = unet.block_widths("blocks_3d_down", 3)
    config = PortraitConfig(
        image_size=image_size,
        latent_size=image_size >> (len(widths) - 1),
        depth=warp.shape("identity_grid", 5)[2],
        latent_channels=unet_widths[0],
        base_channels=base if widths[0] % base == 0 else widths[0],
        encoder_mult=widths[0] // base if widths[0] % base == 0 else 1,
        encoder_max=max(widths),
        identity_backbone=identity.backbone,
        identity_width=identity.weight("conv1", 4)[0],
        identity_image_size=_number(arguments, "idt_image_size", OFFICIAL.identity_image_size),
        expression_backbone=face.under("net").backbone,
        backbone_width=face.weight("net.conv1", 4)[0],
        embedding_channels=identity.weight("fc", 4)[0],
        embed_size=math.isqrt(warp.shape("projector.v.0", 2)[0]),
        expression_size=face.weight("pose_head", 2)[0],
        expression_crop=math.isqrt(
            shapes.shape("expression_embedder_nw.identity_grid", 3)[1]
        ),
        expression_dropout=_real(arguments, "exp_dropout", OFFICIAL.expression_dropout),
        warp_base=warp_widths[-1],
        warp_max=max(warp_widths),
        source_blocks=shapes.count("volume_source_nw.net.net"),
        unet_max=max(unet_widths),
        unet_start=unet.shape("input_tensor", 5)[-1],
        uses_spectral_norm=shapes.is_spectral,
        uses_weight_standardization=shapes.is_standardized,
        depth_towards_viewer=True,
    )  # fmt: skip
    return _with_decoder(config, shapes.under("decoder_nw"), arguments)


def _with_decoder(
    config: PortraitConfig, shapes: StateShapes, arguments: Mapping[str, Any]
) -> PortraitConfig:
    """The sizes with those of the decoder; how it narrows is found by trying."""
    per_level, widths = decoder_layout(shapes, config.levels)
    trunk, levels = widths[0], config.levels
    base, mult = OFFICIAL.decoder_base, OFFICIAL.decoder_mult
    fits = base * mult << levels >= trunk
    config = replace(
        config,
        decoder_base=base if fits else trunk,
        decoder_mult=mult if fits else 1,
        decoder_max=trunk,
        decoder_blocks=shapes.count("res_decoder") - 1,
        blocks_per_resolution=per_level,
    )
    told = _real(arguments, "im_dec_ch_div_factor", OFFICIAL.channel_divisor)
    for divisor in (told, *_DIVISORS):
        trial = replace(config, channel_divisor=divisor)
        if decoder_widths(trial) == widths:
            return trial
    return config


def decoder_layout(shapes: StateShapes, levels: int) -> tuple[int, tuple[int, ...]]:
    """Blocks of a decoder for each doubling, and its channels before the first and behind each."""
    widths = shapes.block_widths("img_decoder.dec_img_blocks", 2)
    per_level = max((len(widths) - 1) // max(levels, 1), 1)
    return per_level, (widths[0], *widths[per_level::per_level])


def _number(arguments: Mapping[str, Any], key: str, default: int) -> int:
    value = arguments.get(key)
    return value if type(value) is int and value > 0 else default


def _real(arguments: Mapping[str, Any], key: str, default: float) -> float:
    value = arguments.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return default
    return float(value)


def _value(text: str) -> int | float | bool | str:
    if text in ("True", "False"):
        return text == "True"
    if _INTEGER.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
