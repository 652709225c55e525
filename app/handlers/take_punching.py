"""Recording: over chosen groups of a take while it plays, and after a countdown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.handlers.countdown import RecordingCountdown
from avatar_core.motion import ChannelGroup
from avatar_core.motion.take_edits import punched_in
from avatar_core.project import SLIDERS

if TYPE_CHECKING:
    from app.handlers.take_in_hand import TakeInHand
    from app.panels.take_tools import TakeTools
    from app.panels.timeline import TimelinePanel
    from avatar_core.motion import Take

PRE_ROLL_S = 2.0
"""So much of the take plays before the in point, for the performer to fall in."""
FADE_S = 0.15
PATIENCE_S = 15.0
"""So long a driver may take to open before it is given up."""
_WATCH_MS = 50
_USUAL = (ChannelGroup.JAW, ChannelGroup.LIPS, ChannelGroup.TONGUE)


class TakePunching(QObject):
    """Plays the take, has live drivers move the chosen groups, and puts them into the take.

    With in and out points it begins a little before the in point and ends at the out point by
    itself; without, it begins where the take stands and ends when it is stopped, or with the take.
    """

    def __init__(self, hand: TakeInHand, timeline: TimelinePanel, tools: TakeTools) -> None:
        super().__init__(hand)
        self._hand = hand
        self._context = hand.context
        self._punching = hand.engine.punching
        self._take: Take | None = None
        self._groups: list[ChannelGroup] = []
        self._has_begun = False
        self._start_s, self._end_s = 0.0, 0.0
        self.countdown = RecordingCountdown(hand.context, timeline.show_countdown, self)
        self.groups = self._groups_menu()
        self.menu = QMenu("Groups that are recorded over", self._context.window)
        self.menu.addSection("Record over")
        self.menu.addActions(list(self.groups.values()))
        self.menu.addSeparator()
        self.menu.addAction(self._context.actions["take.countdown"])
        tools.set_punch_menu(self.menu)
        self._asked_s = 0.0
        self._opening = QTimer(self, interval=_WATCH_MS)
        self._opening.timeout.connect(self._begin_when_live)
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self._look)
        self._punching.recorded.connect(self._merge)
        self._action = self._context.actions["take.punch"]
        self._action.triggered.connect(self.toggle)

    @property
    def is_running(self) -> bool:
        return self._take is not None

    def toggle(self) -> None:
        """Begin, or end what was begun."""
        if self.is_running:
            self.stop()
        else:
            self.start()
        self._action.setChecked(self.is_running)

    def start(self) -> None:
        """Begin to record over the take in hand."""
        take, groups = self._hand.take, [g for g, a in self.groups.items() if a.isChecked()]
        problem = self._problem(take, groups)
        if problem is not None or take is None:
            self._context.toast.show_note(*(problem or ("There is no take.", "")))
            return
        self._take, self._groups, self._has_begun = take, groups, False
        if self._hand.is_ranged:
            self._start_s, self._end_s = self._hand.span
            from_s = max(self._start_s - PRE_ROLL_S, 0.0)
        else:
            from_s = self._hand.position_s
            from_s = 0.0 if from_s >= take.duration_s - 0.1 else from_s
            self._start_s, self._end_s = from_s, take.duration_s
        self._hand.engine.play_take(take, from_s, is_paused=True)
        self._punching.rehearse(groups)
        self._asked_s = time.monotonic()
        self._opening.start()
        self._begin_when_live()
        if self._opening.isActive():
            self._context.toast.show_note("Recording begins once a driver follows a face or voice.")

    def stop(self) -> None:
        """End it; what was recorded so far is put into the take."""
        self.countdown.cancel()
        self._opening.stop()
        self._watch.stop()
        if self._has_begun:
            self._punching.stop()
        else:
            self._punching.rehearse(())
        self._hand.engine.pause()
        self._take = None
        self._action.setChecked(False)

    def _begin_when_live(self) -> None:
        """Cameras and trackers take a moment; what is recorded before would be the old take."""
        if any(driver.state == "live" for driver in self._hand.engine.status().drivers):
            self._opening.stop()
            self.countdown.start(self._run)
        elif time.monotonic() - self._asked_s > PATIENCE_S:
            self.stop()
            self._context.toast.show_note(
                "No driver follows a face or voice, so nothing was recorded.",
                "Look at the list of drivers.",
            )

    def _run(self) -> None:
        if self._hand.engine.status().recording is not None:  # begun during the countdown
            self.stop()
            return
        self._has_begun = True
        self._punching.start()
        self._hand.engine.resume()
        self._watch.start()

    def _look(self) -> None:
        """End with the range, and with the take."""
        status = self._hand.engine.status()
        is_over = status.recording is None or not status.is_playing
        if is_over or status.position_s >= self._end_s:
            self._end_s = min(self._end_s, max(status.position_s, self._start_s))
            self.stop()

    def _merge(self, insert: Take, place_s: float) -> None:
        """Put what was performed into the take that it was performed over."""
        take, groups = self._take, self._groups
        if take is None:
            return
        if self._hand.take is not take:
            self._context.toast.show_note(
                "The take was changed meanwhile, so what was recorded over it was dropped.",
                "Leave the take as it is until the recording has ended.",
            )
            return
        start_s = max(self._start_s, place_s)
        end_s = min(self._end_s, place_s + insert.duration_s)
        self._context.errors.attempt(
            lambda: self._hand.replace(
                "Record over", punched_in(take, insert, groups, start_s, end_s, FADE_S, place_s)
            )
        )

    def _problem(self, take: Take | None, groups: list[ChannelGroup]) -> tuple[str, str] | None:
        project = self._context.project
        if self._hand.engine.status().recording is not None:
            return "Something is being recorded already.", "End it first."
        if take is None:
            return "There is no take to record over.", "Choose one in the list of takes."
        if not groups:
            return "No group is chosen to be recorded.", "Open the menu beside the button."
        is_live = project.source != SLIDERS and project.source_take is None
        if not is_live and not project.drivers:
            return (
                "No live driver can perform the take anew.",
                "Choose a camera, a phone, a microphone or a film as driver first.",
            )
        return None

    def _groups_menu(self) -> dict[ChannelGroup, QAction]:
        preferences = self._context.preferences
        kept = preferences.remembered("punch_groups")
        chosen = kept if isinstance(kept, list) else list(_USUAL)
        actions = {}
        for group in ChannelGroup:
            action = actions[group] = QAction(group.label, self)
            action.setCheckable(True)
            action.setChecked(group in chosen)
            action.toggled.connect(self._remember)
        return actions

    def _remember(self) -> None:
        chosen = [group.value for group, action in self.groups.items() if action.isChecked()]
        self._context.preferences.remember("punch_groups", chosen)
