from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.assets import model_of
from avatar_core.mega.diffuse import diffuse_look
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


def test_it_is_the_basic_texture_decoded(asset: AvatarAsset) -> None:
    look = diffuse_look(asset)
    networks = model_of(asset).networks
    side = networks.neural_texture.texture.shape[-1]
    assert look.shape == (side, side, 3)
    rows, columns = np.array([0, 40, 200, side - 1]), np.array([3, 255, 300, side - 1])
    places = np.stack([columns, side - 1 - rows]) / (side - 1)
    uv = torch.tensor(2 * places.T - 1, dtype=torch.float32)
    texels = networks.neural_texture.texture[0, :, side - 1 - rows, columns].T
    with torch.inference_mode():
        colours = networks.pixel_colours(texels, uv)
    assert look[rows, columns] / 255 == pytest.approx(colours.numpy(), abs=0.51 / 255)
    # Near what the face at rest looks like, but not that.
    away = np.abs(look.astype(int) - asset.face.texture)
    assert 0.5 < away.mean() < 20


def test_a_plain_face_is_its_texture(asset: AvatarAsset) -> None:
    plain = replace(asset, face=FaceAsset(FaceKind.PLAIN, asset.face.texture))
    assert diffuse_look(plain) is asset.face.texture
