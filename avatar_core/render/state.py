"""OpenGL state that a pass relies on, set in one place: Qt paints in between and leaves its own."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

import moderngl

from avatar_core.render.software import make_way

if TYPE_CHECKING:
    from collections.abc import Mapping

# moderngl has no names for these; each would change or drop what a pass draws.
_NEVER_WANTED = (
    0x0B90,  # GL_STENCIL_TEST
    0x0BF2,  # GL_COLOR_LOGIC_OP
    0x3000,  # GL_CLIP_DISTANCE0
    0x809E,  # GL_SAMPLE_ALPHA_TO_COVERAGE
    0x80A0,  # GL_SAMPLE_COVERAGE
    0x8DB9,  # GL_FRAMEBUFFER_SRGB
    0x8E51,  # GL_SAMPLE_MASK
    0x8F9D,  # GL_PRIMITIVE_RESTART
)


class Blend(Enum):
    """How premultiplied colours meet what is there."""

    NONE = "replace"
    OVER = "in front of it"
    UNDER = "behind it"
    LEAST = "the smaller number stays"


_FACTORS = {
    Blend.NONE: (moderngl.ONE, moderngl.ZERO),
    Blend.OVER: (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA),
    Blend.UNDER: (moderngl.ONE_MINUS_DST_ALPHA, moderngl.ONE),
    Blend.LEAST: (moderngl.ONE, moderngl.ONE),
}


class Depth(Enum):
    """What the depth buffer does in a pass."""

    OFF = "off"
    TEST = "test"
    WRITE = "test and write"
    REPLACE = "write without test"


def begin_pass(
    context: moderngl.Context,
    target: moderngl.Framebuffer,
    *,
    depth: Depth = Depth.OFF,
    blend: Blend = Blend.NONE,
) -> None:
    """Make `target` current, whole, with exactly the state asked for.

    Nothing is culled: heads have open mouths and eyelids.
    """
    make_way(context)
    cover_whole(target)
    target.depth_mask = depth in (Depth.WRITE, Depth.REPLACE)
    target.use()
    context.enable_only(
        (moderngl.NOTHING if blend is Blend.NONE else moderngl.BLEND)
        | (moderngl.NOTHING if depth is Depth.OFF else moderngl.DEPTH_TEST)
    )
    for capability in _NEVER_WANTED:
        context.disable_direct(capability)
    context.blend_equation = moderngl.MIN if blend is Blend.LEAST else moderngl.FUNC_ADD  # type: ignore[assignment]
    context.blend_func = _FACTORS[blend]
    context.depth_func = "1" if depth is Depth.REPLACE else "<="
    context.wireframe = False
    context.polygon_offset = (0.0, 0.0)
    context.multisample = True
    context.clear_samplers()


def cover_whole(target: moderngl.Framebuffer) -> None:
    """Open the whole of a framebuffer to drawing and clearing."""
    target.viewport = (0, 0, *target.size)
    target.scissor = None  # type: ignore[assignment]  # None is how moderngl turns it off


def bind_textures(
    program: moderngl.Program, textures: Mapping[str, moderngl.Texture | moderngl.TextureArray]
) -> None:
    """Give each named sampler of a program its texture, on units from 0 up."""
    for unit, (name, texture) in enumerate(textures.items()):
        texture.use(unit)
        member = program.get(name, None)
        if isinstance(member, moderngl.Uniform):
            member.value = unit


class Releasable(Protocol):
    """Anything that lives on the GPU."""

    def release(self) -> None: ...


def release_all(*items: Releasable) -> None:
    """Free one after the other."""
    for item in items:
        item.release()
