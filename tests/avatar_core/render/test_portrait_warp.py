"""Warped photographs, drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.emoportraits.landmark_warp import WarpPortrait
from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import IRISES, LIDS_LOWER, LIDS_UPPER
from avatar_core.errors import RenderError
from avatar_core.frame import PortraitFrame
from avatar_core.motion import MotionFrame
from avatar_core.render.portrait_offscreen import OffscreenPortrait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.frame import WarpMesh, WarpSource
    from avatar_core.geometry import UInt8

pytestmark = pytest.mark.gl

WIDTH, HEIGHT, FACE_PX = 480, 500, 50.0
SKIN, WHITE, IRIS, LIPS = (200, 150, 120), (235, 232, 230), (60, 90, 160), (170, 70, 70)


class Drawing:
    """Draws warped photographs; what of them is not covered stays black."""

    def __init__(self, offscreen: OffscreenPortrait) -> None:
        self.offscreen = offscreen

    def draw(
        self,
        source: WarpSource,
        mesh: WarpMesh,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        shown: tuple[float, float, float, float] = (0.0, 0.0, WIDTH, HEIGHT),
    ) -> UInt8:
        """[H, W, 3]."""
        frame = PortraitFrame(MotionFrame(), (WIDTH, HEIGHT), shown, warp=(source, mesh))
        drawn = self.offscreen.draw(frame, size)
        assert (drawn[..., 3] == 255).all()
        return drawn[..., :3]


@pytest.fixture(scope="module")
def drawn() -> Iterator[Drawing]:
    try:
        offscreen = OffscreenPortrait()
    except RenderError as error:
        pytest.skip(f"no OpenGL here: {error}")
    yield Drawing(offscreen)
    offscreen.release()


@pytest.fixture(scope="module")
def portrait() -> WarpPortrait:
    """The average face, painted in flat colours over blue noise."""
    import cv2

    points = load_face_motion().neutral.astype(np.float64).copy()
    for eye in range(2):
        middle = points[[*LIDS_UPPER[eye], *LIDS_LOWER[eye]]].mean(0)
        around = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
        points[IRISES[eye]] = middle + 0.08 * around
    landmarks = FACE_PX * points * [1, -1, -1] + [WIDTH / 2, HEIGHT / 2, 0]
    picture = np.random.default_rng(0).integers(0, 60, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    picture[..., 2] += 150
    outline = cv2.convexHull(landmarks[:, :2].astype(np.int32))
    cv2.fillConvexPoly(picture, outline, SKIN)
    for eye in range(2):
        ring = np.concatenate([LIDS_UPPER[eye], LIDS_LOWER[eye][::-1]])
        cv2.fillPoly(picture, [np.round(landmarks[ring, :2]).astype(np.int32)], WHITE)
        x, y = np.round(landmarks[IRISES[eye][0], :2]).astype(int)
        cv2.circle(picture, (int(x), int(y)), 4, IRIS, -1)
    return WarpPortrait(
        picture, landmarks.astype(np.float32), np.zeros(52, np.float32), np.zeros(3, np.float32)
    )


def colour_at(
    image: np.ndarray, portrait: WarpPortrait, landmark: int, size: int = 2
) -> np.ndarray:
    """[3] the mean colour around a landmark of the photograph."""
    x, y = portrait.mesh(MotionFrame()).positions[landmark, :2].astype(int)
    return image[y - size : y + size + 1, x - size : x + size + 1].mean((0, 1))


def test_at_rest_the_picture_is_itself(drawn, portrait) -> None:
    image = drawn.draw(portrait.source, portrait.mesh(MotionFrame()))
    assert np.abs(image.astype(int) - portrait.source.picture).max() <= 1


def test_no_hole_shows_however_it_moves(drawn, portrait) -> None:
    black = WarpPortrait(
        np.zeros_like(portrait.source.picture),
        portrait.mesh(MotionFrame()).positions[:478],
        np.zeros(52, np.float32),
        np.zeros(3, np.float32),
    )
    for degrees in ((0, 35, 0), (0, -35, 0), (25, 0, 0), (-25, 0, 0), (0, 0, 30)):
        motion = MotionFrame(
            weights=MotionFrame.from_units(jawOpen=1.0).weights,
            head_rotation=np.radians(degrees).astype(np.float32),
        )
        drawn.draw(black.source, black.mesh(MotionFrame()))  # what a hole would show
        image = drawn.draw(portrait.source, portrait.mesh(motion))
        assert (image.max(2) > 0).all()


def test_a_closed_eye_shows_skin(drawn, portrait) -> None:
    iris = IRISES[0][0]
    blink = MotionFrame.from_units(eyeBlinkLeft=1.0)
    image = drawn.draw(portrait.source, portrait.mesh(blink))
    assert np.abs(colour_at(image, portrait, iris) - SKIN).max() < 30
    other = colour_at(image, portrait, IRISES[1][0])
    assert np.abs(other - IRIS).max() < 30


def iris_columns(image: np.ndarray, portrait: WarpPortrait, eye: int) -> np.ndarray:
    """Columns of an eye, through its middle, that have the colour of the iris."""
    x, y = portrait.source.irises[eye, :2].astype(int)
    row = image[y, x - 15 : x + 15].astype(int)
    return np.flatnonzero(np.abs(row - IRIS).max(1) < 40) + x - 15


def test_a_look_aside_moves_the_iris_and_leaves_white(drawn, portrait) -> None:
    look = MotionFrame(gaze=np.array([[0.5, 0.0], [0.5, 0.0]], np.float32))
    mesh = portrait.mesh(look)
    image = drawn.draw(portrait.source, mesh)
    for eye in range(2):
        was = iris_columns(portrait.source.picture, portrait, eye)
        now = iris_columns(image, portrait, eye)
        assert now.mean() - was.mean() == pytest.approx(mesh.iris_shifts[eye, 0], abs=1.5)
        x, y = int(was.min()), int(portrait.source.irises[eye, 1])
        assert np.abs(image[y, x].astype(int) - WHITE).max() < 40


def test_an_open_mouth_is_dark_under_teeth(drawn, portrait) -> None:
    mesh = portrait.mesh(MotionFrame.from_units(jawOpen=0.8))
    image = drawn.draw(portrait.source, mesh).astype(int)
    x, top = mesh.positions[13, :2].astype(int)
    bottom = int(mesh.positions[14, 1])
    column = image[top + 2 : bottom - 1, x].mean(1)
    assert column[: len(column) // 4].max() > 120
    assert column[len(column) // 2 :].max() < 100


def test_any_size_and_any_part_of_the_picture(drawn, portrait) -> None:
    mesh = portrait.mesh(MotionFrame())
    large = drawn.draw(portrait.source, mesh, (2 * WIDTH, 2 * HEIGHT))
    assert large.shape == (2 * HEIGHT, 2 * WIDTH, 3)
    box_means = large.reshape(HEIGHT, 2, WIDTH, 2, 3).mean((1, 3))
    assert np.abs(box_means - portrait.source.picture).mean() < 12
    part = drawn.draw(portrait.source, mesh, (60, 50), (40.0, 30.0, 60.0, 50.0))
    assert np.abs(part.astype(int) - portrait.source.picture[30:80, 40:100]).max() <= 1


def test_another_photograph_replaces_the_last(drawn, portrait) -> None:
    darker = WarpPortrait(
        portrait.source.picture // 2,
        portrait.mesh(MotionFrame()).positions[:478],
        np.zeros(52, np.float32),
        np.zeros(3, np.float32),
    )
    drawn.draw(portrait.source, portrait.mesh(MotionFrame()))
    image = drawn.draw(darker.source, darker.mesh(MotionFrame()))
    assert np.abs(image.astype(int) - darker.source.picture).max() <= 1


def test_who_was_cut_out_shows_what_is_behind(drawn, portrait) -> None:
    """The left third of the picture is cut away: green there, the photograph elsewhere."""
    picture = np.dstack([portrait.source.picture, np.full((HEIGHT, WIDTH), 255, np.uint8)])
    picture[:, : WIDTH // 3] = 0
    cut = replace(portrait.source, picture=picture)
    shown, green = (0.0, 0.0, WIDTH, HEIGHT), (0.0, 1.0, 0.0, 1.0)
    for behind, wanted in ((green, (0, 255, 0, 255)), ((0.0,) * 4, (0, 0, 0, 0))):
        frame = PortraitFrame(
            MotionFrame(), (WIDTH, HEIGHT), shown, behind, warp=(cut, portrait.mesh(MotionFrame()))
        )
        image = drawn.offscreen.draw(frame, (WIDTH, HEIGHT))
        assert (image[:, : WIDTH // 3 - 2] == wanted).all()
        right = image[:, WIDTH // 3 + 2 :]
        np.testing.assert_allclose(
            right[..., :3], portrait.source.picture[:, WIDTH // 3 + 2 :], atol=1
        )
        assert (right[..., 3] == 255).all()
