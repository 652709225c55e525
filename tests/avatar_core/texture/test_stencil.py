from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry import Camera
from avatar_core.texture.ground import HeadGround
from avatar_core.texture.stamp import Reach, Stamp
from avatar_core.texture.stencil import Stencil, lightness, through
from avatar_core.texture.symmetry import MirrorMap
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet, sheet_atlas

PX_PER_M = 1000.0  # 1 m in front of the camera


def _camera() -> Camera:
    """Looks at the front of the sheet from 1 m away; its middle is at (200, 150)."""
    view = np.diag([1, -1, -1, 1]).astype(np.float32)
    view[2, 3] = 1
    intrinsics = np.array([[PX_PER_M, 0, 200], [0, PX_PER_M, 150], [0, 0, 1]], np.float32)
    return Camera(view, intrinsics, 400, 300)


def _half() -> np.ndarray:
    """[20, 20]: the left half stops paint."""
    picture = np.ones((20, 20), np.float32)
    picture[:, :10] = 0
    return picture


def _stamp(stencil: Stencil | None) -> tuple[Stamp, np.ndarray]:
    """What a brush of 6 cm leaves in the middle of the sheet, and where [n, 2]: metres."""
    atlas, vertices = sheet_atlas()
    camera = _camera()
    sieve = None if stencil is None else partial(through, camera=camera, stencil=stencil)
    ground = HeadGround(
        atlas, vertices, camera.position, np.array([0, 1, 0], np.float32),
        Reach(is_connected=False), sieve=sieve,
    )  # fmt: skip
    stamp = ground.stamp(np.zeros(3), 0.06, Tip(1.0), 0.0, is_twin=False)
    shares = ground.passing(stamp.texels, is_twin=False)
    assert (shares is None) == (stencil is None)
    passed = stamp if shares is None else stamp.weakened(shares)
    return passed, atlas.places_of(passed.texels, vertices)[:, :2]


def test_without_a_stencil_everything_passes() -> None:
    stamp, places = _stamp(None)
    assert places.min() < -0.055
    assert places.max() > 0.055
    assert stamp.weights.max() == 1


def test_only_what_lies_behind_the_white_half_is_painted() -> None:
    whole, everywhere = _stamp(None)
    stamp, places = _stamp(Stencil(_half(), (200, 150), 60))  # 6 cm on the sheet
    pixel_m = 60 / 20 / PX_PER_M
    assert places[:, 0].min() > -pixel_m / 2 - 1e-6
    assert np.abs(places).max() <= 0.03 + 1e-6
    inside = (everywhere[:, 0] > pixel_m) & (np.abs(everywhere).max(axis=1) < 0.0299)
    wanted = whole.where(inside)
    kept = stamp.where(np.isin(stamp.texels, wanted.texels))
    np.testing.assert_array_equal(kept.texels, wanted.texels)
    np.testing.assert_allclose(kept.weights, wanted.weights, atol=1e-5)


def test_it_may_lie_anywhere_and_stands_upright() -> None:
    picture = np.zeros((10, 20), np.float32)
    picture[:5, 10:] = 1  # above on the right
    _, places = _stamp(Stencil(picture, (210, 130), 20))
    soft = 0.5 * 20 / 10 / PX_PER_M
    low, high = places.min(axis=0), places.max(axis=0)
    np.testing.assert_allclose(low, [0.010 - soft, 0.020 - soft], atol=8e-4)
    np.testing.assert_allclose(high, [0.030, 0.030], atol=8e-4)  # a texel


def test_a_quarter_turn_clockwise_brings_the_right_half_below() -> None:
    _, places = _stamp(Stencil(_half(), (200, 150), 60, np.pi / 2))
    assert places[:, 1].max() < 0.0016
    assert places[:, 1].min() == pytest.approx(-0.03, abs=5e-4)


def test_grey_lets_part_of_it_pass() -> None:
    stamp, _ = _stamp(Stencil(np.full((1, 1), 0.25, np.float32), (200, 150), 40))
    whole, _ = _stamp(None)
    before = whole.weights[np.isin(whole.texels, stamp.texels)]
    np.testing.assert_allclose(stamp.weights, 0.25 * before, atol=1e-6)


def test_nothing_is_painted_behind_the_eye_and_nothing_comes_of_nothing() -> None:
    stencil = Stencil(np.ones((2, 2), np.float32), (200, 150), 300)
    whole, _ = _stamp(None)
    behind = np.tile(np.float32([0, 0, 2]), (len(whole.texels), 1))
    assert not through(behind, _camera(), stencil).any()
    assert not len(through(np.zeros((0, 3), np.float32), _camera(), stencil))


@pytest.mark.parametrize("is_twin", [False, True])
def test_skin_that_is_turned_away_gets_nothing(is_twin: bool) -> None:
    topology, vertices = sheet()
    atlas, camera = sheet_atlas()[0], _camera()
    white = Stencil(np.ones((1, 1), np.float32), (200, 150), 300)
    sieve = partial(through, camera=camera, stencil=white)
    up, mirror = np.array([0, 1, 0], np.float32), MirrorMap.of(topology, vertices)
    for front, wanted in ((vertices, 1.0), (vertices * np.float32([-1, 1, 1]), 0.0)):
        ground = HeadGround(atlas, front, camera.position, up, mirror=mirror, sieve=sieve)
        shares = ground.passing(atlas.texels, is_twin)
        assert shares is not None
        assert (shares == wanted).all()


def test_black_and_clear_stop_paint_and_white_does_not() -> None:
    pixels = np.array([[(0, 0, 0, 1), (0, 0, 0, 0), (1, 1, 1, 1), (0.5, 0.5, 0.5, 0.5)]])
    np.testing.assert_allclose(lightness(pixels.astype(np.float32)), [[0, 0, 1, 0.5]], atol=1e-6)


def test_bad_stencils_are_refused() -> None:
    with pytest.raises(ShapeError):
        Stencil(np.ones((2, 2, 3), np.float32), (0, 0), 10)
    with pytest.raises(ValueError, match="at least one pixel"):
        Stencil(np.ones((0, 2), np.float32), (0, 0), 10)
    with pytest.raises(ValueError, match="more than 0"):
        Stencil(np.ones((2, 2), np.float32), (0, 0), 0)
