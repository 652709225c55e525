"""Hair on its canonical head and around the neutral one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from avatar_core.errors import WeightsError
from avatar_core.geometry import Camera, look_at
from avatar_core.heads import HeadParameters, neutral_parameters
from avatar_core.io.avatar_file import load_avatar, save_avatar
from avatar_core.mega.assets import asset_of, derived_gaussians, model_of
from avatar_core.mega.blend import BlendMode
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.mega.reference_renderer import render
from avatar_core.project import hair_of, with_hair
from avatar_core.project.mega_options import OFFICIAL

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads.flame import FlameHead
    from avatar_core.project import AvatarAsset

TURN, SHIFT = np.array([0.1, -0.4, 0.2], np.float32), np.array([0.02, -0.01, 0.3], np.float32)


@pytest.fixture(scope="module")
def model(flame_head: FlameHead) -> MegaModel:
    """Hair on a head that is turned, moved and of another identity."""
    torch.manual_seed(5)
    config = MegaConfig(
        n_expr=5, tex_size=16, tex_ch=4, disp_size=16, deform_layers=(8,), gaussians=12
    )
    networks = MegaNetworks(config).eval().requires_grad_(False)
    for name, value in networks.canonical_gs.named_parameters():
        value.copy_(torch.randn(value.shape) * (0.1 if name == "_xyz" else 1.0))
    networks.canonical_gs._scaling[0] = -200  # a size no single can hold
    networks.canonical_gs._rotation[1] = 0
    joints = np.zeros((5, 3), np.float32)
    joints[0] = TURN
    shape = np.full(10, 0.3, np.float32)
    person = replace(flame_head, shape=shape)
    canonical = HeadParameters(np.zeros(5, np.float32), joints, SHIFT, shape)
    return MegaModel.of(person, networks, OFFICIAL, canonical)


@pytest.fixture
def asset(model: MegaModel) -> AvatarAsset:
    return asset_of(model, "A", "", {}, exact=True)


def hair_state(model: MegaModel) -> dict[str, torch.Tensor]:
    return dict(model.networks.canonical_gs.named_parameters())


def test_the_cloud_lies_on_the_neutral_head(model: MegaModel, asset: AvatarAsset) -> None:
    """The canonical pose turned about the root joint, so the cloud is turned back."""
    turn = Rotation.from_rotvec(TURN)
    root = (model.head.mesh.joint_regressor @ model.head._own_shape)[0]  # type: ignore[attr-defined]
    raw = model.networks.canonical_gs._xyz.numpy()
    expected = turn.inv().apply(raw - root - SHIFT) + root
    np.testing.assert_allclose(asset.hair.means, expected, atol=1e-5)
    own = model.networks.canonical_gs._rotation.numpy()[5]
    both = turn.inv() * Rotation.from_quat(own, scalar_first=True)
    quat = Rotation.from_quat(asset.hair.quats[5], scalar_first=True)
    np.testing.assert_allclose(quat.as_matrix(), both.as_matrix(), atol=1e-5)


def test_raw_parameters_come_back_bit_for_bit(
    model: MegaModel, asset: AvatarAsset, tmp_path: Path
) -> None:
    save_avatar(asset, tmp_path / "a.avatar")
    again = model_of(load_avatar(tmp_path / "a.avatar"))
    for name, value in hair_state(model).items():
        assert torch.equal(hair_state(again)[name], value), name
    np.testing.assert_array_equal(again.canonical_vertices, model.canonical_vertices)
    for name, value in model.networks.state_dict().items():
        assert torch.equal(again.networks.state_dict()[name], value), name


def test_only_edited_gaussians_lose_their_bits(model: MegaModel, asset: AvatarAsset) -> None:
    means = asset.hair.means.copy()
    means[3] += 0.01
    again = hair_state(model_of(replace(asset, hair=replace(asset.hair, means=means))))
    before = hair_state(model)
    others = np.arange(12) != 3
    for name, value in before.items():
        assert torch.equal(again[name][others], value[others]), name
    moved = (again["_xyz"][3] - before["_xyz"][3]).norm()
    assert float(moved) == pytest.approx(0.01 * np.sqrt(3), abs=1e-5)
    torch.testing.assert_close(again["_scaling"][3], before["_scaling"][3], atol=1e-5, rtol=1e-5)


def test_fewer_gaussians_keep_their_look(model: MegaModel, asset: AvatarAsset) -> None:
    kept = np.arange(2, 12, 2)
    again = model_of(replace(asset, hair=asset.hair.subset(kept))).networks.canonical_gs
    mine, theirs = again(), model.networks.canonical_gs()
    for now, before in zip(mine, theirs, strict=True):
        if now.shape[-1:] == (4,):  # the sign of a quaternion means nothing
            before = before * (before[:, :1].sign())
            now = now * now[:, :1].sign()
        torch.testing.assert_close(now, before[kept], atol=2e-5, rtol=1e-4)


def test_own_avatars_keep_no_raw_parameters(model: MegaModel) -> None:
    plain = MegaModel.of(model.head, model.networks)
    weights = asset_of(plain, "A", "", {}).face.weights
    assert not any(name.startswith(("canonical", "flame_params")) for name in weights)
    assert not any(name.endswith("num_batches_tracked") for name in weights)


def test_a_damaged_canonical_head_is_refused(asset: AvatarAsset) -> None:
    for name, value in (("joints", np.zeros((4, 3))), ("expression", np.zeros(3))):
        weights = {**asset.face.weights, f"canonical_head.{name}": value.astype(np.float32)}
        with pytest.raises(WeightsError, match=name):
            model_of(replace(asset, face=replace(asset.face, weights=weights)))
    weights = dict(asset.face.weights)
    del weights["canonical_head.joints"]
    with pytest.raises(WeightsError, match="canonical"):
        model_of(replace(asset, face=replace(asset.face, weights=weights)))


@pytest.mark.parametrize("count", [7, 12])
def test_foreign_hair_takes_no_raw_parameters_from_the_hair_it_replaces(
    asset: AvatarAsset, count: int
) -> None:
    """As many Gaussians as the avatar's own, by chance, or fewer."""
    rng = np.random.default_rng(8)
    foreign = asset.hair.subset(np.arange(count) % 12)
    means = (asset.hair.means[:count] + rng.normal(0, 0.01, (count, 3))).astype(np.float32)
    sh = rng.normal(size=(count, 9, 3)).astype(np.float32)
    hair = hair_of(replace(asset, hair=replace(foreign, means=means, sh=sh)))
    worn = with_hair(asset, hair)
    assert derived_gaussians(worn) == count
    model = model_of(worn)
    assert model.options.foreign_hair
    shown = asset_of(model, "A", "", {}).hair
    np.testing.assert_allclose(shown.means, worn.hair.means, atol=1e-5)
    np.testing.assert_allclose(shown.sh, worn.hair.sh, atol=1e-4)


def test_a_picture_of_foreign_hair_goes_by_its_first_depth(
    asset: AvatarAsset, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []

    def blend(_face: object, _hair: object, mode: BlendMode, *_: object, **__: object) -> None:
        modes.append(mode)

    monkeypatch.setattr("avatar_core.mega.reference_renderer.blend", blend)
    view = look_at(np.array([0, 0, 1], np.float32), np.zeros(3, np.float32))
    camera = Camera.from_fov(view, 0.6, 32, 32)
    for each in (asset, with_hair(asset, hair_of(asset))):
        model = model_of(each)
        render(model, model.posed(neutral_parameters(model.head)), camera)
    assert modes == [BlendMode.EVAL, BlendMode.FOREIGN_HAIR]
