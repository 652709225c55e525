from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.motion import UNIT_INDEX
from avatar_core.project import (
    CropBox,
    Portrait,
    PortraitBackground,
    PortraitCode,
    PortraitEngine,
    PortraitSettings,
    ProjectPortrait,
    digest,
)


def _code() -> PortraitCode:
    return PortraitCode(
        identity=np.ones((4, 2, 2), np.float32),
        canonical=np.ones((3, 2, 4, 4), np.float16),
        theta=np.eye(4, dtype=np.float32),
        latent=np.zeros(8, np.float32),
    )


def _portrait(**values: object) -> Portrait:
    picture = np.zeros((80, 120, 3), np.uint8)
    return replace(Portrait("Ann", "", picture, CropBox(20, 10, 60)), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("box", "size", "expected"),
    [
        (CropBox(10, 10, 50), (100, 100), (10, 10, 50)),
        (CropBox(-20, 30, 50), (100, 100), (0, 30, 50)),
        (CropBox(80, 90, 50), (100, 100), (50, 50, 50)),
        (CropBox(0, 0, 500), (100, 60), (40, 0, 60)),
        (CropBox(50, 50, 2), (100, 100), (43, 43, 16)),
        (CropBox(0, 0, 30), (10, 20), (0, 10, 10)),
    ],
)
def test_a_box_moves_into_the_picture_as_little_as_it_takes(
    box: CropBox, size: tuple[int, int], expected: tuple[float, float, float]
) -> None:
    inside = box.inside(*size)
    assert inside == expected
    assert inside.is_inside(*size)


def test_rounding_leaves_no_box_outside() -> None:
    rng = np.random.default_rng(0)
    for x, y, side in rng.uniform(-200, 1200, (500, 3)):
        assert CropBox(x, y, abs(side)).inside(640, 480).is_inside(640, 480)


def test_another_crop_voids_what_models_made_and_the_same_one_does_not() -> None:
    portrait = _portrait(codes={"abc": _code()})
    assert portrait.with_box(CropBox(20, 10, 60)) is portrait
    moved = portrait.with_box(CropBox(100, 10, 60))
    assert moved.box == (60, 10, 60)
    assert moved.codes == {}


@pytest.mark.parametrize(
    "values",
    [
        {"box": CropBox(100, 10, 60)},
        {"box": CropBox(0, 0, 0)},
        {"box": CropBox(np.nan, 0, 30)},
        {"picture": np.zeros((80, 120, 3), np.float32)},
        {"picture": np.zeros((8, 4097, 3), np.uint8), "box": CropBox(0, 0, 8)},
        {"picture": np.zeros((0, 4, 3), np.uint8)},
        {"matte": np.zeros((80, 120), np.float32)},
        {"weights": np.full(52, 1.1, np.float32)},
        {"weights": np.full(52, np.nan, np.float32)},
        {"head_rotation": np.zeros(3)},
        {"landmarks": np.full((478, 3), np.inf, np.float32)},
    ],
)
def test_portraits_that_cannot_be_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        _portrait(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"matte": np.zeros((80, 80), np.uint8)},
        {"landmarks": np.zeros((468, 3), np.float32)},
        {"gaze": np.zeros(2, np.float32)},
        {"picture": np.zeros((80, 120), np.uint8)},
    ],
)
def test_shapes_are_checked(values: dict[str, object]) -> None:
    with pytest.raises(ShapeError, match=next(iter(values))):
        _portrait(**values)


def test_codes_hold_finite_numbers_of_their_type() -> None:
    with pytest.raises(ValueError, match="canonical"):
        replace(_code(), canonical=np.full((3, 2, 4, 4), np.nan, np.float32))
    with pytest.raises(ValueError, match="latent"):
        replace(_code(), latent=np.zeros(8))


def test_gains_multiply_and_reach_their_own_region_only() -> None:
    settings = PortraitSettings(multiplier=0.5, eyes_gain=2.0, lids_gain=0.5, mouth_gain=0.0)
    gains = settings.unit_gains()
    assert gains[UNIT_INDEX["eyeBlinkLeft"]] == 0.5 * 2.0 * 0.5
    assert gains[UNIT_INDEX["eyeLookUpRight"]] == 0.5 * 2.0
    assert gains[UNIT_INDEX["mouthSmileLeft"]] == gains[UNIT_INDEX["tongueOut"]] == 0
    assert gains[UNIT_INDEX["jawOpen"]] == gains[UNIT_INDEX["browInnerUp"]] == 0.5
    assert settings.whole_gaze_gain == 1.0


def test_every_unit_has_a_region() -> None:
    regions = ("brows", "eyes", "mouth", "jaw", "cheeks")
    still = PortraitSettings(**{f"{region}_gain": 0.0 for region in regions})  # type: ignore[arg-type]
    assert not still.unit_gains().any()


@pytest.mark.parametrize(
    "values",
    [
        {"blend": 1.5},
        {"multiplier": -0.1},
        {"pose_gain": 2.1},
        {"lids_gain": float("nan")},
        {"latent": (5.0,)},
        {"latent": (float("nan"),)},
        {"latent": (0.0,) * 65},
    ],
)
def test_settings_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        PortraitSettings(**values)  # type: ignore[arg-type]


def test_settings_of_other_number_types_become_the_same_document() -> None:
    plain = PortraitSettings(blend=1, latent=(np.float32(1),), engine="warp")  # type: ignore[arg-type]
    exact = PortraitSettings(blend=1.0, latent=(1.0,), engine=PortraitEngine.WARP)
    assert digest(plain) == digest(exact)
    assert not plain.is_relative
    with pytest.raises(ValueError, match="blue"):
        PortraitSettings(background="blue")  # type: ignore[arg-type]
    assert PortraitSettings().background is PortraitBackground.PICTURE


def test_the_projects_crop_wins_over_the_files() -> None:
    portrait = _portrait()
    entry = ProjectPortrait("demo:ann")
    assert entry.cropped(portrait) is portrait
    moved = replace(entry, box=CropBox(0, 0, 2000)).cropped(portrait)
    assert moved.box == (40, 0, 80)


def test_entries_that_name_or_show_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="reference"):
        ProjectPortrait("")
    with pytest.raises(ValueError, match="box"):
        ProjectPortrait("demo:ann", box=CropBox(4000, 0, 200))
