"""How fast portraits perform: the released sizes, the compact model, the landmark warp."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.bench import portrait_warp
from avatar_core.bench.timing import best_ms
from avatar_core.emoportraits.blocks import SpectralWeight
from avatar_core.emoportraits.config import COMPACT, OFFICIAL, PortraitConfig
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.folding import fold, folded
from avatar_core.emoportraits.generator import PortraitGenerator, SourceCode
from avatar_core.emoportraits.model import PortraitModel
from avatar_core.emoportraits.onnx_decoder import OnnxDecoder, export_decoder, has_onnx
from avatar_core.emoportraits.runtime import (
    PortraitRuntime,
    Precision,
    best_device,
    best_precision,
)
from avatar_core.emoportraits.source_detail import PLACES
from avatar_core.training.threads import use_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from avatar_core.geometry import UInt8

_FRAMES = 3
_COMPACT_FRAMES = 40
_REFINEMENTS = 3


def run(
    config: PortraitConfig = OFFICIAL,
    frames: int = _FRAMES,
    threads: int | None = None,
    warp_frames: int = 200,
) -> dict[str, object]:
    """Measure a driver's frame: head pose, expression, warp and picture. The source is encoded.

    Weights are random: times do not depend on them.

    Args:
        config: sizes in place of the released ones.
        frames: repetitions for these; the best counts.
        threads: of torch; all cores when left out.
        warp_frames: pictures of the landmark warp.

    Returns:
        `portrait_eager_ms`: as published, norms computed in every frame, float32;
        `portrait_folded_ms`; `portrait_frame_ms`: the studio's way on this machine;
        `portrait_fold_ratio` and `portrait_speedup_ratio`: the first ÷ the other two;
        `portrait_<stage>_ms` of the studio's way; `portrait_compact_fps` of the compact model;
        `portrait_onnx_ms` of its decoder in ONNX Runtime and `portrait_onnx_ratio`, torch's time in
        float32 ÷ that, where the packages are installed;
        `portrait_device` and `portrait_precision`; and what `portrait_warp` gives.
    """
    count = threads or os.cpu_count() or 1
    use_threads(count)
    torch.manual_seed(0)
    results: dict[str, object] = {
        "portrait_threads": count,
        **_released(config, frames),
        **_compact(),
        **_onnx(),
    }
    return results | portrait_warp.run(frames=warp_frames)


def _released(config: PortraitConfig, frames: int) -> dict[str, object]:
    device = best_device()
    generator = _settled(PortraitGenerator(config)).to(device)
    head_pose = _head_pose(config).to(device)
    image, source = _image(config), _source(config, device)
    picture = torch.from_numpy(image).permute(2, 0, 1)[None].float().to(device) / 255
    plain = folded(generator)
    runtime = _runtime(config, folded(generator), fold(head_pose))

    def eager(network: PortraitGenerator) -> Callable[[], object]:
        return lambda: _plain_frame(network, head_pose, picture, source)

    eager_ms, folded_ms, ours_ms = best_ms(
        frames, eager(generator), eager(plain), lambda: _frame(runtime, image, source)
    )
    return {
        "portrait_device": _device_name(device),
        "portrait_precision": str(runtime.precision),
        "portrait_eager_ms": round(eager_ms, 2),
        "portrait_folded_ms": round(folded_ms, 2),
        "portrait_frame_ms": round(ours_ms, 2),
        "portrait_fold_ratio": round(eager_ms / folded_ms, 3),
        "portrait_speedup_ratio": round(eager_ms / ours_ms, 2),
        **_stages(runtime, picture, source, frames),
    }


def _compact() -> dict[str, object]:
    generator, head_pose = fold(PortraitGenerator(COMPACT)), fold(_head_pose(COMPACT))
    runtime = _runtime(COMPACT, generator, head_pose)
    image, source = _image(COMPACT), _source(COMPACT, runtime.device)
    (frame_ms,) = best_ms(_COMPACT_FRAMES, lambda: _frame(runtime, image, source))
    return {
        "portrait_compact_fps": round(1000 / frame_ms, 1),
        "portrait_compact_px": COMPACT.image_size,
        "portrait_compact_precision": str(runtime.precision),
    }


def _onnx() -> dict[str, object]:
    if not has_onnx():
        return {}
    generator = fold(PortraitGenerator(COMPACT))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decoder.onnx"
        export_decoder(generator, path)
        decoder = OnnxDecoder(path)
    generator.decoder_nw.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    volume = _source(COMPACT, torch.device("cpu")).canonical
    with torch.inference_mode():
        torch_ms, onnx_ms = best_ms(
            _COMPACT_FRAMES, lambda: generator.decode(volume), lambda: decoder.decode(volume)
        )
    return {
        "portrait_onnx_ms": round(onnx_ms, 2),
        "portrait_onnx_ratio": round(torch_ms / onnx_ms, 3),
    }


def _stages(
    runtime: PortraitRuntime, picture: Tensor, source: SourceCode, frames: int
) -> dict[str, object]:
    """The parts of a frame, each on what the one before gave."""
    generator, head_pose = runtime.model.generator, runtime.model.head_pose
    with torch.inference_mode(), runtime.autocast():
        theta = head_pose.pose(picture).theta
        latent = generator.expression(picture, theta)
        warp = generator.warp_from_canonical(generator.embed(latent, source.identity))
        volume = generator.posed(source.canonical, warp, theta)
        decode = runtime.quickest_decoder()
        parts: dict[str, Callable[[], Tensor]] = {
            "pose": lambda: head_pose.pose(picture).theta,
            "expression": lambda: generator.expression(picture, theta),
            "warp": lambda: generator.warp_from_canonical(generator.embed(latent, source.identity)),
            "sample": lambda: generator.posed(source.canonical, warp, theta),
            "decode": lambda: decode(volume),
        }
        # Reading a number waits for the graphics card.
        times = best_ms(frames, *(lambda part=part: part().sum().item() for part in parts.values()))
    return {f"portrait_{name}_ms": round(ms, 2) for name, ms in zip(parts, times, strict=True)}


@torch.inference_mode()
def _plain_frame(
    generator: PortraitGenerator, head_pose: HeadPoseNet, picture: Tensor, source: SourceCode
) -> Tensor:
    theta = head_pose.pose(picture).theta
    return generator.drive(source, generator.expression(picture, theta), theta).cpu()


def _frame(runtime: PortraitRuntime, image: UInt8, source: SourceCode) -> object:
    theta, latent = runtime.read(image)
    return runtime.draw(source, latent, theta)


def _runtime(
    config: PortraitConfig, generator: PortraitGenerator, head_pose: HeadPoseNet
) -> PortraitRuntime:
    device = best_device()
    precision: Precision = best_precision(device)
    return PortraitRuntime(
        PortraitModel(config, generator, head_pose), "bench", "bench", device, precision
    )


def _settled(generator: PortraitGenerator) -> PortraitGenerator:
    """With estimates of spectral norms that a training would have left; else numbers explode."""
    for layer in generator.modules():
        if isinstance(layer, SpectralWeight):
            for _ in range(_REFINEMENTS):
                layer.train().weight_now  # noqa: B018 - asking refines it
    return generator.eval()


def _head_pose(config: PortraitConfig) -> HeadPoseNet:
    return HeadPoseNet(
        config.head_pose_backbone, config.head_pose_width, config.head_pose_size
    ).eval()


def _image(config: PortraitConfig) -> UInt8:
    side = config.image_size
    return np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)


def _source(config: PortraitConfig, device: torch.device) -> SourceCode:
    """A code of the right sizes."""
    side, latent = config.embed_size, config.latent_size
    volume = (config.depth, latent, latent)
    picture = places = None
    if config.detail_width:
        picture = torch.rand(1, 3, config.image_size, config.image_size, device=device)
        places = torch.rand(1, PLACES, *volume, device=device)
    return SourceCode(
        identity=torch.randn(1, config.embedding_channels, side, side, device=device),
        canonical=torch.randn(1, config.latent_channels, *volume, device=device),
        theta=torch.eye(4, device=device)[None],
        latent=torch.randn(1, config.expression_size, device=device),
        picture=picture,
        places=places,
    )


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
