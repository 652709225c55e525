"""The viewport with paint on the face."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.viewport.comparison import BeforeAvatar, Compare
from app.workers.latest import Latest
from avatar_core.mega import neutral_frame
from avatar_core.texture.composite import AS_IT_IS, PaintMaps
from tests.app.viewport.still_view import asset as asset
from tests.app.viewport.still_view import picture
from tests.app.viewport.still_view import view as view

if TYPE_CHECKING:
    from app.viewport.avatar_view import AvatarView
    from avatar_core.frame import AvatarFrame
    from avatar_core.project.asset import AvatarAsset

pytestmark = pytest.mark.window

SIZE = 512
GREEN = (20, 230, 40)


def blank() -> PaintMaps:
    shares = np.full((SIZE, SIZE, 4), AS_IT_IS, np.uint8)
    return PaintMaps(np.zeros((SIZE, SIZE, 4), np.uint8), shares)


def green() -> PaintMaps:
    maps = blank()
    maps.colour[:] = (*GREEN, 255)
    return maps


def green_share(image: np.ndarray) -> float:
    """Share of the pixels that are as green as the paint."""
    return float((np.abs(image.astype(int) - GREEN).max(axis=2) < 40).mean())


class Tap:
    """A clip that keeps its pictures."""

    width_px, height_px, fps = 96, 128, 30.0
    has_alpha = False

    def __init__(self) -> None:
        self.images: list[np.ndarray] = []

    def wants(self, captured_s: float) -> bool:
        return True

    def submit(self, image: np.ndarray, captured_s: float) -> None:
        self.images.append(image)


def test_paint_is_seen_at_once_and_comes_off(view: AvatarView) -> None:
    bare = picture(view)
    view.set_paint(green())
    assert green_share(picture(view)) > 0.02
    view.set_paint(None)
    assert np.array_equal(picture(view), bare)
    view.set_paint(blank())
    assert np.array_equal(picture(view), bare)
    assert view.shown_frame is view.base_frame


def test_a_stroke_brings_its_tiles_alone_to_the_card(
    view: AvatarView, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = blank()
    view.set_paint(maps)
    bare = picture(view)
    assert view._graphics is not None
    given: list[Any] = []
    upload = view._graphics.renderer.upload_paint

    def noted(paint: Any, tiles: set[int] | None = None) -> None:
        given.append(None if tiles is None else set(tiles))
        upload(paint, tiles)

    monkeypatch.setattr(view._graphics.renderer, "upload_paint", noted)
    middle = {8 * row + column for row in (2, 3) for column in (3, 4)}
    maps.colour[128:256, 192:320] = (*GREEN, 255)
    view.paint_changed(middle)
    painted = picture(view)
    assert given == [middle]
    assert green_share(painted) > 0.01
    assert not np.array_equal(painted, bare)


def test_sculpting_moves_what_brushes_and_pictures_meet(view: AvatarView) -> None:
    bare = picture(view)
    maps = blank()
    view.set_paint(maps)
    maps.shares[..., 2] = 255
    view.paint_changed(set(range(64)))
    assert view.shown_frame is not None
    assert view.base_frame is not None
    away = np.linalg.norm(view.shown_frame.vertices - view.base_frame.vertices, axis=1)
    assert away.max() == pytest.approx(0.004, abs=1e-4)
    assert (np.abs(picture(view).astype(int) - bare).max(axis=2) > 12).mean() > 0.005


def test_stills_and_clips_show_paint(view: AvatarView) -> None:
    tap = Tap()
    maps = blank()
    view.set_paint(maps)
    view.set_clip_tap(tap)
    maps.colour[:] = (*GREEN, 255)
    view.paint_changed(set(range(64)))
    view.look()
    view.set_clip_tap(None)
    assert green_share(tap.images[0]) < 0.01
    assert green_share(tap.images[-1]) > 0.02
    still = view.still(2)
    assert still is not None
    assert green_share(still) > 0.02


def test_before_is_bare(view: AvatarView, asset: AvatarAsset) -> None:
    frames: Latest[AvatarFrame] = Latest()
    bare = picture(view)
    view.set_paint(green())
    view.compare_with(BeforeAvatar(asset, neutral_frame(asset), frames, lambda _frame: None))
    view.show_comparison(Compare.BEFORE)
    assert np.array_equal(picture(view), bare)
    view.show_comparison(Compare.SPLIT)
    split = picture(view)
    half = split.shape[1] // 2
    assert green_share(split[:, : half - 4]) < 0.005
    assert green_share(split[:, half + 4 :]) > 0.02
    view.compare_with(None)


def test_another_avatar_comes_without_paint_and_edited_hair_keeps_it(
    view: AvatarView, asset: AvatarAsset
) -> None:
    bare = picture(view)
    view.set_paint(green())
    view.set_hair(None)
    assert green_share(picture(view)) > 0.02
    other = replace(asset, name="Another")
    view.set_avatar(other, neutral_frame(other))
    assert np.array_equal(picture(view), bare)


def test_a_baked_face_keeps_camera_frame_and_paint(view: AvatarView, asset: AvatarAsset) -> None:
    maps = blank()
    maps.colour[:, : SIZE // 2] = (*GREEN, 255)
    view.set_paint(maps)
    before, pose, frame = picture(view), view.rig.pose, view.shown_frame
    look = np.full_like(asset.face.texture, 90)
    name = "neural_texture.texture"
    weights = {**asset.face.weights, name: asset.face.weights[name] + 0.1}
    view.set_face(replace(asset, face=replace(asset.face, texture=look, weights=weights)))
    after = picture(view)
    assert view.rig.pose is pose
    assert view.shown_frame is frame
    assert green_share(after) == pytest.approx(green_share(before), abs=0.01)
    assert (np.abs(after.astype(int) - before).max(axis=2) > 12).mean() > 0.01
    view.set_face(asset)
    assert np.array_equal(picture(view), before)
