from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.assets import model_of
from avatar_core.mega.atlas import atlas_places
from avatar_core.mega.diffuse import diffuse_look
from avatar_core.mega.textures import sample_texels
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


def expected(asset: AvatarAsset, rows: np.ndarray, columns: np.ndarray, size: int) -> np.ndarray:
    """[n, 3] colours of some texels, by the modules that training uses."""
    model = model_of(asset)
    networks = model.networks
    uv = torch.tensor(np.stack([2 * columns + 1, 2 * (size - rows) - 1], -1) / size - 1).float()
    texture = networks.neural_texture.texture.detach()
    texels = sample_texels(texture, uv)
    places = None
    if networks.config.xyz_cond:
        over = atlas_places(model.surface, model.canonical_vertices, texture.shape[-1])
        places = sample_texels(over.permute(2, 0, 1)[None], uv)
    with torch.inference_mode():
        colours: np.ndarray = networks.pixel_colours(texels, uv, places).numpy()
    return colours


@pytest.mark.parametrize("size", [128, 512, 1024])
def test_it_is_the_basic_texture_decoded_between_its_texels(asset: AvatarAsset, size: int) -> None:
    look = diffuse_look(asset, size)
    assert look.shape == (size, size, 3)
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, size, (2, 3000))
    away = np.abs(look[rows, columns] / 255 - expected(asset, rows, columns, size))
    assert away.max() < 1.2 / 255
    assert away.mean() < 0.3 / 255


def test_it_is_not_what_the_face_at_rest_looks_like(asset: AvatarAsset) -> None:
    look = diffuse_look(asset, len(asset.face.texture))
    assert 0.5 < np.abs(look.astype(int) - asset.face.texture).mean() < 20


def test_a_code_of_sines(asset: AvatarAsset) -> None:
    name = "head_mlp.final_siren.0.net.0.linear.weight"
    first = asset.face.weights[name]
    code = np.random.default_rng(5).normal(0, 0.03, (len(first), 14)).astype(np.float32)
    weights = {n: w for n, w in asset.face.weights.items() if not n.startswith("pe.")}
    weights[name] = np.hstack([code, first[:, 4:]])
    coded = replace(asset, face=replace(asset.face, weights=weights))
    rows, columns = np.random.default_rng(0).integers(0, 512, (2, 2000))
    away = np.abs(
        diffuse_look(coded, 512)[rows, columns] / 255 - expected(coded, rows, columns, 512)
    )
    assert away.max() < 1.2 / 255


def test_a_decoder_that_is_told_the_place(asset: AvatarAsset) -> None:
    """The code of a place is interpolated between texels, hence not quite that of the place."""
    name = "head_mlp.final_siren.0.net.0.linear.weight"
    first = asset.face.weights[name]
    place = np.random.default_rng(4).normal(0, 0.03, (len(first), 4)).astype(np.float32)
    rng = np.random.default_rng(6)
    encoder = {
        f"head_mlp.xyz_enc.net.{layer}.linear.{kind}": rng.normal(0, 0.05, shape).astype("f4")
        for layer, width in ((0, 3), (1, 4))
        for kind, shape in (("weight", (4, width)), ("bias", (4,)))
    }
    weights = {**asset.face.weights, name: np.hstack([place, first]), **encoder}
    options = {**asset.face.options, "surface_conditioned": True}
    told = replace(asset, face=replace(asset.face, weights=weights, options=options))
    rows, columns = np.mgrid[140:240:7, 180:330:7].reshape(2, -1)
    away = np.abs(diffuse_look(told, 512)[rows, columns] / 255 - expected(told, rows, columns, 512))
    assert np.quantile(away, 0.95) < 2 / 255
    assert np.abs(diffuse_look(told, 512).astype(int) - diffuse_look(asset, 512)).mean() > 3


def test_a_plain_face_is_its_texture(asset: AvatarAsset) -> None:
    plain = replace(asset, face=FaceAsset(FaceKind.PLAIN, asset.face.texture))
    assert diffuse_look(plain, 64) is asset.face.texture
