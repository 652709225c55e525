"""Avatars as official folders: bit for bit what was imported, and a word on everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import yaml

from avatar_core.errors import AssetError, WeightsError
from avatar_core.exchange.avatar_export import ExportSubject, ExportWish, export_avatar
from avatar_core.exchange.formats import Format
from avatar_core.exchange.gaussian_export import Axes
from avatar_core.exchange.official_export import export_official
from avatar_core.exchange.official_import import OfficialChoices, import_official
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.geometry import Camera, look_at
from avatar_core.hair.edited import edited_hair
from avatar_core.heads import neutral_parameters
from avatar_core.io.avatar_file import load_avatar, save_avatar
from avatar_core.io.gaussian_ply import read_gaussian_ply
from avatar_core.mega.assets import asset_of, model_of
from avatar_core.mega.bake import TEXTURE, bake, baked_asset
from avatar_core.mega.diffuse import diffuse_look
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.mega.official import build
from avatar_core.mega.reference_renderer import render
from avatar_core.project import hair_of, with_hair
from avatar_core.project.hair_edits import HairChannel, HairEdits, HairLayer
from avatar_core.project.mega_options import MegaOptions
from avatar_core.project.paint import BakedPaint, LayerKind, Painting, PaintLayer, TexturePart
from avatar_core.texture.bare import bare_face, composed, paint_of_texture
from avatar_core.texture.content import content_digest
from avatar_core.texture.tiles import raster_from

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.exchange.export_report import ExportReport
    from avatar_core.geometry import Float32
    from avatar_core.heads.flame import FlameHead
    from avatar_core.io.flame_sources import FlameSources
    from avatar_core.project import AvatarAsset

LATEST = "checkpoint_latest.pth"


@pytest.fixture(scope="module")
def asset(trained_folder: Path, flame_sources: FlameSources, flame_cache: Path) -> AvatarAsset:
    return import_official(trained_folder, flame_sources, cache=flame_cache).asset


def loaded(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(folder / LATEST, weights_only=True)
    return content


def assert_same_checkpoint(one: Path, other: Path) -> None:
    first, second = loaded(one), loaded(other)
    assert first.keys() == second.keys()
    for entry, state in first.items():
        if entry == "optimizer":
            continue
        if not isinstance(state, dict):
            assert second[entry] == state
            continue
        assert set(state) == set(second[entry]), entry
        for key, value in state.items():
            assert second[entry][key].dtype == value.dtype
            assert torch.equal(second[entry][key], value), f"{entry}.{key}"


def assert_same_arrays(one: Path, other: Path) -> None:
    with np.load(one) as first, np.load(other) as second:
        assert set(first.files) == set(second.files)
        for name in first.files:
            assert first[name].dtype == second[name].dtype
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_an_imported_avatar_comes_out_bit_for_bit(
    asset: AvatarAsset,
    trained_folder: Path,
    flame_sources: FlameSources,
    flame_cache: Path,
    tmp_path: Path,
) -> None:
    save_avatar(asset, tmp_path / "a.avatar")
    report = export_official(load_avatar(tmp_path / "a.avatar"), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(report.files)
    assert_same_checkpoint(trained_folder, tmp_path / "out")
    assert_same_arrays(trained_folder / "flame_params.npz", tmp_path / "out" / "flame_params.npz")
    one, other = (yaml.safe_load((folder / "params.yaml").read_text())
                  for folder in (trained_folder, tmp_path / "out"))  # fmt: skip
    assert one == other
    # and in again: the same avatar, though the data set's pose is now the exported one
    choices = OfficialChoices(name=asset.name)
    again = import_official(tmp_path / "out", flame_sources, choices, flame_cache)
    assert again.asset.face.weights.keys() == asset.face.weights.keys()
    for name, values in asset.face.weights.items():
        np.testing.assert_array_equal(again.asset.face.weights[name], values, err_msg=name)
    np.testing.assert_array_equal(again.asset.hair.means, asset.hair.means)
    np.testing.assert_array_equal(again.asset.face.texture, asset.face.texture)
    export_official(again.asset, tmp_path / "twice")
    assert_same_checkpoint(tmp_path / "out", tmp_path / "twice")


def test_official_modules_load_it(asset: AvatarAsset, tmp_path: Path) -> None:
    export_official(asset, tmp_path / "out")
    content = loaded(tmp_path / "out")
    assert content["stage"] == "joint"
    config = {"n_expr": 5, "tex_size": 64, "deform_layers": [16, 8]}
    for name in ("neural_texture", "dynamic_texture", "view_texture", "disp_decoder", "pe",
                 "head_mlp", "canonical_gs", "deform_mlp"):  # fmt: skip
        build(name, content[name], **config)


def test_foreign_hair_of_fewer_harmonics_gets_the_degree_that_the_original_loads(
    asset: AvatarAsset, tmp_path: Path
) -> None:
    sh = np.random.default_rng(1).normal(size=(9, 9, 3)).astype(np.float32)
    few = asset.hair.subset(slice(9))
    donor = replace(asset, hair=replace(few, sh=sh, flags=np.zeros(9, np.uint8)))
    worn = with_hair(asset, hair_of(donor))
    report = export_official(worn, tmp_path / "out")
    rest = loaded(tmp_path / "out")["canonical_gs"]["_features_rest"]
    count = len(worn.hair)  # with what stands in for the own hair
    assert rest.shape == (count, 15, 3)
    assert rest[:, :8].abs().min() > 0
    assert not rest[:, 8:].any()
    assert any("another head" in note for note in report.notes)
    assert any(
        note.startswith(f"{count} of {count}") and "without" not in note for note in report.notes
    )


def test_edited_hair_is_listed(asset: AvatarAsset, trained_folder: Path, tmp_path: Path) -> None:
    flags = asset.hair.flags.copy()
    flags[[2, 5]] = DELETED
    flags[7] = HIDDEN
    sh = asset.hair.sh.copy()
    sh[9] += 0.5
    edited = replace(asset, hair=replace(asset.hair, sh=sh, flags=flags))
    report = export_official(edited, tmp_path / "out")
    assert any("2 deleted Gaussians" in note for note in report.notes)
    assert any("Hidden" in note for note in report.notes)
    assert len(loaded(tmp_path / "out")["canonical_gs"]["_xyz"]) == 28
    recoloured = replace(asset, hair=replace(asset.hair, sh=sh))
    report = export_official(recoloured, tmp_path / "recoloured")
    assert any(note.startswith("1 of 30 Gaussians") for note in report.notes)
    before = loaded(trained_folder)["canonical_gs"]
    after = loaded(tmp_path / "recoloured")["canonical_gs"]
    others = np.arange(30) != 9
    for key, value in before.items():
        assert torch.equal(after[key][others], value[others]), key
    torch.testing.assert_close(after["_features_dc"][9], before["_features_dc"][9] + 0.5)
    assert not after["_features_rest"][9].any()


def test_another_identity_is_listed(asset: AvatarAsset, tmp_path: Path) -> None:
    shape = np.full(10, 0.25, np.float32)
    report = export_official(
        replace(asset, head=replace(asset.head, shape=shape)),  # type: ignore[type-var]
        tmp_path / "out",
    )
    assert any("identity" in note for note in report.notes)
    with np.load(tmp_path / "out" / "flame_params.npz") as stored:
        np.testing.assert_array_equal(stored["shape"], shape[None])


def test_our_own_flame_avatar(flame_head: FlameHead, tmp_path: Path) -> None:
    """Conditioned on the eyes alone: the official layout gets zeros, and says the same."""
    torch.manual_seed(2)
    networks = MegaNetworks(
        MegaConfig(n_expr=5, n_pose=6, tex_size=16, deform_layers=(8,), gaussians=4)
    ).eval()
    for name, value in networks.canonical_gs.named_parameters():
        value.data.copy_(torch.randn(value.shape) * (0.1 if name == "_xyz" else 1.0))
    networks.requires_grad_(False)
    own = asset_of(MegaModel.of(flame_head, networks), "Own", "", {}, half=True)
    report = export_official(own, tmp_path / "out")
    for word in ("eyes alone", "four vertices", "in the head's space", "half precision",
                 "not imported", "4 of 4 Gaussians", "one pose"):  # fmt: skip
        assert any(word in note for note in report.notes), word
    values = yaml.safe_load((tmp_path / "out" / "params.yaml").read_text())
    assert values["flame.n_expr"] == 5
    assert values["gs.deform_layers"] == [8]
    content = loaded(tmp_path / "out")
    official = build("dynamic_texture", content["dynamic_texture"], n_expr=5, tex_size=16)
    eyes, expression = torch.randn(1, 6), torch.randn(1, 5)
    with torch.no_grad():
        mine = model_of(own).networks.dynamic_texture(torch.cat([expression, eyes], 1))
        theirs = official(torch.cat([expression, torch.randn(1, 9), eyes], 1))
    torch.testing.assert_close(theirs, mine)
    assert MegaOptions.from_plain(own.face.options).pose_conditioned is False


def rouge(asset: AvatarAsset, colour: tuple[float, float, float] | None = None) -> Painting:
    """A wide soft patch, in the rarest of the face's own colours unless told otherwise."""
    row, column = np.mgrid[:512, :512] / 511
    cover = np.exp(-(((row - 0.4) ** 2 + (column - 0.5) ** 2) / 0.2))[..., None]
    if colour is None:
        colours = asset.face.texture.reshape(-1, 3) / 255
        away = np.linalg.norm(colours - colours.mean(axis=0), axis=1)
        colour = tuple(colours[away.argmax()].tolist())
    picture = np.concatenate([cover * colour, cover], axis=2).astype(np.float32)
    return Painting(512, {"1": PaintLayer("Rouge", raster=raster_from(picture))})


def texture(folder: Path) -> torch.Tensor:
    basic: torch.Tensor = loaded(folder)["neural_texture"]["texture"]
    return basic


def picture(asset: AvatarAsset) -> Float32:
    """[H, W, 3] 0..1 of the head at rest, by the reference renderer."""
    model = model_of(asset)
    middle = model.canonical_vertices.mean(0)
    eye = middle + np.array([0.05, 0.02, 0.6], np.float32)
    camera = Camera.from_fov(look_at(eye, middle), 0.6, 96, 112)
    with torch.no_grad():
        blended, _ = render(model, model.posed(neutral_parameters(asset.head)), camera)
    return blended.rgb.numpy()


def decibels(one: Float32, other: Float32) -> float:
    """Where there is no white background."""
    is_drawn = (other < 1).any(axis=-1)
    error = float(np.square(one.astype(np.float64) - other)[is_drawn].mean())
    return np.inf if error == 0 else -10 * np.log10(error)


def test_what_is_baked_comes_along_as_it_is(
    asset: AvatarAsset, flame_sources: FlameSources, flame_cache: Path, tmp_path: Path
) -> None:
    painting = rouge(asset)
    channels = asset.face.weights[TEXTURE].shape[1]
    baked = BakedPaint(
        np.array([7, 9], np.int32),
        np.full((2, channels), 0.5, np.float32),
        np.zeros(2, np.float32),
        content_digest(painting),
    )
    report = export_official(asset, tmp_path / "out", replace(painting, baked=baked))
    export_official(asset, tmp_path / "bare")
    changed = (texture(tmp_path / "out") - texture(tmp_path / "bare")).abs().amax(1).flatten()
    assert changed.nonzero()[:, 0].tolist() == [7, 9]
    assert not [note for note in report.notes if "paint" in note]


@pytest.mark.parametrize("state", ["not baked", "painted since", "partly out of reach"])
def test_paint_that_is_not_baked_wholly_is_baked_for_the_checkpoint(
    asset: AvatarAsset,
    flame_sources: FlameSources,
    flame_cache: Path,
    tmp_path: Path,
    state: str,
) -> None:
    painting = rouge(asset)
    if state != "not baked":
        old = BakedPaint(
            np.array([7], np.int32),
            np.full((1, asset.face.weights[TEXTURE].shape[1]), 0.5, np.float32),
            np.array([0.5], np.float32),
            content_digest(painting) if state == "partly out of reach" else "another picture",
        )
        painting = replace(painting, baked=old)
    heard: list[float] = []
    report = export_official(asset, tmp_path / "out", painting, step=heard.append)
    assert heard[-1] == 1
    assert sum("baked for the checkpoint" in note for note in report.notes) == 1
    size = asset.face.weights[TEXTURE].shape[-1]
    base = bare_face(diffuse_look(asset, 512), 512)
    live = composed(asset, base, replace(painting, baked=None)).maps.colour
    baked = bake(asset, paint_of_texture(live, size), lambda _: None, whole=True)
    missed = int((baked.kept > 1 / 64).sum())
    listed = [note for note in report.notes if "as near as it comes" in note]
    assert [note.split(" painted")[0] for note in listed] == (
        [f"On {missed} of {len(baked.texels)}"] if missed else []
    )
    painted = baked_asset(asset, baked)
    again = import_official(tmp_path / "out", flame_sources, None, flame_cache).asset
    bare, seen = picture(asset), picture(painted)
    assert decibels(bare, seen) < 46  # the paint is seen at all
    assert decibels(picture(again), seen) > 60
    np.testing.assert_array_equal(again.face.texture, painted.face.texture)


def test_colours_that_the_network_lacks_are_listed(asset: AvatarAsset, tmp_path: Path) -> None:
    report = export_official(asset, tmp_path / "out", rouge(asset, (0.0, 1.0, 0.0)))
    assert sum("as near as it comes" in note for note in report.notes) == 1


def test_what_a_checkpoint_cannot_hold_of_paint_is_listed(
    asset: AvatarAsset, tmp_path: Path
) -> None:
    layers = {
        str(at): PaintLayer(part, LayerKind.FILL, part) for at, part in enumerate(TexturePart, 1)
    }
    notes = export_official(asset, tmp_path / "all", Painting(512, layers)).notes
    for words in ("gloss", "wrinkles", "sculpted", "baked for the checkpoint"):
        assert sum(words in note for note in notes) == 1, words
    hidden = {name: replace(layer, is_visible=False) for name, layer in layers.items()}
    hidden["9"] = PaintLayer("Empty", LayerKind.GROUP)
    for name, nothing in (("hidden", Painting(512, hidden)), ("none", Painting(512))):
        notes = export_official(asset, tmp_path / name, nothing).notes
        assert notes == export_official(asset, tmp_path / f"{name}-bare").notes


def test_what_was_baked_and_then_erased_is_not_there(asset: AvatarAsset, tmp_path: Path) -> None:
    channels = asset.face.weights[TEXTURE].shape[1]
    one = np.array([7], np.int32), np.ones((1, channels), np.float32), np.zeros(1, np.float32)
    export_official(asset, tmp_path / "erased", Painting(512, baked=BakedPaint(*one, "picture")))
    export_official(asset, tmp_path / "bare")
    assert torch.equal(texture(tmp_path / "erased"), texture(tmp_path / "bare"))


def test_paint_of_another_face_is_refused(asset: AvatarAsset, tmp_path: Path) -> None:
    painting = Painting(512, {"1": PaintLayer("Fill", LayerKind.FILL)})
    baked = BakedPaint(
        np.array([10**6], np.int32),
        np.zeros((1, 12), np.float32),
        np.zeros(1, np.float32),
        content_digest(painting),
    )
    with pytest.raises(AssetError, match="does not fit"):
        export_official(asset, tmp_path / "out", replace(painting, baked=baked))
    assert not list(tmp_path.iterdir())


def test_moved_hair_is_listed_by_whom_it_asks(
    asset: AvatarAsset, trained_folder: Path, tmp_path: Path
) -> None:
    """The original asks the deformation of a combed Gaussian elsewhere than the studio does."""
    offsets = np.zeros((30, 3), np.float32)
    offsets[[3, 4, 5]] = (0, 0.01, 0)
    layer = HairLayer("Combed", channels={HairChannel.OFFSETS: offsets})
    hair = edited_hair(asset.hair, HairEdits(30, layers={"1": layer}))
    notes = export_official(asset, tmp_path / "combed", None, hair).notes
    assert any(note.startswith("3 Gaussians were moved or added") for note in notes)
    before, after = (loaded(folder)["canonical_gs"]["_xyz"].numpy()
                     for folder in (trained_folder, tmp_path / "combed"))  # fmt: skip
    moved = np.linalg.norm(after - before, axis=1)  # in the space of another pose
    np.testing.assert_allclose(moved, np.linalg.norm(offsets, axis=1), atol=1e-6)
    plain = edited_hair(asset.hair, HairEdits())
    notes = export_official(asset, tmp_path / "plain", None, plain).notes
    assert not any("moved" in note for note in notes)


def test_another_displacement_size_is_refused(flame_head: FlameHead, tmp_path: Path) -> None:
    config = MegaConfig(n_expr=5, n_pose=6, tex_size=16, disp_size=32, deform_layers=(8,))
    networks = MegaNetworks(config).eval().requires_grad_(False)
    own = asset_of(MegaModel.of(flame_head, networks), "Own", "", {})
    with pytest.raises(WeightsError, match="displacement"):
        export_official(own, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_heads_of_another_kind_are_refused(
    asset: AvatarAsset, small_avatar: AvatarAsset, tmp_path: Path
) -> None:
    with pytest.raises(AssetError, match="plain texture") as caught:
        export_official(small_avatar, tmp_path / "out")
    assert "Gaussians" in caught.value.hint
    with pytest.raises(AssetError, match="no FLAME head"):
        export_official(replace(asset, head=small_avatar.head), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def export_ply(asset: AvatarAsset, folder: Path) -> ExportReport:
    return export_avatar(ExportSubject(asset), ExportWish(Format.PLY, folder, axes=Axes.Y_UP))


def test_nothing_is_overwritten(asset: AvatarAsset, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    for export in (export_official, export_ply):
        with pytest.raises(AssetError, match="not an empty folder"):
            export(asset, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    export_ply(asset, tmp_path / "empty")
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["hair.ply"]


def test_a_failure_halfway_leaves_nothing(
    asset: AvatarAsset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("avatar_core.exchange.official_export.write_checkpoint", fail)
    with pytest.raises(AssetError, match="disk is full"):
        export_official(asset, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_hair_as_ply(asset: AvatarAsset, small_avatar: AvatarAsset, tmp_path: Path) -> None:
    report = export_ply(asset, tmp_path / "flame")
    assert any("mesh" in note for note in report.notes)
    again = read_gaussian_ply(tmp_path / "flame" / "hair.ply").cloud
    np.testing.assert_allclose(again.means, asset.hair.means)
    np.testing.assert_allclose(again.scales, asset.hair.scales, rtol=1e-5)
    np.testing.assert_allclose(again.sh, asset.hair.sh)
    gone = (small_avatar.hair.flags & DELETED) != 0
    assert gone.any()
    export_ply(small_avatar, tmp_path / "other")
    assert len(read_gaussian_ply(tmp_path / "other" / "hair.ply").cloud) == int((~gone).sum())
    bald = replace(asset, hair=asset.hair.subset(slice(0, 0)))
    with pytest.raises(AssetError, match="no hair"):
        export_ply(bald, tmp_path / "bald")


def test_a_bald_avatar(
    trained_folder: Path,
    flame_sources: FlameSources,
    flame_cache: Path,
    tmp_path: Path,
) -> None:
    import shutil

    folder = shutil.copytree(trained_folder, tmp_path / "run")
    values = yaml.safe_load((folder / "params.yaml").read_text()) | {"bald": True}
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    bald = import_official(folder, flame_sources, cache=flame_cache).asset
    export_official(bald, tmp_path / "out")
    content = loaded(tmp_path / "out")
    assert "canonical_gs" not in content
    again = import_official(tmp_path / "out", flame_sources, None, flame_cache).asset
    assert len(again.hair) == 0
    for name, values in bald.face.weights.items():
        np.testing.assert_array_equal(again.face.weights[name], values, err_msg=name)
