"""Half precision: norms and doublings that keep the type and the order in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

from avatar_core.emoportraits.folding import fold
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.half import (
    HalfGroupNorm,
    channels_last_normed,
    doubled,
    group_normed,
)

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig

GROUPS, CHANNELS, EPS = 8, 32, 1e-5
TOLERANCES = {torch.float32: 1e-6, torch.bfloat16: 5e-3, torch.float16: 1e-3}


def features(offset: float, *shape: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features, weight and bias."""
    torch.manual_seed(1)
    return 3 * torch.randn(shape) + offset, torch.randn(CHANNELS), torch.randn(CHANNELS)


def reference(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    return functional.group_norm(x.double(), GROUPS, weight.double(), bias.double(), EPS)


def error_share(found: torch.Tensor, wanted: torch.Tensor) -> float:
    found, wanted = found.double().cpu(), wanted.cpu()
    return float((found - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("dtype", list(TOLERANCES))
@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_groups_are_normalised_where_they_lie(dtype: torch.dtype, offset: float) -> None:
    x, weight, bias = features(offset, 2, CHANNELS, 17, 9)
    given = x.to(dtype).contiguous(memory_format=torch.channels_last)
    found = channels_last_normed(given, GROUPS, weight, bias, EPS)
    assert found.dtype == dtype
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert error_share(found, reference(given, weight, bias)) < TOLERANCES[dtype]


def test_a_group_of_one_value_becomes_its_bias() -> None:
    _, weight, bias = features(0.0, 1)
    x = torch.full((1, CHANNELS, 4, 4), 7.0).contiguous(memory_format=torch.channels_last)
    found = channels_last_normed(x, GROUPS, weight, bias, EPS)
    torch.testing.assert_close(found, bias[:, None, None].expand_as(found), atol=1e-3, rtol=0)


@pytest.mark.parametrize("shape", [(2, CHANNELS, 6, 5), (2, CHANNELS, 3, 6, 5), (2, CHANNELS)])
def test_a_processor_gets_what_torch_makes(shape: tuple[int, ...]) -> None:
    x, weight, bias = features(1.0, *shape)
    found = group_normed(x, GROUPS, weight, bias, EPS)
    assert torch.equal(found, functional.group_norm(x, GROUPS, weight, bias, EPS))


def test_folded_networks_have_such_norms_with_their_own_weights() -> None:
    x, weight, bias = features(1.0, 1, CHANNELS, 4, 4)
    norm = torch.nn.GroupNorm(GROUPS, CHANNELS, eps=1e-3)
    norm.weight.data, norm.bias.data = weight, bias
    wanted = norm(x)
    (found,) = fold(torch.nn.Sequential(norm))
    assert type(found) is HalfGroupNorm
    assert torch.equal(found(x), wanted)


def test_doubling_under_autocast_keeps_half_precision() -> None:
    x = torch.arange(6.0, dtype=torch.bfloat16).reshape(1, 1, 2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = doubled(x)
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, x.repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_warps_grow_beyond_what_float16_holds(small_config: PortraitConfig) -> None:
    torch.manual_seed(5)
    generator = fold(PortraitGenerator(small_config))
    source = generator.encode_source(
        torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32), torch.eye(4)[None]
    )
    start = generator.uv_generator_nw.first_conv
    start.weight.mul_(1e6 / start(generator.embed(source.latent, source.identity)[..., None]).max())
    wanted = generator.drive(source, source.latent, source.theta)
    with torch.autocast("cpu", dtype=torch.float16):
        found = generator.drive(source, source.latent, source.theta)
    assert error_share(found, wanted) < 0.01


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("shape", [(2, CHANNELS, 64, 33), (1, CHANNELS, 3, 6, 5)])
@pytest.mark.parametrize("is_last", [False, True])
def test_cuda_normalises_halves_as_halves(shape: tuple[int, ...], is_last: bool) -> None:
    x, weight, bias = (each.cuda() for each in features(2.0, *shape))
    x = x.half()
    if is_last and x.dim() == 4:
        x = x.contiguous(memory_format=torch.channels_last)
    with torch.inference_mode(), torch.autocast("cuda", dtype=torch.float16):
        found = group_normed(x, GROUPS, weight, bias, EPS)
    assert found.dtype == torch.float16
    assert found.stride() == x.stride()
    assert error_share(found, reference(x, weight, bias)) < TOLERANCES[torch.float16]
