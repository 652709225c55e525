"""What turns with a head, held against how the head poses itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.heads import neutral_parameters
from avatar_core.heads.neck import neck_skin

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead
    from avatar_core.heads.flame import FlameHead

_TURN = np.array([0.2, -0.6, 0.1], np.float32)


def turned(head: BlendshapeHead | FlameHead) -> tuple[np.ndarray, np.ndarray]:
    """[V, 3] as the head poses itself, and by its neck's joint and weights alone."""
    rest = neutral_parameters(head)
    joints = rest.joints.copy()
    joints[head.joint_names.index("neck")] = _TURN
    skin, vertices = neck_skin(head), head.pose(rest)
    whole = (vertices - skin.joint) @ matrix_from_axis_angle(_TURN[None])[0].T + skin.joint
    share = skin.weights[:, None]
    return head.pose(replace(rest, joints=joints)), share * whole + (1 - share) * vertices


def test_a_blendshape_head_turns_by_its_neck(small_head: BlendshapeHead) -> None:
    posed, by_neck = turned(small_head)
    np.testing.assert_allclose(by_neck, posed, atol=1e-6)


def test_a_flame_head_turns_by_its_neck_but_for_pose_correctives(flame_head: FlameHead) -> None:
    still = replace(flame_head.mesh, pose_directions=np.zeros_like(flame_head.mesh.pose_directions))
    posed, by_neck = turned(replace(flame_head, mesh=still))
    np.testing.assert_allclose(by_neck, posed, atol=2e-6)


def test_heads_of_another_kind_are_a_callers_mistake() -> None:
    with pytest.raises(ShapeError, match="no known joints"):
        neck_skin(object())  # type: ignore[arg-type]
