from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.commands import (
    PosePart,
    ResetExpression,
    SetBlendshape,
    SetExpression,
    SetHeadPose,
)
from avatar_core.project import Expression, Project, digest


def test_slider_values_are_brought_into_range() -> None:
    project = Project()
    assert SetBlendshape.of(project, "jawOpen", 1.7).after == 1.0
    assert SetBlendshape.of(project, "jawOpen", -3.0).after == 0.0


def test_slider_keeps_what_a_float32_can_hold() -> None:
    project = Project()
    SetBlendshape.of(project, "jawOpen", 0.1).do(project)
    assert project.expression.weight("jawOpen") == float(np.float32(0.1))


def test_negative_zero_is_zero() -> None:
    assert SetBlendshape.of(Project(), "jawOpen", -0.0).changes_nothing


def test_units_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="earWiggle"):
        SetBlendshape("earWiggle", 0.0, 1.0)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        SetBlendshape("jawOpen", 0.0, float("nan"))


def test_drags_merge_per_slider() -> None:
    first = SetBlendshape("jawOpen", 0.0, 0.5)
    merged = first.merged_with(SetBlendshape("jawOpen", 0.5, 1.0))
    assert merged == SetBlendshape("jawOpen", 0.0, 1.0)
    assert first.merged_with(SetBlendshape("cheekPuff", 0.0, 1.0)) is None
    assert first.merged_with(SetHeadPose(PosePart.GAZE, (0, 0), (1, 1))) is None


@pytest.mark.parametrize("part", PosePart)
def test_head_pose_sets_one_part_only(part: PosePart) -> None:
    project = Project()
    values = np.arange(1, part.size + 1) / 10
    SetHeadPose.of(project, part, values).do(project)
    for each in PosePart:
        expected = values if each is part else np.zeros(each.size)
        assert np.array_equal(getattr(project.expression, each.value), expected.astype(np.float32))


@pytest.mark.parametrize("values", [(1.0, 2.0), (1.0, 2.0, float("inf")), (1e39, 0.0, 0.0)])
def test_head_pose_refuses_what_is_no_pose(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="3 numbers"):
        SetHeadPose(PosePart.ROTATION, (0.0, 0.0, 0.0), values)


def test_reset_brings_everything_to_rest(full_project: Project) -> None:
    ResetExpression.of(full_project).do(full_project)
    assert digest(full_project.expression) == digest(Expression())


def test_set_expression_keeps_only_what_changes(full_project: Project) -> None:
    pose = full_project.expression.with_weight("jawOpen", 0.125)
    command = SetExpression.of(full_project, pose, "Open")
    assert command.label == "Open"
    assert command.weights.indices.tolist() == [17]
    assert command.gaze.changes_nothing
    command.do(full_project)
    assert digest(full_project.expression) == digest(pose)


def test_whole_poses_merge_into_one(full_project: Project) -> None:
    before = digest(full_project)
    first = SetExpression.of(full_project, Expression())
    first.do(full_project)
    pose = replace(Expression(), gaze=np.ones(2, np.float32))
    second = SetExpression.of(full_project, pose, "Look")
    second.do(full_project)
    merged = first.merged_with(second)
    assert merged is not None
    assert merged.label == "Look"
    merged.undo(full_project)
    assert digest(full_project) == before
    assert merged.merged_with(SetBlendshape("jawOpen", 0.0, 1.0)) is None
