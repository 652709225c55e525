"""Easels: the two places where a face is painted, the moving head and the picture of its atlas."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.hair.picking import SurfacePicker
from avatar_core.texture.ground import HeadGround, UvGround
from avatar_core.texture.stamp import Reach
from avatar_core.texture.stencil import through

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from app.handlers.paint_face import PaintFace
    from app.paint_choice import PaintChoice, PaintSwitches
    from app.viewport.avatar_view import AvatarView
    from app.widgets.atlas_view import AtlasView
    from app.workers.face_atlas import FaceAtlas
    from avatar_core.frame import AvatarFrame
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera, Float32, Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.hair.picking import SurfaceHit
    from avatar_core.texture.ground import PaintGround, SkinPlace
    from avatar_core.texture.occlusion import DepthGuard
    from avatar_core.texture.stencil import Stencil
    from avatar_core.texture.symmetry import UvTwins

Pixel = tuple[float, float]
_EVERYWHERE_RAD = np.pi


class Easel(Protocol):
    """Where strokes are made. Pixels are the device's, points those of the ground."""

    def ground(self) -> PaintGround | None:
        """What is painted on, as it is at this moment; None while it is not known."""
        ...

    def point(self, pixel: Pixel) -> Float64 | None:
        """The point under the pen; None beside the face."""
        ...

    def pixel(self, place: SkinPlace) -> Pixel | None:
        """Where a place of the skin is seen; None where it is not."""
        ...

    def is_near(self, start: Float64, end: Float64, gap_px: float, radius_m: float) -> bool:
        """Whether the surface may lead from one point to another that the pen drew to."""
        ...


class HeadEasel:
    """The head as it is shown, and the camera.

    Args:
        face: the face on the stage.
        view: the viewport.
        choice, switches: how the brush in hand paints.
    """

    def __init__(
        self,
        face: PaintFace,
        view: AvatarView,
        choice: Callable[[], PaintChoice],
        switches: Callable[[], PaintSwitches],
    ) -> None:
        self._face = face
        self._view = view
        self._choice = choice
        self._switches = switches
        self.stencil: Callable[[Camera], Stencil | None] = lambda _camera: None
        """What brushes paint through, the same one as long as nothing changes."""
        self._picker: tuple[AvatarFrame, SurfacePicker] | None = None
        self._known: tuple[tuple[object, ...], PaintGround] | None = None

    def ground(self) -> PaintGround | None:
        known, frame = self._face.atlas, self._face.frame
        if known is None or frame is None:
            return None
        choice, switches, camera = self._choice(), self._switches(), self._view.camera()
        stencil = self.stencil(camera)
        key = (known, frame, stencil, camera.view.tobytes(), camera.width_px,
               camera.height_px, choice.facing_rad, switches)  # fmt: skip
        if self._known is None or self._known[0] != key:
            guard = _guard(camera, frame, self._face, switches)
            reach = Reach(
                is_connected=not switches.crosses_gaps,
                limit_rad=choice.facing_rad if switches.fades else _EVERYWHERE_RAD,
                guard=guard,
            )
            made = HeadGround(
                known.map, frame.vertices, camera.position, -camera.view[1, :3], reach,
                known.mirror,
                None if stencil is None else partial(through, camera=camera, stencil=stencil),
            )  # fmt: skip
            self._known = key, made
        return self._known[1]

    def hit(self, pixel: Pixel) -> SurfaceHit | None:
        """The skin under a place of the picture."""
        picker = self._fresh_picker()
        return None if picker is None else picker.pick(self._view.camera(), pixel)

    def point(self, pixel: Pixel) -> Float64 | None:
        hit = self.hit(pixel)
        return None if hit is None else hit.position.astype(np.float64)

    def pixel(self, place: SkinPlace) -> Pixel | None:
        ground = self.ground()
        if ground is None:
            return None
        pixels, depths = self._view.camera().project(ground.point(place)[None].astype(np.float32))
        if depths[0] <= self._view.camera().near_m:
            return None
        return float(pixels[0, 0]), float(pixels[0, 1])

    def is_near(self, start: Float64, end: Float64, gap_px: float, radius_m: float) -> bool:
        return bool(np.linalg.norm(end - start) <= 4 * self.metres(gap_px, end) + 2 * radius_m)

    def metres(self, length_px: float, point: Float64) -> float:
        """What is so long in the picture, as far away as a point and seen from in front."""
        camera = self._view.camera()
        depth_m = float(np.linalg.norm(point - camera.position))
        return length_px * depth_m / float(camera.intrinsics[1, 1])

    def _fresh_picker(self) -> SurfacePicker | None:
        frame, asset = self._face.frame, self._face.asset
        if frame is None or asset is None:
            return None
        if self._picker is None or self._picker[0] is not frame:
            bare = asset.hair.subset(slice(0, 0))
            made = SurfacePicker(bare, frame.vertices, asset.head.topology.faces)
            self._picker = frame, made
        return self._picker[1]


class AtlasEasel:
    """The picture of the atlas.

    Args:
        face: the face on the stage.
        view: where its atlas is seen.
    """

    def __init__(self, face: PaintFace, view: AtlasView) -> None:
        self._face = face
        self._view = view
        self._known: tuple[FaceAtlas, UvGround] | None = None
        self._twins: tuple[FaceAtlas, UvTwins] | None = None

    def ground(self) -> PaintGround | None:
        known = self._face.atlas
        if known is None:
            return None
        if self._known is None or self._known[0] is not known:
            self._known = known, UvGround(known.map, known.mirror, known.densities)
        return self._known[1]

    def point(self, pixel: Pixel) -> Float64 | None:
        if self._face.atlas is None or not self._view.is_on_picture(*pixel):
            return None
        return np.array(self._view.point_at(*pixel), np.float64)

    def pixel(self, place: SkinPlace) -> Pixel | None:
        ground = self.ground()
        if ground is None:
            return None
        column, row = ground.point(place).tolist()
        return self._view.place_of(column, row)

    def twin_pixel(self, place: SkinPlace) -> Pixel | None:
        """Where the other side of a place of the skin is seen."""
        known = self._face.atlas
        if known is None:
            return None
        if self._twins is None or self._twins[0] is not known:
            self._twins = known, known.mirror.in_uv(known.map)
        first = 3 * place.face
        column, row, _ = (place.weights @ self._twins[1].charts[first : first + 3]).tolist()
        return self._view.place_of(column, row)

    def radius_px(self, pixel: Pixel, radius_m: float) -> float:
        """Of a brush that is seen there: as large as it is on the skin of the head at rest."""
        ground, point = self.ground(), np.array(self._view.point_at(*pixel), np.float64)
        texels = radius_m if ground is None else ground.radius(point, radius_m)
        return texels * self._view.pixels_per_texel

    def is_near(self, start: Float64, end: Float64, gap_px: float, radius_m: float) -> bool:
        return True


def _guard(
    camera: Camera, frame: AvatarFrame, face: PaintFace, switches: PaintSwitches
) -> _Seer | None:
    """What keeps paint from hidden skin, made when it is first asked."""
    asset = face.asset
    if not switches.shields or asset is None:
        return None
    return _Seer(camera, frame, asset.head.topology.faces, face.hair_of(frame))


class _Seer:
    """A `DepthGuard` that is made at the first stamp: hovering costs nothing."""

    def __init__(
        self, camera: Camera, frame: AvatarFrame, faces: Int32, hair: GaussianCloud | None
    ) -> None:
        self._arguments = camera, frame.vertices, faces, hair
        self._made: DepthGuard | None = None

    def sees(self, places: Float32) -> NDArray[np.bool_]:
        from avatar_core.texture.occlusion import DepthGuard

        if self._made is None:
            self._made = DepthGuard(*self._arguments)
        return self._made.sees(places)
