"""Captures in the layout of VHAP and MeGA: what is read, what may be missing, what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from avatar_core import cli
from avatar_core.errors import AssetError
from avatar_core.geometry import look_at
from avatar_core.heads.flame import FlameHead
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega.assets import TRACKED, model_of
from avatar_core.training import settings
from avatar_core.training.captures import CELEBA_LABELS, open_capture
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.recipes import TrainingJob, read_capture_head, train_avatar
from avatar_core.training.settings import Stage, StagePlan, preset

if TYPE_CHECKING:
    from pathlib import Path

HEIGHT, WIDTH = 32, 24
FOCAL = 60.0
SEQUENCE = "306_EMO-1_v16"
TINY = replace(
    preset("compact"), tex_size=16, gaussians=60, plans={stage: StagePlan(2) for stage in Stage}
)


@pytest.fixture(autouse=True)
def _user_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's data folder is an empty one."""
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / "user"))


@pytest.fixture
def union(tmp_path: Path) -> Path:
    """A union of one sequence: three timesteps, two cameras; timestep 1 is the neutral one."""
    sequence, folder = tmp_path / "306" / SEQUENCE, tmp_path / "306" / "UNION10_306"
    folder.mkdir(parents=True)
    for kind in ("images", "fg_masks", "parsing", "depths", "flame_param"):
        (sequence / kind).mkdir(parents=True)
    for timestep in range(3):
        write_parameters(sequence / "flame_param" / f"{timestep:05d}.npz", timestep)
        for camera in range(2):
            write_pictures(sequence, f"{timestep:05d}_{camera:02d}")
    splits = {"train": (0, 2), "val": (0,), "test": (2,), "onef": (1,)}
    for split, timesteps in splits.items():
        entries = [entry(timestep, camera) for timestep in timesteps for camera in range(2)]
        write_index(folder, split, entries)
    write_index(folder, "backup", [{}])
    return folder


def write_parameters(path: Path, timestep: int, **changes: Any) -> None:
    expression = np.zeros((1, 100), np.float32)
    expression[0, :5] = abs(timestep - 1)
    pose = 0.05 * timestep
    values: dict[str, Any] = {
        "shape": np.linspace(-0.1, 0.1, 300, dtype=np.float32),
        "expr": expression,
        "rotation": np.full((1, 3), pose, np.float32),
        "neck_pose": np.zeros((1, 3), np.float32),
        "jaw_pose": np.array([[pose, 0, 0]], np.float32),
        "eyes_pose": np.arange(6, dtype=np.float32)[None] * 0.01,
        "translation": np.array([[0.01, 0.02, 0.03]], np.float32),
        "static_offset": np.zeros((1, 5143, 3), np.float32),
    }
    np.savez(path, **{k: v for k, v in (values | changes).items() if v is not None})


def write_pictures(sequence: Path, name: str) -> None:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    person = (rows > 2) & (columns > 2) & (columns < WIDTH - 3)
    hair = person & (rows < 10)
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    image[person] = (120, 150, 210)
    image[hair] = (10, 30, 60)
    labels = np.where(hair, 13, np.where(person, 1, 0)).astype(np.uint8)
    cv2.imwrite(str(sequence / "images" / f"{name}.png"), image)
    cv2.imwrite(str(sequence / "fg_masks" / f"{name}.png"), person.astype(np.uint8) * 255)
    cv2.imwrite(str(sequence / "parsing" / f"{name}_labels.png"), labels)
    places = np.stack(np.nonzero(person))
    write_depth(sequence / "depths" / f"{name}.npz", coords=places)


def write_depth(path: Path, **changes: Any) -> None:
    """What pydata sparse's `save_npz` writes for a COO array."""
    places = changes.get("coords", np.zeros((2, 1), np.int64))
    values = {
        "data": np.full(places.shape[1], 0.45, np.float32),
        "shape": np.array([HEIGHT, WIDTH]),
        "fill_value": np.float32(0),
        "coords": places,
    }
    np.savez_compressed(path, **(values | changes))


def entry(timestep: int, camera: int) -> dict[str, Any]:
    eye = np.array([0.1 * camera, 0, 0.5], np.float32)
    pose = np.linalg.inv(look_at(eye, np.zeros(3, np.float32))) @ np.diag([1.0, -1, -1, 1])
    return {
        "timestep_index": timestep,
        "camera_index": camera,
        "camera_id": f"22220017{camera}",
        "cx": WIDTH / 2,
        "cy": HEIGHT / 2,
        "camera_angle_x": 2 * np.arctan(0.5 * WIDTH / FOCAL),
        "camera_angle_y": 2 * np.arctan(0.5 * HEIGHT / FOCAL),
        "transform_matrix": pose.tolist(),
        "file_path": f"../{SEQUENCE}/images/{timestep:05d}_{camera:02d}.png",
        "flame_param_path": f"../{SEQUENCE}/flame_param/{timestep:05d}.npz",
        "fg_mask_path": f"../{SEQUENCE}/fg_masks/{timestep:05d}_{camera:02d}.png",
    }


def write_index(folder: Path, split: str, entries: list[dict[str, Any]]) -> None:
    shared = {"w": WIDTH, "h": HEIGHT, "camera_indices": [0, 1]}
    text = json.dumps({**shared, "frames": entries})
    (folder / f"transforms_{split}.json").write_text(text, encoding="utf-8")


def sequence_of(union: Path) -> Path:
    return union.parent / SEQUENCE


def test_splits_become_the_trainers_series(union: Path) -> None:
    capture = open_capture(union)
    sizes = {name: len(frames) for name, frames in capture.series.items()}
    assert sizes == {"hair": 2, "full": 4, "val": 2, "test": 2}
    assert capture.labels is CELEBA_LABELS
    assert capture.warnings == ()
    frame = capture.frames("full")[3]
    assert (frame.name, frame.has_hair) == ("full/00002_01", True)
    np.testing.assert_allclose(np.diag(frame.camera.intrinsics), [FOCAL, FOCAL, 1], rtol=1e-5)
    np.testing.assert_allclose(frame.camera.position, [0.1, 0, 0.5], atol=1e-6)


def test_flame_parameters_and_the_identity(union: Path) -> None:
    capture = open_capture(union)
    assert capture.flame_identity is not None
    np.testing.assert_allclose(capture.flame_identity, np.linspace(-0.1, 0.1, 300), atol=1e-7)
    parameters = capture.frames("test")[0].parameters
    assert parameters.expression.shape == (100,)
    np.testing.assert_allclose(parameters.joints[0], 0.1, rtol=1e-6)
    np.testing.assert_allclose(parameters.joints[2], [0.1, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(parameters.joints[3:].ravel(), np.arange(6) * 0.01, rtol=1e-6)
    np.testing.assert_allclose(parameters.translation, [0.01, 0.02, 0.03], rtol=1e-6)
    assert parameters.shape is None
    assert capture.canonical is capture.frames("hair")[0].parameters


def test_a_timestep_with_another_identity_keeps_it(union: Path) -> None:
    path = sequence_of(union) / "flame_param" / "00002.npz"
    write_parameters(path, 2, shape=np.ones((1, 300), np.float32))
    capture = open_capture(union)
    shape = capture.frames("test")[0].parameters.shape
    assert shape is not None
    assert shape.tolist() == [1] * 300
    assert capture.frames("full")[0].parameters.shape is None


def test_labels_and_measured_depth_of_the_head_alone(union: Path) -> None:
    capture = open_capture(union)
    picture = capture.picture(capture.frames("full")[0], (WIDTH, HEIGHT))
    assert picture.hair is not None
    assert picture.head is not None
    assert picture.depth_m is not None
    assert (picture.hair[5, 10], picture.head[5, 10], picture.depth_m[5, 10]) == (1, 0, 0)
    assert (picture.hair[20, 10], picture.head[20, 10]) == (0, 1)
    assert picture.depth_m[20, 10] == np.float32(0.45)
    assert picture.depth_m[0, 0] == 0
    assert picture.person[20].sum() == WIDTH - 6


def test_without_a_neutral_split_the_calmest_timestep_stands_in(union: Path) -> None:
    (union / "transforms_onef.json").unlink()
    write_index(union, "train", [entry(timestep, 0) for timestep in (0, 1, 2)])
    capture = open_capture(union)
    assert [frame.name for frame in capture.frames("hair")] == ["hair/00001_00"]
    assert capture.canonical is capture.frames("full")[1].parameters
    assert "onef" in capture.warnings[0]


def test_a_lone_index_of_one_sequence(union: Path) -> None:
    sequence = sequence_of(union)
    text = (union / "transforms_train.json").read_text(encoding="utf-8")
    text = text.replace(f"../{SEQUENCE}/", "")
    (sequence / "transforms.json").write_text(text, encoding="utf-8")
    assert len(open_capture(sequence).frames("full")) == 4


def test_missing_optional_parts_are_said(union: Path) -> None:
    for kind in ("depths", "parsing", "fg_masks"):
        shutil.rmtree(sequence_of(union) / kind)
    capture = open_capture(union)
    assert len(capture.warnings) == 2
    picture = capture.picture(capture.frames("full")[0], (WIDTH, HEIGHT))
    assert (picture.hair, picture.head, picture.depth_m) == (None, None, None)
    assert picture.person.min() == 1


def test_depth_without_labels_is_left_out(union: Path) -> None:
    shutil.rmtree(sequence_of(union) / "parsing")
    capture = open_capture(union)
    assert capture.picture(capture.frames("full")[0], (WIDTH, HEIGHT)).depth_m is None


@pytest.mark.parametrize("key", ["file_path", "flame_param_path", "fg_mask_path"])
@pytest.mark.parametrize("path", ["../../secret.png", "/etc/passwd", "a/../../../b", "..\\..\\b"])
def test_paths_that_lead_elsewhere_are_refused(union: Path, key: str, path: str) -> None:
    (union.parent.parent / "secret.png").write_bytes(b"")
    write_index(union, "val", [{**entry(0, 0), key: path}])
    with pytest.raises(AssetError, match="outside of it"):
        open_capture(union)


def test_the_studios_own_layout_stays_inside_too(capture_folder: Path) -> None:
    path = capture_folder / "transforms_full.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("full/images", "../../full/images"), encoding="utf-8")
    with pytest.raises(AssetError, match="outside of it"):
        open_capture(capture_folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"expr": np.zeros((2, 100), np.float32)},
        {"expr": np.zeros((1, 90), np.float32)},
        {"jaw_pose": np.zeros((1, 4), np.float32)},
        {"eyes_pose": np.zeros((1, 3), np.float32)},
        {"rotation": np.full((1, 3), np.nan, np.float32)},
        {"shape": np.zeros((2, 300), np.float32)},
        {"translation": None},
    ],
)
def test_flame_parameters_of_a_wrong_shape_are_refused(
    union: Path, changes: dict[str, Any]
) -> None:
    write_parameters(sequence_of(union) / "flame_param" / "00002.npz", 2, **changes)
    with pytest.raises(AssetError, match=r"00002.npz|differ in their numbers"):
        open_capture(union)


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": np.array([HEIGHT, WIDTH + 1])},
        {"shape": np.array([10**6, 10**6])},
        {"coords": np.array([[0], [WIDTH + 1]])},
        {"coords": np.array([[-1], [0]])},
        {"coords": np.zeros((3, 1), np.int64)},
        {"data": np.zeros(5, np.float32)},
        {"data": np.array([None], object)},
    ],
)
def test_depth_that_does_not_fit_is_refused(union: Path, changes: dict[str, Any]) -> None:
    write_depth(sequence_of(union) / "depths" / "00000_00.npz", **changes)
    capture = open_capture(union)
    with pytest.raises(AssetError, match="00000_00"):
        capture.picture(capture.frames("full")[0], (WIDTH, HEIGHT))


@pytest.mark.parametrize("kind", ["depths/00000_00", "flame_param/00000"])
def test_damaged_arrays_are_named(union: Path, kind: str) -> None:
    path = sequence_of(union) / f"{kind}.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AssetError, match=path.stem):
        open_capture(union).picture(open_capture(union).frames("full")[0], (WIDTH, HEIGHT))


@pytest.mark.parametrize("missing", ["camera_angle_x", "transform_matrix", "timestep_index"])
def test_incomplete_entries_are_refused(union: Path, missing: str) -> None:
    whole = entry(0, 0)
    write_index(union, "val", [{k: v for k, v in whole.items() if k != missing}])
    with pytest.raises(AssetError, match="incomplete"):
        open_capture(union)


def test_flame_is_asked_for(union: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train-mega", str(union), "--out", str(union / "run")]) == 2
    assert "--flame" in capsys.readouterr().err


def test_flame_has_no_use_where_a_head_is_brought(
    capture_folder: Path, flame_user_folder: Path
) -> None:
    with pytest.raises(AssetError, match="brings its own head"):
        read_capture_head(open_capture(capture_folder), flame_user_folder)


def test_the_head_is_the_persons(union: Path, flame_user_folder: Path) -> None:
    head = read_capture_head(open_capture(union), flame_user_folder / "flame2023.pkl")
    assert isinstance(head, FlameHead)
    np.testing.assert_allclose(head.shape, np.linspace(-0.1, 0.1, 300), atol=1e-7)
    assert len(head.expression_names) == 100


def test_without_labels_the_hair_stage_is_left_out(
    union: Path, flame_user_folder: Path, tmp_path: Path
) -> None:
    for kind in ("depths", "parsing"):
        shutil.rmtree(sequence_of(union) / kind)
    capture = open_capture(union)
    head = read_capture_head(capture, flame_user_folder)
    trainer = MegaTrainer(capture, head, TINY, tmp_path / "run")
    stages: list[Stage] = []
    trainer.run(lambda status: stages.append(status.stage))
    assert stages == [Stage.HEAD] * 2 + [Stage.JOINT] * 2


def test_official_training_refines_the_tracked_poses(
    union: Path, flame_user_folder: Path, tmp_path: Path
) -> None:
    """Identity and poses move; the space that the hair is made in stays; the avatar keeps all."""
    official = replace(
        preset("official"),
        tex_size=16,
        gaussians=60,
        device="cpu",
        plans={stage: StagePlan(2, pictures=2) for stage in Stage},
    )
    job = TrainingJob(union, tmp_path / "run", official, name="Ida", flame=flame_user_folder)
    asset = load_avatar(train_avatar(job, lambda _status: None))
    weights = asset.face.weights
    tracked = {k.removeprefix(TRACKED): v for k, v in weights.items() if k.startswith(TRACKED)}
    assert {name: values.shape for name, values in tracked.items()} == {
        "shape": (1, 300), "expr": (3, 100), "rotation": (3, 3), "neck_pose": (3, 3),
        "jaw_pose": (3, 3), "eyes_pose": (3, 6), "translation": (3, 3),
    }  # fmt: skip
    given = np.linspace(-0.1, 0.1, 300, dtype=np.float32)
    moved = np.abs(tracked["shape"][0] - given)
    assert 0 < moved.max() < 1e-4
    # Timestep 0 has coefficients of 1, two steps of Adam move each by at most their rates.
    assert 0 < np.abs(tracked["expr"][0, :5] - 1).max() < 3e-3
    assert isinstance(asset.head, FlameHead)
    np.testing.assert_array_equal(asset.head.shape, tracked["shape"][0])
    canonical = model_of(asset).canonical
    assert canonical is not None
    assert canonical.shape is not None
    np.testing.assert_allclose(canonical.shape, given, atol=1e-7)


def test_a_capture_becomes_an_avatar(
    union: Path, flame_user_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "preset", lambda name, seed: replace(TINY, seed=seed))
    arguments = [str(union), "--out", str(tmp_path / "run"), "--flame", str(flame_user_folder)]
    assert cli.main(["train-mega", *arguments, "--name", "Ida", "--threads", "1"]) == 0
    asset = load_avatar(tmp_path / "run" / "ida.avatar")
    assert "licence" in asset.description
    assert asset.provenance["scores"]["series"]["test"]["frames"] == 2
    assert "--flame" in asset.provenance["command"]
    model = model_of(asset)
    assert model.options.pose_conditioned
    assert model.canonical is not None
    np.testing.assert_allclose(model.canonical.translation, [0.01, 0.02, 0.03], rtol=1e-6)
