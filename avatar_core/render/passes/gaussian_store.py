"""A cloud of Gaussians on the graphics card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.render.data_textures import WIDTH, DataTexture, rows_of
from avatar_core.render.state import release_all

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.render.sorting import UInt32

_CORNERS = np.array([0, 1, 2, 2, 1, 3], np.uint32)


class GaussianStore:
    """GPU copy of one cloud, its pose, its drawing order and the records drawn from.

    Args:
        context: OpenGL.
        programs: that draw its quads.
        cloud: where it lies before any pose.

    Raises:
        RenderError: the graphics card has no textures of that size.
    """

    def __init__(
        self,
        context: moderngl.Context,
        programs: tuple[moderngl.Program, ...],
        cloud: GaussianCloud,
    ) -> None:
        count = len(cloud)
        self.visible = 0
        self.coefficients = cloud.sh.shape[1]
        self.hair_turn = np.eye(3, dtype=np.float32)
        self._cloud = cloud
        self._means, self._quats, self._scales, self._constants = (
            DataTexture(context, count, 4, "f4") for _ in range(4)
        )
        self._harmonics = DataTexture(context, count * self.coefficients, 4, "f2")
        self._order = DataTexture(context, count, 1, "u4")
        self._harmonics.write(
            cloud.sh.reshape(-1, 3), np.ones((count * self.coefficients, 1), np.float32)
        )
        self._has_own_shape = False
        self._write_shape(cloud.scales, cloud.sh[:, 0])
        self._means.write(cloud.means, cloud.opacities[:, None])
        self._quats.write(cloud.quats)
        size = (WIDTH, rows_of(count))
        names = ("places", "axes", "looks")
        self.record_textures = {name: context.texture(size, 4, dtype="f4") for name in names}
        for texture in self.record_textures.values():
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.records = context.framebuffer(list(self.record_textures.values()))
        first = 4 * np.arange(max(1, count), dtype=np.uint32)[:, None]
        self._triangles = context.buffer(first + _CORNERS)
        self.quads = {
            program: context.vertex_array(program, [], index_buffer=self._triangles)
            for program in programs
        }

    def textures(self) -> dict[str, moderngl.Texture]:
        """What projection reads, by the names of its samplers."""
        return {
            "order": self._order.texture,
            "means_opacities": self._means.texture,
            "quats": self._quats.texture,
            "scales_flags": self._scales.texture,
            "harmonics": self._harmonics.texture,
            "constants": self._constants.texture,
        }

    def write_pose(self, frame: AvatarFrame) -> None:
        """Load where a frame has the Gaussians, and what it made of their shapes."""
        cloud = self._cloud
        opacities = cloud.opacities if frame.hair_opacities is None else frame.hair_opacities
        expect_shapes(
            cloud=(cloud.opacities, "N"),
            hair_means=(frame.hair_means, "N 3"),
            hair_opacities=(opacities, "N"),
        )
        self._means.write(frame.hair_means, opacities[:, None])
        self._quats.write(frame.hair_quats)
        self.hair_turn = np.asarray(frame.hair_turn, np.float32)
        deforms = frame.hair_scales is not None or frame.hair_constants is not None
        if deforms or self._has_own_shape:
            self._write_shape(
                cloud.scales if frame.hair_scales is None else frame.hair_scales,
                cloud.sh[:, 0] if frame.hair_constants is None else frame.hair_constants,
            )
        self._has_own_shape = deforms

    def write_order(self, order: UInt32) -> None:
        """Set the order of drawing, the nearest first."""
        self.visible = len(order)
        self._order.write(order[:, None])

    def release(self) -> None:
        """Free everything."""
        stores = (self._means, self._quats, self._scales, self._constants)
        release_all(*stores, self._harmonics, self._order, *self.quads.values())
        release_all(self._triangles, self.records, *self.record_textures.values())

    def _write_shape(self, scales: np.ndarray, constants: np.ndarray) -> None:
        self._scales.write(scales, self._cloud.flags[:, None])
        self._constants.write(constants)
