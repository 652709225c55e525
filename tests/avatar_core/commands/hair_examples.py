"""Hair edits for the tests of commands: what tools would have made of a project."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import HIDDEN, LOCKED
from avatar_core.project import HairChannel, HairEdits, HairLayer, Project

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


def weights(project: Project) -> np.ndarray:
    """[M] bytes that are no two of a kind."""
    count = max(project.hair_edits.count, BASE_COUNT)
    return (7 * np.arange(count)[::-1]).astype(np.uint8)


def some_edits() -> HairEdits:
    """Two layers that do and add something, with Gaussians selected, hidden and locked."""
    project = Project()
    project.hair_edits = grown(project)
    project.hair_edits = combed(project, rows=(0, 5, 10), seed=4)
    project.hair_edits = grown(project, "2", 2)
    edits = project.hair_edits
    rng = np.random.default_rng(8)
    layer = edits.layers["1"]
    more = {
        HairChannel.SIZES: rng.normal(0, 0.3, (edits.count, 3)).astype(np.float32),
        HairChannel.FADES: rng.uniform(0, 0.9, (BASE_COUNT, 1)).astype(np.float32),
        HairChannel.COLOURS: rng.normal(0, 0.2, (edits.count, 3)).astype(np.float32),
    }
    layer = replace(layer, name="Pony ✓", strength=0.75, channels={**layer.channels, **more})
    return replace(
        edits.with_layer("1", layer),
        selection=np.arange(11, dtype=np.uint8) * np.uint8(20),
        flags=np.array([0, HIDDEN, LOCKED, HIDDEN | LOCKED], np.uint8),
    )


def grown(project: Project, layer_id: str | None = None, count: int = 3) -> HairEdits:
    """The project's hair, combed, with Gaussians added in the same layer."""
    edits = combed(project, layer_id)
    assert edits.active is not None
    start = len(edits.parents)
    fresh = some_gaussians(count, seed=start + 5)
    added = edits.added
    joined = fresh if added is None else added.followed_by(fresh)
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
