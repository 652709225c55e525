"""Which way a portrait's head turns, told by where its nose goes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar_core.emoportraits import alignment
from avatar_core.errors import FaceNotFoundError, ShapeError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.project.portrait import CropBox

NOSE = np.array([0.0, 0.1, -0.4, 1.0])
CROWN = np.array([0.0, -0.6, 0.1, 1.0])
LEFT_EAR = np.array([0.45, 0.0, 0.1, 1.0])  # the person's left is right in the picture
MIDDLE = (0.0, 0.0, 0.0)
FRONTAL = np.eye(4, dtype=np.float32)


def picture_of(theta: np.ndarray, point: np.ndarray) -> np.ndarray:
    return (np.linalg.inv(theta.astype(np.float64)) @ point)[:3]


def turned(*rotation: float) -> np.ndarray:
    return alignment.driven_theta(FRONTAL, np.array(rotation, np.float32), pivot=MIDDLE)


def some_theta(scale: float = 1.2, seed: int = 3) -> np.ndarray:
    draw = np.random.default_rng(seed)
    theta = np.eye(4)
    theta[:3, :3] = scale * matrix_from_axis_angle(draw.normal(0, 0.2, 3).astype(np.float32))
    theta[:3, 3] = draw.normal(0, 0.1, 3)
    return theta.astype(np.float32)


def test_a_head_turned_to_its_left_moves_its_nose_right_in_the_picture() -> None:
    theta = turned(0, 0.5, 0)
    assert picture_of(theta, NOSE)[0] == pytest.approx(0.4 * math.sin(0.5), abs=1e-6)
    assert picture_of(theta, LEFT_EAR)[2] > 0.1 + 0.1  # that ear goes away from the viewer


def test_a_nod_down_moves_the_nose_down_in_the_picture() -> None:
    theta = turned(0.4, 0, 0)
    assert picture_of(theta, NOSE)[1] > 0.1 + 0.1
    assert picture_of(theta, CROWN)[2] < 0.1 - 0.1  # the crown comes towards the viewer


def test_a_tilt_counter_clockwise_moves_the_crown_left_in_the_picture() -> None:
    theta = turned(0, 0, 0.3)
    assert picture_of(theta, CROWN)[0] == pytest.approx(-0.6 * math.sin(0.3), abs=1e-6)
    assert picture_of(theta, LEFT_EAR)[1] < 0  # and lifts the ear on the right


def test_the_turn_of_a_pose_is_read_back() -> None:
    wanted = np.array([0.2, -0.5, 0.1], np.float32)
    assert alignment.head_rotation(turned(*wanted)) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("rotation", [(0.4, 0, 0), (0, 0.5, 0), (0, 0, 0.3), (0.2, -0.5, 0.1)])
def test_pictures_are_the_same_whichever_way_depth_goes(rotation: tuple[float, ...]) -> None:
    other_way = np.diag([1, 1, -1, 1]).astype(np.float32)
    source = some_theta()
    away = alignment.driven_theta(source, np.array(rotation, np.float32))
    mirrored = other_way @ source @ other_way
    towards = alignment.driven_theta(mirrored, np.array(rotation, np.float32), towards_viewer=True)
    assert towards == pytest.approx(other_way @ away @ other_way, abs=1e-6)
    assert alignment.head_rotation(towards, towards_viewer=True) == pytest.approx(
        alignment.head_rotation(away), abs=1e-5
    )


def test_no_turn_from_rest_leaves_the_source_as_it_is() -> None:
    source = some_theta()
    rest = np.array([0.1, 0.2, 0.3], np.float32)
    theta = alignment.driven_theta(source, rest, rest_rotation=rest)
    assert theta == pytest.approx(source, abs=1e-5)


def test_a_relative_turn_happens_in_the_axes_of_the_source_head() -> None:
    source = turned(0, math.pi / 2, 0)  # looks to the picture's right
    theta = alignment.driven_theta(source, np.array([0.3, 0, 0], np.float32), pivot=MIDDLE)
    # A nod about the line through its ears, which points away from the viewer: nose down.
    assert picture_of(theta, NOSE)[1] > picture_of(source, NOSE)[1] + 0.1
    on_axis = np.array([0.45, 0, 0, 1])
    assert picture_of(theta, on_axis) == pytest.approx(picture_of(source, on_axis), abs=1e-6)


def test_absolute_takes_the_turn_of_the_driver_whatever_the_source_does() -> None:
    wanted = np.array([0.1, 0.4, -0.2], np.float32)
    theta = alignment.driven_theta(some_theta(), wanted, relative=0)
    assert alignment.head_rotation(theta) == pytest.approx(wanted, abs=1e-5)


def test_absolute_reaches_the_turn_as_the_tracker_sees_it() -> None:
    # The tracker sees the source 0.2 further down than the model, so it will see the result so too.
    source = turned(0.1, 0, 0)
    theta = alignment.driven_theta(
        source,
        np.array([0.5, 0, 0], np.float32),
        source_rotation=np.array([0.3, 0, 0], np.float32),
        relative=0,
    )
    assert alignment.head_rotation(theta) == pytest.approx([0.3, 0, 0], abs=1e-5)


def test_between_absolute_and_relative_lies_the_middle() -> None:
    source = turned(0, 0.4, 0)
    theta = alignment.driven_theta(source, np.array([0, 0.2, 0], np.float32), relative=0.5)
    assert alignment.head_rotation(theta) == pytest.approx([0, 0.5 * (0.2 + 0.6), 0], abs=1e-5)


@pytest.mark.parametrize("relative", [0.0, 1.0])
def test_gain_multiplies_the_angle_of_the_driver(relative: float) -> None:
    theta = alignment.driven_theta(
        FRONTAL, np.array([0, 0.2, 0], np.float32), gain=1.5, relative=relative
    )
    assert alignment.head_rotation(theta) == pytest.approx([0, 0.3, 0], abs=1e-5)


def test_scale_of_the_source_and_place_of_the_pivot_stay() -> None:
    source = some_theta(scale=1.4)
    theta = alignment.driven_theta(source, np.array([0.2, 0.5, 0.1], np.float32))
    still = np.array([*alignment.TURNING_POINT, 1.0])
    assert picture_of(theta, still)[:2] == pytest.approx(picture_of(source, still)[:2], abs=1e-5)
    middle = np.array([0, 0, 0, 1.0])
    assert picture_of(theta, middle)[2] == pytest.approx(picture_of(source, middle)[2], abs=1e-5)
    assert np.linalg.svd(theta[:3, :3])[1] == pytest.approx([1.4] * 3, abs=1e-5)


def test_uneven_scale_stays_in_the_axes_of_the_head() -> None:
    source = FRONTAL.copy()
    source[:3, :3] = np.diag([1.0, 1.2, 1.5])
    theta = alignment.driven_theta(source, np.array([0, 0.7, 0], np.float32))
    # An even grid on the head's own axes keeps its lengths in the picture's space.
    lengths = np.linalg.norm(np.linalg.inv(theta[:3, :3]), axis=0)
    assert lengths == pytest.approx([1, 1 / 1.2, 1 / 1.5], abs=1e-5)


def test_a_head_that_moves_right_and_up_does_so_in_the_picture() -> None:
    theta = alignment.driven_theta(
        FRONTAL, np.zeros(3, np.float32), moved_m=np.array([0.01, 0.02, 0.03], np.float32)
    )
    moved = picture_of(theta, NOSE) - picture_of(FRONTAL, NOSE)
    expected = alignment.CANONICAL_PER_M * np.array([0.01, -0.02, 0])
    assert moved == pytest.approx(expected, abs=1e-6)


def test_pixels_become_image_space_of_the_crop() -> None:
    points = np.array([[100.0, 40, 0], [300, 240, 50]], np.float32)
    found = alignment.image_space(points, CropBox(100, 40, 200))
    assert found.tolist() == [[-1, -1, 0], [1, 1, 0.5]]
    nearer = alignment.image_space(points, CropBox(100, 40, 200), towards_viewer=True)
    assert nearer[1].tolist() == [1, 1, -0.5]


def test_points_of_a_head_become_canonical() -> None:
    corners = np.array([[0.04, 0.03, 0.08], [-0.04, 0.03, 0.08]], np.float32)
    points = np.array([[0, 0.03, 0.08], [0.08, 0.03, 0.08], [0, 0.11, 0.16]], np.float32)
    found = alignment.canonical_points(points, corners)
    assert found[0] == pytest.approx([0, -0.091, -0.141], abs=1e-6)
    assert found[1] - found[0] == pytest.approx([0.51, 0, 0], abs=1e-6)
    assert found[2] - found[0] == pytest.approx([0, -0.51, -0.51], abs=1e-6)
    nearer = alignment.canonical_points(points, corners, towards_viewer=True)
    assert nearer == pytest.approx(found * [1, 1, -1])


@pytest.mark.parametrize("count", [68, 478, 12])
def test_pose_is_found_from_landmarks(count: int) -> None:
    draw = np.random.default_rng(count)
    canonical = draw.normal(0, 0.3, (count, 3))
    wanted = some_theta()
    middle = picture_of(wanted, np.array([0, 0, 0, 1.0])) * [1, 1, 0]
    wanted[:3, 3] = -wanted[:3, :3] @ middle
    seen = (canonical - wanted[:3, 3]) @ np.linalg.inv(wanted[:3, :3]).T
    seen += [0, 0, 0.3]  # the tracker counts depth from elsewhere
    theta = alignment.theta_from_landmarks(seen.astype(np.float32), canonical.astype(np.float32))
    assert theta == pytest.approx(wanted, abs=1e-5)


def test_an_open_mouth_does_not_turn_the_head() -> None:
    draw = np.random.default_rng(1)
    canonical = draw.normal(0, 0.3, (68, 3)).astype(np.float32)
    seen = canonical.copy()
    seen[4:13] += [0, 0.3, 0]  # chin
    seen[48:] += [0, 0.2, 0]  # lips
    assert alignment.theta_from_landmarks(seen, canonical) == pytest.approx(FRONTAL, abs=1e-5)


def test_tracker_landmarks_are_matched_to_ibug_points() -> None:
    draw = np.random.default_rng(1)
    canonical = draw.normal(0, 0.3, (68, 3)).astype(np.float32)
    seen = draw.normal(0, 9, (478, 3)).astype(np.float32)
    seen[list(alignment.STABLE_MESH)] = canonical[list(alignment.STABLE_IBUG)]
    assert alignment.theta_from_landmarks(seen, canonical) == pytest.approx(FRONTAL, abs=1e-5)


def test_landmarks_in_one_place_are_no_face() -> None:
    canonical = np.random.default_rng(1).normal(0, 0.3, (68, 3)).astype(np.float32)
    for nowhere in (np.zeros((68, 3), np.float32), np.full((68, 3), np.nan, np.float32)):
        with pytest.raises(FaceNotFoundError):
            alignment.theta_from_landmarks(nowhere, canonical)


def test_unknown_sets_must_be_the_same_points() -> None:
    with pytest.raises(ShapeError, match="expected 68 or 20"):
        alignment.theta_from_landmarks(np.ones((20, 3), np.float32), np.ones((68, 3), np.float32))
