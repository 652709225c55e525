from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.errors import AssetError
from avatar_core.motion import UNIT_INDEX
from avatar_core.training.portrait_batch import (
    MOTION_SIZE,
    Sampling,
    batch_of,
    draw_batch,
    mirrored,
    mirrored_motion,
)
from avatar_core.training.portrait_data import People, detail_maps
from tests.avatar_core.training.toy_people import write_people

if TYPE_CHECKING:
    from pathlib import Path


def test_splits_are_kept_apart_and_persons_not_yet_written_passed_over(tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people")
    (folder / "00001" / "frames.npz").unlink()
    assert People(folder, "train", 32).names == ("00000",)
    assert People(folder, "test", 32).names == ("00002",)
    assert len(People(folder, "val", 32)) == 0


def test_a_set_may_grow_while_it_is_read(tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people")
    later = folder / "00001" / "frames.npz"
    later.rename(tmp_path / "hidden.npz")
    people = People(folder, "train", 32)
    (tmp_path / "hidden.npz").rename(later)
    people.refresh()
    assert people.names == ("00000", "00001")


def test_pictures_come_in_the_size_asked_for(tmp_path: Path) -> None:
    person = People(write_people(tmp_path / "people"), "train", 16).person("00000")
    assert person.images.shape == (5, 16, 16, 3)
    assert person.masks.shape == person.details.shape == (5, 16, 16)
    assert person.depth.shape == (5, 16, 16)


def test_memory_is_bounded_but_one_person_is_always_held(tmp_path: Path) -> None:
    people = People(write_people(tmp_path / "people"), "train", 32, most_mib=0)
    first = people.person("00000")
    assert people.person("00000") is first
    people.person("00001")
    assert people.person("00000") is not first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "damaged"),
        ('{"persons": 3}', "damaged"),
        ('{"persons": [{"name": "../x", "split": "train"}]}', "outside"),
    ],
)
def test_a_damaged_index_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "people.json").write_text(text)
    with pytest.raises(AssetError, match=said):
        People(tmp_path, "train", 32)


def test_no_index_says_how_to_make_a_set(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no people") as caught:
        People(tmp_path, "train", 32)
    assert "make-people" in caught.value.hint


def test_frames_of_other_shapes_are_refused(tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people")
    path = folder / "00000" / "frames.npz"
    arrays = dict(np.load(path))
    np.savez(path, **{**arrays, "theta": arrays["theta"][:, :3]})
    with pytest.raises(AssetError, match="theta"):
        People(folder, "train", 32).person("00000")


def test_details_cover_eyes_and_mouth_most_and_the_face_a_little() -> None:
    landmarks = np.zeros((1, 68, 3), np.float32)
    turns = np.arange(6)
    circle = 0.05 * np.stack([np.cos(turns), np.sin(turns)], -1)
    landmarks[0, 36:42, :2] = np.array([-0.4, -0.3]) + circle
    landmarks[0, 42:48, :2] = np.array([0.4, -0.3]) + circle
    landmarks[0, 48:60, :2] = [[0.3 * np.cos(a), 0.5 + 0.1 * np.sin(a)] for a in range(12)]
    drawn = detail_maps(landmarks, 64)[0]
    assert drawn[int(0.75 * 64), 32] == 255  # the middle of the mouth
    assert drawn[int(0.35 * 64), int(0.3 * 64)] == drawn[int(0.35 * 64), int(0.7 * 64)] == 255
    assert drawn[32, 32] == 64  # between them
    assert drawn[2, 2] == 0


def test_a_batch_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    people = People(write_people(tmp_path / "people"), "train", 32)
    sampling = Sampling(people=2, drivers=3)
    first, again, other = (draw_batch(people, sampling, (7, s, 0)) for s in (4, 4, 5))
    assert first.images.shape == (2, 4, 3, 32, 32)
    assert first.motion.shape == (2, 4, MOTION_SIZE)
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


def test_more_people_than_there_are_repeat(tmp_path: Path) -> None:
    people = People(write_people(tmp_path / "people"), "test", 32)
    assert draw_batch(people, Sampling(people=2, drivers=7), (1, 0, 0)).people == 2


def test_a_mirrored_head_carries_its_points_to_their_mirrored_places(tmp_path: Path) -> None:
    person = People(write_people(tmp_path / "people"), "train", 32).person("00000")
    batch = batch_of(person, [0, 1])
    turned = mirrored(batch)
    point = torch.tensor([0.1, 0.2, -0.3, 1.0])
    flip = torch.tensor([-1.0, 1.0, 1.0, 1.0])
    wanted = flip * (batch.theta[0, 1] @ point)
    assert torch.allclose(turned.theta[0, 1] @ (flip * point), wanted, atol=1e-6)
    assert torch.allclose(
        turned.neutral[0, 0, 5, -4, 0].nan_to_num(), -batch.neutral[0, 0, 5, 3, 0].nan_to_num()
    )
    assert torch.equal(mirrored(turned).images, batch.images)


def test_a_mirrored_wink_is_one_of_the_other_eye_and_gaze_turns_the_other_way() -> None:
    motion = torch.zeros(MOTION_SIZE)
    motion[UNIT_INDEX["eyeBlinkLeft"]] = 0.7
    motion[UNIT_INDEX["jawOpen"]] = 0.3
    motion[52:] = torch.tensor([0.1, 0.2, 0.3, 0.4])  # left yaw, pitch, right yaw, pitch
    turned = mirrored_motion(motion)
    assert turned[UNIT_INDEX["eyeBlinkRight"]] == pytest.approx(0.7)
    assert turned[UNIT_INDEX["eyeBlinkLeft"]] == 0
    assert turned[UNIT_INDEX["jawOpen"]] == pytest.approx(0.3)
    assert turned[52:].tolist() == pytest.approx([-0.3, 0.4, -0.1, 0.2])
