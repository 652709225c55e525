from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.handlers.performing import PerformingHandler
from app.workers.status import PerformanceStatus, RecordingStatus
from avatar_core.commands import AddTake, SetActiveTake
from avatar_core.errors import DeviceError
from avatar_core.recording.clip import RecordingReport

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.panels.timeline import TimelinePanel
    from avatar_core.motion import Take


@pytest.fixture
def handler(context: StudioContext, engine: Any, timeline: TimelinePanel) -> PerformingHandler:
    return PerformingHandler(context, engine, timeline)


@pytest.fixture
def with_take(context: StudioContext, take: Take) -> Take:
    context.push(AddTake.of(context.project, take))
    context.push(SetActiveTake.of(context.project, take.id))
    return take


def _report(path: Path, dropped: int = 0) -> RecordingReport:
    return RecordingReport(
        path=path,
        frames=60,
        repeated=0,
        dropped=dropped,
        duration_s=2.0,
        size_bytes=1000,
        encoder="libx264",
    )


@pytest.mark.usefixtures("handler")
class TestPlaying:
    def test_play_without_takes_says_how_to_get_one(
        self, context: StudioContext, engine: Any
    ) -> None:
        context.actions["perform.play"].trigger()
        assert engine.asked("play_take") == []
        assert "no take to play" in context.toast.text

    def test_play_starts_the_active_take_then_holds_then_goes_on(
        self, context: StudioContext, engine: Any, with_take: Take
    ) -> None:
        play = context.actions["perform.play"]
        play.trigger()
        assert engine.asked("play_take")[0][0].id == with_take.id
        engine.answer = PerformanceStatus(take_id="first", is_playing=True, duration_s=2.0)
        engine.state_changed.emit()
        assert play.text() == "&Pause"
        play.trigger()
        assert engine.asked("pause") == [()]
        engine.answer = replace(engine.answer, is_playing=False)
        engine.state_changed.emit()
        assert play.text() == "&Play"
        play.trigger()
        assert engine.asked("resume") == [()]

    def test_scrubbing_holds_and_then_goes_on(self, engine: Any, timeline: TimelinePanel) -> None:
        engine.answer = PerformanceStatus(take_id="first", is_playing=True, duration_s=2.0)
        timeline.scrub_started.emit()
        timeline.seek_requested.emit(1.5)
        timeline.scrub_ended.emit()
        assert engine.calls == [("pause",), ("seek", 1.5), ("resume",)]

    @pytest.mark.usefixtures("with_take")
    def test_scrubbing_a_take_at_rest_shows_that_moment(
        self, engine: Any, timeline: TimelinePanel
    ) -> None:
        timeline.seek_requested.emit(1.5)
        take, time_s, is_paused = engine.asked("play_take")[0]
        assert (take.id, time_s, is_paused) == ("first", 1.5, True)

    def test_playing_is_told(self, qtbot: QtBot, engine: Any, handler: PerformingHandler) -> None:
        engine.answer = PerformanceStatus(take_id="first", is_playing=True, duration_s=2.0)
        with qtbot.waitSignal(handler.playing_changed) as told:
            engine.state_changed.emit()
        assert told.args == ["first"]

    def test_loop_and_mute_reach_the_engine(self, context: StudioContext, engine: Any) -> None:
        context.actions["perform.loop"].trigger()
        context.actions["perform.mute"].trigger()
        assert engine.asked("set_looping") == [(True,)]
        assert engine.asked("set_muted") == [(True,)]


@pytest.mark.usefixtures("handler")
class TestTakes:
    def test_record_starts_and_stops_under_a_free_name(
        self, context: StudioContext, engine: Any, take: Take
    ) -> None:
        context.push(AddTake.of(context.project, take.renamed("Take 2")))
        context.actions["perform.record_take"].trigger()
        assert engine.asked("start_take_recording") == [("Take 3",)]
        engine.answer = PerformanceStatus(recording=RecordingStatus(False, 1.0))
        engine.state_changed.emit()
        assert context.actions["perform.record_take"].isChecked()
        context.actions["perform.record_take"].trigger()
        assert engine.asked("stop_take_recording") == [()]

    def test_what_was_recorded_is_one_step(
        self, context: StudioContext, engine: Any, take: Take
    ) -> None:
        engine.take_recorded.emit(take)
        assert context.project.active_take in context.project.takes
        assert [step.label for step in context.session.history.steps] == ["Record take"]
        context.session.undo()
        assert context.project.takes == {}


@pytest.mark.usefixtures("handler")
class TestClips:
    def test_a_clip_goes_to_the_recordings_with_the_chosen_size(
        self, context: StudioContext, engine: Any, tmp_path: Path
    ) -> None:
        values = replace(
            context.preferences.values,
            recordings_folder=str(tmp_path / "films"),
            clip_width_px=640,
            clip_height_px=360,
        )
        context.preferences.apply(values)
        context.actions["perform.record_clip"].trigger()
        path, settings, name = engine.asked("start_recording")[0]
        assert path.parent == tmp_path / "films"
        assert path.parent.is_dir()
        assert (path.suffix, settings.width, settings.height) == (".mp4", 640, 360)
        assert name == "Take 1"

    def test_a_folder_that_cannot_be_made_is_said_at_once(
        self, context: StudioContext, engine: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        folder = str(tmp_path / "file" / "films")
        context.preferences.apply(replace(context.preferences.values, recordings_folder=folder))
        context.actions["perform.record_clip"].trigger()
        assert engine.asked("start_recording") == []
        assert not context.actions["perform.record_clip"].isChecked()
        assert context.errors.dialog is not None
        assert "Preferences" in context.errors.dialog.text
        context.errors.dialog.accept()

    def test_clip_and_take_come_into_the_project_as_one_step(
        self, context: StudioContext, engine: Any, take: Take, tmp_path: Path
    ) -> None:
        engine.clip_recorded.emit(_report(tmp_path / "film.mp4", dropped=2), take)
        (clip,) = context.project.clips.values()
        assert clip.path == str(tmp_path / "film.mp4")
        assert clip.take_id in context.project.takes
        assert "2 pictures were dropped" in context.toast.text
        context.session.undo()
        assert context.project.clips == {}
        assert context.project.takes == {}

    def test_two_clips_of_one_performance_bring_its_take_once(
        self, context: StudioContext, engine: Any, take: Take, tmp_path: Path
    ) -> None:
        for name in ("film.mp4", "film portraits.mp4"):
            engine.clip_recorded.emit(_report(tmp_path / name), take)
        first, second = context.project.clips.values()
        assert first.path != second.path
        assert first.take_id == second.take_id
        assert len(context.project.takes) == 1

    def test_clips_in_quick_succession_are_files_and_takes_of_their_own(
        self, context: StudioContext, engine: Any, take: Take
    ) -> None:
        """The second one begins before the file of the first, and so its take, is there."""
        record = context.actions["perform.record_clip"]
        for _ in range(2):
            record.trigger()
        for path, _settings, name in engine.asked("start_recording"):
            named = replace(take, id=path.stem, name=name)
            engine.clip_recorded.emit(_report(path), named)
        first, second = context.project.clips.values()
        assert first.path != second.path
        assert [take.name for take in context.project.takes.values()] == ["Take 1", "Take 2"]

    def test_one_recording_at_a_time(self, context: StudioContext, engine: Any) -> None:
        engine.answer = PerformanceStatus(recording=RecordingStatus(True, 1.0))
        context.actions["perform.record_take"].trigger()
        assert engine.asked("start_take_recording") == []
        assert not context.actions["perform.record_take"].isChecked()


@pytest.mark.usefixtures("handler")
def test_background_failures_are_toasts_and_the_studio_goes_on(
    context: StudioContext, engine: Any
) -> None:
    engine.failed.emit(DeviceError("Camera 0 is gone.", "Plug it in."))
    assert context.toast.text == "Camera 0 is gone. Plug it in."
    assert context.errors.dialog is None
    engine.notice.emit("No sound device.")
    assert context.toast.text == "No sound device."
