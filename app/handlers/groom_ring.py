"""The ring that shows the brush on the hair, also while the head moves under a resting pen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.viewport.tools import BrushRing
from avatar_core.errors import AvatarError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.groom_hair import GroomHair
    from app.handlers.groom_pointing import HairPointer
    from app.handlers.groom_settings import ToolSettings
    from app.viewport.avatar_view import AvatarView
    from app.viewport.tools import BrushTool, PenSample
    from avatar_core.geometry import Float32
    from avatar_core.hair.picking import SurfaceHit

_FOLLOW_MS = 66
"""Pictures come faster; a ring that steps so often looks as if it stuck to the hair."""

_MIRROR = np.array([-1, 1, 1], np.float32)


class RingHandler(QObject):
    """Lays the ring of a brush where it would work.

    Args:
        hair: the hair on the stage.
        view: its camera and pictures.
        pointer: finds the surface under the pen.
        brush: whose ring it is.
        settings: size, strength and colour.
        is_mirrored: whether strokes work on the other side of the head too.
        parent: the owner.
    """

    def __init__(
        self,
        hair: GroomHair,
        view: AvatarView,
        pointer: HairPointer,
        brush: BrushTool,
        settings: ToolSettings,
        is_mirrored: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._hair = hair
        self._view = view
        self._pointer = pointer
        self._brush = brush
        self._settings = settings
        self._is_mirrored = is_mirrored
        self._pen: PenSample | None = None
        """Where it is over the picture; None while it is not, or is not the brush's."""
        self._seen: tuple[object, object] | None = None
        self._timer = QTimer(self, singleShot=True, interval=_FOLLOW_MS)
        self._timer.timeout.connect(self._follow)
        brush.hovered.connect(self._hover)
        brush.stroke_moved.connect(lambda samples: self._hover(samples[-1]))
        settings.changed.connect(lambda _settings: self._show())
        view.frameSwapped.connect(self._note_picture)

    def _hover(self, sample: PenSample | None) -> None:
        self._pen = sample
        self._show()

    def _note_picture(self) -> None:
        if self._is_outdated and not self._timer.isActive():
            self._timer.start()

    def _follow(self) -> None:
        """Find the surface anew, if another one came under the pen while that rests."""
        if self._is_outdated:
            self._show()

    @property
    def _is_outdated(self) -> bool:
        is_resting = self._pen is not None and not self._brush.is_busy
        return is_resting and self._seen is not None and self._moment != self._seen

    @property
    def _moment(self) -> tuple[object, object]:
        """What is shown, and from where."""
        return self._hair.frame, self._view.orbit.pose

    def _show(self) -> None:
        hit = None if self._pen is None else self._pointer.hit(self._pen)
        self._seen = self._moment
        self._brush.show_ring(None if hit is None else self._ring(hit))

    def _ring(self, hit: SurfaceHit) -> BrushRing:
        now, brush = self._settings.current, self._settings.tool.brush
        colour = now.colour if brush is not None and brush.has_colour else None
        twin = self._twin(hit) if self._is_mirrored() else None
        return BrushRing(hit.position, hit.normal, now.radius_m, now.strength, colour, twin)

    def _twin(self, hit: SurfaceHit) -> tuple[Float32, Float32] | None:
        """Where the mirrored stroke works: place and normal, world."""
        try:
            space = self._hair.space()
        except AvatarError:
            return None
        place = space.local(hit.position) * _MIRROR
        normal = space.local_direction(hit.normal) * _MIRROR
        return space.world(place), np.asarray(normal @ space.turn.T, np.float32)
