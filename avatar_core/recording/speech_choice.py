"""Which speech model speaks: the user's own where there is one that can, else the bundled one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.driving.speech.model_file import (
    SpeechModel,
    load_speech_model,
    read_speech_model,
)
from avatar_core.driving.speech.whisper_weights import WhisperWeights
from avatar_core.errors import AvatarError, WeightsError
from avatar_core.io.speech_files import kept_encoders, load_encoder, user_speech_path

if TYPE_CHECKING:
    from avatar_core.driving.speech.whisper_encoder import WhisperEncoder

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class SpeechChoice:
    """A model, and why it is not the user's where it is not.

    Args:
        model: speaks.
        is_own: whether it is the user's.
        note: a sentence, or empty.
    """

    model: SpeechModel
    is_own: bool = False
    note: str = ""


def speech_for_files() -> SpeechChoice:
    """What speaks whole sounds.

    Raises:
        AvatarError: the bundled model is missing or damaged.
    """
    own, note = _own_model()
    if own is None:
        return SpeechChoice(load_speech_model(), note=note)
    if own.encoder is not None and own.encoder.sha256 not in kept_encoders():
        note = (
            f"The imported speech model hears through Whisper {own.encoder.title}, which is not"
            " imported: the studio's own model speaks."
        )
        return SpeechChoice(load_speech_model(), note=note)
    return SpeechChoice(own, is_own=True)


def speech_for_live() -> SpeechChoice:
    """What speaks while somebody talks; raises as `speech_for_files`."""
    own, note = _own_model()
    if own is None:
        return SpeechChoice(load_speech_model(), note=note)
    if own.encoder is not None:
        note = (
            "Live speech takes the studio's own model: the imported one hears through Whisper,"
            " which needs whole sounds."
        )
        return SpeechChoice(load_speech_model(), note=note)
    return SpeechChoice(own, is_own=True)


def encoder_of(model: SpeechModel) -> WhisperEncoder | None:
    """The encoder that a model hears through; None where it needs none. Loads torch then.

    Raises:
        AvatarError: it is missing or damaged, or another one lies in its place.
    """
    needed = model.encoder
    if needed is None:
        return None
    from avatar_core.driving.speech.whisper_encoder import WhisperEncoder

    weights = WhisperWeights.of(load_encoder(needed.sha256))
    if weights.sha256 != needed.sha256:
        raise WeightsError(
            f"The imported encoder of Whisper {needed.title} is damaged.", "Import it again."
        )
    return WhisperEncoder(weights)


def _own_model() -> tuple[SpeechModel | None, str]:
    """The user's model, or none and why it is not to be had."""
    path = user_speech_path()
    if not path.is_file():
        return None, ""
    try:
        return read_speech_model(path), ""
    except AvatarError as error:
        logger.warning("The imported speech model is left out: %s", error)
        return None, f"{error.message} The studio's own model speaks."
