from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.commands import RemoveHairLayer
from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.edited import EditedHair, edited_hair
from avatar_core.hair.layers import baked, duplicated, merged_down
from avatar_core.project import HairChannel, HairEdits, HairLayer, Project, digest
from tests.avatar_core.commands.hair_examples import BASE_COUNT, some_edits, some_gaussians

BASE = some_gaussians(BASE_COUNT, 40)


@pytest.fixture
def edits() -> HairEdits:
    """Three layers of all channels and several strengths, two of which added Gaussians."""
    edits = some_edits()
    rng = np.random.default_rng(6)
    top = {
        HairChannel.OFFSETS: rng.normal(0, 0.02, (edits.count, 3)).astype(np.float32),
        HairChannel.TURNS: rng.normal(0, 0.8, (edits.count, 3)).astype(np.float32),
        HairChannel.FADES: rng.uniform(0, 0.5, (edits.count, 1)).astype(np.float32),
    }
    return edits.with_layer("3", HairLayer("Top", strength=0.5, channels=top))


def expect_alike(one: EditedHair, other: EditedHair) -> None:
    """The same picture, but for the rounding of sums in single precision."""
    for name in ("means", "scales", "opacities", "sh"):
        np.testing.assert_allclose(
            getattr(one.cloud, name), getattr(other.cloud, name), rtol=1e-5, atol=3e-6
        )
    same_turn = np.abs((one.cloud.quats * other.cloud.quats).sum(axis=1))
    np.testing.assert_allclose(same_turn, 1, atol=1e-5)
    np.testing.assert_array_equal(one.cloud.flags, other.cloud.flags)
    np.testing.assert_array_equal(one.weights, other.weights)


def shown(edits: HairEdits) -> EditedHair:
    return edited_hair(BASE, edits)


def hidden(edits: HairEdits, layer_id: str) -> HairEdits:
    return edits.with_layer(layer_id, replace(edits.layers[layer_id], is_visible=False))


def test_baked_hair_looks_the_same(edits: HairEdits) -> None:
    one = baked(edits)
    assert list(one.layers) == [one.active] == ["4"]
    assert set(one.layers["4"].channels) == set(HairChannel)
    expect_alike(shown(one), shown(edits))


def test_what_is_hidden_is_not_baked(edits: HairEdits) -> None:
    for layer_id in edits.layers:
        less = hidden(edits, layer_id)
        expect_alike(shown(baked(less)), shown(less))
        assert (shown(less).cloud.means != shown(edits).cloud.means).any()


def test_what_a_removed_layer_added_stays_away_when_baked(edits: HairEdits) -> None:
    project = Project(hair_edits=edits)
    RemoveHairLayer.of(project, "1").do(project)
    less = project.hair_edits
    assert less.count == edits.count
    gone = np.flatnonzero(edits.owners == 1) + BASE_COUNT
    assert len(gone) == 3
    for each in (less, baked(less)):
        assert (shown(each).cloud.opacities[gone] == 0).all()
        assert (shown(each).cloud.flags[gone] & DELETED).all()
    expect_alike(shown(baked(less)), shown(less))


def test_nothing_baked_is_nothing() -> None:
    assert baked(HairEdits()).is_empty
    still = baked(HairEdits(4, layers={"7": HairLayer("Empty")}))
    assert still.layers["8"].channels == {}


@pytest.mark.parametrize("layer_id", ["2", "3"])
def test_a_layer_merged_down_looks_the_same(edits: HairEdits, layer_id: str) -> None:
    merged = merged_down(edits, layer_id)
    below = str(int(layer_id) - 1)
    assert list(merged.layers) == [each for each in edits.layers if each != layer_id]
    assert merged.active == below
    assert merged.layers[below].name == edits.layers[below].name
    assert merged.layers[below].strength == 1
    expect_alike(shown(merged), shown(edits))


def test_the_lowest_and_hidden_layers_are_not_merged(edits: HairEdits) -> None:
    for bad, layer_id in ((edits, "1"), (hidden(edits, "2"), "2"), (hidden(edits, "2"), "3")):
        with pytest.raises(ValueError, match="layer"):
            merged_down(bad, layer_id)


def test_a_copy_does_and_adds_the_same_again(edits: HairEdits) -> None:
    edits = replace(edits, layers={"1": edits.layers["1"]}, active="1")
    twice = duplicated(edits, "1", "Copy")
    assert twice.active == "3"  # 2 still owns Gaussians
    assert [layer.name for layer in twice.layers.values()] == ["Pony ✓", "Copy"]
    assert twice.count == edits.count + 3
    # The original hidden, its copy looks like it; and nothing was done to the first ones twice.
    alone, before = shown(hidden(twice, "1")), shown(edits)
    own = np.flatnonzero(edits.owners == 1) + BASE_COUNT
    copies = np.arange(edits.count, twice.count)
    rows = np.arange(BASE_COUNT)
    for here, there in ((rows, rows), (copies, own)):
        np.testing.assert_array_equal(alone.cloud.means[here], before.cloud.means[there])
        np.testing.assert_array_equal(alone.cloud.opacities[here], before.cloud.opacities[there])
    both = shown(twice)
    np.testing.assert_array_equal(both.cloud.means[own], before.cloud.means[own])
    np.testing.assert_allclose(both.offsets[rows], 2 * before.offsets[rows], atol=1e-6)


def test_the_given_edits_stay_as_they_were(edits: HairEdits) -> None:
    before = digest(edits)
    baked(edits)
    merged_down(edits, "3")
    duplicated(edits, "1", "Copy")
    assert digest(edits) == before


def test_a_single_turn_is_kept_to_the_last_bit() -> None:
    turns = np.array([[0.3, -0.2, 0.1], [0, 0, 0]], np.float32)
    layer = HairLayer("Turn", channels={HairChannel.TURNS: turns})
    edits = HairEdits(2, layers={"1": layer, "2": HairLayer("None")})
    np.testing.assert_array_equal(baked(edits).layers["3"].channels[HairChannel.TURNS], turns)
