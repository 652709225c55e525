"""Guides: held by a sphere, bent with their lengths kept, and followed by the hair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.geometry import matrix_from_axis_angle, matrix_from_quat, rigid_fit
from avatar_core.hair.brush import Falloff
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.edited import edited_hair
from avatar_core.hair.guides import Guides, close_guides, opened_guides
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.brushes.bending import LOCK, canvas_of, middle_of

NODES = 24


@pytest.fixture
def canvas(known_hair, known_strands):
    return canvas_of(known_hair, known_strands, None)


def test_without_strands_it_says_what_to_wait_for(known_hair):
    with pytest.raises(AssetError, match="still being found"):
        Guides(canvas_of(known_hair, None, None))


def test_guides_lie_where_earlier_edits_put_the_hair(known_hair, known_strands, canvas):
    rows = np.flatnonzero(known_hair.lock == LOCK).astype(np.int32)
    shift = np.array([0.01, 0.02, -0.005], np.float32)
    canvas.move(rows, canvas.means[rows] + shift)
    again = HairCanvas(known_hair.cloud, canvas.result(), strands=known_strands)
    differences = Guides(again).nodes - known_strands.guides
    is_moved = known_hair.lock.reshape(-1, NODES)[:, 0] == LOCK
    np.testing.assert_allclose(differences[is_moved], np.broadcast_to(shift, (5, 24, 3)), atol=1e-7)
    assert not differences[~is_moved].any()


def test_a_brush_holds_what_is_in_its_sphere(canvas, known_hair):
    middle, radius = middle_of(known_hair, LOCK), 0.02
    bundle = Guides(canvas).under(middle, radius, Falloff.LINEAR)
    assert bundle is not None
    distances = np.linalg.norm(bundle.nodes - middle, axis=2)
    held = bundle.weights > 0
    # Nodes just outside are held where the guide dips into the sphere between two of them.
    assert distances[held].max() < radius + 0.004
    assert held[:, 1:][distances[:, 1:] < radius].all()
    np.testing.assert_allclose(bundle.weights[:, 1:].max(), 1 - distances.min() / radius, atol=0.05)
    assert not bundle.weights[:, 0].any()


def test_a_small_brush_holds_a_guide_between_two_nodes(canvas, known_strands):
    first, second = known_strands.guides[70, 10:12]
    bundle = Guides(canvas).under((first + second) / 2, 0.001, Falloff.CONSTANT)
    assert bundle is not None
    assert bundle.ids.tolist() == [70]
    np.testing.assert_allclose(bundle.weights[0, 10:12], 0.5, atol=1e-3)


@pytest.mark.parametrize(
    ("place", "radius_m"), [((0, 1, 0), 0.03), ((0, 0.1, 0), 0), ((np.nan, 0, 0), 0.03)]
)
def test_nothing_is_held_elsewhere(canvas, place, radius_m):
    guides = Guides(canvas)
    assert guides.under(np.array(place, np.float32), radius_m, Falloff.SMOOTH) is None


def test_parts_keep_their_lengths_and_roots_their_places(canvas, known_strands):
    guides = Guides(canvas)
    _throw(guides, np.random.default_rng(0), 0.03)
    lengths = np.linalg.norm(np.diff(guides.nodes, axis=1), axis=2)
    np.testing.assert_allclose(lengths, guides.lengths_m, rtol=1e-4)
    np.testing.assert_array_equal(guides.nodes[:, 0], known_strands.guides[:, 0])


def test_parts_may_grow_where_that_is_wanted(canvas):
    guides = Guides(canvas)
    bundle = guides.bundle(np.arange(3), np.ones((3, NODES), np.float32))
    targets = bundle.nodes * np.float32(1.2)
    guides.bend(bundle, targets, 0.0, keeps_lengths=False)
    np.testing.assert_array_equal(guides.nodes[:3, 1:], targets[:, 1:])


def test_nodes_stay_out_of_the_head(known_hair, known_strands):
    head = HeadCollider(known_hair.vertices, known_hair.faces)
    guides = Guides(canvas_of(known_hair, known_strands, head))
    rng = np.random.default_rng(1)
    for _ in range(20):
        _throw(guides, rng, 0.02)
    assert known_hair.heights_m(guides.nodes.reshape(-1, 3)).min() > 0.0008


def test_hair_beneath_its_guide_is_not_pressed_into_the_head(known_hair, known_strands):
    """Guides 6 mm above their Gaussians come down to the head; Gaussians stay where skin begins."""
    outwards = known_strands.guides / np.linalg.norm(known_strands.guides, axis=2, keepdims=True)
    strands = replace(known_strands, guides=known_strands.guides + np.float32(0.006) * outwards)
    head = HeadCollider(known_hair.vertices, known_hair.faces)
    canvas = canvas_of(known_hair, strands, head)
    guides = Guides(canvas)
    for _ in range(15):
        bundle = guides.bundle(np.arange(150), np.ones((150, NODES), np.float32))
        guides.bend(bundle, bundle.nodes - np.float32(0.001) * outwards, 0.0)
    guides.carry(canvas)
    assert known_hair.heights_m(guides.nodes.reshape(-1, 3)).min() < 0.003
    assert known_hair.heights_m(canvas.means).min() > 0.0005


def test_hair_that_was_in_the_head_goes_no_deeper(known_hair, known_strands):
    deep = replace(known_hair.cloud, means=known_hair.cloud.means * np.float32(0.95))
    head = HeadCollider(known_hair.vertices, known_hair.faces)
    canvas = HairCanvas(deep, HairEdits(), strands=known_strands, head=head)
    before = head.heights(deep.means)
    assert (before < 0).any()
    guides = Guides(canvas)
    _throw(guides, np.random.default_rng(4), 0.003)
    guides.carry(canvas)
    assert (head.heights(canvas.means) > np.minimum(before, 0.001) - 5e-4).all()


def test_what_a_spring_does_not_drag_swings_along(canvas, known_strands):
    """A guide held at one node alone: the rest behind it turns as its part turned."""
    guides = Guides(canvas)
    weights = np.zeros((1, NODES), np.float32)
    weights[0, 1] = 1
    bundle = guides.bundle(np.array([40]), weights)
    targets = bundle.nodes.copy()
    targets[0, 1] += [0.002, 0.0, 0.001]
    guides.bend(bundle, targets, 1.0)
    before, after = known_strands.guides[40, 1:], guides.nodes[40, 1:]
    assert np.linalg.norm(after - before, axis=1).min() > 0.001
    fit = rigid_fit(before, after)
    np.testing.assert_allclose(before @ fit[0].T + fit[1], after, atol=2e-6)
    np.testing.assert_allclose(matrix_from_quat(guides._turns[40, 5]), fit[0], atol=1e-3)


def test_a_guide_is_bent_but_not_folded(known_hair, known_strands):
    guides = Guides(canvas_of(known_hair, known_strands, None))
    before = _sharpest_deg(guides.nodes)
    for _ in range(30):
        bundle = guides.bundle(np.arange(150), np.ones((150, NODES), np.float32))
        guides.bend(bundle, bundle.nodes[:, ::-1].copy(), 0.0)
    assert (_sharpest_deg(guides.nodes) < np.maximum(before, 40) + 0.5).all()
    assert np.abs(guides.nodes - known_strands.guides).max() > 0.01


def test_hair_beyond_the_brush_is_held_less_and_less(canvas, known_hair):
    bundle = Guides(canvas).under(middle_of(known_hair, LOCK), 0.012, Falloff.SMOOTH)
    assert bundle is not None
    trailing = bundle.trailing(0.05)
    best = bundle.weights.argmax(axis=1)
    for held, trail, first in zip(bundle.weights, trailing.weights, best, strict=True):
        np.testing.assert_array_equal(trail[: first + 1], held[: first + 1])
        beyond = 0.004 * np.arange(NODES - first)
        np.testing.assert_allclose(trail[first:], held[first] * np.exp(-beyond / 0.05), rtol=0.1)


def test_a_guide_that_comes_back_is_not_turned(canvas):
    guides = Guides(canvas)
    start = guides.nodes.copy()
    every = np.ones(start.shape[:2], np.float32)
    for axis in (0.4 * np.eye(3, dtype=np.float32)).tolist():
        bundle = guides.bundle(np.arange(150), every)
        turn = matrix_from_axis_angle(np.array(axis, np.float32))
        growing = np.linspace(0, 1, NODES, dtype=np.float32)[:, None]
        turned = bundle.nodes[:, :1] + (bundle.nodes - bundle.nodes[:, :1]) @ turn.T
        guides.bend(bundle, bundle.nodes + growing * (turned - bundle.nodes), 0.0)
    guides.bend(guides.bundle(np.arange(150), every), start, 0.0)
    guides.carry(canvas)
    # But for the few guides with kinks in them, which stay straightened.
    assert np.quantile(np.abs(guides.nodes - start), 0.95) < 1e-5
    angles = 2 * np.arccos(np.abs(guides._turns[..., 0]).clip(0, 1))
    assert np.quantile(np.degrees(angles), 0.9) < 1


def test_hair_follows_a_turned_guide_like_a_rigid_body(canvas, known_hair):
    guides = Guides(canvas)
    turn = matrix_from_axis_angle(np.array([0.3, 0.8, -0.2], np.float32))
    bundle = guides.bundle(np.arange(150), np.ones((150, NODES), np.float32))
    roots = bundle.nodes[:, :1]
    wanted = roots + (bundle.nodes - roots) @ turn.T
    guides.bend(bundle, wanted, 0.0)
    guides.carry(canvas)
    np.testing.assert_allclose(canvas.means, wanted.reshape(-1, 3), atol=2e-6)
    # Of the turn only what tangents show is known: round itself a strand looks the same.
    axes = matrix_from_quat(known_hair.cloud.quats)[:, :, 0] @ turn.T
    np.testing.assert_allclose(matrix_from_quat(canvas.quats)[:, :, 0], axes, atol=2e-5)


def test_carrying_is_the_written_formula(known_hair, known_strands):
    """x' = hold' + Q (x - hold), shares of four guides at broken places, and part of it by mask."""
    rng = np.random.default_rng(2)
    count = len(known_hair.cloud)
    shares = rng.dirichlet(np.ones(4), count).astype(np.float32)
    strands = replace(
        known_strands,
        guide_ids=(known_hair.strand[:, None] // 5 * 5 + rng.integers(0, 5, (count, 4))).astype(
            np.int32
        ),
        places=rng.uniform(0, NODES - 1, (count, 4)).astype(np.float32),
        shares=shares,
    )
    canvas = canvas_of(known_hair, strands, None)
    canvas.mask[:] = rng.choice([0.0, 0.4, 1.0], count)
    guides = Guides(canvas)
    before = guides.nodes.copy()
    for _ in range(3):
        _throw(guides, rng, 0.0007)
        guides.carry(canvas)
    low = strands.places.astype(int)
    between = (strands.places - low)[..., None]

    def held(nodes: np.ndarray) -> np.ndarray:
        each = nodes[strands.guide_ids, low] * (1 - between)
        each = each + nodes[strands.guide_ids, low + 1] * between
        return (shares[..., None] * each).sum(axis=1)

    turns = held(guides._turns)
    start = known_hair.cloud.means
    arms = np.einsum("nij,nj->ni", matrix_from_quat(turns), start - held(before))
    wanted = start + canvas.mask[:, None] * (held(guides.nodes) + arms - start)
    np.testing.assert_allclose(canvas.means, wanted, atol=2e-6)
    np.testing.assert_array_equal(canvas.means[canvas.mask == 0], start[canvas.mask == 0])


def test_only_what_moved_is_touched(canvas, known_hair):
    guides = Guides(canvas)
    bundle = guides.bundle(np.array([70]), np.ones((1, NODES), np.float32))
    targets = bundle.nodes.copy()
    targets[0, 12:] += np.float32(0.003)
    guides.bend(bundle, targets, 0.0)
    guides.carry(canvas)
    rows = np.flatnonzero(known_hair.strand == 70)
    # The part before node 12 turns, and with it the tangent at node 11.
    assert canvas.touched.tolist() == rows[11:].tolist()


def test_gaussians_get_longer_with_their_guide(canvas, known_hair):
    guides = Guides(canvas)
    bundle = guides.bundle(np.array([70]), np.ones((1, NODES), np.float32))
    targets = bundle.nodes[:, :1] + np.float32(1.5) * (bundle.nodes - bundle.nodes[:, :1])
    guides.bend(bundle, targets, 0.0, keeps_lengths=False)
    guides.carry(canvas, is_stretched=True)
    rows = np.flatnonzero(known_hair.strand == 70)[1:]
    factors = canvas.scales[rows] / known_hair.cloud.scales[rows]
    # At bends the long axis lies between two parts and differs a little from both.
    np.testing.assert_allclose(factors[:, 0], 1.5, atol=0.1)
    np.testing.assert_allclose(factors[:, 1:], 1.0, atol=0.1)


def test_added_hair_follows_the_guides_of_its_parent(canvas, known_hair):
    parents = np.flatnonzero(known_hair.strand == 70)[8:10].astype(np.int32)
    added = canvas.add(known_hair.cloud.subset(parents), parents)
    guides = Guides(canvas)
    _throw(guides, np.random.default_rng(3), 0.004)
    guides.carry(canvas)
    np.testing.assert_array_equal(canvas.means[added], canvas.means[parents])
    result = edited_hair(known_hair.cloud, canvas.result())
    np.testing.assert_allclose(result.cloud.means, canvas.means, atol=1e-6)


def test_guides_of_frozen_hair_are_not_held(canvas, known_hair):
    canvas.mask[known_hair.lock == LOCK] = 0
    bundle = Guides(canvas).under(middle_of(known_hair, LOCK), 0.004, Falloff.SMOOTH)
    assert bundle is None


def test_twins_of_a_stroke_share_their_guides(canvas):
    one, other = opened_guides(canvas), opened_guides(canvas)
    assert one is other
    close_guides(canvas, one)
    assert opened_guides(canvas) is other
    close_guides(canvas, other)
    close_guides(canvas, other)
    assert opened_guides(canvas) is not other


def test_hair_without_gaussians(known_hair, known_strands):
    none = known_hair.cloud.subset(np.zeros(0, np.int32))
    strands = replace(
        known_strands,
        guides=np.zeros((0, 24, 3), np.float32),
        node_rows=np.zeros((0, 24, 1), np.int32),
        **{
            name: getattr(known_strands, name)[:0]
            for name in (
                "guide_ids", "places", "shares", "depths_m", "progress", "tangents", "neighbours",
            )
        },
    )  # fmt: skip
    canvas = HairCanvas(none, HairEdits(), strands=strands)
    guides = Guides(canvas)
    assert guides.under(np.zeros(3, np.float32), 0.1, Falloff.SMOOTH) is None
    guides.carry(canvas)


def _sharpest_deg(nodes: np.ndarray) -> np.ndarray:
    """[G] the sharpest angle between parts of each guide."""
    parts = np.diff(nodes.astype(np.float64), axis=1)
    parts /= np.linalg.norm(parts, axis=2, keepdims=True)
    cosines = (parts[:, 1:] * parts[:, :-1]).sum(axis=2)
    return np.degrees(np.arccos(cosines.min(axis=1).clip(-1, 1)))


def _throw(guides: Guides, rng: np.random.Generator, distance_m: float) -> None:
    """Ask for random places of all nodes."""
    count = len(guides.nodes)
    bundle = guides.bundle(np.arange(count), np.ones(guides.nodes.shape[:2], np.float32))
    noise = rng.normal(scale=distance_m, size=guides.nodes.shape).astype(np.float32)
    guides.bend(bundle, bundle.nodes + noise, 0.3)
