"""Each part that can be switched off is off, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.geometry import Camera, look_at
from avatar_core.heads import HeadParameters
from avatar_core.mega.model import MegaModel, PosedHead
from avatar_core.mega.networks import Ablation, MegaConfig, MegaNetworks
from avatar_core.mega.reference_renderer import blend, finished_mode, render
from avatar_core.mega.textures import PixelDecoder

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead

GAUSSIANS = 40


@pytest.fixture(scope="module")
def model(flame_head: FlameHead) -> MegaModel:
    """Random weights, strong enough to show; a tuft of half-solid hair before the head."""
    torch.manual_seed(5)
    config = MegaConfig(
        n_expr=5,
        n_pose=6,
        tex_size=32,
        tex_ch=4,
        disp_size=16,
        deform_layers=(8,),
        gaussians=GAUSSIANS,
    )
    networks = MegaNetworks(config).eval().requires_grad_(False)
    model = MegaModel.of(flame_head, networks)
    hair = networks.canonical_gs
    centre = torch.from_numpy(model.canonical_vertices.mean(0))
    hair._xyz.copy_(centre + torch.tensor([0.0, 0.0, 0.5]) + 0.05 * torch.randn(GAUSSIANS, 3))
    hair._scaling.fill_(-3.5)
    hair._rotation.copy_(torch.randn(GAUSSIANS, 4))
    return model


@pytest.fixture(scope="module")
def posed(model: MegaModel) -> PosedHead:
    expression = np.linspace(-1, 1, 5).astype(np.float32)
    return model.posed(HeadParameters(expression, np.zeros((5, 3), np.float32)))


@pytest.fixture(scope="module")
def camera(model: MegaModel) -> Camera:
    centre = model.canonical_vertices.mean(0)
    eye = centre + np.float32([0.1, 0.2, 3.0])
    return Camera.from_fov(look_at(eye, centre), 0.7, 48, 48)


def test_the_texture_is_the_sum_of_the_parts_left(model: MegaModel, posed: PosedHead) -> None:
    place = torch.tensor([[0.2, 0.1, 0.9]])
    networks = model.networks

    def texture(**parts: bool) -> torch.Tensor:
        return networks.decoded_texture(posed.driving, place, Ablation(**parts))

    basic = networks.neural_texture()
    torch.testing.assert_close(texture(view=False, dynamic=False), basic)
    view, dynamic = texture(dynamic=False) - basic, texture(view=False) - basic
    assert min(view.abs().max(), dynamic.abs().max()) > 1e-3
    torch.testing.assert_close(texture(), basic + view + dynamic)
    torch.testing.assert_close(texture(), networks.decoded_texture(posed.driving, place))


def test_without_view_the_camera_does_not_matter(model: MegaModel, posed: PosedHead) -> None:
    places = torch.tensor([[0.2, 0.1, 0.9]]), torch.tensor([[0.9, 0.1, -0.2]])
    for ablation, same in ((Ablation(view=False), True), (Ablation(dynamic=False), False)):
        first, second = (
            model.networks.decoded_texture(posed.driving, place, ablation) for place in places
        )
        assert torch.equal(first, second) is same


def test_without_dynamic_the_expression_does_not_matter(model: MegaModel, posed: PosedHead) -> None:
    place = torch.tensor([[0.2, 0.1, 0.9]])
    for ablation, same in ((Ablation(dynamic=False), True), (Ablation(view=False), False)):
        first, second = (
            model.networks.decoded_texture(driving, place, ablation)
            for driving in (posed.driving, -posed.driving)
        )
        assert torch.equal(first, second) is same


def test_without_displacement_the_mesh_is_the_posed_heads(
    model: MegaModel, posed: PosedHead, camera: Camera
) -> None:
    _, displaced = model.face(posed, camera)
    _, plain = model.face(posed, camera, Ablation(displacement=False))
    assert torch.equal(plain, posed.vertices)
    assert (displaced - plain).abs().max() > 1e-6


def test_the_hard_blend_leaves_out_the_hairs_alpha(
    model: MegaModel, posed: PosedHead, camera: Camera
) -> None:
    soft, layers = render(model, posed, camera)
    hard, _ = render(model, posed, camera, ablation=Ablation(soft_blend=False))
    mode = finished_mode(model.options)
    expected = blend(layers.face, layers.hair, mode, model.options, hard=True)
    torch.testing.assert_close(hard.rgb, expected.rgb)
    assert soft.hair_mask.max() > 0.1
    assert (hard.rgb - soft.rgb).abs().max() > 0.05


@pytest.mark.parametrize("xyz_cond", [False, True])
def test_the_pixel_decoder_is_a_sine_network_over_its_latents(xyz_cond: bool) -> None:
    """Written out: three sine layers of 8, a linear one, a sigmoid."""
    torch.manual_seed(6)
    decoder = PixelDecoder(12, 4, xyz_cond=xyz_cond)
    state = {name: value.numpy() for name, value in decoder.state_dict().items()}
    latents = np.random.default_rng(7).normal(0, 1, (9, 19 if xyz_cond else 16))

    def sine(values: np.ndarray, name: str) -> np.ndarray:
        return np.sin(30 * (values @ state[f"{name}.weight"].T + state[f"{name}.bias"]))

    values = latents
    if xyz_cond:
        code = sine(sine(latents[:, :3], "xyz_enc.net.0.linear"), "xyz_enc.net.1.linear")
        values = np.concatenate([code, latents[:, 3:]], 1)
    for layer in range(3):
        values = sine(values, f"final_siren.0.net.{layer}.linear")
    last = "final_siren.0.net.3"
    expected = 1 / (1 + np.exp(-(values @ state[f"{last}.weight"].T + state[f"{last}.bias"])))
    ours = decoder(torch.from_numpy(latents).float()).detach().numpy()
    np.testing.assert_allclose(ours, expected, atol=2e-5)


def test_the_published_sine_code_of_uv_has_34_values() -> None:
    networks = MegaNetworks(MegaConfig(tex_size=16, disp_size=16, uv_freqs=8))
    uv = torch.tensor([[0.3, -0.8]])
    code = networks.pe(uv)[0]
    expected = [uv[0]] + [f(uv[0] * 2.0**k) for k in range(8) for f in (torch.sin, torch.cos)]
    torch.testing.assert_close(code, torch.cat(expected))
    assert len(code) == 34
