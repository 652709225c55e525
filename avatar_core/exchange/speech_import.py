"""Speech models and encoders of Whisper that the user brings, made part of the studio."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from avatar_core.driving.speech.model_file import read_speech_model, speech_model_bytes
from avatar_core.driving.speech.whisper_weights import HINT, WhisperWeights
from avatar_core.errors import WeightsError
from avatar_core.io.atomic import atomic_write
from avatar_core.io.safetensors_file import load_safetensors
from avatar_core.io.speech_files import (
    kept_encoders,
    make_speech_folder,
    save_encoder,
    user_speech_path,
)
from avatar_core.mega.checkpoint import load_weights_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from avatar_core.driving.speech.model_file import SpeechModel
    from avatar_core.geometry.shapes import AnyArray

_STATE = "model_state_dict"
_INFO = "info.npy"


class SpeechPart(StrEnum):
    """What a file was found to be."""

    MODEL = "speech model"
    ENCODER = "Whisper encoder"


@dataclass(frozen=True, slots=True)
class ImportedSpeech:
    """What was imported.

    Args:
        part: which of both.
        path: where it lies now.
        title: of the model's features or the encoder's size.
        sha256: of the encoder, or of the one that the model needs; empty where it needs none.
        note: a sentence on what is still missing, or empty.
    """

    part: SpeechPart
    path: Path
    title: str
    sha256: str
    note: str = ""


def import_speech(
    path: Path, step: Callable[[float, str], None] = lambda _fraction, _text: None
) -> ImportedSpeech:
    """Keep a speech model of `train-speech`, or the encoder of a Whisper model, for the studio.

    A model takes the place of the one that was imported before; encoders lie side by side.

    Args:
        path: of either; what it is, its content tells.
        step: told how far it is, 0..1, and what is being done; may raise to stop it.

    Raises:
        AvatarError: the file is missing, damaged or of another kind, or cannot be kept.
        Cancelled: by `step`; nothing was kept.
    """
    step(0.0, "Reading")
    if _is_speech_model(path):
        model = read_speech_model(path)
        step(0.6, "Keeping the model")
        return _kept_model(model)
    weights = read_whisper(path)
    step(0.6, "Keeping the encoder")
    title = f"Whisper {weights.shape.title}"
    kept = save_encoder(weights.arrays, weights.shape.title, weights.sha256)
    return ImportedSpeech(SpeechPart.ENCODER, kept, title, weights.sha256)


def read_whisper(path: Path) -> WhisperWeights:
    """The encoder in `model.safetensors` of Hugging Face or a `.pt` of OpenAI, of any size.

    Raises:
        AssetError, WeightsError: missing, damaged, no Whisper model, or would run code.
    """
    arrays = _of_checkpoint(path) if zipfile.is_zipfile(path) else load_safetensors(path)[0]
    try:
        return WhisperWeights.of(arrays)
    except WeightsError as reason:
        raise WeightsError(f"'{path.name}': {reason.message}", reason.hint) from reason


def _of_checkpoint(path: Path) -> Mapping[str, AnyArray]:
    content: Any = load_weights_only(path, HINT)
    if isinstance(content, dict) and isinstance(content.get(_STATE), dict):
        content = content[_STATE]
    if not isinstance(content, dict):
        raise WeightsError(f"'{path.name}' holds no weights by name.", HINT)
    return {
        name: tensor.detach().float().numpy()
        for name, tensor in content.items()
        if isinstance(name, str) and "encoder." in name and _is_dense(tensor)
    }


def _is_dense(tensor: object) -> bool:
    return (
        isinstance(tensor, Tensor)
        and tensor.is_floating_point()
        and tensor.layout is torch.strided
        and not tensor.is_meta
    )


def _is_speech_model(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return _INFO in packed.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def _kept_model(model: SpeechModel) -> ImportedSpeech:
    needed = model.encoder
    make_speech_folder()
    kept = user_speech_path()
    with atomic_write(kept) as file:
        file.write(speech_model_bytes(model))
    if needed is None:
        return ImportedSpeech(SpeechPart.MODEL, kept, model.label, "")
    note = ""
    if needed.sha256 not in kept_encoders():
        note = (
            f"It hears through Whisper {needed.title} ({needed.sha256[:12]}), which is still to be"
            " imported: choose the file that it was trained with."
        )
    return ImportedSpeech(SpeechPart.MODEL, kept, f"Whisper {needed.title}", needed.sha256, note)
