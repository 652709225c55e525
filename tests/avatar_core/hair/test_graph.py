from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from avatar_core.geometry import matrix_from_quat
from avatar_core.hair import graph as graphs


def a_line(count: int = 10, step_m: float = 0.004) -> np.ndarray:
    """Points straight up from a scalp at the origin."""
    points = np.zeros((count, 3))
    points[:, 1] = 0.002 + step_m * np.arange(count)
    return points


def graph_of(means: np.ndarray, axes: np.ndarray, near_scalp_m: np.ndarray) -> graphs.HairGraph:
    tree = cKDTree(means)
    neighbours = graphs.nearest(tree, means, graphs.NEIGHBOURS)
    return graphs.hair_graph(tree, axes, np.full(len(means), 0.004), neighbours, near_scalp_m)


def test_neighbours_are_the_others_even_where_points_coincide():
    points = np.concatenate([np.zeros((20, 3)), np.ones((1, 3))])
    found = graphs.nearest(cKDTree(points), points, 5)
    assert found.shape == (21, 5)
    assert (found != np.arange(21)[:, None]).all()


@pytest.mark.parametrize(("count", "columns"), [(1, 0), (2, 1), (4, 3), (9, 5)])
def test_there_are_no_more_neighbours_than_others(count, columns):
    points = np.random.default_rng(0).normal(size=(count, 3))
    assert graphs.nearest(cKDTree(points), points, 5).shape == (count, columns)


def test_long_axes_are_those_of_the_largest_scale(known_hair):
    cloud = known_hair.cloud.subset(slice(0, 100))
    axes, lengths_m, slimness = graphs.long_axes(cloud)
    np.testing.assert_allclose(axes, matrix_from_quat(cloud.quats)[:, :, 0], atol=1e-6)
    np.testing.assert_allclose(lengths_m, 0.003, rtol=1e-5)
    np.testing.assert_allclose(slimness, 1 - 0.8 / 3, rtol=1e-5)


def test_a_round_gaussian_takes_the_axis_of_its_neighbours():
    axes = np.tile([[0.0, 1.0, 0.0]], (6, 1))
    axes[0] = [1.0, 0.0, 0.0]
    slimness = np.full(6, 0.9)
    slimness[0] = 0.0
    neighbours = np.array([[j for j in range(6) if j != i] for i in range(6)], np.int32)

    smoothed = graphs.smoothed_axes(axes, slimness, neighbours)

    assert np.abs(smoothed[:, 1]).min() > 0.99


def test_a_slim_gaussian_across_its_neighbours_keeps_its_axis():
    axes = np.tile([[0.0, 1.0, 0.0]], (6, 1))
    axes[0] = [1.0, 0.0, 0.0]
    neighbours = np.array([[j for j in range(6) if j != i] for i in range(6)], np.int32)
    smoothed = graphs.smoothed_axes(axes, np.full(6, 0.95), neighbours)
    assert abs(smoothed[0, 0]) > 0.99


def test_every_part_is_linked_to_the_one_that_reaches_the_scalp():
    rooted, island, farther = a_line(8), a_line(8), a_line(8)
    island[:, 1] += 0.5
    farther[:, 1] += 1.0
    means = np.concatenate([rooted, island, farther])
    graph = graph_of(means, np.tile([[0.0, 1.0, 0.0]], (24, 1)), means[:, 1])

    links = coo_matrix((np.ones(len(graph.first)), (graph.first, graph.second)), shape=(24, 24))

    assert connected_components(links, directed=False)[0] == 1
    pairs = set(zip(graph.first.tolist(), graph.second.tolist(), strict=True))
    assert (8, 7) in pairs
    assert all(a != b for a, b in pairs)


def test_hair_stands_out_of_the_scalp_whichever_way_its_axes_were_given():
    means = a_line()
    axes = np.tile([[0.0, 1.0, 0.0]], (10, 1))
    axes[::2] *= -1
    graph = graph_of(means, axes, means[:, 1])

    tangents = graphs.oriented(graph, np.zeros((1, 3)), np.tile([[0.0, 1.0, 0.0]], (10, 1)),
                               means[:, 1])  # fmt: skip

    np.testing.assert_allclose(tangents, np.tile([[0, 1, 0]], (10, 1)), atol=1e-9)


def test_depths_are_metres_along_the_way_from_the_scalp():
    means = a_line()
    upwards = np.tile([[0.0, 1.0, 0.0]], (10, 1))
    depths = graphs.depths_along(graph_of(means, upwards, means[:, 1]), upwards, means[:, 1])

    np.testing.assert_allclose(depths.depths_m, means[:, 1], atol=1e-9)
    assert depths.before[0] == -1
    assert (depths.before < np.arange(10)).all()
    place = np.argsort(depths.order)
    assert (place[depths.before[1:]] < place[1:]).all()


def test_the_way_follows_the_hair_instead_of_crossing_over():
    """Two strands 3 mm apart, closer than the 4 mm of a step along them."""
    one, other = a_line(16), a_line(16)
    other += [0.003, 0.002, 0.0]
    means = np.concatenate([one, other])
    upwards = np.tile([[0.0, 1.0, 0.0]], (32, 1))

    before = graphs.depths_along(graph_of(means, upwards, means[:, 1]), upwards, means[:, 1]).before

    for strand in (before[:16], before[16:] - 16):
        assert strand[0] < 0
        assert ((strand[1:] >= 0) & (strand[1:] < np.arange(1, 16))).all()


def test_hair_swept_back_into_a_knot_runs_from_the_hairline_to_it():
    """A ball with hair from its front rim over the crown and past the sides to the back."""
    rng = np.random.default_rng(4)
    around = rng.uniform(0, 2 * np.pi, 400)
    start = rng.uniform(0.35 * np.pi, 0.75 * np.pi, 400)
    polar = np.linspace(start, 0.1, 40)  # [40, 400] from the pole at the back, where the knot is
    height = 0.001 + 0.02 * (1 - polar / (0.75 * np.pi)) ** 2
    radius = 0.09 + height + 0.0003 * rng.normal(size=400)
    means = np.stack(
        [
            radius * np.sin(polar) * np.cos(around),
            radius * np.sin(polar) * np.sin(around),
            -radius * np.cos(polar),
        ],
        -1,
    )
    truth = np.gradient(means, axis=0).reshape(-1, 3)
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    means = means.reshape(-1, 3)
    outwards = means / np.linalg.norm(means, axis=1, keepdims=True)
    heights_m = np.linalg.norm(means, axis=1) - 0.09
    axes = truth * rng.choice([-1.0, 1.0], len(truth))[:, None]
    graph = graph_of(means, axes, heights_m)

    tangents = graphs.oriented(graph, np.array([[0.0, 0.09, 0.0]]), outwards, heights_m)

    assert np.mean((tangents * truth).sum(axis=1) > 0) > 0.98
