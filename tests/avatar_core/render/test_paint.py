"""Paint over a face: what it changes in the picture, what it leaves alone, what it costs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.project.paint import TILE
from avatar_core.render.renderer import Renderer
from avatar_core.render.scene import Blending, FaceView
from avatar_core.render.shaders import ShaderLibrary
from avatar_core.resources import resource_path
from avatar_core.texture.composite import AS_IT_IS, PaintMaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import moderngl

    from avatar_core.project import AvatarAsset

pytestmark = pytest.mark.gl

SIDE_PX = 64
SIZE = 4 * TILE
MIDDLE = slice(24, 40)


def blank() -> PaintMaps:
    shares = np.full((SIZE, SIZE, 4), AS_IT_IS, np.uint8)
    shares[..., 3] = 255
    return PaintMaps(np.zeros((SIZE, SIZE, 4), np.uint8), shares)


def coat(rgb: tuple[int, int, int], covered: object = 1.0) -> PaintMaps:
    """Paint of one colour; how much it covers is a number or [SIZE, SIZE]."""
    maps = blank()
    share = np.broadcast_to(np.asarray(covered, float), (SIZE, SIZE))[..., None]
    maps.colour[:] = np.rint(share * [*rgb, 255])
    return maps


def with_shares(gloss: int = AS_IT_IS, wrinkles: int = AS_IT_IS) -> PaintMaps:
    maps = blank()
    maps.shares[..., :2] = gloss, wrinkles
    return maps


class Easel:
    """A renderer and a face to paint."""

    def __init__(
        self, context: moderngl.Context, make: Any, shaders: ShaderLibrary | None = None
    ) -> None:
        self.context = context
        self.make = make
        self.renderer = Renderer(context, shaders)
        self.target = context.simple_framebuffer((SIDE_PX, SIDE_PX))
        plain = make.avatar(make.square(0.1), texture=(200, 150, 100))
        self.plain: AvatarAsset = plain
        self.neural: AvatarAsset = replace(plain, face=make.neural_face())
        self.textures = make.neural_textures(view=0.4, dynamic=-0.3)

    def load(self, asset: AvatarAsset, textures: object = None) -> None:
        self.renderer.upload_avatar(asset)
        self.show(asset, textures)

    def show(self, asset: AvatarAsset, textures: object = None) -> None:
        neural = (textures or self.textures) if asset is not self.plain else None
        self.renderer.upload_frame(replace(self.make.frame(asset), neural=neural))

    def picture(self, **scene: Any) -> np.ndarray:
        camera = self.make.camera(SIDE_PX, SIDE_PX)
        self.renderer.draw(camera, self.target, replace(self.make.plain, **scene))
        assert self.context.error == "GL_NO_ERROR"
        pixels = np.frombuffer(self.target.read(alignment=1), np.uint8)
        return pixels.reshape(SIDE_PX, SIDE_PX, 3)[::-1].astype(int)


@pytest.fixture
def easel(context: moderngl.Context, make: Any) -> Easel:
    return Easel(context, make)


@pytest.mark.parametrize("kind", ["plain", "neural"])
@pytest.mark.parametrize("blending", Blending)
def test_paint_covers_as_much_as_it_says_and_comes_off(
    easel: Easel, kind: str, blending: Blending
) -> None:
    easel.load(getattr(easel, kind), easel.make.neural_textures())
    bare = easel.picture(blending=blending)
    assert bare[MIDDLE, MIDDLE].min() > 0
    for covered in (1.0, 0.5):
        easel.renderer.upload_paint(coat((30, 220, 90), covered))
        expected = covered * np.array([30, 220, 90]) + (1 - covered) * bare[MIDDLE, MIDDLE]
        painted = easel.picture(blending=blending)[MIDDLE, MIDDLE]
        assert np.abs(painted - expected).max() <= 2
    easel.renderer.upload_paint(None)
    assert np.array_equal(easel.picture(blending=blending), bare)


@pytest.mark.parametrize("kind", ["plain", "neural"])
def test_paint_lies_where_it_was_laid(easel: Easel, kind: str) -> None:
    """Top left in the picture of the painting is top left on the face."""
    easel.load(getattr(easel, kind))
    bare = easel.picture()
    covered = np.zeros((SIZE, SIZE))
    covered[: SIZE // 2, : SIZE // 2] = 1
    easel.renderer.upload_paint(coat((0, 0, 255), covered))
    away = np.abs(easel.picture() - bare).max(axis=2)
    assert away[20, 20] > 50
    assert away[20, 44] == away[44, 20] == away[44, 44] == 0


@pytest.mark.parametrize("kind", ["plain", "neural"])
def test_blank_paint_costs_nothing_and_changes_nothing(easel: Easel, kind: str) -> None:
    easel.load(getattr(easel, kind))
    bare = easel.picture()
    easel.renderer.upload_paint(blank())
    assert np.array_equal(easel.picture(), bare)
    face = easel.renderer._face
    assert face._neural is not None
    assert not face._neural.can_paint, "nothing was compiled"
    assert face._paint is not None
    assert {each.size for each in face._paint.textures.values()} == {(1, 1)}
    easel.renderer.upload_paint(coat((255, 0, 0)))
    assert not np.array_equal(easel.picture(), bare)
    easel.renderer.upload_paint(blank())
    assert np.array_equal(easel.picture(), bare)


@pytest.mark.parametrize("kind", ["plain", "neural"])
@pytest.mark.parametrize("rgb", [(255, 255, 255), (200, 150, 100), (0, 0, 0)])
def test_soft_edges_have_no_fringe(easel: Easel, kind: str, rgb: tuple[int, int, int]) -> None:
    """Along an edge every colour lies between that of the paint and that of the skin."""
    easel.load(getattr(easel, kind), easel.make.neural_textures())
    bare = easel.picture()
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE - 0.5
    easel.renderer.upload_paint(coat(rgb, (6 - 24 * np.hypot(x, y)).clip(0, 1)))
    painted = easel.picture()
    inside = np.s_[10:54, 10:54]
    low, high = np.minimum(bare, rgb), np.maximum(bare, rgb)
    assert (painted >= low - 2)[inside].all()
    assert (painted <= high + 2)[inside].all()


@pytest.mark.parametrize("kind", ["plain", "neural"])
def test_tiles_that_changed_are_enough(easel: Easel, kind: str) -> None:
    rng = np.random.default_rng(0)
    easel.load(getattr(easel, kind))
    maps = coat((250, 20, 90), rng.uniform(0, 1, (SIZE, SIZE)))
    easel.renderer.upload_paint(maps)
    before = easel.picture()
    tiles = {5, 6, 9, 10, 0}
    for tile in tiles:
        row, column = (TILE * each for each in divmod(tile, SIZE // TILE))
        area = np.s_[row : row + TILE, column : column + TILE]
        maps.colour[area] = rng.integers(0, 128, (TILE, TILE, 4))
        maps.shares[area][..., :2] = rng.integers(0, 255, (TILE, TILE, 2))
    easel.renderer.upload_paint(maps, tiles)
    by_tiles = easel.picture()
    assert not np.array_equal(by_tiles, before)
    easel.renderer.upload_paint(None)
    easel.renderer.upload_paint(maps)
    assert np.array_equal(easel.picture(), by_tiles)
    easel.renderer.upload_paint(maps, set())
    assert np.array_equal(easel.picture(), by_tiles)


def test_the_last_tile_taken_back_leaves_nothing(easel: Easel) -> None:
    easel.load(easel.neural)
    bare = easel.picture()
    maps = blank()
    easel.renderer.upload_paint(maps)
    maps.colour[TILE : 2 * TILE, TILE : 2 * TILE] = 200
    easel.renderer.upload_paint(maps, {5})
    assert not np.array_equal(easel.picture(), bare)
    maps.colour[:] = 0
    easel.renderer.upload_paint(maps, {5})
    assert np.array_equal(easel.picture(), bare)
    assert easel.renderer._face._paint is not None
    assert easel.renderer._face._paint.is_blank


def test_gloss_and_wrinkles_scale_what_view_and_expression_do(easel: Easel) -> None:
    make = easel.make

    def bare(view: float, dynamic: float) -> np.ndarray:
        easel.load(easel.neural, make.neural_textures(view, dynamic))
        return easel.picture()

    still, glossy, double = bare(0, -0.3), bare(0.4, -0.3), bare(0.8 * 255 / 256, -0.3)
    smooth, calm = bare(0.4, 0), bare(0, 0)
    assert min(np.abs(glossy - other).max() for other in (still, double, smooth)) > 5
    easel.load(easel.neural)
    for maps, expected in (
        (with_shares(gloss=0), still),
        (with_shares(gloss=255), double),
        (with_shares(wrinkles=0), smooth),
        (with_shares(0, 0), calm),
        (with_shares(), glossy),
    ):
        easel.renderer.upload_paint(maps)
        assert np.abs(easel.picture() - expected).max() <= 1


def test_strengths_of_the_parts_apply_with_and_without_paint(easel: Easel) -> None:
    easel.load(easel.neural)
    diffuse, full = easel.picture(face_view=FaceView.DIFFUSE), easel.picture()
    assert np.array_equal(easel.picture(part_strengths=(0.0, 0.0)), diffuse)
    assert not np.array_equal(full, diffuse)
    easel.load(easel.neural, easel.make.neural_textures(view=0.2, dynamic=-0.6))
    mixed = easel.picture()
    easel.load(easel.neural)
    assert np.abs(easel.picture(part_strengths=(0.5, 2.0)) - mixed).max() <= 1
    easel.renderer.upload_paint(coat((90, 120, 60), 0.999))
    painted = easel.picture()
    away = easel.picture(part_strengths=(0.0, 0.0))
    assert np.abs(away[MIDDLE, MIDDLE] - [90, 120, 60]).max() <= 2
    assert not np.array_equal(painted, away)


def test_parts_of_the_texture_are_shown_under_paint(easel: Easel) -> None:
    """Diffuse, and what view and expression make of it, add up to the picture."""
    easel.load(easel.neural)
    grey = np.full(3, 127.5)
    bare = {view: easel.picture(face_view=view)[MIDDLE, MIDDLE] for view in FaceView}
    easel.renderer.upload_paint(coat((90, 120, 60)))
    shown = {view: easel.picture(face_view=view)[MIDDLE, MIDDLE] for view in FaceView}
    assert np.abs(shown[FaceView.DIFFUSE] - [90, 120, 60]).max() <= 1
    for view, strengths in ((FaceView.VIEW, (1.0, 0.0)), (FaceView.DYNAMIC, (0.0, 1.0))):
        alone = easel.picture(part_strengths=strengths)[MIDDLE, MIDDLE]
        expected = (grey + alone - shown[FaceView.DIFFUSE]).clip(0, 255)
        assert np.abs(expected - shown[view])[alone < 255].max() <= 2
        assert np.abs(bare[view] - grey).max() > 4
    easel.renderer.upload_paint(with_shares(gloss=0))
    off = easel.picture(face_view=FaceView.VIEW)[MIDDLE, MIDDLE]
    assert np.abs(off - grey).max() <= 1
    for view in (FaceView.UV, FaceView.PARTS, FaceView.DISPLACEMENT):
        assert np.array_equal(shown[view], bare[view])


def test_another_avatar_comes_without_paint(easel: Easel) -> None:
    easel.load(easel.neural)
    bare = easel.picture()
    easel.renderer.upload_paint(coat((255, 0, 0)))
    easel.load(easel.neural)
    assert np.array_equal(easel.picture(), bare)


def test_a_coarse_picture_shows_the_mean_of_fine_paint(easel: Easel) -> None:
    """Texels far smaller than a pixel neither sparkle nor vanish."""
    easel.load(easel.neural, easel.make.neural_textures())
    covered = (np.arange(SIZE) % 2)[:, None] * np.ones(SIZE)
    easel.renderer.upload_paint(coat((0, 0, 0), covered))
    fine = easel.picture()
    easel.renderer.upload_paint(coat((0, 0, 0), 0.5))
    assert np.abs(fine - easel.picture())[MIDDLE, MIDDLE].max() <= 2


def test_a_baked_texture_replaces_the_one_before(easel: Easel) -> None:
    easel.load(easel.neural)
    before = easel.picture()
    weights = dict(easel.neural.face.weights)
    texture = weights["neural_texture.texture"].copy()
    texture[0, :, 2:5, 3:7] += 0.5
    weights["neural_texture.texture"] = texture
    baked = replace(easel.neural, face=replace(easel.neural.face, weights=weights))
    easel.renderer.upload_basic(baked)
    partly = easel.picture()
    assert not np.array_equal(partly, before)
    easel.renderer.upload_basic(easel.neural)
    assert np.array_equal(easel.picture(), before)
    easel.load(baked)
    assert np.array_equal(easel.picture(), partly)
    easel.renderer.upload_basic(baked)
    assert np.array_equal(easel.picture(), partly)
    weights["neural_texture.texture"] = texture[..., :4]
    other = replace(easel.neural, face=replace(easel.neural.face, weights=weights))
    with pytest.raises(ShapeError, match=r"expected \[1, 4, 8, 8\] as before"):
        easel.renderer.upload_basic(other)


def test_the_plain_look_follows_a_bake_and_paint_stays(easel: Easel) -> None:
    easel.load(easel.plain)
    covered = np.zeros((SIZE, SIZE))
    covered[: SIZE // 2] = 1
    easel.renderer.upload_paint(coat((0, 0, 255), covered))
    look = np.full((4, 4, 3), (20, 130, 40), np.uint8)
    baked = replace(easel.plain, face=replace(easel.plain.face, texture=look))
    easel.renderer.upload_basic(baked)
    image = easel.picture()
    assert image[20, 32].tolist() == [0, 0, 255]
    assert image[44, 32].tolist() == [20, 130, 40]


def test_what_cannot_be_paint_is_refused(easel: Easel) -> None:
    with pytest.raises(ShapeError, match="upload an avatar first"):
        easel.renderer.upload_basic(easel.neural)
    easel.load(easel.neural)
    for shape in ((TILE, 2 * TILE, 4), (TILE, TILE, 3), (TILE + 1, TILE + 1, 4)):
        odd = PaintMaps(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))
        with pytest.raises(ShapeError):
            easel.renderer.upload_paint(odd)


def test_where_paint_cannot_be_drawn_the_bare_face_is(
    context: moderngl.Context, make: Any, tmp_path: Path
) -> None:
    shutil.copytree(resource_path("shaders"), tmp_path / "shaders")
    (tmp_path / "shaders" / "paint.glsl").write_text("no shader;\n", encoding="utf-8")
    easel = Easel(context, make, ShaderLibrary(tmp_path / "shaders"))
    easel.load(easel.neural)
    bare = easel.picture()
    assert easel.renderer.problem is None
    easel.renderer.upload_paint(coat((255, 0, 0)))
    assert np.array_equal(easel.picture(), bare)
    assert "paint.glsl" in str(easel.renderer.problem)


def test_a_painted_face(
    draw: Any, make: Any, expect_golden: Callable[[np.ndarray, str], None]
) -> None:
    """Rings of colour, a half-covering wash, and a patch without gloss on a neural ball."""
    asset = replace(make.avatar(make.sphere(0.1)), face=make.neural_face())
    frame = replace(make.frame(asset), neural=make.neural_textures(view=0.8, dynamic=-0.5))
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    rings = (8 * (np.sin(60 * np.hypot(2 * x - 0.4, y - 0.4)) - 0.3)).clip(0, 1)
    maps = coat((190, 20, 60), rings)
    wash = np.rint(0.5 * np.array([40, 90, 220, 255]))
    maps.colour[SIZE // 2 :] = wash + 0.5 * maps.colour[SIZE // 2 :]
    maps.shares[:, : SIZE // 8, 0] = 0
    image = draw(asset, make.camera(160, 120, 0.5, 1.2), make.plain, frame, maps)
    expect_golden(image, "ball_painted")
