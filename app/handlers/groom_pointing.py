"""HairPointer: what the pen points at on the avatar that performs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.picking import SurfacePicker
from avatar_core.hair.regions import polygon_mask, rows_in_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.handlers.groom_hair import GroomHair
    from app.viewport.avatar_view import AvatarView
    from app.viewport.tools.pen import PenSample
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Float32
    from avatar_core.hair.picking import SurfaceHit

_LEAST_STEP_M = 0.004
_STEP_SHARE = 0.35
"""Of the brush's radius: how far the depth of a stroke follows the surface from dab to dab."""


class HairPointer:
    """Finds the surface of hair and skin under the pen, at the moment that is shown.

    Args:
        hair: the hair on the stage.
        view: its camera.
    """

    def __init__(self, hair: GroomHair, view: AvatarView) -> None:
        self._hair = hair
        self._view = view
        self._frame: AvatarFrame | None = None
        self._picker: SurfacePicker | None = None

    def hit(self, sample: PenSample) -> SurfaceHit | None:
        """The surface under a place of the picture; None beside the avatar.

        Hair that is only tried on has a surface, but is no row of the document's.
        """
        picker = self._fresh_picker()
        if picker is None:
            return None
        hit = picker.pick(self._view.camera(), (sample.x_px, sample.y_px))
        if hit is None or hit.hair_row is None or hit.hair_row < len(self._hair.now.cloud):
            return hit
        return replace(hit, hair_row=None)

    def seen_rows(self) -> NDArray[np.bool_] | None:
        """[M] which Gaussians are to be seen; None where nothing can be told."""
        picker = self._fresh_picker()
        return None if picker is None else picker.visible_rows(self._view.camera())

    def rows_within(self, outline: Float32, *, seen_only: bool) -> Float32:
        """[M] 0 or 1: the document's Gaussians whose middles show within a closed outline.

        Args:
            outline: [n, 2] corners in device pixels of the picture.
            seen_only: leave out what lies hidden behind something else.
        """
        frame, camera = self._hair.frame, self._view.camera()
        count = len(self._hair.now.cloud)
        if frame is None:
            return np.zeros(count, np.float32)
        mask = polygon_mask((camera.height_px, camera.width_px), outline)
        seen = self.seen_rows() if seen_only else None
        return rows_in_mask(frame.hair_means, camera, mask, seen)[:count]

    def at_depth(self, sample: PenSample, depth_m: float) -> Float32:
        """[3] the place in the world under a place of the picture, so far along the camera's z."""
        camera = self._view.camera()
        origin, direction = camera.ray(sample.x_px, sample.y_px)
        along = depth_m / max(float(direction @ camera.forward), 1e-6)
        return np.asarray(origin + np.float32(along) * direction, np.float32)

    def gaze(self, place: Float32) -> Float32:
        """[3] unit direction in the world from the eye to a place."""
        way = place - self._view.camera().position
        return np.asarray(way / max(float(np.linalg.norm(way)), 1e-9), np.float32)

    def _fresh_picker(self) -> SurfacePicker | None:
        frame, topology = self._hair.frame, self._hair.topology
        if frame is None or topology is None:
            return None
        if frame is not self._frame or self._picker is None:
            self._picker = SurfacePicker(self._hair.posed(frame), frame.vertices, topology.faces)
            self._frame = frame
        return self._picker


class StrokeDepth:
    """How far away a stroke is: it follows the surface, but does not jump to another one.

    Args:
        depth_m: where it begins.
    """

    def __init__(self, depth_m: float) -> None:
        self.depth_m = depth_m

    def follow(self, hit: SurfaceHit | None, radius_m: float) -> float:
        """Go on towards what is hit now; beside the avatar the depth stays."""
        if hit is not None:
            most = max(_STEP_SHARE * radius_m, _LEAST_STEP_M)
            self.depth_m += float(np.clip(hit.depth_m - self.depth_m, -most, most))
        return self.depth_m
