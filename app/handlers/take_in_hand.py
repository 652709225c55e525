"""The take in the timeline: which it is, where it stands, and which part of it is worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from avatar_core.commands import AddTake, EditTake, SetActiveTake
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.handlers.context import StudioContext
    from app.workers.performance import PerformanceEngine
    from avatar_core.motion import Take

_LEAST_S = 1e-3


class TakeInHand(QObject):
    """What all edits of takes share.

    In and out points are the window's, not the project's: each take has its own as long as the
    window is open, and they lie within it.

    Args:
        context: the document.
        engine: plays it.
        seek: goes to a time, as the timeline does.
    """

    changed = Signal()
    """Another take is in hand, or this one was edited."""
    range_changed = Signal()

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        seek: Callable[[float], object],
    ) -> None:
        super().__init__(context.window)
        self.context = context
        self.engine = engine
        self.seek = seek
        self._ranges: dict[str, tuple[float, float]] = {}
        self._last: Take | None = None
        context.events.changed.connect(self._note)
        context.events.replaced.connect(self.refresh)

    @property
    def take(self) -> Take | None:
        """The one in the timeline."""
        project = self.context.project
        return project.takes.get(project.active_take or "")

    @property
    def others(self) -> Sequence[Take]:
        """All takes but the one in hand."""
        take = self.take
        return [each for each in self.context.project.takes.values() if each is not take]

    @property
    def is_in_timeline(self) -> bool:
        """Whether the timeline shows its time, and not that of a film that plays."""
        status, take = self.engine.status(), self.take
        return take is not None and (status.duration_s is None or status.take_id == take.id)

    @property
    def is_played(self) -> bool:
        """Whether it plays, or holds."""
        take = self.take
        return take is not None and self.engine.status().take_id == take.id

    @property
    def position_s(self) -> float:
        """Where it stands, seconds."""
        return self.engine.status().position_s if self.is_played else 0.0

    @property
    def span(self) -> tuple[float, float]:
        """In and out point, seconds; the whole take where none were set."""
        take = self.take
        if take is None:
            return 0.0, 0.0
        start_s, end_s = self._ranges.get(take.id, (0.0, take.duration_s))
        if start_s >= take.duration_s:  # it was longer when they were set
            return 0.0, take.duration_s
        return start_s, min(end_s, take.duration_s)

    @property
    def is_ranged(self) -> bool:
        """Whether in and out points leave something out."""
        take = self.take
        return take is not None and self.span != (0.0, take.duration_s)

    def set_span(self, start_s: float, end_s: float) -> None:
        """Set in and out points; an out point is always later than the in point."""
        take = self.take
        if take is None:
            return
        start_s = max(min(start_s, take.duration_s - _LEAST_S), 0.0)
        self._ranges[take.id] = start_s, min(max(end_s, start_s + _LEAST_S), take.duration_s)
        self.range_changed.emit()

    def clear_span(self) -> None:
        """Work on the whole take."""
        take = self.take
        if take is not None and self._ranges.pop(take.id, None) is not None:
            self.range_changed.emit()

    def replace(self, what: str, take: Take) -> None:
        """Put the edited take in its place; where its length changed, the whole is in hand."""
        before = self.take
        self.context.push(EditTake.of(self.context.project, take, what))
        if before is not None and before.duration_s != take.duration_s:
            self._ranges.pop(take.id, None)
            self.range_changed.emit()

    def add(self, what: str, take: Take) -> None:
        """Put a new take behind the others, and into the timeline."""
        project = self.context.project
        with self.context.session.gesture(what):
            command = AddTake.of(project, take)
            self.context.push(command)
            self.context.push(SetActiveTake.of(project, command.take.id))

    def refresh(self) -> None:
        """Look whether it is another one."""
        take = self.take
        if take is self._last:
            return
        if take is not None:
            self.engine.renew_take(take)
        self._last = take
        self.changed.emit()

    def _note(self, change: Change) -> None:
        if Part.TAKES in change.parts:
            self.refresh()
