from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.dialogs.take_edit import LoopDialog, RateDialog, RetimeDialog, TimecodeDialog
from app.dialogs.take_groups import BlendDialog, InsertDialog, SmoothDialog
from app.workers.status import PerformanceStatus
from avatar_core.commands import AddTake, EditTake, SetActiveTake
from avatar_core.io.audio import load_audio, save_wav
from avatar_core.motion import ChannelGroup, Take, Timecode
from avatar_core.motion.take_edits import trimmed
from avatar_core.motion.take_sound import RetimedSound
from avatar_core.project import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.take_editing import TakeEditing
    from app.panels.takes import TakesPanel
    from app.panels.timeline import TimelinePanel


@pytest.fixture
def other(context: StudioContext, in_hand: Take) -> Take:
    held = np.full_like(in_hand.weights, 0.25)
    second = replace(in_hand, id="second", name="Smile", weights=held)
    context.push(AddTake.of(context.project, second))
    return second


def edited(qtbot: QtBot, editing: TakeEditing, do: Callable[[], object]) -> Take:
    """The take in hand once an edit in the background is done."""
    with qtbot.waitSignal(editing.hand.changed):
        do()
    assert editing.hand.take is not None
    return editing.hand.take


def test_without_a_take_nothing_can_be_done(context: StudioContext, editing: TakeEditing) -> None:
    for name in ("trim", "retime", "marker", "bake", "punch", "duplicate", "bypass"):
        assert not context.actions[f"take.{name}"].isEnabled()
    assert context.actions["take.countdown"].isEnabled()
    assert editing.ask_retime() is None
    editing.trim()
    editing.duplicate()
    assert context.project.takes == {}


def test_trimming_needs_in_or_out(
    context: StudioContext, editing: TakeEditing, in_hand: Take
) -> None:
    trim = context.actions["take.trim"]
    assert not trim.isEnabled()
    editing.hand.set_span(0.5, 1.5)
    assert trim.isEnabled()
    trim.trigger()
    cut = editing.hand.take
    assert cut is not None
    assert cut.duration_s == pytest.approx(1.0)
    assert not trim.isEnabled()  # the whole of what is left is in hand again
    context.session.undo()
    assert digest(context.project.takes["first"]) == digest(in_hand)


@pytest.mark.parametrize(("place_s", "then_s"), [(0.75, 0.25), (0.1, 0.0), (1.9, 1.0)])
def test_trimming_stays_at_the_moment_that_is_shown(
    engine: Any,
    editing: TakeEditing,
    in_hand: Take,
    timeline: TimelinePanel,
    place_s: float,
    then_s: float,
) -> None:
    sought: list[float] = []
    timeline.seek_requested.connect(sought.append)
    engine.answer = PerformanceStatus(take_id=in_hand.id, position_s=place_s, duration_s=2.0)
    editing.hand.set_span(0.5, 1.5)
    editing.trim()
    assert sought == [pytest.approx(then_s)]


def test_trimming_leaves_a_live_driver_alone(
    editing: TakeEditing, in_hand: Take, timeline: TimelinePanel
) -> None:
    sought: list[float] = []
    timeline.seek_requested.connect(sought.append)
    editing.hand.set_span(0.5, 1.5)
    editing.trim()
    assert sought == []


def test_an_impossible_trim_is_told(
    context: StudioContext, editing: TakeEditing, in_hand: Take
) -> None:
    editing.hand.set_span(0.5001, 0.5002)
    editing.trim()
    assert digest(context.project.takes["first"]) == digest(in_hand)


def test_the_take_that_plays_goes_on_edited(
    engine: Any, editing: TakeEditing, in_hand: Take
) -> None:
    editing.hand.set_span(0.5, 1.5)
    editing.trim()
    assert engine.asked("renew_take")[-1][0] is editing.hand.take


def test_retime_asks_and_says_what_comes_of_it(
    qtbot: QtBot, editing: TakeEditing, in_hand: Take
) -> None:
    dialog = editing.ask_retime()
    assert isinstance(dialog, RetimeDialog)
    dialog.speed.value_edited.emit(2.0)
    assert dialog.length.value == pytest.approx(1.0)
    assert "0:02.00 becomes 0:01.00" in dialog.outcome.text()
    dialog.length.value_edited.emit(4.0)
    assert dialog.speed.value == pytest.approx(0.5)
    dialog.sound.setCurrentIndex(dialog.sound.findData(RetimedSound.SHIFT_PITCH))
    slow = edited(qtbot, editing, dialog.accept)
    assert slow.duration_s == pytest.approx(4.0)
    assert slow.audio is not None
    assert slow.audio.duration_s == pytest.approx(2.0, abs=0.01)


def test_loop_and_rate_ask_too(qtbot: QtBot, editing: TakeEditing, in_hand: Take) -> None:
    loop = editing.ask_loop()
    assert isinstance(loop, LoopDialog)
    loop.fade.value_edited.emit(0.5)
    loop.rounds.value_edited.emit(2)
    assert "The take, 0:02.00, becomes 0:03.00" in loop.outcome.text()
    assert edited(qtbot, editing, loop.accept).duration_s == pytest.approx(3.0)
    rate = editing.ask_rate()
    assert isinstance(rate, RateDialog)
    rate.rate.setCurrentText("what")
    assert not rate.go.isEnabled()
    rate.rate.setCurrentText("60")
    assert rate.go.isEnabled()
    assert edited(qtbot, editing, rate.accept).fps == 60


def test_smoothing_leaves_lids_alone_at_first(
    qtbot: QtBot, editing: TakeEditing, in_hand: Take
) -> None:
    dialog = editing.ask_smooth()
    assert isinstance(dialog, SmoothDialog)
    assert dialog.amounts[ChannelGroup.LIDS].value == 0
    assert not dialog.spikes[ChannelGroup.LIDS].isChecked()
    for group in ChannelGroup:
        dialog.amounts[group].value_edited.emit(0.0)
        dialog.spikes[group].setChecked(False)
    assert not dialog.go.isEnabled()
    dialog.amounts[ChannelGroup.JAW].value_edited.emit(1.0)
    smooth = edited(qtbot, editing, dialog.accept)
    assert not np.array_equal(smooth.weights, in_hand.weights)


def test_in_and_out_confine_loops_and_filters(
    qtbot: QtBot, editing: TakeEditing, in_hand: Take
) -> None:
    editing.hand.set_span(0.5, 1.5)
    smooth = editing.ask_smooth()
    assert isinstance(smooth, SmoothDialog)
    smooth.amounts[ChannelGroup.JAW].value_edited.emit(1.0)
    calm = edited(qtbot, editing, smooth.accept)
    outside = (calm.times_s < 0.5) | (calm.times_s >= 1.5)
    assert np.array_equal(calm.weights[outside], in_hand.weights[outside])
    assert not np.array_equal(calm.weights, in_hand.weights)
    assert editing.hand.span == (0.5, 1.5)
    loop = editing.ask_loop()
    assert isinstance(loop, LoopDialog)
    loop.fade.value_edited.emit(0.25)
    assert "between in and out, 0:01.00, becomes 0:00.75" in loop.outcome.text()
    assert edited(qtbot, editing, loop.accept).duration_s == pytest.approx(0.75, abs=1 / 30)


def test_blending_gives_a_new_take(
    qtbot: QtBot, context: StudioContext, editing: TakeEditing, other: Take
) -> None:
    dialog = editing.ask_blend()
    assert isinstance(dialog, BlendDialog)
    assert not dialog.go.isEnabled()
    dialog.shares[ChannelGroup.JAW].value_edited.emit(1.0)
    blend = edited(qtbot, editing, dialog.accept)
    assert blend.name == "Monologue (blend)"
    assert blend.frame(10).weight("jawOpen") == 0.25
    assert len(context.project.takes) == 3
    context.session.undo()
    assert list(context.project.takes) == ["first", "second"]
    assert context.project.active_take == "first"


def test_groups_of_another_take_come_between_in_and_out(
    qtbot: QtBot, editing: TakeEditing, other: Take
) -> None:
    editing.hand.set_span(0.5, 1.5)
    dialog = editing.ask_insert()
    assert isinstance(dialog, InsertDialog)
    dialog.groups[ChannelGroup.JAW].setChecked(True)
    result = edited(qtbot, editing, dialog.accept)
    assert result.frame_at(1.0).weight("jawOpen") == 0.25
    assert result.frame_at(0.25).weight("jawOpen") == pytest.approx(0.125, abs=0.01)


def test_baking_the_mixer_gives_a_new_take(
    qtbot: QtBot, context: StudioContext, editing: TakeEditing, in_hand: Take
) -> None:
    baked = edited(qtbot, editing, context.actions["take.bake"].trigger)
    assert baked.name == "Monologue (bake)"
    assert baked.audio is in_hand.audio
    assert context.project.takes["first"] is in_hand


def test_an_edit_that_comes_too_late_is_dropped(
    qtbot: QtBot, context: StudioContext, editing: TakeEditing, in_hand: Take
) -> None:
    editing.edit("Smooth", lambda take: replace(take, fps=10.0))
    editing.hand.set_span(0.5, 1.5)
    editing.trim()
    trimmed = context.project.takes["first"]
    qtbot.waitUntil(lambda: "changed meanwhile" in context.toast.text)
    assert context.project.takes["first"] is trimmed


def test_sound_is_put_beside_the_take_and_taken_off(
    qtbot: QtBot, context: StudioContext, editing: TakeEditing, in_hand: Take, tmp_path: Path
) -> None:
    save_wav(tmp_path / "voice.wav", np.full((8000, 1), 0.25, np.float32), 8000)
    context.actions["take.remove_sound"].trigger()
    assert editing.hand.take is not None
    assert editing.hand.take.audio is None
    assert not context.actions["take.export_sound"].isEnabled()
    sounding = edited(qtbot, editing, lambda: editing.import_sound(tmp_path / "voice.wav"))
    assert sounding.audio is not None
    assert sounding.audio.samples[4000, 0] == pytest.approx(0.25)
    assert context.actions["take.export_sound"].isEnabled()
    assert load_audio(tmp_path / "voice.wav")[1] == 8000


def test_a_sound_that_is_none_is_told(
    qtbot: QtBot, context: StudioContext, editing: TakeEditing, in_hand: Take, tmp_path: Path
) -> None:
    (tmp_path / "no.wav").write_bytes(b"nothing")
    editing.import_sound(tmp_path / "no.wav")
    qtbot.waitUntil(lambda: "no sound file" in context.toast.text)
    assert editing.hand.take is in_hand


def test_timecode_is_typed_and_cleared(
    context: StudioContext, editing: TakeEditing, in_hand: Take, window: Any
) -> None:
    def dialog() -> TimecodeDialog:
        editing.ask_timecode()
        found: list[TimecodeDialog] = window.findChildren(TimecodeDialog)
        return found[-1]

    asked = dialog()
    asked.code.setText("25:00:00:00")
    assert not asked.go.isEnabled()
    asked.code.setText("10:20:30:12")
    asked.base.setCurrentIndex(asked.base.findData(25))
    asked.accept()
    assert context.project.takes["first"].timecode == Timecode.parse("10:20:30:12", 25)
    again = dialog()
    assert again.code.text() == "10:20:30:12"
    again.code.clear()
    again.accept()
    assert context.project.takes["first"].timecode is None


def test_each_take_has_its_own_range(
    context: StudioContext, editing: TakeEditing, other: Take
) -> None:
    editing.hand.set_span(0.5, 1.5)
    context.push(SetActiveTake.of(context.project, "second"))
    assert not editing.hand.is_ranged
    context.push(SetActiveTake.of(context.project, "first"))
    assert editing.hand.span == (0.5, 1.5)
    context.actions["take.clear_range"].trigger()
    assert not editing.hand.is_ranged


def test_the_list_offers_the_same_edits(takes_panel: TakesPanel, editing: TakeEditing) -> None:
    titles = [action.text().replace("&", "") for action in editing.menu.actions()]
    assert {"Trim to in and out", "Retime …", "Corrections", "Sound"} <= set(titles)


def test_position_counts_only_for_the_take_that_plays(
    engine: Any, editing: TakeEditing, in_hand: Take
) -> None:
    engine.answer = PerformanceStatus(take_id="another", position_s=1.0, duration_s=2.0)
    assert editing.hand.position_s == 0
    engine.answer = PerformanceStatus(take_id="first", position_s=1.0, duration_s=2.0)
    assert editing.hand.position_s == 1.0


def test_places_of_the_take_need_the_take_in_the_timeline(
    context: StudioContext, engine: Any, editing: TakeEditing, in_hand: Take
) -> None:
    names = ("set_in", "set_out", "marker", "step_on", "next_marker")
    actions = [context.actions[f"take.{name}"] for name in names]
    assert all(action.isEnabled() for action in actions)
    engine.answer = PerformanceStatus(source="file:/films/face.mp4", duration_s=9.0)
    engine.state_changed.emit()
    assert not any(action.isEnabled() for action in actions)
    assert context.actions["take.retime"].isEnabled()
    engine.answer = PerformanceStatus(take_id=in_hand.id, duration_s=in_hand.duration_s)
    engine.state_changed.emit()
    assert all(action.isEnabled() for action in actions)


def test_a_range_beyond_the_end_of_what_is_left_is_none(
    context: StudioContext, editing: TakeEditing, in_hand: Take
) -> None:
    editing.hand.set_span(1.5, 1.9)
    short = trimmed(in_hand, 0.0, 1.0)
    context.push(EditTake.of(context.project, short, "Shorten"))
    assert editing.hand.span == (0.0, short.duration_s)
    assert not editing.hand.is_ranged


def test_a_single_frame_has_no_range_before_its_beginning(
    context: StudioContext, editing: TakeEditing, in_hand: Take
) -> None:
    still = Take.from_frames("Still", [in_hand.frame(0)], 30)
    editing.hand.add("Still", still)
    editing.hand.set_span(0.5, 1.0)
    start_s, end_s = editing.hand.span
    assert 0.0 <= start_s <= end_s <= still.duration_s


def test_a_second_edit_waits_for_the_first(
    qtbot: QtBot, context: StudioContext, editing: TakeEditing, in_hand: Take
) -> None:
    gate = Event()
    editing.edit("Wait", lambda take: (gate.wait(5), take)[1])
    editing.edit("Hurry", lambda take: take)
    assert "still at work" in context.toast.text
    gate.set()
    qtbot.waitUntil(lambda: not editing._worker.is_running)
