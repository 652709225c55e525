"""The neural face: its textures and pixel decoder on the graphics card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.errors import RenderError
from avatar_core.project.mega_options import MegaOptions
from avatar_core.render.camera_block import attach_camera
from avatar_core.render.data_textures import DataTexture, expect_texture_size
from avatar_core.render.pixel_decoder import PackedDecoder, grouped_channels, packed_decoder
from avatar_core.render.scene import FaceView
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
    from avatar_core.render.targets import Targets

_BINDING = 1
_BLOCK = "PixelDecoderBlock"
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
        self._programs = {
            multisampled: attach_camera(
                shaders.program(
                    context,
                    "fullscreen.vert.glsl",
                    "neural_face.frag.glsl",
                    ("MULTISAMPLED",) if multisampled else (),
                )
            )
            for multisampled in (False, True)
        }
        for program in self._programs.values():
            block = program.get(_BLOCK, None)
            if isinstance(block, moderngl.UniformBlock):
                block.binding = _BINDING
        self._covers = {
            multisampled: context.vertex_array(program, [])
            for multisampled, program in self._programs.items()
        }
        self._store: _Store | None = None

    def upload(self, face: FaceAsset) -> None:
        """Load what does not move.

        Raises:
            WeightsError: the weights are not those of a pixel decoder that can be drawn.
            RenderError: the graphics card has no textures of that size.
        """
        self.drop()
        self._store = _Store(self._context, face)

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

    def draw(self, targets: Targets, view: FaceView, box: tuple[int, int, int, int]) -> None:
        """From `Targets.surface` to colour, distance and depth of every pixel.

        Args:
            targets: of the picture.
            view: what is shown, one that `draws` knows.
            box: left, bottom, width and height of what the mesh can cover, pixels, y up.
        """
        assert self._store is not None
        targets.clear_face()
        if box[2] == 0 or box[3] == 0:
            return
        program = self._programs[targets.is_multisampled]
        begin_pass(self._context, targets.resolved, depth=Depth.REPLACE)
        targets.resolved.scissor = box
        store, packed = self._store, self._store.packed
        store.uniforms.bind_to_uniform_block(_BINDING)
        relative = view in (FaceView.VIEW, FaceView.DYNAMIC)
        set_uniforms(
            program,
            {
                "sample_count": targets.samples,
                "shares": _SHARES[view],
                "relative": relative,
                "turns": 2 if relative else 1,
                "texture_groups": packed.texture_groups,
                "code_groups": packed.code_groups,
                "code_entries": len(packed.codes),
                "pair_count": packed.pair_count,
                "hidden_block": packed.hidden_block,
                "told_place": packed.told_place,
            },
        )
        bind_textures(
            program,
            {
                "surface": targets.surface,
                "basic_texture": store.basic,
                "view_texture": store.view,
                "dynamic_texture": store.dynamic,
                "uv_codes": store.codes.texture,
            },
        )
        self._covers[targets.is_multisampled].render(moderngl.TRIANGLES, vertices=3)
        # Clearing another framebuffer would be cut by it.
        cover_whole(targets.resolved)

    def drop(self) -> None:
        """Forget the face: the avatar has none, or another one comes."""
        if self._store is not None:
            self._store.release()
            self._store = None

    def release(self) -> None:
        self.drop()
        release_all(*self._covers.values(), *self._programs.values())


class _Store:
    """GPU copy of one neural face."""

    def __init__(self, context: moderngl.Context, face: FaceAsset) -> None:
        options = MegaOptions.from_plain(face.options)
        self.packed: PackedDecoder = packed_decoder(
            face.weights, told_place=options.surface_conditioned
        )
        basic = grouped_channels(face.weights["neural_texture.texture"])
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
