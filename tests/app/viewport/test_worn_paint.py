from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.viewport.shown_avatar import ShownAvatar, differ_in_texture_alone
from app.viewport.worn_paint import WornPaint
from avatar_core.errors import ShapeError
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import neutral_frame
from avatar_core.texture.composite import AS_IT_IS, PaintMaps

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.project import AvatarAsset

SIZE = 512


class Card:
    """A renderer that notes what it is given."""

    def __init__(self) -> None:
        self.given: list[tuple[Any, set[int] | None]] = []

    def upload_paint(self, paint: Any, tiles: set[int] | None = None) -> None:
        self.given.append((paint, None if tiles is None else set(tiles)))


def blank() -> PaintMaps:
    shares = np.full((SIZE, SIZE, 4), AS_IT_IS, np.uint8)
    return PaintMaps(np.zeros((SIZE, SIZE, 4), np.uint8), shares)


def sculpted() -> PaintMaps:
    maps = blank()
    maps.shares[..., 2] = 200
    return maps


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


@pytest.fixture(scope="module")
def frame(asset: AvatarAsset) -> AvatarFrame:
    return neutral_frame(asset)


@pytest.fixture
def worn(asset: AvatarAsset) -> WornPaint:
    made = WornPaint()
    made.begin(asset.head.topology)
    return made


def test_the_card_is_given_all_then_what_changed_then_nothing(worn: WornPaint) -> None:
    card, maps = Card(), blank()
    worn.put_on(maps)
    worn.load(card)
    worn.load(card)
    worn.touch({1, 2})
    worn.touch({2, 3})
    worn.load(card)
    worn.load(card)
    assert card.given == [(maps, None), (maps, {1, 2, 3})]


def test_paint_put_on_again_may_differ_anywhere(worn: WornPaint) -> None:
    card, maps = Card(), blank()
    worn.put_on(maps)
    worn.load(card)
    worn.touch({1})
    worn.put_on(maps)
    worn.load(card)
    worn.put_on(None)
    worn.load(card)
    worn.load(card)
    assert card.given == [(maps, None), (maps, None), (None, None)]


def test_another_card_and_a_card_that_forgot_are_given_all(worn: WornPaint) -> None:
    first, second, maps = Card(), Card(), blank()
    worn.put_on(maps)
    worn.load(first)
    worn.touch({4})
    worn.load(second)
    worn.forget_loaded()
    worn.load(second)
    assert [tiles for _, tiles in first.given + second.given] == [None, None, None]


def test_without_an_avatar_nothing_is_worn(frame: AvatarFrame) -> None:
    worn = WornPaint()
    worn.put_on(sculpted())
    worn.touch({0})
    assert worn.worn(frame) is frame


def test_frames_are_sculpted_once(worn: WornPaint, frame: AvatarFrame) -> None:
    assert worn.worn(frame) is frame
    worn.put_on(blank())
    assert worn.worn(frame) is frame
    maps = sculpted()
    worn.put_on(maps)
    first = worn.worn(frame)
    assert np.abs(first.vertices - frame.vertices).max() > 0.001
    assert worn.worn(frame) is first
    maps.shares[..., 2] = 60
    assert worn.worn(frame) is first
    worn.touch(set(range(64)))
    assert np.abs(worn.worn(frame).vertices - first.vertices).max() > 0.002
    maps.colour[:] = 9
    second = worn.worn(frame)
    worn.touch(set(range(64)))
    assert worn.worn(frame) is second, "colours move nothing"
    worn.put_on(None)
    assert worn.worn(frame) is frame


def test_another_avatar_comes_without_paint(
    worn: WornPaint, asset: AvatarAsset, frame: AvatarFrame
) -> None:
    card = Card()
    worn.put_on(sculpted())
    worn.load(card)
    worn.begin(asset.head.topology)
    worn.load(card)
    assert card.given[-1] == (None, None)
    assert worn.worn(frame) is frame


def test_a_baked_face_is_told_from_another_avatar(asset: AvatarAsset, frame: AvatarFrame) -> None:
    name = "neural_texture.texture"
    weights = {**asset.face.weights, name: asset.face.weights[name] + 1}
    baked = replace(asset, face=replace(asset.face, weights=weights, texture=asset.face.texture))
    other_hair = replace(baked, hair=asset.hair.subset(slice(0, 9)))
    more = {**weights, "pe.m_u": asset.face.weights["pe.m_u"] + 1}
    other_code = replace(asset, face=replace(asset.face, weights=more))
    assert differ_in_texture_alone(asset, baked)
    assert not differ_in_texture_alone(asset, asset)
    assert not differ_in_texture_alone(asset, other_hair)
    assert not differ_in_texture_alone(asset, other_code)
    shown = ShownAvatar()
    with pytest.raises(ShapeError, match="the avatar that is shown"):
        shown.change_face(baked)
    shown.begin(asset, frame)
    shown.change_face(baked)
    assert shown.asset is baked
    assert shown.frame is frame
