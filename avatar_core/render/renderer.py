"""The renderer: an avatar's frames drawn into any framebuffer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from avatar_core.errors import AvatarError, RenderError, ShapeError
from avatar_core.geometry.raster_offset import magnified
from avatar_core.heads import HeadParameters
from avatar_core.project.asset import FaceKind
from avatar_core.project.mega_options import MegaOptions
from avatar_core.render.camera_block import CameraBlock
from avatar_core.render.face import Face
from avatar_core.render.hair_picking import hair_at_pixel
from avatar_core.render.passes.backdrop import BackdropPass
from avatar_core.render.passes.composite import CompositePass
from avatar_core.render.passes.enlarge import EnlargePass
from avatar_core.render.passes.exact_blend import ExactBlendPass, takes_second
from avatar_core.render.passes.gaussians import GaussiansPass
from avatar_core.render.passes.grid import GridPass
from avatar_core.render.passes.picking import PickingPass
from avatar_core.render.pick import HAIR, Pick, world_position
from avatar_core.render.scene import Blending, HairView
from avatar_core.render.shaders import ShaderLibrary
from avatar_core.render.state import cover_whole
from avatar_core.render.targets import TargetPool, Targets
from avatar_core.render.visibility import HairOrder, depth_range_m

if TYPE_CHECKING:
    from collections.abc import Callable

    import moderngl

    from avatar_core.frame import AvatarFrame, Paint
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera, Float32
    from avatar_core.heads import ParametricHead
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.render.scene import SceneOptions

OLDEST_VERSION = 410

_ANY_RANGE = (0.0, 1.0)

_Pass = TypeVar("_Pass")


class Renderer:
    """Draws one avatar. All calls need its OpenGL context to be current.

    The target is given with each draw (Qt's framebuffer, an own one for export), and so are its
    size and the camera: pictures of several sizes may take turns.

    `stage_ms` holds what the last calls took on the calling thread: "upload" of a frame, "sort"
    and "draw" of a draw. On a software rasteriser that is all there is; a graphics card goes on
    drawing after "draw" has ended. `name` is the driver's name of the renderer. `problem` is what
    keeps a part from being drawn, or None: where the shaders of hair, neural face or exact blend
    fail, the plain textured mesh is drawn without them.

    Args:
        context: OpenGL 4.1 core or newer.
        shaders: where shaders come from; the shipped ones when left out.

    Raises:
        RenderError: the context is too old, or the mesh's own shaders do not compile; holds the
            log.
    """

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary | None = None) -> None:
        if context.version_code < OLDEST_VERSION:
            raise RenderError(
                f"This computer offers OpenGL {context.version_code / 100:.1f}, 4.1 is needed.",
                "Update the graphics driver.",
            )
        shaders = ShaderLibrary() if shaders is None else shaders
        self.name: str = context.info["GL_RENDERER"]
        self.stage_ms: dict[str, float] = {"sort": 0.0, "upload": 0.0, "draw": 0.0}
        self._context = context
        self._camera_block = CameraBlock(context)
        self._backdrop = BackdropPass(context, shaders)
        self._enlarge = EnlargePass(context, shaders)
        self._grid = GridPass(context, shaders)
        self.problem: AvatarError | None = None
        self._gaussians = self._optional(GaussiansPass, context, shaders)
        self._face = Face(context, shaders, self._note)
        self._exact = self._optional(ExactBlendPass, context, shaders)
        self._composite = CompositePass(context, shaders)
        self._picking = PickingPass(context, shaders)
        self._targets = TargetPool(
            lambda size, multisampled, precise: Targets(
                context, size, multisampled=multisampled, precise=precise
            )
        )
        self._asset: AvatarAsset | None = None
        self._options = MegaOptions()
        self._hair: GaussianCloud | None = None
        self._hair_order: HairOrder | None = None
        self._frame: AvatarFrame | None = None
        self._drawn: tuple[Camera, SceneOptions] | None = None
        self._ground_m = 0.0
        self._vertex_count = 0

    def _optional(
        self,
        make: Callable[[moderngl.Context, ShaderLibrary], _Pass],
        context: moderngl.Context,
        shaders: ShaderLibrary,
    ) -> _Pass | None:
        try:
            return make(context, shaders)
        except RenderError as error:
            self._note(error)
            return None

    def _note(self, problem: AvatarError) -> None:
        self.problem = self.problem or problem

    def upload_avatar(self, asset: AvatarAsset) -> None:
        """Load an avatar, without paint. Nothing of it is drawn before its first frame is there.

        A neural face that cannot be drawn is a `problem`; its plain texture is drawn instead.

        Raises:
            RenderError: the graphics card cannot hold hair or mesh.
        """
        self._face.upload(asset)
        is_neural = asset.face.kind is FaceKind.NEURAL
        self._options = MegaOptions.from_plain(asset.face.options) if is_neural else MegaOptions()
        self._asset = asset
        self.upload_hair(asset.hair)
        self._ground_m = lowest_point_m(asset.head)
        self._vertex_count = int(asset.head.topology.faces.max(initial=-1)) + 1

    def upload_hair(self, cloud: GaussianCloud, weights: Float32 | None = None) -> None:
        """Give the avatar other hair, until `upload_avatar`; face and head stay as they are.

        Nothing is drawn before a frame with the Gaussians of that cloud is uploaded.

        Args:
            cloud: [M] Gaussians around the neutral head.
            weights: [M] 0..1, how far each takes the tint of selected ones; by its flag where
                left out.

        Raises:
            RenderError: the graphics card cannot hold it.
            ShapeError: no avatar is there, or the arrays disagree.
        """
        if self._asset is None:
            raise ShapeError("upload_hair: upload an avatar first")
        if self._gaussians is not None:
            drawn = cloud.sh.shape[1] if self._options.view_dependent_hair else 1
            self._gaussians.upload(cloud, drawn, weights)
        self._hair, self._hair_order = cloud, HairOrder(cloud)
        self._frame = None

    def upload_basic(self, asset: AvatarAsset) -> None:
        """Give the face another texture: that of the same avatar after a bake.

        Only what differs of a neural one crosses to the graphics card. Paint and frame stay.

        Raises:
            ShapeError: no avatar is there, or its face has another size.
        """
        if self._asset is None:
            raise ShapeError("upload_basic: upload an avatar first")
        self._face.upload_basic(asset)
        self._asset = asset

    def upload_paint(self, paint: Paint | None, tiles: set[int] | None = None) -> None:
        """Paint the face, until `upload_avatar`; None takes all paint off. The frame stays.

        Paint that cannot be drawn is a `problem`; the face is drawn without it.

        Args:
            paint: what there is to see of it.
            tiles: by row * (size / 64) + column, where it differs from what was uploaded last;
                None for anywhere.

        Raises:
            ShapeError: the paint is not square, or no whole tiles.
            RenderError: the graphics card has no textures of that size.
        """
        self._face.upload_paint(paint, tiles)

    def upload_frame(self, frame: AvatarFrame) -> None:
        """Load a moment of the avatar uploaded last, in the hair uploaded last.

        Raises:
            ShapeError: no avatar is there, or the frame belongs to another one.
        """
        if self._hair is None:
            raise ShapeError("upload_frame: upload an avatar first")
        if frame is self._frame:
            return
        started = time.perf_counter()
        self._expect_own(frame, self._hair)
        self._face.upload_frame(frame)
        if self._gaussians is not None:
            self._gaussians.upload_pose(frame)
        self._frame = frame
        self.stage_ms["upload"] = _ms_since(started)

    def _expect_own(self, frame: AvatarFrame, hair: GaussianCloud) -> None:
        if len(frame.hair_means) != len(hair):
            raise ShapeError(
                f"hair_means: expected [{len(hair)}, 3] as in the avatar's hair, "
                f"got {list(frame.hair_means.shape)}"
            )
        if len(frame.vertices) < self._vertex_count:
            raise ShapeError(
                f"vertices: expected [{self._vertex_count}, 3] as the avatar's triangles need, "
                f"got {list(frame.vertices.shape)}"
            )

    def draw(self, camera: Camera, target: moderngl.Framebuffer, scene: SceneOptions) -> None:
        """Draw the frame uploaded last, all over `target`.

        The camera is fitted to the target's height where their sizes differ.
        """
        started = time.perf_counter()
        width, height = target.size
        if (camera.width_px, camera.height_px) != (width, height):
            camera = camera.resized(width, height)
        if scene.pixel_share < 1.0:
            size = [max(1, round(scene.pixel_share * side)) for side in (width, height)]
            small = self._enlarge.small_target((size[0], size[1]))
            sort_ms = self._draw_at(camera.resized(*small.size), small, scene)
            self._enlarge.draw(target)
        else:
            sort_ms = self._draw_at(camera, target, scene)
        self._drawn = (camera, scene)
        self.stage_ms["sort"] = sort_ms
        self.stage_ms["draw"] = _ms_since(started) - sort_ms

    def _draw_at(self, camera: Camera, target: moderngl.Framebuffer, scene: SceneOptions) -> float:
        """Draw at the target's own size; milliseconds of sorting."""
        is_exact = scene.blending is Blending.EXACT and self._exact is not None
        # Bodies have no blend of their own.
        is_exact = is_exact and scene.hair_view is HairView.SOFT
        targets = self._targets.of(
            target.size,
            # MeGA's own rasteriser takes one sample in the middle of each pixel.
            multisampled=scene.smooth_edges and not is_exact,
            precise=is_exact,
        )
        self._camera_block.write(camera)
        sort_ms = self._sort(camera, scene)
        self._draw_backdrop(target, scene)
        if self._frame is not None:
            draw_layers = self._draw_exact if is_exact else self._draw_clean
            draw_layers(targets, target, camera, scene)
        return sort_ms

    def _draw_clean(
        self, targets: Targets, target: moderngl.Framebuffer, camera: Camera, scene: SceneOptions
    ) -> None:
        assert self._frame is not None
        depth_range = depth_range_m(self._frame, camera) if scene.show_depth else _ANY_RANGE
        self._face.draw(targets, self._frame, camera, scene)
        if scene.show_hair and self._gaussians is not None:
            self._gaussians.draw(targets, scene, depth_range)
        else:
            targets.clear_hair()
        self._composite.draw(targets, target, scene, depth_range)

    def _draw_exact(
        self, targets: Targets, target: moderngl.Framebuffer, camera: Camera, scene: SceneOptions
    ) -> None:
        assert self._exact is not None
        assert self._frame is not None
        depth_range = depth_range_m(self._frame, camera) if scene.show_depth else _ANY_RANGE
        face_camera = magnified(camera) if self._options.raster_offset else camera
        self._camera_block.write(face_camera)
        self._face.draw(targets, self._frame, face_camera, scene)
        self._camera_block.write(camera)
        if scene.show_hair and self._gaussians is not None:
            second = takes_second(self._options)
            self._gaussians.draw_exact(targets, scene, depth_range, with_second=second)
        else:
            targets.clear_hair()
        self._exact.draw(targets, target, self._options, scene, depth_range)

    def release(self) -> None:
        """Free everything on the GPU. The renderer is not used afterwards."""
        for item in (
            self._backdrop,
            self._enlarge,
            self._grid,
            self._face,
            self._gaussians,
            self._exact,
            self._composite,
            self._picking,
            self._targets,
            self._camera_block,
        ):
            if item is not None:
                item.release()

    def pick(self, x_px: float, y_px: float, camera: Camera | None = None) -> Pick | None:
        """What the frame shows at a place of the picture drawn last.

        Args:
            x_px: pixels of the target from its left.
            y_px: pixels of the target from its top.
            camera: of the picture, where another one was drawn in between; with its own size.

        Returns:
            The face or the hair there; None over the background and before the first draw.
        """
        if self._drawn is None or self._frame is None or self._asset is None:
            return None
        camera, scene = camera or self._drawn[0], self._drawn[1]
        pixel = (int(np.floor(x_px)), int(np.floor(y_px)))
        if not (0 <= pixel[0] < camera.width_px and 0 <= pixel[1] < camera.height_px):
            return None
        face = self._face_at(pixel, camera) if scene.show_face else None
        hair = self._hair_at(pixel, camera, face) if scene.show_hair else None
        if hair is not None:
            index, depth_m = hair
            return Pick(HAIR, None, index, depth_m, world_position(camera, pixel, depth_m))
        if face is None:
            return None
        triangle, depth_m = face
        topology = self._asset.head.topology
        part = topology.part_names[topology.face_part[triangle]]
        return Pick(part, triangle, None, depth_m, world_position(camera, pixel, depth_m))

    def _face_at(self, pixel: tuple[int, int], camera: Camera) -> tuple[int, float] | None:
        assert self._asset is not None
        assert self._frame is not None
        self._camera_block.write(camera)
        return self._picking.find(
            self._frame.vertices,
            self._asset.head.topology.faces,
            (camera.width_px, camera.height_px),
            pixel,
        )

    def _hair_at(
        self, pixel: tuple[int, int], camera: Camera, face: tuple[int, float] | None
    ) -> tuple[int, float] | None:
        frame, hair = self._frame, self._hair
        assert frame is not None
        assert hair is not None
        assert self._hair_order is not None
        posed = replace(
            hair,
            means=frame.hair_means,
            quats=frame.hair_quats,
            scales=hair.scales if frame.hair_scales is None else frame.hair_scales,
            opacities=hair.opacities if frame.hair_opacities is None else frame.hair_opacities,
        )
        order = self._hair_order.from_camera(posed.means, camera)
        return hair_at_pixel(posed, order, camera, pixel, None if face is None else face[1])

    def _sort(self, camera: Camera, scene: SceneOptions) -> float:
        started = time.perf_counter()
        if not scene.show_hair or self._gaussians is None:
            return 0.0
        if self._frame is not None and self._hair_order is not None:
            order = self._hair_order.from_camera(self._frame.hair_means, camera)
            self._gaussians.upload_order(order)
        return _ms_since(started)

    def _draw_backdrop(self, target: moderngl.Framebuffer, scene: SceneOptions) -> None:
        cover_whole(target)
        # moderngl's clear goes back to the framebuffer in use, which may have been released.
        target.use()
        if scene.transparent:
            target.clear(0.0, 0.0, 0.0, 0.0)
        else:
            target.clear(*scene.background, 1.0)
            if scene.background_image is not None:
                self._backdrop.draw(target, scene.background_image)
        if scene.show_grid:
            ground_m = self._ground_m if scene.ground_m is None else scene.ground_m
            self._grid.draw(target, ground_m, scene.background)


def lowest_point_m(head: ParametricHead) -> float:
    """Height of the neutral head's lowest vertex, metres: where the ground is drawn."""
    neutral = HeadParameters(
        expression=np.zeros(len(head.expression_names), np.float32),
        joints=np.zeros((len(head.joint_names), 3), np.float32),
    )
    return float(head.pose(neutral)[:, 1].min(initial=0.0))


def _ms_since(started: float) -> float:
    return 1000.0 * (time.perf_counter() - started)
