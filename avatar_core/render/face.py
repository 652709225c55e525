"""Face: the head's surface, what colours it, and paint over that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError, RenderError
from avatar_core.project.asset import FaceKind
from avatar_core.render.passes.mesh import MeshPass
from avatar_core.render.passes.neural_face import NeuralFacePass
from avatar_core.render.passes.paint_store import PaintStore
from avatar_core.render.visibility import covered_box

if TYPE_CHECKING:
    from collections.abc import Callable

    import moderngl

    from avatar_core.frame import AvatarFrame, Paint
    from avatar_core.geometry import Camera
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.render.scene import SceneOptions
    from avatar_core.render.shaders import ShaderLibrary
    from avatar_core.render.targets import Targets


class Face:
    """Draws the face layer: the neural face where it can, else the plain texture.

    Args:
        context: OpenGL, current for every call.
        shaders: where shaders come from.
        tell: hears what keeps a part from being drawn.

    Raises:
        RenderError: not even the mesh's own shaders compile.
    """

    def __init__(
        self,
        context: moderngl.Context,
        shaders: ShaderLibrary,
        tell: Callable[[AvatarError], None],
    ) -> None:
        self._context = context
        self._tell = tell
        self._mesh = MeshPass(context, shaders)
        self._paint: PaintStore | None = None
        self._neural: NeuralFacePass | None = None
        try:
            self._neural = NeuralFacePass(context, shaders)
        except RenderError as error:
            tell(error)

    def upload(self, asset: AvatarAsset) -> None:
        """Load what does not move, without paint.

        Raises:
            RenderError: the graphics card cannot hold the mesh.
        """
        self.upload_paint(None)
        self._mesh.upload(asset.head.topology, asset.face.texture)
        if self._neural is None:
            return
        self._neural.drop()
        if asset.face.kind is FaceKind.NEURAL:
            try:
                self._neural.upload(asset.face)
            except AvatarError as error:
                self._tell(error)  # its plain texture is drawn

    def upload_basic(self, asset: AvatarAsset) -> None:
        """Load the textures of the same face anew, where they differ.

        Raises:
            ShapeError: it is that of another face.
        """
        if self._neural is not None and asset.face.kind is FaceKind.NEURAL:
            self._neural.upload_basic(asset.face)
        self._mesh.upload_texture(asset.face.texture)

    def upload_paint(self, paint: Paint | None, tiles: set[int] | None = None) -> None:
        """Load paint, see `Renderer.upload_paint`."""
        if paint is None:
            self._drop_paint()
            return
        if self._paint is None:
            self._paint = PaintStore(self._context)
        self._paint.write(paint, tiles)
        if not self._paint.is_blank:
            self._prepare_paint()

    def upload_frame(self, frame: AvatarFrame) -> None:
        """Load a moment."""
        self._mesh.upload_vertices(frame.vertices, frame.displacements)
        if self._neural is not None and frame.neural is not None:
            self._neural.upload_textures(frame.neural)

    def draw(
        self, targets: Targets, frame: AvatarFrame, camera: Camera, scene: SceneOptions
    ) -> None:
        """Draw the frame uploaded last into the face layer of `targets`."""
        paint = None if self._paint is None or self._paint.is_blank else self._paint
        if self._neural is not None and self._neural.draws(scene.face_view):
            self._mesh.draw_points(targets, scene)
            box = covered_box(frame.vertices, camera) if scene.show_face else (0, 0, 0, 0)
            self._neural.draw(targets, scene, box, paint if self._neural.can_paint else None)
        else:
            self._mesh.draw(targets, scene, paint)
        if scene.show_wireframe and scene.show_face:
            self._mesh.draw_wires(targets)

    def release(self) -> None:
        self._drop_paint()
        self._mesh.release()
        if self._neural is not None:
            self._neural.release()

    def _prepare_paint(self) -> None:
        try:
            self._mesh.prepare_paint()
            if self._neural is not None:
                self._neural.prepare_paint()
        except RenderError as error:
            self._tell(error)  # the face is drawn without paint

    def _drop_paint(self) -> None:
        if self._paint is not None:
            self._paint.release()
            self._paint = None
