from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_core.errors import ShapeError
from avatar_core.heads import BlendshapeHead, HeadParameters
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX

if TYPE_CHECKING:
    from pathlib import Path

NO_TURN = np.zeros(3, np.float32)


def reference_pose(arrays: dict[str, np.ndarray], parameters: HeadParameters) -> np.ndarray:
    """Float64, one vertex set a joint, 4 x 4 chains, scipy's rotations: nothing shared."""
    rest = arrays["vertices"].astype(np.float64)
    joints = arrays["joints"].astype(np.float64)
    if parameters.shape is not None:
        for weight, delta, joint in zip(
            parameters.shape,
            arrays["shape_deltas"],
            arrays["joint_shape_deltas"],
            strict=True,
        ):
            rest = rest + float(weight) * delta
            joints = joints + float(weight) * joint
    for weight, delta in zip(parameters.expression, arrays["expression_deltas"], strict=True):
        rest = rest + float(weight) * delta
    world: list[np.ndarray] = []
    posed = np.zeros_like(rest)
    for index, parent in enumerate(arrays["parents"]):
        local = np.eye(4)
        local[:3, :3] = Rotation.from_rotvec(parameters.joints[index]).as_matrix()
        local[:3, 3] = joints[index] - (joints[parent] if parent >= 0 else 0)
        world.append(local if parent < 0 else world[parent] @ local)
        from_joint = np.c_[rest - joints[index], np.ones(len(rest))]
        moved = (from_joint @ world[index].T)[:, :3]
        posed += arrays["skin_weights"][:, index : index + 1] * moved
    return posed + parameters.translation


def random_parameters(seed: int, with_shape: bool) -> HeadParameters:
    rng = np.random.default_rng(seed)
    return HeadParameters(
        expression=rng.random(52).astype(np.float32),
        joints=rng.normal(0, 0.6, (5, 3)).astype(np.float32),
        translation=rng.normal(0, 0.1, 3).astype(np.float32),
        shape=rng.normal(0, 1, 2).astype(np.float32) if with_shape else None,
    )


@pytest.mark.parametrize("with_shape", [False, True])
def test_pose_agrees_with_a_float64_reference(
    small_head: BlendshapeHead, head_arrays: dict[str, np.ndarray], with_shape: bool
) -> None:
    parameters = random_parameters(1, with_shape)
    expected = reference_pose(head_arrays, parameters)
    # Float32 sums of a few decimetres: a micrometre is a dozen rounding steps.
    np.testing.assert_allclose(small_head.pose(parameters), expected, atol=1e-6)


def test_pose_agrees_with_the_reference_on_the_captured_head(shared_folder: Path) -> None:
    path = shared_folder / "data/synthetic_capture/rosa/head_model.npz"
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    head = BlendshapeHead.from_arrays(arrays)
    rng = np.random.default_rng(3)
    parameters = HeadParameters(
        expression=rng.random(52).astype(np.float32),
        joints=rng.normal(0, 0.5, (5, 3)).astype(np.float32),
        translation=np.array([0.1, -0.2, 0.3], np.float32),
        shape=rng.normal(0, 0.5, 18).astype(np.float32),
    )
    expected = reference_pose(arrays, parameters)
    np.testing.assert_allclose(head.pose(parameters), expected, atol=1e-6)


def test_neutral_is_the_rest_shape_to_the_bit(small_head: BlendshapeHead) -> None:
    parameters = small_head.parameters_from_arkit(
        ARKIT_UNITS, np.zeros(52, np.float32), NO_TURN, NO_TURN, None
    )
    np.testing.assert_allclose(small_head.pose(parameters), small_head.vertices, atol=1e-7)


def test_pose_does_not_write_into_the_head(small_head: BlendshapeHead) -> None:
    before = small_head.vertices.copy()
    small_head.pose(random_parameters(2, True))
    np.testing.assert_array_equal(small_head.vertices, before)


def test_head_turns_about_the_neck_and_translation_is_damped(small_head: BlendshapeHead) -> None:
    turn = np.array([0.1, 0.5, -0.2], np.float32)
    far = np.array([3.0, 0, 4.0], np.float32)
    near = np.array([0.003, 0, 0.004], np.float32)
    weights = np.zeros(52, np.float32)
    parameters = small_head.parameters_from_arkit(ARKIT_UNITS, weights, turn, far, None)
    neck = small_head.joint_names.index("neck")
    np.testing.assert_array_equal(parameters.joints[neck], turn)
    assert not parameters.joints[[0, 2, 3, 4]].any()
    np.testing.assert_allclose(parameters.translation, 0.08 * far / 5, atol=1e-6)
    small = small_head.parameters_from_arkit(ARKIT_UNITS, weights, turn, near, None).translation
    np.testing.assert_allclose(small, 0.5 * near, rtol=2e-3)


def test_eye_look_weights_turn_the_eyes(small_head: BlendshapeHead) -> None:
    weights = np.zeros(52, np.float32)
    weights[UNIT_INDEX["eyeLookDownLeft"]] = 0.5
    weights[UNIT_INDEX["eyeLookOutRight"]] = 1.0
    joints = small_head.parameters_from_arkit(ARKIT_UNITS, weights, NO_TURN, NO_TURN, None).joints
    np.testing.assert_allclose(joints[3], (0.1, 0, -0.005), atol=1e-7)
    np.testing.assert_allclose(joints[4], (0, -0.26, 0.01), atol=1e-7)


def test_gaze_wins_over_eye_look_and_the_lids_follow_it(small_head: BlendshapeHead) -> None:
    weights = np.zeros(52, np.float32)
    weights[UNIT_INDEX["eyeLookUpLeft"]] = 1.0
    weights[UNIT_INDEX["jawOpen"]] = 0.4
    gaze = np.array([[0.13, -0.1], [0.0, 0.0]], np.float32)  # left eye: to the left and down
    parameters = small_head.parameters_from_arkit(ARKIT_UNITS, weights, NO_TURN, NO_TURN, gaze)
    expected = (Rotation.from_euler("y", 0.13) * Rotation.from_euler("x", 0.1)).as_rotvec()
    np.testing.assert_allclose(parameters.joints[3], expected, atol=1e-6)
    np.testing.assert_allclose(parameters.joints[4], 0, atol=1e-7)
    lids = dict(zip(ARKIT_UNITS, parameters.expression, strict=True))
    assert lids["eyeLookUpLeft"] == 0
    assert lids["eyeLookDownLeft"] == pytest.approx(0.5, abs=0.02)
    assert lids["eyeLookOutLeft"] == pytest.approx(0.5, abs=0.02)
    assert lids["jawOpen"] == pytest.approx(0.4)


def test_units_go_by_name_and_unknown_ones_are_left_out(small_head: BlendshapeHead) -> None:
    parameters = small_head.parameters_from_arkit(
        ("mouthClose", "_neutral", "jawOpen"),
        np.array([0.2, 1.0, 1.7], np.float32),
        NO_TURN,
        NO_TURN,
        None,
    )
    expected = np.zeros(52, np.float32)
    expected[UNIT_INDEX["mouthClose"]] = 0.2
    expected[UNIT_INDEX["jawOpen"]] = 1.0
    np.testing.assert_allclose(parameters.expression, expected)


def test_a_head_with_a_root_alone_still_turns(head_arrays: dict[str, np.ndarray]) -> None:
    arrays = {
        **head_arrays,
        "joint_names": np.array(["root"]),
        "joints": np.zeros((1, 3), np.float32),
        "parents": np.array([-1], np.int32),
        "skin_weights": np.ones((40, 1), np.float32),
        "joint_shape_deltas": np.zeros((2, 1, 3), np.float32),
    }
    head = BlendshapeHead.from_arrays(arrays)
    turn = np.array([0, np.pi / 2, 0], np.float32)
    posed = head.pose(
        head.parameters_from_arkit(ARKIT_UNITS, np.zeros(52, np.float32), turn, NO_TURN, None)
    )
    x, y, z = head.vertices.T
    np.testing.assert_allclose(posed, np.stack([z, y, -x], axis=1), atol=1e-6)


def test_arrays_round_trip(small_head: BlendshapeHead) -> None:
    again = BlendshapeHead.from_arrays(small_head.arrays())
    for name, array in small_head.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array)
    assert len(small_head.expression_vertex_ids) == 30  # those that no unit moves are not stored


def test_the_identity_basis_may_be_missing(head_arrays: dict[str, np.ndarray]) -> None:
    for name in ("shape_names", "shape_deltas", "joint_shape_deltas"):
        del head_arrays[name]
    head = BlendshapeHead.from_arrays(head_arrays)
    assert head.shape_names == ()
    assert head.pose(random_parameters(4, False)).shape == (40, 3)


def _poisoned(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flat[0] = np.nan
    return array


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("vertices", lambda a: a[:, :2]),
        ("vertices", _poisoned),
        ("faces", lambda a: a + 40),
        ("faces", lambda a: a.astype(np.float32)),
        ("uv_faces", lambda a: a - 1),
        ("expression_deltas", lambda a: a[:, :39]),
        ("expression_names", lambda a: a[:-1]),
        ("expression_names", lambda a: np.zeros(52)),
        ("parents", lambda a: a[::-1]),
        ("skin_weights", lambda a: a[:, :4]),
        ("face_part", lambda a: a + 2),
        ("landmark_barycentric", lambda a: a[:3]),
        ("joints", None),
    ],
)
def test_bad_arrays_are_named(head_arrays: dict[str, np.ndarray], name: str, spoil: object) -> None:
    if spoil is None:
        del head_arrays[name]
    else:
        assert callable(spoil)
        head_arrays[name] = spoil(head_arrays[name])
    with pytest.raises(ShapeError, match=r"\w+: "):
        BlendshapeHead.from_arrays(head_arrays)


def test_wrong_parameter_lengths_are_named(small_head: BlendshapeHead) -> None:
    good = random_parameters(5, True)
    for expression, joints in itertools.islice(
        itertools.product((good.expression, good.expression[:51]), (good.joints, good.joints[:4])),
        1,
        None,
    ):
        with pytest.raises(ShapeError, match=r"expression|joints"):
            small_head.pose(HeadParameters(expression, joints))
    with pytest.raises(ShapeError, match="shape"):
        small_head.pose(HeadParameters(good.expression, good.joints, shape=np.zeros(3, np.float32)))
