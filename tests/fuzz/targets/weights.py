"""Weights and models: safetensors, checkpoints, pickles, FLAME's files."""

from __future__ import annotations

import io
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from avatar_core.driving.speech.model_file import read_speech_model
from avatar_core.emoportraits.official_config import parsed_arguments
from avatar_core.errors import AvatarError
from avatar_core.exchange.tracked import read_tracked
from avatar_core.io import flame_files, flame_sources
from avatar_core.io.arrays import array_from_npy, arrays_from_npz, arrays_to_npz
from avatar_core.io.flame_sequence import read_flame_sequence, write_flame_sequence
from avatar_core.io.flame_sources import FlameSources
from avatar_core.io.restricted_pickle import read_restricted_pickle
from avatar_core.io.safetensors_file import load_safetensors, save_safetensors
from tests.fuzz.target import MIB, Shape, Target, read_file, write_file
from tests.fuzz.targets.documents import written

_DATA = Path(__file__).resolve().parents[2] / "data"


def _safetensors() -> list[bytes]:
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(0, np.int64)}
    arrays["c"] = np.array(True)
    return [written(lambda path: save_safetensors(arrays, {"text": "ä"}, path), "a.safetensors")]


def _write_safetensors(value: Any, path: Path) -> None:
    arrays, texts = value
    save_safetensors(arrays, texts, path)


# Pickles are written here and never read: reading is what the studio's own restricted reader does.


def _pickles() -> list[bytes]:
    content = {
        "v_template": np.arange(12.0).reshape(4, 3),
        "f": np.arange(6, dtype=np.uint32).reshape(2, 3),
        "J_regressor": sparse.csc_matrix(np.eye(2, 4)),
        "rows": sparse.csr_matrix(np.eye(3, 2)),
        "bs_style": "lbs",
        "number": np.float32(2.5),
        "list": [1, 2.5, None, (True, b"bytes")],
        "deep": {"a": {"b": np.asfortranarray(np.ones((2, 3), np.float32))}},
    }
    inside = np.array({"full_lmk_faces_idx": np.array([[5, 100, 777]])}, object)
    stream = io.BytesIO()
    np.save(stream, inside, allow_pickle=True)
    return [*(pickle.dumps(content, protocol) for protocol in (0, 2, 4, 5)), stream.getvalue()]


def _masks() -> list[bytes]:
    masks = {"face": np.arange(9), "scalp": np.arange(4, dtype=np.int64), "left_eyeball": [1]}
    masks["left_eyeball"] = np.array([1, 2], np.uint32)
    return [pickle.dumps(masks, 2)]


def _read_masks(path: Path) -> Any:
    sources = FlameSources(path, (path,))
    return flame_files._parts(sources, np.zeros((40, 3), np.float32))


def _embeddings() -> list[bytes]:
    embedding = {
        "full_lmk_faces_idx": np.array([[5, 10, 7]]),
        "full_lmk_bary_coords": np.array([[[0.2, 0.3, 0.5], [1, 0, 0], [0.1, 0.1, 0.8]]]),
    }
    stream = io.BytesIO()
    np.save(stream, np.array(embedding, object), allow_pickle=True)
    return [stream.getvalue()]


def _read_embedding(path: Path) -> Any:
    sources = FlameSources(path, (), {flame_sources.LANDMARKS.name: path})
    return flame_files._landmarks(sources, 50)


def _npys() -> list[bytes]:
    made = []
    arrays = (np.arange(12, dtype=np.int32).reshape(4, 3), np.linspace(0, 1, 24).reshape(12, 2))
    for array in arrays:
        stream = io.BytesIO()
        np.save(stream, array)
        made.append(stream.getvalue())
    return made


def _read_atlas(path: Path) -> Any:
    names = (flame_sources.FACES, flame_sources.UV, flame_sources.UV_FACES)
    rows, uv = (path.with_name(name) for name in ("rows.npy", "uv.npy"))
    rows.write_bytes(_npys()[0])
    uv.write_bytes(_npys()[1])
    is_uv = b"f8" in path.read_bytes()[:80]
    places = (rows, path, rows) if is_uv else (path, uv, path)
    sources = FlameSources(
        path, (), {file.name: place for file, place in zip(names, places, strict=True)}
    )
    own = np.zeros((4, 3), np.int32)
    return flame_files._faces_and_atlas(sources, own, 12, flame_files.FlameLayout())


def _npzs() -> list[bytes]:
    return [arrays_to_npz({"a": np.arange(3.0), "b": np.array(["x", "yz"]), "c": np.eye(2)})]


def _read_npz(data: bytes, _: Path) -> Any:
    return arrays_from_npz(data, texts=True)


def _tracked() -> list[bytes]:
    rng = np.random.default_rng(1)
    widths = {"expr": 5, "rotation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 6}
    arrays = {name: rng.normal(0, 1, (3, width)).astype("f4") for name, width in widths.items()}
    arrays |= {"shape": np.ones((1, 10), "f4"), "translation": np.zeros((3, 3), "f4")}
    return [arrays_to_npz(arrays), arrays_to_npz({**arrays, "times_s": np.arange(3.0)})]


@cache
def _checkpoints() -> list[bytes]:
    import torch

    content = {
        "epoch": 79,
        "stage": "joint",
        "optimizer": {"state": {}, "param_groups": []},
        "pe": {"m_u": torch.zeros(2, 4), "m_v": torch.ones(2, 4, dtype=torch.float64)},
        "canonical_gs": {"_xyz": torch.zeros(3, 3), "_opacity": torch.zeros(3, 1).half()},
    }
    stream = io.BytesIO()
    torch.save(content, stream)
    return [stream.getvalue()]


def _read_checkpoint(path: Path) -> Any:
    from avatar_core.mega.checkpoint import read_checkpoint

    return read_checkpoint(path)


@cache
def _run_states() -> list[bytes]:
    import torch

    content = {
        "stage": "hair", "stage_step": 3, "seconds": 1.5, "extra": {"a": 1},
        "weights": {"w": torch.zeros(2, 3)},
        "optimizer": {"state": {0: {"exp_avg": torch.ones(2)}}},
    }  # fmt: skip
    stream = io.BytesIO()
    torch.save(content, stream)
    return [stream.getvalue()]


def _read_run_state(data: bytes, folder: Path) -> Any:
    from avatar_core.training.run_state import CHECKPOINT, load_checkpoint

    (folder / CHECKPOINT).write_bytes(data)
    return load_checkpoint(folder)


@cache
def _portrait_checkpoints() -> list[bytes]:
    import torch

    content = {
        "volume_source_nw.net.0.weight": torch.zeros(4, 3, 3, 3),
        "local_encoder_nw.from_rgb.bias": torch.zeros(4),
        "discriminator.x": torch.ones(2),
    }
    made = []
    for each in (content, {"state_dict": content}):
        stream = io.BytesIO()
        torch.save(each, stream)
        made.append(stream.getvalue())
    return made


def _read_portrait_checkpoint(path: Path) -> Any:
    from avatar_core.emoportraits import official
    from avatar_core.exchange.portrait_import import _weights

    weights = _weights(path)
    for load in (official.load_generator, official.load_head_pose, official.load_enhancer):
        try:
            load(weights)
        except AvatarError:
            continue
    return sorted(weights)


def _configs() -> list[bytes]:
    return [(_DATA / "mega" / "params.yaml").read_bytes()]


def _read_config(data: bytes, folder: Path) -> Any:
    from avatar_core.exchange.official_folder import _config

    path = folder / "params.yaml"
    path.write_bytes(data)
    return _config(path)


def _arguments() -> list[bytes]:
    return [b"image_size: 512\nlr: 1e-4\nuse_x: True\nname: a b: c\n latent: -3 \n"]


def _read_arguments(data: bytes, _: Path) -> Any:
    return parsed_arguments(data.decode("utf-8", "replace"))


def _speech_models() -> list[bytes]:
    from avatar_core.driving.speech.model_file import (
        SpeechModel,
        load_speech_model,
        write_speech_model,
    )
    from avatar_core.driving.speech.network import NetworkShape

    big = load_speech_model()
    sizes = {name: getattr(big.shape, name) for name in NetworkShape.__slots__}
    for name in sizes:
        if name not in ("coordinates", "visemes", "mels") and sizes[name] > 8:
            sizes[name] = 8
    try:
        shape = NetworkShape(**sizes)
        weights = {name: np.zeros(size, np.float32) for name, size in shape.arrays().items()}
        small = SpeechModel(shape, weights, big.space, {"label": "small"})
    except (ValueError, AvatarError):
        small = big
    return [written(lambda path: write_speech_model(small, path), "a.npz")]


@cache
def _whispers() -> dict[str, np.ndarray]:
    from avatar_core.driving.speech.whisper_weights import WhisperShape

    rng = np.random.default_rng(7)
    arrays = WhisperShape(80, 64, 1, 6).arrays()
    return {f"encoder.{name}": rng.normal(size=size).astype("f2") for name, size in arrays.items()}


def _whisper_files() -> list[bytes]:
    return [written(lambda path: save_safetensors(_whispers(), {}, path), "a.safetensors")]


def _whisper_checkpoints() -> list[bytes]:
    import torch

    tensors = {name: torch.from_numpy(array) for name, array in _whispers().items()}
    stream = io.BytesIO()
    torch.save({"dims": {"n_mels": 80}, "model_state_dict": tensors}, stream)
    return [stream.getvalue()]


def _read_whisper(path: Path) -> Any:
    from avatar_core.exchange.speech_import import read_whisper

    return read_whisper(path).sha256


TARGETS = (
    Target("safetensors", _safetensors, read_file(load_safetensors, "a.safetensors"),
           Shape.SAFETENSORS, write=write_file(_write_safetensors, "a.safetensors")),
    Target("restricted pickle", _pickles, read_file(read_restricted_pickle, "a.pkl"), Shape.PICKLE,
           memory_bytes=300 * MIB),
    Target("FLAME masks", _masks, read_file(_read_masks, "a.pkl"), Shape.PICKLE,
           memory_bytes=300 * MIB),
    Target("FLAME landmarks", _embeddings, read_file(_read_embedding, "a.npy"), Shape.PICKLE,
           memory_bytes=300 * MIB),
    Target("FLAME atlas", _npys, read_file(_read_atlas, "a.npy"), Shape.NPY),
    Target("FLAME sequence", _tracked, read_file(read_flame_sequence, "a.npz"), Shape.ZIP,
           write=write_file(write_flame_sequence, "a.npz"), memory_bytes=700 * MIB),
    Target("FLAME tracked", _tracked, read_file(lambda path: read_tracked(path, 10, 5), "a.npz"),
           Shape.ZIP, memory_bytes=700 * MIB),
    Target("npy", _npys, lambda data, _: array_from_npy(data), Shape.NPY),
    Target("npz", _npzs, _read_npz, Shape.ZIP, memory_bytes=700 * MIB),
    Target("MeGA checkpoint", _checkpoints, read_file(_read_checkpoint, "a.pth"), Shape.ZIP,
           memory_bytes=300 * MIB),
    Target("EMOPortraits checkpoint", _portrait_checkpoints,
           read_file(_read_portrait_checkpoint, "a.pth"), Shape.ZIP, memory_bytes=300 * MIB),
    Target("MeGA configuration", _configs, _read_config, Shape.TEXT),
    Target("training checkpoint", _run_states, _read_run_state, Shape.ZIP, memory_bytes=300 * MIB),
    Target("EMOPortraits options", _arguments, _read_arguments, Shape.TEXT),
    Target("speech model", _speech_models, read_file(read_speech_model, "a.npz"), Shape.ZIP,
           memory_bytes=300 * MIB),
    Target("Whisper safetensors", _whisper_files, read_file(_read_whisper, "a.safetensors"),
           Shape.SAFETENSORS, memory_bytes=300 * MIB),
    Target("Whisper checkpoint", _whisper_checkpoints, read_file(_read_whisper, "a.pt"), Shape.ZIP,
           memory_bytes=300 * MIB),
)  # fmt: skip
