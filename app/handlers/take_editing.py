"""Everything that can be done to the take in the timeline."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from app.dialogs.files import SOUND, ask_open
from app.handlers.take_correcting import TakeCorrecting
from app.handlers.take_in_hand import TakeInHand
from app.handlers.take_marking import TakeMarking
from app.handlers.take_punching import TakePunching
from app.menus import fill_menu
from app.panels.take_tools import TakeTools
from app.take_actions import TAKE_ACTIONS
from app.workers.tasks import TaskRunner
from avatar_core.commands import SetTakeTimecode
from avatar_core.errors import AssetError
from avatar_core.motion import TakeAudio
from avatar_core.motion.take_edits import trimmed, with_sound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.dialogs.take_edit import TakeEditDialog
    from app.handlers.context import StudioContext
    from app.panels.takes import TakesPanel
    from app.panels.timeline import TimelinePanel
    from app.workers.performance import PerformanceEngine
    from avatar_core.motion import Take, Timecode

_ALWAYS = ("take.countdown",)
_NEED_OTHERS = ("take.blend", "take.insert")
_NEED_PLACE = (
    "take.set_in", "take.set_out", "take.marker", "take.step_back", "take.step_on",
    "take.previous_marker", "take.next_marker",
)  # fmt: skip
_NEED_SOUND = ("take.export_sound", "take.remove_sound")


class TakeEditing(QObject):
    """Runs the edits of the take in hand, and keeps their actions in step with it.

    Edits work in the background, since some take a while on long sounds; what was edited meanwhile
    wins over an edit that comes too late.

    Args:
        context: the document.
        engine: plays and records.
        timeline: shows the take, gets the tools.
        takes: the list, whose menu offers the same.
    """

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        timeline: TimelinePanel,
        takes: TakesPanel,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self.hand = hand = TakeInHand(context, engine, timeline.seek_requested.emit)
        self.menu = QMenu("Edit take", context.window)
        fill_menu(self.menu, context.actions, TAKE_ACTIONS)
        tools = TakeTools({spec.id: context.actions[spec.id] for spec in TAKE_ACTIONS}, self.menu)
        timeline.add_take_tools(tools)
        takes.add_edits(self.menu)
        context.actions["take.export_sound"].triggered.connect(
            lambda: takes.export_sound_requested.emit(takes.current or "")
        )
        self.marking = TakeMarking(hand, timeline, self.menu)
        self.correcting = TakeCorrecting(hand, timeline, tools)
        self.punching = TakePunching(hand, timeline, tools)
        self._worker = TaskRunner("Editing the take", self)
        self._worker.finished.connect(self._keep)
        self._worker.failed.connect(
            lambda error: context.toast.show_error(error.message, error.hint)
        )
        self._what, self._is_new, self._before = "", False, hand.take
        self._connect_actions()
        hand.changed.connect(self._enable)
        hand.range_changed.connect(self._enable)
        engine.state_changed.connect(self._enable)
        self._enable()

    def refresh(self) -> None:
        """Look which take is in hand."""
        self.hand.refresh()

    def shutdown(self) -> None:
        self._worker.shutdown()

    def _connect_actions(self) -> None:
        for name, slot in (
            ("trim", self.trim), ("retime", self.ask_retime), ("loop", self.ask_loop),
            ("smooth", self.ask_smooth), ("resample", self.ask_rate), ("bake", self.bake_mixer),
            ("blend", self.ask_blend), ("insert", self.ask_insert),
            ("duplicate", self.duplicate), ("import_sound", self.ask_sound),
            ("remove_sound", self.remove_sound), ("timecode", self.ask_timecode),
        ):  # fmt: skip
            self._context.actions[f"take.{name}"].triggered.connect(slot)

    def _enable(self) -> None:
        take, actions = self.hand.take, self._context.actions
        for spec in TAKE_ACTIONS:
            if spec.id not in _ALWAYS and spec.branch != "take_corrections":
                actions[spec.id].setEnabled(take is not None)
        for name in _NEED_OTHERS:
            actions[name].setEnabled(take is not None and bool(self.hand.others))
        for name in _NEED_PLACE:
            actions[name].setEnabled(self.hand.is_in_timeline)
        for name in _NEED_SOUND:
            actions[name].setEnabled(take is not None and take.audio is not None)
        for name in ("take.trim", "take.clear_range"):
            actions[name].setEnabled(self.hand.is_ranged)

    # edits

    def trim(self) -> None:
        """Keep what lies between in and out, and stay at the moment that is shown."""
        take = self.hand.take
        if take is None:
            return
        (start_s, end_s), place_s = self.hand.span, self.hand.position_s
        is_cut = self._context.errors.attempt(
            lambda: self.hand.replace("Trim", trimmed(take, start_s, end_s))
        )
        if is_cut and self.hand.is_played:
            self.hand.seek(min(max(place_s, start_s), end_s) - start_s)

    def ask_retime(self) -> TakeEditDialog | None:
        from app.dialogs.take_edit import RetimeDialog

        return self._ask("Retime", lambda take: RetimeDialog(take, self._context.window))

    def ask_loop(self) -> TakeEditDialog | None:
        from app.dialogs.take_edit import LoopDialog

        return self._ask("Loop", lambda take: LoopDialog(take, self._span, self._context.window))

    def ask_rate(self) -> TakeEditDialog | None:
        from app.dialogs.take_edit import RateDialog

        return self._ask("Change rate of", lambda take: RateDialog(take, self._context.window))

    def ask_smooth(self) -> TakeEditDialog | None:
        from app.dialogs.take_groups import SmoothDialog

        return self._ask("Smooth", lambda _take: SmoothDialog(self._span, self._context.window))

    def ask_insert(self) -> TakeEditDialog | None:
        from app.dialogs.take_groups import InsertDialog

        return self._ask(
            "Replace groups of",
            lambda take: InsertDialog(
                take, self.hand.others, *self.hand.span, self._context.window
            ),
        )

    def ask_blend(self) -> TakeEditDialog | None:
        from app.dialogs.take_groups import BlendDialog

        return self._ask(
            "Blend",
            lambda take: BlendDialog(take, self.hand.others, self._context.window),
            is_new=True,
        )

    def bake_mixer(self) -> None:
        """A new take of what the mixer does to this one."""
        from avatar_core.motion.take_baking import with_mixer_baked

        project = self._context.project
        mixer, sliders = project.mixer, project.expression.motion()
        self.edit("Bake", lambda take: with_mixer_baked(take, mixer, sliders), is_new=True)

    def duplicate(self) -> None:
        take = self.hand.take
        if take is not None:
            self.hand.add("Duplicate take", replace(take, name=f"{take.name} copy"))

    def edit(self, what: str, edit: Callable[[Take], Take], *, is_new: bool = False) -> None:
        """Edit the take in hand in the background.

        Args:
            what: what is done, in the imperative.
            edit: a function from the take to the edited one; runs on another thread.
            is_new: the result is a take of its own.
        """
        take = self.hand.take
        if take is None:
            return
        if self._worker.is_running:
            self._context.toast.show_note("Another edit is still at work.", "Try it again.")
            return
        self._what, self._is_new, self._before = what, is_new, take
        self._worker.start(lambda _context: edit(take))

    @property
    def _span(self) -> tuple[float, float] | None:
        """In and out point where they leave something out."""
        return self.hand.span if self.hand.is_ranged else None

    def _ask(
        self, what: str, make: Callable[[Take], TakeEditDialog], *, is_new: bool = False
    ) -> TakeEditDialog | None:
        take = self.hand.take
        if take is None:
            return None
        try:
            dialog = make(take)
        except AssetError as error:
            self._context.toast.show_error(error.message, error.hint)
            return None
        dialog.chosen.connect(lambda edit: self.edit(what, edit, is_new=is_new))
        dialog.open()
        return dialog

    def _keep(self, take: Take) -> None:
        if self._is_new:
            name = f"{self._before.name if self._before else take.name} ({self._what.lower()})"
            self.hand.add(f"{self._what} take", replace(take, name=name))
        elif self.hand.take is self._before:
            self._context.errors.attempt(lambda: self.hand.replace(self._what, take))
        else:
            self._context.toast.show_note(
                "The take was changed meanwhile, so the edit was dropped.", "Try it again."
            )

    # sound and timecode

    def ask_sound(self) -> None:
        folder = self._context.preferences.values.recordings_folder
        ask_open(self._context.window, "Sound for the take", folder, SOUND, self.import_sound)

    def import_sound(self, path: Path) -> None:
        """Put the sound of a file beside the take, from its beginning."""
        self.edit("Import sound of", partial(_with_sound_of, path=path))

    def remove_sound(self) -> None:
        take = self.hand.take
        if take is not None:
            self.hand.replace("Remove sound of", with_sound(take, None))

    def ask_timecode(self) -> None:
        from app.dialogs.take_edit import TimecodeDialog

        take = self.hand.take
        if take is None:
            return
        dialog = TimecodeDialog(take, self._context.window)
        dialog.timecode_chosen.connect(partial(self._set_timecode, take.id))
        dialog.open()

    def _set_timecode(self, take_id: str, timecode: Timecode | None) -> None:
        project = self._context.project
        if take_id in project.takes:
            self._context.push(SetTakeTimecode.of(project, take_id, timecode))


def _with_sound_of(take: Take, path: Path) -> Take:
    from avatar_core.io.audio import load_audio

    return with_sound(take, TakeAudio(*load_audio(path)))
