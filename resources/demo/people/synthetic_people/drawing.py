"""Draws a person with OpenGL: picture, person mask, depth and neutral place of every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import moderngl
import numpy as np
from synthetic_capture.head.joints import JOINTS

from avatar_core.render.offscreen import create_offscreen_context
from synthetic_people.canonical import FLIP
from synthetic_people.ribbons import FIXED, MOVING, fixed_rows, moving_rows, ribbon_triangles
from synthetic_people.visibility import fitted_visibility

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Bool, Float, Float32, UInt8

    from synthetic_people.lighting import Lighting
    from synthetic_people.person import Person
    from synthetic_people.stage import Stage
    from synthetic_people.strand_set import StrandSet

_Owned = TypeVar("_Owned")
_SHADERS = Path(__file__).parent / "shaders"
_VISIBILITY_PX = 192
_SHADOW_SHARE = 1.2
"""Side of the shadow map in sides of the picture's samples."""
_CAMERA = np.diag([1.0, 1.0, 0.3, 1.0])
"""Row 0 of what is read back is y = -1, the top of the picture; depths of +-3.3 units are seen."""
_COARSE = 600
"""Pictures of at most so many samples have coarser shadows."""
_SHADOW_HALF_WIDTH = 1.7
_MESH_FIXED = np.dtype(
    [("neutral", "3f4"), ("uv", "2f4"), ("visibility", "4f4"), ("on_head", "f4"), ("part", "f4")]
)
_MESH_MOVING = np.dtype([("position", "3f4"), ("normal", "3f4")])


@dataclass(frozen=True)
class Drawn:
    """One frame at the size of the samples [R, R], top row first.

    Args:
        picture: [R, R, 4] uint8 sRGB; alpha is 255 on the head, 128 on clothes, else 0.
        truth: [R, R, 4] neutral place in canonical space and image-space z.
    """

    picture: UInt8
    truth: Float32

    @property
    def is_hit(self) -> Bool:
        """[R, R] whether there is anything."""
        return np.asarray(self.picture[..., 3] > 0)

    @property
    def is_head(self) -> Bool:
        """[R, R] whether there is head, hair or neck, not clothes."""
        return np.asarray(self.picture[..., 3] > 200)


class Painter:
    """Owns the OpenGL context and the buffers of one person at a time.

    Args:
        stage: what all people share.
        samples: side of the drawn picture, samples.
    """

    def __init__(self, stage: Stage, samples: int) -> None:
        self.stage, self.samples = stage, samples
        self.context = create_offscreen_context()
        self.context.enable(moderngl.DEPTH_TEST)
        self.context.front_face = "cw"
        self._mesh = self._program("mesh.vert", "mesh.frag")
        self._strand = self._program("strand.vert", "strand.frag")
        self._mesh_depth = self._program("mesh.vert", "depth.frag")
        self._strand_depth = self._program("strand_depth.vert", "depth.frag")
        size = (samples, samples)
        self._targets = [
            self.context.texture(size, 4, dtype="f1"),
            self.context.texture(size, 4, dtype="f4"),
        ]
        self._frame = self.context.framebuffer(self._targets, self.context.depth_renderbuffer(size))
        self._depths = {}
        self._shadow_px = int(_SHADOW_SHARE * samples)
        for px in (_VISIBILITY_PX, self._shadow_px):
            texture = self.context.depth_texture((px, px))
            texture.compare_func = ""
            texture.repeat_x = texture.repeat_y = False
            self._depths[px] = self.context.framebuffer([], texture), texture
        self._owned: list[Any] = []

    def _program(self, vertex: str, fragment: str) -> moderngl.Program:
        return self.context.program(_shader(vertex), _shader(fragment))

    def enter(self, person: Person) -> None:
        """Upload a person; the one before leaves."""
        for item in self._owned:
            item.release()
        self._owned, self._person = [], person
        mesh = self.stage.mesh
        self._moving = self._own(
            self.context.buffer(reserve=len(mesh.vertex) * _MESH_MOVING.itemsize, dynamic=True)
        )
        self._indices = self._own(self.context.buffer(mesh.faces.tobytes()))
        self._atlas = self._own(
            self.context.texture(person.atlas.shape[:2][::-1], 4, person.atlas.tobytes())
        )
        self._atlas.build_mipmaps()
        self._atlas.anisotropy = 4.0
        strands = (person.hair, person.beard, person.brows, person.lashes)
        self._sets = [s for s in strands if s is not None]
        self._fixed = self._own(
            self.context.buffer(reserve=len(mesh.vertex) * _MESH_FIXED.itemsize)
        )
        self._ribbons = [_Ribbons(self, strands) for strands in self._sets]
        self._mesh_arrays = {p: self._mesh_array(p) for p in (self._mesh, self._mesh_depth)}
        self._upload_face(person.vertices)
        self._bake()

    def release(self) -> None:
        """Give the context back."""
        self.context.release()

    def _own(self, item: _Owned) -> _Owned:
        self._owned.append(item)
        return item

    def _mesh_array(self, program: moderngl.Program) -> moderngl.VertexArray:
        return self._own(
            self.context.vertex_array(
                program,
                [
                    _binding(self._moving, _MESH_MOVING, program),
                    _binding(self._fixed, _MESH_FIXED, program),
                ],
                self._indices,
            )
        )

    def _upload_face(self, vertices: Float32) -> None:
        mesh, person = self.stage.mesh, self._person
        rows = np.empty(len(mesh.vertex), _MESH_MOVING)
        rows["position"] = vertices[mesh.vertex]
        rows["normal"] = self.stage.normals(vertices)[mesh.vertex]
        self._moving.write(rows.tobytes())
        for ribbons in self._ribbons:
            if ribbons.strands.carriers is not None or not ribbons.is_written:
                ribbons.write(person.carried(ribbons.strands, vertices))

    def _bake(self) -> None:
        """Fit the visibility of all points and upload what stays."""
        mesh, person = self.stage.mesh, self._person
        canonical = person.canonical
        normals = self.stage.normals(person.vertices)
        strand_points = [s.points.reshape(-1, 3) for s in self._sets]
        sets: list[tuple[Float32, Float32 | None]] = [(person.vertices, normals)]
        sets += [(points, None) for points in strand_points]
        fitted = fitted_visibility(sets, self._depth_from)
        rows = np.empty(len(mesh.vertex), _MESH_FIXED)
        rows["neutral"] = canonical.of(person.vertices)[mesh.vertex]
        rows["uv"] = mesh.uv
        rows["visibility"] = fitted[0][mesh.vertex]
        weights = person.model.skin_weights
        rows["on_head"] = 1 - weights[mesh.vertex, JOINTS.index("root")]
        rows["part"] = mesh.part
        self._fixed.write(rows.tobytes())
        for ribbons, visibility in zip(self._ribbons, fitted[1:], strict=True):
            strands = ribbons.strands
            ribbons.fixed.write(
                fixed_rows(
                    canonical.of(strands.points),
                    strands.colours,
                    strands.half_width,
                    visibility.reshape(*strands.points.shape[:2], 4),
                ).tobytes()
            )

    def _depth_from(self, view: Float) -> Float32:
        """[R, R] depth of the neutral head through a [4, 4] view from the head frame."""
        target, texture = self._depths[_VISIBILITY_PX]
        self._draw_depth(target, view, np.eye(4), np.eye(4), hair_share=0.3, least=1.3)
        return np.frombuffer(texture.read(), np.float32).reshape(_VISIBILITY_PX, _VISIBILITY_PX)

    def _draw_depth(
        self, target: Any, view: Float, head: Float, body: Float, hair_share: float, least: float
    ) -> None:
        target.use()
        target.clear(depth=1.0)
        _set(self._mesh_depth, image_from_head=head, image_from_body=body, view=view)
        self._mesh_arrays[self._mesh_depth].render()
        _set(
            self._strand_depth,
            image_from_head=head,
            view=view,
            least_half_width=least / target.size[0],
            width_scale=np.linalg.norm(head[0, :3]),
        )
        for ribbons in self._ribbons[: 1 if self._person.hair is not None else 0]:
            ribbons.render(self._strand_depth, hair_share)

    def draw(self, weights: Float32, head: Float, body: Float, lighting: Lighting) -> Drawn:
        """A face with expression weights [52], its head and bust at [4, 4] image from head."""
        vertices = self._person.face(weights)
        self._upload_face(vertices)
        is_lit = lighting.colours.any(1)
        lights = FLIP * lighting.directions[is_lit]
        key_view = _light_view(lights[0])
        shadow, texture = self._depths[self._shadow_px]
        self._draw_depth(shadow, key_view, head, body, hair_share=0.3, least=1.6)
        self._frame.use()
        self._frame.clear(0, 0, 0, 0, depth=1.0)
        texture.use(1)
        self._atlas.use(0)
        rotation = head[:3, :3] / np.linalg.norm(head[0, :3])
        common = {
            "image_from_head": head,
            "view": _CAMERA,
            "light_direction": _filled(lights),
            "light_direction_head": _filled(lights @ rotation),
            "light_colour": _filled(lighting.colours[is_lit]),
            "ambient": lighting.ambient,
            "key_view": key_view,
            "key_depth": 1,
            "lights": len(lights),
            "shadow_taps": 3 if self.samples > _COARSE else 2,
        }
        skin = self._person.traits.skin
        _set(
            self._mesh,
            **common,
            image_from_body=body,
            albedo=0,
            relief=0.0022 * np.linalg.norm(head[0, :3]) * 0.13,
            oiliness=0.55 + 0.5 * skin.gloss,
            lip_gloss=0.6 + 1.4 * skin.lipstick * skin.gloss,
        )
        self.context.enable(moderngl.CULL_FACE)
        self._mesh_arrays[self._mesh].render()
        self.context.disable(moderngl.CULL_FACE)
        _set(
            self._strand,
            **common,
            least_half_width=0.8 / self.samples,
            width_scale=np.linalg.norm(head[0, :3]),
            hair_gloss=0.9,
        )
        for ribbons in self._ribbons:
            ribbons.render(self._strand, 1.0)
        return self._read()

    def _read(self) -> Drawn:
        shape = (self.samples, self.samples, 4)
        picture, truth = (
            np.frombuffer(target.read(), kind).reshape(shape)
            for target, kind in zip(self._targets, ("u1", "f4"), strict=True)
        )
        return Drawn(picture, truth)


def _shader(name: str) -> str:
    """A shader's source; one without a version of its own is lit."""
    source = (_SHADERS / name).read_text()
    if source.startswith("#version"):
        return source
    return f"#version 330\n{(_SHADERS / 'light.glsl').read_text()}\n{source}"


class _Ribbons:
    """The buffers of one set of strands."""

    def __init__(self, painter: Painter, strands: StrandSet) -> None:
        self.strands = strands
        self.is_written = False
        count, points = strands.points.shape[:2]
        vertices = count * points
        context = painter.context
        self._indices = painter._own(context.buffer(ribbon_triangles(count, points).tobytes()))
        self._per_strand = (points - 2) * 3
        self.moving = painter._own(context.buffer(reserve=vertices * MOVING.itemsize, dynamic=True))
        self.fixed = painter._own(context.buffer(reserve=vertices * FIXED.itemsize))
        self._arrays = {
            program: painter._own(
                context.vertex_array(
                    program,
                    [_binding(self.moving, MOVING, program), _binding(self.fixed, FIXED, program)],
                    self._indices,
                )
            )
            for program in (painter._strand, painter._strand_depth)
        }

    def write(self, points: Float32) -> None:
        """New places [N, K, 3] of the strands."""
        self.moving.write(moving_rows(points).tobytes())
        self.is_written = True

    def render(self, program: moderngl.Program, share: float) -> None:
        """Draw the first `share` of the strands; they are in random order."""
        strands = max(int(len(self.strands.points) * share), 1)
        self._arrays[program].render(vertices=strands * self._per_strand)


def _binding(
    buffer: moderngl.Buffer, layout: np.dtype, program: moderngl.Program
) -> tuple[Any, ...]:
    """Moderngl's description of a structured buffer, skipping what the program does not use."""
    formats, names = [], []
    for name in layout.names or ():
        field = layout[name]
        size = field.shape[0] if field.shape else 1
        used = name in program
        formats.append(f"{size}f" if used else f"{size * 4}x")
        if used:
            names.append(name)
    return (buffer, " ".join(formats), *names)


def _set(program: moderngl.Program, **uniforms: Any) -> None:
    for name, value in uniforms.items():
        if name not in program:
            continue
        if isinstance(value, np.ndarray):
            array = value.T if value.shape == (4, 4) else value
            program[name].write(np.ascontiguousarray(array, np.float32).tobytes())  # type: ignore[union-attr]
        else:
            program[name].value = value  # type: ignore[union-attr]


def _filled(rows: Float) -> Float:
    """[4, 3] rows with zeros after them."""
    filled: Float = np.r_[rows, np.zeros((4 - len(rows), 3))]
    return filled


def _light_view(direction: Float) -> Float:
    """[4, 4] from image space to the clip space of a light in `direction`."""
    up = np.array([0.0, 1.0, 0.0]) if abs(direction[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = np.cross(up, direction)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    axes = np.stack([right, np.cross(direction, right), -direction])
    matrix[:3, :3] = axes / np.array([[_SHADOW_HALF_WIDTH], [_SHADOW_HALF_WIDTH], [4.0]])
    return matrix
