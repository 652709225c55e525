"""A cloud of Gaussians on the graphics card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.gaussians.cloud import SELECTED, GaussianCloud
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.render.data_textures import WIDTH, DataTexture, rows_of
from avatar_core.render.state import release_all

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.render.sorting import UInt32

_CORNERS = np.array([0, 1, 2, 2, 1, 3], np.uint32)


class GaussianStore:
    """GPU copy of one cloud, its pose, its drawing order and the records drawn from.

    It has room for some more Gaussians than it was made for, see `holds`.

    Args:
        context: OpenGL.
        programs: that draw its quads.
        count: Gaussians.
        coefficients: harmonics of each that are drawn.

    Raises:
        RenderError: the graphics card has no textures of that size.
    """

    def __init__(
        self,
        context: moderngl.Context,
        programs: tuple[moderngl.Program, ...],
        count: int,
        coefficients: int,
    ) -> None:
        self.visible = 0
        self.coefficients = coefficients
        self.hair_turn = np.eye(3, dtype=np.float32)
        self._cloud = GaussianCloud.empty(coefficients)
        self._weights: Float32 = np.zeros(0, np.float32)
        self._is_shape_there = False
        size = (WIDTH, rows_of(count))
        self._room = WIDTH * rows_of(count)
        self._means, self._quats, self._scales, self._constants = (
            DataTexture(context, count, 4, "f4") for _ in range(4)
        )
        self._harmonics = DataTexture(context, self._room * coefficients, 4, "f2")
        self._order = DataTexture(context, count, 1, "u4")
        names = ("places", "axes", "looks")
        self.record_textures = {name: context.texture(size, 4, dtype="f4") for name in names}
        for texture in self.record_textures.values():
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.records = context.framebuffer(list(self.record_textures.values()))
        first = 4 * np.arange(self._room, dtype=np.uint32)[:, None]
        self._triangles = context.buffer(first + _CORNERS)
        self.quads = {
            program: context.vertex_array(program, [], index_buffer=self._triangles)
            for program in programs
        }

    def holds(self, count: int, coefficients: int) -> bool:
        """Whether so many Gaussians fit, without much room to spare."""
        return coefficients == self.coefficients and WIDTH * rows_of(count) == self._room

    def write_cloud(self, cloud: GaussianCloud, weights: Float32 | None = None) -> None:
        """Load what is no matter of the pose; `write_pose` comes next.

        Args:
            cloud: [N] with at least as many harmonics as are drawn. They must not be written
                afterwards: only those that differ from the cloud before are loaded.
            weights: [N] 0..1, how far each takes the tint of selected ones; by its flag where
                left out.
        """
        if weights is None:
            weights = (cloud.flags & SELECTED).astype(np.float32)
        expect_shapes(cloud=(cloud.opacities, "N"), weights=(weights, "N"))
        self._write_harmonics(cloud.sh, self._cloud.sh)
        self._cloud, self._weights = cloud, weights
        self._is_shape_there = False
        self.visible = 0

    def textures(self) -> dict[str, moderngl.Texture]:
        """What projection reads, by the names of its samplers."""
        return {
            "order": self._order.texture,
            "means_opacities": self._means.texture,
            "quats": self._quats.texture,
            "scales_weights": self._scales.texture,
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
        if deforms or not self._is_shape_there:
            self._write_shape(
                cloud.scales if frame.hair_scales is None else frame.hair_scales,
                cloud.sh[:, 0] if frame.hair_constants is None else frame.hair_constants,
            )
        self._is_shape_there = not deforms

    def write_order(self, order: UInt32) -> None:
        """Set the order of drawing, the nearest first."""
        self.visible = len(order)
        self._order.write(order[:, None])

    def release(self) -> None:
        """Free everything."""
        stores = (self._means, self._quats, self._scales, self._constants)
        release_all(*stores, self._harmonics, self._order, *self.quads.values())
        release_all(self._triangles, self.records, *self.record_textures.values())

    def _write_harmonics(self, sh: Float32, before: Float32) -> None:
        if sh is before:
            return
        drawn = sh[:, : self.coefficients]
        differs = np.ones(len(sh), bool)
        if sh.shape[1] == before.shape[1]:
            shared = min(len(sh), len(before))
            differs[:shared] = (sh[:shared] != before[:shared]).any(axis=(1, 2))
        rows = np.flatnonzero(differs)
        if len(rows) == len(sh):
            self._harmonics.write(drawn.reshape(-1, 3))
        else:
            texels = rows[:, None] * self.coefficients + np.arange(self.coefficients)
            self._harmonics.write_at(texels.ravel(), drawn[rows].reshape(-1, 3))

    def _write_shape(self, scales: np.ndarray, constants: np.ndarray) -> None:
        self._scales.write(scales, self._weights[:, None])
        self._constants.write(constants)
