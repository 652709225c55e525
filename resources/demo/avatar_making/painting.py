"""What no picture shows by itself: lash lines, a glint in the eyes, shade under the hair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from .raster import rasterized_atlas, rasterized_view
from .texture import EYE_REACH_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.heads import BlendshapeHead

    from .capture import View

_FINE_PX = 2048
_LASH_COLOUR = (0.12, 0.08, 0.06)
_GLINT_DIRECTION = (-0.11, 0.14, 0.984)
"""From an eye's centre, head axes: towards the capture's main light, a little above the pupil."""
_GLINT_RADIUS_RAD = 0.05
_MOUTH_DEPTH_M, _THROAT_LIGHT = 0.03, 0.25
"""How far back the light in the mouth has faded, and to what."""


class Painter:
    """Paints on a texture by place on the neutral head, metres.

    Args:
        head: gives mesh and atlas.
        size_px: side of the texture.
    """

    def __init__(self, head: BlendshapeHead, size_px: int) -> None:
        topology = head.topology
        self._head = head
        self._faces, corners = rasterized_atlas(topology.uv, topology.uv_faces, size_px)
        self.inside = (self._faces >= 0).astype(np.uint8)
        at = topology.faces[np.maximum(self._faces, 0)]
        self._places = np.einsum("hwk,hwkc->hwc", corners, head.vertices[at]).astype(np.float32)
        names = np.array(topology.part_names)[topology.face_part]
        self._parts = np.where(self._faces >= 0, names[self._faces], "")
        self._face_names = names

    def lash_lines(self, texture: Float32, views: list[View]) -> Float32:
        """Dark edges on the lids, where the lashes' roots lie close together.

        Args:
            texture: [S, S, 3].
            views: cameras that look into the eyes.
        """
        out = texture.copy()
        for upper, width_m, strength in ((True, 0.0009, 0.85), (False, 0.0006, 0.45)):
            points = self._lid_edge(views, upper)
            near = self._inside_near(points, 4 * width_m)
            distance = cKDTree(points).query(self._places[near])[0]
            cover = strength * np.exp(-((distance / width_m) ** 2))[:, None]
            out[near] = out[near] * (1 - cover) + np.array(_LASH_COLOUR) * cover
        return out

    def glints(self, texture: Float32) -> Float32:
        """A soft reflection of the main light on each cornea."""
        out = texture.copy()
        for name, eye in zip(("eye_left", "eye_right"), self._head.eye_centres, strict=True):
            on_eye = self._parts == name
            ways = self._places[on_eye] - eye
            ways /= np.linalg.norm(ways, axis=1, keepdims=True)
            angle = np.arccos(np.clip(ways @ np.array(_GLINT_DIRECTION), -1, 1))
            cover = 0.85 * np.exp(-((angle / _GLINT_RADIUS_RAD) ** 4))[:, None]
            out[on_eye] = out[on_eye] * (1 - cover) + cover
        return out

    def mouth_depth(self, texture: Float32) -> Float32:
        """Less light the farther back in the mouth."""
        mouth = np.isin(self._parts, ("gums", "tongue", "mouth_inside"))
        front = self._places[self._parts == "teeth_upper"][:, 2].max()
        depth = np.clip((front - self._places[mouth][:, 2]) / _MOUTH_DEPTH_M, 0, 1)
        out = texture.copy()
        out[mouth] *= (1 - (1 - _THROAT_LIGHT) * depth)[:, None]
        return out

    def tinted_scalp(
        self, texture: Float32, strands: Float32, colour: Float32, reach_m: float = 0.0035
    ) -> Float32:
        """The scalp in the colour of the hair's shade where hair lies over it; partings stay.

        Args:
            texture: [S, S, 3].
            strands: [N, K, 3] points from root to tip, metres.
            colour: [3] display values.
            reach_m: how far from a hair the tint reaches.
        """
        first = strands[:, :1] + np.array([0.3, 0.6, 1.0])[None, :, None] * (
            strands[:, 1:2] - strands[:, :1]
        )
        hairs = np.concatenate([first, strands[:, 2:6]], axis=1).reshape(-1, 3)
        near = self._inside_near(hairs[::50], 0.02)
        near &= np.isin(self._parts, ("scalp", "skin", "ear", "neck"))
        counted = cKDTree(hairs).query_ball_point(
            self._places[near], reach_m, return_length=True, workers=2
        )
        cover = np.clip(1.8 * counted / np.percentile(counted, 75), 0, 1)
        cover = 0.9 * cover * cover * (3 - 2 * cover)
        out = texture.copy()
        # The scalp's own shading stays faintly visible, so that a parting is not a flat line.
        detail = texture[near] / np.maximum(texture[near].mean(axis=0), 1e-3)
        tint = colour * (0.7 + 0.3 * np.clip(detail, 0.5, 1.5))
        out[near] = texture[near] * (1 - cover[:, None]) + tint * cover[:, None]
        return out

    def _lid_edge(self, views: list[View], upper: bool) -> Float32:
        """[N, 3] points of the lids' edges: skin seen right beside an eye."""
        topology = self._head.topology
        points = []
        for view in views:
            camera = view.camera.resized(_FINE_PX, _FINE_PX)
            faces, corners, _ = rasterized_view(self._head.vertices, topology.faces, camera)
            skin = (faces >= 0) & (self._face_names[faces] == "skin")
            eye = (faces >= 0) & np.isin(self._face_names[faces], ("eye_left", "eye_right"))
            beside = np.roll(eye, -1 if upper else 1, axis=0) & skin
            points.append(
                np.einsum(
                    "nk,nkc->nc",
                    corners[beside],
                    self._head.vertices[topology.faces[faces[beside]]],
                )
            )
        found = np.concatenate(points)
        to_eye = np.linalg.norm(found[:, None] - self._head.eye_centres, axis=2).min(axis=1)
        edge: Float32 = found[to_eye < EYE_REACH_M]
        return edge

    def _inside_near(self, points: Float32, distance_m: float) -> NDArray[np.bool_]:
        low, high = points.min(axis=0) - distance_m, points.max(axis=0) + distance_m
        box = ((self._places > low) & (self._places < high)).all(axis=2)
        return np.asarray(box & (self.inside > 0))
