"""Exact pictures are those of the reference renderer, whatever the avatar's maker wants."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import pytest
import torch

from avatar_core.bench.parity import (
    EXACT_ON_WHITE,
    Pair,
    difference,
    reference_picture,
    twelve_pairs,
)
from avatar_core.exchange.official_import import import_official
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import LIVE
from avatar_core.mega.assets import model_of
from avatar_core.mega.neural import NeuralAvatar
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from avatar_core.bench.parity import Difference
    from avatar_core.io.flame_sources import FlameSources
    from avatar_core.project import AvatarAsset

pytestmark = pytest.mark.gl

LEAST_PSNR_DB = 45.0
MOST_OFF = 0.005
FIRST_LAYER = "head_mlp.final_siren.0.net.0.linear.weight"


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small pictures gain nothing from more, and lose much where other programs run."""
    before = numba.get_num_threads(), torch.get_num_threads()
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(before[0])
    torch.set_num_threads(before[1])


@pytest.fixture(scope="module")
def demo() -> AvatarAsset:
    return load_demo_avatar()


@pytest.fixture(scope="module")
def official(trained_folder: Path, flame_sources: FlameSources, flame_cache: Path) -> AvatarAsset:
    """Imported, with a smoother code of uv.

    The made-up head has some triangles twice, whole and in quarters, a tenth of a micrometre apart.
    Which of them a rasteriser takes would show with a code that is noise from entry to entry.
    """
    asset = import_official(trained_folder, flame_sources, cache=flame_cache).asset
    weights = dict(asset.face.weights)
    for name in ("pe.m_u", "pe.m_v"):
        smooth = np.stack([np.convolve(row, np.ones(500), "same") for row in weights[name]])
        weights[name] = (0.5 * smooth / smooth.std()).astype(np.float32)
    return replace(asset, face=replace(asset.face, weights=weights))


def differences(draw: Any, asset: AvatarAsset, pairs: Iterable[Pair]) -> list[Difference]:
    """Of the exact pictures from the reference, all from one avatar and one renderer."""
    avatar, model = NeuralAvatar(asset, device="cpu"), model_of(asset)
    found = []
    for pair in pairs:
        picture = draw(asset, pair.camera, EXACT_ON_WHITE, avatar.evaluate(*pair))
        reference = reference_picture(model, pair)
        assert reference.std() > 0.05, "nothing to compare"
        found.append(difference(picture, reference))
    return found


def expect_parity(found: Iterable[Difference]) -> None:
    for index, each in enumerate(found):
        assert each.psnr_db >= LEAST_PSNR_DB, f"pair {index}: {each}"
        assert each.off_share <= MOST_OFF, f"pair {index}: {each}"


def with_options(asset: AvatarAsset, **options: bool) -> AvatarAsset:
    return replace(asset, face=replace(asset.face, options={**asset.face.options, **options}))


def with_first_layer(
    asset: AvatarAsset, weights: dict[str, np.ndarray], matrix: np.ndarray
) -> AvatarAsset:
    """With other weights, and another first layer of the pixel decoder."""
    return replace(asset, face=replace(asset.face, weights={**weights, FIRST_LAYER: matrix}))


def test_the_demo_avatar(draw: Any, demo: AvatarAsset) -> None:
    expect_parity(differences(draw, demo, twelve_pairs(demo, 256, 256)))


def test_an_official_avatar(draw: Any, official: AvatarAsset) -> None:
    """Its raster offset shows at sizes that are no multiple of 8."""
    options = official.face.options
    assert options["raster_offset"]
    assert options["white_twice"]
    assert options["mask_cleaned"]
    expect_parity(differences(draw, official, twelve_pairs(official, 270, 354)))


@pytest.mark.parametrize(
    "options",
    [
        {"mask_cleaned": True},
        {"mask_cleaned": True, "foreign_hair": True},
        {"mask_blurred": False},
        {"free_unmasked": False},
        {"white_twice": True},
        {"raster_offset": True},
        {"view_dependent_hair": False},
    ],
    ids=" ".join,
)
def test_each_option(draw: Any, demo: AvatarAsset, options: dict[str, bool]) -> None:
    pairs = twelve_pairs(demo, 251, 242)
    changed = with_options(demo, **options)
    expect_parity(differences(draw, changed, (pairs[0], pairs[6])))


def test_a_decoder_that_is_told_the_place(draw: Any, official: AvatarAsset) -> None:
    first = official.face.weights[FIRST_LAYER]
    place = np.random.default_rng(4).normal(0, 0.03, (len(first), 4)).astype(np.float32)
    told = with_options(official, surface_conditioned=True)
    told = with_first_layer(told, told.face.weights, np.hstack([place, first]))
    pairs = twelve_pairs(told, 270, 354)
    expect_parity(differences(draw, told, (pairs[0], pairs[6])))


def test_a_code_of_sines(draw: Any, official: AvatarAsset) -> None:
    """Two values of uv and their sines and cosines at three frequencies."""
    first = official.face.weights[FIRST_LAYER]
    code = np.random.default_rng(5).normal(0, 0.03, (len(first), 14)).astype(np.float32)
    weights = {n: w for n, w in official.face.weights.items() if not n.startswith("pe.")}
    coded = with_first_layer(official, weights, np.hstack([code, first[:, 4:]]))
    pairs = twelve_pairs(coded, 270, 354)
    expect_parity(differences(draw, coded, (pairs[0], pairs[6])))


def test_no_frame_of_a_fast_performance_is_made_of_two(draw: Any, demo: AvatarAsset) -> None:
    """Mesh, hair and its order are of one motion, however far away the one before it was."""
    camera = twelve_pairs(demo, 224, 224)[0].camera
    avatar, model = NeuralAvatar(demo, LIVE, device="cpu"), model_of(demo)
    pairs = [Pair(motion, camera) for motion in _shaking_and_talking()]
    references = [reference_picture(model, pair) for pair in pairs]
    for before, after in itertools.pairwise(references):
        assert np.square(before - after).mean() > 1e-3, "a late one would not show"
    pictures = [draw(demo, camera, EXACT_ON_WHITE, avatar.evaluate(*pair)) for pair in pairs]
    expect_parity(map(difference, pictures, references))


def _shaking_and_talking() -> list[MotionFrame]:
    """Head turning half a radian a frame, jaw opening and closing."""
    yaws_rad = (0.0, 0.5, -0.4, 0.8, 0.2, -0.6)
    return [
        replace(
            MotionFrame.from_units(jawOpen=0.8 * (index % 2), mouthSmileLeft=0.1 * index),
            head_rotation=np.array([0.1 * yaw_rad, yaw_rad, -0.2 * yaw_rad], np.float32),
            head_translation=np.array([0.03 * yaw_rad, 0.0, -0.05 * yaw_rad], np.float32),
        )
        for index, yaw_rad in enumerate(yaws_rad)
    ]
