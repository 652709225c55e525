"""Where the user's own speech model lies, and the encoders that such models hear through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.portrait_models import user_models_folder
from avatar_core.io.safetensors_file import (
    load_safetensors,
    load_safetensors_texts,
    save_safetensors,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray

_TITLE, _SHA256 = "title", "sha256"


def speech_folder() -> Path:
    """Where both lie; they stay on this machine and go into no project."""
    return user_models_folder() / "speech"


def user_speech_path() -> Path:
    """Of the speech model that speaks in place of the bundled one, where there is such a file."""
    return speech_folder() / "speech.npz"


def encoder_path(sha256: str) -> Path:
    """Of the encoder with this fingerprint."""
    return speech_folder() / f"whisper-{sha256[:16]}.safetensors"


def save_encoder(arrays: Mapping[str, Float32], title: str, sha256: str) -> Path:
    """Keep an encoder in the user's folder; in half precision where that loses nothing.

    Raises:
        AssetError: it cannot be written.
    """
    make_speech_folder()
    path = encoder_path(sha256)
    save_safetensors(
        {name: _narrowed(array) for name, array in arrays.items()},
        {"kind": "encoder of Whisper", _TITLE: title, _SHA256: sha256},
        path,
    )
    return path


def load_encoder(sha256: str) -> dict[str, AnyArray]:
    """The arrays of an encoder that was kept.

    Raises:
        AssetError: it is not there, or damaged.
    """
    return load_safetensors(encoder_path(sha256))[0]


def kept_encoders() -> dict[str, str]:
    """Titles of the encoders that were kept, by fingerprint; damaged ones are left out."""
    found = {}
    for path in sorted(speech_folder().glob("whisper-*.safetensors")):
        try:
            texts = load_safetensors_texts(path)
        except AvatarError:
            continue
        if encoder_path(texts.get(_SHA256, "")) == path:
            found[texts[_SHA256]] = texts.get(_TITLE, "")
    return found


def make_speech_folder() -> Path:
    """The folder, made where it is missing.

    Raises:
        AssetError: it cannot be made.
    """
    folder = speech_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise AssetError(
            f"The folder '{folder}' cannot be made.", "Make room, or allow writing there."
        ) from reason
    return folder


def forget_user_speech() -> bool:
    """Have the bundled model speak again; whether there was another.

    Raises:
        AssetError: the file cannot be removed.
    """
    path = user_speech_path()
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as reason:
        raise AssetError(f"'{path}' cannot be removed.", "Allow writing there.") from reason
    return True


def _narrowed(array: Float32) -> AnyArray:
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), array) else array
