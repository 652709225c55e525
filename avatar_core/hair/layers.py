"""Layers of hair edits put together and doubled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import (
    matrix_from_quat,
    quat_from_axis_angle,
    quat_multiply,
)
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.project.hair_edits import HairChannel, HairEdits, HairLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32


def baked(edits: HairEdits, name: str = "Baked") -> HairEdits:
    """All layers as one of full strength that looks the same; hidden layers are left out.

    What was added stays where it is, owned by the new layer; what no visible layer owned is faded.
    """
    if not edits.layers:
        return edits
    layer_id = edits.new_layer_id
    channels = _together(edits, list(edits.layers))
    owners = np.full(len(edits.owners), int(layer_id), np.int32)
    layer = HairLayer(name, channels=channels)
    return replace(edits, owners=owners, layers={layer_id: layer}, active=layer_id)


def merged_down(edits: HairEdits, layer_id: str) -> HairEdits:
    """A layer and the one below it as one of full strength, in the place of the lower one.

    Raises:
        ValueError: there is no such layer, or none below it, or one of the two is hidden.
    """
    ids = list(edits.layers)
    place = ids.index(layer_id)
    if place == 0:
        raise ValueError("layer_id: expected a layer with another one below")
    below = ids[place - 1]
    if not (edits.layers[layer_id].is_visible and edits.layers[below].is_visible):
        raise ValueError("layer_id: expected two visible layers")
    merged = HairLayer(edits.layers[below].name, channels=_together(edits, [below, layer_id]))
    owners = edits.owners.copy()
    owners[owners == int(layer_id)] = int(below)
    layers = {
        each: merged if each == below else layer
        for each, layer in edits.layers.items()
        if each != layer_id
    }
    return replace(edits, owners=owners, layers=layers, active=below)


def duplicated(edits: HairEdits, layer_id: str, name: str) -> HairEdits:
    """A layer twice: the copy above it does the same to the hair again, and adds what it added.

    Raises:
        ValueError: there is no such layer.
    """
    place = list(edits.layers).index(layer_id)
    layer, copy_id = edits.layers[layer_id], edits.new_layer_id
    own = np.flatnonzero(edits.owners == int(layer_id))
    added = edits.added
    if added is not None and len(own):
        added = added.followed_by(added.subset(own))
    count = edits.count
    edits = replace(
        edits,
        added=added,
        parents=np.concatenate([edits.parents, edits.parents[own]]),
        owners=np.concatenate([edits.owners, np.full(len(own), int(copy_id), np.int32)]),
    )
    channels = {}
    for channel, array in layer.channels.items():
        doubled = layer.channel(channel, edits.count) if len(own) else array
        if len(own):
            # What the layer did to its own Gaussians, the copy does to its own.
            doubled[count:] = doubled[edits.base_count + own]
            doubled[edits.base_count + own] = 0
        channels[channel] = doubled
    pairs = list(edits.layers.items())
    pairs.insert(place + 1, (copy_id, replace(layer, name=name, channels=channels)))
    return replace(edits, layers=dict(pairs), active=copy_id)


def _together(edits: HairEdits, ids: Sequence[str]) -> dict[HairChannel, Float32]:
    """What layers do to the hair one after another, without channels that do nothing."""
    kept = np.ones((edits.count, 1), np.float32)
    owned = kept[edits.base_count :, 0]
    is_all = len(ids) == len(edits.layers)
    for layer_id in ids:
        owned[edits.owners == int(layer_id)] = edits.layers[layer_id].share
    if is_all:
        owned[~np.isin(edits.owners, [int(each) for each in ids])] = 0
    sums = {
        channel: np.zeros((edits.count, 3), np.float32)
        for channel in (HairChannel.OFFSETS, HairChannel.SIZES, HairChannel.COLOURS)
    }
    turns = np.zeros((edits.count, 3), np.float32)
    for layer_id in ids:
        layer = edits.layers[layer_id]
        share = np.float32(layer.share)
        if share == 0:
            continue
        for channel, total in sums.items():
            if channel in layer.channels:
                total += share * layer.channel(channel, edits.count)
        if HairChannel.TURNS in layer.channels:
            turns = _turned(turns, share * layer.channel(HairChannel.TURNS, edits.count))
        if HairChannel.FADES in layer.channels:
            kept *= 1 - share * layer.channel(HairChannel.FADES, edits.count)
    whole = {**sums, HairChannel.TURNS: turns, HairChannel.FADES: 1 - kept}
    return {channel: whole[channel] for channel in HairChannel if whole[channel].any()}


def _turned(first: Float32, second: Float32) -> Float32:
    """[n, 3] the turn `first`, then `second`; each as it is where the other does nothing."""
    both = _rows(first) & _rows(second)
    turns: Float32 = first + second
    quats = quat_multiply(quat_from_axis_angle(second[both]), quat_from_axis_angle(first[both]))
    turns[both] = axis_angle_from_matrix(matrix_from_quat(quats))
    return turns


def _rows(array: Float32) -> NDArray[np.bool_]:
    return np.asarray(array.any(axis=1))
