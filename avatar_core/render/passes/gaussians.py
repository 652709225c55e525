"""The hair: Gaussians projected on the GPU, drawn as oriented quads."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import moderngl

from avatar_core.render.camera_block import attach_camera
from avatar_core.render.data_textures import WIDTH, rows_of
from avatar_core.render.passes.gaussian_store import GaussianStore
from avatar_core.render.passes.occlusion import OcclusionPass
from avatar_core.render.scene import HairView
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.state import Blend, Depth, begin_pass, bind_textures, release_all
from avatar_core.render.targets import NOTHING_M, TILE_PX

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32
    from avatar_core.render.scene import SceneOptions
    from avatar_core.render.sorting import UInt32
    from avatar_core.render.targets import Targets

BATCH_SHARES = (0.3, 0.6)
"""Where large clouds are cut; more cuts gain nothing over the passes between them."""

LEAST_ROWS = 5
"""Clouds with fewer rows are drawn at once."""

DEPTH_GAP_M = 0.1
"""A pixel ends at the first Gaussian that lies farther than this behind its first solid one."""


class GaussiansPass:
    """Draws hair into `Targets.hair`.

    Projection runs once per Gaussian, as fragments that write records into textures, instead of
    once per corner; the quads then fetch a record each. Data crosses to the GPU when it changes;
    a camera move uploads the order alone.

    Clean hair is drawn in a few batches from the nearest on. Between them pixels that are full are
    closed, and Gaussians of which nothing can show are dropped as a whole: most of a full head of
    hair lies under its own surface. Exact hair is drawn as MeGA's rasteriser does, whatever the
    face hides of it.
    """

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context

        def program(vertex: str, fragment: str, *defines: str) -> moderngl.Program:
            return attach_camera(shaders.program(context, vertex, fragment, defines))

        projection = ("fullscreen.vert.glsl", "splat_project.frag.glsl")
        self._project, self._project_coarsely = (
            program(*projection),
            program(*projection, "COARSE"),
        )
        self._soft, self._bodies, self._near, self._exact = (
            program("splat.vert.glsl", f"{fragment}.frag.glsl")
            for fragment in ("splat", "splat_body", "splat_near", "splat_exact")
        )
        self._coarse = program("splat.vert.glsl", "splat.frag.glsl", "COARSE")
        self._quads = (self._soft, self._coarse, self._bodies, self._near, self._exact)
        self._covers = {
            project: context.vertex_array(project, [])
            for project in (self._project, self._project_coarsely)
        }
        self._occlusion = OcclusionPass(context, shaders)
        self._store: GaussianStore | None = None

    def upload(
        self, cloud: GaussianCloud, coefficients: int, weights: Float32 | None = None
    ) -> None:
        """Load a cloud where it lies: shapes, colours, places and what is selected.

        Args:
            cloud: [N].
            coefficients: harmonics that are drawn.
            weights: [N], see `GaussianStore.write_cloud`.
        """
        store = self._store
        if store is None or not store.holds(len(cloud), coefficients):
            self._drop_store()
            store = GaussianStore(self._context, self._quads, len(cloud), coefficients)
            self._store = store
        store.write_cloud(cloud, weights)

    def upload_pose(self, frame: AvatarFrame) -> None:
        """Move and deform the cloud."""
        if self._store is not None:
            self._store.write_pose(frame)

    def upload_order(self, order: UInt32) -> None:
        """Set which Gaussians are drawn, the farthest first."""
        if self._store is not None:
            self._store.write_order(order[::-1])

    def draw(
        self, targets: Targets, scene: SceneOptions, depth_range_m: tuple[float, float]
    ) -> None:
        """Draw clean hair with the camera of the draw, nearest first, before what lies there."""
        targets.clear_hair()
        store = self._store
        if store is None or store.visible == 0:
            return
        self._occlusion.draw_tiles(targets)
        project, program = self._project, self._bodies
        if scene.hair_view is HairView.SOFT and scene.fine_hair:
            program = self._soft
        elif scene.hair_view is HairView.SOFT:
            project, program = self._project_coarsely, self._coarse
        batches = row_batches(store.visible)
        for batch in batches:
            self._project_rows(project, store, batch, targets, scene, depth_range_m)
            # Nearest first: each adds what the ones before it let through. It is the same sum as
            # the other way round, and what nothing can add to any more need not be drawn.
            begin_pass(self._context, targets.hair, depth=Depth.TEST, blend=Blend.UNDER)
            self._draw_rows(store, program, batch, {"mesh_nearest_m": targets.face_nearest_m})
            if batch is not batches[-1]:
                self._occlusion.close_saturated(targets)

    def draw_exact(
        self,
        targets: Targets,
        scene: SceneOptions,
        depth_range_m: tuple[float, float],
        *,
        with_second: bool,
    ) -> None:
        """Draw exact hair, and its nearest solid depth into `Targets.peel`.

        Args:
            targets: with one sample a pixel.
            scene: what is shown.
            depth_range_m: of the greys where distances are shown.
            with_second: also peel the second solid depth.

        Source:
            Wang et al., MeGA, arXiv:2404.19026, section 3.4; the rule of the depth gap as in
            `raster.splats`.
        """
        targets.clear_hair()
        peel = targets.peel
        for target in peel.near_targets:
            target.clear(NOTHING_M, 0.0, 0.0, 0.0)
        store = self._store
        if store is None or store.visible == 0:
            return
        targets.tiles.clear(NOTHING_M, 0.0, 0.0, 0.0)  # nothing is hidden
        rows = range(rows_of(store.visible))
        self._project_rows(self._project, store, rows, targets, scene, depth_range_m)
        for index in range(2 if with_second else 1):
            begin_pass(self._context, peel.near_targets[index], blend=Blend.LEAST)
            set_uniforms(self._near, {"is_second": index == 1, "gap_m": DEPTH_GAP_M})
            # A pass cannot read what it draws into; the first one reads nothing.
            self._draw_rows(store, self._near, rows, {"first_m": peel.near[1 - index]})
        begin_pass(self._context, targets.hair, blend=Blend.UNDER)
        set_uniforms(self._exact, {"gap_m": DEPTH_GAP_M})
        self._draw_rows(store, self._exact, rows, {"first_m": peel.near[0]})

    def _project_rows(
        self,
        program: moderngl.Program,
        store: GaussianStore,
        rows: range,
        targets: Targets,
        scene: SceneOptions,
        depth_range_m: tuple[float, float],
    ) -> None:
        begin_pass(self._context, store.records)
        store.records.viewport = (0, rows.start, WIDTH, len(rows))
        set_uniforms(
            program,
            {
                "record_count": store.visible,
                "coefficient_count": store.coefficients,
                "tile_px": TILE_PX,
                "hair_turn": tuple(store.hair_turn.T.ravel().tolist()),
                "selection_tint": (*scene.selection_tint, scene.selection_strength),
                "show_depth": scene.show_depth,
                "depth_range_m": depth_range_m,
            },
        )
        bind_textures(program, {**store.textures(), "tiles": targets.tile_depth_m})
        self._covers[program].render(moderngl.TRIANGLES, vertices=3)

    def _draw_rows(
        self,
        store: GaussianStore,
        program: moderngl.Program,
        rows: range,
        textures: dict[str, moderngl.Texture],
    ) -> None:
        bind_textures(program, {**store.record_textures, **textures})
        first, last = rows.start * WIDTH, min(rows.stop * WIDTH, store.visible)
        quads = store.quads[program]
        quads.render(moderngl.TRIANGLES, vertices=6 * (last - first), first=6 * first)

    def release(self) -> None:
        self._drop_store()
        release_all(*self._covers.values(), *self._covers, *self._quads, self._occlusion)

    def _drop_store(self) -> None:
        if self._store is not None:
            self._store.release()
            self._store = None


def row_batches(visible: int) -> list[range]:
    """Rows of the record textures that are drawn at a time, nearest first, all in turn."""
    rows = rows_of(visible)
    cuts = [0, *(round(share * rows) for share in BATCH_SHARES if rows >= LEAST_ROWS), rows]
    return [range(low, high) for low, high in itertools.pairwise(cuts) if low < high]
