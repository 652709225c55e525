"""MeGA's occlusion-aware blend, pixel by pixel as its trainer has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl

from avatar_core.render.camera_block import attach_camera
from avatar_core.render.shaders import set_uniforms
from avatar_core.render.state import Blend, begin_pass, bind_textures

if TYPE_CHECKING:
    from avatar_core.project.mega_options import MegaOptions
    from avatar_core.render.scene import SceneOptions
    from avatar_core.render.shaders import ShaderLibrary
    from avatar_core.render.targets import Targets

_OPEN_RADIUS_PX = 1
_CLOSE_RADIUS_PX = 2
_BLUR_REACH_PX = 2


class ExactBlendPass:
    """Blends the layers of `Targets` over the target.

    Source:
        Wang et al., MeGA, arXiv:2404.19026, section 3.4; `mega.blend` is the readable twin.
    """

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._mask, self._window, self._blend = (
            attach_camera(shaders.program(context, "fullscreen.vert.glsl", fragment))
            for fragment in (
                "occlusion_mask.frag.glsl",
                "window.frag.glsl",
                "exact_blend.frag.glsl",
            )
        )
        self._covers = {
            program: context.vertex_array(program, [])
            for program in (self._mask, self._window, self._blend)
        }

    def draw(
        self,
        targets: Targets,
        target: moderngl.Framebuffer,
        options: MegaOptions,
        scene: SceneOptions,
        depth_range_m: tuple[float, float],
    ) -> None:
        """Blend as the avatar's options say; what neither layer covers is left as it is."""
        mask = self._draw_mask(targets, options)
        begin_pass(self._context, target, blend=Blend.OVER)
        set_uniforms(
            self._blend,
            {
                "blur_reach": _BLUR_REACH_PX if options.mask_blurred else 0,
                "white_twice": options.white_twice,
                "show_depth": scene.show_depth,
                "depth_range_m": depth_range_m,
            },
        )
        self._run(
            self._blend,
            {
                "face": targets.face_colour,
                "hair": targets.hair_colour,
                "mask": mask,
                "nearest_m": targets.face_nearest_m,
            },
        )

    def release(self) -> None:
        for program, cover in self._covers.items():
            cover.release()
            program.release()

    def _draw_mask(self, targets: Targets, options: MegaOptions) -> moderngl.Texture:
        peel = targets.peel
        begin_pass(self._context, peel.mask_targets[0])
        set_uniforms(self._mask, {"free_unmasked": options.free_unmasked})
        near = peel.near[1 if takes_second(options) else 0]
        self._run(self._mask, {"head_m": targets.face_nearest_m, "hair_m": near})
        if not options.mask_cleaned:
            return peel.masks[0]
        # Opening ends and closing begins with a dilation: one of both radii is the same.
        steps = (
            (_OPEN_RADIUS_PX, False),
            (_OPEN_RADIUS_PX + _CLOSE_RADIUS_PX, True),
            (_CLOSE_RADIUS_PX, False),
        )
        for step, (radius, is_greatest) in enumerate(steps):
            begin_pass(self._context, peel.mask_targets[(step + 1) % 2])
            set_uniforms(self._window, {"radius": radius, "is_greatest": is_greatest})
            self._run(self._window, {"mask": peel.masks[step % 2]})
        return peel.masks[len(steps) % 2]

    def _run(self, program: moderngl.Program, textures: dict[str, moderngl.Texture]) -> None:
        bind_textures(program, textures)
        self._covers[program].render(moderngl.TRIANGLES, vertices=3)


def takes_second(options: MegaOptions) -> bool:
    """Whether the mask goes by the second solid Gaussian: a single stray hair hides nothing."""
    return options.mask_cleaned and not options.foreign_hair
