from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QDockWidget

from app.dialogs.render_take import RenderTakeDialog
from app.handlers.render_queue import RenderDesk
from app.viewport.camera_rig import CameraRig
from app.workers.render_queue import RenderQueue
from avatar_core.batch.queue_store import JobState, QueueStore
from avatar_core.batch.render_events import ErrorTold, FilmsTold, event_line
from avatar_core.commands import AddTake, RenameTake, SetSource
from avatar_core.errors import RecordingError
from avatar_core.io.project_file import load_project
from avatar_core.project import take_source
from avatar_core.recording.render_job import RenderJob

if TYPE_CHECKING:
    from app.handlers.context import StudioContext

SCRIPT = f"print({event_line(FilmsTold(('/a.mp4',)))!r})"
FAIL = f"print({event_line(ErrorTold('No room.', 'Free some.'))!r}); raise SystemExit(2)"


class FakeView:
    def __init__(self) -> None:
        self.rig = CameraRig()


@pytest.fixture
def script():
    return [SCRIPT]


@pytest.fixture
def desk(qtbot, context: StudioContext, tmp_path, script):
    docks = {"renders": QDockWidget(context.window)}
    queue = RenderQueue(
        QueueStore(tmp_path / "queue"), command=lambda _job: [sys.executable, "-c", script[0]]
    )
    desk = RenderDesk(context, FakeView(), docks, queue)
    docks["renders"].setWidget(desk.panel)
    docks["renders"].hide()
    desk.dock = docks["renders"]
    yield desk
    desk.shutdown()


def test_a_take_is_queued_as_the_project_is_now(qtbot, desk, context, take, tmp_path):
    context.push(AddTake(take))
    context.actions["file.render_take"].trigger()
    dialog = context.window.findChild(RenderTakeDialog)
    assert dialog is not None
    dialog.path.setText(str(tmp_path / "film.mp4"))
    dialog._accept()
    # Edits made while the document is being kept do not reach the film.
    context.push(RenameTake.of(context.project, take.id, "Later"))
    qtbot.waitUntil(
        lambda: [job.state for job in desk.queue.jobs] == [JobState.DONE], timeout=30_000
    )
    (job,) = desk.queue.jobs
    kept = load_project(job.job.project).project
    assert kept.takes[take.id].name == "Monologue"
    assert job.job.take == take.id
    assert job.title == "film.mp4"
    assert not desk.dock.isHidden()
    assert "film.mp4 is rendered" in context.toast.text


def test_a_second_film_of_a_take_gets_a_name_of_its_own(qtbot, desk, context, take, tmp_path):
    context.push(AddTake(take))
    first = desk.ask()
    name = first.job.out
    desk.queue.add(desk.queue.keep(desk.queue.new_folder(), first.job, "first"))
    first.reject()
    second = desk.ask()
    assert second.job.out not in ("", name)
    second.reject()


def test_a_film_that_could_not_be_queued_is_not_called_queued(
    qtbot, desk, context, monkeypatch, tmp_path
):
    def full(*_job) -> None:
        raise RecordingError("job.json could not be saved because the disk is full.")

    shown = []
    monkeypatch.setattr(context.errors, "show", shown.append)
    desk._saver.failed.disconnect()
    desk._saver.failed.connect(context.errors.show)
    monkeypatch.setattr(desk.queue, "keep", full)
    desk.enqueue(RenderJob(out="/films/a.mp4"), "a.mp4")
    qtbot.waitUntil(lambda: bool(shown), timeout=30_000)
    assert "could not be saved" in shown[0].message
    assert context.toast.text == ""
    assert desk.dock.isHidden()
    assert desk.queue.jobs == []
    assert not list((tmp_path / "queue").iterdir())


def test_a_film_that_is_just_being_queued_when_the_window_closes_is_found_again(
    desk, monkeypatch, tmp_path
):
    keep, is_closing = desk.queue.keep, threading.Event()

    def slow(*job):
        assert is_closing.wait(20)
        return keep(*job)

    def closing(_runner=desk._saver, wait=desk._saver.shutdown):
        def shutdown(timeout_s):
            is_closing.set()
            return wait(timeout_s)

        return shutdown

    monkeypatch.setattr(desk.queue, "keep", slow)
    monkeypatch.setattr(desk._saver, "shutdown", closing())
    desk.enqueue(RenderJob(out="/films/a.mp4"), "a.mp4")
    desk.shutdown()
    (job,) = QueueStore(tmp_path / "queue").jobs()
    assert (job.title, job.state) == ("a.mp4", JobState.WAITING)
    assert load_project(job.job.project)


def test_the_take_in_hand_comes_first_and_films_are_offered(desk, context, take):
    other = type(take).from_frames("Other", list(take.frames()), 25, id="other")
    context.push(AddTake(take))
    context.push(AddTake(other))
    context.push(SetSource.of(context.project, take_source("other")))
    assert next(source.take for source in desk._sources()) == "other"
    context.push(SetSource.of(context.project, "file:/films/anna.mp4"))
    titles = [source.title for source in desk._sources()]
    assert "anna.mp4" in titles


def test_without_anything_to_render_it_is_said(desk, context, monkeypatch):
    shown = []
    monkeypatch.setattr(context.errors, "show", shown.append)
    assert desk.ask() is None
    assert "no take" in shown[0].message


def test_a_failure_is_told_and_kept_in_the_list(qtbot, desk, context, script):
    script[0] = FAIL
    desk.enqueue(RenderJob(out="/films/a.mp4"), "a.mp4")
    qtbot.waitUntil(
        lambda: [job.state for job in desk.queue.jobs] == [JobState.FAILED], timeout=30_000
    )
    assert "No room." in context.toast.text
    (job,) = desk.queue.jobs
    assert desk.panel.row(job.id).status.text() == "No room. Free some."
    script[0] = SCRIPT
    desk.panel.row(job.id).resume.click()
    qtbot.waitUntil(lambda: desk.queue.jobs[0].state is JobState.DONE, timeout=30_000)
    desk.panel.clear.click()
    assert desk.queue.jobs == []
