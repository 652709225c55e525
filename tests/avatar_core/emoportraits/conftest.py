"""Fixtures shared by the tests of portraits."""

from __future__ import annotations

import pytest

from avatar_core.emoportraits.config import PortraitConfig


@pytest.fixture(autouse=True)
def torch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test exports a decoder into the user's own folder."""
    monkeypatch.setattr("avatar_core.emoportraits.onnx_decoder.has_onnx", lambda: False)


@pytest.fixture
def small_config() -> PortraitConfig:
    """The released graph, with everything it has, in the smallest sizes."""
    return PortraitConfig(
        image_size=32,
        latent_size=8,
        depth=4,
        latent_channels=8,
        base_channels=8,
        encoder_mult=1,
        encoder_max=16,
        identity_width=4,
        identity_image_size=32,
        backbone_width=4,
        embedding_channels=16,
        expression_size=12,
        expression_crop=32,
        warp_base=8,
        warp_max=16,
        source_blocks=1,
        unet_max=16,
        unet_start=4,
        decoder_base=8,
        decoder_mult=1,
        decoder_max=24,
        decoder_blocks=1,
        norm_groups=4,
        depth_towards_viewer=True,
    )
