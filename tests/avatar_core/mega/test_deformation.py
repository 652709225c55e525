"""The bound deformation against the network it was made of."""

from __future__ import annotations

import pytest
import torch

from avatar_core.mega import deformation
from avatar_core.mega.deformation import BoundDeformation
from avatar_core.mega.hair import DeformationMlp


@pytest.mark.parametrize("count", [0, 1, 7, 8, 20])
@pytest.mark.parametrize("layers", [(8,), (16, 8), (8, 8, 8)])
def test_offsets_are_those_of_the_network(
    count: int, layers: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deformation, "_CPU_ROWS", 8)
    torch.manual_seed(0)
    mlp = DeformationMlp(5, layers, ("xyz", "opacity", "features_dc"), num_freqs=2)
    torch.nn.init.normal_(list(mlp.parameters())[-2])
    xyz = torch.randn(count, 3)
    bound = BoundDeformation(mlp, xyz)
    for expression in (torch.zeros(5), torch.rand(5)):
        with torch.no_grad():
            expected = mlp.offsets(xyz, expression)
            offsets = bound.offsets(expression)
        assert list(offsets) == list(expected)
        for name, values in expected.items():
            assert values.shape == offsets[name].shape
            torch.testing.assert_close(offsets[name], values, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("half", [0, 1])
def test_one_half_may_keep_the_offsets_of_the_call_before(half: int) -> None:
    torch.manual_seed(0)
    mlp = DeformationMlp(5, (16, 8), ("xyz",), num_freqs=2)
    torch.nn.init.normal_(list(mlp.parameters())[-2])
    bound = BoundDeformation(mlp, torch.randn(7, 3))
    with torch.no_grad():
        before, after = (bound.offsets(torch.full((5,), value))["xyz"] for value in (0.0, 0.5))
        bound.offsets(torch.zeros(5))
        mixed = bound.offsets(torch.full((5,), 0.5), half)["xyz"]
    expected = [before[:3], after[3:]] if half else [after[:3], before[3:]]
    assert torch.equal(mixed, torch.cat(expected))
    assert not torch.equal(before, after)
