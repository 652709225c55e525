"""Networks against the numbers of the reference implementation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from avatar_core.errors import WeightsError
from avatar_core.mega.hair import DEFORMATION_SCALE, DeformationMlp
from avatar_core.mega.official import build

Golden = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _no_gradients() -> Any:
    with torch.no_grad():
        yield


def test_pixel_decoder(golden: Golden) -> None:
    fixture = golden("head_mlp_xyz0")
    rgb = build("head_mlp", fixture.state())(fixture["in.latents"])
    torch.testing.assert_close(rgb, fixture["out.rgb"], atol=1e-5, rtol=0)


def test_learned_positional_encoding(golden: Golden) -> None:
    fixture = golden("pe_lpe")
    codes = build("pe", fixture.state())(fixture["in.uv"])
    torch.testing.assert_close(codes, fixture["out.pe"], atol=1e-5, rtol=0)


def test_hair_deformation(golden: Golden) -> None:
    fixture = golden("deform_mlp_256x256_L6_14")
    network = build("deform_mlp", fixture.state())
    raw = network(fixture["in.xyz"], fixture["in.expr"])
    torch.testing.assert_close(raw, fixture["out.raw"], atol=1e-5, rtol=0)


def test_shared_expression_gives_the_same_offsets(golden: Golden) -> None:
    fixture = golden("deform_mlp_256x256_L6_14")
    network = build("deform_mlp", fixture.state())
    assert isinstance(network, DeformationMlp)
    expression = fixture["in.expr"][0]
    raw = network(fixture["in.xyz"], expression.expand(64, -1))
    offsets = network.offsets(fixture["in.xyz"], expression)
    joined = torch.cat(list(offsets.values()), -1)
    torch.testing.assert_close(joined, raw * DEFORMATION_SCALE, atol=1e-8, rtol=0)


def test_displacement_decoder_in_evaluation(golden: Golden) -> None:
    fixture = golden("disp_decoder_eyes0")
    decoded = build("disp_decoder", fixture.state())(fixture["in.driving"])
    torch.testing.assert_close(decoded, fixture["out.disp_eval_fp16"].float(), atol=1e-3, rtol=2e-3)


def test_displacement_decoder_in_training(golden: Golden) -> None:
    fixture = golden("disp_decoder_eyes0")
    network = build("disp_decoder", fixture.state()).train()
    decoded = network(fixture["in.driving"])[0, :, ::4, ::4]
    torch.testing.assert_close(decoded, fixture["out.disp_train_b0_stride4"], atol=1e-5, rtol=1e-5)


def test_dynamic_texture_up_to_its_fourth_block(golden: Golden) -> None:
    fixture = golden("dynamic_texture_stages0-3")
    network = build("dynamic_texture", fixture.state(), tex_size=128, tex_ch=16)
    decoded = network(fixture["in"])
    assert list(decoded.shape[1:]) == fixture["out.after_stage3_shape"].tolist()[1:]
    torch.testing.assert_close(
        decoded[0, :, ::2, ::2], fixture["out.after_stage3_b0"], atol=1e-5, rtol=1e-5
    )


def test_view_texture_with_weights_by_rule(golden: Golden) -> None:
    fixture = golden("view_texture_full_rule")
    template = build("view_texture", _view_state())
    decoded = template(fixture["in"])
    torch.testing.assert_close(
        decoded[:, :, ::16, ::16], fixture["out.stride16"], atol=1e-4, rtol=0
    )
    y, x = fixture["probe.yx"].t()
    torch.testing.assert_close(decoded[:, :, y, x], fixture["out.probe"], atol=1e-4, rtol=0)
    torch.testing.assert_close(decoded.mean((2, 3)), fixture["out.mean"], atol=1e-4, rtol=0)
    torch.testing.assert_close(decoded.std((2, 3)), fixture["out.std"], atol=1e-4, rtol=0)


def _view_state() -> dict[str, Tensor]:
    """The weight rule of the fixtures' README."""
    from avatar_core.mega.decoders import ViewDecoder

    state = {}
    for key, value in ViewDecoder(1024, 12).state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        index = torch.arange(value.numel(), dtype=torch.float64)
        wave = torch.sin(0.7390851 * index + sum(map(ord, key))).view(value.shape)
        if key.endswith("running_var"):
            wave = 1 + 0.5 * wave
        elif key.endswith(".bn.weight"):
            wave = 1 + 0.3 * wave
        elif key.endswith("weight"):
            wave = wave * math.sqrt(2 / math.prod(value.shape[1:]))
        else:
            wave = 0.1 * wave
        state[key] = wave.float()
    return state


def test_canonical_gaussians_keep_their_raw_values() -> None:
    generator = torch.Generator().manual_seed(1)
    widths = {"_xyz": 3, "_scaling": 3, "_rotation": 4, "_opacity": 1}
    state = {name: torch.randn(6, width, generator=generator) for name, width in widths.items()}
    state["_features_dc"] = torch.randn(6, 1, 3, generator=generator)
    state["_features_rest"] = torch.randn(6, 15, 3, generator=generator)
    splats = build("canonical_gs", state)()
    torch.testing.assert_close(splats.scales, state["_scaling"].exp())
    torch.testing.assert_close(splats.opacities, state["_opacity"][:, 0].sigmoid())
    expected = (0.5 + 0.2820948 * state["_features_dc"][:, 0]).clamp(min=0)
    torch.testing.assert_close(splats.colours, expected)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("dynamic_texture", {"n_expr": 52, "n_pose": 6, "tex_size": 512, "tex_ch": 12}),
        ("view_texture", {"tex_size": 64, "tex_ch": 3}),
        ("head_mlp", {"xyz_cond": True, "tex_ch": 8}),
        ("deform_mlp", {"deform_layers": [128, 64], "deform_attr": ["xyz", "rotation"],
                        "num_freqs": 4, "n_expr": 52}),
    ],
)  # fmt: skip
def test_any_configuration_loads_its_own_state(name: str, config: dict[str, Any]) -> None:
    from avatar_core.mega import official

    network = official._BUILDERS[name]({}, config)
    again = build(name, {f"module.{k}": v for k, v in network.state_dict().items()}, **config)
    for key, value in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[key], value)


def test_misfits_are_named(golden: Golden) -> None:
    state = golden("head_mlp_xyz0").state()
    state["extra.weight"] = torch.zeros(1)
    state["final_siren.0.net.3.bias"] = torch.zeros(4)
    del state["final_siren.0.net.0.linear.bias"]
    with pytest.raises(WeightsError) as caught:
        build("head_mlp", state)
    assert "unknown extra.weight" in caught.value.message
    assert "missing final_siren.0.net.0.linear.bias" in caught.value.message
    assert "[4] instead of [3]" in caught.value.message


def test_unknown_part_is_refused() -> None:
    with pytest.raises(WeightsError, match="no part"):
        build("discriminator", {})
