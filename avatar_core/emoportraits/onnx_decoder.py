"""The decoder of a portrait model in ONNX Runtime, an optional package.

On processors without matrix units it decodes float32 pictures of the compact model faster than
torch where there is no AVX-512; wide decoders are left to `winograd`. The decoder is exported once
and kept.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from avatar_core.emoportraits.decoder import Decoder
    from avatar_core.emoportraits.generator import PortraitGenerator

logger = logging.getLogger(__name__)

_PACKAGES = ("onnxruntime", "onnx", "onnxscript")
_MOST_WEIGHTS = 4_000_000
"""Larger decoders gain nothing for the minute that their export takes."""
_VERSION = "1"
"""Of what is exported: another one makes files of earlier releases void."""


def has_onnx() -> bool:
    """Whether the packages of the extra `onnx` are installed."""
    return all(importlib.util.find_spec(name) is not None for name in _PACKAGES)


def kept_decoders_folder() -> Path:
    """Where exported decoders lie; they can be deleted at any time."""
    return Path(platformdirs.user_cache_dir("avatar-studio")) / "portrait_decoders"


class OnnxDecoder:
    """Pictures of posed volumes.

    Args:
        path: what `export_decoder` wrote.

    Raises:
        Exception: of ONNX Runtime, for files that it cannot read.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        # Threads that spin while they wait hold up tracking, drawing and encoding.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def decode(self, volume: Tensor) -> Tensor:
        """Picture [1, 3, S, S] in 0..1 of a posed volume [1, C, D, H, W]."""
        features = volume.flatten(1, 2).float().contiguous().numpy()
        return torch.from_numpy(self._session.run(["img"], {"features": features})[0])


def onnx_decoder(generator: PortraitGenerator) -> OnnxDecoder | None:
    """The decoder of folded networks, exported where it was not yet.

    Args:
        generator: on the processor.

    Returns:
        None where torch is as fast, without the packages, or where it cannot be had; the log says
        why.
    """
    weights = sum(weight.numel() for weight in generator.decoder_nw.parameters())
    if weights > _MOST_WEIGHTS or not has_onnx():
        return None
    path = kept_decoders_folder() / f"{_key(generator.decoder_nw)}.onnx"
    try:
        if not path.is_file():
            logger.info("The portrait model's decoder is exported for ONNX Runtime.")
            path.parent.mkdir(parents=True, exist_ok=True)
            export_decoder(generator, path)
        return OnnxDecoder(path)
    except Exception as error:  # noqa: BLE001 - all of exporter and runtime: torch can do it, too
        path.unlink(missing_ok=True)
        logger.warning("ONNX Runtime does not decode portraits: %s", error)
        return None


def export_decoder(generator: PortraitGenerator, path: Path) -> None:
    """Write the decoder as an ONNX file: `features` [1, C D, H, W] in, `img` [1, 3, S, S] out.

    Args:
        generator: folded, on the processor.
        path: replaced whole or not at all.
    """
    config = generator.config
    features = torch.zeros(1, config.volume_features, config.latent_size, config.latent_size)
    handle, name = tempfile.mkstemp(".partial", path.stem, path.parent)
    os.close(handle)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter's own old calls
            torch.onnx.export(
                _Picture(generator.decoder_nw).eval(),
                (features,),
                name,
                input_names=["features"],
                output_names=["img"],
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


class _Picture(nn.Module):
    """Of what the decoder answers, the picture alone."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, features: Tensor) -> Tensor:
        picture: Tensor = self.decoder(features).img
        return picture


def _key(decoder: Decoder) -> str:
    """A name for these very weights."""
    digest = hashlib.sha256(f"{_VERSION} {torch.__version__}".encode())
    for name, weight in decoder.state_dict().items():
        digest.update(f"{name}{tuple(weight.shape)}".encode())
        digest.update(weight.cpu().contiguous().numpy().data)
    return digest.hexdigest()[:32]
