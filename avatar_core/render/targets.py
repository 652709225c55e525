"""The framebuffers between the passes, all of the size of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl

if TYPE_CHECKING:
    from collections.abc import Callable

MESH_SAMPLES = 4
TILE_PX = 16
"""Side of the squares in which hidden Gaussians are found."""


class Targets:
    """Framebuffers for one picture size.

    `mesh` is multisampled; `resolved` holds its premultiplied colour, its nearest surface in metres
    and the depth beyond which nothing shows, `tiles` the farthest of that in each square, metres;
    `hair` is premultiplied half floats. `hair` and `occluders` share the depth of `resolved`.
    """

    def __init__(self, context: moderngl.Context, size: tuple[int, int]) -> None:
        self.size = size
        self.samples = min(MESH_SAMPLES, _most_samples(context))
        self._objects: list[moderngl.Texture | moderngl.Framebuffer] = []
        self.mesh_colour = self._keep(context.texture(size, 4, samples=self.samples))
        self.mesh_depth = self._keep(context.depth_texture(size, samples=self.samples))
        self.face_colour = self._keep(context.texture(size, 4))
        self.face_nearest_m = self._keep(context.texture(size, 1, dtype="f4"))
        self.depth = self._keep(context.depth_texture(size))
        tiles_size = (-(-size[0] // TILE_PX), -(-size[1] // TILE_PX))
        self.tile_depth_m = self._keep(context.texture(tiles_size, 1, dtype="f4"))
        self.hair_colour = self._keep(context.texture(size, 4, dtype="f2"))
        for texture in (self.face_colour, self.face_nearest_m, self.tile_depth_m, self.hair_colour):
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.mesh = self._framebuffer(context, [self.mesh_colour], self.mesh_depth)
        self.resolved = self._framebuffer(
            context, [self.face_colour, self.face_nearest_m], self.depth
        )
        self.tiles = self._framebuffer(context, [self.tile_depth_m])
        self.occluders = self._framebuffer(context, [], self.depth)
        self._hair_alone = self._framebuffer(context, [self.hair_colour])
        self.hair = self._framebuffer(context, [self.hair_colour], self.depth)

    def clear_hair(self) -> None:
        """Empty the hair image; clearing `hair` itself would take the depth along."""
        self._hair_alone.clear(0.0, 0.0, 0.0, 0.0)

    def release(self) -> None:
        while self._objects:
            self._objects.pop().release()

    def _keep(self, texture: moderngl.Texture) -> moderngl.Texture:
        self._objects.append(texture)
        return texture

    def _framebuffer(
        self,
        context: moderngl.Context,
        colours: list[moderngl.Texture],
        depth: moderngl.Texture | None = None,
    ) -> moderngl.Framebuffer:
        framebuffer = context.framebuffer(colours, depth)
        self._objects.append(framebuffer)
        return framebuffer


class TargetPool:
    """Targets by picture size.

    The sizes used last stay, so that a viewport and a recorder that take turns do not make each
    other's anew.
    """

    def __init__(self, make: Callable[[tuple[int, int]], Targets], keep: int = 2) -> None:
        self._make = make
        self._keep = keep
        self._by_size: dict[tuple[int, int], Targets] = {}

    def of_size(self, size: tuple[int, int]) -> Targets:
        targets = self._by_size.pop(size, None) or self._make(size)
        self._by_size[size] = targets  # the newest is last
        while len(self._by_size) > self._keep:
            self._by_size.pop(next(iter(self._by_size))).release()
        return targets

    def release(self) -> None:
        for targets in self._by_size.values():
            targets.release()
        self._by_size.clear()


def _most_samples(context: moderngl.Context) -> int:
    info = context.info
    limits = ("GL_MAX_COLOR_TEXTURE_SAMPLES", "GL_MAX_DEPTH_TEXTURE_SAMPLES")
    return max(1, min(int(info.get(limit, context.max_samples)) for limit in limits))
