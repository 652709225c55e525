"""Takes as FLAME sequences, and sequences as takes that look like them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.heads.flame_sequence import FlameSequence
from avatar_core.io import flame_sources
from avatar_core.io.flame_sequence import read_flame_sequence, write_flame_sequence
from avatar_core.io.flame_takes import flame_from_take, head_of_motion, take_from_flame
from avatar_core.io.take_file import load_take
from avatar_core.motion import ARKIT_UNITS, MotionFrame, Take
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead
    from avatar_core.heads.flame import FlameHead


@pytest.fixture(scope="module")
def performance() -> Take:
    """Thirty moments of the bundled performance."""
    take = load_take(resource_path("demo", "performance.take"))
    return Take.from_frames("part", list(take.frames())[100:400:10], 3.0)


def test_export_is_what_the_avatar_does(performance: Take, open_flame_head: FlameHead) -> None:
    sequence = flame_from_take(performance, open_flame_head)
    assert len(sequence) == len(performance)
    np.testing.assert_allclose(sequence.times_s, performance.times_s)
    np.testing.assert_array_equal(sequence.shape, open_flame_head.shape)
    frame = performance.frame(7)
    expected = open_flame_head.parameters_from_arkit(
        ARKIT_UNITS, frame.weights, frame.head_rotation, frame.head_translation, frame.gaze
    )
    np.testing.assert_array_equal(sequence.joints[7], expected.joints)
    np.testing.assert_array_equal(sequence.expression[7], expected.expression)


def test_a_take_comes_back_through_a_file(
    tmp_path: Path, performance: Take, open_flame_head: FlameHead
) -> None:
    """The face looks the same within half a millimetre; head and gaze are as they were."""
    path = tmp_path / "motion.npz"
    write_flame_sequence(flame_from_take(performance, open_flame_head), path)
    again = take_from_flame(read_flame_sequence(path), open_flame_head, "again")
    assert again.name == "again"
    assert again.fps == pytest.approx(3.0, abs=0.01)
    np.testing.assert_allclose(again.times_s, performance.times_s)
    np.testing.assert_allclose(again.head_rotation, performance.head_rotation, atol=1e-5)
    np.testing.assert_allclose(again.head_translation, performance.head_translation, atol=1e-4)
    assert again.gaze is not None
    if performance.gaze is not None:
        np.testing.assert_allclose(again.gaze, performance.gaze, atol=1e-3)
    for first, second in zip(performance.frames(), again.frames(), strict=True):
        apart = shown(open_flame_head, first) - shown(open_flame_head, second)
        assert np.linalg.norm(apart, axis=1).max() < 1e-3
        assert np.linalg.norm(apart, axis=1).mean() < 1e-4


def shown(head: FlameHead, motion: MotionFrame) -> np.ndarray:
    return head.pose(
        head.parameters_from_arkit(
            ARKIT_UNITS, motion.weights, motion.head_rotation, motion.head_translation, motion.gaze
        )
    )


def test_root_and_neck_turn_one_head(open_flame_head: FlameHead) -> None:
    joints = np.zeros((2, 5, 3), np.float32)
    joints[1, 0], joints[1, 1] = (0, 0.3, 0), (0.2, 0, 0)
    sequence = FlameSequence(
        np.zeros(0, np.float32), np.zeros((2, 50), np.float32), joints,
        np.zeros((2, 3), np.float32), np.array([0, 0.5]),
    )  # fmt: skip
    take = take_from_flame(sequence, open_flame_head, "turn")
    assert take.fps == 2.0
    expected = matrix_from_axis_angle(joints[1, 0]) @ matrix_from_axis_angle(joints[1, 1])
    found = matrix_from_axis_angle(take.head_rotation[1])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(take.weights, 0, atol=1e-3)


@pytest.mark.parametrize("expressions", [10, 100])
def test_other_numbers_of_expressions_are_taken(
    expressions: int, open_flame_head: FlameHead
) -> None:
    rows = np.random.default_rng(0).normal(0, 1, (2, expressions)).astype(np.float32)
    sequence = FlameSequence(
        np.zeros(300, np.float32), rows, np.zeros((2, 5, 3), np.float32),
        np.zeros((2, 3), np.float32), np.array([0, 0.1]),
    )  # fmt: skip
    take = take_from_flame(sequence, open_flame_head, "other")
    assert take.weights.max() > 0.1


def test_a_single_moment_is_a_take_too(open_flame_head: FlameHead) -> None:
    one = Take.from_frames("one", [MotionFrame.from_units(jawOpen=0.5)], 30)
    take = take_from_flame(flame_from_take(one, open_flame_head), open_flame_head, "one")
    assert len(take) == 1
    assert take.frame(0).weight("jawOpen") == pytest.approx(0.5, abs=0.05)


def test_heads_without_units_are_refused_in_words(
    performance: Take, open_flame_head: FlameHead
) -> None:
    blank = replace(open_flame_head, arkit_to_expression=None)
    sequence = flame_from_take(performance, open_flame_head)
    with pytest.raises(AssetError, match="expression units"):
        take_from_flame(sequence, blank, "x")
    with pytest.raises(AssetError, match="expression units"):
        flame_from_take(performance, blank)


def test_a_flame_head_learns_the_units_where_it_does_not_know_them(
    open_flame_head: FlameHead, flame_head: FlameHead
) -> None:
    assert head_of_motion(open_flame_head) is open_flame_head
    taught = head_of_motion(replace(open_flame_head, arkit_to_expression=None))
    assert taught.arkit_to_expression is not None
    with pytest.raises(AssetError, match="expression units"):
        head_of_motion(flame_head)  # three landmarks, which are not the open head's


def test_other_heads_need_the_users_flame(
    tmp_path: Path, open_head: BlendshapeHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flame_sources, "flame_folder", lambda: tmp_path)
    with pytest.raises(AssetError, match="FLAME head needs files"):
        head_of_motion(open_head)
