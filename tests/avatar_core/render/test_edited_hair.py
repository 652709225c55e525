"""Other hair on an avatar that stays: what edits do to the picture, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import HIDDEN, SELECTED
from avatar_core.render.data_textures import WIDTH
from avatar_core.render.renderer import Renderer

if TYPE_CHECKING:
    import moderngl

pytestmark = pytest.mark.gl

CAMERA_PX = 64


class Stage:
    """A renderer with an avatar in a ball of hair, drawn into a picture of its own."""

    def __init__(self, context: moderngl.Context, make: Any, hair: GaussianCloud) -> None:
        self.make = make
        self.context = context
        self.asset = make.avatar(make.sphere(0.05), hair)
        self.renderer = Renderer(context)
        self.renderer.upload_avatar(self.asset)
        self.target = context.simple_framebuffer((CAMERA_PX, CAMERA_PX))

    def picture(self, hair: GaussianCloud, **scene: Any) -> np.ndarray:
        """[H, W, 3] with hair where it lies."""
        frame = self.make.frame(self.asset)
        frame = replace(frame, hair_means=hair.means, hair_quats=hair.quats)
        self.renderer.upload_frame(frame)
        camera = self.make.camera(CAMERA_PX, CAMERA_PX)
        self.renderer.draw(camera, self.target, replace(self.make.plain, **scene))
        assert self.context.error == "GL_NO_ERROR"
        pixels = np.frombuffer(self.target.read(alignment=1), np.uint8)
        return pixels.reshape(CAMERA_PX, CAMERA_PX, 3)[::-1]


def ball_of_hair(make: Any, count: int = 300, seed: int = 0) -> GaussianCloud:
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(count, 3))
    means *= 0.08 / np.linalg.norm(means, axis=1, keepdims=True)
    cloud = make.gaussians(means, rng.uniform(0, 1, (count, 3)), 0.005, 0.8)
    sh = np.concatenate([cloud.sh, rng.normal(0, 0.2, (count, 3, 3)).astype(np.float32)], axis=1)
    return replace(cloud, sh=sh)


@pytest.fixture
def stage(context: moderngl.Context, make: Any) -> Stage:
    return Stage(context, make, ball_of_hair(make))


def drawn_anew(stage: Stage, hair: GaussianCloud, **scene: Any) -> np.ndarray:
    """What another renderer draws that was given this hair from the start."""
    return Stage(stage.context, stage.make, hair).picture(hair, **scene)


@pytest.mark.parametrize("count", [0, 1, 40, 300, 301, WIDTH, WIDTH + 1, 3 * WIDTH])
def test_hair_of_any_size_looks_as_if_it_had_been_the_avatars(stage: Stage, count: int) -> None:
    own = stage.picture(stage.asset.hair)
    other = ball_of_hair(stage.make, count, seed=1)
    stage.renderer.upload_hair(other)
    assert np.array_equal(stage.picture(other), drawn_anew(stage, other))
    stage.renderer.upload_hair(stage.asset.hair)
    assert np.array_equal(stage.picture(stage.asset.hair), own)


def test_a_few_rows_may_change_their_colours_and_a_few_may_come_and_go(stage: Stage) -> None:
    hair = stage.asset.hair
    sh = hair.sh.copy()
    sh[100:120] = -sh[100:120]
    dyed = replace(hair, sh=sh)
    more = GaussianCloud(
        *(
            np.concatenate([getattr(dyed, name), getattr(dyed, name)[:7] * factor])
            for name, factor in (
                ("means", np.float32(1.1)), ("quats", np.float32(1)), ("scales", np.float32(1)),
                ("opacities", np.float32(1)), ("sh", np.float32(0.5)), ("flags", np.uint8(1)),
            )
        )
    )  # fmt: skip
    for cloud in (dyed, more, hair, more, dyed):
        stage.renderer.upload_hair(cloud)
        assert np.array_equal(stage.picture(cloud), drawn_anew(stage, cloud))


def test_hidden_rows_are_not_drawn_and_come_back(stage: Stage) -> None:
    hair = stage.asset.hair
    own = stage.picture(hair)
    flags = hair.flags.copy()
    flags[::2] = HIDDEN
    stage.renderer.upload_hair(replace(hair, flags=flags))
    half = hair.subset(slice(1, None, 2))
    assert np.array_equal(stage.picture(hair), drawn_anew(stage, half))
    stage.renderer.upload_hair(hair)
    assert np.array_equal(stage.picture(hair), own)


def test_the_tint_is_as_strong_as_each_is_selected(context: moderngl.Context, make: Any) -> None:
    hair = make.gaussians(
        [[x, 0, 0] for x in (-0.08, -0.03, 0.03, 0.08)], (0.0, 0.0, 1.0), 0.008, 0.95
    )
    stage = Stage(context, make, hair)
    stage.asset = replace(stage.asset, head=make.still_head(np.zeros((1, 3)), np.zeros((0, 3))))
    stage.renderer.upload_avatar(stage.asset)
    stage.renderer.upload_hair(hair, np.array([0, 0.25, 0.5, 1], np.float32))
    plain = stage.picture(hair)
    assert plain[..., 0].max() == 0
    tinted = stage.picture(hair, selection_tint=(1.0, 0.0, 0.0), selection_strength=0.8)
    bright = plain[..., 2].max(axis=0).astype(float)
    # +x is at the right of a picture from the front.
    columns = [int(np.round(CAMERA_PX / 2 + CAMERA_PX * x / (1.2 * np.tan(0.225)))) for x in
               hair.means[:, 0]]  # fmt: skip
    shares = tinted[..., 0].max(axis=0)[columns] / bright[columns]
    assert shares == pytest.approx(np.array([0, 0.2, 0.4, 0.8]), abs=0.02)
    stage.renderer.upload_hair(hair, np.zeros(4, np.float32))
    assert np.array_equal(stage.picture(hair, selection_strength=1.0), plain)


def test_without_weights_flags_say_what_is_selected(stage: Stage) -> None:
    hair = stage.asset.hair
    flags = hair.flags.copy()
    flags[:150] = SELECTED
    weights = (np.arange(300) < 150).astype(np.float32)
    stage.renderer.upload_hair(replace(hair, flags=flags))
    by_flags = stage.picture(hair, selection_strength=0.7)
    stage.renderer.upload_hair(hair, weights)
    assert np.array_equal(stage.picture(hair, selection_strength=0.7), by_flags)


def test_other_hair_needs_a_frame_of_its_own(stage: Stage) -> None:
    hair = stage.asset.hair
    stage.picture(hair)
    stage.renderer.upload_hair(hair.subset(slice(0, 10)))
    assert stage.renderer.pick(32, 32) is None
    with pytest.raises(ShapeError, match=r"hair_means: expected \[10, 3\]"):
        stage.renderer.upload_frame(stage.make.frame(stage.asset))
    with pytest.raises(ShapeError, match="weights"):
        stage.renderer.upload_hair(hair, np.zeros(3, np.float32))
    with pytest.raises(ShapeError, match="upload an avatar first"):
        Renderer(stage.context).upload_hair(hair)


def test_another_avatar_wears_its_own_hair(stage: Stage) -> None:
    own = stage.picture(stage.asset.hair)
    stage.renderer.upload_hair(ball_of_hair(stage.make, 20, seed=2))
    stage.renderer.upload_avatar(stage.asset)
    assert np.array_equal(stage.picture(stage.asset.hair), own)


def test_picks_hair_where_it_was_put_and_as_large_as_it_was_made(
    context: moderngl.Context, make: Any
) -> None:
    hair = make.gaussians([[0, 0, 0.07]], scales=0.002, opacities=0.9)
    stage = Stage(context, make, hair)
    added = make.gaussians([[0, 0, 0.07], [0.03, 0, 0.07]], scales=0.002, opacities=0.9)
    stage.renderer.upload_hair(added)
    stage.picture(added)
    camera = make.camera(CAMERA_PX, CAMERA_PX)
    pixels, _ = camera.project(added.means)

    def row_at(pixel: np.ndarray) -> int | None:
        hit = stage.renderer.pick(*pixel)
        return None if hit is None else hit.hair_index

    assert [row_at(each) for each in pixels] == [0, 1]
    beside = pixels[1] + [0, 9]
    assert row_at(beside) is None
    frame = replace(
        make.frame(stage.asset),
        hair_means=added.means,
        hair_quats=added.quats,
        hair_scales=np.array([[0.002] * 3, [0.03] * 3], np.float32),
        hair_opacities=np.array([0.9, 0.9], np.float32),
    )
    stage.renderer.upload_frame(frame)
    assert row_at(beside) == 1
    faded = replace(frame, hair_opacities=np.array([0.9, 0.0], np.float32))
    stage.renderer.upload_frame(faded)
    assert row_at(pixels[1]) is None
