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
from avatar_core.training.texture_start import PAINTING, read_painting, start_calmly

if TYPE_CHECKING:
    from pathlib import Path


def painting() -> np.ndarray:
    """Red on top, blue below, a white corner at the top left."""
    image = np.zeros((64, 64, 3), np.float32)
    image[:32] = (0.8, 0.2, 0.1)
    image[32:] = (0.1, 0.2, 0.7)
    image[:16, :16] = 1.0
    return image


def small_networks() -> MegaNetworks:
    torch.manual_seed(1)
    config = MegaConfig(n_expr=52, n_pose=6, tex_size=32, disp_size=16, gaussians=1)
    return MegaNetworks(config).requires_grad_(False)


def test_the_face_starts_at_the_painting(ball_head: object) -> None:
    networks = small_networks()
    start_calmly(networks, painting(), seed=5)
    model = MegaModel.of(ball_head, networks.eval())  # type: ignore[arg-type]
    driving = torch.rand(1, 58)
    look = decoded_look(model, driving, torch.tensor([[0.6, 0.0, 0.8]])) / 255.0
    colours = {(4, 4): (1, 1, 1), (6, 24): (0.8, 0.2, 0.1), (26, 10): (0.1, 0.2, 0.7)}
    for place, colour in colours.items():
        np.testing.assert_allclose(look[place], colour, atol=0.2)
        distances = {c: np.linalg.norm(look[place] - c) for c in colours.values()}
        assert min(distances, key=distances.__getitem__) == colour


def test_a_face_without_a_painting_starts_even(ball_head: object) -> None:
    networks = small_networks()
    start_calmly(networks, None, seed=5)
    model = MegaModel.of(ball_head, networks.eval())  # type: ignore[arg-type]
    look = decoded_look(model, torch.rand(1, 58), torch.tensor([[0.6, 0.0, 0.8]])) / 255.0
    steps = np.abs(np.diff(look, axis=0)).max()
    assert steps < 0.1
    noisy = MegaModel.of(ball_head, small_networks().eval())  # type: ignore[arg-type]
    published = decoded_look(noisy, torch.rand(1, 58), torch.tensor([[0.6, 0.0, 0.8]])) / 255.0
    assert np.abs(np.diff(published, axis=0)).max() > steps


def test_view_and_expression_are_silent_but_can_learn() -> None:
    networks = small_networks()
    start_calmly(networks, painting(), seed=5)
    networks.requires_grad_(True)
    texture = networks.decoded_texture(torch.rand(1, 58), torch.rand(1, 3))
    torch.testing.assert_close(texture, networks.neural_texture.texture)
    torch.autograd.backward(texture.square().sum())
    for decoder in (networks.view_texture, networks.dynamic_texture):
        gradient = decoder.upsample[-1].conv2.weight.grad
        assert gradient is not None
        assert gradient.abs().max() > 0


def test_paintings_are_optional_and_checked(tmp_path: Path) -> None:
    assert read_painting(tmp_path) is None
    cv2.imwrite(str(tmp_path / PAINTING), (painting()[:, :, ::-1] * 255).astype(np.uint8))
    found = read_painting(tmp_path)
    assert found is not None
    assert found[4, 40, 0] > found[4, 40, 2]  # red first
    (tmp_path / PAINTING).write_bytes(b"RIFF")
    with pytest.raises(AssetError, match="cannot be read"):
        read_painting(tmp_path)
