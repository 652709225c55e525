"""The generator of synthetic people, on a made-up MakeHuman."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from synthetic_people.person import Person
    from synthetic_people.stage import Stage

sys.path.append(str(resource_path("demo", "people")))

from synthetic_people.canonical import (
    FLIP,
    fitted_theta,
    image_from_head,
    person_canonical,
    similarity,
    theta_of,
)
from synthetic_people.dataset import Plan, cross_drivers, folder_name, write_index
from synthetic_people.drawing import Drawn
from synthetic_people.faces import possible, random_expression
from synthetic_people.frames import axis_angle, composed, truth_cells
from synthetic_people.ribbons import ribbon_triangles, tangents
from synthetic_people.takes import Pose, random_takes, turned
from synthetic_people.traits import random_traits
from synthetic_people.visibility import fitted_visibility, sphere_directions


@pytest.fixture(scope="session")
def tiny_stage(tiny_makehuman: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_people import stage

    folder = tmp_path_factory.mktemp("people") / "data"
    shutil.copytree(tiny_makehuman, folder)
    empty = gzip.compress(b"# nothing moves", mtime=0)
    for name in stage._AVERAGE:
        path = folder / f"mpfb2/targets/{name}.target.gz"
        if not path.exists():
            path.write_bytes(empty)
    return stage.Stage(MakeHuman(folder), atlas_px=64)


@pytest.fixture(scope="session")
def tiny_person(tiny_stage: Stage) -> Person:
    from synthetic_people.person import Detail, Person

    traits = replace(random_traits(1), targets={"head/head-oval": 0.5})
    traits = replace(traits, hair=replace(traits.hair, kind="bald"))
    return Person(tiny_stage, traits, Detail(beard=20, brows=20, lashes=4))


def test_same_seed_gives_the_same_person_and_others_give_others() -> None:
    assert random_traits(5) == random_traits(5)
    assert random_traits(5).targets != random_traits(6).targets


def test_people_differ_widely() -> None:
    people = [random_traits(seed) for seed in range(120)]
    brightness = [sum(person.skin.tone) / 3 for person in people]
    assert min(brightness) < 0.4 < 0.75 < max(brightness)
    assert 40 < sum(person.is_male for person in people) < 80
    assert len({person.hair.kind for person in people}) >= 8
    assert any(person.beard.kind == "full" for person in people)
    assert not any(person.beard.kind != "none" for person in people if not person.is_male)


def test_expressions_are_possible_and_use_every_unit() -> None:
    rng = np.random.default_rng(0)
    weights = np.array([random_expression(rng) for _ in range(1500)])
    assert weights.shape == (1500, 52)
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert (weights > 0.25).any(0).all(), [
        ARKIT_UNITS[k] for k in np.flatnonzero(weights.max(0) < 0.25)
    ]
    left, right = (
        weights[:, UNIT_INDEX["mouthSmileLeft"]],
        weights[:, UNIT_INDEX["mouthSmileRight"]],
    )
    assert (np.abs(left - right) > 0.4).mean() > 0.02


def test_lips_close_no_more_than_the_jaw_has_opened() -> None:
    assert possible({"mouthClose": 0.8, "jawOpen": 0.3})["mouthClose"] == pytest.approx(0.3)
    assert possible({"mouthClose": 0.8})["mouthClose"] == 0


def test_poses_stay_within_their_limits_and_the_first_looks_ahead() -> None:
    poses = random_takes(400, np.random.default_rng(2))
    degrees = np.degrees([pose.turn for pose in poses])
    assert (np.abs(degrees) <= (25, 50, 25)).all()
    assert degrees[:, 1].std() > 15
    assert np.abs(degrees[0]).max() < 20
    assert poses[0].weights.max() <= 0.15


def test_yaw_looks_to_the_persons_left_and_pitch_down() -> None:
    ahead = np.array([0.0, 0.0, 1.0])
    assert (turned(np.array([0, 0.3, 0])) @ ahead)[0] > 0
    assert (turned(np.array([0.3, 0, 0])) @ ahead)[1] < 0
    assert (turned(np.array([0, 0, 0.3])) @ np.array([0.0, 1.0, 0.0]))[0] < 0


def test_turns_are_rotations() -> None:
    rotation = turned(np.array([0.3, -0.8, 0.2]))
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_axis_angle_of_a_known_rotation() -> None:
    np.testing.assert_allclose(axis_angle(turned(np.array([0, 0.4, 0]))), [0, 0.4, 0], atol=1e-12)
    np.testing.assert_allclose(axis_angle(np.eye(3)), 0, atol=1e-12)


def test_theta_takes_a_turned_head_back_to_canonical_space() -> None:
    rng = np.random.default_rng(3)
    landmarks = rng.normal(size=(68, 3)) * 0.05
    canonical = person_canonical(landmarks, 6 * FLIP * landmarks + (0, 0.1, 0))
    assert canonical.scale == pytest.approx(6)
    rotation = turned(np.array([0.2, -0.6, 0.1]))
    pivot, shift = np.array([0, -0.1, -0.04]), np.array([0.05, 0])
    image = image_from_head(canonical, rotation, pivot, 1.1, shift)
    points, theta = landmarks @ image[:3, :3].T + image[:3, 3], theta_of(canonical, image)
    np.testing.assert_allclose(
        points @ theta[:3, :3].T + theta[:3, 3], canonical.of(landmarks), atol=1e-12
    )
    np.testing.assert_allclose(fitted_theta(points, canonical.of(landmarks)), theta, atol=1e-9)
    assert np.cbrt(np.linalg.det(theta[:3, :3])) == pytest.approx(1 / 1.1)
    origin = np.linalg.inv(theta)[:3, 3]
    assert origin[2] == pytest.approx(0), "the depth of the canonical origin"


def test_a_similarity_scales_turns_and_moves() -> None:
    matrix = similarity(2, turned(np.array([0, np.pi / 2, 0])), np.array([1.0, 0, 0]))
    np.testing.assert_allclose(matrix @ [0, 0, 1, 1], [3, 0, 0, 1], atol=1e-12)


def test_average_landmarks_lie_where_the_model_expects_them(tiny_stage: Stage) -> None:
    marks = tiny_stage.average_landmarks
    np.testing.assert_allclose((marks.min(0) + marks.max(0)) / 2, [0, 0.15, -0.05], atol=1e-6)


def test_a_neutral_face_is_the_person(tiny_person: Person) -> None:
    np.testing.assert_allclose(
        tiny_person.face(np.zeros(52, np.float32)), tiny_person.vertices, atol=1e-6
    )


def test_gaze_is_that_of_the_drawn_eyes(tiny_person: Person) -> None:
    weights = np.zeros(52, np.float32)
    assert not tiny_person.gaze(weights).any()
    weights[UNIT_INDEX["eyeLookInLeft"]] = 1
    gaze = tiny_person.gaze(weights)
    assert abs(gaze[0, 0]) == pytest.approx(0.3, abs=0.02), "the made-up unit turns by 0.3 rad"
    assert gaze[1] == pytest.approx([0, 0])


def test_brows_follow_the_skin_below_them(tiny_person: Person) -> None:
    brows = tiny_person.brows
    assert brows is not None
    moved = tiny_person.carried(brows, tiny_person.vertices + np.float32([0, 0.01, 0]))
    np.testing.assert_allclose(
        moved - brows.points, np.broadcast_to([0, 0.01, 0], moved.shape), atol=1e-6
    )


@pytest.mark.gl
def test_every_drawn_pixel_of_a_turned_head_knows_its_neutral_place(
    tiny_stage: Stage, tiny_person: Person
) -> None:
    from synthetic_people.drawing import Painter
    from synthetic_people.lighting import studio_lighting

    size = 96
    weights, turn = np.zeros(52, np.float32), np.array([0.1, 0.5, -0.1])
    head, body = tiny_person.placed(Pose(weights, turn, 0.3 * turn, 1.0, np.array([0.1, 0])))
    painter = Painter(tiny_stage, size)
    with painter.context:
        painter.enter(tiny_person)
        drawn = painter.draw(weights, head, body, studio_lighting())
    painter.release()
    row, column = np.nonzero(drawn.is_head)
    xy = (np.stack([column, row], 1) + 0.5) / size * 2 - 1
    neutral, depth = drawn.truth[row, column, :3], drawn.truth[row, column, 3]
    theta = theta_of(tiny_person.canonical, head)
    placed = np.c_[xy, depth] @ theta[:3, :3].T + theta[:3, 3]
    rigid = neutral[:, 1] < 0.2
    assert rigid.sum() > 500
    np.testing.assert_allclose(placed[rigid], neutral[rigid], atol=5e-3)
    assert 40 < drawn.picture[row, column, :3].mean() < 230
    assert (drawn.is_hit & ~drawn.is_head).any(), "clothes are drawn, and are no head"


def test_strips_of_strands() -> None:
    np.testing.assert_array_equal(
        ribbon_triangles(2, 4), [[0, 1, 2], [1, 2, 3], [4, 5, 6], [5, 6, 7]]
    )
    line = np.float32([[[0, 0, 0], [0, 1, 0], [0, 3, 0]]])
    np.testing.assert_allclose(tangents(line), np.broadcast_to([0, 1, 0], (1, 3, 3)), atol=1e-6)


def test_directions_are_even() -> None:
    directions = sphere_directions(200)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1)
    assert np.abs(directions.mean(0)).max() < 0.01


def test_visibility_of_an_open_and_of_a_covered_point() -> None:
    point, up = np.float32([[0, 0, 0]]), np.float32([[0, 0, 1]])
    (open_,) = fitted_visibility([(point, up)], lambda _: np.ones((8, 8), np.float32))
    (covered,) = fitted_visibility([(point, up)], lambda _: np.zeros((8, 8), np.float32))
    assert open_[0] @ [1, 0, 0, 1] == pytest.approx(1, abs=0.1)
    assert covered[0] == pytest.approx([0, 0, 0, 0])


def test_composed_pictures_and_masks_are_antialiased() -> None:
    picture = np.zeros((4, 4, 4), np.uint8)
    picture[0, 0] = picture[0, 1] = (200, 100, 0, 255)
    picture[2:, 2:] = (50, 50, 50, 128)
    image, mask = composed(
        Drawn(picture, np.zeros((4, 4, 4), np.float32)), np.full((2, 2, 3), 40, np.uint8)
    )
    np.testing.assert_array_equal(mask, [[128, 0], [0, 0]])
    np.testing.assert_array_equal(image[0, 0], [120, 70, 20])
    np.testing.assert_array_equal(image[1, 1], [50, 50, 50])


def test_truth_of_a_cell_is_that_of_the_front_surface() -> None:
    picture = np.full((4, 4, 4), 255, np.uint8)
    truth = np.zeros((4, 4, 4), np.float32)
    truth[..., 3] = 0.5
    truth[1:3, 1:3, 3] = [[0.1, 0.12], [0.5, 0.5]]
    truth[1, 1, :3], truth[1, 2, :3] = 1, 2
    depth, neutral = truth_cells(Drawn(picture, truth), 1)
    assert depth[0, 0] == pytest.approx(0.11)
    assert neutral[0, 0] == pytest.approx([1.5, 1.5, 1.5])
    depth, _ = truth_cells(Drawn(np.zeros_like(picture), truth), 1)
    assert np.isnan(depth).all()


def test_the_last_people_are_held_out(tmp_path: Path) -> None:
    plan = Plan(people=40, test=5, validation=3)
    write_index(tmp_path, plan, "python make_people.py OUT")
    index = json.loads((tmp_path / "people.json").read_text())
    splits = [person["split"] for person in index["persons"]]
    assert splits == ["train"] * 32 + ["val"] * 3 + ["test"] * 5
    assert index["persons"][7]["name"] == folder_name(7) == "00007"


def test_test_people_are_driven_by_the_others_in_turn() -> None:
    plan = Plan(people=30, frames=40, test=3, cross=4)
    assert cross_drivers(plan, 27) == [(28, 3), (29, 14), (28, 25), (29, 36)]
    assert cross_drivers(plan, 29) == [(27, 17), (28, 28), (27, 39), (28, 10)]
    assert cross_drivers(replace(plan, cross=0), 27) == []
    assert cross_drivers(replace(plan, test=1), 29) == []
