"""FLAME heads from the user's files, on a synthetic model."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.heads import HeadParameters, landmark_positions
from avatar_core.io import flame_cache, flame_sources
from avatar_core.io.flame_files import FlameLayout, read_flame_head
from avatar_core.io.flame_sources import find_flame_sources

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead

LAYOUT = FlameLayout(n_shape=10, n_expr=5)


@pytest.fixture(autouse=True)
def user_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder is an empty one."""
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / "user"))
    return tmp_path / "user"


@pytest.fixture
def folder(flame_user_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(flame_user_folder, tmp_path / "own"))


def test_the_head_is_the_reference_implementations(
    flame_user_folder: Path, flame_golden: dict[str, np.ndarray], flame_head: FlameHead
) -> None:
    reading = read_flame_head(find_flame_sources(flame_user_folder / "flame2023.pkl"), LAYOUT)
    head = reading.head
    np.testing.assert_array_equal(head.mesh.faces, flame_golden["out.faces"])
    np.testing.assert_array_equal(head.split.faces, flame_golden["out.split_faces"])
    np.testing.assert_array_equal(head.mesh.parts["scalp"], flame_head.mesh.parts["scalp"])
    turns = [flame_golden[f"in.{name}"][0] for name in ("rotation", "neck", "jaw", "eyes")]
    posed = head.pose(
        HeadParameters(
            flame_golden["in.expr"][0],
            np.concatenate(turns).reshape(5, 3),
            flame_golden["in.translation"][0],
            flame_golden["in.shape"][0],
        )
    )
    np.testing.assert_allclose(posed, flame_golden["out.verts"][0], atol=1e-6)
    landmarks = landmark_positions(head.topology, posed)
    np.testing.assert_allclose(landmarks, flame_golden["out.landmarks"][0], atol=1e-6)
    assert reading.warnings == ()
    assert reading.has_exact_scalp
    assert len(reading.used_files) == 9


def test_without_teeth_and_subdivision(flame_user_folder: Path) -> None:
    layout = FlameLayout(n_shape=4, n_expr=3, is_subdivided=False, has_teeth=False)
    head = read_flame_head(find_flame_sources(flame_user_folder / "flame2023.pkl"), layout).head
    assert len(head.mesh.template) == 3600
    own = pickle.loads((flame_user_folder / "flame2023.pkl").read_bytes())["f"]
    assert len(head.mesh.faces) == len(own) + 30
    assert head.mesh.shape_directions.shape[2] == 4
    assert len(head.expression_names) == 3


def test_a_head_is_built_once(
    folder: Path, user_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = find_flame_sources(folder / "flame2023.pkl")
    first = read_flame_head(sources, LAYOUT)
    kept = list((user_data / "flame" / "built").iterdir())
    assert len(kept) == 1
    with monkeypatch.context() as patch:
        patch.setattr("avatar_core.io.flame_files._built", lambda *_: pytest.fail("built again"))
        again = read_flame_head(sources, LAYOUT)
    for name, array in first.head.arrays().items():
        np.testing.assert_array_equal(again.head.arrays()[name], array, err_msg=name)
    kept[0].write_bytes(b"damaged")
    read_flame_head(sources, LAYOUT)
    assert kept[0].stat().st_size > 1000


def test_other_contents_or_layouts_are_other_heads(folder: Path) -> None:
    paths = find_flame_sources(folder / "flame2023.pkl").paths
    keys = {flame_cache.key_of(paths, LAYOUT), flame_cache.key_of(paths, FlameLayout())}
    np.save(folder / "backneck_idcs.npy", np.arange(3))
    keys.add(flame_cache.key_of(paths, LAYOUT))
    assert len(keys) == 3


def test_files_may_lie_in_the_users_folder(flame_user_folder: Path, user_data: Path) -> None:
    shutil.copytree(flame_user_folder, user_data / "flame")
    assert find_flame_sources().missing == ()
    assert find_flame_sources().model.parent == flame_sources.flame_folder()


def test_a_look_finds_what_a_search_finds_and_never_fails(folder: Path, tmp_path: Path) -> None:
    sources = find_flame_sources(folders=[folder])
    found = flame_sources.look_for_flame_files(folder)
    assert sorted(found.values()) == sorted(sources.paths)
    assert flame_sources.lacking_flame_files(found) == ()
    assert flame_sources.look_for_flame_files(tmp_path / ("a" * 5000)) == {}


def test_masks_are_needed_only_while_the_upper_scalp_is_missing_too(folder: Path) -> None:
    found = flame_sources.look_for_flame_files(folder)
    del found["FLAME_masks_mouth.pkl"]
    assert flame_sources.lacking_flame_files(found) == ()
    del found["shrink_scalp_idcs.npy"]
    assert flame_sources.lacking_flame_files(found) == (flame_sources.MASKS,)


@pytest.mark.parametrize("name", ["faces_uvs.npy", "vertex_uvs.npy", "flame2023.pkl"])
def test_needed_files_are_named_with_their_origin(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(AssetError) as caught:
        find_flame_sources(folders=[folder])
    (file,) = [file for file in flame_sources.FLAME_FILES if file.name == name]
    for word in (name, file.origin, file.purpose):
        assert word in caught.value.message
    assert str(folder) in caught.value.hint


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(AssetError) as caught:
        find_flame_sources(folders=[tmp_path])
    for name in ("flame2023.pkl", "faces_uvs.npy", "vertex_uvs.npy"):
        assert name in caught.value.message


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="does not exist"):
        find_flame_sources(tmp_path / "no.pkl")
    with pytest.raises(AssetError, match="not a folder"):
        find_flame_sources(folders=[tmp_path / "none"])


@pytest.mark.parametrize(
    ("name", "is_exact"),
    [
        ("FLAME_masks_mouth.pkl", False),
        ("backneck_idcs.npy", False),
        ("flame_faces.npy", True),
        ("shrink_scalp_idcs.npy", True),
        ("lower_neck_bottom_face_idcs.npy", True),
        ("landmark_embedding_with_eyes.npy", True),
    ],
)
def test_other_missing_files_are_warned_of(folder: Path, name: str, is_exact: bool) -> None:
    (folder / name).unlink()
    reading = read_flame_head(find_flame_sources(folder / "flame2023.pkl"), LAYOUT)
    (warning,) = reading.warnings
    assert warning.startswith(f"{name} is missing: ")
    assert reading.has_exact_scalp is is_exact
    assert len(reading.head.topology.scalp_vertex_ids) > 3


def test_without_any_scalp_there_is_no_head(folder: Path) -> None:
    (folder / "FLAME_masks_mouth.pkl").unlink()
    (folder / "shrink_scalp_idcs.npy").unlink()
    with pytest.raises(AssetError, match=r"FLAME_masks_mouth\.pkl"):
        find_flame_sources(folder / "flame2023.pkl")


def test_masks_under_another_name(folder: Path) -> None:
    (folder / "FLAME_masks_mouth.pkl").rename(folder / "FLAME_masks.pkl")
    assert find_flame_sources(folder / "flame2023.pkl").masks == (folder / "FLAME_masks.pkl",)


class Attack:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


@pytest.mark.parametrize(
    "name", ["flame2023.pkl", "FLAME_masks_mouth.pkl", "landmark_embedding_with_eyes.npy",
             "faces_uvs.npy"],
)  # fmt: skip
def test_code_in_a_file_is_not_executed(folder: Path, name: str) -> None:
    trace = folder / "executed"
    attack = {"v_template": Attack(f"touch {trace}")}
    if name.endswith(".npy"):
        np.save(folder / name, np.array(attack, object), allow_pickle=True)
    else:
        (folder / name).write_bytes(pickle.dumps(attack))
    with pytest.raises(AssetError):
        read_flame_head(find_flame_sources(folder / "flame2023.pkl"), LAYOUT)
    assert not trace.exists()


def model_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = pickle.loads((folder / "flame2023.pkl").read_bytes())
    return content


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("weights", np.zeros((40, 5))),
        ("v_template", np.full((3600, 3), np.nan)),
        ("shapedirs", np.zeros((3600, 3, 303))),
        ("kintree_table", np.zeros((2, 5), np.int64)),
        ("f", np.full((10, 3), 3600)),
        ("weights", None),
    ],
)
def test_a_model_that_is_none_is_named(folder: Path, key: str, value: Any) -> None:
    content = model_of(folder)
    content[key] = value
    (folder / "flame2023.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(AssetError) as caught:
        read_flame_head(find_flame_sources(folder / "flame2023.pkl"), LAYOUT)
    assert key in caught.value.message


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("faces_uvs.npy", np.zeros((5, 3), np.int32)),
        ("faces_uvs.npy", np.zeros((9999, 3), np.float32)),
        ("vertex_uvs.npy", np.zeros((10, 3), np.float32)),
        ("vertex_uvs.npy", np.full((5000, 2), np.inf)),
        ("backneck_idcs.npy", np.array([3600])),
        ("lower_neck_bottom_face_idcs.npy", np.array([-1])),
    ],
)
def test_misshapen_assets_are_named(folder: Path, name: str, array: np.ndarray) -> None:
    np.save(folder / name, array)
    with pytest.raises(AssetError, match=r"faces_uvs|vertex_uvs|backneck|lower_neck"):
        read_flame_head(find_flame_sources(folder / "flame2023.pkl"), LAYOUT)


def test_masks_of_other_things_are_named(folder: Path) -> None:
    for masks in ({"scalp": "all"}, {"scalp": np.array([99_999])}, {"scalp": [[1], [2, 3]]}):
        (folder / "FLAME_masks_mouth.pkl").write_bytes(pickle.dumps(masks))
        with pytest.raises(AssetError, match="scalp of 'FLAME_masks_mouth"):
            read_flame_head(find_flame_sources(folder / "flame2023.pkl"), LAYOUT)


def test_eyeballs_are_known_without_masks() -> None:
    from avatar_core.io.flame_files import _eyeballs

    template = np.zeros((5023, 3), np.float32)
    template[3931:4477, 0], template[4477:, 0] = -0.03, 0.03
    eyes = _eyeballs(template)
    assert eyes["left_eyeball"].tolist() == list(range(4477, 5023))
    assert eyes["right_eyeball"].tolist() == list(range(3931, 4477))
