"""Selecting by areas of the picture, by a ball, and by a click on a lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt

from app.handlers.groom_selecting import mode_of
from app.viewport.tools import BrushRing, BrushTool, ClickTool, MarqueeShape, MarqueeTool
from avatar_core.errors import AssetError
from avatar_core.hair.edited import basic_colours
from avatar_core.hair.lock import lock_rows
from avatar_core.hair.regions import rows_in_sphere
from avatar_core.hair.selection import combined

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.groom_hair import GroomHair
    from app.handlers.groom_pointing import HairPointer
    from app.handlers.groom_selecting import SelectHandler
    from app.handlers.groom_settings import ToolSettings
    from app.viewport.avatar_view import AvatarView
    from app.viewport.tools import PenSample, ViewTool
    from avatar_core.geometry import Float32
    from avatar_core.hair.picking import SurfaceHit

_LEAST_BALL_M = 0.002


class AreaTools(QObject):
    """Rectangle, lasso, polygon and "this lock".

    Args:
        hair: the hair on the stage.
        pointer: finds what is clicked, and what lies within an outline.
        selecting: takes what was found.
        settings: of the tool in hand.
        sees_only: whether what lies hidden behind something else is left out.
        parent: the owner.
    """

    def __init__(
        self,
        hair: GroomHair,
        pointer: HairPointer,
        selecting: SelectHandler,
        settings: ToolSettings,
        sees_only: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._hair = hair
        self._pointer = pointer
        self._selecting = selecting
        self._settings = settings
        self._sees_only = sees_only
        self.tools: dict[str, ViewTool] = {}
        for shape in MarqueeShape:
            marquee = MarqueeTool(shape, self)
            marquee.area_drawn.connect(
                lambda points, keys, shape=shape: hair.attempt(
                    lambda: self._select_area(points, keys, f"Select {shape.value}")
                )
            )
            self.tools[shape.value] = marquee
        lock = ClickTool(lambda sample: pointer.hit(sample) is not None, self)
        lock.clicked.connect(lambda sample: hair.attempt(lambda: self._select_lock(sample)))
        self.tools["lock"] = lock

    def _select_area(self, points: Float32, keys: Qt.KeyboardModifier, label: str) -> None:
        found = self._pointer.rows_within(points, seen_only=self._sees_only())
        self._selecting.choose(found, keys, label)

    def _select_lock(self, sample: PenSample) -> None:
        hit, strands = self._pointer.hit(sample), self._hair.strands
        if strands is None:
            raise AssetError("The strands of this hair are still being found.", "Wait a moment.")
        if hit is None or hit.hair_row is None:
            return
        cloud = self._hair.now.cloud
        found = lock_rows(
            strands.neighbours, cloud.means, strands.tangents, basic_colours(cloud.sh),
            hit.hair_row, self._settings.option("tolerance"), self._selecting.open_rows(),
        )  # fmt: skip
        self._selecting.choose(found, sample.modifiers, "Select lock")


class BallTool(QObject):
    """A ball of hair, drawn from its middle to its rim.

    Args:
        hair: the hair on the stage.
        view: its camera.
        pointer: finds the middle.
        selecting: takes what was found.
        parent: the owner.
    """

    def __init__(
        self,
        hair: GroomHair,
        view: AvatarView,
        pointer: HairPointer,
        selecting: SelectHandler,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._hair = hair
        self._pointer = pointer
        self._selecting = selecting
        self._middle: SurfaceHit | None = None
        self._radius_m = 0.0
        self._keys = Qt.KeyboardModifier.NoModifier
        self.tool = BrushTool(lambda sample: pointer.hit(sample) is not None, view.camera, self)
        self.tool.stroke_begun.connect(self._begin)
        self.tool.stroke_moved.connect(lambda samples: hair.attempt(lambda: self._grow(samples)))
        self.tool.stroke_ended.connect(lambda: hair.attempt(self._end))
        self.tool.stroke_cancelled.connect(self._cancel)

    def _begin(self, sample: PenSample) -> None:
        self._middle, self._keys, self._radius_m = self._pointer.hit(sample), sample.modifiers, 0.0

    def _grow(self, samples: list[PenSample]) -> None:
        middle = self._middle
        if middle is None:
            return
        rim = self._pointer.at_depth(samples[-1], middle.depth_m)
        self._radius_m = float(np.linalg.norm(rim - middle.position))
        self.tool.show_ring(
            BrushRing(middle.position, self._pointer.gaze(middle.position), self._radius_m, 1.0)
        )
        now = self._hair.now
        weights = combined(now.weights, self._found(middle), mode_of(self._keys))
        self._hair.preview(replace(now, weights=weights))

    def _found(self, middle: SurfaceHit) -> Float32:
        place = self._hair.space().local(middle.position)
        return rows_in_sphere(self._hair.now.cloud.means, place, self._radius_m)

    def _end(self) -> None:
        middle = self._middle
        self._cancel()
        if middle is not None and self._radius_m >= _LEAST_BALL_M:
            self._selecting.choose(self._found(middle), self._keys, "Select ball")

    def _cancel(self) -> None:
        self._middle = None
        self.tool.show_ring(None)
        self._hair.show_document()
