"""Painted pictures are those of the reference renderer, and paint is shaded like the skin below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from avatar_core.bench.parity import EXACT_ON_WHITE, Pair, difference, twelve_pairs
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.assets import model_of
from avatar_core.mega.neural import NeuralAvatar
from avatar_core.mega.painted import SHADES
from avatar_core.mega.reference_renderer import render
from avatar_core.motion import ARKIT_UNITS
from avatar_core.render.scene import FaceView
from avatar_core.texture.composite import AS_IT_IS, PaintMaps
from avatar_core.texture.sculpt import Sculptor

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset

pytestmark = pytest.mark.gl

SIZE = 512
LEAST_PSNR_DB = 45.0
MOST_OFF = 0.005
FACE_ONLY = replace(EXACT_ON_WHITE, show_hair=False)


@pytest.fixture(scope="module")
def demo() -> AvatarAsset:
    return load_demo_avatar()


def soft_spots(seed: int, spots: int = 60) -> np.ndarray:
    """[SIZE, SIZE] 0..1: spots with soft edges all over the face."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    covered = np.zeros((SIZE, SIZE))
    for _ in range(spots):
        across, down = rng.uniform(0.33, 0.67), rng.uniform(0.22, 0.5)
        reach = rng.uniform(0.008, 0.03)
        covered = np.maximum(covered, 1.5 - 1.5 * np.hypot(x - across, y - down) / reach)
    return covered.clip(0, 1)


@pytest.fixture(scope="module")
def paint() -> PaintMaps:
    """Spots of many colours, and patches with other gloss, wrinkles and heights."""
    covered = soft_spots(0)[..., None]
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    colour = np.stack([0.5 + 0.5 * np.sin(40 * x), 0.5 + 0.5 * np.cos(60 * y), x], -1)
    shares = np.full((SIZE, SIZE, 4), AS_IT_IS, np.uint8)
    for channel in range(3):
        sign = (1, -1, 1)[channel]
        shares[..., channel] = (AS_IT_IS + sign * 120 * soft_spots(1 + channel)).astype(np.uint8)
    premultiplied = np.concatenate([covered * colour, covered], -1)
    return PaintMaps(np.rint(255 * premultiplied).astype(np.uint8), shares)


def drawn(
    draw: Any, asset: AvatarAsset, pair: Pair, paint: PaintMaps | None, **scene: Any
) -> np.ndarray:
    """[H, W, 3] 0..1 of the face alone, exact."""
    frame = NeuralAvatar(asset, device="cpu").evaluate(*pair)
    if paint is not None:
        sculptor = Sculptor(asset.head.topology)
        sculptor.follow(paint.shares)
        frame = sculptor.worn(frame)
    options = replace(FACE_ONLY, **scene)
    return draw(asset, pair.camera, options, frame, paint)


def test_a_painted_and_sculpted_face(draw: Any, demo: AvatarAsset, paint: PaintMaps) -> None:
    model, avatar = model_of(demo), NeuralAvatar(demo, device="cpu")
    sculptor = Sculptor(demo.head.topology)
    assert sculptor.follow(paint.shares)
    for pair in [twelve_pairs(demo, 256, 256)[index] for index in (0, 5, 10)]:
        frame = avatar.evaluate(*pair)
        picture = draw(demo, pair.camera, EXACT_ON_WHITE, sculptor.worn(frame), paint)
        bare = draw(demo, pair.camera, EXACT_ON_WHITE, frame)
        parameters = model.head.parameters_from_arkit(
            ARKIT_UNITS,
            pair.motion.weights,
            pair.motion.head_rotation,
            pair.motion.head_translation,
            pair.motion.gaze,
        )
        with torch.inference_mode():
            posed = model.posed(parameters)
            blended, _ = render(
                model, posed, pair.camera, paint=paint, heights_m=sculptor.heights_m
            )
        reference = blended.rgb[0].clamp(0, 1).numpy()
        found = difference(picture, reference)
        assert found.psnr_db >= LEAST_PSNR_DB, found
        assert found.off_share <= MOST_OFF, found
        assert difference(bare, reference).psnr_db < 35, "the paint does not show"


@pytest.mark.parametrize("grey", [0.1, 0.6])
def test_paint_is_shaded_by_view_and_expression_as_the_skin_is(
    draw: Any, demo: AvatarAsset, grey: float
) -> None:
    """Full colour / diffuse colour is the same ratio on paint as on bare skin."""
    colour = np.full((SIZE, SIZE, 4), round(255 * grey), np.uint8)
    colour[..., 3] = 255
    shares = np.full((SIZE, SIZE, 4), AS_IT_IS, np.uint8)
    grown = PaintMaps(colour, shares)
    ratios = []
    for index in (1, 6):
        pair = twelve_pairs(demo, 200, 200)[index]
        bare, diffuse, full = (
            drawn(draw, demo, pair, maps, face_view=view).astype(float)
            for maps, view in (
                (None, FaceView.COLOUR),
                (None, FaceView.DIFFUSE),
                (grown, FaceView.COLOUR),
            )
        )
        skin = (diffuse > 60) & (diffuse < 250) & (bare < 250)
        ratio = (bare / diffuse.clip(1)).clip(*SHADES)
        expected = (grey * 255 * ratio).clip(0, 255)
        assert skin.mean() > 0.1
        away = np.abs(full - expected)[skin]
        assert np.quantile(away, 0.99) <= 3
        ratios.append(float(np.abs(ratio[skin] - 1).mean()))
    assert max(ratios) > 0.02, "neither view nor expression change anything"
