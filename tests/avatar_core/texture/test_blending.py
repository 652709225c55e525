"""Blend modes against the formulas of the W3C, written out texel by texel in plain Python."""

from __future__ import annotations

import colorsys
import math
from itertools import product

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.project import Adjustment, Blend
from avatar_core.texture.blending import Ground, blend

LEVELS = (0.0, 0.2, 0.25, 0.5, 0.75, 1.0)


def lum(c: tuple[float, ...]) -> float:
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def clip_colour(c: list[float]) -> list[float]:
    light, n, x = lum(tuple(c)), min(c), max(c)
    if n < 0:
        c = [light + (each - light) * light / (light - n) for each in c]
    if x > 1:
        c = [light + (each - light) * (1 - light) / (x - light) for each in c]
    return c


def set_lum(c: tuple[float, ...], light: float) -> list[float]:
    return clip_colour([each + light - lum(c) for each in c])


def sat(c: tuple[float, ...]) -> float:
    return max(c) - min(c)


def set_sat(c: tuple[float, ...], s: float) -> tuple[float, ...]:
    order = sorted(range(3), key=lambda at: c[at])
    result = [0.0, 0.0, 0.0]
    least, middle, most = order
    if c[most] > c[least]:
        result[middle] = (c[middle] - c[least]) * s / (c[most] - c[least])
        result[most] = s
    return tuple(result)


def hard_light(b: float, s: float) -> float:
    return b * 2 * s if s <= 0.5 else b + (2 * s - 1) - b * (2 * s - 1)


def soft_light(b: float, s: float) -> float:
    if s <= 0.5:
        return b - (1 - 2 * s) * b * (1 - b)
    d = ((16 * b - 12) * b + 4) * b if b <= 0.25 else math.sqrt(b)
    return b + (2 * s - 1) * (d - b)


def dodge(b: float, s: float) -> float:
    return 0.0 if b == 0 else 1.0 if s == 1 else min(1.0, b / (1 - s))


def burn(b: float, s: float) -> float:
    return 1.0 if b == 1 else 0.0 if s == 0 else 1 - min(1.0, (1 - b) / s)


SEPARABLE = {
    Blend.NORMAL: lambda b, s: s,
    Blend.MULTIPLY: lambda b, s: b * s,
    Blend.SCREEN: lambda b, s: b + s - b * s,
    Blend.OVERLAY: lambda b, s: hard_light(s, b),
    Blend.DARKEN: min,
    Blend.LIGHTEN: max,
    Blend.COLOUR_DODGE: dodge,
    Blend.COLOUR_BURN: burn,
    Blend.HARD_LIGHT: hard_light,
    Blend.SOFT_LIGHT: soft_light,
    Blend.DIFFERENCE: lambda b, s: abs(b - s),
    Blend.EXCLUSION: lambda b, s: b + s - 2 * b * s,
    Blend.ADD: lambda b, s: min(1.0, b + s),
    Blend.SUBTRACT: lambda b, s: max(0.0, b - s),
}
WHOLE = {
    Blend.HUE: lambda b, s: set_lum(set_sat(s, sat(b)), lum(b)),
    Blend.SATURATION: lambda b, s: set_lum(set_sat(b, sat(s)), lum(b)),
    Blend.COLOUR: lambda b, s: set_lum(s, lum(b)),
    Blend.LUMINOSITY: lambda b, s: set_lum(b, lum(s)),
}


def reference(mode: Blend, below: np.ndarray, above: np.ndarray, opacity: float) -> list[float]:
    """One premultiplied texel over another."""
    ab, a_s = float(below[3]), float(above[3]) * opacity
    cb = tuple(float(each) / ab if ab else 0.0 for each in below[:3])
    cs = tuple(float(each) / float(above[3]) if above[3] else 0.0 for each in above[:3])
    if mode in SEPARABLE:
        mixed = [SEPARABLE[mode](b, s) for b, s in zip(cb, cs, strict=True)]
    else:
        mixed = WHOLE[mode](cb, cs)
    colours = [
        a_s * (1 - ab) * s + a_s * ab * m + (1 - a_s) * ab * b
        for b, s, m in zip(cb, cs, mixed, strict=True)
    ]
    return [*colours, a_s + ab * (1 - a_s)]


def texels(alphas: tuple[float, ...], seed: int) -> np.ndarray:
    """Premultiplied texels: greys and colours at all levels, and some at random."""
    rng = np.random.default_rng(seed)
    straight = [*product(LEVELS[::2], repeat=3), *[(each,) * 3 for each in LEVELS]]
    colours = np.concatenate([np.array(straight), rng.random((60, 3))]).astype(np.float32)
    rows = [np.column_stack([alpha * colours, np.full(len(colours), alpha)]) for alpha in alphas]
    return rng.permutation(np.concatenate(rows)).astype(np.float32)


@pytest.mark.parametrize("opacity", [1.0, 0.3])
@pytest.mark.parametrize("mode", Blend)
def test_every_mode_is_as_published(mode: Blend, opacity: float) -> None:
    below, above = texels((0.0, 0.5, 1.0), 1), texels((0.0, 0.25, 1.0), 2)
    expected = np.array([reference(mode, b, s, opacity) for b, s in zip(below, above, strict=True)])
    assert np.abs(blend(below, above, mode, opacity) - expected).max() < 2e-6


def test_every_mode_was_asked() -> None:
    assert SEPARABLE.keys() | WHOLE.keys() == set(Blend)


def opaque(*colours: tuple[float, float, float]) -> np.ndarray:
    return np.array([[*colour, 1.0] for colour in colours], np.float32)


SOME = opaque((0.2, 0.5, 0.9), (1.0, 0.0, 0.3), (0.4, 0.4, 0.4))
BLACK, GREY, WHITE = (opaque(*[(each,) * 3] * 3) for each in (0.0, 0.5, 1.0))


@pytest.mark.parametrize(
    ("mode", "above", "expected"),
    [
        (Blend.MULTIPLY, WHITE, SOME),
        (Blend.MULTIPLY, BLACK, BLACK),
        (Blend.SCREEN, BLACK, SOME),
        (Blend.SCREEN, WHITE, WHITE),
        (Blend.OVERLAY, GREY, SOME),
        (Blend.HARD_LIGHT, GREY, SOME),
        (Blend.SOFT_LIGHT, GREY, SOME),
        (Blend.COLOUR_DODGE, BLACK, SOME),
        (Blend.COLOUR_BURN, WHITE, SOME),
        (Blend.DIFFERENCE, BLACK, SOME),
        (Blend.DIFFERENCE, SOME, BLACK),
        (Blend.DIFFERENCE, WHITE, 1 - SOME + BLACK),
        (Blend.EXCLUSION, WHITE, 1 - SOME + BLACK),
        (Blend.ADD, BLACK, SOME),
        (Blend.SUBTRACT, SOME, BLACK),
        (Blend.DARKEN, WHITE, SOME),
        (Blend.LIGHTEN, BLACK, SOME),
        (Blend.LUMINOSITY, SOME, SOME),
        (Blend.COLOUR, SOME, SOME),
        (Blend.HUE, SOME, SOME),
        (Blend.SATURATION, SOME, SOME),
    ],
)
def test_published_identities(mode: Blend, above: np.ndarray, expected: np.ndarray) -> None:
    expected = np.concatenate([expected[:, :3], np.ones((3, 1), np.float32)], axis=1)
    assert np.abs(blend(SOME, above, mode) - expected).max() < 1e-6


@pytest.mark.parametrize("mode", Blend)
def test_what_is_clear_changes_nothing_and_meets_nothing(mode: Blend) -> None:
    clear = np.zeros_like(SOME)
    assert np.array_equal(blend(SOME, clear, mode), SOME)
    assert np.array_equal(blend(SOME, SOME[::-1].copy(), mode, 0.0), SOME)
    assert np.allclose(blend(clear, SOME, mode), SOME, atol=1e-6)


def test_stored_texels_blend_like_numbers_and_masks_hide() -> None:
    below, above = texels((1.0,), 3), texels((0.5,), 4)
    stored = np.rint(above * 65535).astype(np.uint16)
    hidden = np.linspace(0, 65535, len(below)).astype(np.uint16)
    ground = Ground.of(below[:, :3])
    ground.blend_stored(stored, Blend.SCREEN, 0.8, hidden)
    expected = [
        reference(Blend.SCREEN, b, s / 65535, 0.8 * (1 - float(h) / 65535))
        for b, s, h in zip(below, stored, hidden, strict=True)
    ]
    assert np.abs(ground.colours - expected).max() < 2e-6
    assert np.allclose(ground.covered, 0.5 * 0.8 * (1 - hidden / 65535), atol=1e-4)


def test_one_colour_fills_all() -> None:
    ground = Ground.of(SOME[:, :3])
    ground.blend(np.array([[0.5, 0.0, 0.25, 0.5]], np.float32), Blend.NORMAL)
    assert np.allclose(ground.colours[:, :3], SOME[:, :3] / 2 + (0.5, 0, 0.25), atol=1e-6)


class TestAdjustment:
    @staticmethod
    def adjusted(colours: np.ndarray, adjustment: Adjustment, opacity: float = 1.0) -> np.ndarray:
        ground = Ground.of(colours)
        ground.adjust(adjustment, opacity)
        return ground.colours[:, :3]

    def test_none_changes_and_covers_nothing(self) -> None:
        ground = Ground.of(SOME[:, :3])
        ground.adjust(Adjustment())
        assert np.array_equal(ground.colours, SOME)
        assert not ground.covered.any()

    def test_levels_and_gamma(self) -> None:
        greys = np.repeat(np.array([[0.1], [0.2], [0.35], [0.8], [0.9]], np.float32), 3, axis=1)
        result = self.adjusted(greys, Adjustment(black=0.2, white=0.8, gamma=2.0))
        assert np.allclose(result[:, 0], [0, 0, 0.5, 1, 1], atol=1e-6)

    def test_saturation_goes_by_luminosity(self) -> None:
        colour = np.array([[0.6, 0.4, 0.5]], np.float32)
        light = lum((0.6, 0.4, 0.5))
        assert np.allclose(self.adjusted(colour, Adjustment(saturation=-1.0)), light, atol=1e-6)
        twice = self.adjusted(colour, Adjustment(saturation=1.0))
        assert np.allclose(twice, light + 2 * (colour - light), atol=1e-6)

    def test_strong_colours_stay_within_reach_at_the_same_luminosity(self) -> None:
        rng = np.random.default_rng(5)
        colours = rng.random((200, 3)).astype(np.float32)
        for adjustment in (Adjustment(saturation=1.0), Adjustment(hue_turn_rad=2.0)):
            result = self.adjusted(colours, adjustment)
            assert result.min() >= -1e-6
            assert result.max() <= 1 + 1e-6
            weights = np.array([0.3, 0.59, 0.11])
            assert np.allclose(result @ weights, colours @ weights, atol=1e-5)

    def test_lightness(self) -> None:
        colour = np.array([[0.2, 0.6, 1.0]], np.float32)
        darker = self.adjusted(colour, Adjustment(lightness=-0.5))
        assert np.allclose(darker, colour / 2, atol=1e-6)
        brighter = self.adjusted(colour, Adjustment(lightness=0.5))
        assert np.allclose(brighter, (1 + colour) / 2, atol=1e-6)
        assert np.allclose(self.adjusted(colour, Adjustment(lightness=1.0)), 1.0)

    @pytest.mark.parametrize("turn", [-5.0, -1.0, 0.5, 2.0, 6.0])
    def test_hue_turns_like_on_the_hsv_circle(self, turn: float) -> None:
        rng = np.random.default_rng(6)
        # Pale colours of middle luminosity, so that none has to be clipped.
        colours = (0.5 + 0.1 * rng.standard_normal((50, 3)).clip(-1, 1)).astype(np.float32)
        result = self.adjusted(colours, Adjustment(hue_turn_rad=turn))
        for before, after in zip(colours, result, strict=True):
            hue, saturation, value = colorsys.rgb_to_hsv(*(float(each) for each in before))
            turned = colorsys.hsv_to_rgb((hue + turn / (2 * math.pi)) % 1, saturation, value)
            expected = np.array(turned) + lum(tuple(before)) - lum(turned)
            assert np.allclose(after, expected, atol=1e-5)

    def test_half_of_it_is_half_way_and_what_is_clear_stays_clear(self) -> None:
        half = self.adjusted(SOME[:, :3], Adjustment(lightness=-1.0), 0.5)
        assert np.allclose(half, SOME[:, :3] / 2, atol=1e-6)
        ground = Ground(np.array([[0.0, 0, 0, 0], [0.2, 0.1, 0, 0.5]], np.float32),
                        np.zeros(2, np.float32))  # fmt: skip
        ground.adjust(Adjustment(lightness=1.0))
        assert ground.colours.tolist() == [[0, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]]

    @pytest.mark.parametrize(
        "numbers",
        [{"gamma": 0.0}, {"black": 0.5, "white": 0.5}, {"white": 2.0}, {"saturation": float("nan")},
         {"hue_turn_rad": 7.0}, {"lightness": -1.1}],
    )  # fmt: skip
    def test_impossible_numbers_are_refused(self, numbers: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="out of its range"):
            Adjustment(**numbers)


def test_paint_over_the_base_gives_the_picture() -> None:
    rng = np.random.default_rng(7)
    base = rng.random((279, 3)).astype(np.float32)
    ground = Ground.of(base)
    for mode in (Blend.MULTIPLY, Blend.NORMAL, Blend.SCREEN, Blend.HUE):
        ground.blend(texels((0.0, 0.5, 0.75), len(mode)), mode, 0.6)
    paint = ground.paint_over(base).astype(np.float64) / 255
    assert (paint[:, :3] <= paint[:, 3:]).all()
    shown = paint[:, :3] + (1 - paint[:, 3:]) * base
    assert np.abs(shown - ground.colours[:, :3]).max() < 1.01 / 255


def test_texels_of_another_number_are_refused() -> None:
    ground = Ground.of(SOME[:, :3])
    stored = np.zeros((2, 4), np.uint16)
    for call in (
        lambda: ground.blend_stored(stored, Blend.NORMAL),
        lambda: ground.blend(SOME[:2], Blend.NORMAL),
        lambda: ground.blend(SOME, Blend.NORMAL, 1.0, np.zeros(2, np.uint16)),
        lambda: ground.adjust(Adjustment(lightness=1.0), 1.0, np.zeros(4, np.uint16)),
        lambda: ground.paint_over(SOME[:2, :3]),
    ):
        with pytest.raises(ShapeError):
            call()
