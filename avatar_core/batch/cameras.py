"""From what a job says of its camera to cameras."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import RecordingError
from avatar_core.project import CameraBookmark
from avatar_core.recording.camera_path import (
    CameraPath,
    CameraPlan,
    FramedView,
    NamedView,
    Turntable,
    View,
    camera_of,
    path_view,
    turntable_view,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Camera
    from avatar_core.project import AvatarAsset
    from avatar_core.recording.camera_path import CameraAt


def camera_for(
    plan: CameraPlan,
    asset: AvatarAsset,
    bookmarks: Mapping[str, CameraBookmark],
    size: tuple[int, int],
) -> Camera | CameraAt:
    """The camera of a plan, or one for each time of the take where it moves.

    Args:
        plan: where from.
        asset: who is framed.
        bookmarks: of the project, by id.
        size: width and height of the picture, pixels.

    Raises:
        RecordingError: there is no such bookmark.
    """
    from avatar_core.recording.offline import portrait_camera

    def resolved(view: View) -> CameraBookmark:
        if isinstance(view, NamedView):
            return _bookmark(view.bookmark, bookmarks)
        return _framed(view, asset, size) if isinstance(view, FramedView) else view

    if isinstance(plan, CameraPath):
        views = {key.view: resolved(key.view) for key in plan.keys}
        return lambda time_s: camera_of(path_view(plan, views.__getitem__, time_s), *size)
    if isinstance(plan, Turntable):
        start = resolved(plan.view)
        return lambda time_s: camera_of(turntable_view(plan, start, time_s), *size)
    if isinstance(plan, FramedView):
        angles = math.radians(plan.yaw_deg), math.radians(plan.pitch_deg)
        return portrait_camera(asset, *size, *angles)
    return camera_of(resolved(plan), *size)


def _bookmark(name: str, bookmarks: Mapping[str, CameraBookmark]) -> CameraBookmark:
    for bookmark_id, bookmark in bookmarks.items():
        if name in (bookmark_id, bookmark.name):
            return bookmark
    known = ", ".join(each.name for each in bookmarks.values())
    raise RecordingError(
        f"The project has no bookmark '{name:.60}' to look from.",
        f"It has {known}." if known else "It has none: keep views with View, Bookmarks.",
    )


def _framed(view: FramedView, asset: AvatarAsset, size: tuple[int, int]) -> CameraBookmark:
    from avatar_core.recording.offline import portrait_camera, portrait_target

    yaw_rad, pitch_rad = math.radians(view.yaw_deg), math.radians(view.pitch_deg)
    camera = portrait_camera(asset, *size, yaw_rad, pitch_rad)
    target = portrait_target(asset)
    x, y, z = (float(each) for each in target)
    distance_m = float(np.linalg.norm(camera.position - target))
    return CameraBookmark("", (x, y, z), yaw_rad, pitch_rad, distance_m, camera.fov_y_rad)
