"""Corrections on top of a take: curves below the timeline, whose keys are set and dragged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from app.icons import icon
from app.panels.take_curves import recorded_value, shown_curve, title_of, unit_of
from avatar_core.commands import SetTakeCorrections
from avatar_core.motion import NO_CORRECTIONS, Corrections, Key, with_corrections_baked

if TYPE_CHECKING:
    from app.handlers.take_in_hand import TakeInHand
    from app.panels.take_tools import TakeTools
    from app.panels.timeline import TimelinePanel
    from avatar_core.motion import Take

REACH_S = 0.3
"""A correction of one moment is gone this long before and after it."""


class TakeCorrecting(QObject):
    """Keeps the curve in step with the take in hand, and takes keys into the project."""

    def __init__(self, hand: TakeInHand, timeline: TimelinePanel, tools: TakeTools) -> None:
        super().__init__(hand)
        self._hand = hand
        self._timeline = timeline
        self._tools = tools
        self._channel = ""
        lane, session, actions = timeline.lane, hand.context.session, hand.context.actions
        tools.channel_chosen.connect(self.show_channel)
        lane.drag_started.connect(lambda: session.begin_gesture("Correct take"))
        lane.drag_ended.connect(session.end_gesture)
        lane.key_added.connect(self.add_key)
        lane.key_moved.connect(self.move_key)
        lane.key_removed.connect(self.remove_key)
        lane.menu_requested.connect(self._open_menu)
        actions["take.bypass"].triggered.connect(self._bypass)
        actions["take.bake_corrections"].triggered.connect(self._bake)
        actions["take.clear_corrections"].triggered.connect(lambda: self._put(NO_CORRECTIONS))
        hand.changed.connect(self.refresh)
        self.refresh()

    @property
    def channel(self) -> str:
        """The one whose curve is shown; empty for none."""
        return self._channel

    def show_channel(self, channel: str) -> None:
        """Show the curve of a channel; empty for none."""
        self._channel = channel
        self.refresh()

    def refresh(self) -> None:
        take, actions = self._hand.take, self._hand.context.actions
        corrections = NO_CORRECTIONS if take is None else take.corrections
        self._tools.show_corrected(tuple(corrections.curves))
        self._tools.show_channel(self._channel)
        actions["take.bypass"].setChecked(corrections.is_bypassed)
        for name in ("bypass", "bake_corrections", "clear_corrections"):
            actions[f"take.{name}"].setEnabled(bool(corrections.curves))
        is_shown = take is not None and bool(self._channel)
        self._timeline.show_curve(shown_curve(take, self._channel) if take and is_shown else None)

    # keys

    def add_key(self, time_s: float, shown: float) -> None:
        """Correct a moment so that the curve passes through a value in its own unit."""
        take = self._hand.take
        if take is not None:
            value = self._offset(take, time_s, shown)
            self._put(take.corrections.with_bump(self._channel, time_s, value, REACH_S))

    def move_key(self, number: int, time_s: float, shown: float) -> None:
        """Have the curve pass through a value at a time instead."""
        take = self._hand.take
        if take is not None and 0 <= number < len(take.corrections.keys(self._channel)):
            keys = list(take.corrections.keys(self._channel))
            keys[number] = Key(time_s, self._offset(take, time_s, shown))
            self._put(take.corrections.with_keys(self._channel, tuple(keys)))

    def remove_key(self, number: int) -> None:
        take = self._hand.take
        if take is not None:
            keys = take.corrections.keys(self._channel)
            left = tuple(key for at, key in enumerate(keys) if at != number)
            self._put(take.corrections.with_keys(self._channel, left))

    def _zero_key(self, number: int) -> None:
        take = self._hand.take
        if take is not None:
            keys = list(take.corrections.keys(self._channel))
            keys[number] = replace(keys[number], value=0.0)
            self._put(take.corrections.with_keys(self._channel, tuple(keys)))

    def _hold_key(self, time_s: float) -> None:
        """A key alone, which holds until the next one, or to the ends of the take."""
        take = self._hand.take
        if take is not None:
            keys = take.corrections.keys(self._channel)
            self._put(take.corrections.with_keys(self._channel, (*keys, Key(time_s, 0.0))))

    def _offset(self, take: Take, time_s: float, shown: float) -> float:
        wanted = shown / unit_of(self._channel).scale
        return wanted - recorded_value(take, self._channel, time_s)

    def _put(self, corrections: Corrections) -> None:
        take, context = self._hand.take, self._hand.context
        if take is not None:
            context.push(SetTakeCorrections.of(context.project, take.id, corrections))

    # all of them

    def _bypass(self, is_bypassed: bool) -> None:
        take = self._hand.take
        if take is not None:
            self._put(replace(take.corrections, is_bypassed=is_bypassed))

    def _bake(self) -> None:
        take = self._hand.take
        if take is not None:
            self._hand.replace("Bake corrections of", with_corrections_baked(take))

    def _open_menu(self, number: int, place: QPoint) -> None:
        menu = QMenu(self._timeline)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if number >= 0:
            menu.addAction(icon("delete"), "Remove key", lambda: self.remove_key(number))
            menu.addAction(icon("neutral"), "No correction here", lambda: self._zero_key(number))
        else:
            now_s = self._hand.position_s
            menu.addAction(
                icon("add"), "Key of no correction at the playhead", lambda: self._hold_key(now_s)
            )
        take = self._hand.take
        if take is not None and take.corrections.keys(self._channel):
            cleared = take.corrections.with_keys(self._channel, ())
            menu.addSeparator()
            menu.addAction(f"Remove all keys of {title_of(self._channel)}",
                           lambda: self._put(cleared))  # fmt: skip
        menu.popup(place)
