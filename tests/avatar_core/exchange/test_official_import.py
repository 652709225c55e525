"""Official runs become avatars: every weight, the colour order, what is said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import yaml

from avatar_core.errors import AssetError, WeightsError
from avatar_core.exchange.official_import import OfficialChoices, import_official
from avatar_core.geometry import Camera, look_at
from avatar_core.io.avatar_file import load_avatar, save_avatar
from avatar_core.io.flame_sources import find_flame_sources
from avatar_core.mega import build as build_avatar
from avatar_core.mega.assets import model_of
from avatar_core.mega.reference_renderer import render
from avatar_core.motion import ARKIT_UNITS, MotionFrame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.exchange.official_import import ImportReport
    from avatar_core.io.flame_sources import FlameSources
    from avatar_core.mega.model import MegaModel
    from avatar_core.project import AvatarAsset

Import = "Callable[..., ImportReport]"


@pytest.fixture
def imported(run_folder: Path, flame_sources: FlameSources, flame_cache: Path) -> Import:
    def run(**choices: Any) -> ImportReport:
        return import_official(run_folder, flame_sources, OfficialChoices(**choices), flame_cache)

    return run


@pytest.fixture(scope="module")
def report(trained_folder: Path, flame_sources: FlameSources, flame_cache: Path) -> ImportReport:
    return import_official(trained_folder, flame_sources, cache=flame_cache)


@pytest.fixture(scope="module")
def asset(report: ImportReport) -> AvatarAsset:
    return report.asset


@pytest.fixture(scope="module")
def model(asset: AvatarAsset) -> MegaModel:
    return model_of(asset)


def states(folder: Path, name: str = "checkpoint_latest.pth") -> dict[str, Any]:
    content: dict[str, Any] = torch.load(folder / name, weights_only=True)
    return content


def change_weights(folder: Path, change: Callable[[dict[str, Any]], None],
                   name: str = "checkpoint_latest.pth") -> None:  # fmt: skip
    content = states(folder, name)
    change(content)
    torch.save(content, folder / name)


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "params.yaml"
    values = yaml.safe_load(path.read_text()) | {
        k.replace("__", "."): v for k, v in changes.items()
    }
    path.write_text(yaml.safe_dump(values))


def camera(asset: AvatarAsset, model: MegaModel) -> Camera:
    middle = model.canonical_vertices.mean(0)
    eye = middle + np.array([0.05, 0.02, 0.6], np.float32)
    return Camera.from_fov(look_at(eye, middle), 0.6, 48, 56)


def test_the_avatar_is_what_the_files_say(asset: AvatarAsset, report: ImportReport) -> None:
    assert asset.name == "306_full"
    assert len(asset.hair) == 30
    assert asset.provenance["official"]["progress"]["global_step"] == 123456
    names = {path.name for path in report.used_files}
    assert {"checkpoint_latest.pth", "params.yaml", "flame_params.npz", "00000.npz",
            "flame2023.pkl", "faces_uvs.npy"} <= names  # fmt: skip
    assert not any("assumed" in text or "missing" in text for text in report.warnings)


def test_every_weight_arrives(asset: AvatarAsset, trained_folder: Path) -> None:
    for entry, state in states(trained_folder).items():
        if not isinstance(state, dict) or entry == "optimizer":
            continue
        for key, value in state.items():
            mine = asset.face.weights[f"{entry}.{key}"]
            assert mine.shape == tuple(value.shape)
            same = np.sort(mine, axis=None) == np.sort(value.numpy(), axis=None)
            assert same.all(), f"{entry}.{key}"


def test_the_avatar_is_drawn(asset: AvatarAsset, model: MegaModel, tmp_path: Path) -> None:
    save_avatar(asset, tmp_path / "a.avatar")
    again = load_avatar(tmp_path / "a.avatar")
    canonical = model.canonical
    assert canonical is not None
    with torch.no_grad():
        pictures = [render(m, m.posed(canonical), camera(asset, m))[0] for m in
                    (model, model_of(again))]  # fmt: skip
    assert torch.equal(pictures[0].rgb, pictures[1].rgb)
    assert float(pictures[0].full_mask.mean()) > 0.1
    assert float(pictures[0].hair_mask.max()) > 0.1
    frame = build_avatar(again).evaluate(MotionFrame())
    assert np.isfinite(frame.vertices).all()
    assert frame.hair_means.shape == (30, 3)


VARIANTS = {
    "sine code": {"training.pe": "PE", "training.pe.num_freqs": 2},
    "places": {"flame.xyz_cond": True},
    "eyes": {"flame.move_eyes": True},
    "parts": {"flame.offsets_ignore_parts": ["scalp"]},
    "fewer outputs": {"gs.deform_attr": "xyz rotation scaling"},
}


@pytest.mark.parametrize("name", list(VARIANTS))
def test_other_configurations(name: str, run_folder: Path, imported: Any) -> None:
    values = VARIANTS[name]
    change_config(run_folder, **values)

    def change(content: dict[str, Any]) -> None:
        first = "final_siren.0.net.0.linear.weight"
        if name == "sine code":
            content["pe"] = {}
            content["head_mlp"][first] = torch.randn(8, 10 + 12)
        elif name == "places":
            content["head_mlp"][first] = torch.randn(8, 20)
        elif name == "fewer outputs":
            for key in ("deform_expr.4.weight", "deform_expr.4.bias"):
                content["deform_mlp"][key] = content["deform_mlp"][key][:10]

    change_weights(run_folder, change)
    asset = imported().asset
    model = model_of(asset)
    assert model.canonical is not None
    with torch.no_grad():
        picture, _ = render(model, model.posed(model.canonical), camera(asset, model))
    assert torch.isfinite(picture.rgb).all()
    if name == "parts":
        assert not model.surface.displaced.numpy()[asset.head.topology.scalp_vertex_ids].any()


def test_a_bald_subject(run_folder: Path, imported: Any) -> None:
    change_config(run_folder, bald=True)
    report = imported()
    assert len(report.asset.hair) == 0
    assert any("bald" in text and "left out" in text for text in report.warnings)
    model = model_of(report.asset)
    with torch.no_grad():
        picture, layers = render(model, model.posed(model.canonical), camera(report.asset, model))
    torch.testing.assert_close(picture.rgb[0], layers.face.rgb, atol=1e-6, rtol=0)


def test_a_head_without_hair_entries(run_folder: Path, imported: Any) -> None:
    def change(content: dict[str, Any]) -> None:
        del content["canonical_gs"], content["deform_mlp"]

    change_weights(run_folder, change)
    report = imported()
    assert len(report.asset.hair) == 0
    assert any("no hair" in text for text in report.warnings)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pipe.neutral_hair": True}, "checkpoint_reset.pth"),
        ({"pipe.neutral_hair": True}, "single frame"),
        ({"gs.pretrain": "/runs/hair/checkpoint_reset.pth"}, "gs.pretrain"),
        ({"bald": None}, "assumed"),
        ({"ab.noview": True}, "ab.noview"),
        ({"gs.pe.num_freqs": None}, "gs.pe.num_freqs = 6 was assumed"),
        ({"data.canonical_flame_path": "/d/00042.npz"}, "00042.npz"),
    ],
)
def test_known_traps_are_told(
    changes: dict[str, Any], said: str, run_folder: Path, imported: Any
) -> None:
    if changes == {"bald": None}:
        values = yaml.safe_load((run_folder / "params.yaml").read_text())
        del values["bald"]
        (run_folder / "params.yaml").write_text(yaml.safe_dump(values))
        said = "August 2024"
    else:
        change_config(run_folder, **changes)
    assert any(said in text for text in imported().warnings)


def test_a_run_before_the_blur_is_not_blurred(run_folder: Path, imported: Any) -> None:
    assert imported().asset.face.options["mask_blurred"] is True
    values = yaml.safe_load((run_folder / "params.yaml").read_text())
    del values["bald"]
    (run_folder / "params.yaml").write_text(yaml.safe_dump(values))
    assert imported().asset.face.options["mask_blurred"] is False
    assert imported(mask_blurred=True).asset.face.options["mask_blurred"] is True


def test_transparent_hair_is_told(run_folder: Path, imported: Any) -> None:
    change_weights(run_folder, lambda content: content["canonical_gs"]["_opacity"].fill_(-4.6))
    assert any("transparent" in text for text in imported().warnings)


def test_the_best_checkpoint_is_taken(run_folder: Path, imported: Any) -> None:
    latest = run_folder / "checkpoint_latest.pth"
    (run_folder / "nan_break.pth").write_bytes(b"broken")
    for name in ("checkpoint_reset.pth", "checkpoint_000000000900.pth"):
        (run_folder / name).write_bytes(latest.read_bytes())
    assert imported().used_files[0].name == "checkpoint_latest.pth"
    change_config(run_folder, **{"pipe.neutral_hair": True})
    assert imported().used_files[0].name == "checkpoint_reset.pth"
    change_config(run_folder, **{"pipe.neutral_hair": False})
    (run_folder / "checkpoint_000000001000.pth").write_bytes(latest.read_bytes())
    latest.unlink()
    assert imported().used_files[0].name == "checkpoint_000000001000.pth"


def test_hair_of_another_checkpoint(run_folder: Path, imported: Any, tmp_path: Path) -> None:
    other = tmp_path / "hair.pth"
    content = states(run_folder)
    content["canonical_gs"] = {k: v[:7] for k, v in content["canonical_gs"].items()}
    torch.save(content, other)
    report = imported(hair_from=other)
    assert len(report.asset.hair) == 7
    assert any("7 Gaussians" in text for text in report.warnings)


def test_another_pose_for_the_hair(run_folder: Path, imported: Any) -> None:
    beside = imported().asset
    moved = run_folder.parent / "pose.npz"
    with np.load(run_folder / "00000.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["translation"] = arrays["translation"] + np.float32(0.05)
    np.savez(moved, **arrays)
    shifted = imported(canonical=moved).asset
    difference = shifted.hair.means - beside.hair.means
    # one shift, turned as the pose is; the hair lies the other way as far as the head was moved
    np.testing.assert_allclose(difference, np.tile(difference[0], (30, 1)), atol=1e-6)
    assert np.linalg.norm(difference[0]) == pytest.approx(0.05 * 3**0.5, abs=1e-5)


def test_missing_masks_give_a_rigid_ride(
    run_folder: Path, flame_user_folder: Path, tmp_path: Path, flame_cache: Path
) -> None:
    import shutil

    own = shutil.copytree(flame_user_folder, tmp_path / "own")
    (own / "FLAME_masks_mouth.pkl").unlink()
    report = import_official(
        run_folder, find_flame_sources(own / "flame2023.pkl"), None, flame_cache
    )
    assert any("FLAME_masks_mouth.pkl is missing" in text for text in report.warnings)
    assert report.asset.face.options["four_point_hair"] is False
    assert model_of(report.asset).options.four_point_hair is False


@pytest.mark.parametrize("name", ["params.yaml", "flame_params.npz", "checkpoint_latest.pth"])
def test_missing_files_are_named(name: str, run_folder: Path, imported: Any) -> None:
    (run_folder / name).unlink()
    with pytest.raises(AssetError) as caught:
        imported()
    assert name.split("_latest")[0] in caught.value.message


def test_every_misfit_is_named(run_folder: Path, imported: Any) -> None:
    def change(content: dict[str, Any]) -> None:
        del content["head_mlp"]["final_siren.0.net.3.bias"]
        content["deform_mlp"]["extra.weight"] = torch.zeros(2)
        content["dynamic_texture"]["z_fc.0.bias"] = torch.zeros(255)
        del content["view_texture"]

    change_weights(run_folder, change)
    with pytest.raises(WeightsError) as caught:
        imported()
    for part in ("head_mlp: missing final_siren.0.net.3.bias", "view_texture: missing",
                 "deform_mlp: unknown extra.weight",
                 "dynamic_texture: z_fc.0.bias has shape [255] instead of [256]"):  # fmt: skip
        assert part in caught.value.message


def test_parallel_training_adds_a_prefix(run_folder: Path, imported: Any) -> None:
    def change(content: dict[str, Any]) -> None:
        content["pe"] = {f"module.{key}": value for key, value in content["pe"].items()}
        content["head_mlp"] = {k: v.double() for k, v in content["head_mlp"].items()}
        content["critic"] = {}

    change_weights(run_folder, change)
    report = imported()
    assert any("single" in text for text in report.warnings)
    assert any("critic" in text for text in report.warnings)


def test_the_head_is_the_persons(asset: AvatarAsset, trained_folder: Path) -> None:
    with np.load(trained_folder / "flame_params.npz") as stored:
        np.testing.assert_array_equal(asset.head.shape, stored["shape"][0])  # type: ignore[attr-defined]
        for name in stored.files:
            np.testing.assert_array_equal(
                asset.face.weights[f"flame_params.{name}"], stored[name], err_msg=name
            )


def test_unfit_masks_are_told(run_folder: Path, imported: Any) -> None:
    change_config(run_folder, **{"flame.offsets_ignore_parts": ["moustache"]})
    with pytest.raises(WeightsError, match="moustache"):
        imported()


def test_a_folder_that_is_none(flame_sources: FlameSources, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no folder"):
        import_official(tmp_path / "none", flame_sources)


def test_with_landmarks_the_avatar_can_be_driven(
    run_folder: Path, flame_user_folder: Path, tmp_path: Path, flame_cache: Path
) -> None:
    import shutil

    own = shutil.copytree(flame_user_folder, tmp_path / "own")
    rng = np.random.default_rng(1)
    embedding = {
        "full_lmk_faces_idx": rng.integers(0, 6000, (1, 70)),
        "full_lmk_bary_coords": rng.dirichlet(np.ones(3), (1, 70)),
    }
    np.save(own / "landmark_embedding_with_eyes.npy", np.array(embedding, object), True)
    sources = find_flame_sources(own / "flame2023.pkl")
    report = import_official(run_folder, sources, None, flame_cache)
    assert any("68 landmarks" in text for text in report.warnings)
    save_avatar(report.asset, tmp_path / "a.avatar")
    avatar = build_avatar(load_avatar(tmp_path / "a.avatar"))
    weights = np.zeros(52, np.float32)
    weights[ARKIT_UNITS.index("jawOpen")] = 1.0
    still, moved = avatar.evaluate(MotionFrame()), avatar.evaluate(MotionFrame(weights=weights))
    assert np.abs(moved.vertices - still.vertices).max() > 1e-4


def test_names_can_be_chosen(imported: Any) -> None:
    assert imported(name="Ada").asset.name == "Ada"
