"""Photographs that perform: a warped mesh over the whole target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.render.shaders import set_uniforms
from avatar_core.render.state import Blend, begin_pass, bind_textures, release_all

if TYPE_CHECKING:
    from avatar_core.frame import WarpMesh, WarpSource
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.render.shaders import ShaderLibrary

_SKIN = ("2f 2f 20x 1f", "position", "place", "cover")
_INSIDE = ("2f 2f 4f 1f 4x", "position", "place", "mouth", "layer")
_FLOATS = 10
_LEAST_REDUCTION = 1.2
"""Pixels of the photograph to one of the target."""


class PortraitWarpPass:
    """Draws one photograph; its mesh is uploaded with each drawing, a few tens of kilobytes."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        # Two programs, because a software rasteriser walks through every branch.
        self._skin, self._inside = (
            shaders.program(context, "portrait_warp.vert.glsl", fragment)
            for fragment in ("portrait_warp.frag.glsl", "portrait_inside.frag.glsl")
        )
        self._source: WarpSource | None = None
        self._textures: dict[str, moderngl.Texture] = {}
        self._vertices: moderngl.Buffer | None = None
        self._indices: moderngl.Buffer | None = None
        self._arrays: tuple[moderngl.VertexArray, ...] = ()

    def draw(
        self,
        source: WarpSource,
        mesh: WarpMesh,
        target: moderngl.Framebuffer,
        shown: tuple[float, float, float, float] | None = None,
    ) -> None:
        """Draw a moment of a photograph over all of the target.

        Args:
            source: the photograph; uploaded when it is another than the last.
            mesh: the moment.
            target: framebuffer of any size; needs no depth.
            shown: left, top, width and height of the part of the picture that fills the target,
                pixels; all of it when left out.
        """
        if source is not self._source:
            self._upload_source(source)
        self._upload_mesh(mesh)
        height, width = source.picture.shape[:2]
        shown = shown or (0.0, 0.0, float(width), float(height))
        self._choose_filter(shown[2] / target.size[0])
        begin_pass(self._context, target, blend=Blend.OVER)
        uniforms = {
            "shown": shown,
            "picture_px": (float(width), float(height)),
            "filling_box": _floats(source.filling_box),
            "irises": [_floats(iris) for iris in source.irises],
            "iris_shifts": [_floats(shift) for shift in mesh.iris_shifts],
            "jaw_shift": _floats(mesh.jaw_shift),
            "lips_parted": mesh.lips_parted,
            "tooth": _floats(source.tooth),
            "tooth_amount": source.tooth_amount,
            "jaw_share": source.jaw_share,
            "mouth_down": _floats(source.mouth_down),
        }
        split = 3 * mesh.inside
        parts = ((self._inside, 0, split), (self._skin, split, mesh.triangles.size - split))
        for array, (program, first, count) in zip(self._arrays, parts, strict=True):
            set_uniforms(program, uniforms)
            bind_textures(program, self._textures)
            array.render(moderngl.TRIANGLES, vertices=count, first=first)

    def release(self) -> None:
        """Free everything; the pass is not used afterwards."""
        self._release_mesh()
        release_all(*self._textures.values(), self._skin, self._inside)
        self._textures.clear()
        self._source = None

    def _upload_source(self, source: WarpSource) -> None:
        release_all(*self._textures.values())
        picture = _texture(self._context, source.picture)
        picture.build_mipmaps()
        filling = _texture(self._context, source.filling)
        for texture in (picture, filling):
            texture.repeat_x = texture.repeat_y = False
        self._textures = {"picture": picture, "filling": filling}
        self._source = source

    def _choose_filter(self, reduction: float) -> None:
        """Mipmaps cost a software rasteriser a third more, so only where the picture shrinks."""
        shrinks = reduction > _LEAST_REDUCTION
        smallest = moderngl.LINEAR_MIPMAP_LINEAR if shrinks else moderngl.LINEAR
        self._textures["picture"].filter = (smallest, moderngl.LINEAR)

    def _upload_mesh(self, mesh: WarpMesh) -> None:
        vertices = np.empty((len(mesh.positions), _FLOATS), np.float32)
        vertices[:, 0:2] = mesh.positions[:, :2]
        vertices[:, 2:4] = mesh.places
        vertices[:, 4:8] = mesh.mouth
        vertices[:, 8] = mesh.layers
        vertices[:, 9] = mesh.cover
        indices = np.ascontiguousarray(mesh.triangles, np.int32)
        if self._vertices is None or self._vertices.size != vertices.nbytes:
            self._release_mesh()
        if self._vertices is None or self._indices is None:
            self._vertices = self._context.buffer(reserve=vertices.nbytes, dynamic=True)
            self._indices = self._context.buffer(reserve=indices.nbytes, dynamic=True)
            self._arrays = (
                self._vertex_array(self._inside, _INSIDE),
                self._vertex_array(self._skin, _SKIN),
            )
        self._vertices.write(vertices)
        self._indices.write(indices)

    def _vertex_array(
        self, program: moderngl.Program, layout: tuple[str, ...]
    ) -> moderngl.VertexArray:
        return self._context.vertex_array(program, [(self._vertices, *layout)], self._indices)

    def _release_mesh(self) -> None:
        for item in (*self._arrays, self._vertices, self._indices):
            if item is not None:
                item.release()
        self._arrays = ()
        self._vertices = self._indices = None


def _texture(context: moderngl.Context, image: UInt8) -> moderngl.Texture:
    height, width, channels = image.shape
    return context.texture(
        (width, height), channels, np.ascontiguousarray(image).tobytes(), alignment=1
    )


def _floats(values: Float32) -> tuple[float, ...]:
    return tuple(map(float, values))
