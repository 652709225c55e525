"""The head mesh: textured triangles with multisampled edges, resolved to one value a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.geometry.topology import vertex_normals
from avatar_core.render.camera_block import attach_camera
from avatar_core.render.data_textures import expect_texture_size
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.software import is_software
from avatar_core.render.state import Depth, begin_pass, bind_textures

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.heads import HeadTopology
    from avatar_core.render.targets import Targets

_ANISOTROPY = 8.0


class MeshPass:
    """Draws the posed head into `Targets.mesh` and `Targets.resolved`."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._draw = attach_camera(shaders.program(context, "mesh.vert.glsl", "mesh.frag.glsl"))
        self._resolve = attach_camera(
            shaders.program(context, "fullscreen.vert.glsl", "resolve.frag.glsl")
        )
        self._cover = context.vertex_array(self._resolve, [])
        self._surface: _Surface | None = None

    def upload(self, topology: HeadTopology, texture: UInt8) -> None:
        """Load what does not move: triangles, atlas coordinates and the face's texture."""
        self._drop_surface()
        if len(topology.faces):  # OpenGL knows no empty buffers
            self._surface = _Surface(self._context, self._draw, topology, texture)

    def upload_vertices(self, vertices: Float32) -> None:
        """Load a pose: [V, 3] metres."""
        if self._surface is not None:
            self._surface.write(vertices)

    def upload_texture(self, texture: UInt8) -> None:
        """Load another look of the face: [H, W, 3] sRGB, any size."""
        if self._surface is not None:
            self._surface.paint(texture)

    def draw(self, targets: Targets, *, visible: bool, shading: float) -> None:
        """Draw, then resolve. Resolves an empty mesh too: later passes read the result."""
        targets.mesh.depth_mask = True
        targets.mesh.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        if visible and self._surface is not None:
            begin_pass(self._context, targets.mesh, depth=Depth.WRITE)
            if shading > 0:
                self._surface.write_normals()
            set_uniforms(self._draw, {"shading": shading})
            self._surface.draw(self._draw)
        begin_pass(self._context, targets.resolved, depth=Depth.REPLACE)
        set_uniforms(self._resolve, {"sample_count": targets.samples})
        bind_textures(
            self._resolve, {"mesh_colour": targets.mesh_colour, "mesh_depth": targets.mesh_depth}
        )
        self._cover.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        self._drop_surface()
        self._cover.release()
        self._draw.release()
        self._resolve.release()

    def _drop_surface(self) -> None:
        if self._surface is not None:
            self._surface.release()
            self._surface = None


class _Surface:
    """GPU copy of one head: a vertex for each pair of mesh vertex and atlas corner."""

    def __init__(
        self,
        context: moderngl.Context,
        program: moderngl.Program,
        topology: HeadTopology,
        texture: UInt8,
    ) -> None:
        self._faces = topology.faces
        self._source, triangles, uv_rows = split_corners(topology.faces, topology.uv_faces)
        self._unlit: Float32 | None = None
        self._texture = _mipmapped(context, texture)
        self._positions = context.buffer(reserve=12 * len(self._source))
        self._normals = context.buffer(reserve=12 * len(self._source))
        self._uv = context.buffer(np.ascontiguousarray(topology.uv[uv_rows], np.float32))
        self._triangles = context.buffer(np.ascontiguousarray(triangles, np.uint32))
        self._array = context.vertex_array(
            program,
            [
                (self._positions, "3f", "position"),
                (self._normals, "3f", "normal"),
                (self._uv, "2f", "uv"),
            ],
            index_buffer=self._triangles,
        )

    def write(self, vertices: Float32) -> None:
        self._positions.write(np.ascontiguousarray(vertices[self._source], np.float32))
        self._unlit = vertices

    def paint(self, texture: UInt8) -> None:
        if (texture.shape[1], texture.shape[0]) == self._texture.size:
            self._texture.write(np.ascontiguousarray(texture), alignment=1)
            self._texture.build_mipmaps()
            return
        context = self._texture.ctx
        self._texture.release()
        self._texture = _mipmapped(context, texture)

    def write_normals(self) -> None:
        """Bring the normals up to the vertices, once per pose."""
        if self._unlit is not None:
            normals = vertex_normals(self._unlit, self._faces)
            self._normals.write(np.ascontiguousarray(normals[self._source]))
            self._unlit = None

    def draw(self, program: moderngl.Program) -> None:
        bind_textures(program, {"albedo": self._texture})
        self._array.render(moderngl.TRIANGLES)

    def release(self) -> None:
        for item in (
            self._array,
            self._positions,
            self._normals,
            self._uv,
            self._triangles,
            self._texture,
        ):
            item.release()


def split_corners(faces: Int32, uv_faces: Int32) -> tuple[Int32, Int32, Int32]:
    """One vertex for each pair of mesh vertex and atlas corner that some triangle uses.

    Args:
        faces: [F, 3] vertex ids.
        uv_faces: [F, 3] rows of the atlas coordinates.

    Returns:
        mesh vertex [S] and atlas row [S] of each split vertex, with the triangles [F, 3] between
        them: `source, triangles, uv_rows`.
    """
    stride = int(uv_faces.max(initial=0)) + 1
    keys = faces.astype(np.int64) * stride + uv_faces
    pairs, corners = np.unique(keys.ravel(), return_inverse=True)
    return (
        (pairs // stride).astype(np.int32),
        corners.reshape(faces.shape).astype(np.int32),
        (pairs % stride).astype(np.int32),
    )


def _mipmapped(context: moderngl.Context, image: UInt8) -> moderngl.Texture:
    height, width = image.shape[:2]
    expect_texture_size(context, width, height)
    texture = context.texture((width, height), 3, np.ascontiguousarray(image), alignment=1)
    texture.build_mipmaps()
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    # On a processor it would double the cost of the mesh.
    if context.max_anisotropy > 1.0 and not is_software(context):
        texture.anisotropy = min(_ANISOTROPY, context.max_anisotropy)
    return texture
