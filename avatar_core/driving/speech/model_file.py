"""SpeechModel and its file: arrays in an `.npz`, with the texts that say what it is."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.speech.network import NetworkShape
from avatar_core.driving.speech.visemes import Viseme
from avatar_core.errors import WeightsError
from avatar_core.motion.mouth_space import SPACE_ARRAYS, MouthSpace
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray

VERSION = 1
WHISPER_VERSION = 2
"""Of models that hear through Whisper, which older releases cannot speak with."""

_MOST_BYTES = 64 << 20
_HINT = "Choose a model that train-speech wrote."
_INFO = "info"
_DIVISOR = "feature_scale"
_ENCODER = ("sha256", "title")
_MOST_LETTERS = 40


@dataclass(frozen=True, slots=True)
class NeededEncoder:
    """The encoder of Whisper that a model has learned to hear through; it lies in another file.

    Args:
        sha256: see `WhisperWeights`.
        title: of its size, for words.

    Raises:
        WeightsError: they are none.
    """

    sha256: str
    title: str

    def __post_init__(self) -> None:
        # Both are said in sentences, and a file may say anything.
        is_title = self.title.isprintable() and len(self.title) <= _MOST_LETTERS
        if not re.fullmatch("[0-9a-f]{64}", self.sha256) or not is_title:
            raise WeightsError("The speech model does not say what it hears through.", _HINT)


@dataclass(frozen=True, slots=True, eq=False)
class SpeechModel:
    """What turns sound into the motion of a mouth.

    Args:
        shape: sizes of its network.
        weights: arrays of the network by name, float32.
        space: what its coordinates mean.
        about: who made it from what, and how well it does: plain data.
        encoder: of Whisper, where it hears through one: such a model speaks whole sounds only.
    """

    shape: NetworkShape
    weights: Mapping[str, Float32]
    space: MouthSpace
    about: Mapping[str, Any] = field(default_factory=dict)
    encoder: NeededEncoder | None = None

    def __post_init__(self) -> None:
        wanted = self.shape.arrays()
        for name, shape in wanted.items():
            array = self.weights.get(name)
            if array is None or array.shape != shape or not np.isfinite(array).all():
                raise _unfit(name)
        if not (self.weights[_DIVISOR] > 0).all():
            raise _unfit(_DIVISOR)
        if self.space.size != self.shape.coordinates or self.shape.visemes != len(Viseme):
            raise WeightsError("The speech model's mouth is of another release.", _HINT)
        if bool(self.shape.whisper) != (self.encoder is not None):
            raise WeightsError("The speech model does not say what it hears through.", _HINT)

    @property
    def label(self) -> str:
        """What the window says of it, in one line."""
        return " ".join(str(self.about.get("label", "")).split())


@cache
def load_speech_model() -> SpeechModel:
    """The model that ships with the studio, read once.

    Raises:
        AvatarError: it is missing or damaged.
    """
    return read_speech_model(resource_path("models", "speech.npz"))


def read_speech_model(path: Path) -> SpeechModel:
    """A model file; nothing in it is executed.

    Raises:
        WeightsError: missing, damaged, or no speech model.
    """
    try:
        arrays = _arrays(path)
        info = json.loads(str(arrays.pop(_INFO)[()]))
        _expect_version(info["version"], path.name)
        encoder = None
        if info["version"] == WHISPER_VERSION:
            encoder = NeededEncoder(*(str(info["encoder"][name]) for name in _ENCODER))
        shape = NetworkShape(**{name: int(size) for name, size in info["shape"].items()})
        floats = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
        space = MouthSpace(*(floats.pop(name) for name in SPACE_ARRAYS))
        return SpeechModel(shape, floats, space, dict(info["about"]), encoder)
    except WeightsError:
        raise
    except FileNotFoundError as reason:
        raise WeightsError(f"There is no speech model {path.name}.", _HINT) from reason
    except Exception as reason:  # the readers of zips and arrays raise whatever their parsers do
        raise WeightsError(f"{path.name} is no speech model, or is damaged.", _HINT) from reason


def write_speech_model(model: SpeechModel, path: Path) -> None:
    """Write the file of a model, see `speech_model_bytes`."""
    path.write_bytes(speech_model_bytes(model))


def speech_model_bytes(model: SpeechModel) -> bytes:
    """The file of a model; its weights are rounded to half precision, which no mouth shows."""
    shape = {name: getattr(model.shape, name) for name in NetworkShape.__slots__}
    info: dict[str, Any] = {"version": VERSION, "shape": shape, "about": dict(model.about)}
    if model.encoder is None:
        del shape["whisper"]  # a word that older releases do not know
    else:
        info["version"] = WHISPER_VERSION
        info["encoder"] = {name: getattr(model.encoder, name) for name in _ENCODER}
    arrays: dict[str, AnyArray] = {
        name: array.astype(np.float16) for name, array in model.weights.items()
    }
    space = (model.space.mean, model.space.basis, model.space.scale)
    arrays |= dict(zip(SPACE_ARRAYS, space, strict=True))
    arrays[_INFO] = np.array(json.dumps(info))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _unfit(name: str) -> WeightsError:
    return WeightsError(f"The speech model's array '{name}' is not as it must be.", _HINT)


def _expect_version(version: int, title: str) -> None:
    if version not in (VERSION, WHISPER_VERSION):
        raise WeightsError(f"{title} is of another release.", "Update Avatar Studio.")


def _arrays(path: Path) -> dict[str, AnyArray]:
    with zipfile.ZipFile(path) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > _MOST_BYTES:
            raise ValueError("larger than any speech model")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
