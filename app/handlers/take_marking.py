"""In and out points and markers: on the ruler, by keys and in the menu."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QInputDialog, QMenu

from app.icons import icon
from app.widgets.time_marks import TimeMarks
from avatar_core.commands import SetTakeMarkers
from avatar_core.motion import Marker

if TYPE_CHECKING:
    from app.handlers.take_in_hand import TakeInHand
    from app.panels.timeline import TimelinePanel

_NEAR_S = 1e-3


class TakeMarking(QObject):
    """Keeps the ruler's marks in step with the take in hand.

    Args:
        hand: the take.
        timeline: shows them.
        edits: the menu of all edits, which opens on the ruler, too.
    """

    def __init__(self, hand: TakeInHand, timeline: TimelinePanel, edits: QMenu) -> None:
        super().__init__(hand)
        self._hand = hand
        self._timeline = timeline
        self._edits = edits
        ruler, session = timeline.ruler, hand.context.session
        ruler.range_edited.connect(hand.set_span)
        ruler.marker_moved.connect(self._move)
        ruler.marker_activated.connect(self.ask_name)
        ruler.mark_drag_started.connect(lambda: session.begin_gesture("Move marker"))
        ruler.mark_drag_ended.connect(session.end_gesture)
        ruler.in_requested.connect(self.set_in)
        ruler.out_requested.connect(self.set_out)
        ruler.marker_requested.connect(self.add)
        ruler.menu_requested.connect(self._open_menu)
        actions = hand.context.actions
        for name, slot in (
            ("set_in", self.set_in), ("set_out", self.set_out), ("clear_range", hand.clear_span),
            ("marker", self.add), ("step_back", lambda: self._step(-1)),
            ("step_on", lambda: self._step(1)), ("previous_marker", lambda: self._jump(-1)),
            ("next_marker", lambda: self._jump(1)),
        ):  # fmt: skip
            actions[f"take.{name}"].triggered.connect(slot)
        hand.changed.connect(self.refresh)
        hand.range_changed.connect(self.refresh)

    def refresh(self) -> None:
        take = self._hand.take
        marks = TimeMarks()
        if take is not None:
            named = tuple((marker.time_s, marker.name) for marker in take.markers)
            marks = TimeMarks(*self._hand.span, named)
        self._timeline.show_marks(marks)

    def set_in(self) -> None:
        """The in point is where the take stands; an out point before it goes to the end."""
        take, now_s, (_, end_s) = self._hand.take, self._hand.position_s, self._hand.span
        if take is not None:
            self._hand.set_span(now_s, end_s if end_s > now_s else take.duration_s)

    def set_out(self) -> None:
        """The out point is where the take stands; an in point after it goes to the start."""
        now_s, (start_s, _) = self._hand.position_s, self._hand.span
        self._hand.set_span(start_s if start_s < now_s else 0.0, now_s)

    def add(self) -> None:
        """A marker where the take stands."""
        take = self._hand.take
        if take is not None:
            marker = Marker(self._hand.position_s, f"Marker {len(take.markers) + 1}")
            self._set((*take.markers, marker))

    def ask_name(self, number: int) -> None:
        """Have the user name a marker."""
        take = self._hand.take
        if take is None or not 0 <= number < len(take.markers):
            return
        marker = take.markers[number]
        dialog = QInputDialog(self._timeline)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Name marker")
        dialog.setLabelText("What happens here:")
        dialog.setTextValue(marker.name)
        dialog.textValueSelected.connect(lambda name: self._rename(marker, name))
        dialog.open()

    def _rename(self, marker: Marker, name: str) -> None:
        take = self._hand.take
        if take is not None and marker in take.markers:
            renamed = replace(marker, name=name)
            self._set(tuple(renamed if each == marker else each for each in take.markers))

    def _move(self, number: int, time_s: float) -> None:
        take = self._hand.take
        if take is None or not 0 <= number < len(take.markers):
            return
        markers = list(take.markers)
        # It stays between its neighbours, so that its number stays what it is.
        low = markers[number - 1].time_s if number > 0 else 0.0
        high = markers[number + 1].time_s if number + 1 < len(markers) else take.duration_s
        markers[number] = replace(markers[number], time_s=min(max(time_s, low), high))
        self._set(tuple(markers))

    def remove(self, number: int) -> None:
        take = self._hand.take
        if take is not None:
            self._set(tuple(each for at, each in enumerate(take.markers) if at != number))

    def _set(self, markers: tuple[Marker, ...]) -> None:
        take, context = self._hand.take, self._hand.context
        assert take is not None
        context.push(SetTakeMarkers.of(context.project, take.id, markers))

    def _step(self, frames: int) -> None:
        take = self._hand.take
        if take is not None:
            now = int((take.times_s <= self._hand.position_s + _NEAR_S).sum()) - 1
            self._hand.seek(float(take.times_s[min(max(now + frames, 0), len(take) - 1)]))

    def _jump(self, direction: int) -> None:
        """To the next place that means something, forwards or backwards."""
        take, now_s = self._hand.take, self._hand.position_s
        if take is None:
            return
        moments = {0.0, take.duration_s, *self._hand.span, *(m.time_s for m in take.markers)}
        ahead = [each for each in moments if (each - now_s) * direction > _NEAR_S]
        if ahead:
            self._hand.seek(min(ahead, key=lambda each: abs(each - now_s)))

    def _open_menu(self, number: int, place: QPoint) -> None:
        if number < 0:
            self._edits.popup(place)
            return
        menu = QMenu(self._timeline)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("rename"), "Name marker …", lambda: self.ask_name(number))
        menu.addAction(icon("delete"), "Remove marker", lambda: self.remove(number))
        menu.popup(place)
