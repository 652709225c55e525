from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.cli import main
from avatar_core.emoportraits.model import portrait_model
from avatar_core.errors import WeightsError
from avatar_core.io.portrait_model_file import load_portrait_model
from avatar_core.training import portrait_evaluation
from avatar_core.training.portrait_cross import true_drives
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_evaluation import (
    EvaluationPlan,
    angle_between,
    evaluate_portrait,
    nearest_to_neutral,
    sheet_rows,
)
from avatar_core.training.portrait_export import told_latents
from avatar_core.training.portrait_identity import (
    IDENTITY_PX,
    IdentityReferee,
    load_identity,
    save_identity,
    train_identity,
)
from avatar_core.training.portrait_networks import PortraitNetworks
from avatar_core.training.portrait_recipes import LABEL, PortraitJob, train_portrait
from tests.avatar_core.training.portrait_tiny import TINY, tiny_settings
from tests.avatar_core.training.toy_people import egg_frames, write_people

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    splits = ("train", "train", "test", "test", "val")
    return write_people(tmp_path_factory.mktemp("people") / "eggs", splits)


@pytest.fixture(scope="module")
def model_path(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    job = PortraitJob(folder, out, tiny_settings(2), name="Egg", command="again", licence="CC0")
    return train_portrait(job, lambda _status: None)


def test_a_model_tells_how_it_was_made_and_what_it_is_for(folder: Path, model_path: Path) -> None:
    info = load_portrait_model(model_path).info
    assert info.name == "Egg"
    assert info.description == LABEL
    assert "official weights for photographs" in LABEL
    assert info.licences == {"weights": "CC0"}
    made = info.provenance
    assert (made["command"], made["seed"], made["steps"]) == ("again", 7, 2)
    assert made["people"] == {"train": 2, "val": 1, "test": 2}
    assert made["fit"].keys() >= {"latent_map_explained", "auc_z"}


def test_the_map_tells_the_latents_that_the_networks_learned_with(folder: Path) -> None:
    torch.manual_seed(2)
    networks = PortraitNetworks(TINY).eval()
    people = People(folder, "train", 32)
    weights, latents = told_latents(networks, people)
    layer = networks.latent_of_motion
    motion = torch.nn.functional.pad(torch.from_numpy(weights), (0, 4))  # eggs look ahead
    torch.testing.assert_close(torch.from_numpy(latents), layer(motion).detach())
    assert len(weights) == sum(len(people.person(name)) for name in people.names)


def test_eggs_are_driven_and_measured(folder: Path, model_path: Path) -> None:
    file = load_portrait_model(model_path)
    model = portrait_model(file.info.config, file.arrays)
    people = People(folder, "test", 32)
    referee = IdentityReferee().eval()
    plan = EvaluationPlan(sources=2, drivers=3, own=2)
    scores, drives = evaluate_portrait(model, people, referee, plan)
    assert scores["pictures"] == 6
    assert scores["tracker_lost"] == 6  # an egg has no face
    assert scores["expression_ratio_tracker"] is None
    assert scores["pose_error_tracker_deg_median"] is None
    assert 0 <= scores["head_pose_net_error_deg_median"] <= 180
    assert -1 <= scores["render_identity_to_source"] <= 1
    assert scores["self"]["psnr_db"] > 0
    json.dumps(scores, allow_nan=False)
    rows = sheet_rows(drives, rows=1, columns=2)
    assert [row.shape for row in rows] == [(3, 32, 32, 3)] * 2


def test_true_pictures_are_found_by_the_motion_of_their_drivers(
    folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "people"
    shutil.copytree(folder, copy)
    people = People(copy, "test", 32)
    drivers = torch.from_numpy(people.person("00003").weights[:3])
    assert true_drives(people, "00002", drivers, 32) is None
    drawn = egg_frames(2, 2)
    drawn["weights"] = drivers.numpy()[[2, 0]]
    np.savez(copy / "00002" / "cross.npz", **drawn)
    found = true_drives(people, "00002", drivers, 32)
    assert found is not None
    assert list(found.rows) == [0, 2]
    on_green = np.where(drawn["masks"][..., None] == 255, drawn["images"], (0, 255, 0)) / 255
    wanted = torch.from_numpy(on_green[[1, 0]]).permute(0, 3, 1, 2).float()
    torch.testing.assert_close(found.images, wanted)
    assert true_drives(people, "00002", drivers[1:2], 32) is None  # nobody drew that one


def test_a_model_is_held_against_the_true_pictures(
    folder: Path, tmp_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a tracker that finds how green a picture is."""
    copy = tmp_path / "people"
    shutil.copytree(folder, copy)
    for name in ("00002", "00003"):
        frames = np.load(copy / name / "frames.npz")
        other = np.load(copy / ("00003" if name == "00002" else "00002") / "frames.npz")
        own = dict(frames) | {"weights": other["weights"]}
        np.savez(copy / name / "cross.npz", **own)

    def greenness(_tracker: object, images: torch.Tensor) -> np.ndarray:
        found = images[:, 1].mean((1, 2)).numpy()
        return np.stack([np.r_[np.full(52, each), 0, 0, 0] for each in found]).astype(np.float32)

    monkeypatch.setattr(portrait_evaluation, "tracked", greenness)
    file = load_portrait_model(model_path)
    model = portrait_model(file.info.config, file.arrays)
    plan = EvaluationPlan(sources=2, drivers=2, own=1)
    people, referee = People(copy, "test", 32), IdentityReferee().eval()
    scores, drives = evaluate_portrait(model, people, referee, plan)

    def green(images: torch.Tensor) -> torch.Tensor:
        return images[:, 1].mean((1, 2))

    truths = [drive.truth for drive in drives]
    assert [list(truth.rows) for truth in truths if truth is not None] == [[0, 1], [0, 1]]
    pairs = [(d, green(t.images)) for d, t in zip(drives, truths, strict=True) if t is not None]
    drawn, told, still, perfect, apart = (
        torch.cat([(first - second).abs().expand(2) for first, second in rows]).mean()
        for rows in (
            [(green(d.drawn), true) for d, true in pairs],
            [(green(d.told), true) for d, true in pairs],
            [(green(d.source), true) for d, true in pairs],
            [(true, green(d.drivers)) for d, true in pairs],
            [(green(d.source), green(d.drivers)) for d, true in pairs],
        )
    )
    assert scores["truth_pictures"] == 4
    assert scores["expression_ratio_truth"] == pytest.approx(float(drawn / still), rel=2e-3)
    assert scores["expression_ratio_truth_from_weights"] == pytest.approx(
        float(told / still), rel=2e-3
    )
    assert scores["expression_ratio_tracker_perfect"] == pytest.approx(
        float(perfect / apart), rel=2e-3
    )
    assert scores["pose_error_truth_deg_median"] == 0


def test_the_source_is_the_frame_nearest_to_neutral(folder: Path) -> None:
    person = People(folder, "test", 32).person("00002")
    person.weights[:] = 1
    person.theta[:] = np.eye(4)
    person.weights[3] = 0.1
    assert nearest_to_neutral(person) == 3


def test_the_referee_is_trained_kept_and_taken_again(folder: Path, tmp_path: Path) -> None:
    referee = train_identity(People(folder, "train", IDENTITY_PX), 2)
    path = tmp_path / "identity.pth"
    save_identity(referee, path)
    images = torch.rand(3, 3, 32, 32)  # brought to its size
    described = referee.describe(images)
    assert torch.equal(described, load_identity(path).describe(images))
    assert torch.allclose(described.norm(dim=1), torch.ones(3), atol=1e-5)


def test_another_file_is_no_referee(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "identity.pth")
    with pytest.raises(WeightsError, match="no referee"):
        load_identity(tmp_path / "identity.pth")


def test_angles_between_rotations_are_in_degrees() -> None:
    turn = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    angles = angle_between(torch.stack([torch.eye(3), turn]), torch.stack([torch.eye(3)] * 2))
    assert angles.tolist() == pytest.approx([0, 90], abs=0.1)


def test_the_command_says_when_too_few_people_are_left(
    model_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["evaluate-portrait", str(model_path), str(folder), "--split", "val"])
    assert status == 2
    assert "fewer than two people" in capsys.readouterr().err
