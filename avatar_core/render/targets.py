"""The framebuffers between the passes, all of the size of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import moderngl

if TYPE_CHECKING:
    from collections.abc import Callable

MESH_SAMPLES = 4
NOTHING_M = 1e9
"""Distance where no surface is; as in `shaders/camera.glsl`."""

TILE_PX = 16
"""Side of the squares in which hidden Gaussians are found."""


class Targets:
    """Framebuffers for one picture size.

    `mesh` is the face as colours, `points` the face as places for a neural face to colour.
    `resolved` holds premultiplied colour, the nearest surface in metres and the depth beyond which
    nothing shows, `tiles` the farthest of that in each square, metres; `hair` is premultiplied.
    `face_wires` draws over the resolved colour; it, `hair` and `occluders` share the depth of
    `resolved`.

    Args:
        context: OpenGL.
        size: width and height of the picture.
        multisampled: smooth edges; else exactly one sample in the middle of each pixel.
        precise: hair adds up in full precision.
    """

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        *,
        multisampled: bool = True,
        precise: bool = False,
    ) -> None:
        self.size = size
        self.is_multisampled = multisampled
        self.samples = min(MESH_SAMPLES, _most_samples(context)) if multisampled else 1
        self._context = context
        self._objects: list[moderngl.Texture | moderngl.Framebuffer] = []
        samples = self.samples if multisampled else 0
        self.mesh_colour = self._keep(context.texture(size, 4, samples=samples))
        self.mesh_depth = self._keep(context.depth_texture(size, samples=samples))
        self.face_colour = self._picture(4, "f2")
        self.face_nearest_m = self._picture(1, "f4")
        self.depth = self._keep(context.depth_texture(size))
        tiles_size = (-(-size[0] // TILE_PX), -(-size[1] // TILE_PX))
        self.tile_depth_m = self._keep(context.texture(tiles_size, 1, dtype="f4"))
        self.tile_depth_m.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.hair_colour = self._picture(4, "f4" if precise else "f2")
        self.mesh = self._framebuffer([self.mesh_colour], self.mesh_depth)
        self.resolved = self._framebuffer([self.face_colour, self.face_nearest_m], self.depth)
        self.face_wires = self._framebuffer([self.face_colour], self.depth)
        self.tiles = self._framebuffer([self.tile_depth_m])
        self.occluders = self._framebuffer([], self.depth)
        self._face_colour_alone = self._framebuffer([self.face_colour])
        self._face_nearest_alone = self._framebuffer([self.face_nearest_m])
        self._hair_alone = self._framebuffer([self.hair_colour])
        self.hair = self._framebuffer([self.hair_colour], self.depth)
        self._surface: moderngl.Texture | None = None
        self._points: moderngl.Framebuffer | None = None
        self._peel: Peel | None = None

    @property
    def points(self) -> moderngl.Framebuffer:
        """Points of the mesh: u, v, metres, headlight; shares the depth of `mesh`."""
        if self._points is None:
            samples = self.samples if self.is_multisampled else 0
            self._surface = self._keep(
                self._context.texture(self.size, 4, samples=samples, dtype="f4")
            )
            self._points = self._framebuffer([self._surface], self.mesh_depth)
        return self._points

    @property
    def surface(self) -> moderngl.Texture:
        """What `points` draws into."""
        assert self.points is not None
        assert self._surface is not None
        return self._surface

    @property
    def peel(self) -> Peel:
        """What the exact blend needs besides."""
        if self._peel is None:
            near = (self._picture(1, "f4"), self._picture(1, "f4"))
            masks = (self._picture(1, "f4"), self._picture(1, "f4"))
            self._peel = Peel(
                near,
                (self._framebuffer([near[0]]), self._framebuffer([near[1]])),
                masks,
                (self._framebuffer([masks[0]]), self._framebuffer([masks[1]])),
            )
        return self._peel

    def clear_face(self) -> None:
        """Empty what `resolved` draws into."""
        self._face_colour_alone.clear(0.0, 0.0, 0.0, 0.0)
        self._face_nearest_alone.clear(NOTHING_M, 0.0, 0.0, 0.0)
        self.occluders.depth_mask = True
        self.occluders.clear(depth=1.0)

    def clear_hair(self) -> None:
        """Empty the hair image; clearing `hair` itself would take the depth along."""
        self._hair_alone.clear(0.0, 0.0, 0.0, 0.0)

    def release(self) -> None:
        while self._objects:
            self._objects.pop().release()

    def _keep(self, texture: moderngl.Texture) -> moderngl.Texture:
        self._objects.append(texture)
        return texture

    def _picture(self, channels: int, dtype: str) -> moderngl.Texture:
        texture = self._keep(self._context.texture(self.size, channels, dtype=dtype))
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        return texture

    def _framebuffer(
        self, colours: list[moderngl.Texture], depth: moderngl.Texture | None = None
    ) -> moderngl.Framebuffer:
        framebuffer = self._context.framebuffer(colours, depth)
        self._objects.append(framebuffer)
        return framebuffer


@dataclass(frozen=True, slots=True)
class Peel:
    """The two nearest solid Gaussians of each pixel, metres, and two masks that take turns."""

    near: tuple[moderngl.Texture, moderngl.Texture]
    near_targets: tuple[moderngl.Framebuffer, moderngl.Framebuffer]
    masks: tuple[moderngl.Texture, moderngl.Texture]
    mask_targets: tuple[moderngl.Framebuffer, moderngl.Framebuffer]


class TargetPool:
    """Targets by picture size and kind.

    Those used last stay, so that a viewport and a recorder that take turns do not make each
    other's anew.
    """

    def __init__(
        self, make: Callable[[tuple[int, int], bool, bool], Targets], keep: int = 3
    ) -> None:
        self._make = make
        self._keep = keep
        self._by_kind: dict[tuple[tuple[int, int], bool, bool], Targets] = {}

    def of(self, size: tuple[int, int], *, multisampled: bool, precise: bool) -> Targets:
        """Targets of that size and kind."""
        kind = (size, multisampled, precise)
        targets = self._by_kind.pop(kind, None) or self._make(*kind)
        self._by_kind[kind] = targets  # the newest is last
        while len(self._by_kind) > self._keep:
            self._by_kind.pop(next(iter(self._by_kind))).release()
        return targets

    def release(self) -> None:
        for targets in self._by_kind.values():
            targets.release()
        self._by_kind.clear()


def _most_samples(context: moderngl.Context) -> int:
    info = context.info
    limits = ("GL_MAX_COLOR_TEXTURE_SAMPLES", "GL_MAX_DEPTH_TEXTURE_SAMPLES")
    return max(1, min(int(info.get(limit, context.max_samples)) for limit in limits))
