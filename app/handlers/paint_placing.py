"""Placing pictures: a file is laid on the face as a layer, where and as large as the pen says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.dialogs.files import PAINT_PICTURE, ask_open
from app.viewport.tools import BrushRing, PlaceTool
from app.workers.face_atlas import PATIENCE_S
from app.workers.tasks import TaskRunner
from avatar_core.texture.decal import decal
from avatar_core.texture.tip import Tip

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace
    from app.handlers.paint_tooling import PaintTooling
    from app.viewport.avatar_view import AvatarView
    from app.viewport.tools import PenSample
    from avatar_core.errors import AvatarError
    from avatar_core.io.paint_pictures import DecalPicture
    from avatar_core.texture.canvas import PaintCanvas
    from avatar_core.texture.ground import PaintGround, SkinPlace
    from avatar_core.texture.stamp import Stamp

CLICK_M = 0.025
"""Radius of a picture that is placed with a click."""

_STEADY_PX = 6.0
_WHOLE = Tip(1.0)


@dataclass(slots=True, eq=False)
class _Placing:
    """A drag: what shows it, where on the skin it began, and what it covers by now."""

    canvas: PaintCanvas
    start: PenSample
    place: SkinPlace
    radius_m: float = CLICK_M
    stamp: Stamp | None = None


class PicturePlacer(QObject):
    """Reads a picture, waits for a drag over the face, and makes one step of the history of it.

    The picture is thrown on the skin along the view, upright in it; the middle of the picture is
    where the pen was set down, and its corners are as far away as the pen was drawn.

    Args:
        context: the document.
        face: the face on the stage.
        tooling: lends the viewport for that drag.
        view: where the face is seen.
    """

    def __init__(
        self, context: StudioContext, face: PaintFace, tooling: PaintTooling, view: AvatarView
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._face = face
        self._tooling = tooling
        self._name = ""
        self._picture: DecalPicture | None = None
        self._placing: _Placing | None = None
        self._runner = TaskRunner("place picture", self)
        self._runner.finished.connect(self._take)
        self._runner.failed.connect(self._tell)
        self._tool = PlaceTool(self._hits, view.camera, self)
        self._tool.hovered.connect(self._hover)
        self._tool.stroke_begun.connect(lambda sample: face.attempt(lambda: self._begin(sample)))
        self._tool.stroke_moved.connect(
            lambda samples: face.attempt(lambda: self._size(samples[-1]))
        )
        self._tool.stroke_ended.connect(self._end)
        self._tool.given_up.connect(self.stop)
        context.actions["paint.place_picture"].triggered.connect(self._ask)

    @property
    def is_waiting(self) -> bool:
        """Whether the next drag over the face places a picture."""
        return self._picture is not None

    def place(self, path: Path) -> None:
        """Let the next drag over the face place the picture of a file."""
        from avatar_core.io.paint_pictures import read_decal_picture

        self.stop()
        self._name = path.stem
        self._runner.start(lambda _task: read_decal_picture(path))

    def stop(self) -> None:
        """Place nothing."""
        self._runner.stop()
        if self._picture is None:
            return
        self._picture, placing, self._placing = None, self._placing, None
        self._tooling.lend(None)
        if placing is not None:
            self._face.show_document()

    def shutdown(self) -> None:
        self._runner.shutdown(PATIENCE_S)

    def _ask(self) -> None:
        folder = Path(self._context.preferences.values.projects_folder)
        title = "Place picture on the face"
        ask_open(self._context.window, title, folder, PAINT_PICTURE, self.place)

    def _take(self, picture: DecalPicture) -> None:
        self._picture = picture
        self._tooling.lend(self._tool)
        self._context.toast.show_note(
            "Press where the middle of the picture goes, and draw to its size.",
            " ".join((*picture.notices, "Escape places nothing.")),
        )

    def _hits(self, sample: PenSample) -> bool:
        return self._tooling.head.point((sample.x_px, sample.y_px)) is not None

    # the drag

    def _begin(self, sample: PenSample) -> None:
        head, pixel = self._tooling.head, (sample.x_px, sample.y_px)
        canvas = self._face.new_canvas(self._name)
        ground, point = head.ground(), head.point(pixel)
        place = None if ground is None or point is None else ground.place(point)
        if place is not None:
            self._placing = _Placing(canvas, sample, place)
            self._renew()

    def _size(self, sample: PenSample) -> None:
        """The pen was drawn to the corner of the picture."""
        placing, ground = self._placing, self._tooling.head.ground()
        if placing is None or ground is None:
            return
        gap_px = placing.start.distance_px(sample)
        if gap_px >= _STEADY_PX:
            placing.radius_m = self._tooling.head.metres(gap_px, ground.point(placing.place))
            self._renew()

    def _renew(self) -> None:
        """Show the picture as it would be placed, on the head as it is now."""
        placing, ground = self._placing, self._tooling.head.ground()
        if placing is None or ground is None or self._picture is None:
            return
        if placing.stamp is not None:
            before = placing.stamp.texels
            placing.canvas.write(before, placing.canvas.original(before))
        placing.stamp = _stamp(ground, placing)
        decal(placing.canvas, placing.stamp, self._picture.pixels)
        self._face.show(placing.canvas)
        self._show_ring(placing.start, placing.radius_m)

    def _end(self) -> None:
        """Keep what was shown last; the brush is in hand again."""
        placing, picture = self._placing, self._picture
        if placing is not None and placing.stamp is not None and picture is not None:
            stamp = placing.stamp

            def land() -> None:
                canvas = self._face.new_canvas(self._name)
                if canvas.size == placing.canvas.size:
                    decal(canvas, stamp, picture.pixels)
                    self._face.land(canvas, "Place picture")

            self._face.attempt(land)
        self.stop()

    def _hover(self, sample: PenSample | None) -> None:
        if sample is not None:
            self._show_ring(sample, CLICK_M)

    def _show_ring(self, sample: PenSample, radius_m: float) -> None:
        hit = self._tooling.head.hit((sample.x_px, sample.y_px))
        ring = None if hit is None else BrushRing(hit.position, hit.normal, radius_m, 1.0)
        self._tool.show_ring(ring)

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)


def _stamp(ground: PaintGround, placing: _Placing) -> Stamp:
    point = ground.point(placing.place)
    stamp = ground.stamp(point, placing.radius_m, _WHOLE, 0.0, is_twin=False)
    shares = ground.passing(stamp.texels, is_twin=False)
    return stamp if shares is None else stamp.weakened(shares)
