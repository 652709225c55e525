"""What all brushes that bend hair must do, and what they must leave alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.gaussians.cloud import LOCKED
from avatar_core.geometry import quat_from_matrix
from avatar_core.hair.brush import BrushSettings, Dab
from avatar_core.hair.brushes import brush_kind
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.edited import edited_hair
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.brushes.bending import (
    LOCK,
    bend_angles_deg,
    canvas_of,
    middle_of,
    stroke,
)

BRUSHES = ("comb", "hook", "smooth", "puff", "pinch", "twist")
KEEPING = tuple(each for each in BRUSHES if each != "hook")
STEP = (0.0015, 0.001, 0.0005)


@pytest.fixture(scope="module")
def head(known_hair) -> HeadCollider:
    return HeadCollider(known_hair.vertices, known_hair.faces)


@pytest.fixture
def canvas(known_hair, known_strands, head) -> HairCanvas:
    return canvas_of(known_hair, known_strands, head)


@pytest.mark.parametrize("brush", BRUSHES)
def test_hair_under_the_brush_moves_and_hair_far_from_it_does_not(brush, canvas, known_hair):
    middle = middle_of(known_hair, LOCK)
    stroke(canvas, brush_kind(brush), middle, STEP)
    moved = (canvas.means != known_hair.cloud.means).any(axis=1)
    assert moved[(known_hair.lock == LOCK) & (known_hair.order == 12)].all()
    strands = known_hair.cloud.means.reshape(-1, 24, 3)
    # The middle of the brush went 17 mm, and it is 25 mm wide.
    distances = np.linalg.norm(strands - middle, axis=2).min(axis=1)
    is_far = np.repeat(distances > 0.045, 24)
    assert is_far.sum() > 1000
    np.testing.assert_array_equal(canvas.means[is_far], known_hair.cloud.means[is_far])
    np.testing.assert_array_equal(canvas.quats[is_far], known_hair.cloud.quats[is_far])
    assert not np.isin(np.flatnonzero(is_far), canvas.touched).any()


@pytest.mark.parametrize("brush", KEEPING)
@pytest.mark.parametrize("is_inverted", [False, True])
def test_strands_keep_their_lengths(brush, is_inverted, canvas, known_hair):
    for lock in (LOCK, 8, 21, 29):
        middle = middle_of(known_hair, lock)
        stroke(canvas, brush_kind(brush), middle, STEP, 20, is_inverted=is_inverted, strength=1.0)
    ratios = known_hair.lengths_m(canvas.means) / known_hair.lengths_m(known_hair.cloud.means)
    assert np.abs(ratios - 1).max() < 0.01


@pytest.mark.parametrize("brush", BRUSHES)
def test_nothing_ends_inside_the_head(brush, canvas, known_hair):
    rng = np.random.default_rng(7)
    for number in range(12):
        motion = tuple(0.004 * rng.normal(size=3))
        middle = middle_of(known_hair, number * 2)
        inverted = bool(number % 2)
        stroke(canvas, brush_kind(brush), middle, motion, 12, strength=1.0, is_inverted=inverted)
    assert np.isfinite(canvas.means).all()
    assert known_hair.heights_m(canvas.means).min() >= 0.0005


@pytest.mark.parametrize("brush", BRUSHES)
def test_gaussians_turn_with_their_strands(brush, canvas, known_hair):
    stroke(canvas, brush_kind(brush), middle_of(known_hair, LOCK), STEP, 20, strength=1.0)
    angles = bend_angles_deg(canvas)[canvas.touched]
    assert np.quantile(angles, 0.95) < 4
    assert np.linalg.norm(canvas.quats, axis=1) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("brush", BRUSHES)
def test_frozen_hair_stays_to_the_last_bit(brush, canvas, known_hair):
    # Half of each strand's neighbours are frozen, and with them nothing may come along.
    is_frozen = known_hair.strand % 2 == 0
    canvas.mask[is_frozen] = 0
    stroke(canvas, brush_kind(brush), middle_of(known_hair, LOCK), STEP)
    for name in ("means", "quats", "scales"):
        np.testing.assert_array_equal(
            getattr(canvas, name)[is_frozen], getattr(known_hair.cloud, name)[is_frozen]
        )
    assert len(canvas.touched)
    assert not is_frozen[canvas.touched].any()


def test_hair_selected_by_half_moves_by_half(known_hair, known_strands):
    moves = []
    for weight in (1.0, 0.5):
        canvas = canvas_of(known_hair, known_strands, None)
        canvas.mask[:] = weight
        stroke(canvas, brush_kind("comb"), middle_of(known_hair, LOCK), STEP)
        moves.append(canvas.means - known_hair.cloud.means)
    np.testing.assert_allclose(moves[1], 0.5 * moves[0], atol=1e-6)


def test_locked_hair_is_not_combed(known_hair, known_strands, head):
    flags = np.where(known_hair.lock == LOCK, LOCKED, 0).astype(np.uint8)
    edits = HairEdits(base_count=len(known_hair.cloud), flags=flags)
    canvas = HairCanvas(known_hair.cloud, edits, strands=known_strands, head=head)
    stroke(canvas, brush_kind("comb"), middle_of(known_hair, LOCK), STEP, radius_m=0.05)
    assert len(canvas.touched)
    assert not (known_hair.lock[canvas.touched] == LOCK).any()


@pytest.mark.parametrize("brush", BRUSHES)
def test_the_other_side_mirrors_a_mirrored_stroke(brush, known_hair, known_strands):
    """Hair seen in a mirror, and the same stroke on it: the picture in the mirror comes out."""
    flip = np.array([-1, 1, 1], np.float32)
    mirrored = replace(known_hair.cloud, means=known_hair.cloud.means * flip)
    strands = replace(known_strands, guides=known_strands.guides * flip)
    middle = middle_of(known_hair, LOCK)
    for each, place in ((False, middle * flip), (True, middle)):
        twin = HairCanvas(mirrored, HairEdits(), strands=strands)
        motion = np.array(STEP) if each else np.array(STEP) * flip
        stroke(twin, brush_kind(brush), place, tuple(motion), is_mirrored=each)
        canvas = canvas_of(known_hair, known_strands, None)
        stroke(canvas, brush_kind(brush), middle, STEP, is_mirrored=each)
        np.testing.assert_allclose(twin.means, canvas.means * flip, atol=1e-5)
        both_sides = np.sign(canvas.means[canvas.touched, 0])
        assert (len(np.unique(both_sides)) == 2) == each


@pytest.mark.parametrize("brush", BRUSHES)
def test_the_document_shows_what_the_canvas_showed(brush, canvas, known_hair):
    stroke(canvas, brush_kind(brush), middle_of(known_hair, LOCK), STEP, is_mirrored=True)
    hair = edited_hair(known_hair.cloud, canvas.result())
    assert np.abs(canvas.means - known_hair.cloud.means).max() > 1e-4
    np.testing.assert_allclose(hair.cloud.means, canvas.means, atol=1e-6)
    np.testing.assert_allclose(hair.cloud.scales, canvas.scales, rtol=1e-4)
    cosines = np.abs((hair.cloud.quats * canvas.quats).sum(axis=1))
    np.testing.assert_allclose(cosines, 1, atol=1e-5)


@pytest.mark.parametrize("brush", BRUSHES)
@pytest.mark.parametrize(
    "change",
    [
        {"start": np.array([0, 0.5, 0], np.float32)},
        {"radius_m": 0.0},
        {"strength": 0.0},
        {"start": np.full(3, np.nan, np.float32)},
    ],
    ids=["far away", "no radius", "no strength", "no place"],
)
def test_strokes_that_do_nothing(brush, change, canvas, known_hair):
    arguments = {"start": middle_of(known_hair, LOCK), "motion": STEP, "samples": 3} | change
    stroke(canvas, brush_kind(brush), **arguments)
    assert not len(canvas.touched)


@pytest.mark.parametrize("brush", ["comb", "hook"])
def test_a_pen_at_rest_drags_nothing(brush, canvas, known_hair):
    assert brush_kind(brush).drags
    stroke(canvas, brush_kind(brush), middle_of(known_hair, LOCK))
    assert not len(canvas.touched)


@pytest.mark.parametrize("brush", BRUSHES)
def test_hair_without_strands_asks_for_patience(brush, known_hair, head):
    canvas = canvas_of(known_hair, None, head)
    with pytest.raises(AssetError, match="still being found"):
        stroke(canvas, brush_kind(brush), middle_of(known_hair, LOCK), STEP)


@pytest.mark.parametrize("brush", BRUSHES)
def test_options_have_limits_and_defaults_within_them(brush):
    kind = brush_kind(brush)
    assert kind.id == brush
    assert kind.label
    assert kind.tip.endswith(".")
    for option in kind.options:
        assert option.low <= option.default <= option.high


def test_a_stroke_that_was_never_ended_does_not_spoil_the_next(known_hair, known_strands):
    canvas = canvas_of(known_hair, known_strands, None)
    kind, middle = brush_kind("comb"), middle_of(known_hair, LOCK)
    still = np.zeros(3, np.float32)
    kind.make(BrushSettings()).begin(canvas, Dab(middle, still, still, 0.02, 0.5))
    stroke(canvas, kind, middle, STEP)
    assert len(canvas.touched)


def test_conventions_of_the_known_hair(known_hair):
    """The long axis of the Gaussians is their x axis, or the other tests would show nothing."""
    assert quat_from_matrix(np.eye(3, dtype=np.float32)[None]).tolist() == [[1, 0, 0, 0]]
    assert (known_hair.cloud.scales.argmax(axis=1) == 0).all()
