from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.hair_file import load_hair, load_hair_label, save_hair
from avatar_core.io.images import image_to_png
from avatar_core.project import AvatarAsset, HairAsset, digest, hair_of

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def hair(small_avatar: AvatarAsset) -> HairAsset:
    picture = np.random.default_rng(2).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    return replace(hair_of(small_avatar, "Bob", "A short one."), picture=picture)


@pytest.fixture
def file(hair: HairAsset, tmp_path: Path) -> Path:
    path = tmp_path / "bob.hair"
    save_hair(hair, path)
    return path


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, changed: dict[str, bytes | None]) -> None:
    """Replace members, or drop them when None."""
    with zipfile.ZipFile(path) as archive:
        members: dict[str, bytes | None] = {n: archive.read(n) for n in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**members, **changed}.items():
            if data is not None:
                archive.writestr(name, data)


def change_arrays(path: Path, member: str, **changed: np.ndarray | None) -> None:
    with np.load(io.BytesIO(members_of(path)[member])) as stored:
        arrays = {**stored, **changed}
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})  # type: ignore[arg-type]
    rewrite(path, {member: buffer.getvalue()})


def test_a_hairstyle_comes_back(hair: HairAsset, file: Path) -> None:
    again = load_hair(file)
    assert (again.name, again.description) == ("Bob", "A short one.")
    assert again.provenance == hair.provenance
    np.testing.assert_array_equal(again.scalp, hair.scalp)
    np.testing.assert_array_equal(again.scalp_vertex_ids, hair.scalp_vertex_ids)
    np.testing.assert_array_equal(again.picture, hair.picture)
    np.testing.assert_allclose(again.gaussians.means, hair.gaussians.means, atol=5e-6)
    np.testing.assert_allclose(again.gaussians.sh, hair.gaussians.sh, atol=2e-3)


def test_a_picture_is_optional(hair: HairAsset, tmp_path: Path) -> None:
    save_hair(replace(hair, picture=None), tmp_path / "a.hair")
    assert load_hair(tmp_path / "a.hair").picture is None
    assert "preview.png" not in members_of(tmp_path / "a.hair")


def test_the_same_hairstyle_gives_the_same_bytes(
    hair: HairAsset, file: Path, tmp_path: Path
) -> None:
    save_hair(hair, tmp_path / "again.hair")
    assert (tmp_path / "again.hair").read_bytes() == file.read_bytes()


def test_the_label_needs_no_gaussians(hair: HairAsset, file: Path) -> None:
    rewrite(file, {"hair.npz": b"spoilt", "scalp.npz": None})
    label = load_hair_label(file)
    assert (label.name, label.description) == ("Bob", "A short one.")
    np.testing.assert_array_equal(label.picture, hair.picture)


def test_the_file_is_readable_without_the_studio(file: Path) -> None:
    members = members_of(file)
    manifest = json.loads(members["manifest.json"])
    assert (manifest["format"], manifest["version"]) == ("avatar-studio-hair", 1)
    with np.load(io.BytesIO(members["scalp.npz"]), allow_pickle=False) as scalp:
        assert scalp["vertices"].shape == (10, 3)


def test_a_failed_save_leaves_the_old_file(hair: HairAsset, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(ValueError, match="JSON"):
        save_hair(replace(hair, provenance={"loss": float("nan")}), file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("path", ["nowhere.hair", "", "bob.hair/inside"])
def test_missing_files_are_refused(file: Path, path: str) -> None:
    for load in (load_hair, load_hair_label):
        with pytest.raises(AssetError):
            load(file.parent / path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.hair"
    for data, says in ((b"", "empty"), (b"\x89PNG and so on", "not a file of this studio")):
        path.write_bytes(data)
        with pytest.raises(AssetError, match=says):
            load_hair(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ProjectFormatError, match="not a hairstyle"):
        load_hair(path)


def test_cut_files_are_refused_in_a_sentence(file: Path) -> None:
    data = file.read_bytes()
    for keep in np.linspace(1, len(data) - 1, 25).astype(int):
        file.write_bytes(data[:keep])
        with pytest.raises(AvatarError) as caught:
            load_hair(file)
        assert caught.value.message.endswith(".")
        assert caught.value.hint


def test_spoiled_bytes_are_refused_in_a_sentence_or_change_nothing(file: Path) -> None:
    whole, refused = digest(load_hair(file)), 0
    data = bytearray(file.read_bytes())
    rng = np.random.default_rng(5)
    for position in rng.integers(0, len(data), 150):
        spoiled = bytearray(data)
        spoiled[position] ^= int(rng.integers(1, 256))
        file.write_bytes(spoiled)
        try:
            assert digest(load_hair(file)) == whole
        except AvatarError as error:
            refused += 1
            assert error.message.endswith(".")  # noqa: PT017
            assert error.hint  # noqa: PT017
    assert refused > 100


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"format": "avatar-studio-avatar"}, ProjectFormatError, "not a hairstyle"),
        ({"version": 2}, ProjectFormatError, "newer release"),
        ({"version": "1"}, ProjectFormatError, "which version"),
        ({"name": 7}, AssetError, "name"),
        ({"name": "x" * 5000}, AssetError, "name"),
        ({"description": None}, AssetError, "description"),
        ({"provenance": "mine"}, AssetError, "provenance"),
    ],
)
def test_impossible_manifests_are_refused(
    file: Path, changed: dict[str, Any], error: type[AvatarError], says: str
) -> None:
    manifest = json.loads(members_of(file)["manifest.json"])
    rewrite(file, {"manifest.json": json.dumps({**manifest, **changed}).encode()})
    with pytest.raises(error, match=says) as caught:
        load_hair(file)
    assert caught.value.hint


def test_manifests_that_are_no_objects_are_refused(file: Path) -> None:
    for text in (b"[1]", b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000):
        rewrite(file, {"manifest.json": text})
        with pytest.raises(AvatarError):
            load_hair(file)


@pytest.mark.parametrize(
    ("member", "name", "spoil"),
    [
        ("scalp.npz", "vertices", lambda a: a * np.nan),
        ("scalp.npz", "vertices", lambda a: a.astype(np.int32)),
        ("scalp.npz", "vertices", None),
        ("scalp.npz", "vertex_ids", lambda a: a[:-1]),
        ("scalp.npz", "vertex_ids", lambda a: a - 5),
        ("scalp.npz", "vertex_ids", lambda a: a.astype(np.float32)),
        ("hair.npz", "quats", lambda a: a * 0),
        ("hair.npz", "opacities", lambda a: a - 1),
        ("hair.npz", "sh", None),
        ("hair.npz", "sh", lambda a: np.array([{}] * 20)),
    ],
)
def test_impossible_arrays_are_refused(
    file: Path, member: str, name: str, spoil: Callable[[np.ndarray], np.ndarray] | None
) -> None:
    with np.load(io.BytesIO(members_of(file)[member])) as stored:
        array = stored[name]
    change_arrays(file, member, **{name: None if spoil is None else spoil(array)})
    with pytest.raises(AssetError, match=name) as caught:
        load_hair(file)
    assert caught.value.hint


@pytest.mark.parametrize("member", ["hair.npz", "scalp.npz"])
def test_missing_members_are_named(file: Path, member: str) -> None:
    rewrite(file, {member: None})
    with pytest.raises(AssetError, match=f"{member} is missing"):
        load_hair(file)


def test_too_little_scalp_is_refused(file: Path, hair: HairAsset) -> None:
    change_arrays(file, "scalp.npz", vertices=hair.scalp[:2],
                  vertex_ids=hair.scalp_vertex_ids[:2])  # fmt: skip
    with pytest.raises(AssetError, match="at least 3"):
        load_hair(file)
    change_arrays(file, "scalp.npz", vertices=hair.scalp[:, :2])
    with pytest.raises(AssetError, match="scalp"):
        load_hair(file)


def test_a_picture_of_another_kind_or_size_is_refused(file: Path) -> None:
    rewrite(file, {"preview.png": b"GIF89a"})
    with pytest.raises(AssetError, match="not a PNG"):
        load_hair_label(file)
    rewrite(file, {"preview.png": image_to_png(np.zeros((1025, 1024, 3), np.uint8))})
    with pytest.raises(AssetError, match="impossible size"):
        load_hair_label(file)


def test_unsafe_member_names_are_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../../evil.txt", "boo")
    with pytest.raises(AssetError, match="unsafe name"):
        load_hair(file)


def test_a_zip_bomb_is_refused_before_it_grows(file: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("means.npy", bytes(limits.HAIR_BYTES + 1))
    rewrite(file, {"hair.npz": buffer.getvalue()})
    with pytest.raises(AssetError, match="more than such a file"):
        load_hair(file)


def test_too_many_gaussians_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GAUSSIANS", 5)
    with pytest.raises(AssetError, match="more than can be shown"):
        load_hair(file)


def test_version_1_stays_readable() -> None:
    hair = load_hair(DATA / "hair_v1.hair")
    assert (hair.name, hair.description) == ("Bob ✓", "A hairstyle of four Gaussians.")
    assert hair.provenance == {"licence": "CC0-1.0"}
    assert hair.scalp_vertex_ids.tolist() == [2, 5, 7]
    assert hair.scalp.tolist()[1] == pytest.approx([0.1, 0.1, 0])
    assert hair.picture is not None
    assert hair.picture[1, 2].tolist() == [10, 20, 30]
    cloud = hair.gaussians
    np.testing.assert_allclose(cloud.means[3], [-0.05, 0.15, -0.1], atol=5e-6)
    np.testing.assert_allclose(cloud.quats[3], [0.6, 0, 0.8, 0], atol=1e-4)
    np.testing.assert_allclose(cloud.scales[0], [0.001, 0.002, 0.01], rtol=1e-3)
    assert cloud.opacities.tolist() == [1, 0.5, 0.25, 0.75]
    assert cloud.sh[0, 0].tolist() == [0.5, -0.25, -1]
    assert cloud.sh[2, 4].tolist() == [0, 0.125, 0]
