"""The decoder that multiplies less, against torch's convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.emoportraits import runtime as runtime_module
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.folding import fold
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.matrix_kernel import ROWS, multiply, packed
from avatar_core.emoportraits.model import PortraitModel
from avatar_core.emoportraits.runtime import PortraitRuntime, Precision
from avatar_core.emoportraits.shares import share, shares_of
from avatar_core.emoportraits.winograd import WinogradDecoder, suits, transformed
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig

CPU = torch.device("cpu")


@pytest.fixture
def wide_config(small_config: PortraitConfig) -> PortraitConfig:
    """With a decoder that is worth it, whose widths fill no vectors: 128, 96, 72."""
    return replace(
        small_config,
        image_size=64,
        latent_size=16,
        decoder_base=32,
        decoder_max=128,
        channel_divisor=1.3,
        blocks_per_resolution=2,
        norm_groups=8,
    )


@pytest.fixture
def generator(wide_config: PortraitConfig) -> PortraitGenerator:
    torch.manual_seed(4)
    return fold(PortraitGenerator(wide_config))


def volume_of(config: PortraitConfig, seed: int) -> torch.Tensor:
    side = config.latent_size
    shape = 1, config.latent_channels, config.depth, side, side
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_it_decodes_what_torch_decodes_one_volume_after_the_other(
    generator: PortraitGenerator,
) -> None:
    volumes = [volume_of(generator.config, seed) for seed in range(3)]
    with torch.inference_mode():
        wanted = [generator.decode(volume) for volume in volumes]
        decoder = WinogradDecoder(generator.decoder_nw)
        found = [decoder.decode(volume) for volume in volumes]
    for picture, other in zip(found, wanted, strict=True):
        assert picture.shape == other.shape == (1, 3, 64, 64)
        assert float((picture - other).abs().max()) <= 1e-4 * float(other.std())


@pytest.mark.parametrize("threads", [1, 2])
def test_any_number_of_threads_gives_the_same_picture(
    generator: PortraitGenerator, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = volume_of(generator.config, 5)
    with torch.inference_mode():
        wanted = generator.decode(volume)
        monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
        found = WinogradDecoder(generator.decoder_nw).decode(volume)
    assert float((found - wanted).abs().max()) <= 1e-4 * float(wanted.std())


def test_narrow_decoders_and_sizes_that_are_no_tiles_are_left_to_torch(
    wide_config: PortraitConfig, generator: PortraitGenerator
) -> None:
    assert suits(generator.decoder_nw, wide_config.latent_size)
    assert not suits(generator.decoder_nw, 8)
    narrow = fold(PortraitGenerator(replace(wide_config, channel_divisor=2.0)))
    assert not suits(narrow.decoder_nw, wide_config.latent_size)


def test_only_processors_without_matrix_units_decode_so(
    wide_config: PortraitConfig, generator: PortraitGenerator
) -> None:
    model = PortraitModel(wide_config, generator, fold(HeadPoseNet("resnet18", 4, 32)), None)

    def decoded_by(precision: Precision) -> object:
        runtime = PortraitRuntime(model, "Wide", "wide", CPU, precision)
        return getattr(runtime.quickest_decoder(), "__self__", None)

    assert isinstance(decoded_by(Precision.FULL), WinogradDecoder)
    assert decoded_by(Precision.HALF) is generator


def test_too_little_memory_is_said_in_words(
    wide_config: PortraitConfig, generator: PortraitGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_decoder: object) -> None:
        raise MemoryError

    monkeypatch.setattr(runtime_module, "WinogradDecoder", full)
    model = PortraitModel(wide_config, generator, fold(HeadPoseNet("resnet18", 4, 32)), None)
    runtime = PortraitRuntime(model, "Wide", "wide", CPU, Precision.FULL)
    side = wide_config.image_size
    source = runtime.encode(
        np.zeros((side, side, 3), np.uint8), np.full((side, side), 255, np.uint8)
    )
    with pytest.raises(DeviceError, match="not enough memory"):
        runtime.draw(source, source.latent, source.theta)


def test_only_kernels_of_three_by_three_are_transformed() -> None:
    with pytest.raises(ValueError, match="weight"):
        transformed(torch.zeros(8, 8, 1, 1))


@pytest.mark.parametrize(("rows", "depth", "columns"), [(1, 1, 1), (3, 5, 37), (8, 130, 96)])
def test_matrices_are_multiplied(rows: int, depth: int, columns: int) -> None:
    random = np.random.default_rng(1)
    a = random.standard_normal((rows * ROWS, depth), np.float32)
    b = random.standard_normal((depth, columns), np.float32)
    panels = packed(b)
    c = np.full((len(a), len(panels) * panels.shape[2]), np.nan, np.float32)
    multiply(a, panels, c)
    np.testing.assert_allclose(c[:, :columns], a @ b, rtol=1e-5, atol=1e-4)
    assert not c[:, columns:].any()


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_shares_are_all_there_is_once(count: int) -> None:
    seen: list[int] = []
    firsts, lasts = zip(*shares_of(count), strict=True)
    share(lambda first, last: seen.extend(range(first, last)), firsts, lasts)
    assert sorted(seen) == list(range(count))


def test_what_fails_in_a_share_is_raised() -> None:
    def fails(part: int) -> None:
        raise ValueError(str(part))

    with pytest.raises(ValueError, match="0"):
        share(fails, [0, 1])
