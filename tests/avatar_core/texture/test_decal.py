from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.texture.decal import decal
from avatar_core.texture.stamp import Reach, Stamp, SurfaceBrush, stamp_on_surface
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas

RED, GREEN, BLUE, GREY = (1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 1), (0.5, 0.5, 0.5, 1)
RADIUS_M = 0.03


def _quarters(side: int = 8) -> np.ndarray:
    """[2 * side, 2 * side, 4]: red and green above, blue and half transparent grey below."""
    half = np.multiply(GREY, 0.5)
    four = np.array([[RED, GREEN], [BLUE, half]], np.float32)
    return four.repeat(side, axis=0).repeat(side, axis=1)


def _seen(picture: np.ndarray, places: list[tuple[float, float]], x: float = 0.0) -> np.ndarray:
    """[n, 4] the paint at places, metres from (x, 0), after a decal was laid there."""
    atlas, vertices = sheet_atlas()
    canvas = sheet_canvas(atlas)
    decal(canvas, _stamp(x), picture)
    inside = np.flatnonzero(atlas.owners.reshape(-1) >= 0).astype(np.int32)
    where = atlas.places_of(inside, vertices)[:, :2]
    nearest = [int(np.hypot(*(where - (x + dx, dy)).T).argmin()) for dx, dy in places]
    return canvas.read(inside[nearest])


def _stamp(x: float = 0.0) -> Stamp:
    """Somebody looks at the front of the sheet."""
    atlas, vertices = sheet_atlas()
    brush = SurfaceBrush(
        np.array([x, 0, 0], np.float32), RADIUS_M, np.array([0, 0, -1], np.float32),
        tip=Tip(1.0), reach=Reach(is_connected=False),
    )  # fmt: skip
    return stamp_on_surface(atlas, vertices, brush)


@pytest.mark.parametrize("x", [-0.04, 0.0, 0.04])
def test_a_picture_stands_upright_and_is_not_mirrored_in_any_chart(x: float) -> None:
    step = 0.01
    corners = [(-step, step), (step, step), (-step, -step), (step, -step)]
    paint = _seen(_quarters(), corners, x)
    half = np.multiply(GREY, 0.5)
    np.testing.assert_allclose(paint, [RED, GREEN, BLUE, half], atol=0.01)


def test_it_keeps_its_shape_and_paints_nothing_beside_it() -> None:
    wide = np.broadcast_to(np.float32(RED), (4, 12, 4)).copy()
    up = RADIUS_M * 4 / np.hypot(4, 12)
    right = 3 * up
    inside, outside = [(0.0, 0.9 * up), (0.96 * right, 0.0)], [(0.0, 1.1 * up), (0.99 * right, up)]
    paint = _seen(wide, inside + outside)
    np.testing.assert_allclose(paint[:2], [RED, RED], atol=0.001)
    assert (paint[2:] == 0).all()


def test_there_is_no_gap_where_charts_meet() -> None:
    across = [(float(x), 0.005) for x in np.linspace(-0.015, 0.015, 61)]
    paint = _seen(np.broadcast_to(np.float32(RED), (5, 5, 4)).copy(), across)
    assert (paint[:, 3] > 0.99).all()


def test_fine_pictures_are_averaged() -> None:
    rows, columns = np.mgrid[:1024, :1024]
    board = np.ones((1024, 1024, 4), np.float32)
    board[..., :3] = ((rows + columns) % 2)[..., None]
    paint = _seen(board, [(float(x), 0.0) for x in np.linspace(-0.01, 0.01, 21)])
    np.testing.assert_allclose(paint[:, :3], 0.5, atol=0.06)


def test_it_lies_over_what_was_painted_before_and_honours_the_weights() -> None:
    atlas, _ = sheet_atlas()
    canvas, stamp = sheet_canvas(atlas), _stamp()
    stamp = stamp.where(np.abs(stamp.places).max(axis=1) < 0.5)
    canvas.write(stamp.texels, np.tile(np.float32(BLUE), (len(stamp.texels), 1)))
    halved = stamp._replace(weights=np.full(len(stamp.texels), 0.5, np.float32))
    decal(canvas, halved, np.broadcast_to(np.float32(RED), (6, 6, 4)).copy())
    paint = canvas.read(stamp.texels)
    np.testing.assert_allclose(paint, np.tile([0.5, 0, 0.5, 1], (len(paint), 1)), atol=0.001)


def test_nothing_comes_of_no_skin_no_picture_or_a_clear_one() -> None:
    atlas, _ = sheet_atlas()
    canvas, stamp = sheet_canvas(atlas), _stamp()
    decal(canvas, stamp.where(np.zeros(len(stamp.texels), bool)), _quarters())
    decal(canvas, stamp, np.zeros((0, 4, 4), np.float32))
    decal(canvas, stamp, np.zeros((3, 3, 4), np.float32))
    assert not canvas.dirty
    one_pixel = np.full((1, 1, 4), 1, np.float32)
    decal(canvas, stamp, one_pixel)
    assert canvas.dirty
    with pytest.raises(ShapeError):
        decal(canvas, stamp, np.zeros((3, 3, 3), np.float32))
