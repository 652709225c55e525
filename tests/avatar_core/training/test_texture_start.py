"""The neural texture starts at the capture's painting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import torch

from avatar_core.errors import AssetError
from avatar_core.mega.assets import decoded_look
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.training.texture_start import PAINTING, read_painting, start_from_painting

if TYPE_CHECKING:
    from pathlib import Path


def painting() -> np.ndarray:
    """Red on top, blue below, a white corner at the top left."""
    image = np.zeros((64, 64, 3), np.float32)
    image[:32] = (0.8, 0.2, 0.1)
    image[32:] = (0.1, 0.2, 0.7)
    image[:16, :16] = 1.0
    return image


def test_the_decoded_texture_is_the_painting(ball_head: object) -> None:
    torch.manual_seed(1)
    networks = MegaNetworks(MegaConfig(n_expr=52, n_pose=6, tex_size=32, disp_size=16, gaussians=1))
    networks.requires_grad_(False)
    losses: list[float] = []
    start_from_painting(networks, painting(), seed=5, steps=800, follow=losses.append)
    assert losses[-1] < 0.005 < losses[0]
    # View and expression say nothing yet: silence what their untrained decoders add.
    for decoder in (networks.view_texture, networks.dynamic_texture):
        for parameter in decoder.parameters():
            parameter.data.zero_()
    model = MegaModel.of(ball_head, networks.eval())  # type: ignore[arg-type]
    look = decoded_look(model, torch.zeros(1, 58), torch.tensor([[0.0, 0.0, 1.0]])) / 255.0
    for place, colour in (((4, 4), (1, 1, 1)), ((6, 24), (0.8, 0.2, 0.1)),
                          ((26, 10), (0.1, 0.2, 0.7))):  # fmt: skip
        np.testing.assert_allclose(look[place], colour, atol=0.15)


def test_paintings_are_optional_and_checked(tmp_path: Path) -> None:
    assert read_painting(tmp_path) is None
    cv2.imwrite(str(tmp_path / PAINTING), (painting()[:, :, ::-1] * 255).astype(np.uint8))
    found = read_painting(tmp_path)
    assert found is not None
    assert found[4, 40, 0] > found[4, 40, 2]  # red first
    (tmp_path / PAINTING).write_bytes(b"RIFF")
    with pytest.raises(AssetError, match="cannot be read"):
        read_painting(tmp_path)
