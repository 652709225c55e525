"""How a model is evaluated: its second stage, and what CUDA makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig
from avatar_core.emoportraits.folding import fold
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.model import PortraitModel
from avatar_core.emoportraits.runtime import PortraitRuntime, Precision, best_precision

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig
    from avatar_core.emoportraits.generator import SourceCode
    from avatar_core.geometry import Float32

CPU = torch.device("cpu")
LARGE = 64


@pytest.fixture
def model(small_config: PortraitConfig) -> PortraitModel:
    """With a second stage of twice the size."""
    torch.manual_seed(5)
    config = replace(small_config, head_pose_width=8, head_pose_size=32)
    return PortraitModel(
        config,
        fold(PortraitGenerator(config)),
        fold(HeadPoseNet("resnet18", 8, 32)),
        fold(Enhancer(EnhancerConfig(LARGE, 8, 12, 8, 4, 64, 1))),
    )


def runtime_of(model: PortraitModel, device: torch.device = CPU, **options: object):
    named = {"precision": Precision.FULL, **options}
    return PortraitRuntime(model, "Tiny", "tiny", device, **named)  # type: ignore[arg-type]


def encoded(runtime: PortraitRuntime) -> SourceCode:
    side = runtime.model.config.image_size
    picture = np.random.default_rng(3).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return runtime.encode(picture, np.full((side, side), 255, np.uint8))


def drawn(runtime: PortraitRuntime) -> Float32:
    source = encoded(runtime)
    return runtime.draw(source, source.latent + 0.5, source.theta)


def performed(runtime: PortraitRuntime) -> list[Float32]:
    """A source under drivers that differ."""
    source = encoded(runtime)
    side = runtime.model.config.image_size
    drawings = []
    for seed in range(4):
        driver = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
        theta, latent = runtime.read(driver)
        drawings.append(runtime.draw(source, latent, theta))
    return drawings


@pytest.mark.parametrize(
    ("has_units", "most", "wanted"),
    [
        (True, None, Precision.HALF),
        (True, "default", Precision.HALF),
        (True, "AVX512_CORE_AMX", Precision.HALF),
        (True, "AVX2", Precision.FULL),
        (False, None, Precision.FULL),
    ],
)
def test_a_processor_computes_in_half_where_it_has_the_units_and_may_use_them(
    has_units: bool, most: str | None, wanted: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: has_units, raising=False)
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    if most is not None:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", most)
    assert best_precision(CPU) is wanted


def test_the_second_stage_adds_detail_where_the_head_is_and_leaves_the_green(
    model: PortraitModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = runtime_of(model, enhances=True)
    picture = torch.rand(1, 3, 32, 32)
    picture[:, 1] = torch.minimum(picture[:, 1], picture[:, 0])  # no green leads on the left
    picture[..., 16:] = torch.tensor([0.0, 1.0, 0.0])[:, None, None]
    head = torch.zeros(1, 1, 32, 32)
    head[..., :16] = 1
    large, head = (
        functional.interpolate(each, (LARGE, LARGE), mode="bilinear") for each in (picture, head)
    )
    assert model.enhancer is not None
    detail = model.enhancer.decoder(model.enhancer.local_encoder(large * head))
    wanted = (large + detail * head).clamp(0, 1)[0].permute(1, 2, 0).numpy()
    source = encoded(runtime)
    monkeypatch.setattr(runtime, "_drive", lambda *_given: picture)
    found = runtime.draw(source, source.latent, source.theta)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert (found[:, 34:] == (0, 1, 0)).all()
    assert np.abs(wanted - large[0].permute(1, 2, 0).numpy()).max() > 0.01


def test_a_processor_leaves_the_second_stage_out_unless_asked(model: PortraitModel) -> None:
    without, by_itself = replace(model, enhancer=None), runtime_of(model)
    asked, refused = runtime_of(model, enhances=True), runtime_of(model, enhances=False)
    bare = runtime_of(without, enhances=True)
    runtimes = (by_itself, asked, refused, bare)
    assert [each.enhances for each in runtimes] == [False, True, False, False]
    assert [drawn(each).shape for each in runtimes] == [
        (32, 32, 3),
        (LARGE, LARGE, 3),
        (32, 32, 3),
        (32, 32, 3),
    ]
    assert asked.label == "Tiny (cpu, float32, enhanced)"
    assert bare.label == "Tiny (cpu, float32)"


def test_a_full_card_gives_back_what_was_recorded_and_at_last_the_work(
    model: PortraitModel,
) -> None:
    told: list[str] = []
    runtime = runtime_of(model, notice=told.append)
    wanted = performed(runtime)
    runtime.device = torch.device("cuda")  # as if all that had been recorded there
    runtime._make_do(torch.OutOfMemoryError())
    assert (runtime.precision, runtime._drive, runtime._reader) == (Precision.HALF, None, None)
    runtime._make_do(torch.OutOfMemoryError())
    assert [sentence.partition(": ")[2] for sentence in told] == [
        "the portrait runs at half precision.", "the portrait runs on the processor, slower.",
    ]  # fmt: skip
    runtime.precision = Precision.FULL
    np.testing.assert_array_equal(performed(runtime), wanted)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_draws_what_the_processor_draws_in_half_precision_and_compiled(
    model: PortraitModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    wanted = drawn(runtime_of(model, enhances=False))
    cuda = torch.device("cuda")
    full = drawn(runtime_of(model, cuda, enhances=False))
    half = drawn(runtime_of(model, cuda, enhances=False, precision=Precision.HALF))
    compiled = drawn(runtime_of(model, cuda, enhances=False, compiles=True))
    assert np.abs(full - wanted).max() < 1e-3
    assert np.abs(half - full).max() < 0.05
    assert np.abs(compiled - full).max() < 1e-3
    assert drawn(runtime_of(model, cuda)).shape == (LARGE, LARGE, 3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_recorded_graph_draws_every_driver_anew(
    model: PortraitModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    wanted = performed(runtime_of(model, enhances=False))
    found = performed(runtime_of(model, torch.device("cuda"), enhances=False))
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(one - other).max() < 2e-3
    assert np.abs(wanted[0] - wanted[-1]).max() > 0.01
