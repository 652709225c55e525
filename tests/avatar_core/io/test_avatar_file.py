from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.gaussians import GaussianCloud
from avatar_core.heads import BlendshapeHead, HeadParameters
from avatar_core.heads.flame import FlameHead
from avatar_core.io.avatar_file import load_avatar, load_demo_avatar, save_avatar
from avatar_core.io.images import image_to_png
from avatar_core.project import digest
from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HAIR_ARRAYS = ("means", "quats", "scales", "opacities", "sh", "flags")


@pytest.fixture
def file(small_avatar: AvatarAsset, tmp_path: Path) -> Path:
    path = tmp_path / "ada.avatar"
    save_avatar(small_avatar, path)
    return path


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, **changed: bytes | None) -> None:
    """Replace members (dots written as `__`), or drop them when None."""
    members: dict[str, bytes | None] = dict(members_of(path))
    members |= {name.replace("__", "."): data for name, data in changed.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            if data is not None:
                archive.writestr(name, data)


def change_manifest(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads(members_of(path)["manifest.json"])
    change(manifest)
    rewrite(path, manifest__json=json.dumps(manifest).encode())


def change_arrays(path: Path, member: str, **changed: np.ndarray | None) -> None:
    with np.load(io.BytesIO(members_of(path)[member])) as stored:
        arrays = {**stored, **changed}
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})  # type: ignore[arg-type]
    rewrite(path, **{member.replace(".", "__"): buffer.getvalue()})


def test_everything_survives_to_the_bit(small_avatar: AvatarAsset, file: Path) -> None:
    again = load_avatar(file)
    assert (again.name, again.description) == (small_avatar.name, small_avatar.description)
    assert again.provenance == small_avatar.provenance
    assert again.face.kind is FaceKind.PLAIN
    np.testing.assert_array_equal(again.face.texture, small_avatar.face.texture)
    assert isinstance(again.head, BlendshapeHead)
    assert isinstance(small_avatar.head, BlendshapeHead)
    expected = small_avatar.head.arrays()
    assert again.head.arrays().keys() == expected.keys()
    for name, array in again.head.arrays().items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
    for name in HAIR_ARRAYS:
        np.testing.assert_array_equal(getattr(again.hair, name), getattr(small_avatar.hair, name))


def test_the_same_avatar_gives_the_same_bytes(
    small_avatar: AvatarAsset, file: Path, tmp_path: Path
) -> None:
    save_avatar(load_avatar(file), tmp_path / "again.avatar")
    assert (tmp_path / "again.avatar").read_bytes() == file.read_bytes()


def test_a_bald_avatar_survives(small_avatar: AvatarAsset, tmp_path: Path) -> None:
    save_avatar(replace(small_avatar, hair=GaussianCloud.empty()), tmp_path / "bald.avatar")
    assert len(load_avatar(tmp_path / "bald.avatar").hair) == 0


def test_a_neural_face_keeps_its_weights(small_avatar: AvatarAsset, tmp_path: Path) -> None:
    weights = {"decoder.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}
    face = FaceAsset(FaceKind.NEURAL, small_avatar.face.texture, weights)
    save_avatar(replace(small_avatar, face=face), tmp_path / "neural.avatar")
    again = load_avatar(tmp_path / "neural.avatar").face
    assert again.kind is FaceKind.NEURAL
    np.testing.assert_array_equal(again.weights["decoder.weight"], weights["decoder.weight"])


def test_a_neural_face_of_nonsense_is_refused(small_avatar: AvatarAsset, tmp_path: Path) -> None:
    weights = {"decoder.bias": np.array([0, np.nan], np.float32)}
    face = FaceAsset(FaceKind.NEURAL, small_avatar.face.texture, weights)
    save_avatar(replace(small_avatar, face=face), tmp_path / "neural.avatar")
    with pytest.raises(AssetError, match=r"decoder.bias: holds values that are not finite"):
        load_avatar(tmp_path / "neural.avatar")


@pytest.fixture
def flame_file(small_avatar: AvatarAsset, flame_head: FlameHead, tmp_path: Path) -> Path:
    path = tmp_path / "flame.avatar"
    save_avatar(replace(small_avatar, head=flame_head), path)
    return path


def test_a_flame_head_survives_to_the_bit(flame_file: Path, flame_head: FlameHead) -> None:
    again = load_avatar(flame_file).head
    assert isinstance(again, FlameHead)
    expected = flame_head.arrays()
    assert again.arrays().keys() == expected.keys()
    for name, array in again.arrays().items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
    parameters = HeadParameters(np.ones(5, np.float32), np.full((5, 3), 0.1, np.float32))
    np.testing.assert_array_equal(again.pose(parameters), flame_head.pose(parameters))
    assert again.topology.part_names == flame_head.topology.part_names


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("faces", np.full((32822, 3), 13465, np.int32)),
        ("part_vertex_ids", np.array([-1], np.int32)),
        ("part_sizes", np.array([1], np.int32)),
        ("shape", np.zeros(11, np.float32)),
        ("split_faces", np.full((32822, 3), 1 << 30, np.int32)),
        ("template", np.full((13465, 3), np.inf, np.float32)),
        ("skin_weights", np.zeros((13465, 4), np.float32)),
        ("pose_directions", None),
    ],
)
def test_damaged_flame_heads_are_refused(
    flame_file: Path, name: str, value: np.ndarray | None
) -> None:
    change_arrays(flame_file, "head.npz", **{name: value})
    with pytest.raises(AssetError, match="damaged"):
        load_avatar(flame_file)


def test_the_file_is_readable_without_the_studio(file: Path) -> None:
    members = members_of(file)
    manifest = json.loads(members["manifest.json"])
    assert manifest["format"] == "avatar-studio-avatar"
    assert manifest["version"] == 1
    with np.load(io.BytesIO(members["head.npz"]), allow_pickle=False) as head:
        assert head["vertices"].shape == (40, 3)


def test_a_failed_save_leaves_the_old_file(small_avatar: AvatarAsset, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(AssetError, match="cannot be saved"):
        save_avatar(replace(small_avatar, head=object()), file)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="JSON"):
        save_avatar(replace(small_avatar, provenance={"loss": float("nan")}), file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("path", ["nowhere.avatar", "", "ada.avatar/inside"])
def test_missing_files_are_refused(file: Path, path: str) -> None:
    with pytest.raises(AssetError):
        load_avatar(file.parent / path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.avatar"
    path.write_bytes(b"")
    with pytest.raises(AssetError, match="empty"):
        load_avatar(path)
    path.write_bytes(b"\x89PNG and so on")
    with pytest.raises(AssetError, match="not a file of this studio"):
        load_avatar(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ProjectFormatError, match="not an avatar"):
        load_avatar(path)


def test_cut_files_are_refused_in_a_sentence(file: Path) -> None:
    data = file.read_bytes()
    for keep in np.linspace(1, len(data) - 1, 25).astype(int):
        file.write_bytes(data[:keep])
        with pytest.raises(AvatarError) as caught:
            load_avatar(file)
        assert caught.value.message.endswith(".")
        assert caught.value.hint


def test_spoiled_bytes_are_refused_in_a_sentence_or_change_nothing(file: Path) -> None:
    whole, refused = digest(load_avatar(file)), 0
    data = bytearray(file.read_bytes())
    rng = np.random.default_rng(5)
    for position in rng.integers(0, len(data), 150):
        spoiled = bytearray(data)
        spoiled[position] ^= int(rng.integers(1, 256))
        file.write_bytes(spoiled)
        try:
            assert digest(load_avatar(file)) == whole
        except AvatarError as error:
            refused += 1
            assert error.message.endswith(".")  # noqa: PT017
            assert error.hint  # noqa: PT017
    assert refused > 100


def _set(*keys: str, to: object) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        for key in keys[:-1]:
            manifest = manifest[key]
        manifest[keys[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (_set("format", to="avatar-studio-project"), ProjectFormatError, "not an avatar"),
        (_set("version", to=2), ProjectFormatError, "newer release"),
        (_set("version", to="1"), ProjectFormatError, "which version"),
        (_set("version", to=True), ProjectFormatError, "which version"),
        (_set("version", to=0), ProjectFormatError, "which version"),
        (_set("name", to=7), AssetError, "name"),
        (_set("name", to="x" * 5000), AssetError, "name"),
        (_set("description", to=None), AssetError, "description"),
        (_set("head", to=[]), AssetError, "head"),
        (_set("head", "kind", to="flame2040"), AssetError, "does not know"),
        (_set("head", "names", to={"part_names": "skin"}), AssetError, "part_names"),
        (_set("head", "names", "part_names", to=[1, 2]), AssetError, "part_names"),
        (_set("head", "names", "part_names", to=[]), AssetError, "part"),
        (_set("head", "names", "vertices", to=["a"]), AssetError, "vertices"),
        (_set("face", "kind", to="oil on canvas"), AssetError, "does not know"),
        (_set("face", "kind", to="neural"), AssetError, "face.npz is missing"),
        (_set("provenance", to="mine"), AssetError, "provenance"),
    ],
)
def test_impossible_manifests_are_refused(
    file: Path,
    change: Callable[[dict[str, Any]], None],
    error: type[AvatarError],
    says: str,
) -> None:
    change_manifest(file, change)
    with pytest.raises(error, match=says) as caught:
        load_avatar(file)
    assert caught.value.hint


def test_manifests_that_are_no_objects_are_refused(file: Path) -> None:
    for text in (b"[1]", b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000):
        rewrite(file, manifest__json=text)
        with pytest.raises(AvatarError):
            load_avatar(file)


@pytest.mark.parametrize(
    ("member", "name", "spoil"),
    [
        ("head.npz", "vertices", lambda a: a * np.nan),
        ("head.npz", "vertices", lambda a: a.astype(np.int32)),
        ("head.npz", "vertices", None),
        ("head.npz", "faces", lambda a: a + 1000),
        ("head.npz", "faces", lambda a: a.astype(np.int64) - 2**40),
        ("head.npz", "skin_weights", lambda a: a[:-1]),
        ("hair.npz", "means", lambda a: a * np.inf),
        ("hair.npz", "quats", lambda a: a[:-1]),
        ("hair.npz", "quats", lambda a: a * 0),
        ("hair.npz", "scales", lambda a: -a),
        ("hair.npz", "opacities", lambda a: a + 1.5),
        ("hair.npz", "sh", lambda a: a[:, :3]),
        ("hair.npz", "sh", None),
        ("hair.npz", "flags", lambda a: np.array([{}] * 20)),
        ("hair.npz", "flags", lambda a: a.astype(np.str_)),
    ],
)
def test_impossible_arrays_are_refused(
    file: Path, member: str, name: str, spoil: Callable[[np.ndarray], np.ndarray] | None
) -> None:
    with np.load(io.BytesIO(members_of(file)[member])) as stored:
        array = stored[name]
    change_arrays(file, member, **{name: None if spoil is None else spoil(array)})
    with pytest.raises(AssetError, match=name) as caught:
        load_avatar(file)
    assert caught.value.hint


def test_half_precision_arrays_are_welcome(small_avatar: AvatarAsset, file: Path) -> None:
    change_arrays(file, "hair.npz", sh=small_avatar.hair.sh.astype(np.float16))
    again = load_avatar(file)
    assert again.hair.sh.dtype == np.float32
    np.testing.assert_allclose(again.hair.sh, small_avatar.hair.sh, rtol=1e-3)


def test_a_missing_or_foreign_texture_is_refused(file: Path) -> None:
    rewrite(file, texture__png=None)
    with pytest.raises(AssetError, match=r"texture\.png is missing"):
        load_avatar(file)
    rewrite(file, texture__png=b"GIF89a")
    with pytest.raises(AssetError, match="not a PNG"):
        load_avatar(file)


def test_unsafe_member_names_are_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../../evil.txt", "boo")
    with pytest.raises(AssetError, match="unsafe name"):
        load_avatar(file)


def test_a_zip_bomb_is_refused_before_it_grows(file: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("means.npy", bytes(300 << 20))
    rewrite(file, hair__npz=buffer.getvalue())
    with pytest.raises(AssetError, match="larger than"):
        load_avatar(file)


def test_a_colossal_texture_is_refused(file: Path) -> None:
    png = bytearray(image_to_png(np.zeros((2, 2, 3), np.uint8)))
    png[16:24] = b"\x40\x00\x00\x00" * 2
    rewrite(file, texture__png=bytes(png))
    with pytest.raises(AssetError, match="impossible size"):
        load_avatar(file)


def test_the_demo_avatar_is_whole() -> None:
    demo = load_demo_avatar()
    assert demo.head.topology.faces.shape[0] == 23286
    assert len(demo.head.expression_names) == 52
    assert 10_000 < len(demo.hair) <= 40_000
    assert demo.face.kind is FaceKind.NEURAL
    assert demo.face.texture.shape == (512, 512, 3)
    assert demo.provenance["scores"]["series"]["test"]["psnr_masked_db"] >= 30.0
    assert demo.provenance["licence"].startswith("CC0")


def test_importing_it_loads_nothing_heavy() -> None:
    program = (
        "import sys, avatar_core.io.avatar_file, avatar_core.mega;"
        "heavy = {'torch', 'trimesh', 'scipy', 'numba'} & set(sys.modules);"
        "sys.exit(f'loaded {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
