"""Heads in torch against their numpy originals, and their gradients against differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.errors import ShapeError
from avatar_core.heads import HeadParameters
from avatar_core.mega.posing import PoseTensors, pose_tensors, torch_head

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead, ParametricHead
    from avatar_core.heads.flame import FlameHead


def random_pose(
    head: ParametricHead, seed: int, shape: int | None, size: float = 0.4
) -> HeadParameters:
    rng = np.random.default_rng(seed)
    return HeadParameters(
        size * rng.standard_normal(len(head.expression_names)).astype(np.float32),
        size * rng.standard_normal((len(head.joint_names), 3)).astype(np.float32),
        size * rng.standard_normal(3).astype(np.float32),
        None if shape is None else size * rng.standard_normal(shape).astype(np.float32),
    )


@pytest.fixture(params=["flame", "blendshapes"])
def head(
    request: pytest.FixtureRequest, flame_head: FlameHead, small_head: BlendshapeHead
) -> ParametricHead:
    return flame_head if request.param == "flame" else small_head


def shape_width(head: ParametricHead) -> int:
    names = getattr(head, "shape_names", None)
    return 10 if names is None else len(names)


@pytest.mark.parametrize("seed", range(4))
def test_vertices_are_those_of_the_numpy_head(head: ParametricHead, seed: int) -> None:
    pose = random_pose(head, seed, shape_width(head) if seed % 2 else None)
    posed = torch_head(head).pose(pose_tensors(pose)).numpy()
    np.testing.assert_allclose(posed, head.pose(pose), atol=1e-6)


def test_the_head_at_rest(head: ParametricHead) -> None:
    rest = random_pose(head, 0, None, size=0.0)
    posed = torch_head(head).pose(pose_tensors(rest)).numpy()
    np.testing.assert_allclose(posed, head.pose(rest), atol=1e-6)


@pytest.mark.parametrize("size", [0.0, 0.4])
@pytest.mark.parametrize("part", ["expression", "joints", "translation", "shape"])
def test_gradients_are_slopes_of_the_numpy_head(
    head: ParametricHead, part: str, size: float
) -> None:
    """Also at rest, where the axis of a rotation is not defined."""
    pose = random_pose(head, 3, shape_width(head), size)
    tensors = pose_tensors(pose)
    value = getattr(tensors, part).requires_grad_()
    vertices = torch_head(head).pose(tensors)
    weights = np.random.default_rng(8).standard_normal(vertices.shape).astype(np.float32)
    (vertices * torch.from_numpy(weights)).sum().backward()
    assert value.grad is not None
    step = 2e-2
    for place in list(np.ndindex(*value.shape))[:6]:
        sums = []
        for sign in (1, -1):
            moved = {name: np.array(getattr(pose, name)) for name in PoseTensors._fields}
            moved[part][place] += sign * step
            sums.append(float((head.pose(HeadParameters(**moved)) * weights).sum(dtype=np.float64)))
        slope = (sums[0] - sums[1]) / (2 * step)
        assert float(value.grad[place]) == pytest.approx(slope, rel=2e-3, abs=2e-3)


def test_wrong_lengths_are_named(head: ParametricHead) -> None:
    pose = pose_tensors(random_pose(head, 0, None))
    with pytest.raises(ShapeError, match="expression"):
        torch_head(head).pose(pose._replace(expression=torch.zeros(3)))


def test_other_heads_have_no_twin() -> None:
    with pytest.raises(ShapeError, match="twin"):
        torch_head(object())  # type: ignore[arg-type]
