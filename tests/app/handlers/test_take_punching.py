from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.handlers import take_punching
from app.handlers.performing import PerformingHandler
from app.handlers.take_editing import TakeEditing
from app.panels.takes import TakesPanel
from app.panels.timeline import TimelinePanel
from app.workers.status import DriverState, PerformanceStatus, RecordingStatus
from avatar_core.commands import SetSource
from avatar_core.motion import ChannelGroup, Take

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext

LIVE = (DriverState("camera:0", "live"),)
RUNS = PerformanceStatus(
    take_id="first", is_playing=True, duration_s=2.0, position_s=0.2, drivers=LIVE,
    recording=RecordingStatus(False, 0.1, is_punch=True),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _live(context: StudioContext, engine: Any, in_hand: Take) -> None:
    """A take in hand and a camera to record over it."""
    context.push(SetSource.of(context.project, "camera:0"))
    engine.calls.clear()
    engine.answer = PerformanceStatus(drivers=LIVE)


def open_mouth(take: Take) -> Take:
    return replace(take, id="new", weights=np.ones_like(take.weights), audio=None)


def test_the_range_is_played_from_a_little_before_and_recorded(
    context: StudioContext, engine: Any, editing: TakeEditing
) -> None:
    editing.hand.set_span(0.5, 1.0)
    context.actions["take.punch"].trigger()
    assert engine.asked("play_take")[0][1:] == (0.0, True)
    groups = engine.asked("rehearse")[0][0]
    assert groups == (ChannelGroup.JAW, ChannelGroup.LIPS, ChannelGroup.TONGUE)
    names = [call[0] for call in engine.calls]
    assert names[-2:] == ["punch", "resume"]
    assert context.actions["take.punch"].isChecked()


def test_it_ends_at_the_out_point_and_only_the_range_is_new(
    qtbot: QtBot, context: StudioContext, engine: Any, editing: TakeEditing, take: Take
) -> None:
    editing.hand.set_span(0.5, 1.0)
    context.actions["take.punch"].trigger()
    engine.answer = RUNS
    assert editing.punching.is_running

    def stop() -> None:
        engine.punching.recorded.emit(open_mouth(take), 0.0)

    engine.punching.stop = stop
    engine.answer = replace(RUNS, position_s=1.01)
    qtbot.waitUntil(lambda: not editing.punching.is_running)
    over = context.project.takes["first"]
    assert over.frame_at(0.75).weight("jawOpen") == 1.0
    assert over.frame_at(0.75).weight("browInnerUp") == 0.0
    assert over.frame_at(0.45).weight("jawOpen") == pytest.approx(0.225, abs=0.01)
    assert over.frame_at(1.05).weight("jawOpen") == pytest.approx(0.525, abs=0.01)
    assert over.audio is not None
    assert not context.actions["take.punch"].isChecked()
    context.session.undo()
    assert context.project.takes["first"].frame_at(0.75).weight("jawOpen") < 0.5


def test_without_a_range_it_runs_until_it_is_stopped(
    qtbot: QtBot, context: StudioContext, engine: Any, editing: TakeEditing, take: Take
) -> None:
    engine.answer = replace(RUNS, is_playing=False, position_s=1.0, recording=None)
    context.actions["take.punch"].trigger()
    assert engine.asked("play_take")[0][1:] == (1.0, True)
    engine.answer = replace(RUNS, position_s=1.4)
    short = replace(
        open_mouth(take), **{n: getattr(take, n)[:15] for n in ("times_s", "head_rotation",
                             "head_translation", "confidence")},
        weights=np.ones((15, 52), np.float32),
    )  # fmt: skip
    engine.punching.stop = lambda: engine.punching.recorded.emit(short, 1.0)
    context.actions["take.punch"].trigger()
    over = context.project.takes["first"]
    assert over.frame_at(1.25).weight("jawOpen") == 1.0
    assert over.frame_at(1.6).weight("jawOpen") == pytest.approx(0.8, abs=0.01)


def test_a_take_that_was_edited_meanwhile_is_left_alone(
    context: StudioContext, engine: Any, editing: TakeEditing, take: Take
) -> None:
    context.actions["take.punch"].trigger()
    context.actions["take.remove_sound"].trigger()
    before = context.project.takes["first"]
    engine.punching.recorded.emit(open_mouth(take), 0.0)
    assert context.project.takes["first"] is before
    assert "was dropped" in context.toast.text


def test_groups_chosen_while_it_runs_count_for_the_next_time(
    context: StudioContext, engine: Any, editing: TakeEditing, take: Take
) -> None:
    context.actions["take.punch"].trigger()
    editing.punching.groups[ChannelGroup.JAW].setChecked(False)
    engine.punching.stop = lambda: engine.punching.recorded.emit(open_mouth(take), 0.0)
    context.actions["take.punch"].trigger()
    assert context.project.takes["first"].frame_at(0.5).weight("jawOpen") == 1.0


def test_it_keeps_its_hands_off_what_is_being_recorded(
    context: StudioContext, engine: Any, editing: TakeEditing
) -> None:
    engine.answer = PerformanceStatus(drivers=LIVE, recording=RecordingStatus(False, 0.1))
    context.actions["take.punch"].trigger()
    assert "recorded already" in context.toast.text
    assert not context.actions["take.punch"].isChecked()
    assert engine.calls == []


def test_it_waits_for_the_driver_and_gives_up_in_the_end(
    qtbot: QtBot, context: StudioContext, engine: Any, editing: TakeEditing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    opening = (DriverState("camera:0", "opening"),)
    engine.answer = PerformanceStatus(drivers=opening)
    context.actions["take.punch"].trigger()
    assert engine.asked("rehearse")
    assert engine.asked("punch") == []
    assert "begins once a driver" in context.toast.text
    engine.answer = PerformanceStatus(drivers=LIVE)
    qtbot.waitUntil(lambda: engine.asked("punch") == [()])
    editing.punching.stop()
    monkeypatch.setattr(take_punching, "PATIENCE_S", -1.0)
    engine.answer = PerformanceStatus(drivers=opening)
    context.actions["take.punch"].trigger()
    assert not editing.punching.is_running
    assert not context.actions["take.punch"].isChecked()
    assert "nothing was recorded" in context.toast.text


def test_it_needs_a_live_driver_and_groups(
    context: StudioContext, engine: Any, editing: TakeEditing
) -> None:
    context.push(SetSource.of(context.project, "take:first"))
    context.actions["take.punch"].trigger()
    assert "No live driver" in context.toast.text
    assert not context.actions["take.punch"].isChecked()
    context.push(SetSource.of(context.project, "camera:0"))
    for action in editing.punching.groups.values():
        action.setChecked(False)
    context.actions["take.punch"].trigger()
    assert "No group" in context.toast.text
    assert engine.asked("punch") == []


def test_the_groups_are_remembered(
    qtbot: QtBot, context: StudioContext, engine: Any, editing: TakeEditing
) -> None:
    for group, action in editing.punching.groups.items():
        action.setChecked(group is ChannelGroup.BROWS)
    timeline, panel = TimelinePanel([], []), TakesPanel()
    qtbot.addWidget(timeline)
    qtbot.addWidget(panel)
    again = TakeEditing(context, engine, timeline, panel)
    chosen = [group for group, action in again.punching.groups.items() if action.isChecked()]
    assert chosen == [ChannelGroup.BROWS]


class TestCountdown:
    @pytest.fixture(autouse=True)
    def counted(self, context: StudioContext) -> None:
        context.preferences.apply(replace(context.preferences.values, countdown_s=1))
        context.preferences.remember("countdown", True)
        context.actions["take.countdown"].setChecked(True)

    def test_a_take_is_recorded_after_it(
        self, qtbot: QtBot, context: StudioContext, engine: Any, timeline: TimelinePanel
    ) -> None:
        handler = PerformingHandler(context, engine, timeline)
        context.actions["perform.record_take"].trigger()
        assert timeline.recording_text == "● in 1"
        assert context.actions["perform.record_take"].isChecked()
        assert engine.asked("start_take_recording") == []
        qtbot.waitUntil(lambda: bool(engine.asked("start_take_recording")))
        assert not handler.countdown.is_running

    def test_a_take_begun_meanwhile_is_left_to_itself(
        self, qtbot: QtBot, context: StudioContext, engine: Any, editing: TakeEditing
    ) -> None:
        context.actions["take.punch"].trigger()
        assert editing.punching.countdown.is_running
        engine.answer = PerformanceStatus(drivers=LIVE, recording=RecordingStatus(False, 0.1))
        qtbot.waitUntil(lambda: not editing.punching.is_running)
        assert engine.asked("punch") == []
        assert engine.asked("stop_punch") == []
        assert engine.asked("rehearse")[-1] == ((),)

    def test_pressed_again_it_never_is(
        self, context: StudioContext, engine: Any, timeline: TimelinePanel
    ) -> None:
        handler = PerformingHandler(context, engine, timeline)
        context.actions["perform.record_take"].trigger()
        context.actions["perform.record_take"].trigger()
        assert not handler.countdown.is_running
        assert timeline.recording_text == ""
        assert not context.actions["perform.record_take"].isChecked()
        assert engine.asked("start_take_recording") == []

    def test_recording_over_waits_for_it_too(
        self, qtbot: QtBot, context: StudioContext, engine: Any, editing: TakeEditing
    ) -> None:
        context.actions["take.punch"].trigger()
        assert engine.asked("punch") == []
        assert engine.asked("rehearse")
        qtbot.waitUntil(lambda: bool(engine.asked("punch")))
        editing.punching.stop()
