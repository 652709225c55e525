"""Cutting along a line or in a lasso, parting, and the gizmo: they work on hair as it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt

from app.viewport.tools import GizmoTool, LineTool, MarqueeShape, MarqueeTool
from avatar_core.errors import AssetError, AvatarError
from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.cut import cut_by_mask, cut_by_plane
from avatar_core.hair.parting import part
from avatar_core.hair.shape import transform

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.groom_adjusting import AdjustHandler
    from app.handlers.groom_hair import GroomHair
    from app.handlers.groom_pointing import HairPointer
    from app.handlers.groom_settings import ToolSettings
    from app.handlers.groom_space import HeadSpace
    from app.viewport.avatar_view import AvatarView
    from app.viewport.tools import GizmoMove, PenSample, ViewTool
    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas

_STILL_M = 1e-4


class LineTools(QObject):
    """Lines across the picture: hair is cut along one or where it enclosed it, or parted along it.

    Args:
        hair: the hair on the stage.
        view: its camera.
        pointer: finds the scalp under a parting, and what a lasso encloses.
        adjusting: makes each of them one step.
        settings: of the tool in hand.
        sees_only: whether a lasso leaves alone what lies hidden behind something else.
        parent: the owner.
    """

    def __init__(
        self,
        hair: GroomHair,
        view: AvatarView,
        pointer: HairPointer,
        adjusting: AdjustHandler,
        settings: ToolSettings,
        sees_only: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._hair = hair
        self._view = view
        self._pointer = pointer
        self._adjusting = adjusting
        self._settings = settings
        self._sees_only = sees_only
        cut, parting = LineTool(self), LineTool(self)
        lasso = MarqueeTool(MarqueeShape.LASSO, self)
        cut.line_drawn.connect(self._cut)
        lasso.area_drawn.connect(self._cut_within)
        parting.line_drawn.connect(self._part)
        self.tools: dict[str, ViewTool] = {
            "cut_line": cut,
            "cut_lasso": lasso,
            "parting": parting,
        }

    def _cut(self, start: PenSample, end: PenSample, keys: Qt.KeyboardModifier) -> None:
        """Cut what the plane through the eye and the line parts from the head."""

        def work(canvas: HairCanvas) -> None:
            space, camera = self._hair.space(), self._view.camera()
            one, other = (camera.ray(each.x_px, each.y_px)[1] for each in (start, end))
            point = space.local(camera.position)
            normal = space.local_direction(np.cross(one, other).astype(np.float32))
            if normal @ (self._middle() - point) > 0:
                normal = -normal  # what is on the head's side stays
            if keys & Qt.KeyboardModifier.ControlModifier:
                normal = -normal
            cut_by_plane(canvas, point, normal, self._settings.option("taper"))

        self._adjusting.once("Cut by line", work)

    def _cut_within(self, outline: Float32, _keys: object) -> None:
        """Cut what shows within the outline, and all that hangs on it."""

        def work(canvas: HairCanvas) -> None:
            inside = self._pointer.rows_within(outline, seen_only=self._sees_only()) > 0
            cut_by_mask(canvas, inside, self._settings.option("taper"))

        self._adjusting.once("Cut by lasso", work)

    def _part(self, start: PenSample, end: PenSample, _keys: object) -> None:
        def work(canvas: HairCanvas) -> None:
            hits = [self._pointer.hit(each) for each in (start, end)]
            places = [hit.position for hit in hits if hit is not None]
            if len(places) < 2:
                raise AssetError("A parting begins and ends on the hair.", "Draw it on the head.")
            one, other = self._hair.space().local(np.stack(places))
            part(canvas, one, other, self._settings.option("width"), 1.0)

        self._adjusting.once("Parting", work)

    def _middle(self) -> Float32:
        """[3] the middle of the scalp, neutral head."""
        ground, topology = self._hair.ground, self._hair.topology
        if ground is None or topology is None:
            raise AssetError("The strands of this hair are still being found.", "Wait a moment.")
        return np.asarray(ground.vertices[topology.scalp_vertex_ids].mean(axis=0), np.float32)


class GizmoWork(QObject):
    """Handles around what is selected.

    Args:
        hair: the hair on the stage.
        view: its camera.
        parent: the owner.
    """

    def __init__(self, hair: GroomHair, view: AvatarView, parent: QObject) -> None:
        super().__init__(parent)
        self._hair = hair
        self._canvas: HairCanvas | None = None
        self._pivot: Float32 | None = None
        self._placed: Float32 | None = None
        self._is_chosen = False
        self.tool = GizmoTool(view.camera, view.devicePixelRatioF, self)
        self.tool.changed.connect(lambda move: hair.attempt(lambda: self._move(move)))
        self.tool.ended.connect(self._land)
        self.tool.cancelled.connect(self._drop)
        hair.edited.connect(self._find_pivot)
        view.frameSwapped.connect(self._follow)

    def set_chosen(self, is_chosen: bool) -> None:
        """Show the handles while the tool is in hand."""
        self._is_chosen = is_chosen
        self._find_pivot()

    def _find_pivot(self) -> None:
        """Put the handles into the middle of what would move."""
        if not self._is_chosen:
            return
        self._pivot = self._placed = None
        try:
            hair = self._hair.now
        except AvatarError:
            return
        weights = hair.weights if hair.weights.any() else np.ones(len(hair.cloud), np.float32)
        weights = weights * ((hair.cloud.flags & DELETED) == 0)
        if weights.any():
            middle = np.average(hair.cloud.means, axis=0, weights=weights)
            self._pivot = np.asarray(middle, np.float32)
        self._follow()

    def _follow(self) -> None:
        """Keep the handles on the head while it moves."""
        if not self._is_chosen:
            return
        if self._pivot is None:
            self.tool.set_pivot(None)
            return
        try:
            space = self._hair.space()
        except AvatarError:
            return
        place = space.world(self._pivot)
        if self._placed is None or np.abs(place - self._placed).max() > _STILL_M:
            self._placed = place
            self.tool.set_pivot(place, space.turn)

    def _move(self, move: GizmoMove) -> None:
        assert self._pivot is not None
        space, canvas = self._hair.space(), self._hair.canvas()
        turn = _in_head(space, move.turn)
        transform(canvas, self._pivot, turn, move.scale, space.local_direction(move.shift))
        self._canvas = canvas
        self._hair.show(canvas)

    def _land(self) -> None:
        canvas, self._canvas = self._canvas, None
        if canvas is not None:
            self._hair.land(canvas, "Move hair")

    def _drop(self) -> None:
        self._canvas = None
        self._hair.show_document()


def _in_head(space: HeadSpace, turn: Float32) -> Float32:
    """A turn [3, 3] about the world's axes as one about those of the neutral head."""
    return np.asarray(space.turn.T @ turn @ space.turn, np.float32)
