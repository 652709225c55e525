"""BGR to RGB and back: where colour leaves the networks, and nowhere else."""

from __future__ import annotations

import pytest
import torch

from avatar_core.mega.colour_order import with_channels_reversed
from avatar_core.mega.hair import DEFORMATION_SCALE, CanonicalGaussians, DeformationMlp
from avatar_core.mega.textures import PixelDecoder

ORDERS = (
    ("xyz", "rotation", "scaling", "opacity", "features_dc"),
    ("features_dc", "xyz"),
    ("xyz", "rotation", "scaling"),
)


@pytest.fixture
def networks() -> dict[str, torch.nn.Module]:
    torch.manual_seed(4)
    hair = CanonicalGaussians(6, 4)
    for value in hair.parameters():
        value.data.normal_()
    return {"head_mlp": PixelDecoder(), "canonical_gs": hair}


@pytest.mark.parametrize("order", ORDERS)
def test_colours_change_places_and_nothing_else_does(
    networks: dict[str, torch.nn.Module], order: tuple[str, ...]
) -> None:
    mlp = DeformationMlp(3, (8,), order, 2)
    list(mlp.parameters())[-2].data.normal_()
    list(mlp.parameters())[-1].data.normal_()
    networks = {**networks, "deform_mlp": mlp}
    states = {
        name: {key: value.clone() for key, value in network.state_dict().items()}
        for name, network in networks.items()
    }
    latents, points, expression = torch.randn(9, 16), torch.randn(6, 3), torch.randn(3)
    with torch.no_grad():
        colours = networks["head_mlp"](latents)
        offsets = mlp.offsets(points, expression)
        reversed_states = with_channels_reversed(states, order)
        for name, network in networks.items():
            network.load_state_dict({k: v.clone() for k, v in reversed_states[name].items()})
        torch.testing.assert_close(networks["head_mlp"](latents), colours.flip(-1))
        for name, values in mlp.offsets(points, expression).items():
            expected = offsets[name].flip(-1) if name == "features_dc" else offsets[name]
            torch.testing.assert_close(values, expected, atol=1e-6 * DEFORMATION_SCALE, rtol=1e-5)
    hair = reversed_states["canonical_gs"]
    for key, value in states["canonical_gs"].items():
        assert torch.equal(hair[key], value.flip(-1) if "features" in key else value)


@pytest.mark.parametrize("order", ORDERS)
def test_twice_is_nothing(order: tuple[str, ...], networks: dict[str, torch.nn.Module]) -> None:
    networks = {**networks, "deform_mlp": DeformationMlp(3, (8,), order, 2)}
    states = {name: dict(network.state_dict()) for name, network in networks.items()}
    twice = with_channels_reversed(with_channels_reversed(states, order), order)
    for name, state in states.items():
        for key, value in state.items():
            assert torch.equal(twice[name][key], value)


def test_missing_entries_are_left_alone() -> None:
    assert with_channels_reversed({"pe": {}}, ORDERS[0]) == {"pe": {}}
    assert with_channels_reversed({"deform_mlp": {}}, ORDERS[0]) == {"deform_mlp": {}}
