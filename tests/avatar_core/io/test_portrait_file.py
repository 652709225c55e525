from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.avatar_shelf import PortraitShelf
from avatar_core.io.images import image_to_png
from avatar_core.io.portrait_file import load_portrait, load_portrait_label, save_portrait
from avatar_core.motion import UNIT_INDEX
from avatar_core.project import CropBox, Portrait, PortraitCode, digest
from tests.avatar_core.io.test_hair_file import change_arrays, members_of, rewrite

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def portrait() -> Portrait:
    rng = np.random.default_rng(4)
    picture = rng.integers(0, 256, (48, 64, 3)).astype(np.uint8)
    code = PortraitCode(
        identity=rng.standard_normal((8, 4, 4)).astype(np.float32),
        canonical=rng.standard_normal((4, 2, 6, 6)).astype(np.float16),
        theta=np.eye(4, dtype=np.float32),
        latent=rng.standard_normal(16).astype(np.float32),
    )
    return Portrait(
        name="Ann ✓",
        description="Noise.",
        picture=picture,
        box=CropBox(10.5, 3.25, 40),
        landmarks=rng.uniform(0, 48, (478, 3)).astype(np.float32),
        matte=rng.integers(0, 256, (48, 64)).astype(np.uint8),
        weights=rng.random(52).astype(np.float32),
        head_rotation=rng.normal(0, 0.1, 3).astype(np.float32),
        gaze=rng.normal(0, 0.1, (2, 2)).astype(np.float32),
        provenance={"licence": "CC0", "notices": ["first frame"]},
        codes={"0a1b2c": code, "ff": replace(code, canonical=code.canonical.astype(np.float32))},
    )


@pytest.fixture
def file(portrait: Portrait, tmp_path: Path) -> Path:
    path = tmp_path / "ann.portrait"
    save_portrait(portrait, path)
    return path


def edit_manifest(path: Path, **changed: Any) -> None:
    manifest = json.loads(members_of(path)["manifest.json"])
    rewrite(path, {"manifest.json": json.dumps({**manifest, **changed}).encode()})


def test_a_portrait_comes_back_bit_for_bit(portrait: Portrait, file: Path) -> None:
    assert digest(load_portrait(file)) == digest(portrait)


def test_what_was_not_found_stays_unknown(portrait: Portrait, tmp_path: Path) -> None:
    bare = replace(portrait, landmarks=None, matte=None, gaze=None, codes={})
    save_portrait(bare, tmp_path / "bare.portrait")
    assert digest(load_portrait(tmp_path / "bare.portrait")) == digest(bare)
    assert set(members_of(tmp_path / "bare.portrait")) == {
        "manifest.json", "picture.png", "preview.png", "arrays.npz"
    }  # fmt: skip


def test_the_same_portrait_gives_the_same_bytes(portrait: Portrait, file: Path) -> None:
    save_portrait(portrait, file.with_name("again.portrait"))
    assert file.with_name("again.portrait").read_bytes() == file.read_bytes()


def test_the_label_shows_the_crop_and_needs_no_picture(portrait: Portrait, tmp_path: Path) -> None:
    picture = np.zeros_like(portrait.picture)
    picture[10:40, 20:50] = (200, 100, 50)
    path = tmp_path / "a.portrait"
    save_portrait(replace(portrait, picture=picture, box=CropBox(20, 10, 30), codes={}), path)
    rewrite(path, {"picture.png": b"spoilt", "arrays.npz": None})
    label = load_portrait_label(path)
    assert (label.name, label.description) == ("Ann ✓", "Noise.")
    assert label.picture is not None
    assert label.picture.shape == (192, 192, 3)
    assert (label.picture == (200, 100, 50)).all()


def test_the_shelf_keeps_several_portraits(portrait: Portrait, tmp_path: Path) -> None:
    shelf = PortraitShelf()
    paths = [str(tmp_path / f"{at}.portrait") for at in range(5)]
    for path in paths:
        save_portrait(replace(portrait, codes={}), path)
    first = [shelf.load(path) for path in paths]
    assert all(shelf.load(path) is kept for path, kept in zip(paths, first, strict=True))


@pytest.mark.parametrize("models", [["../evil"], [""], [f"{at}" for at in range(9)]])
def test_models_that_cannot_be_stored_are_refused(
    models: list[str], portrait: Portrait, file: Path
) -> None:
    before = file.read_bytes()
    with pytest.raises(ValueError, match="codes"):
        save_portrait(replace(portrait, codes=dict.fromkeys(models, portrait.codes["ff"])), file)
    assert file.read_bytes() == before


def test_cut_files_are_refused_in_a_sentence(file: Path) -> None:
    data = file.read_bytes()
    for keep in np.linspace(0, len(data) - 1, 25).astype(int):
        file.write_bytes(data[:keep])
        with pytest.raises(AvatarError) as caught:
            load_portrait(file)
        assert caught.value.message.endswith(".")
        assert caught.value.hint


def test_spoiled_bytes_are_refused_in_a_sentence_or_change_nothing(
    portrait: Portrait, file: Path
) -> None:
    whole, label = digest(portrait), load_portrait_label(file)
    data = bytearray(file.read_bytes())
    rng = np.random.default_rng(5)
    refused = 0
    for position in rng.integers(0, len(data), 200):
        spoiled = bytearray(data)
        spoiled[position] ^= int(rng.integers(1, 256))
        file.write_bytes(spoiled)
        try:
            assert digest(load_portrait(file)) == whole
        except AvatarError as error:
            refused += 1
            assert error.message.endswith(".")  # noqa: PT017
            assert error.hint  # noqa: PT017
        with suppress(AvatarError):
            again = load_portrait_label(file)
            assert (again.name, again.description) == (label.name, label.description)
            assert again.picture is None or (again.picture == label.picture).all()
    assert refused > 80


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"format": "avatar-studio-hair"}, ProjectFormatError, "not a portrait"),
        ({"version": 2}, ProjectFormatError, "newer release"),
        ({"name": 7}, AssetError, "name"),
        ({"description": None}, AssetError, "description"),
        ({"provenance": []}, AssetError, "provenance"),
        ({"box": None}, AssetError, "box"),
        ({"box": [1, 2]}, AssetError, "box"),
        ({"box": [1, 2, "3"]}, AssetError, "box"),
        ({"box": [0, 0, 10**400]}, AssetError, "box"),
        ({"box": [30, 20, 40]}, AssetError, "box"),
        ({"box": [0, 0, 0]}, AssetError, "box"),
        ({"codes": []}, AssetError, "codes"),
        ({"codes": {"a/b": "codes/0.npz"}}, AssetError, "codes"),
        ({"codes": {"ab": 3}}, AssetError, "codes"),
        ({"codes": {"ab": "codes/7.npz"}}, AssetError, "codes/7.npz is missing"),
        ({"codes": {"ab": "arrays.npz"}}, AssetError, "identity: missing"),
    ],
)
def test_impossible_manifests_are_refused(
    file: Path, changed: dict[str, Any], error: type[AvatarError], says: str
) -> None:
    edit_manifest(file, **changed)
    with pytest.raises(error, match=says) as caught:
        load_portrait(file)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("weights", None),
        ("weights", np.full(52, 2, np.float32)),
        ("weights", np.zeros(52)),
        ("weights", np.zeros(52, ">f4")),
        ("head_rotation", np.full(3, np.nan, np.float32)),
        ("landmarks", np.zeros((468, 3), np.float32)),
        ("gaze", np.zeros(4, np.float32)),
    ],
)
def test_impossible_arrays_are_refused(file: Path, name: str, array: np.ndarray | None) -> None:
    change_arrays(file, "arrays.npz", **{name: array})
    with pytest.raises(AssetError, match=name):
        load_portrait(file)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("canonical", np.zeros((4, 2, 6), np.float32)),
        ("canonical", np.zeros((4, 2, 6, 6), np.int16)),
        ("canonical", np.full((4, 2, 6, 6), np.inf, np.float16)),
        ("latent", None),
        ("theta", np.eye(3, dtype=np.float32)),
    ],
)
def test_impossible_codes_are_refused(file: Path, name: str, array: np.ndarray | None) -> None:
    change_arrays(file, "codes/0.npz", **{name: array})
    with pytest.raises(AssetError, match=name):
        load_portrait(file)


@pytest.mark.parametrize("member", ["picture.png", "arrays.npz", "codes/1.npz"])
def test_missing_members_are_named(file: Path, member: str) -> None:
    rewrite(file, {member: None})
    with pytest.raises(AssetError, match=f"{member} is missing"):
        load_portrait(file)


def test_a_matte_under_a_damaged_name_is_not_left_out(file: Path) -> None:
    members = members_of(file)
    matte = members.pop("matte.png")
    rewrite(file, {"matte.png": None, "mAtte.png": matte})
    with pytest.raises(AssetError, match=r"damaged: 'mAtte\.png' is no part of a portrait"):
        load_portrait(file)


def test_pictures_of_another_kind_or_size_are_refused(file: Path) -> None:
    for member in ("picture.png", "matte.png"):
        kept = members_of(file)[member]
        rewrite(file, {member: b"GIF89a"})
        with pytest.raises(AssetError, match="not a PNG"):
            load_portrait(file)
        rewrite(file, {member: kept})
    rewrite(file, {"matte.png": image_to_png(np.zeros((9, 9, 3), np.uint8))})
    with pytest.raises(AssetError, match="matte"):
        load_portrait(file)
    rewrite(file, {"picture.png": image_to_png(np.zeros((4097, 4, 3), np.uint8))})
    with pytest.raises(AssetError, match="picture"):
        load_portrait(file)


def test_a_zip_bomb_is_refused_before_it_grows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PORTRAIT_CODE_BYTES", limits.MIB)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("canonical.npy", bytes(2 * limits.MIB))
    rewrite(file, {"codes/0.npz": buffer.getvalue()})
    with pytest.raises(AssetError, match="more than such a file"):
        load_portrait(file)


def test_version_1_stays_readable() -> None:
    portrait = load_portrait(DATA / "portrait_v1.portrait")
    assert (portrait.name, portrait.description) == ("Ann ✓", "A square.")
    assert portrait.picture.shape == (32, 48, 3)
    assert portrait.picture[10, 20].tolist() == [10, 20, 30]
    assert portrait.box == (12.5, 4, 24)
    assert portrait.matte is not None
    assert portrait.matte[7:9, 16].tolist() == [0, 200]
    assert portrait.landmarks is not None
    assert portrait.landmarks[1].tolist() == [24, 16, -2]
    assert portrait.weights[UNIT_INDEX["jawOpen"]] == 0.25
    assert portrait.head_rotation.tolist() == [0.5, -0.25, 0]
    assert portrait.gaze is not None
    assert portrait.gaze.tolist() == [[0.125, 0], [0.25, -0.5]]
    assert portrait.provenance == {"licence": "CC0-1.0"}
    code = portrait.codes["0a1b"]
    assert (code.identity == 0.5).all()
    assert code.canonical.dtype == np.float16
    assert code.canonical.shape == (2, 2, 3, 3)
    assert code.theta.diagonal().tolist() == [2, 2, 2, 1]
    assert code.latent.tolist() == [1, -1, 0.5]
