"""Settings of a portrait run that takes seconds: the whole graph at 32 pixels."""

from __future__ import annotations

from dataclasses import replace

from avatar_core.emoportraits.config import COMPACT
from avatar_core.training.portrait_batch import Sampling
from avatar_core.training.portrait_presets import PortraitSettings, preset

TINY = replace(
    COMPACT,
    image_size=32,
    latent_size=8,
    depth=4,
    latent_channels=4,
    base_channels=8,
    encoder_max=16,
    identity_width=8,
    identity_image_size=32,
    backbone_width=8,
    embedding_channels=16,
    embed_size=4,
    expression_size=16,
    expression_crop=32,
    warp_base=4,
    warp_max=8,
    source_blocks=1,
    unet_max=8,
    unet_start=4,
    decoder_base=8,
    decoder_max=16,
    decoder_blocks=1,
    head_pose_width=8,
    head_pose_size=32,
)


def tiny_settings(steps: int) -> PortraitSettings:
    """The compact preset, tiny; every kind of step comes within the first four."""
    compact = preset("compact", steps=steps)
    return replace(
        compact,
        config=TINY,
        truth=replace(compact.truth, poses_until=0.6, fades_until=0.7),
        sampling=Sampling(people=2, drivers=2, readers=2),
        mixed_every=2,
        mixed_from=0.0,
        judged_from=0.5,
        detail_from=0.7,
        rate=1e-2,
        warm_up=0,
        half=False,
        checkpoint_every=2,
        preview_every=2,
    )
