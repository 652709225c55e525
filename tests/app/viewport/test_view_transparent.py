"""Pictures that the viewport draws apart: without background, and of a moment that is held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.workers.latest import Latest
from avatar_core.mega import neutral_frame
from avatar_core.render.scene import SceneOptions
from tests.app.viewport.test_view_clips import Tap
from tests.app.viewport.view_stage import asset as asset
from tests.app.viewport.view_stage import hidden as hidden
from tests.app.viewport.view_stage import stage as stage

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.project.asset import AvatarAsset
    from tests.app.viewport.view_stage import Stage

pytestmark = pytest.mark.window


class ClearTap(Tap):
    has_alpha = True


def test_a_transparent_clip_is_the_view_without_its_background(stage: Stage) -> None:
    stage.view.set_scene(SceneOptions(show_grid=True))
    opaque, clear = Tap(), ClearTap()
    stage.view.set_clip_tap(opaque)
    stage.view.set_clip_tap(clear)
    stage.view.set_clip_tap(None)
    (whole,), (cut,) = opaque.images, clear.images
    assert cut.shape == (128, 96, 4)
    assert not cut[0].any()  # neither background nor grid
    assert cut[-1, 48, 3] == 255
    laid = cut[..., :3] + (1 - cut[..., 3:] / 255) * 255 * 0.46
    assert np.abs(laid - whole).max() <= 2


def test_what_is_held_stays_whatever_comes(stage: Stage, asset: AvatarAsset) -> None:
    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames)
    before = stage.view.still()
    stage.view.is_held = True
    rest = neutral_frame(asset)
    frames.put(replace(rest, vertices=rest.vertices + np.float32(0.05)))
    stage.view.look()
    assert np.array_equal(stage.view.still(), before)
    stage.view.is_held = False
    frames.put(replace(rest, vertices=rest.vertices + np.float32(0.05)))
    stage.view.look()
    assert not np.array_equal(stage.view.still(), before)


def test_pictures_apart_come_with_the_scene_that_is_shown(stage: Stage) -> None:
    stage.view.set_scene(SceneOptions(background=(1.0, 0.0, 0.0), selection_strength=0.7))
    told: list[SceneOptions] = []
    stage.view.draw_apart(lambda draw, scene: told.append(scene))
    assert (told[0].background, told[0].selection_strength) == ((1.0, 0.0, 0.0), 0.0)
