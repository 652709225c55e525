"""The queue at work: with a stand-in that talks as the renderer does, and for real."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import av
import pytest

from app.workers.render_queue import RenderQueue, render_command
from avatar_core.batch.queue_store import JobState, QueueStore
from avatar_core.batch.render_events import (
    ErrorTold,
    FilmsTold,
    NoticeTold,
    PictureTold,
    ShareTold,
    event_line,
)
from avatar_core.recording.render_job import RenderJob, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

TALK = "\n".join(
    f"print({event_line(event)!r}, flush=True)"
    for event in (
        ShareTold(0.25, "drawing", 1, 4),
        PictureTold("p.jpg"),
        NoticeTold("The hair is another."),
    )
)
FINISH = f"{TALK}\nprint('noise')\nprint({event_line(FilmsTold(('/films/a.mp4',)))!r})"
FAIL = f"print({event_line(ErrorTold('No room is left.', 'Free some.'))!r}); raise SystemExit(2)"
LISTEN = f"import sys\n{TALK}\nsys.exit(130 if sys.stdin.readline() == 'stop\\n' else 7)"
CRASH = "raise RuntimeError('a fault of the program')"
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def store(tmp_path: Path) -> QueueStore:
    return QueueStore(tmp_path / "queue")


@pytest.fixture
def make(qtbot: QtBot, store: QueueStore) -> Iterator[Callable[..., RenderQueue]]:
    """A queue whose jobs run the script that stands in their titles."""
    made: list[RenderQueue] = []

    def make(store: QueueStore = store) -> RenderQueue:
        queue = RenderQueue(store, command=lambda job: [sys.executable, "-c", job.title])
        queue.load()
        made.append(queue)
        return queue

    yield make
    for queue in made:
        queue.shutdown()
        queue.deleteLater()


def add(queue: RenderQueue, script: str, out: str = "/films/a.mp4") -> str:
    job = queue.keep(queue.new_folder(), RenderJob(out=out), script)
    queue.add(job)
    return job.id


def states(queue: RenderQueue) -> list[str]:
    return [job.state.value for job in queue.jobs]


def test_jobs_are_rendered_one_after_the_other(qtbot, make, store):
    queue = make()
    shares, pictures, notices, finished = [], [], [], []
    queue.progressed.connect(lambda *told: shares.append(told))
    queue.picture_made.connect(pictures.append)
    queue.noticed.connect(lambda *told: notices.append(told))
    queue.finished.connect(finished.append)
    ids = [add(queue, FINISH), add(queue, FINISH)]
    assert states(queue) == ["running", "waiting"]
    qtbot.waitUntil(lambda: states(queue) == ["done", "done"], timeout=30_000)
    assert [job.id for job in finished] == ids
    assert [job_id for job_id, _told in shares] == ids
    assert pictures == ids
    assert notices[0] == (ids[0], "The hair is another.")
    assert [job.state for job in store.jobs()] == [JobState.DONE] * 2
    assert queue.running is None


def test_what_is_paused_lets_the_next_one_begin_and_goes_on(qtbot, make):
    queue = make()
    first, second = add(queue, LISTEN), add(queue, LISTEN)
    qtbot.waitUntil(lambda: queue.jobs[0].share == 0.25, timeout=30_000)
    queue.pause(first)
    assert queue.is_stopping
    qtbot.waitUntil(lambda: states(queue) == ["paused", "running"], timeout=30_000)
    queue.resume(first)
    assert states(queue) == ["waiting", "running"]
    queue.pause(first)
    queue.pause(second)
    qtbot.waitUntil(lambda: states(queue) == ["paused", "paused"], timeout=30_000)
    assert queue.jobs[0].share == 0.25


def test_what_still_loads_is_ended_at_once(qtbot, make):
    queue = make()
    job_id = add(queue, "import time; time.sleep(120)")
    qtbot.waitUntil(lambda: queue.running is not None, timeout=30_000)
    queue.pause(job_id)
    qtbot.waitUntil(lambda: states(queue) == ["paused"], timeout=30_000)
    queue.resume(job_id)
    assert queue.shutdown()
    assert states(queue) == ["paused"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (FAIL, "No room is left. Free some."),
        (CRASH, "unexpected fault (status 1)"),
        pytest.param(
            KILLED,
            "ended from outside",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals"),
        ),
    ],
)
def test_a_failure_is_told_in_words_and_the_next_one_begins(qtbot, make, store, script, words):
    queue = make()
    failed = []
    queue.failed.connect(failed.append)
    job_id = add(queue, script)
    add(queue, FINISH)
    qtbot.waitUntil(lambda: states(queue) == ["failed", "done"], timeout=30_000)
    assert [job.id for job in failed] == [job_id]
    assert words in str(queue.jobs[0].error)
    assert words in str(store.jobs()[0].error)


def test_a_program_that_is_missing_is_told(qtbot, store):
    queue = RenderQueue(store, command=lambda _job: ["/nowhere/python"])
    with qtbot.waitSignal(queue.failed, timeout=30_000):
        add(queue, FINISH)
    assert "could not be started" in str(queue.jobs[0].error)
    queue.deleteLater()


def test_the_queue_outlives_the_studio(qtbot, make, store):
    queue = make()
    running, waiting = add(queue, LISTEN), add(queue, FINISH)
    qtbot.waitUntil(lambda: queue.jobs[0].share == 0.25, timeout=30_000)
    assert queue.shutdown()
    again = make(QueueStore(store.folder))
    assert [job.id for job in again.jobs] == [running, waiting]
    assert states(again) == ["paused", "paused"]
    again.resume(waiting)
    qtbot.waitUntil(lambda: states(again) == ["paused", "done"], timeout=30_000)


def test_a_film_that_is_complete_as_the_studio_closes_is_not_rendered_again(qtbot, make, store):
    queue = make()
    done = event_line(FilmsTold(("/films/a.mp4",)))
    add(queue, f"import sys\n{TALK}\nsys.stdin.readline()\nprint({done!r})")
    qtbot.waitUntil(lambda: queue.jobs[0].share == 0.25, timeout=30_000)
    assert queue.shutdown()
    assert [(job.state, job.share) for job in store.jobs()] == [(JobState.DONE, 1.0)]


def test_jobs_change_places_and_go(qtbot, make, store):
    queue = make()
    ids = [add(queue, LISTEN), add(queue, FINISH), add(queue, FINISH)]
    folder = queue.jobs[0].folder
    queue.move(ids[2], -1)
    queue.move(ids[0], -5)
    assert [job.id for job in queue.jobs] == [ids[0], ids[2], ids[1]]
    assert [job.id for job in store.jobs()] == [ids[0], ids[2], ids[1]]
    queue.remove(ids[0])  # the one at work
    assert not folder.exists()
    qtbot.waitUntil(lambda: states(queue) == ["done", "done"], timeout=30_000)
    queue.remove(ids[1])
    assert [job.id for job in store.jobs()] == [ids[2]]


def test_the_command_is_that_of_this_installation(store):
    job = store.add(store.new_folder(), RenderJob(out="/a.mp4"), "A")
    words = render_command(job)
    assert words[:5] == [sys.executable, "-P", "-m", "avatar_core.cli", "render-job"]
    assert {"--json", "--listen", "--background"} <= set(words)


@pytest.mark.gl
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_real_film_is_paused_and_goes_on(qtbot, store, tmp_path):
    out = tmp_path / "film.mp4"
    job = RenderJob(
        out=str(out), shown=Shown.PORTRAIT, portrait="demo:lena", drive="demo", width=64,
        height=64, last_frame=119,
    )  # fmt: skip
    queue = RenderQueue(store)
    queue.add(queue.keep(queue.new_folder(), job, "Lena"))
    qtbot.waitUntil(lambda: queue.jobs[0].share > 0.02, timeout=240_000)
    queue.pause(queue.jobs[0].id)
    qtbot.waitUntil(lambda: states(queue) == ["paused"], timeout=60_000)
    assert not out.exists()
    queue.resume(queue.jobs[0].id)
    qtbot.waitUntil(lambda: states(queue) == ["done"], timeout=240_000)
    with av.open(out) as film:
        assert sum(1 for _ in film.decode(video=0)) == 120
    queue.deleteLater()
