"""A portrait model in one file: what it is, its sizes and its weights.

A safetensors file whose metadata hold a manifest (format, version, name, label, licences, sizes,
provenance). Names of arrays start with the piece they belong to: `generator.`, `head_pose.`,
`enhancer.`, `extra.`; which of these there are is the maker's choice. Weights are folded: spectral
norm and weight standardisation are part of them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError, ProjectFormatError, ShapeError
from avatar_core.io.asset_members import asset_description, asset_name, section_of
from avatar_core.io.migrations import MANIFEST, PORTRAIT_MODEL
from avatar_core.io.safetensors_file import (
    load_safetensors,
    load_safetensors_texts,
    save_safetensors,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from avatar_core.geometry.shapes import AnyArray

PIECES = ("generator", "head_pose", "enhancer", "extra")
"""What names of arrays start with, before a dot."""

_MANIFEST_KEY = MANIFEST.removesuffix(".json")
_DIGEST_LETTERS = 32
_HINT = "Use a backup, or import the model again."


@dataclass(frozen=True, slots=True)
class PortraitModelInfo:
    """What a library shows of a portrait model.

    Args:
        name: what it is called.
        description: where it comes from and what it can do, honestly.
        config: sizes of its networks, as `PortraitConfig.to_plain` gives them.
        licences: the licence of each piece, as text.
        provenance: plain data on how it was made: command, seed, hours, metrics.
        digest: tells models apart; made of the weights when the file is written.
    """

    name: str
    description: str
    config: dict[str, Any]
    licences: dict[str, str] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitModelFile:
    """A portrait model as plain arrays.

    Args:
        info: what it is.
        arrays: weights by `piece.name`.
    """

    info: PortraitModelInfo
    arrays: dict[str, AnyArray]

    def piece(self, name: str) -> dict[str, AnyArray]:
        """The arrays of one of `PIECES`, without its name; empty when the model has it not."""
        start = f"{name}."
        return {
            key.removeprefix(start): array
            for key, array in self.arrays.items()
            if key.startswith(start)
        }


def save_portrait_model(model: PortraitModelFile, path: Path | str) -> PortraitModelInfo:
    """Write a model; a file that is there already is replaced whole or not at all.

    Returns:
        What was written, with its digest.

    Raises:
        AssetError: the file cannot be written.
        ValueError: an array of no piece, or of another type than numbers.
    """
    for name in _strangers(model.arrays):
        raise ValueError(f"{name}: belongs to no piece of a portrait model")
    info = model.info
    digest = _digest(model)
    manifest = {
        **PORTRAIT_MODEL.header(),
        "name": info.name,
        "description": info.description,
        "config": info.config,
        "licences": info.licences,
        "provenance": info.provenance,
        "digest": digest,
    }
    text = json.dumps(manifest, allow_nan=False)
    save_safetensors(model.arrays, {_MANIFEST_KEY: text}, path)
    return replace(info, digest=digest)


def load_portrait_model(path: Path | str) -> PortraitModelFile:
    """Read a model. The file is not trusted; its weights are looked at when they are used.

    Raises:
        AssetError: missing, unreadable or damaged.
        ProjectFormatError: not a portrait model, or from a newer release.
    """
    path = Path(path)
    arrays, texts = load_safetensors(path)
    info = _info(texts, path.name)
    for name in _strangers(arrays):
        raise AssetError(
            f"{path.name} is damaged: it holds {name!r:.60}, which is of no piece.", _HINT
        )
    return PortraitModelFile(info, arrays)


def load_portrait_model_info(path: Path | str) -> PortraitModelInfo:
    """Read what a library shows of a model, and no more; raises like `load_portrait_model`."""
    path = Path(path)
    return _info(load_safetensors_texts(path), path.name)


def _info(texts: Mapping[str, str], title: str) -> PortraitModelInfo:
    if _MANIFEST_KEY not in texts:
        raise ProjectFormatError(
            f"{title} is not a portrait model of this studio.",
            "Official EMOPortraits weights come in through import-emoportraits.",
        )
    try:
        manifest = json.loads(texts[_MANIFEST_KEY])
    except (ValueError, RecursionError) as reason:
        raise AssetError(f"{title} is damaged: its manifest is not JSON.", _HINT) from reason
    if not isinstance(manifest, dict):
        raise AssetError(f"{title} is damaged: its manifest holds no named values.", _HINT)
    manifest = PORTRAIT_MODEL.upgraded(manifest, title)
    try:
        return PortraitModelInfo(
            asset_name(manifest),
            asset_description(manifest),
            section_of(manifest, "config"),
            _texts(section_of(manifest, "licences")),
            section_of(manifest, "provenance"),
            _texts({"digest": manifest.get("digest")})["digest"],
        )
    except ShapeError as reason:
        raise AssetError(f"{title} is damaged: {reason}.", _HINT) from reason


def _strangers(arrays: Iterable[str]) -> Iterator[str]:
    """Names of arrays that belong to no piece."""
    return (name for name in arrays if name.split(".")[0] not in PIECES)


def _texts(section: dict[str, Any]) -> dict[str, str]:
    for name, text in section.items():
        if not isinstance(text, str):
            raise ShapeError(f"{name}: expected a text")
    return section


def _digest(model: PortraitModelFile) -> str:
    digest = hashlib.sha256(json.dumps(model.info.config, sort_keys=True).encode())
    for name in sorted(model.arrays):
        array = model.arrays[name]
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:_DIGEST_LETTERS]
