"""The head mesh: textured triangles with multisampled edges, resolved to one value a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.geometry.topology import vertex_normals
from avatar_core.render.camera_block import attach_camera
from avatar_core.render.data_textures import DataTexture, expect_texture_size
from avatar_core.render.scene import FaceView
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.software import is_software
from avatar_core.render.state import Blend, Depth, begin_pass, bind_textures, release_all

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.heads import HeadTopology
    from avatar_core.render.passes.paint_store import PaintStore
    from avatar_core.render.scene import SceneOptions
    from avatar_core.render.targets import Targets

_ANISOTROPY = 8.0
_VIEWS = {FaceView.UV: 1, FaceView.PARTS: 2, FaceView.DISPLACEMENT: 3}
"""Views that the mesh's own shader knows; all others show the texture."""
_WIRE_COLOUR = (0.0, 0.0, 0.0, 0.4)
"""Premultiplied."""


class MeshPass:
    """Draws the posed head: as colours into `Targets.mesh`, or as points for a neural face."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._shaders = shaders
        self._colours = self._program("mesh.frag.glsl")
        self._points = self._program("surface.frag.glsl")
        self._wires = self._program("wire.frag.glsl")
        self._painted: moderngl.Program | None = None
        self._resolve = {
            multisampled: attach_camera(
                shaders.program(
                    context,
                    "fullscreen.vert.glsl",
                    "resolve.frag.glsl",
                    ("MULTISAMPLED",) if multisampled else (),
                )
            )
            for multisampled in (False, True)
        }
        self._covers = {
            multisampled: context.vertex_array(program, [])
            for multisampled, program in self._resolve.items()
        }
        self._surface: _Surface | None = None

    def _program(self, fragment: str, *words: str) -> moderngl.Program:
        program = self._shaders.program(self._context, "mesh.vert.glsl", fragment, words)
        return attach_camera(program)

    def prepare_paint(self) -> None:
        """Compile what draws paint; nothing is spent on it before.

        Raises:
            RenderError: the driver refuses it.
        """
        if self._painted is None:
            self._painted = self._program("mesh.frag.glsl", "PAINTED")

    def upload(self, topology: HeadTopology, texture: UInt8) -> None:
        """Load what does not move: triangles, atlas coordinates and the face's texture."""
        self._drop_surface()
        if len(topology.faces):  # OpenGL knows no empty buffers
            self._surface = _Surface(self._context, topology, texture)

    def upload_texture(self, texture: UInt8) -> None:
        """Load another texture for the same triangles."""
        if self._surface is not None:
            self._surface.change_texture(texture)

    def upload_vertices(self, vertices: Float32, displacements: Float32 | None) -> None:
        """Load a pose: [V, 3] metres, and how much of it a neural face has added."""
        if self._surface is not None:
            self._surface.write(vertices, displacements)

    def draw(self, targets: Targets, scene: SceneOptions, paint: PaintStore | None = None) -> None:
        """Draw colours, then resolve. Resolves an empty mesh too: later passes read the result.

        Args:
            targets: of the picture.
            scene: what is shown.
            paint: over the texture; needs `prepare_paint`.
        """
        if paint is None or self._painted is None or scene.face_view in _VIEWS:
            self._draw_mesh(targets.mesh, self._colours, scene, {})
        else:
            self._draw_mesh(targets.mesh, self._painted, scene, paint.textures)
        begin_pass(self._context, targets.resolved, depth=Depth.REPLACE)
        program = self._resolve[targets.is_multisampled]
        set_uniforms(program, {"sample_count": targets.samples})
        bind_textures(
            program, {"mesh_colour": targets.mesh_colour, "mesh_depth": targets.mesh_depth}
        )
        self._covers[targets.is_multisampled].render(moderngl.TRIANGLES, vertices=3)

    def draw_points(self, targets: Targets, scene: SceneOptions) -> None:
        """Draw into `Targets.points`."""
        self._draw_mesh(targets.points, self._points, scene, {})

    def draw_wires(self, targets: Targets) -> None:
        """Draw the edges that the resolved face does not hide over its colours."""
        if self._surface is None:
            return
        begin_pass(self._context, targets.face_wires, depth=Depth.TEST, blend=Blend.OVER)
        self._context.wireframe = True
        # Lines lie in the surface: nearer by a hair, or they would be torn by its depth.
        set_uniforms(self._wires, {"colour": _WIRE_COLOUR, "nearer": 1e-4})
        self._surface.draw(self._wires, {})
        self._context.wireframe = False

    def _draw_mesh(
        self,
        target: moderngl.Framebuffer,
        program: moderngl.Program,
        scene: SceneOptions,
        paint: dict[str, moderngl.Texture],
    ) -> None:
        target.depth_mask = True
        target.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        if not scene.show_face or self._surface is None:
            return
        begin_pass(self._context, target, depth=Depth.WRITE)
        if scene.shading > 0:
            self._surface.write_normals()
        face_view = _VIEWS.get(scene.face_view, 0)
        set_uniforms(program, {"shading": scene.shading, "face_view": face_view, "nearer": 0.0})
        self._surface.draw(program, paint)

    def release(self) -> None:
        self._drop_surface()
        programs = (self._colours, self._points, self._wires)
        release_all(*self._covers.values(), *self._resolve.values(), *programs)
        if self._painted is not None:
            self._painted.release()

    def _drop_surface(self) -> None:
        if self._surface is not None:
            self._surface.release()
            self._surface = None


class _Surface:
    """GPU copy of one head: a vertex for each pair of mesh vertex and atlas corner."""

    def __init__(self, context: moderngl.Context, topology: HeadTopology, texture: UInt8) -> None:
        self._context = context
        self._faces = topology.faces
        self._source, triangles, uv_rows = split_corners(topology.faces, topology.uv_faces)
        self._unlit: Float32 | None = None
        self._is_displaced = False
        self._source_texture = texture
        self._texture = _mipmapped(context, texture)
        self._parts = DataTexture(context, len(topology.faces), 1, "f4")
        self._parts.write(topology.face_part[:, None])
        nothing = bytes(12 * len(self._source))
        self._positions = context.buffer(nothing)
        self._normals = context.buffer(nothing)
        self._displacements = context.buffer(nothing)
        self._uv = context.buffer(np.ascontiguousarray(topology.uv[uv_rows], np.float32))
        self._triangles = context.buffer(np.ascontiguousarray(triangles, np.uint32))
        self._arrays: dict[moderngl.Program, moderngl.VertexArray] = {}

    def _array(self, program: moderngl.Program) -> moderngl.VertexArray:
        array = self._arrays.get(program)
        if array is not None:
            return array
        buffers = [
            (self._positions, "3f", "position"),
            (self._normals, "3f", "normal"),
            (self._displacements, "3f", "displacement"),
            (self._uv, "2f", "uv"),
        ]
        # A driver drops what a program does not use.
        used = [entry for entry in buffers if entry[2] in program]
        array = self._context.vertex_array(program, used, index_buffer=self._triangles)
        self._arrays[program] = array
        return array

    def change_texture(self, texture: UInt8) -> None:
        if texture is not self._source_texture:
            self._texture.release()
            self._texture = _mipmapped(self._context, texture)
            self._source_texture = texture

    def write(self, vertices: Float32, displacements: Float32 | None) -> None:
        self._positions.write(np.ascontiguousarray(vertices[self._source], np.float32))
        self._unlit = vertices
        if displacements is not None:
            self._displacements.write(np.ascontiguousarray(displacements[self._source], np.float32))
        elif self._is_displaced:
            self._displacements.write(bytes(self._displacements.size))
        self._is_displaced = displacements is not None

    def write_normals(self) -> None:
        """Bring the normals up to the vertices, once per pose."""
        if self._unlit is not None:
            normals = vertex_normals(self._unlit, self._faces)
            self._normals.write(np.ascontiguousarray(normals[self._source]))
            self._unlit = None

    def draw(self, program: moderngl.Program, paint: dict[str, moderngl.Texture]) -> None:
        own = {"albedo": self._texture, "parts": self._parts.texture}
        bind_textures(program, {**own, **paint})
        self._array(program).render(moderngl.TRIANGLES)

    def release(self) -> None:
        release_all(
            *self._arrays.values(),
            self._positions,
            self._normals,
            self._displacements,
            self._uv,
            self._triangles,
            self._texture,
            self._parts,
        )


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
