"""Photographs that perform by their landmarks, over any background."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.emoportraits.performer import WarpPerformer
from avatar_core.emoportraits.plate import person_matte
from avatar_core.motion import MotionFrame
from avatar_core.project.portrait import CropBox, Portrait
from avatar_core.project.portrait_settings import PortraitBackground, PortraitSettings
from tests.avatar_core.emoportraits.landmark_warp.conftest import HEIGHT, WIDTH, photograph_of

if TYPE_CHECKING:
    from avatar_core.frame import WarpSource

_WHOLE = (PortraitBackground.PICTURE, PortraitBackground.PLATE)
_CUT = (PortraitBackground.GREEN, PortraitBackground.TRANSPARENT)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    """The person fills the picture between two strips at its sides."""
    photograph = photograph_of()
    matte = np.zeros((HEIGHT, WIDTH), np.uint8)
    matte[:, 40:-40] = 255
    return Portrait(
        "Known", "", photograph.picture, CropBox(10, 0, HEIGHT),
        landmarks=photograph.landmarks, matte=matte,
    )  # fmt: skip


def _source(performer: WarpPerformer, background: PortraitBackground) -> WarpSource:
    frame = performer.perform(MotionFrame(), PortraitSettings(background=background))
    assert frame.warp is not None
    return frame.warp[0]


@pytest.mark.parametrize("background", _WHOLE)
def test_a_picture_with_its_background_is_the_photograph(
    portrait: Portrait, background: PortraitBackground
) -> None:
    assert _source(WarpPerformer(portrait), background).picture is portrait.picture


@pytest.mark.parametrize("background", _CUT)
def test_over_another_background_the_person_is_cut_out(
    portrait: Portrait, background: PortraitBackground
) -> None:
    cut = _source(WarpPerformer(portrait), background).picture
    assert (cut[:, [0, 39, -40, -1]] == 0).all()
    inside = np.s_[:, 60:-60]
    np.testing.assert_array_equal(cut[inside][..., :3], portrait.picture[inside])
    assert (cut[inside][..., 3] == 255).all()


def test_the_person_is_cut_out_once(portrait: Portrait) -> None:
    """A source that is another one is uploaded anew with each frame."""
    performer = WarpPerformer(portrait)
    assert _source(performer, _CUT[0]) is _source(performer, _CUT[1])
    assert _source(performer, _WHOLE[0]) is _source(performer, _WHOLE[1])


def test_a_picture_without_a_matte_stays_whole(portrait: Portrait) -> None:
    performer = WarpPerformer(replace(portrait, matte=None))
    assert _source(performer, PortraitBackground.GREEN).picture is portrait.picture


def test_a_face_has_no_holes_whatever_the_matte_says(portrait: Portrait) -> None:
    blind = np.zeros((HEIGHT, WIDTH), np.uint8)
    matte = person_matte(replace(portrait, matte=blind))
    assert matte is not None
    assert portrait.landmarks is not None
    nose = np.rint(portrait.landmarks[1, :2]).astype(int)
    assert matte[nose[1], nose[0]] == 255
    assert not blind.any()
    assert matte[0, 0] == 0
    np.testing.assert_array_equal(person_matte(replace(portrait, landmarks=None)), portrait.matte)
