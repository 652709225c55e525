"""Hair edits for the tests of commands: what tools would have made of a project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud
from avatar_core.project import HairChannel, HairEdits, HairLayer

if TYPE_CHECKING:
    from avatar_core.project import Project

BASE_COUNT = 9


def some_gaussians(count: int, seed: int = 0) -> GaussianCloud:
    rng = np.random.default_rng(seed)
    quats = rng.standard_normal((count, 4)).astype(np.float32)
    return GaussianCloud(
        means=rng.normal(0, 0.1, (count, 3)).astype(np.float32),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        scales=rng.uniform(1e-4, 1e-2, (count, 3)).astype(np.float32),
        opacities=rng.random(count).astype(np.float32),
        sh=rng.standard_normal((count, 4, 3)).astype(np.float32),
        flags=np.zeros(count, np.uint8),
    )


def combed(
    project: Project, layer_id: str | None = None, rows: tuple[int, ...] = (1, 4), seed: int = 1
) -> HairEdits:
    """The project's hair with Gaussians moved and turned in a layer, or in a new one."""
    edits = replace(project.hair_edits, base_count=BASE_COUNT)
    layer_id = layer_id or edits.new_layer_id
    layer = edits.layers.get(layer_id, HairLayer(f"Layer {layer_id}"))
    rng = np.random.default_rng(seed)
    channels = dict(layer.channels)
    for channel in (HairChannel.OFFSETS, HairChannel.TURNS):
        array = layer.channel(channel, edits.count)
        array[list(rows)] += rng.normal(0, 0.01, (len(rows), 3)).astype(np.float32)
        channels[channel] = array
    edits = edits.with_layer(layer_id, replace(layer, channels=channels))
    return replace(edits, active=layer_id)


def grown(project: Project, layer_id: str | None = None, count: int = 3) -> HairEdits:
    """The project's hair, combed, with Gaussians added in the same layer."""
    edits = combed(project, layer_id)
    assert edits.active is not None
    start = len(edits.parents)
    fresh = some_gaussians(count, seed=start + 5)
    names = ("means", "quats", "scales", "opacities", "sh", "flags")
    added = edits.added
    joined = fresh if added is None else GaussianCloud(
        *(np.concatenate([getattr(added, each), getattr(fresh, each)]) for each in names)
    )  # fmt: skip
    parents = (np.arange(count) % BASE_COUNT).astype(np.int32)
    edits = replace(
        edits,
        added=joined,
        parents=np.concatenate([edits.parents, parents]),
        owners=np.concatenate([edits.owners, np.full(count, int(edits.active), np.int32)]),
    )
    layer = edits.layers[edits.active]
    longer = {name: layer.channel(name, edits.count) for name in layer.channels}
    return edits.with_layer(edits.active, replace(layer, channels=longer))
