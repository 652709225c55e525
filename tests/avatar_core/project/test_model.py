from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.project import (
    SLIDERS,
    CameraBookmark,
    Change,
    Clip,
    Expression,
    Part,
    Project,
    Scene,
    digest,
    take_source,
)


def test_changes_add_up() -> None:
    both = Change.of(Part.MIXER) | Change.of(Part.SCENE, Part.MIXER)
    assert both == Change.of(Part.SCENE, Part.MIXER)


def test_expression_as_motion_leaves_resting_gaze_to_the_sliders() -> None:
    assert Expression().motion().gaze is None
    turned = Expression(gaze=np.array([0.1, -0.2], np.float32)).motion(2.0)
    assert turned.time_s == 2.0
    assert turned.gaze is not None
    assert turned.gaze.tolist() == [turned.gaze[0].tolist()] * 2


def test_with_weight_leaves_the_old_pose_alone() -> None:
    rest = Expression()
    assert rest.with_weight("jawOpen", 0.5).weight("jawOpen") == 0.5
    assert rest.weight("jawOpen") == 0.0


@pytest.mark.parametrize(
    "values",
    [
        {"weights": np.full(52, 1.5, np.float32)},
        {"weights": np.full(52, np.nan, np.float32)},
        {"weights": np.zeros(52)},
        {"gaze": np.array([np.inf, 0], np.float32)},
    ],
)
def test_poses_that_cannot_be_are_refused(values: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Expression(**values)


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="head_rotation"):
        Expression(head_rotation=np.zeros(4, np.float32))


def test_scenes_clips_and_bookmarks_that_cannot_be_are_refused() -> None:
    bookmark = CameraBookmark("Front", (0.0, 1.5, 0.0), 0.0, 0.0, 1.0, 0.35)
    clip = Clip("/a.mp4", "", 64, 64, 30.0)
    for act in (
        lambda: Scene(background=(0.0, 0.0, 2.0)),
        lambda: Scene(background=(0.0, 0.0, float("nan"))),
        lambda: replace(clip, width_px=0),
        lambda: replace(clip, height_px=1 << 20),
        lambda: replace(clip, fps=0.0),
        lambda: replace(clip, fps=float("nan")),
        lambda: replace(bookmark, target=(0.0, 1.0)),
        lambda: replace(bookmark, target=(0.0, 1.0, float("nan"))),
        lambda: replace(bookmark, yaw_rad=7.0),
        lambda: replace(bookmark, pitch_rad=float("nan")),
        lambda: replace(bookmark, distance_m=0.0),
        lambda: replace(bookmark, fov_y_rad=3.2),
    ):
        with pytest.raises(ValueError, match=r"expected|impossible"):
            act()


def test_a_copy_is_not_touched_by_edits_and_can_be_restored(full_project: Project) -> None:
    before = digest(full_project)
    copy = full_project.copy()
    full_project.takes.clear()
    full_project.clips.clear()
    full_project.bookmarks.clear()
    full_project.name = "Other"
    assert digest(copy) == before
    full_project.restore(copy)
    assert digest(full_project) == before
    full_project.takes.clear()
    assert digest(copy) == before


def test_source_take_is_the_take_that_drives(full_project: Project) -> None:
    assert full_project.source_take is full_project.takes["take-one"]
    for source in (SLIDERS, "camera:0", "file:/a.mp4", take_source("gone")):
        full_project.source = source
        assert full_project.source_take is None


def test_a_whole_rate_of_a_clip_is_the_same_value_as_a_file_gives_back() -> None:
    assert digest(Clip("/a.mp4", "", 64, 64, 30)) == digest(Clip("/a.mp4", "", 64, 64, 30.0))
