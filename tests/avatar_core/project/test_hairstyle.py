"""Hairstyles on other heads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError, ShapeError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.gaussians.harmonics import seen_colours
from avatar_core.geometry import matrix_from_axis_angle, matrix_from_quat
from avatar_core.heads import BlendshapeHead
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind, HairAsset, hair_of, with_hair
from avatar_core.project.hairstyle import hair_vertex_ids, scalp_fit

if TYPE_CHECKING:
    from collections.abc import Callable

SCALE = 1.2
TURN = matrix_from_axis_angle(np.array([0.2, -0.5, 0.1], np.float32))
SHIFT = np.array([0.01, 0.3, -0.02], np.float32)


@pytest.fixture
def hair(small_avatar: AvatarAsset) -> HairAsset:
    return hair_of(small_avatar)


def other(asset: AvatarAsset, **changes: object) -> AvatarAsset:
    assert isinstance(asset.head, BlendshapeHead)
    arrays = {**asset.head.arrays(), **changes}
    return replace(asset, name="Bea", head=BlendshapeHead.from_arrays(arrays))  # type: ignore[arg-type]


@pytest.fixture
def moved(small_avatar: AvatarAsset) -> AvatarAsset:
    """The same head larger, turned and elsewhere."""
    assert isinstance(small_avatar.head, BlendshapeHead)
    vertices = small_avatar.head.arrays()["vertices"]
    return other(small_avatar, vertices=(SCALE * vertices @ TURN.T + SHIFT).astype(np.float32))


def test_a_hairstyle_is_the_visible_hair_and_its_scalp(small_avatar: AvatarAsset) -> None:
    flags = np.zeros(20, np.uint8)
    flags[3], flags[4] = DELETED, HIDDEN
    asset = replace(small_avatar, hair=replace(small_avatar.hair, flags=flags))
    hair = hair_of(asset)
    np.testing.assert_array_equal(hair.gaussians.means, np.delete(asset.hair.means, 3, axis=0))
    assert not hair.gaussians.flags.any()
    np.testing.assert_array_equal(hair.scalp_vertex_ids, np.arange(0, 40, 4))
    assert isinstance(asset.head, BlendshapeHead)
    np.testing.assert_allclose(hair.scalp, asset.head.arrays()["vertices"][::4], atol=1e-6)
    assert hair.name == "Ada's hair"
    assert hair_of(asset, "Bob", "Short.").name == "Bob"
    assert hair.provenance["made"] == asset.provenance


def test_a_bald_avatar_has_no_hairstyle(small_avatar: AvatarAsset) -> None:
    with pytest.raises(AssetError, match="no hair"):
        hair_of(replace(small_avatar, hair=GaussianCloud.empty()))
    flags = np.full(20, DELETED, np.uint8)
    with pytest.raises(AssetError, match="no hair"):
        hair_of(replace(small_avatar, hair=replace(small_avatar.hair, flags=flags)))


def test_on_its_own_head_hair_stays_what_it_was(small_avatar: AvatarAsset, hair: HairAsset) -> None:
    worn = with_hair(small_avatar, hair).hair
    np.testing.assert_allclose(worn.means, hair.gaussians.means, atol=1e-5)
    np.testing.assert_allclose(worn.scales, hair.gaussians.scales, rtol=1e-4)
    np.testing.assert_allclose(worn.sh, hair.gaussians.sh, atol=1e-4)


def test_hair_arrives_visible_and_unlocked(small_avatar: AvatarAsset, hair: HairAsset) -> None:
    flags = np.full(len(hair.gaussians), HIDDEN, np.uint8)
    hidden = replace(hair, gaussians=replace(hair.gaussians, flags=flags))
    assert not with_hair(small_avatar, hidden).hair.flags.any()


def test_hair_moves_as_the_head_does(moved: AvatarAsset, hair: HairAsset) -> None:
    old, worn = hair.gaussians, with_hair(moved, hair).hair
    np.testing.assert_allclose(worn.means, SCALE * old.means @ TURN.T + SHIFT, atol=1e-5)
    np.testing.assert_allclose(worn.scales, SCALE * old.scales, rtol=1e-4)
    axes = TURN @ matrix_from_quat(old.quats)
    np.testing.assert_allclose(matrix_from_quat(worn.quats), axes, atol=1e-4)


def test_colours_turn_with_the_hair(moved: AvatarAsset, hair: HairAsset) -> None:
    directions = np.random.default_rng(1).normal(size=(len(hair.gaussians), 3))
    directions = (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32)
    before = seen_colours(hair.gaussians.sh, directions)
    after = seen_colours(with_hair(moved, hair).hair.sh, (directions @ TURN.T).astype(np.float32))
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_the_avatar_says_whose_hair_it_wears(small_avatar: AvatarAsset, hair: HairAsset) -> None:
    worn = with_hair(small_avatar, hair)
    assert worn.name == small_avatar.name
    assert worn.provenance["seed"] == 7
    assert worn.provenance["hairstyle"]["name"] == hair.name
    assert "hairstyle" not in small_avatar.provenance


def test_a_neural_face_is_told_and_loses_the_raw_parameters_of_its_own_hair(
    small_avatar: AvatarAsset, hair: HairAsset
) -> None:
    weights = {"canonical_gs._xyz": np.zeros((20, 3)), "pe.m_u": np.zeros((2, 3))}
    options = {"view_dependent_hair": False, "white_twice": True}
    face = FaceAsset(FaceKind.NEURAL, small_avatar.face.texture, weights, options)
    worn = with_hair(replace(small_avatar, face=face), hair).face
    assert list(worn.weights) == ["pe.m_u"]
    assert worn.options == {
        "view_dependent_hair": True, "white_twice": True, "foreign_hair": True
    }  # fmt: skip
    assert len(face.weights) == 2
    assert with_hair(small_avatar, hair).face is small_avatar.face


def _fewer(asset: AvatarAsset) -> AvatarAsset:
    return other(asset, scalp_vertex_ids=np.arange(0, 36, 4, dtype=np.int32))


def _others(asset: AvatarAsset) -> AvatarAsset:
    return other(asset, scalp_vertex_ids=np.arange(1, 40, 4, dtype=np.int32))


def _another_mesh(asset: AvatarAsset) -> AvatarAsset:
    rng = np.random.default_rng(2)
    return other(asset, vertices=0.1 * rng.standard_normal((40, 3)).astype(np.float32))


def _giant(asset: AvatarAsset) -> AvatarAsset:
    assert isinstance(asset.head, BlendshapeHead)
    return other(asset, vertices=20 * asset.head.arrays()["vertices"])


@pytest.mark.parametrize("change", [_fewer, _others, _another_mesh, _giant])
def test_other_kinds_of_heads_are_refused(
    small_avatar: AvatarAsset,
    hair: HairAsset,
    change: Callable[[AvatarAsset], AvatarAsset],
) -> None:
    with pytest.raises(AssetError, match=r"Ada's hair.*another kind of head.*'Bea'") as caught:
        with_hair(change(small_avatar), hair)
    assert caught.value.hint


def test_a_scalp_of_one_point_is_refused(small_avatar: AvatarAsset, hair: HairAsset) -> None:
    with pytest.raises(AssetError, match="another kind of head"):
        scalp_fit(small_avatar, replace(hair, scalp=np.ones_like(hair.scalp)))


def test_a_head_without_a_scalp_carries_hair_on_all_of_it(small_avatar: AvatarAsset) -> None:
    bare = other(small_avatar, scalp_vertex_ids=np.zeros(0, np.int32))
    assert len(hair_vertex_ids(bare.head)) == 40
    hair = hair_of(bare)
    worn = with_hair(bare, hair).hair
    np.testing.assert_allclose(worn.means, hair.gaussians.means, atol=1e-5)


def test_too_little_scalp_is_no_hairstyle(hair: HairAsset) -> None:
    with pytest.raises(ShapeError, match="at least 3"):
        replace(hair, scalp=hair.scalp[:2], scalp_vertex_ids=hair.scalp_vertex_ids[:2])
    with pytest.raises(ShapeError, match="scalp_vertex_ids"):
        replace(hair, scalp_vertex_ids=hair.scalp_vertex_ids[:-1])
