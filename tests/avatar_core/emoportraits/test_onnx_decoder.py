"""Decoders in ONNX Runtime against torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.emoportraits import onnx_decoder, runtime
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.folding import fold
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.model import PortraitModel
from avatar_core.emoportraits.onnx_decoder import has_onnx
from avatar_core.emoportraits.runtime import PortraitRuntime, Precision

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.emoportraits.config import PortraitConfig

needs_onnx = pytest.mark.skipif(not has_onnx(), reason="the extra `onnx` is not installed")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(onnx_decoder, "has_onnx", lambda: True)
    monkeypatch.setattr(onnx_decoder, "kept_decoders_folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


@pytest.fixture
def generator(small_config: PortraitConfig) -> PortraitGenerator:
    torch.manual_seed(2)
    return fold(PortraitGenerator(small_config))


def volume_of(config: PortraitConfig) -> torch.Tensor:
    side = config.latent_size
    return torch.randn(1, config.latent_channels, config.depth, side, side)


@needs_onnx
def test_it_decodes_what_torch_decodes_and_is_exported_once(
    generator: PortraitGenerator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator.decoder_nw.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    volume = volume_of(generator.config)
    with torch.inference_mode():
        wanted = generator.decode(volume)
    found = onnx_decoder.onnx_decoder(generator)
    assert found is not None
    difference = (found.decode(volume) - wanted).abs().max()
    assert float(difference) <= 1e-4 * float(wanted.std())
    (kept,) = folder.iterdir()
    monkeypatch.setattr(onnx_decoder, "export_decoder", None)
    again = onnx_decoder.onnx_decoder(generator)
    assert again is not None
    assert list(folder.iterdir()) == [kept]


@needs_onnx
def test_other_weights_have_a_file_of_their_own_and_a_damaged_one_goes(
    generator: PortraitGenerator, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def damaged(_generator: PortraitGenerator, path: Path) -> None:
        path.write_bytes(b"noise")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_decoder, "export_decoder", damaged)
        assert onnx_decoder.onnx_decoder(generator) is None
    assert "does not decode portraits" in caplog.text
    assert not list(folder.iterdir())
    first = onnx_decoder._key(generator.decoder_nw)
    with torch.no_grad():
        next(generator.decoder_nw.parameters()).mul_(2)
    assert onnx_decoder._key(generator.decoder_nw) != first


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("precision", "is_had", "decodes"),
    [(Precision.FULL, True, True), (Precision.FULL, False, False), (Precision.HALF, True, False)],
)
def test_it_draws_in_full_precision_where_it_is_had(
    generator: PortraitGenerator,
    monkeypatch: pytest.MonkeyPatch,
    precision: Precision,
    is_had: bool,
    decodes: bool,
) -> None:
    class Blue:
        def decode(self, volume: torch.Tensor) -> torch.Tensor:
            assert volume.shape == volume_of(generator.config).shape
            return torch.tensor([0.0, 0.0, 1.0])[None, :, None, None].expand(1, 3, 8, 8)

    monkeypatch.setattr(runtime, "onnx_decoder", lambda _: Blue() if is_had else None)
    model = PortraitModel(generator.config, generator, HeadPoseNet("resnet18", 8, 32).eval())
    made = PortraitRuntime(model, "Tiny", "tiny", torch.device("cpu"), precision)
    side = generator.config.image_size
    source = made.encode(np.zeros((side, side, 3), np.uint8), np.zeros((side, side), np.uint8))
    drawn = made.draw(source, source.latent, source.theta)
    assert (drawn.shape == (8, 8, 3)) == decodes
    assert bool((drawn == (0, 0, 1)).all()) == decodes


def test_without_the_packages_there_is_none(
    generator: PortraitGenerator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_decoder, "has_onnx", lambda: False)
    assert onnx_decoder.onnx_decoder(generator) is None
    assert not folder.exists()


def test_a_large_decoder_is_left_to_torch(
    generator: PortraitGenerator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_decoder, "_MOST_WEIGHTS", 10)
    assert onnx_decoder.onnx_decoder(generator) is None
    assert not folder.exists()


def test_an_export_that_fails_leaves_torch_and_no_file(
    generator: PortraitGenerator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_given: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch.onnx, "export", full_disk)
    assert onnx_decoder.onnx_decoder(generator) is None
    assert not list(folder.iterdir())
