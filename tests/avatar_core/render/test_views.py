"""What can be shown instead of the avatar's look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.render.scene import Blending, FaceView, HairView

if TYPE_CHECKING:
    from avatar_core.frame import NeuralTextures

pytestmark = pytest.mark.gl

GREY = 127.5
BOTH = pytest.mark.parametrize("blending", list(Blending))


def of_neural(
    draw: Any, make: Any, textures: NeuralTextures, view: FaceView, **options: object
) -> np.ndarray:
    """A view of a square with a neural face, from the front: numbers 0..255."""
    asset = replace(make.avatar(make.square(0.06)), face=make.neural_face())
    frame = replace(make.frame(asset), neural=textures)
    scene = replace(make.plain, face_view=view, **options)
    return draw(asset, make.camera(), scene, frame).astype(float)


FACE = np.s_[20:44, 20:44]
"""Pixels that the square fills."""
LEFT, RIGHT = np.s_[20:44, 20:28], np.s_[20:44, 36:44]


@BOTH
def test_diffuse_is_the_colour_before_view_and_expression_change_it(
    draw: Any, make: Any, blending: Blending
) -> None:
    still, moving = make.neural_textures(), make.neural_textures(view=0.4, dynamic=-0.7)
    shown = {
        (name, view): of_neural(draw, make, textures, view, blending=blending)[FACE]
        for name, textures in (("still", still), ("moving", moving))
        for view in (FaceView.COLOUR, FaceView.DIFFUSE)
    }
    diffuse = shown["still", FaceView.DIFFUSE]
    assert diffuse.std() > 10, "an empty picture"
    assert np.array_equal(shown["still", FaceView.COLOUR], diffuse)
    assert np.array_equal(shown["moving", FaceView.DIFFUSE], diffuse)
    assert np.abs(shown["moving", FaceView.COLOUR] - diffuse).max() > 20


@BOTH
@pytest.mark.parametrize(
    ("view", "other"), [(FaceView.VIEW, "dynamic"), (FaceView.DYNAMIC, "view")]
)
def test_a_part_that_moves_is_shown_on_grey(
    draw: Any, make: Any, view: FaceView, other: str, blending: Blending
) -> None:
    """Only where it changes something, and without what the other part changes."""
    half = np.zeros((8, 8, 4))
    half[:, :3] = 0.25
    textures = make.neural_textures(**{str(view): half, other: 0.5})
    image = of_neural(draw, make, textures, view, blending=blending)
    assert np.abs(image[RIGHT] - GREY).max() <= 1
    assert np.abs(image[LEFT] - GREY).max() > 20
    alone = make.neural_textures(**{str(view): half})
    colour = of_neural(draw, make, alone, FaceView.COLOUR, blending=blending)
    diffuse = of_neural(draw, make, alone, FaceView.DIFFUSE, blending=blending)
    expected = np.clip(GREY + colour - diffuse, 0, 255)
    np.testing.assert_allclose(image[LEFT], expected[LEFT], atol=2)


def test_until_its_textures_come_a_neural_face_is_plain(draw: Any, make: Any) -> None:
    asset = replace(make.avatar(make.square(0.06)), face=make.neural_face())
    assert draw(asset, make.camera())[32, 32].tolist() == [77, 77, 77]
    decoded = replace(make.frame(asset), neural=make.neural_textures())
    assert draw(asset, make.camera(), frame=decoded)[FACE].std() > 10


@BOTH
def test_uv_is_red_and_green_with_a_checker(draw: Any, make: Any, blending: Blending) -> None:
    scene = replace(make.plain, face_view=FaceView.UV, blending=blending)
    camera = make.camera()
    image = draw(make.avatar(make.square(0.06)), camera, scene)[FACE].astype(float)
    columns = (np.arange(20, 44) + 0.5 - camera.intrinsics[0, 2]) / camera.intrinsics[0, 0]
    u = 0.5 + 0.5 * columns * 0.6 / 0.06
    by_blue = image[..., :2] * 0.25 / image[..., 2:]
    np.testing.assert_allclose(by_blue[..., 0], np.tile(u, (24, 1)), atol=0.03)
    np.testing.assert_allclose(by_blue[..., 1], np.tile(u[::-1], (24, 1)).T, atol=0.03)
    tone = image[..., 2] / (0.25 * 255)
    for expected in (0.8, 1.0):
        assert (np.abs(tone - expected) < 0.02).mean() > 0.4, "the squares of the checker"


@BOTH
def test_each_part_has_a_colour_of_its_own(draw: Any, make: Any, blending: Blending) -> None:
    scene = replace(make.plain, face_view=FaceView.PARTS, blending=blending)
    image = draw(make.avatar(make.sphere(0.1)), make.camera(), scene)
    scalp, skin = image[16, 32], image[32, 32]
    assert np.abs(scalp.astype(int) - skin).max() > 40
    rows = image[12:52, 32]
    inside = (rows == scalp).all(axis=1) | (rows == skin).all(axis=1)
    assert np.count_nonzero(~inside) <= 1, "but for the pixel between them"
    assert (image[32, 14:50] == skin).all()


@BOTH
def test_displacement_is_a_direction_on_grey(draw: Any, make: Any, blending: Blending) -> None:
    asset = make.avatar(make.square(0.06))
    moved = np.array([[0.00025, 0, -0.000125]] * 2 + [[0, 0, 0]] * 2, np.float32)
    scene = replace(make.plain, face_view=FaceView.DISPLACEMENT, blending=blending)
    frame = replace(make.frame(asset), displacements=moved)
    image = draw(asset, make.camera(), scene, frame).astype(float)
    share = np.clip((np.arange(20, 44) + 0.5 - 18.0) / 28.0, 0, 1)  # of the way down the square
    np.testing.assert_allclose(image[20:44, 32, 0], 255 * (0.5 + 0.25 * share), atol=3)
    np.testing.assert_allclose(image[20:44, 32, 1], GREY, atol=1)
    np.testing.assert_allclose(image[20:44, 32, 2], 255 * (0.5 - 0.125 * share), atol=3)
    still = draw(asset, make.camera(), scene)
    np.testing.assert_allclose(still[FACE], GREY, atol=1)


@BOTH
def test_distances_are_light_near_and_dark_far(draw: Any, make: Any, blending: Blending) -> None:
    """The face at the far end, hair at the near one and half way."""
    hair = make.gaussians([[-0.02, 0, 0.10], [0.02, 0, 0.05]], (1, 0, 0), 0.008, 0.99)
    scene = replace(make.plain, show_depth=True, blending=blending)
    image = draw(make.avatar(make.square(0.06), hair), make.camera(), scene)
    camera = make.camera()
    (near, middle), _ = camera.project(hair.means)
    assert image[int(near[1]), int(near[0])].tolist() == pytest.approx([250] * 3, abs=5)
    assert image[int(middle[1]), int(middle[0])].tolist() == pytest.approx([125] * 3, abs=5)
    assert image[44, 32].tolist() == [0, 0, 0]


@BOTH
def test_wires_lie_over_the_face_and_nowhere_else(draw: Any, make: Any, blending: Blending) -> None:
    """A square is two triangles: its border and a diagonal, down to the right."""
    asset = make.avatar(make.square(0.06), texture=(255, 255, 255))
    scene = replace(make.plain, blending=blending)
    plain = draw(asset, make.camera(), scene)
    wired = draw(asset, make.camera(), replace(scene, show_wireframe=True))
    changed = (plain != wired).any(axis=-1)
    rows, columns = np.nonzero(changed[FACE])
    assert len(rows) >= 20
    assert np.abs(rows - columns).max() <= 1
    assert wired[FACE][rows, columns].max() < 170


def test_a_hidden_wire_stays_hidden(draw: Any, make: Any) -> None:
    faces = [[0, 1, 2], [3, 4, 5]]
    corners = np.array([[-0.05, -0.05], [0.05, -0.05], [0, 0.07]])
    small, large = 0.3 * corners, 2 * corners
    vertices = np.vstack([np.column_stack([small, [-0.02] * 3]), np.column_stack([large, [0] * 3])])
    asset = make.avatar(make.still_head(vertices, faces), texture=(255, 255, 255))
    wired = draw(asset, make.camera(), replace(make.plain, show_wireframe=True))
    assert wired[28:40, 24:40].min() == 255


def test_ellipsoids_are_solid_and_end_at_their_size(draw: Any, make: Any) -> None:
    """However transparent the Gaussian is."""
    hair = make.gaussians([0, 0, 0], (1, 0.5, 0.25), (0.02, 0.01, 0.01), 0.3)
    scene = replace(make.plain, hair_view=HairView.ELLIPSOIDS)
    image = draw(make.avatar(hair=hair), make.camera(), scene).astype(int)
    assert image[32, 32] == pytest.approx([255, 128, 64], abs=3)
    covered = np.nonzero(image[32, :, 0])[0]
    half_px = 1.5 * np.hypot(0.02 * make.camera().intrinsics[0, 0] / 0.6, np.sqrt(0.3))
    assert covered.min() == pytest.approx(32 - half_px, abs=1)
    assert covered.max() == pytest.approx(31 + half_px, abs=1)
    assert image[32, covered[0], 0] < 160, "darker at the rim"
    assert image[32, covered[0], 0] > 80, "and not transparent"


def test_an_ellipsoid_hides_those_behind_it(draw: Any, make: Any) -> None:
    hair = make.gaussians([[0, 0, 0.03], [0, 0, -0.03]], [[1, 0, 0], [0, 1, 0]], 0.01, 0.4)
    scene = replace(make.plain, hair_view=HairView.ELLIPSOIDS)
    image = draw(make.avatar(hair=hair), make.camera(), scene)
    assert image[32, 32, 1] == 0
    assert image[32, 32, 0] > 240
