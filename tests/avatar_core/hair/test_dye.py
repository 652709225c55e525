"""Dye: the dye's hue, the hair's own light and dark, and nothing beyond the mask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud, seen_colours
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.colour import oklab_from_srgb
from avatar_core.hair.dye import dye, dyed, gradient, lay_on, lightness_details
from avatar_core.hair.edited import basic_colours, edited_hair
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.hues import lightness_chroma_hue

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

COPPER = (0.64, 0.32, 0.15)
BLOND = (0.79, 0.64, 0.41)
BROWN = np.float32([0.30, 0.21, 0.15])


@pytest.fixture
def brown(known_hair: KnownHair) -> GaussianCloud:
    """The known hair in one colour, each Gaussian a little lighter or darker."""
    cloud, rng = known_hair.cloud, np.random.default_rng(7)
    sh = cloud.sh.copy()
    shade = rng.uniform(0.8, 1.2, (len(cloud), 1)).astype(np.float32)
    sh[:, 0] = (BROWN * shade - 0.5) / np.float32(0.28209479)
    return replace(cloud, sh=sh)


def _selected(cloud: GaussianCloud, weights: np.ndarray) -> HairEdits:
    bytes_ = np.rint(255 * weights).astype(np.uint8)
    return HairEdits(base_count=len(cloud), selection=bytes_)


def _lightness(colours: np.ndarray) -> np.ndarray:
    return oklab_from_srgb(colours)[:, 0]


def _hue(colours: np.ndarray) -> np.ndarray:
    return lightness_chroma_hue(colours)[..., 2]


def test_hue_is_the_dyes_and_lightness_the_hairs() -> None:
    colours = np.random.default_rng(0).uniform(0.15, 0.5, (300, 3)).astype(np.float32)
    result = dyed(colours, COPPER)
    np.testing.assert_allclose(_lightness(result), _lightness(colours), atol=2e-3)
    np.testing.assert_allclose(_hue(result), _hue(np.float32(COPPER)), atol=0.02)


def test_dark_hair_becomes_blond_and_keeps_its_detail() -> None:
    lightness = np.linspace(-0.03, 0.03, 50, dtype=np.float32)
    before = np.repeat(BROWN[None], 50, axis=0) * (1 + 4 * lightness[:, None])
    result = dyed(before, BLOND, keep_lightness=0)
    own, own_before = _lightness(result), _lightness(before)
    assert own.mean() == pytest.approx(float(_lightness(np.float32([BLOND]))[0]), abs=0.005)
    differences = own - own.mean()
    np.testing.assert_allclose(differences, own_before - own_before.mean(), atol=0.005)


def test_half_kept_lightness_lies_between() -> None:
    colours = np.float32([BROWN])
    ends = [_lightness(dyed(colours, BLOND, keep))[0] for keep in (0.0, 0.5, 1.0)]
    assert ends[1] == pytest.approx((ends[0] + ends[2]) / 2, abs=1e-3)
    assert ends[0] > ends[2] + 0.3


def test_shadows_of_a_dye_are_less_vivid_and_lights_no_more() -> None:
    dye_lch = lightness_chroma_hue((0.6, 0.48, 0.42))
    colours = np.float32([[0.2, 0.2, 0.2], [0.35, 0.35, 0.35], [0.8, 0.8, 0.8]])
    lightness = _lightness(colours)
    chroma = lightness_chroma_hue(dyed(colours, (0.6, 0.48, 0.42)))[:, 1]
    expected = dye_lch[1] * np.minimum(lightness / dye_lch[0], 1)
    np.testing.assert_allclose(chroma, expected, atol=1e-3)
    assert chroma[0] < chroma[1] < chroma[2]


@pytest.mark.parametrize("keep", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("target", [(0, 0, 0), (1, 1, 1), (0, 0, 1), (1, 0, 0), BLOND])
def test_whatever_the_dye_a_display_can_show_it(
    keep: float, target: tuple[float, float, float]
) -> None:
    colours = np.random.default_rng(1).uniform(-0.3, 1.4, (400, 3)).astype(np.float32)
    result = dyed(colours, target, keep)
    assert np.isfinite(result).all()
    assert result.min() >= 0
    assert result.max() <= 1


def test_a_selected_lock_is_dyed_and_no_other_bit_changes(
    brown: GaussianCloud, known_hair: KnownHair
) -> None:
    lock = known_hair.lock == 4
    canvas = HairCanvas(brown, _selected(brown, lock))
    before = canvas.colours.copy()
    dye(canvas, COPPER)
    np.testing.assert_array_equal(canvas.touched, np.flatnonzero(lock))
    np.testing.assert_array_equal(canvas.colours[~lock], before[~lock])
    assert (np.abs(canvas.colours[lock] - before[lock]).max(axis=1) > 0.1).all()
    np.testing.assert_allclose(_hue(canvas.colours[lock]), _hue(np.float32(COPPER)), atol=0.03)
    after = edited_hair(brown, canvas.result())
    np.testing.assert_array_equal(after.cloud.sh[~lock], brown.sh[~lock])
    for name in ("means", "quats", "scales", "opacities"):
        np.testing.assert_array_equal(getattr(after.cloud, name), getattr(brown, name))


def test_what_is_half_selected_is_half_dyed(brown: GaussianCloud) -> None:
    weights = np.full(len(brown), 0.2, np.float32)
    whole, part = HairCanvas(brown, HairEdits()), HairCanvas(brown, _selected(brown, weights))
    before = part.colours.copy()
    dye(whole, COPPER)
    dye(part, COPPER)
    np.testing.assert_allclose(
        part.colours, before + 0.2 * (whole.colours - before), atol=1e-5
    )  # fmt: skip
    faint = HairCanvas(brown, HairEdits())
    dye(faint, COPPER, amount=0.2)
    np.testing.assert_allclose(faint.colours, part.colours, atol=1e-5)


def test_hidden_and_locked_hair_keeps_its_colour(brown: GaussianCloud) -> None:
    flags = np.zeros(len(brown), np.uint8)
    flags[:10], flags[10:20] = 2, 4
    canvas = HairCanvas(brown, HairEdits(base_count=len(brown), flags=flags))
    dye(canvas, COPPER)
    np.testing.assert_array_equal(canvas.touched, np.arange(20, len(brown)))


def test_dyeing_twice_is_dyeing_once(brown: GaussianCloud) -> None:
    once, twice = HairCanvas(brown, HairEdits()), HairCanvas(brown, HairEdits())
    dye(once, BLOND)
    dye(twice, COPPER)
    dye(twice, BLOND)
    np.testing.assert_allclose(twice.colours, once.colours, atol=1e-5)


def test_what_is_shown_meanwhile_is_what_comes_out(brown: GaussianCloud) -> None:
    canvas = HairCanvas(brown, HairEdits())
    dye(canvas, BLOND)
    after = edited_hair(brown, canvas.result())
    np.testing.assert_allclose(basic_colours(after.cloud.sh), canvas.colours, atol=1e-5)
    np.testing.assert_allclose(
        after.constant_shifts, canvas.edited.constant_shifts, atol=1e-5
    )  # fmt: skip


def test_shine_keeps_its_proportion(brown: GaussianCloud) -> None:
    canvas = HairCanvas(brown, HairEdits())
    target = tuple(float(each) for each in BROWN * np.float32([1.5, 1.2, 0.5]))
    dye(canvas, target)
    sh = edited_hair(brown, canvas.result()).cloud.sh
    direction = np.tile(np.float32([0.6, 0, 0.8]), (len(brown), 1))
    shine = seen_colours(sh, direction) - basic_colours(sh)
    before = seen_colours(brown.sh, direction) - basic_colours(brown.sh)
    ratio = basic_colours(sh) / basic_colours(brown.sh)
    lit = (seen_colours(sh, direction) > 0) & (seen_colours(brown.sh, direction) > 0)
    lit &= ratio < 1.99
    assert lit.mean() > 0.9
    np.testing.assert_allclose(shine[lit], (before * ratio)[lit], atol=1e-4)


def test_a_gradient_runs_from_root_to_tip(
    brown: GaussianCloud, known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = HairCanvas(brown, HairEdits(), strands=known_strands)
    root, tip = (0.1, 0.1, 0.1), (0.8, 0.7, 0.5)
    gradient(canvas, root, tip, start=0.2, end=0.8)
    lightness = _lightness(canvas.colours) - lightness_details(canvas)
    means = [lightness[known_hair.order == node].mean() for node in range(24)]
    assert (np.diff(means) > -0.01).all()
    ends = _lightness(np.float32([root, tip]))
    assert means[0] == pytest.approx(ends[0], abs=0.02)
    assert means[-1] == pytest.approx(ends[1], abs=0.02)


def test_one_sided_gradients_leave_the_other_end(
    brown: GaussianCloud, known_hair: KnownHair, known_strands: Strands
) -> None:
    for root, tip, kept in ((None, BLOND, 0), (BLOND, None, 23)):
        canvas = HairCanvas(brown, HairEdits(), strands=known_strands)
        before = canvas.colours.copy()
        gradient(canvas, root, tip, start=0.1, end=0.9)
        change = np.abs(canvas.colours - before).max(axis=1)
        of_node = np.array([change[known_hair.order == node].mean() for node in range(24)])
        assert of_node[kept] == 0
        assert of_node[23 - kept] > 0.3
        assert (np.diff(of_node if kept == 0 else of_node[::-1]) > -0.02).all()


def test_a_gradient_needs_strands(brown: GaussianCloud) -> None:
    canvas = HairCanvas(brown, HairEdits())
    with pytest.raises(AssetError, match="strands"):
        gradient(canvas, None, BLOND)
    gradient(canvas, None, None)
    assert len(canvas.touched) == 0


def test_nothing_of_a_dye_leaves_bits(brown: GaussianCloud) -> None:
    canvas = HairCanvas(brown, HairEdits())
    before = canvas.colours.copy()
    dye(canvas, COPPER, amount=0)
    lay_on(canvas, np.arange(3, dtype=np.int32), before[:3] + 1, np.zeros(3, np.float32))
    np.testing.assert_array_equal(canvas.colours, before)
    assert len(canvas.touched) == 0


def test_no_hair_is_no_trouble(known_strands: Strands) -> None:
    none = GaussianCloud.empty(4)
    canvas = HairCanvas(none, HairEdits())
    dye(canvas, COPPER)
    assert len(dyed(canvas.colours, COPPER)) == 0
    assert len(canvas.touched) == 0
