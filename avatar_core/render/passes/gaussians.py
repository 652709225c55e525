"""The hair: Gaussians projected on the GPU, drawn as oriented quads back to front."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.render.camera_block import attach_camera
from avatar_core.render.data_textures import WIDTH, DataTexture, rows_of
from avatar_core.render.passes.occlusion import OcclusionPass
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.state import Blend, Depth, begin_pass, bind_textures
from avatar_core.render.targets import TILE_PX

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32
    from avatar_core.render.scene import SceneOptions
    from avatar_core.render.sorting import UInt32
    from avatar_core.render.targets import Targets

BATCH_SHARES = (0.3, 0.6)
"""Where large clouds are cut; more cuts gain nothing over the passes between them."""

LEAST_ROWS = 5
"""Clouds with fewer rows are drawn at once."""

_CORNERS = np.array([0, 1, 2, 2, 1, 3], np.uint32)


class GaussiansPass:
    """Draws hair into `Targets.hair`.

    Projection runs once per Gaussian, as fragments that write records into textures, instead of
    once per corner; the quads then fetch a record each. Data crosses to the GPU when it changes;
    a camera move uploads the order alone.

    Quads are drawn in a few batches from the nearest on. Between them pixels that are full are
    closed, and Gaussians of which nothing can show are dropped as a whole: most of a full head of
    hair lies under its own surface.
    """

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._project = attach_camera(
            shaders.program(context, "fullscreen.vert.glsl", "splat_project.frag.glsl")
        )
        self._draw = attach_camera(shaders.program(context, "splat.vert.glsl", "splat.frag.glsl"))
        self._cover = context.vertex_array(self._project, [])
        self._occlusion = OcclusionPass(context, shaders)
        self._store: _Store | None = None
        self._hair_turn = np.eye(3, dtype=np.float32)

    def upload(self, cloud: GaussianCloud) -> None:
        """Load a cloud where it lies: shapes, colours, flags and places."""
        self._drop_store()
        self._store = _Store(self._context, self._draw, cloud)
        self.upload_pose(cloud.means, cloud.quats, np.eye(3, dtype=np.float32))

    def upload_pose(self, means: Float32, quats: Float32, hair_turn: Float32) -> None:
        """Move the cloud: [N, 3] metres, [N, 4] wxyz, [3, 3] turn of its harmonics."""
        if self._store is None:
            return
        self._store.write_pose(means, quats)
        self._hair_turn = np.asarray(hair_turn, np.float32)

    def upload_order(self, order: UInt32) -> None:
        """Set which Gaussians are drawn, the farthest first."""
        if self._store is not None:
            self._store.write_order(order[::-1])

    def draw(self, targets: Targets, scene: SceneOptions) -> None:
        """Draw the hair with the camera of the draw, nearest first, before what lies there."""
        targets.clear_hair()
        store = self._store
        if store is None or store.visible == 0:
            return
        self._occlusion.draw_tiles(targets)
        batches = row_batches(store.visible)
        for batch in batches:
            self._project_rows(store, batch, targets, scene)
            self._draw_rows(store, batch, targets)
            if batch is not batches[-1]:
                self._occlusion.close_saturated(targets)

    def _project_rows(
        self, store: _Store, rows: range, targets: Targets, scene: SceneOptions
    ) -> None:
        begin_pass(self._context, store.records)
        store.records.viewport = (0, rows.start, WIDTH, len(rows))
        set_uniforms(
            self._project,
            {
                "record_count": store.visible,
                "coefficient_count": store.coefficients,
                "tile_px": TILE_PX,
                "hair_turn": tuple(self._hair_turn.T.ravel().tolist()),
                "selection_tint": (*scene.selection_tint, scene.selection_strength),
            },
        )
        bind_textures(
            self._project,
            {
                "order": store.order.texture,
                "means_opacities": store.means.texture,
                "quats": store.quats.texture,
                "scales_flags": store.scales.texture,
                "harmonics": store.harmonics.texture,
                "tiles": targets.tile_depth_m,
            },
        )
        self._cover.render(moderngl.TRIANGLES, vertices=3)

    def _draw_rows(self, store: _Store, rows: range, targets: Targets) -> None:
        # Nearest first: each adds what the ones before it let through. It is the same sum as the
        # other way round, and what nothing can add to any more need not be drawn.
        begin_pass(self._context, targets.hair, depth=Depth.TEST, blend=Blend.UNDER)
        places, axes, looks = store.record_textures
        bind_textures(
            self._draw,
            {
                "places": places,
                "axes": axes,
                "looks": looks,
                "mesh_nearest_m": targets.face_nearest_m,
            },
        )
        first, last = rows.start * WIDTH, min(rows.stop * WIDTH, store.visible)
        store.quads.render(moderngl.TRIANGLES, vertices=6 * (last - first), first=6 * first)

    def release(self) -> None:
        self._drop_store()
        for item in (self._cover, self._project, self._draw, self._occlusion):
            item.release()

    def _drop_store(self) -> None:
        if self._store is not None:
            self._store.release()
            self._store = None


def row_batches(visible: int) -> list[range]:
    """Rows of the record textures that are drawn at a time, nearest first, all in turn."""
    rows = rows_of(visible)
    cuts = [0, *(round(share * rows) for share in BATCH_SHARES if rows >= LEAST_ROWS), rows]
    return [range(low, high) for low, high in itertools.pairwise(cuts) if low < high]


class _Store:
    """GPU copy of one cloud."""

    def __init__(
        self, context: moderngl.Context, draw: moderngl.Program, cloud: GaussianCloud
    ) -> None:
        self.count = len(cloud)
        self.visible = 0
        self.coefficients = cloud.sh.shape[1]
        self.means = DataTexture(context, self.count, 4, "f4")
        self.quats = DataTexture(context, self.count, 4, "f4")
        self.scales = DataTexture(context, self.count, 4, "f4")
        self.harmonics = DataTexture(context, self.count * self.coefficients, 4, "f2")
        self.order = DataTexture(context, self.count, 1, "u4")
        self._opacities = cloud.opacities[:, None]
        self.scales.write(cloud.scales, cloud.flags[:, None])
        self.harmonics.write(
            cloud.sh.reshape(-1, 3), np.ones((self.count * self.coefficients, 1), np.float32)
        )
        size = (WIDTH, rows_of(self.count))
        self.record_textures = [context.texture(size, 4, dtype="f4") for _ in range(3)]
        for texture in self.record_textures:
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.records = context.framebuffer(self.record_textures)
        first = 4 * np.arange(max(1, self.count), dtype=np.uint32)[:, None]
        self._triangles = context.buffer(first + _CORNERS)
        self.quads = context.vertex_array(draw, [], index_buffer=self._triangles)

    def write_pose(self, means: Float32, quats: Float32) -> None:
        expect_shapes(
            opacities=(self._opacities, "N 1"), means=(means, "N 3"), quats=(quats, "N 4")
        )
        self.means.write(means, self._opacities)
        self.quats.write(quats)

    def write_order(self, order: UInt32) -> None:
        self.visible = len(order)
        self.order.write(order[:, None])

    def release(self) -> None:
        for texture in (self.means, self.quats, self.scales, self.harmonics, self.order):
            texture.release()
        self.quads.release()
        self._triangles.release()
        self.records.release()
        for record in self.record_textures:
            record.release()
