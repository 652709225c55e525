"""Points on a FLAME head, against posing all of it and against small differences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.heads import HeadParameters, landmark_positions
from avatar_core.heads.flame_points import FlamePoints

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead

STEP = 1e-4


def some_pose(seed: int, expressions: int, turn_rad: float = 0.4) -> HeadParameters:
    rng = np.random.default_rng(seed)
    return HeadParameters(
        rng.normal(0, 1, expressions).astype(np.float32),
        rng.normal(0, turn_rad, (5, 3)).astype(np.float32),
        rng.normal(0, 0.1, 3).astype(np.float32),
    )


@pytest.fixture(params=["synthetic", "open"])
def head(
    request: pytest.FixtureRequest, flame_head: FlameHead, open_flame_head: FlameHead
) -> FlameHead:
    """One with pose correctives and joints that follow expressions, one that is a face."""
    if request.param == "open":
        return open_flame_head
    return replace(flame_head, shape=np.linspace(-1, 1, 10, dtype=np.float32))


@pytest.mark.parametrize("seed", [0, 1])
def test_places_are_those_of_the_posed_mesh(head: FlameHead, seed: int) -> None:
    pose = some_pose(seed, len(head.expression_names))
    expected = landmark_positions(head.topology, head.pose(pose))
    np.testing.assert_allclose(FlamePoints.landmarks(head).places(pose), expected, atol=2e-6)


def test_vertices_are_those_of_the_posed_mesh(head: FlameHead) -> None:
    pose = some_pose(3, len(head.expression_names))
    ids = np.unique(head.mesh.faces)[[0, 7, 100, -1]].astype(np.int32)
    points = FlamePoints.on_vertices(head, ids)
    np.testing.assert_allclose(points.places(pose), head.pose(pose)[ids], atol=2e-6)


@pytest.mark.parametrize("turn_rad", [0.0, 1e-7, 0.4, 2.0])
def test_derivatives_are_small_differences(head: FlameHead, turn_rad: float) -> None:
    points = FlamePoints.landmarks(head)
    pose = some_pose(5, points.expressions, turn_rad)
    places, columns = points.derivatives(pose)
    np.testing.assert_allclose(places, points.places(pose), atol=1e-12)
    assert columns.shape == (len(points), 3, points.expressions + 18)
    values = np.concatenate([pose.expression, pose.joints.ravel(), pose.translation])
    for column in range(len(values)):
        ends = []
        for sign in (-1, 1):
            moved = values.astype(np.float64)
            moved[column] += sign * STEP
            ends.append(points.places(parameters(moved, points.expressions)))
        slope = (ends[1] - ends[0]) / (2 * STEP)
        np.testing.assert_allclose(columns[..., column], slope, atol=2e-5, err_msg=str(column))


def parameters(values: np.ndarray, expressions: int) -> HeadParameters:
    """A pose in double precision, which small differences need."""
    return HeadParameters(values[:expressions], values[expressions:-3].reshape(5, 3), values[-3:])


def test_one_point_and_none(open_flame_head: FlameHead) -> None:
    pose = some_pose(1, 50)
    for count in (1, 0):
        faces = np.arange(count, dtype=np.int32)
        points = FlamePoints.on_faces(open_flame_head, faces, np.full((count, 3), 1 / 3, "f4"))
        places, columns = points.derivatives(pose)
        assert places.shape == (count, 3)
        assert columns.shape == (count, 3, 68)


def test_unequal_lists_are_refused(open_flame_head: FlameHead) -> None:
    with pytest.raises(ShapeError, match="barycentric"):
        FlamePoints.on_faces(open_flame_head, np.zeros(2, np.int32), np.zeros((3, 3), np.float32))
