"""The neural face: its textures and pixel decoder on the graphics card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.errors import RenderError, ShapeError
from avatar_core.project.mega_options import MegaOptions
from avatar_core.render.camera_block import attach_camera
from avatar_core.render.data_textures import DataTexture, expect_texture_size
from avatar_core.render.passes.paint_store import COARSEST
from avatar_core.render.pixel_decoder import PackedDecoder, grouped_channels, packed_decoder
from avatar_core.render.scene import Blending, FaceView
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.software import is_software
from avatar_core.render.state import (
    Depth,
    begin_pass,
    bind_textures,
    cover_whole,
    release_all,
)
from avatar_core.render.upload_ring import UploadRing

if TYPE_CHECKING:
    from avatar_core.frame import NeuralTextures
    from avatar_core.geometry import Float16, Float32
    from avatar_core.project.asset import FaceAsset
    from avatar_core.render.passes.paint_store import PaintStore
    from avatar_core.render.scene import SceneOptions
    from avatar_core.render.targets import Targets

_BINDING = 1
_BLOCK = "PixelDecoderBlock"
_BASIC = "neural_texture.texture"
_SHARES = {
    FaceView.COLOUR: (1.0, 1.0, 1.0),
    FaceView.DIFFUSE: (1.0, 0.0, 0.0),
    FaceView.VIEW: (1.0, 1.0, 0.0),
    FaceView.DYNAMIC: (1.0, 0.0, 1.0),
}
"""Of the basic, view and dynamic texture; the other views do not ask the network."""


class NeuralFacePass:
    """Colours the points of the surface pass with the pixel decoder."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._shaders = shaders
        self._covers: dict[tuple[bool, bool], moderngl.VertexArray] = {}
        self._store: _Store | None = None
        self._make_programs(painted=False)

    def prepare_paint(self) -> None:
        """Compile what draws paint; nothing is spent on it before.

        Raises:
            RenderError: the driver refuses it.
        """
        if not self.can_paint:
            self._make_programs(painted=True)

    @property
    def can_paint(self) -> bool:
        return (False, True) in self._covers

    def _make_programs(self, *, painted: bool) -> None:
        for multisampled in (True, False):
            words = {"MULTISAMPLED": multisampled, "PAINTED": painted}
            program = self._shaders.program(
                self._context,
                "fullscreen.vert.glsl",
                "neural_face.frag.glsl",
                [word for word, holds in words.items() if holds],
            )
            attach_camera(program)
            block = program.get(_BLOCK, None)
            if isinstance(block, moderngl.UniformBlock):
                block.binding = _BINDING
            cover = self._context.vertex_array(program, [])
            self._covers[multisampled, painted] = cover

    def upload(self, face: FaceAsset) -> None:
        """Load what does not move.

        Raises:
            WeightsError: the weights are not those of a pixel decoder that can be drawn.
            RenderError: the graphics card has no textures of that size.
        """
        self.drop()
        self._store = _Store(self._context, face)

    def upload_basic(self, face: FaceAsset) -> None:
        """Load the basic texture of the same face anew, where it differs."""
        if self._store is not None:
            self._store.write_basic(face)

    def upload_textures(self, textures: NeuralTextures) -> None:
        """Load the moving parts; an array that is there already is left alone."""
        if self._store is not None:
            self._store.write(textures)

    @property
    def is_ready(self) -> bool:
        """Whether all there is to draw is there."""
        return self._store is not None and self._store.is_complete

    def draws(self, view: FaceView) -> bool:
        """Whether this pass, not the plain texture, has what a view shows."""
        return self.is_ready and view in _SHARES

    def draw(
        self,
        targets: Targets,
        scene: SceneOptions,
        box: tuple[int, int, int, int],
        paint: PaintStore | None = None,
    ) -> None:
        """From `Targets.surface` to colour, distance and depth of every pixel.

        Args:
            targets: of the picture.
            scene: its view of the face is one that `draws` knows.
            box: left, bottom, width and height of what the mesh can cover, pixels, y up.
            paint: over the face; needs `prepare_paint`.
        """
        assert self._store is not None
        targets.clear_face()
        if box[2] == 0 or box[3] == 0:
            return
        cover = self._covers[targets.is_multisampled, paint is not None]
        begin_pass(self._context, targets.resolved, depth=Depth.REPLACE)
        targets.resolved.scissor = box
        store, packed = self._store, self._store.packed
        store.uniforms.bind_to_uniform_block(_BINDING)
        set_uniforms(
            cover.program,
            {
                "sample_count": targets.samples,
                "shares": np.multiply(_SHARES[scene.face_view], (1.0, *scene.part_strengths)),
                "relative": scene.face_view in (FaceView.VIEW, FaceView.DYNAMIC),
                # The readable twin knows no levels of detail.
                "coarsest_paint": 0.0 if scene.blending is Blending.EXACT else COARSEST,
                "texture_groups": packed.texture_groups,
                "code_groups": packed.code_groups,
                "code_entries": len(packed.codes),
                "pair_count": packed.pair_count,
                "hidden_block": packed.hidden_block,
                "told_place": packed.told_place,
            },
        )
        bind_textures(
            cover.program,
            {
                "surface": targets.surface,
                "basic_texture": store.basic,
                "view_texture": store.view,
                "dynamic_texture": store.dynamic,
                "uv_codes": store.codes.texture,
                **({} if paint is None else paint.textures),
            },
        )
        cover.render(moderngl.TRIANGLES, vertices=3)
        # Clearing another framebuffer would be cut by it.
        cover_whole(targets.resolved)

    def drop(self) -> None:
        """Forget the face: the avatar has none, or another one comes."""
        if self._store is not None:
            self._store.release()
            self._store = None

    def release(self) -> None:
        self.drop()
        for cover in self._covers.values():
            release_all(cover, cover.program)


class _Store:
    """GPU copy of one neural face."""

    def __init__(self, context: moderngl.Context, face: FaceAsset) -> None:
        options = MegaOptions.from_plain(face.options)
        self.packed: PackedDecoder = packed_decoder(
            face.weights, told_place=options.surface_conditioned
        )
        self._source = face.weights[_BASIC]
        basic = grouped_channels(self._source)
        self._shape = basic.shape
        self._context = context
        self.basic = _layered(context, basic)
        self.view, self.dynamic = (_layered(context, basic.shape, "f2") for _ in range(2))
        self._written: dict[str, Float16] = {}
        # A processor that draws has nobody to hand uploads to: they would be copied once more.
        self._ring = None if is_software(context) else UploadRing(context)
        self.codes = DataTexture(context, max(1, len(self.packed.codes)), 4, "f4")
        self.codes.write(self.packed.codes)
        self.uniforms = context.buffer(self.packed.uniform_bytes())

    @property
    def is_complete(self) -> bool:
        return len(self._written) == 2

    def write_basic(self, face: FaceAsset) -> None:
        """Load the rectangle in which the basic texture of the same face differs from before."""
        before, after = self._source, face.weights[_BASIC]
        if after.shape != before.shape:
            raise ShapeError(
                f"{_BASIC}: expected {list(before.shape)} as before, got {list(after.shape)}"
            )
        differs = (before != after).any(axis=(0, 1))
        rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
        self._source = after
        if not len(rows):
            return
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        part = grouped_channels(after[..., box[0], box[1]])
        layers, height, width, _ = part.shape
        place = (int(columns[0]), int(rows[0]), 0, width, height, layers)
        self.basic.write(part, viewport=place)

    def write(self, textures: NeuralTextures) -> None:
        """Load the moving parts; they may be reduced from the size of the basic texture."""
        if textures.view is not self._written.get("view"):
            self.view = self._filled(self.view, textures.view, "view")
            self._written["view"] = textures.view
        if textures.dynamic is not self._written.get("dynamic"):
            self.dynamic = self._filled(self.dynamic, textures.dynamic, "dynamic")
            self._written["dynamic"] = textures.dynamic

    def _filled(
        self, target: moderngl.TextureArray, values: Float16, name: str
    ) -> moderngl.TextureArray:
        layers, height, width, _ = values.shape
        if layers != self._shape[0] or min(height, width) < 2:
            raise RenderError(
                f"The face's {name} texture is {list(values.shape)}, "
                f"its basic one {list(self._shape)}."
            )
        if target.size != (width, height, layers):
            target.release()
            target = _layered(self._context, values.shape, "f2")
        if self._ring is None:
            target.write(np.ascontiguousarray(values))
        else:
            self._ring.write(target, values)
        return target

    def release(self) -> None:
        release_all(self.basic, self.view, self.dynamic, self.codes, self.uniforms)
        if self._ring is not None:
            self._ring.release()


def _layered(
    context: moderngl.Context, values: Float32 | tuple[int, ...], dtype: str = "f4"
) -> moderngl.TextureArray:
    """A texture of [L, H, W, 4] numbers; a shape alone leaves them unset."""
    shape = values if isinstance(values, tuple) else values.shape
    layers, height, width, _ = shape
    expect_texture_size(context, width, height)
    data = None if isinstance(values, tuple) else np.ascontiguousarray(values)
    texture = context.texture_array((width, height, layers), 4, data, dtype=dtype)
    texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
    return texture
