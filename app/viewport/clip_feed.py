"""ClipFeed: which moments of a view a clip gets, and through which camera."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.viewport.orbit_controls import OrbitPose
    from app.viewport.ports import ClipTap
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.render.scene import SceneOptions


class ClipMoments:
    """One clip in the making. Its first picture shows what is there when it begins.

    Args:
        tap: takes the pictures.
    """

    def __init__(self, tap: ClipTap) -> None:
        self.tap = tap
        self._due_s: float | None = time.perf_counter()
        self._latest_s = self._due_s

    def note_frame(self, captured_s: float) -> None:
        """There is something new to film, captured at this moment."""
        self._due_s = captured_s

    def note_nothing_new(self, now_s: float, *, is_turning: bool = False) -> None:
        """No frame came since the last time."""
        step_s = 1 / self.tap.fps
        if self._due_s is not None:
            # It came too soon after another, and nothing came since: the next picture shows it.
            self._due_s += step_s
        elif is_turning and self._latest_s + step_s <= now_s:
            self._due_s = now_s

    def film(self, draw: Callable[[], UInt8 | None]) -> None:
        """Draw for the clip, if it has room for what is due; None where that cannot be drawn."""
        due_s = self._due_s
        if due_s is None or not self.tap.wants(due_s):
            return
        self._due_s, self._latest_s = None, due_s
        image = draw()
        if image is not None:
            self.tap.submit(image, due_s)


class ClipFeed(ClipMoments):
    """A clip that is seen through a camera.

    Args:
        tap: takes the pictures.
        pose: of the camera; the clip keeps it, whatever the hands do meanwhile.
    """

    def __init__(self, tap: ClipTap, pose: OrbitPose) -> None:
        super().__init__(tap)
        self._pose = pose

    @property
    def pose(self) -> OrbitPose:
        """Of the camera."""
        return self._pose

    @property
    def camera(self) -> Camera:
        """Of the next picture, in the clip's size."""
        return self._pose.camera(self.tap.width_px, self.tap.height_px)

    def dressed(self, scene: SceneOptions) -> SceneOptions:
        """What the clip shows of a scene: nothing that only helps to work."""
        return replace(
            scene, show_grid=False, selection_strength=0.0, transparent=self.tap.has_alpha
        )

    def go_along(self, pose: OrbitPose) -> None:
        """Film from here on from another pose: the turntable's."""
        self._pose = pose

    def feed(self, draw: Callable[[Camera], UInt8]) -> None:
        """Draw for the clip, if it has room for what is due."""
        self.film(lambda: draw(self.camera))
