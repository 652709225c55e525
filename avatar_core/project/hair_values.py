"""Hair edits as plain data and arrays, and back: one form for files and for records.

See `project.values`. A channel is zeros but for the rows that were edited, so those alone are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import HIDDEN, LOCKED
from avatar_core.project.hair_edits import (
    CHANNEL_WIDTHS,
    MOST_GAUSSIANS,
    HairChannel,
    HairEdits,
    HairLayer,
)
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.geometry.shapes import AnyArray

MOST_LAYERS = 200
"""Layers of one project's hair."""

LARGEST_ID = 2**31 - 1

_FARTHEST_M = 100.0
_ROWS = ("parents", "owners", "selection", "flags")
"""Arrays of `HairEdits` that are left out when they are empty."""

_UNIT = (0.9, 1.1)
"""Lengths of quaternions that are as good as one."""


def pack_cloud(cloud: GaussianCloud, arrays: dict[str, AnyArray], prefix: str) -> None:
    """Gaussians bit for bit; flags are left out."""
    arrays[f"{prefix}.means"] = cloud.means
    arrays[f"{prefix}.quats"] = cloud.quats
    arrays[f"{prefix}.scales"] = cloud.scales
    arrays[f"{prefix}.opacities"] = cloud.opacities
    arrays[f"{prefix}.sh"] = cloud.sh


def unpack_cloud(arrays: Arrays, prefix: str, count: int) -> GaussianCloud:
    """So many Gaussians without flags."""
    rows = str(count)
    quats = arrays.get(f"{prefix}.quats", np.float32, f"{rows} 4")
    lengths = np.linalg.norm(quats.astype(np.float64), axis=1)
    if not ((lengths >= _UNIT[0]) & (lengths <= _UNIT[1])).all():
        raise damaged("Gaussians that were added point nowhere")
    try:
        return GaussianCloud(
            means=arrays.get(f"{prefix}.means", np.float32, f"{rows} 3", -_FARTHEST_M, _FARTHEST_M),
            quats=quats,
            scales=arrays.get(f"{prefix}.scales", np.float32, f"{rows} 3", 0.0, _FARTHEST_M),
            opacities=arrays.get(f"{prefix}.opacities", np.float32, rows, 0.0, 1.0),
            sh=arrays.get(f"{prefix}.sh", np.float32, f"{rows} * 3"),
            flags=np.zeros(count, np.uint8),
        )
    except ValueError as reason:
        raise damaged(f"Gaussians that were added make no sense ({reason})") from reason


def unpack_parents(arrays: Arrays, name: str, count: int, base_count: int) -> Int32:
    """[count] rows of the hairstyle."""
    return arrays.get(name, np.int32, str(count), 0, base_count - 1)


def layer_id_of(fields: Fields, key: str) -> str:
    """A layer's id: a whole number from 1 on, as text."""
    text = fields.text(key, least=1)
    if not (re.fullmatch(r"[1-9][0-9]{0,9}", text) and int(text) <= LARGEST_ID):
        raise damaged(f"{text!r:.40} is no layer")
    return text


def pack_hair_edits(edits: HairEdits, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    """The plain data of hair edits; what is long goes into the arrays."""
    if edits.added is not None:
        pack_cloud(edits.added, arrays, f"{prefix}.added")
    for name in _ROWS:
        if len(getattr(edits, name)):
            arrays[f"{prefix}.{name}"] = getattr(edits, name)
    return {
        "base_count": edits.base_count,
        "added": len(edits.parents),
        "active": edits.active,
        "layers": [
            {"id": layer_id, **pack_layer(layer, arrays, f"{prefix}.layer_{layer_id}")}
            for layer_id, layer in edits.layers.items()
        ],
    }


def unpack_hair_edits(fields: Fields, arrays: Arrays, prefix: str) -> HairEdits:
    base_count = fields.whole("base_count", 0, MOST_GAUSSIANS)
    count = fields.whole("added", 0, MOST_GAUSSIANS - base_count)
    rows = base_count + count
    layers = _unpack_layers(fields, arrays, prefix, rows)
    none = np.zeros(0, np.int32)
    return HairEdits(
        base_count=base_count,
        added=unpack_cloud(arrays, f"{prefix}.added", count) if count else None,
        parents=unpack_parents(arrays, f"{prefix}.parents", count, base_count) if count else none,
        owners=_unpack_owners(arrays, f"{prefix}.owners", count) if count else none,
        layers=layers,
        active=_active_of(fields, layers),
        selection=_unpack_bytes(arrays, f"{prefix}.selection", rows, 255),
        flags=_unpack_bytes(arrays, f"{prefix}.flags", rows, HIDDEN | LOCKED),
    )


def pack_layer(layer: HairLayer, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    """The plain data of one layer; of its channels only rows that are not all zero bits."""
    for channel, array in layer.channels.items():
        words = np.ascontiguousarray(array).view(np.uint32)
        rows = np.flatnonzero(words.any(axis=1)).astype(np.uint32)
        arrays[f"{prefix}.{channel}.indices"] = rows
        arrays[f"{prefix}.{channel}.values"] = array[rows]
    return {
        "name": layer.name,
        "is_visible": layer.is_visible,
        "strength": layer.strength,
        "channels": [
            {"channel": channel.value, "rows": len(array)}
            for channel, array in layer.channels.items()
        ],
    }


def unpack_layer(fields: Fields, arrays: Arrays, prefix: str, most_rows: int) -> HairLayer:
    """A layer for hair of so many Gaussians."""
    channels: dict[HairChannel, Float32] = {}
    for entry in fields.children("channels"):
        channel = entry.choice("channel", HairChannel)
        if channel in channels:
            raise damaged("a layer holds something twice")
        rows = entry.whole("rows", 0, most_rows)
        channels[channel] = _unpack_channel(arrays, f"{prefix}.{channel}", channel, rows)
    return HairLayer(
        name=fields.text("name"),
        is_visible=fields.flag("is_visible"),
        strength=fields.number("strength", 0.0, 1.0),
        channels=channels,
    )


def _unpack_channel(arrays: Arrays, prefix: str, channel: HairChannel, rows: int) -> Float32:
    width = CHANNEL_WIDTHS[channel]
    values = arrays.get(f"{prefix}.values", np.float32, f"* {width}")
    indices = arrays.get(f"{prefix}.indices", np.uint32, str(len(values)), 0, rows - 1)
    if not (indices[1:] > indices[:-1]).all():
        raise damaged("a layer holds its rows in no order")
    whole = np.zeros((rows, width), np.float32)
    whole[indices] = values
    return whole


def _unpack_layers(
    fields: Fields, arrays: Arrays, prefix: str, most_rows: int
) -> dict[str, HairLayer]:
    entries = fields.children("layers")
    if len(entries) > MOST_LAYERS:
        raise damaged(f"its hair has {len(entries)} layers")
    layers: dict[str, HairLayer] = {}
    for entry in entries:
        layer_id = layer_id_of(entry, "id")
        if layer_id in layers:
            raise damaged("its hair has a layer twice")
        layers[layer_id] = unpack_layer(entry, arrays, f"{prefix}.layer_{layer_id}", most_rows)
    return layers


def _unpack_owners(arrays: Arrays, name: str, count: int) -> Int32:
    return arrays.get(name, np.int32, str(count), 1, LARGEST_ID)


def _active_of(fields: Fields, layers: dict[str, HairLayer]) -> str | None:
    active = fields.text_or_none("active")
    if active is not None and active not in layers:
        raise damaged("the layer to work on is missing")
    return active


def _unpack_bytes(arrays: Arrays, name: str, most_rows: int, bits: int) -> UInt8:
    if not arrays.has(name):
        return np.zeros(0, np.uint8)
    array = arrays.get(name, np.uint8, "*")
    if len(array) > most_rows or (array & ~np.uint8(bits)).any():
        raise damaged(f"the array {name} is of other hair")
    return array
