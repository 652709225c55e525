from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import AssetError, ShapeError
from avatar_core.gaussians.cloud import HIDDEN, LOCKED
from avatar_core.geometry import matrix_from_quat, quat_from_axis_angle
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import basic_colours, edited_hair
from avatar_core.project.hair_edits import HairChannel, HairEdits, HairLayer

COUNT = 30


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(8)


@pytest.fixture
def base(known_hair):
    return known_hair.cloud.subset(slice(0, COUNT))


def random_layer(rng, **options) -> HairLayer:
    return HairLayer(
        "Layer",
        channels={
            HairChannel.OFFSETS: (0.01 * rng.normal(size=(COUNT, 3))).astype(np.float32),
            HairChannel.TURNS: (0.5 * rng.normal(size=(COUNT, 3))).astype(np.float32),
            HairChannel.FADES: (0.4 * rng.random((COUNT, 1))).astype(np.float32),
        },
        **options,
    )


def layered(*layers: HairLayer) -> HairEdits:
    numbered = {str(i + 1): each for i, each in enumerate(layers)}
    return HairEdits(base_count=COUNT, layers=numbered)


def some_rows(rng, canvas, share=0.4) -> np.ndarray:
    return np.flatnonzero(rng.random(canvas.count) < share).astype(np.int32)


def drawn_on(canvas, rng, times=5) -> None:
    """All that a canvas can do, at random."""
    for _ in range(times):
        rows = some_rows(rng, canvas)
        turns = quat_from_axis_angle((0.4 * rng.normal(size=(len(rows), 3))).astype(np.float32))
        means = canvas.means[rows] + (0.01 * rng.normal(size=(len(rows), 3))).astype(np.float32)
        canvas.move(rows, means, turns)
        rows = some_rows(rng, canvas)
        canvas.resize(rows, np.exp(0.2 * rng.normal(size=(len(rows), 3))).astype(np.float32))
        rows = some_rows(rng, canvas)
        canvas.fade(rows, (0.1 * rng.random(len(rows))).astype(np.float32))
        rows = some_rows(rng, canvas)
        canvas.recolour(rows, rng.random((len(rows), 3)).astype(np.float32))


def assert_shows(canvas, hair, atol=2e-5) -> None:
    """What was drawn meanwhile is what the document says in the end."""
    drawn = canvas.edited
    for name in ("means", "scales", "opacities"):
        np.testing.assert_allclose(
            getattr(drawn.cloud, name), getattr(hair.cloud, name), atol=atol, err_msg=name
        )
    np.testing.assert_allclose(
        matrix_from_quat(drawn.cloud.quats), matrix_from_quat(hair.cloud.quats), atol=atol
    )
    np.testing.assert_allclose(
        matrix_from_quat(drawn.turns), matrix_from_quat(hair.turns), atol=atol
    )
    for name in ("offsets", "size_factors", "opacity_factors"):
        np.testing.assert_allclose(
            getattr(drawn, name), getattr(hair, name), atol=atol, err_msg=name
        )
    np.testing.assert_allclose(drawn.constant_shifts, hair.constant_shifts, atol=1e-4)
    np.testing.assert_allclose(canvas.colours, basic_colours(hair.cloud.sh), atol=1e-4)


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_the_result_is_what_was_drawn(base, rng, strength):
    edits = layered(random_layer(rng, strength=strength))
    canvas = HairCanvas(base, edits, "1")

    drawn_on(canvas, rng)

    assert_shows(canvas, edited_hair(base, canvas.result()))


def test_beneath_a_layer_that_turns_the_result_is_what_was_drawn(base, rng):
    edits = layered(
        random_layer(rng, strength=0.7), random_layer(rng), random_layer(rng, strength=0.5)
    )
    canvas = HairCanvas(base, edits, "1")

    drawn_on(canvas, rng)

    assert_shows(canvas, edited_hair(base, canvas.result()))
    assert canvas.result().layers["2"] is edits.layers["2"]


def test_what_is_added_can_be_edited_on_and_the_result_is_what_was_drawn(base, rng):
    canvas = HairCanvas(base, layered(random_layer(rng), random_layer(rng, strength=0.6)), "2")
    drawn_on(canvas, rng, 2)

    rows = canvas.add(base.subset([4, 5, 6]), np.array([4, 5, 6], np.int32))
    drawn_on(canvas, rng, 2)
    more = canvas.add(base.subset([7]), rows[:1])
    drawn_on(canvas, rng, 2)

    assert rows.tolist() == [COUNT, COUNT + 1, COUNT + 2]
    assert more.tolist() == [COUNT + 3]
    result = canvas.result()
    assert_shows(canvas, edited_hair(base, result))
    # What rides on an added one rides on whom that one rides on.
    assert result.parents.tolist() == [4, 5, 6, 4]
    assert result.owners.tolist() == [2, 2, 2, 2]


def test_strands_reach_what_was_added(known_hair, known_strands):
    base = known_hair.cloud
    canvas = HairCanvas(base, HairEdits(), strands=known_strands)

    row = canvas.add(base.subset([50]), np.array([50], np.int32))[0]

    assert len(canvas.strands.places) == len(base) + 1
    assert canvas.strands.places[row].tolist() == known_strands.places[50].tolist()
    again = HairCanvas(base, canvas.result(), strands=known_strands)
    assert len(again.strands.places) == len(base) + 1


def test_half_a_layer_is_written_twice_as_far(base):
    canvas = HairCanvas(base, layered(HairLayer("Half", strength=0.5)), "1")
    rows = np.array([2], np.int32)

    canvas.move(rows, canvas.means[rows] + np.float32([0.01, 0, 0]))

    offsets = canvas.result().layers["1"].channels[HairChannel.OFFSETS]
    assert offsets[2, 0] == pytest.approx(0.02, rel=1e-4)
    assert np.count_nonzero(offsets) == 1


def test_only_what_was_written_is_in_the_layer(base):
    canvas = HairCanvas(base, HairEdits())
    canvas.fade(np.array([3, 1], np.int32), np.array([0.5, 0.25], np.float32))

    result = canvas.result()

    assert list(result.layers) == ["1"]
    assert result.active == "1"
    assert list(result.layers["1"].channels) == [HairChannel.FADES]
    assert canvas.touched.tolist() == [1, 3]


def test_nothing_drawn_leaves_nothing(base):
    canvas = HairCanvas(base, HairEdits())
    assert not canvas.touched.size
    assert not canvas.result().layers["1"].channels
    assert canvas.edited.is_plain


def test_the_hairstyle_and_what_was_known_before_stay_as_they_were(base, rng):
    edits = layered(random_layer(rng))
    known = edited_hair(base, edits)
    means, offsets = (
        known.cloud.means.copy(),
        edits.layers["1"].channels[HairChannel.OFFSETS].copy(),
    )
    canvas = HairCanvas(base, edits, "1", edited=known)

    result = canvas.result()
    drawn_on(canvas, rng)

    assert np.array_equal(known.cloud.means, means)
    assert np.array_equal(edits.layers["1"].channels[HairChannel.OFFSETS], offsets)
    assert np.array_equal(result.layers["1"].channels[HairChannel.OFFSETS], offsets)


def test_the_mask_is_the_selection_without_what_cannot_be_changed(base):
    selection, flags = np.zeros(COUNT, np.uint8), np.zeros(COUNT, np.uint8)
    selection[:4] = [255, 51, 255, 255]
    flags[2], flags[3] = HIDDEN, LOCKED
    edits = replace(layered(HairLayer("Layer")), selection=selection, flags=flags)

    mask = HairCanvas(base, edits, "1").mask

    np.testing.assert_allclose(mask[:5], [1, 0.2, 0, 0, 0], atol=1e-6)


def test_without_a_selection_everything_may_be_changed_but_what_is_gone(base):
    canvas = HairCanvas(base, HairEdits())
    assert (canvas.mask == 1).all()

    canvas.delete(np.array([5], np.int32))

    assert canvas.mask[5] == 0
    assert canvas.opacities[5] == 0
    assert HairCanvas(base, canvas.result()).mask[5] == 0


@pytest.mark.parametrize("options", [{"is_visible": False}, {"strength": 0.01}])
def test_a_layer_that_hardly_shows_is_refused(base, options):
    with pytest.raises(AssetError, match="'Fringe'") as caught:
        HairCanvas(base, layered(HairLayer("Fringe", **options)), "1")
    assert "layer" in caught.value.hint


def test_a_layer_that_is_not_there_is_made_on_top(base, rng):
    canvas = HairCanvas(base, layered(random_layer(rng)))
    assert canvas.layer_id == "2"
    assert list(canvas.result().layers) == ["1", "2"]


def test_rows_and_places_must_agree(base):
    canvas = HairCanvas(base, HairEdits())
    with pytest.raises(ShapeError, match="means"):
        canvas.move(np.array([1, 2], np.int32), np.zeros((1, 3), np.float32))


def test_a_bald_head_is_a_canvas_too(base):
    bald = base.subset(slice(0, 0))
    canvas = HairCanvas(bald, HairEdits())
    assert canvas.count == 0
    assert canvas.result().count == 0
