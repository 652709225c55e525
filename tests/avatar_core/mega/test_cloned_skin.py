from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import SetClonedSkin
from avatar_core.errors import AssetError
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega.bake import TEXTURE
from avatar_core.mega.cloned_skin import skin_of, with_copies
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind, Painting
from avatar_core.project.digest import digest
from avatar_core.resources import resource_path
from avatar_core.session import Session

if TYPE_CHECKING:
    from pathlib import Path


def _ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_copies_add_up_where_they_meet() -> None:
    one = with_copies(None, _ints(2, 5), np.array([[1, 2], [3, 4]], np.float32))
    both = with_copies(one, _ints(1, 5), np.array([[7, 7], [10, 20]], np.float32))
    assert both.texels.tolist() == [1, 2, 5]
    assert both.deltas.tolist() == [[7, 7], [1, 2], [13, 24]]
    assert both.kept.tolist() == [0, 0, 0]
    assert one.deltas.tolist() == [[1, 2], [3, 4]]


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_avatar(resource_path("demo", "rosa.avatar"))


def test_copied_skin_is_added_to_the_texture_and_nothing_else_changes(asset: AvatarAsset) -> None:
    before = asset.face.weights[TEXTURE]
    channels = before.shape[1]
    cloned = with_copies(None, _ints(512 * 200 + 300), np.full((1, channels), 0.5, np.float32))
    after = skin_of(asset, Painting(512, cloned=cloned)).face.weights[TEXTURE]
    wanted = np.array(before, np.float32)
    wanted[0, :, 200, 300] += 0.5
    assert np.array_equal(after, wanted)
    assert skin_of(asset, Painting(512)) is asset


def test_a_plain_face_has_no_skin_to_copy(asset: AvatarAsset) -> None:
    plain = replace(asset, face=FaceAsset(FaceKind.PLAIN, asset.face.texture))
    cloned = with_copies(None, _ints(1), np.zeros((1, 12), np.float32))
    with pytest.raises(AssetError, match="plain texture"):
        skin_of(plain, Painting(512, cloned=cloned))


def test_copied_skin_is_kept_with_the_project_bit_for_bit(tmp_path: Path) -> None:
    cloned = with_copies(None, _ints(3, 9), np.array([[0.1, -0.2], [0.3, 7]], np.float32))
    session = Session()
    session.push(SetClonedSkin.of(session.project, cloned))
    session.save(tmp_path / "skin.studio")
    again = Session()
    again.open(tmp_path / "skin.studio")
    assert digest(again.project.painting) == digest(session.project.painting)
    assert again.project.painting.cloned is not None
    assert again.project.painting.cloned.deltas.tolist() == cloned.deltas.tolist()


def test_another_avatar_takes_copied_skin_back_and_undo_brings_it_again() -> None:
    session = Session()
    cloned = with_copies(None, _ints(3), np.ones((1, 12), np.float32))
    session.push(SetClonedSkin.of(session.project, cloned))
    session.use_avatar("demo:omar")
    assert session.project.painting.cloned is None
    session.undo()
    assert session.project.painting.cloned is cloned
